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


@example("arange", lambda rng: (float(rng.normal()), 0.7))
def arange_of_start_and_step(a, h):
    y = np.arange(a, a + 3.0, h)[:3] * np.sum(np.arange(a, 4.5)) + np.arange(2, 8.7, h)[:3]
    return y * np.sum(np.arange(a + 5.5))


@example("kaiser", lambda rng: (rng.normal(size=4), 2.5))
def windows_and_places(x, beta):
    windows = np.kaiser(4, beta) * np.hamming(4) + np.hanning(5)[:4] * np.bartlett(6)[1:5]
    k = np.lexsort((np.array([1, 1, 0, 0]), np.arange(4) % 2))
    r, c = np.unravel_index(k, (2, 2))
    j = np.ravel_multi_index((c, r), (2, 2))
    grid = np.indices((2, 4))[1] * np.isin(k, [0, 3]) + np.blackman(4)
    return windows * x[j] + grid * (np.tri(4, k=1) @ x)


@example("linspace", normal((2, 3), (3,)))
def linspace_along_axes(x, y):
    return np.linspace(x, y, 4, axis=1) * np.linspace(1.0, x, 3, axis=-1)[:, 1:2, :1]


@example("geomspace", lambda rng: (rng.uniform(0.5, 2, (2, 3)),))
def spaced_along_axes(x):
    return np.geomspace(x, 3.0, 4, axis=-1) * np.logspace(x, 1.0, 4, axis=2, base=2.0)


@example("linspace", normal((3,), (3,)))
def linspace_and_step(x, y):
    points, step = np.linspace(x, y, 4, retstep=True)
    return points * step * np.logspace(0.0, 1.0, 4, True, np.exp(x[0]))[:, None]
