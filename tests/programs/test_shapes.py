"""Sizes in types are those of the values, at the first sizes of a signature and at later ones."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest

from pullback import tree
from pullback.frontend import derivatives, lowering
from pullback.frontend.kinds import kind_of
from pullback.frontend.lower import Main, lower_call
from pullback.frontend.values import Derived, Static, Value
from pullback.pipeline import Options, simplify
from pullback.transforms.expand import expand
from tests.programs.registry import PROGRAMS, Program
from tests.programs.shapes import Checked

programs = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())


def lowered(program: Program, mode: str, level: int) -> Main:
    """A program or its gradient, expanded and optimised, for its first arguments."""
    function, args = program.function, program.arguments()
    kinds = [kind_of(a) for a in args]
    names = [f"x{k}" for k in range(len(args))]

    def apply(frame: Any, node: Any, values: list[Value]) -> Value:
        if mode == "primal":
            return lowering.apply(frame, node, Static(function), values, {})
        derived = Derived("value_and_grad", Static(function), program.argnums)
        return derivatives.call_derived(frame, node, derived, values, {})

    main = lower_call(function, names, kinds, program.name, apply)
    options = Options(level)
    expand(main.func, lambda f: simplify(f, options))
    if level:
        simplify(main.func, options)
    return main


def inputs(main: Main, args: tuple[Any, ...]) -> list[Any]:
    """The parameters of a lowered program: leaves of arguments, and what is read from outside."""
    trees = [t for _, t in main.func.arguments or ()]
    values = [*args, *(source.read() for source in main.passed)]
    found: dict[Any, Any] = {}
    for t, value in zip(trees, values, strict=True):
        tree.mapped(found.__setitem__, t, value)
    return [found[p] for p in main.func.params]


def check(program: Program, mode: str, level: int) -> None:
    """Run it at all sizes that the first signature holds for."""
    main = lowered(program, mode, level)
    checked, first = 0, program.arguments()
    for args in map(program.arguments, program.sizes):
        if list(map(kind_of, args)) == list(map(kind_of, first)):
            run = Checked()
            with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                run.func(main.func, inputs(main, args))
            checked += run.checked
    assert checked or not any(np.ndim(a) for a in tree.leaves(first) if isinstance(a, np.ndarray))


@programs
@pytest.mark.parametrize("level", [0, 2], ids=lambda n: f"O{n}")
def test_types_of_programs(program: Program, level: int) -> None:
    check(program, "primal", level)


@pytest.mark.parametrize(
    "program", [p for p in PROGRAMS.values() if p.has_gradient], ids=lambda p: p.name
)
@pytest.mark.parametrize("level", [0, 2], ids=lambda n: f"O{n}")
def test_types_of_gradients(program: Program, level: int) -> None:
    check(program, "gradient", level)
