"""Functions of NumPy and itertools that are lowered as the lines that they stand for."""

import itertools

import numpy as np

from tests.programs.registry import program


def roots_and_factors(rng, n):
    return rng.normal(size=5), rng.uniform(0.5, 1.5, 3)


@program(roots_and_factors, wrt=(0, 1))
def divided_polynomials(r, v):
    c = np.poly(r)
    q, rest = np.polydiv(c, v)
    return np.sum(q**2) + np.sum(rest) * np.real_if_close(q[0])


@program(roots_and_factors, wrt=(0, 1))
def sets_of_elements(x, v):
    both = np.concatenate((x, v))
    total = np.sum(np.union1d(x, v) ** 2) + np.sum(np.setdiff1d(both, v[:1]) ** 3)
    return total * np.sum(np.intersect1d(both, v)) + np.sum(np.setxor1d(both, v) ** 2)


@program(roots_and_factors, wrt=(0, 1))
def told_how_to_compute(x, v):
    wide = np.multiply(x[:3], v, dtype=np.float64, casting="same_kind", order="K")
    return np.sum(wide * np.sqrt(v, dtype="float64", subok=False)) + np.add(2, v[0], dtype=float)


def items(rng, n):
    return rng.normal(size=(3, 4)), 0.7


@program(items, wrt=(0, 1), numba=True)
def generators_of_the_library(m, a):
    total = 0.0
    for v in itertools.dropwhile(lambda v: v < 0, itertools.chain.from_iterable(m)):
        total += v * v
    for v in itertools.filterfalse(lambda v: v > 0, m[0]):
        total *= 1.0 + v * a
    for v, w in zip(m[0], itertools.repeat(a, 4), strict=False):
        total += v / w
    for v in itertools.starmap(lambda s, t: s * t, zip(m[1], m[2], strict=False)):
        total += np.sin(v)
    return total + sum(v * a for v in itertools.compress(m[1], m[2] > 0))


@program(lambda rng, n: (rng.uniform(0.5, 1.5, (4, 3)),))
def methods_of_ufuncs_in_turn(x):
    first = np.subtract.reduce(x) * np.divide.reduce(x, axis=1, keepdims=True)[0]
    running = np.fmax.accumulate(x, axis=1) - np.subtract.accumulate(x)
    parts = np.maximum.reduceat(x, [0, 2, 1])
    parts *= np.multiply.reduceat(x.T, np.array([0, 2, 2]), axis=0)[:, :3]
    return np.sum(first) + np.sum(running**2) + np.sum(parts[:, :1])


@program(lambda rng, n: (rng.uniform(0.5, 1.5, (10, 6)),))
def sums_of_what_methods_of_ufuncs_lay_out(x):
    """A sum rounds in the order in which the elements lie in memory."""
    blocks = np.multiply.reduceat(x, [0, 4], axis=1)
    return np.sum(blocks) + np.sum(np.subtract.accumulate(x.T))


@program(lambda rng, n: (rng.normal(size=4), rng.normal(size=(4, 2)), 0.6), wrt=(0, 1, 2))
def joined_by_a_subscript(x, m, a):
    row = np.r_[a, x, x[1:], 0:3, 0.0 : 1.0 : 4j, [a, 2.0], np.array(a)]
    narrow = np.r_[np.zeros(1, dtype=np.float32), 0.1]
    table = np.c_[x, m, x[::-1], 0 : len(x)]
    return np.sum(row**2) * np.sum(table[:, ::2] ** 2) + np.sum(np.c_[a, x[0]] * narrow[:2])


@program(lambda rng, n: (rng.normal(size=4), 0.6), wrt=(0, 1))
def grids_of_a_subscript(x, a):
    rows, columns = np.ogrid[0 : len(x), -1.0:1.0:0.5]
    places = np.mgrid[0 : len(x), 1:5]
    even = np.mgrid[0:a:4j, a : x[0] : 3j]
    line = np.ogrid[a:2:4j] + np.mgrid[1:5] * np.mgrid[0:1:0.25]
    total = np.sum(np.sin(rows * x + columns)) + np.sum(places[1] * x)
    return total + np.sum(even[0] * x[:, None] + even[1] ** 2) + np.sum(line * x)
