"""The smallest and the middle elements, without sorting the rest."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.permutation(n + 1) * 0.7 + rng.normal(size=n + 1) * 0.1,), orders=2)
def elements_in_the_middle(x):
    """By values and by places, of vectors and along an axis, and in place."""
    n = len(x)
    k = n // 2
    parted = np.partition(x, k)
    total = parted[k] * 3.0 + np.max(parted[:k]) ** 2 + np.mean(np.partition(x, (1, 3))[1:4])
    total += np.sum(x[np.argpartition(x, 2)[:2]] ** 2) * x[x.argpartition(-1)[-1]]
    rows = np.outer(x, np.array([1.0, -2.0, 0.5]))
    rows.partition(1, axis=0)
    x = x * 1.0
    x.partition(0)
    return total + np.sum(rows[1] ** 2) * x[0] + np.sum(np.partition(rows, [0, 2], axis=1)[:, 0] * x[0])
