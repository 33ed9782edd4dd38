"""Views that each branch makes in its own way, of its arrays or others, and that are written to."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), orders=3, numba=True)
def row_or_column(A, w):
    M = A * w
    k = len(w) - 1
    if w[0] > 0:
        k = k - 1
        part = M[k]
    else:
        part = M[1:, k]
    part[0] *= w[0]
    M[k] += 0.5 * w[1]
    return np.sum(M * M) + part[1] ** 2


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), orders=2)
def view_or_the_array_of_a_branch(A, w):
    total = 0.0
    for k in range(len(w) - 1):
        if w[k] > 0:
            row = A[k, 1:]
            other = row
        elif w[k] > -0.5:
            fresh = np.sin(w)
            row = fresh[:-1][::-1]
            other = fresh
        else:
            row = w[k:]
            other = A[0]
        row *= 1.5
        row[0] = other[1] * w[k]
        total += np.sum(row * other[: len(row)])
    return total + np.sum(A * w)


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), orders=2, numba=True)
def chosen_in_a_chosen_branch(A, w):
    """A choice inside of a branch, and one between items behind it."""
    line = w
    if w[0] > -0.3:
        i = len(w) - 2
        inner = A[i] if w[1] > 0 else A[:, i]
        inner[1:] *= inner[:-1]
        line = inner * 2.0
    parts = [A[1, ::2], A[0], w[1:] * 3.0]
    part = parts[1] if w[2] > 0 else parts[2]
    part[0] = w[0]
    return np.sum(A * A) + np.sum(line * w)


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), orders=2)
def choice_beside_none(A, w):
    """A choice of two arrays of a kind is one of two kinds, whichever side it comes from."""
    row = None
    if w[2] < 0.5:
        row = w * 1.0
    if w[1] <= -0.5:
        last = row
    else:
        row = A[0] if w[0] > 0 else A[:, 1]
        row[0] = 3.0 * w[1]
        last = row
    s = 0.0 if row is None else row[1] * w[1]
    if last is not None:
        s += np.sum(last * w)
    return np.sum(A * A) + s
