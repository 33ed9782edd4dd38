"""Loops that write in place: what their gradients copy, touch and hold in a step does not grow."""

from __future__ import annotations

import numpy as np
import pytest

import pullback
from pullback.frontend.kinds import kind_of
from pullback.testing import check_grads
from tests.programs import costs
from tests.programs.in_place import LOOPS

SIZES = (40, 160)


@pytest.mark.parametrize(
    ("name", "backend"),
    [*((n, "numpy") for n in LOOPS), *((n, "numba") for n in LOOPS if LOOPS[n].numba)],
)
def test_a_step_costs_the_same_whatever_the_size(name: str, backend: str) -> None:
    """Counted are lines run and elements touched, the arrays as large as the argument, and bytes."""
    loop = LOOPS[name]
    works, own, memories, arrays = [], [], [], []
    for size in SIZES:
        args = loop.arguments(np.random.default_rng(0), size)
        derivative = pullback.grad(loop.function, backend=backend).compile([*map(kind_of, args)])
        function, gradient = costs.instrumented(loop.function), costs.of_text(derivative.source)
        own.append(costs.work(function, args))
        works.append(costs.work(gradient, args))
        arrays.append(sum(made >= size / 2 for made in costs.Counted.made))
        memories.append(costs.memory(gradient, args))
    what = f"{name}: {own} for the function, {works} for its gradient, {memories} bytes, {arrays} arrays"
    assert arrays == [loop.arrays] * len(SIZES), what
    assert all(work <= 8 * alone for work, alone in zip(works, own, strict=True)), what
    assert works[1] / works[0] <= 1.25 * own[1] / own[0], what
    assert memories[1] / memories[0] <= 1.25 * own[1] / own[0], what


@pytest.mark.parametrize("name", LOOPS)
def test_gradients_are_right(name: str) -> None:
    loop = LOOPS[name]
    check_grads(loop.function, *loop.arguments(np.random.default_rng(1), 8))
