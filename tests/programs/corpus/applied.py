"""Functions that NumPy calls: of slices, over axes, on parts of arrays, on grids; methods of ufuncs."""

import math

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n) + 2.0,)


@program(vector)
def applied_along_axes(x):
    y = np.outer(x, x)[:, :3]
    behind = np.apply_along_axis(lambda v, k: v[k:] * np.max(v), 1, y, 1)
    cube = y[:, None] * np.arange(2.0)[:, None]
    products = np.apply_along_axis(lambda v, scale=1.0: np.outer(v, v) * scale, 1, cube, scale=2.0)
    sums = np.apply_over_axes(np.sum, cube, [0, 2]) + np.apply_over_axes(np.mean, cube, -1)
    largest = np.apply_along_axis(np.max, 0, x)
    return np.sum(behind**2) + np.sum(products**2) / 1e3 + np.sum(sums) * largest


@program(vector)
def in_pieces(x):
    y = np.piecewise(x, [x < 1.5, x >= 2.5], [lambda v: v**2, 3.0, np.sin])
    z = np.piecewise(x, x < 2.0, [np.exp, lambda v: -v]) + np.piecewise(x, [x > 100], [np.max]) * x
    shift = np.piecewise(x, [x < 2, x > 2], [lambda v, k: v * k, lambda v, k: v - k], x[1])
    grid = np.fromfunction(lambda i, j, w: w * i + j**2, (3, 4), w=x[0])
    return np.sum(y * z * shift) + np.sum(grid)


@program(vector)
def by_methods_of_ufuncs(x):
    apart = np.subtract.outer(x, x)
    peak = np.maximum.accumulate(x)
    fall = np.max(peak - x) / np.add.reduce(x)
    blocks = np.add.reduceat(x, [0, 2])
    return np.sum(apart**2) * fall + np.multiply.reduce(blocks) + np.logaddexp.reduce(apart, axis=None)


def _clipped(v, top=1.0):
    return 0 if v < 0 else min(v * v, top) + math.sin(v)


clipped = np.vectorize(_clipped, otypes=[float])


@program(vector)
def on_each_element(x):
    y = clipped(x) * np.vectorize(lambda u, v: u * v if u > v else u - v, otypes="d")(x[:, None], x)
    return np.sum(y) + clipped(x[0]) + np.sum(clipped(x - 2.0, 0.5) * np.vectorize(round, [int])(x))


def _by_horner(v, coefficients, scale=1.0):
    total = 0.0
    for c in coefficients:
        total = total * v + c
    return total * scale


horner = np.vectorize(_by_horner, otypes=[float], excluded=[1, "scale"])


@program(vector)
def on_each_element_with_all_of_another(x):
    """What is excluded is handed on as it is."""
    y = horner(x, x) + horner(np.stack([x, x * x]), x[:2], scale=x[0])
    named = np.vectorize(_by_horner, excluded={"coefficients"}, doc="a polynomial")
    return np.sum(y**2) + np.sum(named(x, coefficients=[1.0, x[1]]))
