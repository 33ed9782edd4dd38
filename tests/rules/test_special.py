"""A special row gives one of jvp and vjp, and the other follows by transposition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pullback import check_grads, grad, jvp
from pullback.ir.core import PRIMS
from pullback.ir.prims import elementwise_infer
from pullback.rules import table
from pullback.rules.ops import cos
from tests.programs import checks
from tests.rules import special_functions


@pytest.fixture(params=["jvp", "vjp"])
def row(request: pytest.FixtureRequest) -> Iterator[None]:
    """A row for a function of two arguments, with one of the two rules."""
    rules = {
        "jvp": lambda xs, ts, y, p: cos(xs[0]) * xs[1] * ts[0] + y / xs[1] * ts[1],
        "vjp": lambda g, xs, y, p: [g * cos(xs[0]) * xs[1], g * y / xs[1]],
    }
    table.special(
        "test_wave", special_functions.wave, elementwise_infer(special_functions.wave), "x y",
        path="wave", **{request.param: rules[request.param]},
    )  # fmt: skip
    yield
    del PRIMS["test_wave"], table.ROWS["test_wave"]
    del table.BY_FUNCTION[special_functions.wave]


def test_both_modes(row: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    x, a = rng.normal(size=4), rng.uniform(1, 2, size=4)
    # The emitted text calls the function by its path, which only names of NumPy and math resolve.
    monkeypatch.setattr(np, "wave", special_functions.wave, raising=False)
    object.__setattr__(PRIMS["test_wave"], "path", "np.wave")
    check_grads(special_functions.uses_wave, x, a, order=2)


@pytest.mark.parametrize(
    "function",
    [special_functions.halves, special_functions.grid, special_functions.sign_and_logarithm],
)
def test_several_results_come_as_numpy_gives_them(function: Any) -> None:
    x = np.random.default_rng(5).normal(size=4)
    value, _ = jvp(function, (x,), (x,))
    checks.identical(value, function(x), function.__name__)
    assert type(value) is type(function(x))
    check_grads(function, x)


def test_a_list_of_results_is_a_list() -> None:
    check_grads(special_functions.appended, np.random.default_rng(6).normal(size=4), order=2)


def test_cross_of_pairs_is_refused_when_it_is_met() -> None:
    """np.cross of two numbers each is a number, which no size tells before the call."""
    derivative = grad(special_functions.area)
    triple = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(derivative(triple, triple[::-1]), [2 - 1, 1 - 3, 3 - 2])
    with pytest.raises(ValueError, match="vectors of 3 numbers only"):
        derivative(triple[:2], triple[:2])
