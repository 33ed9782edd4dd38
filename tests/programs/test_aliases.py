"""Arguments that are written to: they stay as they were, and may not overlap with others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from tests.programs.corpus import aliases


def written(x: np.ndarray, z: np.ndarray) -> float:
    x *= 2
    return np.sum(x * z)  # type: ignore[no-any-return]


def written_item(d: dict[str, np.ndarray]) -> float:
    d["a"][0] = d["b"][1] ** 2
    return np.sum(d["a"] * d["b"])  # type: ignore[no-any-return]


def written_list(x: list[float], z: list[float]) -> float:
    x[0] = 5.0
    return x[0] * z[0]


def written_row(rows: list[list[float]]) -> float:
    rows[0].append(2.0)
    return sum(rows[0]) * sum(rows[1])


CALLS: dict[str, Callable[..., Any]] = {
    "grad": lambda f, *args: pullback.grad(f)(*args),
    "vjp": lambda f, *args: pullback.vjp(f, *args),
    "jvp": lambda f, *args: pullback.jvp(f, args, args),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_overlapping_arguments_are_refused(call: Callable[..., Any]) -> None:
    x = np.arange(4.0)
    for other in (x, x[::-1], x[:3]):
        with pytest.raises(pullback.ArgumentError, match="x is written to, and may share memory"):
            call(written, x[: other.size], other)
    with pytest.raises(pullback.ArgumentError, match="a is written to, and may share memory"):
        call(written_item, {"a": x, "b": x})


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_lists_given_twice_are_refused(call: Callable[..., Any]) -> None:
    x = [1.0, 2.0]
    with pytest.raises(pullback.ArgumentError, match="x is written to, and may share memory"):
        call(written_list, x, x)
    with pytest.raises(pullback.ArgumentError, match="rows is written to, and may share memory"):
        call(written_row, [x, x])
    call(written_list, x, list(x))
    assert x == [1.0, 2.0]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_arguments_stay_as_they_were(call: Callable[..., Any]) -> None:
    x, z = np.arange(3.0), np.ones(3)
    call(written, x, z)
    np.testing.assert_array_equal(x, np.arange(3.0))
    d = {"a": np.arange(3.0), "b": np.ones(3)}
    call(written_item, d)
    np.testing.assert_array_equal(d["a"], np.arange(3.0))


def test_pullbacks_of_written_arguments_can_be_called_again() -> None:
    x = np.array([1.0, 2.0, 3.0])
    _, pull = pullback.vjp(aliases.write_to_argument, x)
    (first,), (second,) = pull(1.0), pull(1.0)
    x *= 0
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(pull(1.0)[0], first)
    gradient = pullback.grad(aliases.write_to_argument)(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(first, gradient)
