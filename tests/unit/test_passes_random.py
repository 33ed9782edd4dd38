"""Random programs compute the same after each pass alone and after all, inlined or not."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from pullback.ir.core import Func, Op, reachable, walk
from pullback.ir.verify import verify
from pullback.passes.algebra import algebra
from pullback.passes.cse import cse
from pullback.passes.dce import dce
from pullback.passes.fold import fold
from pullback.passes.hoist import hoist
from pullback.passes.inline import inline, small_or_single
from pullback.passes.inplace import own_memory
from pullback.passes.invariant import drop_invariant
from pullback.passes.latest import latest_versions, shapes_of_params
from pullback.passes.reuse import Reuse
from pullback.passes.views import compose_views
from tests.unit.interp import Interpreter
from tests.unit.random_ir import program

PASSES = [
    compose_views,
    fold,
    drop_invariant,
    hoist,
    algebra,
    cse,
    shapes_of_params,
    latest_versions,
    dce,
]


class _Interpreter(Interpreter):
    def op(self, op: Op, xs: list[Any], env: dict[Any, Any]) -> list[Any]:
        if op.name == "check_shapes":
            np.broadcast_shapes(*(x.shape for x in xs))
            return []
        return super().op(op, xs, env)


def arguments() -> list[Any]:
    """Multiples of a half, so that sums are exact in any order."""
    rng = np.random.default_rng(0)
    vector = lambda: rng.integers(-8, 8, 3) * 0.5
    matrix = rng.integers(-8, 8, (3, 3)) * 0.5
    return [np.array([0, 2, 0]), 2, vector(), vector(), matrix, [vector() for _ in range(3)]]


def outcome(func: Func, in_place: bool) -> Any:
    """The results, or the kind of error."""
    try:
        return _Interpreter(in_place).call(func, copy.deepcopy(arguments()))
    except (IndexError, ValueError, RecursionError) as error:
        return type(error)


def assert_same(a: Any, b: Any) -> None:
    if isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b, strict=True)
    elif isinstance(a, list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    else:
        assert a == b


def inline_small(main: Func) -> None:
    should = small_or_single(main)
    for f in reachable(main):
        inline(f, should)


CHOICES = [[p] for p in PASSES] + [PASSES, PASSES * 2]


@pytest.mark.parametrize("passes", CHOICES, ids=lambda ps: "+".join(p.__name__ for p in ps[:9]))
@pytest.mark.parametrize("inlined", [False, True])
def test_values_stay(passes: list[Any], inlined: bool) -> None:
    for seed in range(40):
        expected = outcome(program(seed), in_place=False)
        main = program(seed)
        if inlined:
            inline_small(main)
        for apply in passes:
            for f in reachable(main):
                apply(f)
            verify(main)
        assert_same(outcome(main, in_place=False), expected)
        for f in reachable(main):
            own_memory(f, copy_results=f is main)
        assert_same(outcome(verify(main), in_place=True), expected)


def test_memory_is_reused_where_nobody_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if it were done wherever types allow, whatever the text would look like."""
    monkeypatch.setattr(Reuse, "reads_well", lambda *_: True)
    reused = 0
    for seed in range(100):
        expected = outcome(program(seed), in_place=False)
        main = program(seed)
        for f in reachable(main):
            own_memory(f, copy_results=f is main, reuse=True)
            reused += sum("into" in op.params for op in walk(f.block))
        assert_same(outcome(verify(main), in_place=True), expected)
    assert reused > 10
