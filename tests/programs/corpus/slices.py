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
