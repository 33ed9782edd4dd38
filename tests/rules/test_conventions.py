"""One convention for both modes, for numbers and arrays, and for both backends.

Every elementwise row is called where something is special: at zeros of both signs, at ends of domains,
at infinities and nan. Which convention that is stands in ``test_kinks``, by row.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.rules.table import ROWS, Row
from tests.programs import checks
from tests.rules import accuracy, loop_functions
from tests.rules import convention_functions as functions
from tests.rules.generated import subjects_of_rows

A = np.array
ROWS_OF_REALS = [
    r for r in accuracy.ELEMENTWISE if r.math != "cmath" and not r.name.startswith("scipy.")
]  # fmt: skip
SUBJECTS = subjects_of_rows("special_values", ROWS_OF_REALS, lambda row: len(row.domain))
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e200, 1e-200, np.inf, -np.inf, np.nan)

# What is infinite with its partials, raises where they are, or is so for complex numbers alone.
RAISING = {
    "exp", "exp2", "expm1", "sinh", "cosh", "math.exp", "math.exp2", "math.expm1",
    "math.sinh", "math.cosh",
    "cmath.log", "cmath.log10", "cmath.atanh", "math.log", "math.log2", "math.log10", "math.log1p",
    "math.atanh", "math.atan", "math.asinh",
}  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def taken(function: Callable[..., Any], n: int) -> list[tuple[float, ...]]:
    """The combinations of special values at which a function does not raise."""
    found = []
    triples = [(x, -abs(y), abs(y)) for x, y in itertools.product(SPECIAL, repeat=2)]  # of np.clip
    for at in itertools.product(SPECIAL, repeat=n) if n < 3 else triples:
        try:
            real = not isinstance(function(*at), complex)
        except (ValueError, ArithmeticError):
            continue
        if real:
            found.append(at)
    return found


def partials(function: Callable[..., Any], at: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
    """The partial derivatives by reverse mode, and by forward mode with the other arguments held."""
    value, pull = pullback.vjp(function, *at)
    one = np.ones(np.shape(value))[()]
    units = [tuple(one if j == k else 0.0 * one for j in range(len(at))) for k in range(len(at))]
    forward = [pullback.jvp(function, at, unit)[1] for unit in units]
    return list(pull(float(one) if np.ndim(one) == 0 else one)), forward


@pytest.mark.parametrize("row", ROWS_OF_REALS, ids=lambda row: row.name)
def test_special_values(row: Row) -> None:
    """No derivative raises where its function does not; modes agree, and numbers with arrays."""
    function = SUBJECTS[row.name].function
    points = taken(function, len(row.domain))
    of_numbers = [partials(function, at) for at in points]
    reverse, forward = (np.array([pair[k] for pair in of_numbers]).T for k in (0, 1))
    for by_forward, by_reverse in zip(forward, reverse, strict=True):
        known = ~np.isnan(by_forward)  # a tangent of 0 times an infinite partial is nan
        np.testing.assert_allclose(by_forward[known], by_reverse[known], 1e-14, err_msg=row.name)
    if not row.math:
        of_arrays, _ = partials(function, tuple(np.array(points).T))
        np.testing.assert_allclose(np.array(of_arrays), reverse, 1e-14, err_msg=row.name)


def test_poles_are_stated() -> None:
    """A row whose partials may be infinite says where, if its function is defined there."""
    silent = {row.name for row in ROWS.values() if row.singular and not row.kink}
    assert silent == RAISING


def test_powers_that_overflow_behind_a_guard() -> None:
    x = np.array([1e200, 0.5, -1e160])
    for derivative in (pullback.grad, pullback.jacfwd):
        gradient = derivative(functions.guarded_powers)(x)
        np.testing.assert_allclose(gradient, [1, 0.75 - 0.5 / 1.0625**2 + 5 / 16, 1])
    curvature = np.diag(pullback.hessian(functions.guarded_powers)(x))
    assert curvature[0] == curvature[2] == 0 < abs(curvature[1])


def test_complex_poles_behind_a_guard() -> None:
    z = A([1j, 0.5 + 0.2j])
    gradient = pullback.grad(functions.guarded_arctangent)(z)
    assert np.isfinite(gradient).all()
    assert gradient[0] == 1


# ---- the Numba backend

ZEROS = (A([0.0, 0.5, 0.0, 0.5, -0.0]), A([0.0, 0.5, 0.5, 0.0, 1.0]))
SIGNS = (A([0.0, -1.0, 2.0, 1.0]), A([0.0, 2.0, 3.0, 0.5]))


def agree(makes: Callable[..., Any], function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """A derivative by both backends: the same numbers, and the same infinities and zeros at kinks."""
    compiled, plain = (makes(function, (0, 1), backend=b) for b in ("numba", "numpy"))
    with np.errstate(all="ignore"):
        for found, expected in zip(compiled(*args), plain(*args), strict=True):
            np.testing.assert_allclose(found, expected, 1e-13, err_msg=f"{function.__name__}{args}")


@pytest.mark.parametrize("k", range(loop_functions.KINKS))
def test_numba_at_kinks(k: int) -> None:
    agree(pullback.grad, loop_functions.kinks, (*ZEROS, k))


@pytest.mark.parametrize("k", range(loop_functions.GUARDS))
def test_numba_behind_guards(k: int) -> None:
    """In both modes, and of numbers at second order."""
    agree(pullback.grad, loop_functions.guards, (*SIGNS, k))
    agree(pullback.jacfwd, loop_functions.guards, (*SIGNS, k))
    for a, b in zip(*map(np.ndarray.tolist, SIGNS), strict=True):
        agree(pullback.grad, loop_functions.slope_of_guard, (a, b or 1.0, k))
        assert np.isfinite(pullback.grad(loop_functions.slope_of_guard, (0, 1))(a, b or 1.0, k)).all()


# ---- conventions that are no row's


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (-2.0, 3.0, (12.0, np.nan)),  # of real numbers, the exponent cannot move
        (-2.0, 2.0, (-4.0, np.nan)),
        (0.0, 2.0, (0.0, 0.0)),
        (0.0, 1.0, (1.0, 0.0)),
        (0.0, 0.5, (np.inf, 0.0)),
        (0.0, 0.0, (0.0, 0.0)),
        (2.0, 0.0, (0.0, np.log(2.0))),
    ],
)
def test_powers(x: float, y: float, expected: tuple[float, float]) -> None:
    for at in ((x, y), (A([x]), A([y])), (np.float64(x), y)):
        reverse, forward = partials(functions.power, at)
        np.testing.assert_allclose(np.ravel(reverse), expected, 1e-14)
        known = ~np.isnan(np.ravel(forward))
        np.testing.assert_allclose(np.ravel(forward)[known], A(expected)[known], 1e-14)


def test_second_derivative_of_sinc_at_zero() -> None:
    x = A([0.0, 1e-200, 1e-9])
    gradient = pullback.grad(functions.cardinal_sine)
    _, slope = pullback.jvp(gradient, (x,), (np.ones(3),))
    np.testing.assert_allclose(slope, -np.pi**2 / 3, 1e-14)


def test_equal_eigenvalues() -> None:
    """Vectors of equal values are taken not to turn into each other; what does not depend on how they
    are chosen is right in spite of that."""
    a, d = np.diag([1.0, 1.0, 2.0]), A([[0.3, 0.1, 0.2], [0.1, -0.4, 0.5], [0.2, 0.5, 0.7]])
    _, values = pullback.jvp(functions.eigenvalues, (a,), (d,))
    np.testing.assert_allclose(values, np.diag(d), 1e-14)
    _, vectors = pullback.jvp(functions.eigenvectors, (a,), (d,))
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(vectors[:2, :2], 0, atol=1e-15)
    _, apart = pullback.jvp(functions.spectral_sum, (a + 1e-4 * np.diag([0.0, 1, 0]),), (d,))
    _, equal = pullback.jvp(functions.spectral_sum, (a,), (d,))
    pulled = pullback.grad(functions.spectral_sum)(a)
    np.testing.assert_allclose(np.sum(pulled * d), equal, 1e-13)
    assert np.isfinite(apart)


def test_steps_and_what_is_not_read() -> None:
    """Zeros of the right shape and kind, not None."""
    x = A([0.3, -1.7, 2.2])
    checks.identical(pullback.grad(functions.rounded)(x), np.zeros(3), "steps")
    checks.identical(pullback.grad(functions.untouched)(x, 2.0), np.zeros(3), "what is not read")
    assert pullback.grad(functions.untouched)(1.0, x) == 0.0


def test_indices_out_of_range_raise() -> None:
    x = np.ones(5)
    with pytest.raises(IndexError):
        pullback.grad(functions.beyond)(x)
    with pytest.raises(IndexError):
        pullback.jvp(functions.beyond, (x,), (x,))


def test_layout_of_an_adjoint() -> None:
    """A cotangent in Fortran order is accumulated into what it belongs to, not into a copy."""
    x = np.asfortranarray(np.arange(1.0, 7.0).reshape(2, 3))
    np.testing.assert_allclose(pullback.grad(functions.rooted)(x), np.ones((2, 3)))
