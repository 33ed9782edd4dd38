"""Functions that keep their results."""

import functools

import numpy as np

from pullback import grad
from tests.programs.registry import program


@functools.lru_cache
def binomial(n, k):
    if k == 0 or k == n:
        return 1
    return binomial(n - 1, k - 1) + binomial(n - 1, k)


@functools.cache
def square(v):
    return v * v


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def caches(x):
    """A recursion that would take exponential time, arrays that are kept, arguments that vary."""

    @functools.lru_cache(maxsize=None)
    def weight(k):
        if k < 2:
            return x[k]
        return 0.5 * weight(k - 1) * x[0] + weight(k - 2)

    @functools.cache
    def scaled(k):
        return x * k

    total = weight(30) + square(x[1]) * square(3)
    for i in range(4):
        total += np.sum(scaled(i % 2 + 1) ** 2) * binomial(4, i)
    return total


@program(lambda rng, n: (rng.uniform(0.5, 1.5),), of_derivatives=True)
def cache_of_a_differentiated_function(x):
    """The function and its derivative have tables of their own."""

    def f(v):
        return v**3 * binomial(5, 2) + square(2) * v

    return f(x) + grad(f)(x) * binomial(4, 2)
