"""Stages: what each phase and pass made of a program, told without recording anything before."""

from __future__ import annotations

import numpy as np
import pytest

import pullback
from pullback import ArgumentError, grad, pipeline
from pullback.backend.numpy_ import emit_numpy
from pullback.dispatch import Cache
from pullback.ir import diff
from pullback.ir.text import from_text, to_text
from tests.programs.registry import PROGRAMS, Program, by_turns


def decay(x, a, n):
    for _ in range(n):
        x = x * (1.0 * a * 0.5)
    return x


def slope(x, a, n):
    return grad(decay)(x, a, n) ** 2


def compiled(function=decay, **options):
    derivative = grad(function, **options)
    derivative(2.0, 0.5, 3)
    return derivative


@pytest.mark.parametrize(
    "program", by_turns((p for p in PROGRAMS.values() if p.has_gradient), 24)
)
def test_running_again_gives_what_was_compiled(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy that is kept is the program, and what is compiled does not depend on who watches."""
    owned = []

    def emit(main, *how):
        owned.append(to_text(main))
        return emit_numpy(main, *how)

    monkeypatch.setitem(pipeline.BACKENDS, "numpy", emit)
    derivative = grad(program.function, program.argnums)
    derivative._cache = Cache(derivative._specialise)  # which no other test has filled
    derivative(*program.arguments())
    assert [derivative.ir("owned")] == owned


def test_nothing_is_printed_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("IR is printed while compiling")

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "to_text", refuse)
        patched.setattr(pipeline.Printer, "program", refuse)
        derivative = compiled()
    assert "func @decay_grad" in derivative.ir("lowered")


def test_after_a_pass() -> None:
    derivative = compiled()
    assert derivative.ir(after="dce") == derivative.ir("optimised")
    assert derivative.ir(after="reuse") == derivative.ir("owned")
    first = derivative.ir(after="inline")
    assert first.count("func @") == 1 < derivative.ir("vjp").count("func @")
    for name in pipeline.SWITCHES:
        assert "func @decay_grad" in to_text(from_text(derivative.ir(after=name)))


def test_in_a_round() -> None:
    derivative = compiled()
    texts = [derivative.ir(after="hoist", round=k) for k in (1, 2, 3)]
    assert texts[2] == derivative.ir(after="hoist")
    assert texts[0] != texts[2]


@pytest.mark.parametrize(
    ("options", "after", "round", "message"),
    [
        ({}, "magic", None, "no pass 'magic': there are inline, views, "),
        ({}, "fold", 9, "pass 'fold' did not run in round 9: "),
        ({"optimize": 0}, "fold", None, "pass 'fold' did not run: "),
        ({"without": ["fold"]}, "fold", None, "pass 'fold' did not run: "),
        ({"without": ["reuse"]}, "reuse", None, "pass 'reuse' did not run: "),
    ],
)
def test_passes_that_did_not_run(options, after, round, message) -> None:
    with pytest.raises(ArgumentError, match=message):
        compiled(**options).ir(after=after, round=round)


def test_what_each_pass_changed() -> None:
    parts = compiled().ir_changes().split("\n\n")
    heads = [part.splitlines()[0] for part in parts]
    assert any(head.startswith("fold, round 1, decay: 2 removed, 1 added") for head in heads)
    hoisted = next(part for part in parts if part.startswith("hoist, round 1, decay: "))
    assert "moved" in hoisted.splitlines()[0]
    before, after = hoisted.index("for %"), hoisted.index("+ ")
    assert after < before
    assert all(": " in head and not head.endswith(": ") for head in heads)


def test_a_pass_that_changes_nothing_has_no_part() -> None:
    for step in compiled()._cache.last.stages.steps:
        if step.round and step.before == step.lines:
            assert step.changes() == ""
    assert compiled(optimize=0).ir_changes() == ""


def test_functions_inside_derivatives_are_told_apart() -> None:
    text = compiled(slope).ir_changes()
    assert {"decay:", "slope:", "slope_grad:"} <= set(text.split())


BEFORE = """
func @f(%a: float) -> (float) {
  for %i: int = 0, 3, 1 {
    %0: float = mul %a, %a  // x.py:1
    print %0
  }
  %1: float = add %a, 1.0
  return %1
}"""


def test_lines_that_move_are_told_from_those_that_go() -> None:
    lines = BEFORE.splitlines()
    after = "\n".join([*lines[:2], "  %0: float = mul %a, %a", lines[2], *lines[4:]])
    assert diff.summary(BEFORE, after) == "1 moved"
    after = after.replace("add %a, 1.0", "sub %a, 1.0")
    assert diff.summary(BEFORE, after) == "1 moved, 1 removed, 1 added"
    assert diff.changes(BEFORE, BEFORE.replace("add %a", "add %0")).splitlines() == [
        "   ...", "      print %0", "    }", "-   %1: float = add %a, 1.0",
        "+   %1: float = add %0, 1.0", "    return %1", "  }",
    ]  # fmt: skip


def test_public_vjp_compiles_as_before() -> None:
    value, pull = pullback.vjp(decay, 2.0, 0.5, 3)
    assert value == pytest.approx(2.0 * 0.25**3)
    assert np.isclose(pull(1.0)[0], 0.25**3)
