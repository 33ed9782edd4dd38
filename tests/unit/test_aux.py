"""has_aux: functions that return a pair of a number and whatever else they have to tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pullback import SourceError, check_grads, grad, value_and_grad
from tests.programs import checks
from tests.unit import aux_functions as f

W, X = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])


@pytest.mark.parametrize("level", [0, 1, 2])
def test_every_sort_of_aux(level: int) -> None:
    value, aux = f.tells_all(W, X)
    gradient, told = grad(f.tells_all, has_aux=True, optimize=level)(W, X)
    checks.close(gradient, 2 * W * X * X, "the gradient")
    checks.identical(told, aux, "aux")
    checks.owned((gradient, told), (W, X), "the result")
    (value_too, told), (by_w, by_x) = value_and_grad(f.tells_all, (0, 1), has_aux=True)(W, X)
    assert value_too == value
    checks.identical(told, aux, "aux")
    checks.close((by_w, by_x), (2 * W * X * X, 2 * W * W * X), "both gradients")


def test_aux_has_no_part_in_the_gradient() -> None:
    assert grad(f.aux_varies, has_aux=True)(3.0) == (6.0, 9.0)
    assert value_and_grad(f.aux_varies, has_aux=True)(3.0) == ((9.0, 9.0), 6.0)


def test_value_that_does_not_depend() -> None:
    assert grad(f.constant_value, has_aux=True)(2.0) == (0.0, 2.0)
    assert value_and_grad(f.constant_value, has_aux=True)(2.0) == ((1.0, 2.0), 0.0)


def test_decorator() -> None:
    assert f.decorated(3.0) == (6.0, {"x": 3.0})


def test_inside_code_that_is_differentiated() -> None:
    check_grads(f.uses_aux, W, X, order=2)
    checks.close(grad(f.calls_derivative)(3.0), 2.0 + 2 * 3.0, "an object from outside")


def test_a_float32_array_of_size_one() -> None:
    x = np.array([3.0], np.float32)
    gradient, aux = grad(f.aux_varies, has_aux=True)(x)
    checks.identical((gradient, aux), (np.array([6.0], np.float32), x * x), "the result")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no_pair", "no_pair returns float, where has_aux needs a pair"),
        ("list_pair", "list_pair returns a list"),
        ("three", "three returns a tuple"),
        ("turned_round", "turned_round returns a tuple"),
    ],
)
def test_what_is_no_pair(name: str, told: str) -> None:
    for transform in (grad, value_and_grad):
        with pytest.raises(SourceError, match=told) as caught:
            transform(getattr(f, name), has_aux=True)(2.0)
        assert "return value, aux" in caught.value.hint


def test_a_pair_without_has_aux() -> None:
    with pytest.raises(SourceError, match="a tuple or dict, which has no gradient"):
        grad(f.aux_varies)(2.0)


def test_unknown_parameters_inside() -> None:
    with pytest.raises(SourceError, match="grad has no parameter 'holomorphic'"):
        grad(f.unknown_parameter)(1.0)


def test_the_numba_backend_returns_plain_aux() -> None:
    df: Any = grad(f.aux_varies, has_aux=True, backend="numba")
    assert df(3.0) == (6.0, 9.0)
