"""Branches: if, elif, conditional expressions, short circuits and comparisons."""

import enum
import math

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (0.7,), numba=True, orders=2, points=(((-1.5,), (-3.0,)), ((2.5,), (1.0,))))
def piecewise(x):
    if x < 0:
        y = x * x
    elif x < 1:
        y = x * x * x
    else:
        y = x
    return y


@program(lambda rng, n: (rng.normal(size=n), 0.3), wrt=(0, 1), orders=2, numba=True)
def conditional_expression(x, a):
    scale = a if np.sum(x) > 0 else -2 * a
    y = x if a > 0 else x * x
    return np.sum(y * scale) + (1.0 if a > 5 else a * a)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def maximum_by_comparison(x):
    """Comparisons do not hide that m depends on x."""
    m = x[0]
    for a in x:
        if m <= a:
            m = a
    return m * m


@program(lambda rng, n: (0.4, 1.7), wrt=(0, 1), numba=True, points=(((1.2, 0.3), None),))
def chained_comparison(x, y):
    if 0 < x < y < 2:
        return x * y
    return x + y


@program(lambda rng, n: (1.5, -0.5), wrt=(0, 1), numba=True, points=(((-1.0, 2.0), None),))
def short_circuit(x, y):
    """Each right operand would raise where the left one keeps it from running."""
    if x > 0 and math.log(x) < 1:
        z = math.log(x) * y
    else:
        z = x * y
    if x < 0 or math.sqrt(x) > 1:
        z = z + x
    return z if not (x < 0 and y < 0) else -z


@program(lambda rng, n: (0.3, 2.0), wrt=(0, 1), orders=2, numba=True)
def value_of_or(x, y):
    """``or`` and ``and`` give one of their operands."""
    a = x or y
    b = x and y
    return a * a + b * y


@program(lambda rng, n: (rng.normal(size=n), "relu"), wrt=(0,))
def mode_string(x, mode):
    if mode == "relu":
        y = np.maximum(x, 0.0)
    elif mode == "tanh":
        y = np.tanh(x)
    else:
        raise ValueError(f"unknown mode {mode}")
    return np.sum(y * y)


@program(lambda rng, n: (rng.normal(size=n), None), wrt=(0,))
def optional_argument(x, weights):
    if weights is None:
        return np.mean(x**2)
    return np.sum(weights * x**2)


@program(lambda rng, n: (1.2, 3.0), wrt=(0, 1), orders=2)
def set_in_one_branch(x, y):
    """A name that is set on one path, and read only where that path was taken."""
    if x > 1:
        extra = x * y
    z = x
    if x > 1:
        z = z + extra
    return z


@program(lambda rng, n: (0.8, 0.6), wrt=(0, 1), numba=True, points=(((-0.3, 2.0), None),))
def early_return(x, y):
    if x < 0:
        return y * y
    if y < 0:
        return x * x
    r = math.sqrt(x * x + y * y)
    return r * x


@program(lambda rng, n: (1.1, 2.0), wrt=(0, 1), numba=True)
def nested_branches(x, y):
    z = 0.0
    if x > 0:
        if y > 1:
            z = x**y
        else:
            z = y
        if z > 1:
            z *= y
    else:
        z -= x
    return z


@program(lambda rng, n: (rng.normal(size=n), 1.5), wrt=(0, 1), numba=True)
def branch_between_arrays(x, a):
    """A branch that gives one of two arrays, which is then written to."""
    y = x * a if a > 1 else x + a
    y[0] = a
    y[1:] *= a
    return np.sum(y * y)


@program(lambda rng, n: (0.9, 1.2), wrt=(0, 1), numba=True, orders=2)
def smallest_and_largest(x, y):
    return max(x, y, 0.1) * min(x, y) + abs(min(x - y, 0.0))


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def walrus(x):
    if (s := np.sum(x)) > 0:
        return s * x[0]
    return s * s + x[0]


@program(lambda rng, n: (0.5, 1.5), wrt=(0, 1), numba=True)
def long_chain_of_comparisons(x, y):
    return x * y if 0 < x < y < 2 * y < 4 else x - y


@program(lambda rng, n: (rng.normal(size=n), 0.5), points=(
    ((np.array([0.5, 0.7, 0.2]), -1.0), None), ((np.array([0.5, 0.7, 0.2]), 9.0), None),
))  # fmt: skip
def set_later_then_written(x, c):
    """An array that early passes do not have, that is saved, and overwritten behind that."""
    s = 0.0
    for i in range(3):
        if i > c:
            u = np.exp(x)
            v = u * s
        if i > 1:
            if i > c:
                s += np.sum(u * u) * 0.1
        if i > c:
            u[0] = s
            s += np.sum(u)
    return s


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), points=(
    ((np.array([0.5, 0.7, 0.2]), -1.0), None),
))  # fmt: skip
def set_in_branch_then_changed(x, c):
    if c > 0:
        u = np.tanh(x)
    s = c
    for i in range(2):
        if c > 0:
            u[i] *= 2.0
            s += np.sum(u)
    return s


def by_dimensions(x):
    """Code for vectors and matrices, which only one of both can run."""
    if x.ndim == 1:
        return x @ x
    return np.sum(x.T @ x)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=(n, 2))), wrt=(0, 1))
def chosen_by_dimensions(x, X):
    return by_dimensions(x) * by_dimensions(X)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1))
def containers_compared(x, y):
    total = np.sum(x * y) if x.shape != y.shape else np.sum(x) * 2
    if {"a": 1, "b": (2, 3)} == {"b": (2, 3), "a": 1} and [1, 2] != [1, 3]:
        total = total * y[0]
    if (1, 2) == [1, 2] or ((1, 2), 3) != ((1, 2), 3):
        total = total * 100.0
    if (x[0] > 0, 1) == (True, 1):
        total = total + x[0] ** 3
    return total


def zero_or(a, b):
    if a:
        return 0.0
    return b


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), numba=True)
def negation_of_a_comparison(x, b):
    saved = np.abs(0.1)
    s = 0.5 if not saved > zero_or(0.1 * len(x), saved) else x[0]
    return s * b + np.sum(x * b)


@program(lambda rng, n: (rng.uniform(0.5, 1, 2), rng.uniform(0.5, 1, (2, 2)) + np.eye(2), 1.0),
         wrt=(0, 1), orders=2,
         points=(((np.array([0.5, -0.7]), np.ones((2, 2)), -1.0), None),))  # fmt: skip
def solved_or_scaled(b, A, c):
    """What either branch saves of its arrays is not there on the other side."""
    if c > 0:
        return np.sum(np.linalg.solve(A, b) ** 2)
    return np.sum((A @ b) ** 2)


class Phase(enum.IntEnum):
    REST = 0
    PULSE = 2


class Share(float, enum.Enum):
    HALF = 0.5


@program(lambda rng, n: (rng.normal(size=n), n - 2), sizes=(4, 5), orders=2, numba=True)
def members_are_numbers(x, n):
    """Members of enumerations of numbers are these: compared, matched, computed with, indexed by."""
    y = x[Phase.PULSE] * x[Phase.REST :: Phase.PULSE] * Share.HALF
    if n == Phase.PULSE or n > Phase.PULSE:
        y = y * (x[0] if n in (Phase.REST, Phase.PULSE) else 3.0)
    match n:
        case Phase.PULSE:
            y = y**Phase.PULSE
        case Phase.REST:
            y = y * 5
    for i in range(Phase.PULSE):
        y = y + x[i] * (i != Phase.REST) * [1.0, 2.0, 3.0][Phase.PULSE]
    return np.sum(y) * (Phase.REST < Phase.PULSE)
