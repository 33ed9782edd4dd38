"""Sizes in types are those of the values, at the first sizes of a signature and at later ones."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest

from pullback import tree
from pullback.frontend import derivatives, directions, lowering
from pullback.frontend.kinds import kind_of
from pullback.frontend.lower import Main, lower_call
from pullback.frontend.values import Derived, Static, Tup, Value
from pullback.pipeline import Options, simplify
from pullback.transforms.expand import expand
from tests.programs import checks
from tests.programs.registry import PROGRAMS, Program, by_turns
from tests.programs.shapes import Checked
from tests.programs.test_programs import with_floats


def lowered(program: Program, mode: str, level: int) -> Main:
    """A program or its gradient, expanded and optimised, for its first arguments."""
    function, args = program.function, arguments(program, mode, program.sizes[0])
    kinds = [kind_of(a) for a in args]
    names = [f"x{k}" for k in range(len(args))]

    def apply(frame: Any, node: Any, values: list[Value]) -> Value:
        if mode == "tangent":
            n = len(values) // 2
            both = Tup(tuple(values[:n])), Tup(tuple(values[n:]))
            return directions.call_jvp(frame, node, [Static(function), *both], {}, False)
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


def arguments(program: Program, mode: str, size: int) -> tuple[Any, ...]:
    """Arguments of a size; for forward mode, tangents follow them."""
    args = with_floats(program, program.arguments(size))
    if mode != "tangent":
        return args
    return (*args, *checks.directions(program.rng(4), args, program.argnums))


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
    checked, first = 0, arguments(program, mode, program.sizes[0])
    for size in program.sizes:
        args = arguments(program, mode, size)
        if list(map(kind_of, args)) == list(map(kind_of, first)):
            run = Checked()
            with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                run.func(main.func, inputs(main, args))
            checked += run.checked
    assert checked or not any(np.ndim(a) for a in tree.leaves(first) if isinstance(a, np.ndarray))


# In the default run each stage of a type's life is there once: lowered and pushed forward, and swept
# backward and optimised.
CROSSED = [("tangent", 0), ("gradient", 2)]


@pytest.mark.parametrize("program", by_turns(PROGRAMS.values(), 6, 3))
def test_types(program: Program) -> None:
    for mode, level in CROSSED:
        if mode != "gradient" or program.has_gradient:
            check(program, mode, level)


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
@pytest.mark.parametrize("level", [0, 2], ids=lambda n: f"O{n}")
@pytest.mark.parametrize("mode", ["primal", "tangent", "gradient"])
def test_types_everywhere(program: Program, mode: str, level: int) -> None:
    if mode != "gradient" or program.has_gradient:
        check(program, mode, level)
