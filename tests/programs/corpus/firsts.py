"""Names that a loop sets in its first pass, or in some pass, and that later passes read."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=3)), wrt=(0, 1), orders=3)
def first_by_index(x, w):
    for i in range(len(x)):
        if i == 0:
            s = x[i] * w
        else:
            s = s * np.sin(x[i] * w)
    return np.sum(s)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=3)), wrt=(0, 1))
def first_by_flag(x, w):
    first = True
    for a in x:
        if first:
            s = a * w
            first = False
            continue
        s *= a
        s += w
    return np.sum(s)


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=3)), wrt=(0, 1))
def least_row(X, w):
    found = False
    for row in X:
        v = np.sum(row * w)
        if not found or v < least:  # noqa: F821
            least = v
            arg = row * w
        found = True
    return np.sum(least * arg * arg)


@program(lambda rng, n: (rng.normal(size=n),))
def grows_from_the_first(x):
    """Nothing tells the size of what is not there yet."""
    for i in range(len(x)):
        if i == 0:
            y = x[:1] * 2.0
        else:
            y = np.append(y, y[-1] * x[i])
    return np.sum(y * y)


@program(lambda rng, n: (rng.uniform(0.5, 1, n), 0.3), wrt=(0, 1))
def set_late(x, level):
    """The name is set in the third pass, and nested loops read it."""
    s = 0.0
    for i in range(4):
        if i == 2:
            t = x[0] * level
        for j in range(2):
            if i > 2:
                t = t * x[j]
        s += x[1]
    return s * t
