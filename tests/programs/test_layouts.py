"""Reshapes that are views or copies, with arguments of every layout after each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pullback
from tests.programs.registry import PROGRAMS, Program


def layouts(values: np.ndarray) -> Iterator[np.ndarray]:
    """The same numbers in memory in all ways that reshapes tell apart."""
    yield values.copy()
    yield np.asfortranarray(values)
    for step in (slice(None, None, -1), slice(None, None, 2)):
        for axes in range(1, 1 << values.ndim):
            key = tuple(step if axes >> k & 1 else slice(None) for k in range(values.ndim))
            sizes = [2 * n if s.step == 2 else n for n, s in zip(values.shape, key)]
            for room in (np.zeros(sizes), np.zeros(sizes[::-1]).T):
                part = room[key]
                part[...] = values
                yield part


def laid_like(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Numbers that lie in memory as an array does."""
    below = -sum((n - 1) * s for n, s in zip(x.shape, x.strides) if s < 0)
    above = sum((n - 1) * s for n, s in zip(x.shape, x.strides) if s > 0)
    made: Any = np.ndarray(x.shape, x.dtype, np.zeros(below + above + 8, np.uint8), below, x.strides)
    made[...] = values
    return made  # type: ignore[no-any-return]


def slope(f: Any, x: np.ndarray, t: np.ndarray) -> Any:
    """A central difference in a direction, in the layout of x."""
    return (f(laid_like(x, x + 1e-6 * t)) - f(laid_like(x, x - 1e-6 * t))) / 2e-6


SUBJECTS = [p for p in PROGRAMS.values() if p.group == "layouts"]


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("program", SUBJECTS, ids=lambda p: p.name)
def test_layouts(program: Program, level: int) -> None:
    """One compiled derivative is right for each layout: value, both modes, the caller's array."""
    (x0,) = program.arguments()
    t = program.rng(7).normal(size=x0.shape)
    for x in layouts(x0):
        expected = program.function(laid_like(x, x))
        value, pull = pullback.vjp(program.function, x, optimize=level)
        np.testing.assert_array_equal(value, expected)
        cotangent = program.rng(8).normal(size=np.shape(value))
        (pulled,) = pull(cotangent if np.ndim(value) else float(cotangent))
        value, tangent = pullback.jvp(program.function, (x,), (t,), optimize=level)
        np.testing.assert_array_equal(value, expected)
        np.testing.assert_array_equal(x, x0)
        numeric = np.sum(cotangent * slope(program.function, x, t))
        np.testing.assert_allclose(np.sum(pulled * t), numeric, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(np.sum(cotangent * tangent), np.sum(pulled * t), rtol=1e-9)


@pytest.mark.parametrize(
    "program", [p for p in SUBJECTS if p.orders > 1], ids=lambda p: p.name
)
def test_second_order(program: Program) -> None:
    (x0,) = program.arguments()
    t = program.rng(7).normal(size=x0.shape)
    gradient = pullback.grad(program.function)
    twice = pullback.grad(lambda x: np.sum(gradient(x) * t))
    for x in layouts(x0):
        numeric = slope(gradient, x, t)
        np.testing.assert_allclose(twice(x), numeric, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(pullback.jvp(gradient, (x,), (t,))[1], numeric, rtol=1e-4, atol=1e-5)
