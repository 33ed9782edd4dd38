"""Blocks of the reverse sweep that read the adjoint and leave it: forward mode skips them."""

import numpy as np

from pullback import gradient_of
from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.2, 0.8, n),)


def told(h, bound):
    """A function that asks for the adjoint of what it is given, and gives it back."""
    with gradient_of(h) as g:
        size = np.max(np.abs(g)) + np.sum(h)
        assert size >= bound, "the adjoint is not finite"
    return h


class Layer:
    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        with gradient_of(self.w) as g:
            assert g.shape == self.w.shape
        return np.tanh(self.w * x)


@program(vector, orders=2, sizes=(4, 6))
def read_everywhere(x):
    """In loops, branches, calls and regions; of numbers, arrays, views, items and attributes."""
    layer = Layer(x * 2)
    parts = [x * x, np.outer(x, x)]
    s = 0.5
    for i in range(len(x)):
        row = parts[1].T[i]
        with gradient_of(row) as g:
            largest = max(abs(g[0]), 1.0 + i)
            assert largest >= 1.0
        with gradient_of(parts[1]) as g:
            assert g.shape == (len(x), len(x))
        s = s * row[i] + told(row, 0.0)[0]
        if s > 0.3:
            with gradient_of(s) as g:
                assert g == g
            row *= s
    with np.errstate(all="ignore"):
        with gradient_of(parts[0]) as g:
            assert np.all(np.isfinite(g))
    return s + np.sum(layer(parts[0]) * parts[1]) + np.sum(told(x, 0.0))


@program(lambda rng, n: (rng.uniform(0.5, 1.5),), numba=True, orders=2)
def read_in_a_while(x):
    s = x
    while s < 9.0:
        s = s * (1.0 + x)
        with gradient_of(s) as g:
            t = abs(g) * s
            t += 1.0
    return s
