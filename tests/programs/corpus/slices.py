"""Slices in loops, whose bounds change: what is saved of them is no larger than they are."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=(n, n)) + 3 * np.eye(n),), orders=2)
def cholesky_by_dots(x):
    A = x @ x.T
    n = len(A)
    L = np.zeros((n, n))
    for j in range(n):
        L[j, j] = np.sqrt(A[j, j] - np.dot(L[j, :j], L[j, :j]))
        for i in range(j + 1, n):
            L[i, j] = (A[i, j] - np.dot(L[i, :j], L[j, :j])) / L[j, j]
    return np.sum(np.log(np.diag(L))) + np.sum(L)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=3)), wrt=(0, 1), orders=2)
def smoothed(y, weights):
    n, p = len(y), len(weights) // 2
    padded = np.concatenate([np.zeros(p), y, np.zeros(p)])
    out = np.zeros(n)
    for k in range(len(weights)):
        out += weights[k] * padded[k : k + n]
    return np.sum(out**2)


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), orders=2, numba=True)
def slices_that_stretch(a, v):
    """One element of a slice goes to all places, where the other end comes to one."""
    out = np.zeros(len(v))
    n = len(v)
    for k in range(n):
        out[k:] += a[k, k:] * v[n - 1 :]
        out += v[n - 1 - k : n - k] * out[0]
        part = a[k:, k] * 2
        part[:1] *= v[k : k + 1]
        a[k:, 0] += part
    return np.sum(out * out) + np.sum(a[:, 0] ** 2)


def difference(u, axis):
    high, low = [slice(None)] * u.ndim, [slice(None)] * u.ndim
    high[axis] = slice(1, None)
    low[axis] = slice(None, -1)
    return u[tuple(high)] - u[tuple(low)]


class Plate:
    def __init__(self, n):
        self.n = n
        self.borders = {"top": np.s_[0, :], "left": np.index_exp[1:, 0], "last": np.s_[-1:]}

    @property
    def inside(self):
        return slice(1, self.n - 1), slice(1, -1)


@program(lambda rng, n: (rng.normal(size=(n, n + 1)), 0.3), wrt=(0, 1), orders=2)
def slices_as_values(u, r):
    """Slices that are made before they index: computed, chosen, in containers and attributes."""
    plate, v = Plate(len(u)), u.copy()
    interior = v[plate.inside]
    interior *= r
    v[plate.inside] += difference(u, 0)[plate.inside[0], 1:-1] ** 2
    for name, place in plate.borders.items():
        v[place] *= 2.0 if name == "top" else r
    total = np.sum(difference(v, 1) ** 2)
    rows = slice(0, 2)
    if r > 0.1:
        rows = slice(1, 3)
    for k in range(3):
        block = slice(k, k + 2)
        v[block] *= r
        total += np.sum(v[block, k]) * rows.start
    end = slice(2) if r > 0.2 else slice(None)
    total += np.sum(v[:, end]) * r
    for part in [slice(0, 1), slice(1, 4), rows]:
        total += np.sum(v[part] ** 2)
    weights = [r, r * r, 2.0, 3 * r]
    pair = (r, 2.0, 3.0)[slice(None, None, 2)]
    return total + sum(weights[slice(1, None)]) * pair[1] + len("text"[slice(2)]) * r
