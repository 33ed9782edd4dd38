"""Programs that notice deliberate breaks of the compiler (``tests/mutation``) which no others did."""

import math

import numpy as np

from pullback import grad
from tests.programs.registry import program


def vectors(rng, n):
    return rng.normal(size=n), rng.normal(size=n)


@program(vectors, wrt=(0, 1), points=(((np.array([-0.0, 1.0]), np.ones(2)), None),))
def signs_of_zeros(x, y):
    for i in range(len(x) // 2):
        y = y * (i * 2.0 + 1.0) * np.cos(x[i * 2])
    y = 3.0 * y * y + np.copysign(y, 0.0) * np.copysign(y, -0.0)
    return np.sum(np.copysign(y * y, x + 0.0)) + np.sum(np.copysign(y, 0.0 + x))


@program(lambda rng, n: (rng.uniform(0.6, 0.9) + n, rng.normal(size=n)), wrt=(0, 1))
def floors_by_one(a, x):
    i = int(1.5 * 1.0)
    return a * (a // 1) + np.sum(x * ((x + 9.5) // 1)) * x[i]


@program(lambda rng, n: (rng.uniform(1, 2), rng.uniform(1, 2, n), 3.0), wrt=(0, 1, 2))
def powers_of_powers(a, x, k):
    return (-a) ** 2 + np.sum((-x) ** 2 * (x**k) ** 2) + (a**k) ** 0.5 + (2.0**a) ** k


@program(lambda rng, n: (rng.normal(size=n), np.arange(n, dtype=np.uint8), np.arange(n)))
def negatives_of_small_integers(x, k, m):
    return np.sum(x * (m + -k)) + np.sum(x * (k + -1 * m))


@program(lambda rng, n: (rng.normal(size=n), n % 4), wrt=(0,), numba=True)
def one_part_or_another(x, k):
    y = x * 2.0
    v = y[1:] if k else y[:-1]
    return np.sum(y**2) + v[0] * v[1] ** 2


@program(lambda rng, n: (rng.uniform(0.5, 2, n), np.arange(n) - 1.0), wrt=(0,))
def conditions_that_guard(x, k):
    some = [x[0] * math.log(m) for m in k if m > 0.0 if math.log(m) > 0.2]
    few = [v * p for p, v in enumerate((x[0], x, 2.0, x[1])) if p > 0 if 4 // p > 1]
    return np.sum(np.array(some)) + np.sum(few[0]) * few[1] + len(few)


def cubed(t):
    return t**3


@program(lambda rng, n: (rng.normal(size=n), n % 2), sizes=(4, 5, 6), wrt=(0,), numba=True)
def what_an_idle_loop_leaves(x, n):
    y, first, none = x[0] ** 2, True, True
    for k in range(n):
        y = x[k + 1] * 3.0
        if not first:
            y += 1.0
        first = False
    for _ in range(1, 1 - n, -1):
        none = False
    return y * (2.0 if first else 3.0) * (5.0 if none else 7.0)


@program(lambda rng, n: (rng.normal(size=n), rng.uniform(1, 2)), wrt=(0, 1), numba=True)
def bits_behind_a_derivative(x, a):
    slope = grad(cubed)(a)
    y = 0.1 * (0.7 * x) + 0.3 * (0.7 / a) - x * (1.0 / a)
    return np.sum(y) * slope + np.sum(0.1 * (0.3 * (y / a)))


def scaled_by(a, b):
    return a * np.sum(b**2)


@program(lambda rng, n: (rng.normal(size=n), np.array([1.0, -0.5, 0.7, -2.0])), wrt=(0, 1), numba=True)
def passed_twice_and_used(x, w):
    y = x**2
    kept = np.zeros(len(w))
    total = 0.0
    for i in range(len(w)):
        v = np.sin(w[i])
        if w[i] > 0.0:
            kept[i] = v
        total += v**3 + kept[i] * w[0]
    return np.sum(scaled_by(y, y) * y) + total


@program(lambda rng, n: (rng.normal(size=n), n % 3), sizes=(4, 5, 6), wrt=(0,))
def other_sizes_in_each_pass(x, n):
    y = x[:1] ** 2
    for k in range(n):
        y = np.sin(x[: k + 2])
    return np.sum(y) * 1.5


@program(lambda rng, n: (rng.normal(size=n), n + 1), wrt=(0,), sizes=(4, 5))
def read_in_the_next_pass(x, k):
    t, u, total, j = x[0], 1.0, 0.0, 0
    while j < 3:
        total = total + t * u * x[j]
        for i in range(j + 1):
            t = x[i] * 2.0
        j += 1
        if j == 2:
            u = x[1]
            continue
        u = x[0] ** 2
    try:
        for i in range(k):
            t = x[i] ** 2 + t
    except IndexError:
        total += 3.0 * t
    return total


@program(lambda rng, n: (rng.normal(size=n) + 3.0, 0.5), wrt=(0, 1), smooth=False,
         points=(((np.array([2.0, math.nan]), 0.7), None), ((np.ones(3), math.nan), None)))  # fmt: skip
def truncated_and_unordered(x, a):
    k = np.zeros(len(x), dtype=int)
    if not a < 1.0:
        k += 2
    if not 0.2 >= a:
        k += 3
    m = np.ones(3, dtype=int)
    m[...] = np.exp(np.array([0.5, 1.5, 2.5]))
    return np.sum(x[0] * k) * 2.0 + x[0] * np.sum(m)


@program(vectors, wrt=(0, 1))
def picked_twice(x, w):
    rows = [w, np.cos(w)]
    rows[0][1] = x[0] ** 2
    y = x * 2.0
    for _ in range(3):
        y = (np.sin(x) + x * x) * y
    some = y[[0, 2, 2, 1]]
    return some[1] * some[3] ** 2 + np.sum(some[1:] ** 2) + rows[0][1] * rows[0][2] * rows[1][0]
