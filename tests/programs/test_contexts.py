"""What contexts silence stays silent in the derivative, and what they raise is raised by it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import pullback
from tests.programs import singular

levels = pytest.mark.parametrize("level", [0, 1, 2], ids=lambda n: f"O{n}")


@pytest.mark.parametrize("function", singular.QUIET, ids=lambda f: f.__name__)
@levels
def test_no_warning_where_the_function_gives_none(function: Any, level: int) -> None:
    x = np.array([0.5, 0.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = function(x)
        found, _ = pullback.value_and_grad(function, optimize=level)(x)
        np.testing.assert_array_equal(found, value)
        _, pull = pullback.vjp(function, x, optimize=level)
        pull(1.0)
        pullback.jvp(function, (x,), (np.ones(3),), optimize=level)


@pytest.mark.parametrize("function", singular.QUIET, ids=lambda f: f.__name__)
def test_outside_of_the_context_warnings_are_as_before(function: Any) -> None:
    x = np.array([0.5, 0.0, 2.0])
    before = np.geterr()
    pullback.grad(function)(x)
    assert np.geterr() == before


@pytest.mark.parametrize(("function", "runs", "fails"), singular.RAISING)
@levels
def test_errors_are_raised_as_by_the_function(
    function: Any, runs: Any, fails: Any, level: int
) -> None:
    derivative = pullback.grad(function, optimize=level)
    function(runs)
    derivative(runs)
    pullback.jvp(function, (runs,), (np.ones(3),), optimize=level)
    with pytest.raises(FloatingPointError):
        function(fails)
    with pytest.raises(FloatingPointError):
        derivative(fails)
    with pytest.raises(FloatingPointError):
        pullback.vjp(function, fails, optimize=level)
    with pytest.raises(FloatingPointError):
        pullback.jvp(function, (fails,), (np.ones(3),), optimize=level)
