"""Example calls: arrays made of numbers."""

import numpy as np

from tests.rules.examples.registry import example, normal, numbers


@example("full", numbers)
def full_matrix(x, y):
    return np.full((2, 3), x * y)


@example("full", numbers)
def full_vector(x, y):
    return np.full(3, x) * y


@example("full", normal((3,)))
def full_rows(x):
    return np.full((2, 3), x)


@example("full_like", normal((3,), ()))
def full_like_vector(x, v):
    return np.full_like(x, v) * x


@example("linspace", numbers)
def linspace_both(x, y):
    return np.linspace(x, y, 4)


@example("linspace", numbers)
def linspace_open(x, y):
    return np.linspace(x, y, num=3, endpoint=False)


@example("linspace", numbers)
def linspace_of_fifty(x, y):
    return np.linspace(0.0, x * y)


@example("meshgrid", normal((3,), (2,)))
def meshgrid_rows(x, y):
    a, b = np.meshgrid(x, y)
    return a * b * b


@example("meshgrid", normal((3,), (2,)))
def meshgrid_matrix(x, y):
    a, b = np.meshgrid(x, y, indexing="ij")
    return a / (2.0 + b * b)


@example("meshgrid", normal((3,), (2,)))
def meshgrid_sparse(x, y):
    a, b = np.meshgrid(x, y, sparse=True)
    return a * b


@example("linspace", normal((2, 1), (3,)))
def linspace_of_arrays(x, y):
    return np.linspace(x, y, 4)


@example("linspace", normal((3,)))
def linspace_from_vector(x):
    return np.linspace(x, 2.0, num=3, endpoint=False) * x
