"""Example calls: methods of ufuncs."""

import numpy as np

from tests.rules.examples.registry import distinct, example, normal


@example("sum", normal((2, 3)))
def add_reduced(x):
    y = np.add.reduce(x) * np.add.reduce(x, 1, keepdims=True) + np.add.reduce(x, axis=None)
    return y * np.add.reduce(x, axis=(0, 1)) * np.add.reduce(x[0], initial=2.0)


@example("prod", normal((2, 3)))
def multiply_reduced(x):
    out = np.zeros_like(x[0])
    np.multiply.reduce(x, out=out)
    return out * np.multiply.reduce(x[1]) + np.multiply.reduce(x, axis=0, where=x > 0)


@example("max", distinct((2, 3)))
def extremes_reduced(x):
    y = np.maximum.reduce(x) * np.minimum.reduce(x, axis=1)[0] + np.fmax.reduce(x, axis=1)[1]
    return y * np.logical_and.reduce(x > -5) + np.logical_or.reduce(x, axis=None)


@example("fmax.reduce", lambda rng: (np.append(rng.normal(size=4), np.nan),), smooth=False)
def known_maximum_reduced(x):
    return np.fmax.reduce(x) * x[:2]


@example("fmin.reduce", distinct((2, 3)))
def known_minimum_reduced(x):
    return np.fmin.reduce(x, axis=1, keepdims=True) * x + np.fmin.reduce(x)


@example("logaddexp.reduce", normal((2, 3)))
def logarithms_reduced(x):
    return np.logaddexp.reduce(x, axis=1, keepdims=True) * np.logaddexp.reduce(x)


@example("logaddexp2.reduce", normal((2, 3)))
def binary_logarithms_reduced(x):
    return np.logaddexp2.reduce(x, -1) * np.logaddexp2.reduce(x[0])


@example("hypot.reduce", normal((2, 3)))
def lengths_reduced(x):
    return np.hypot.reduce(x) * np.hypot.reduce(x, axis=1, keepdims=True)


@example("cumsum", normal((2, 3)))
def add_accumulated(x):
    return np.add.accumulate(x) * np.multiply.accumulate(x, axis=1) + np.add.accumulate(x[0])


@example("maximum.accumulate", distinct((2, 4)))
def maximum_accumulated(x):
    return np.maximum.accumulate(x) * x + np.maximum.accumulate(x, axis=1) * np.maximum.accumulate(x[1])


@example("minimum.accumulate", distinct((3, 2)))
def minimum_accumulated(x):
    return np.minimum.accumulate(x, -1) * np.minimum.accumulate(x, axis=0)


@example("logaddexp.accumulate", normal((2, 4)))
def logarithms_accumulated(x):
    return np.logaddexp.accumulate(x, axis=1) * np.logaddexp.accumulate(x)


@example("logaddexp2.accumulate", normal((4,)))
def binary_logarithms_accumulated(x):
    return np.logaddexp2.accumulate(x) * x


@example("subtract", normal((3,), (2, 2)))
def outer_of_ufuncs(x, y):
    z = np.subtract.outer(x, y) * np.multiply.outer(x, y) + np.add.outer(x, 2.0)[:, None, None]
    return z * np.divide.outer(1.5, y) + np.hypot.outer(x, x)[0, 1] * np.outer(x, x)[1, 2]


@example("add.reduceat", normal((6,), (2, 4)))
def sums_of_slices(x, y):
    first = np.add.reduceat(x, [0, 3, 1, 1]) * np.add.reduceat(y, np.array([1, 2, 0, 3]), axis=1)
    return first * np.add.reduceat(y, [0, 1])
