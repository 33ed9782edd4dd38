"""Views made where errors are caught: they stay views behind it."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n), n - 1), wrt=(0, 1), orders=3)
def views_of_a_try(A, w, k):
    """They are read by numbers from the ``try``, and see what is written behind it."""
    M = A * 2.0
    try:
        j = k - 1
        row = M[j]
        with np.errstate(all="ignore"):
            i = j - 1
            column = M[:, i]
        try:
            part = row[i:]
            row[k + 5] = w[0]
        except IndexError:
            part = M[0]
        part[0] *= w[0]
    except ValueError:
        return 0.0
    M[j] *= w[1]
    column[j] = column[0] * w[2]
    return np.sum(part * part) + np.sum(row * column) + np.sum(M)


@program(lambda rng, n: (rng.uniform(0.4, 1.2, size=n),), sizes=(3,))
def truths_that_are_asked_of_arrays(x):
    """An array as a condition raises where the handler sees what its branches would write."""
    total = x[0]
    for k in range(2):
        try:
            if x[:, None][k]:
                x[k] *= x[2]
            positive = x > k
            if positive:
                x[1] = 3.0
            total += 100.0
        except ValueError:
            total += x[0] ** 3 * x[1]
    return total + np.sum(x * x)
