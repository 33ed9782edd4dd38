"""has_aux: functions that return a pair of a number and whatever else they have to tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pullback import SourceError, check_grads, grad, jvp, value_and_grad, vjp
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
    with pytest.raises(SourceError, match="a tuple, which has no gradient"):
        grad(f.aux_varies)(2.0)


def test_unknown_parameters_inside() -> None:
    with pytest.raises(SourceError, match="grad has no parameter 'allow_int'"):
        grad(f.unknown_parameter)(1.0)


def test_the_numba_backend_returns_plain_aux() -> None:
    df: Any = grad(f.aux_varies, has_aux=True, backend="numba")
    assert df(3.0) == (6.0, 9.0)


# ---- jvp and vjp, and arguments by name


@pytest.mark.parametrize("level", [0, 2])
def test_pullbacks_with_aux(level: int) -> None:
    x, w = np.array([0.5, -1.0]), np.array([2.0, 3.0])
    given = {"told": "so", "scale": 3.0}
    value, pullback, aux = vjp(f.by_name, x, w, has_aux=True, keywords=given, optimize=level)
    (total, y), told = f.by_name(x, w, **given)
    assert value[0] == total
    assert np.array_equal(value[1], y)
    assert aux.keys() == told.keys()
    assert (aux["told"], aux["nothing"]) == ("so", None)
    assert np.array_equal(aux["y"], y)
    aux["y"][:] = 7.0  # shares no memory with what was saved, nor with the value
    assert np.array_equal(value[1], y)
    by_x, by_w = pullback((1.0, np.array([1.0, 0.0])))
    weights = np.array([2.0, 1.0])
    np.testing.assert_allclose(by_x, np.cos(x) * w * 3.0 * weights)
    np.testing.assert_allclose(by_w, np.sin(x) * 3.0 * weights)


def test_tangents_with_aux() -> None:
    x, w = np.array([0.5, -1.0]), np.array([2.0, 3.0])
    given = {"told": None}
    value, moves, aux = jvp(f.by_name, (x, w), (w, 0 * w), has_aux=True, keywords=given)
    assert value[0] == f.by_name(x, w, told=None)[0][0]
    np.testing.assert_allclose(moves[1], np.cos(x) * w * w * 2.0)
    assert aux["told"] is None
    check_grads(f.directional, x, order=2)


def test_arguments_by_name() -> None:
    x = np.array([0.5, -1.0])
    (by_x,) = vjp(f.only_by_name, x, keywords={"weights": 2.0})[1](1.0)
    np.testing.assert_allclose(by_x, 6.0 * x * x)
    for weights in (2.0, np.array([1.0, -2.0])):
        given = {"weights": weights}
        moves = jvp(f.only_by_name, (x,), (x,), keywords=given)[1]
        np.testing.assert_allclose(moves, np.sum(3 * x**3 * weights))
        check_grads(f.only_by_name, x, keywords=given, order=2)
        check_grads(f.only_by_name, x, keywords={**given, "mode": "mean"}, order=2)
    assert grad(grad(f.scaled_cube), "scale")(2.0, scale=5.0) == 12.0
    with pytest.raises(SourceError, match="has no parameter 'weight'"):
        jvp(f.only_by_name, (x,), (x,), keywords={"weight": 2.0})
    with pytest.raises(SourceError, match="where has_aux needs a pair of a value and anything else"):
        vjp(f.only_by_name, x, keywords={"weights": 2.0}, has_aux=True)
