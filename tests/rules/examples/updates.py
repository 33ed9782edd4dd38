"""Example calls: updates in place at indices that repeat."""

import numpy as np

from tests.rules.examples.registry import example, normal


@example("mul_at", normal((3,), (5,)))
def multiplied_at(x, v):
    y = x.copy()
    np.multiply.at(y, [0, 0, 1, 2, 2], v)
    return y


@example("mul_at", normal((3, 2), (2,)))
def multiplied_rows(x, v):
    y = x.copy()
    np.multiply.at(y, [0, 2, 0], v)
    return y


@example("div_at", normal((3,), (5,)))
def divided_at(x, v):
    y = x.copy()
    np.divide.at(y, [0, 0, 1, 2, 2], v)
    return y


@example("max_at", normal((3,), (5,)))
def largest_at(x, v):
    y = x.copy()
    np.maximum.at(y, [0, 0, 1, 2, 2], v)
    return y


@example("min_at", normal((3,), (5,)))
def smallest_at(x, v):
    y = x.copy()
    np.minimum.at(y, [0, 0, 1, 2, 2], v)
    return y
