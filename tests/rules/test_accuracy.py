"""Partials of elementwise rows, and gradients of code written by hand, are as exact as doubles allow.

What is compared is what users run, in both modes: the compiled derivative, after all passes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import pullback
from pullback.rules.table import Row
from tests.rules import accuracy, vector_functions
from tests.rules.accuracy import APART, ELEMENTWISE, LIMIT, LIMITS, LOSSES, MEASURED, SLOW
from tests.rules.accuracy import limit as limit_of

Vector = list[Any]
measured_rows = pytest.mark.parametrize("row", MEASURED, ids=lambda row: row.name)


def check(row: Row, count: int) -> accuracy.Worst:
    worst = accuracy.worst_of(row, count)
    assert worst.points >= (count if row.name in SLOW else 2 * count)
    assert worst.scaled <= limit_of(row.name), f"{row.name} is off by {worst}"
    return worst


@measured_rows
def test_partials_are_exact(row: Row) -> None:
    check(row, 6)


@pytest.mark.slow
@measured_rows
def test_partials_are_exact_at_many_points(row: Row) -> None:
    """What is said to lose digits does, and nothing else."""
    worst = check(row, 15 if row.name in SLOW else 100)
    assert (row.name in LOSSES) == (worst.relative > LIMIT) or row.name.startswith("scipy.")


def test_all_elementwise_rows_are_measured() -> None:
    measured = {row.name for row in MEASURED}
    assert measured | APART == {row.name for row in ELEMENTWISE}
    assert LIMITS.keys() | LOSSES.keys() <= measured


# ---- gradients of functions of vectors, as formulas in mpmath's numbers


def shares(x: Vector) -> Vector:
    powers = [mpmath.exp(v - max(x)) for v in x]
    return [p / sum(powers) for p in powers]


def of_softmax(x: Vector) -> Vector:
    p = shares(x)
    return [p[0] * ((k == 0) - q) for k, q in enumerate(p)]


def of_log_softmax(x: Vector) -> Vector:
    return [(k == 0) - q for k, q in enumerate(shares(x))]


def logistic(x: Vector) -> Vector:
    return [1 / (1 + mpmath.exp(-v)) for v in x]


def of_logistic(x: Vector) -> Vector:
    return [p * q for p, q in zip(logistic(x), logistic([-v for v in x]), strict=True)]


def of_norm(order: int) -> Callable[[Vector], Vector]:
    def gradient(x: Vector) -> Vector:
        y = mpmath.root(sum(abs(v) ** order for v in x), order)
        return [mpmath.sign(v) * (abs(v) / y) ** (order - 1) for v in x]

    return gradient


def of_variance(x: Vector) -> Vector:
    return [2 * (v - sum(x) / len(x)) / len(x) for v in x]


def of_deviation(x: Vector) -> Vector:
    y = mpmath.sqrt(sum((v - sum(x) / len(x)) ** 2 for v in x) / len(x))
    return [d / (2 * y) for d in of_variance(x)]


def of_product(x: Vector) -> Vector:
    return [mpmath.fprod(x[:k] + x[k + 1 :]) for k in range(len(x))]


def of_products(x: Vector) -> Vector:
    firsts = [of_product(x[:n]) + [0] * (len(x) - n) for n in (1, 2, 3)]
    return [sum(d) for d in zip(*firsts, strict=True)]


def of_power(n: float) -> Callable[[Vector], Vector]:
    return lambda x: [n * mpmath.power(v, n - 1) for v in x]


LARGE = [[1e3, 999.5, 997.0], [-1e4, -1e4 - 3, -1e4 - 1], [0.1, 30.3, -700.0], [0.3, 0.1, 0.2]]
SPREAD = [[3e-120, 4e-120, 1e-121], [1e120, -2e120, 5e119], [1.0, 1e-100, -1e-8], [0.0, 3.0, 4.0]]
FACTORS = [
    [2.0, 0.0, 3.0, 5.0], [0.0, 0.0, 3.0, 5.0], [1e-100, 1e-90, 1e120, 1e60],
    [1e100, 1e90, 1e-80, 1e-150], [0.0, 1e200, 1e100, 1e-300], [0.1, -0.7, 1.3, -2.9],
]  # fmt: skip
SIZES = [[1.0, 3.0, 2.5], [1e-120, 3e-120, 7e-120], [1e120, 3e120, -2e120]]
NEAR_ZERO = [[1e-150, 1e-30, 0.1, 1.0], [1e100, 3.0, 0.7, 1e-5]]
# name, gradient, arguments, and what the error is measured by where that is not each partial itself
VECTORS: dict[str, tuple[Callable[[Vector], Vector], list[list[float]], float]] = {
    "log_sum_exp": (shares, LARGE, 1.0),
    "plain_log_sum_exp": (shares, [[0.3, 0.1, 0.2], [3.0, -20.0, 10.0]], 1.0),
    "log_add_exp": (shares, LARGE, 1.0),
    "softmax": (of_softmax, LARGE, 1.0),
    "log_softmax": (of_log_softmax, LARGE, 1.0),
    "softplus": (logistic, [[0.5, -3.0, 30.0, 700.0]], 0.0),
    "sigmoid": (of_logistic, [[0.5, -3.0, 3.0, 30.0]], 0.25),
    "norm": (of_norm(2), SPREAD, 0.0),
    "root_of_squares": (of_norm(2), SPREAD, 0.0),
    "hypotenuse": (of_norm(2), [*SPREAD, [3e-200, 4e-200], [3e200, 4e200]], 0.0),
    "cubic_norm": (of_norm(3), [[1e-3, 2e-3], [1e3, -2e3], [0.3, 0.1], [0.0, -2.0]], 0.0),
    "variance": (of_variance, SIZES, 0.0),
    "deviation": (of_deviation, SIZES, 0.0),
    "product": (of_product, FACTORS, 0.0),
    "running_products": (of_product, FACTORS, 0.0),
    "middle_product": (of_products, FACTORS, 0.0),
    "half_power": (of_power(0.5), NEAR_ZERO, 0.0),
    "broken_power": (of_power(1.5), NEAR_ZERO, 0.0),
    "square": (of_power(2), NEAR_ZERO, 0.0),
    "cube": (of_power(3), [[1e-150, -0.1, 1.0, 7.0]], 0.0),
    "seventh_power": (of_power(7), [[1e-40, -0.1, 1.0, 7.0]], 0.0),
    "inverse_square": (of_power(-2), [[1e-80, -0.1, 1.0, 7.0]], 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", VECTORS)
def test_gradients_of_vectors_are_exact(name: str) -> None:
    gradient, arguments, scale = VECTORS[name]
    function = getattr(vector_functions, name)
    for at in arguments:
        x = np.array(at)
        with mpmath.workdps(400):
            expected = gradient([mpmath.mpf(v) for v in at])
        for found in found_by_modes(function, x):
            for p, right in zip(found.tolist(), expected, strict=True):
                off = float(abs(mpmath.mpf(p) - right) / accuracy.EPS)
                limit = 2 * LIMIT * max(float(abs(right)), scale)
                assert off <= limit, f"{name} at {at}: {p}, not {right}"


def found_by_modes(function: Callable[..., Any], x: np.ndarray) -> list[np.ndarray]:
    """The gradient by reverse mode and, element by element, by forward mode."""
    with np.errstate(all="ignore"):
        ways = [pullback.jvp(function, (x,), (unit,))[1] for unit in np.eye(x.size)]
        return [pullback.grad(function)(x), np.array(ways)]


def test_every_function_of_vectors_is_measured() -> None:
    functions = {name for name, f in vars(vector_functions).items() if callable(f)}
    assert functions == VECTORS.keys()
