"""Kernels that the user has under Numba: differentiated as the Python that they were made of."""

import numba
import numpy as np
from numba import njit, prange

from tests.programs.registry import program

SOFT = 1e-2


@njit(inline="always")
def closeness(a, b):
    return 1.0 / (SOFT + (a - b) * (a - b))


@njit
def interaction(x, y, weight=2.0):
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(y.shape[0]):
            total += weight * closeness(x[i], y[j])
    return total


@numba.jit("float64[:](float64[:])", nopython=True)
def smoothed(x):
    out = np.empty_like(x)
    for i in prange(x.shape[0]):
        out[i] = x[i] * x[i] + x[(i + 1) % x.shape[0]]
    return out


@njit
def relax(u, sweeps):
    v = np.zeros_like(u)
    for _ in range(sweeps):
        for i in range(1, u.size - 1):
            v[i] = 0.5 * (u[i - 1] + u[i + 1]) * u[i]
        for i in numba.prange(1, u.size - 1):
            u[i] = v[i]


class Medium:
    def __init__(self, law, scale):
        self.law = law
        self.scale = scale

    def energy(self, x):
        return self.law(x, self.scale * x)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n - 1)), wrt=(0, 1), sizes=(4, 2), orders=2)
def kernels_called(x, y):
    u = smoothed(x)
    relax(u, 2)
    return interaction(u, y, weight=3.0) + np.sum(u)


@program(lambda rng, n: (rng.normal(size=n),), sizes=(3, 1), orders=2)
def kernels_as_values(x):
    """Held by an object and in a dict, and given to a function."""
    laws = {"near": interaction, "far": lambda a, b: interaction(a, b) / 2}
    apply = lambda f, *args: f(*args)
    total = Medium(interaction, 0.5).energy(x)
    return total + sum(law(x, x + 1.0) for law in laws.values()) + apply(smoothed, x).sum()
