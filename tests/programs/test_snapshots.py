"""The corpus with snapshots of its loops: the same derivatives as with all of their passes kept."""

from __future__ import annotations

import inspect
import re
import types

import pytest

import pullback
from pullback import tree
from tests.programs import checks
from tests.programs.registry import PROGRAMS, Program, by_turns
from tests.programs.test_programs import every_input, tolerance


def loops(program: Program) -> bool:
    """Whether there is a loop in the text of a program, or a comprehension, which is one."""
    function = inspect.unwrap(program.function)
    if not isinstance(function, types.FunctionType):
        return False
    return re.search(r"\b(for|while)\b", inspect.getsource(function)) is not None


LOOPS = [p for p in PROGRAMS.values() if loops(p)]
COMPILED = [p for p in LOOPS if p.has_gradient and p.numba]


def snapshots(program: Program) -> int:
    """How many to keep: one, two or three, by turns, so that passes are run again."""
    return 1 + LOOPS.index(program) % 3


def level_of(program: Program) -> int:
    """The level that a program is met at, each in its turn."""
    return (2, 0, 1)[LOOPS.index(program) // 3 % 3]


def test_most_programs_loop() -> None:
    assert len(LOOPS) > 500


@pytest.mark.parametrize("program", by_turns(LOOPS, 13))
def test_snapshots(program: Program) -> None:
    """Value, cotangents at any number of calls, the caller's data."""
    level = level_of(program)
    for args in every_input(program, floats=True)[:2]:
        given = checks.fresh(args)
        expected, of_plain = pullback.vjp(program.function, *checks.fresh(args), optimize=level)
        value, pull = pullback.vjp(
            program.function, *args, optimize=level, checkpoint=snapshots(program)
        )
        checks.identical(args, given, f"the arguments of {program}")
        checks.identical(value, expected, f"the value of {program}")
        cotangent = tree.mapped(checks.normals(program.rng(1)), value)
        found, rtol = pull(cotangent), tolerance(program)
        checks.close(found, of_plain(cotangent), f"snapshots of {program}", rtol, rtol)
        checks.identical(pull(cotangent), found, f"the second pullback of {program}")


@pytest.mark.slow
@pytest.mark.parametrize("program", by_turns([p for p in LOOPS if p.has_gradient], 1))
def test_gradients(program: Program) -> None:
    """In one function, and in forward mode over it."""
    args, rtol = program.arguments(), tolerance(program)
    plain, kept = (
        pullback.grad(program.function, program.argnums, checkpoint=n)
        for n in (None, snapshots(program))
    )
    checks.close(kept(*checks.fresh(args)), plain(*checks.fresh(args)), str(program), rtol, rtol)
    if program.orders > 1:
        along = checks.directions(program.rng(2), args, program.argnums)
        first, second = (pullback.jvp(f, checks.fresh(args), along)[1] for f in (plain, kept))
        checks.close(second, first, f"forward mode over snapshots of {program}", rtol, rtol)


@pytest.mark.slow
@pytest.mark.parametrize("program", by_turns(COMPILED, 1))
def test_compiled_by_numba(program: Program) -> None:
    args = program.arguments()
    made = pullback.grad(program.function, program.argnums, backend="numba", checkpoint=2)
    expected = pullback.grad(program.function, program.argnums)(*checks.fresh(args))
    checks.close(made(*args), expected, str(program), 1e-10, 1e-10)
