"""The corpus in two halves: ``split`` against ``vjp``, ``linearize`` against ``jvp``."""

from __future__ import annotations

import pickle

import pytest

import pullback
from pullback import tree
from tests.programs import checks
from tests.programs.registry import PROGRAMS, Program, by_turns
from tests.programs.test_programs import chosen, every_input, tolerance

LEVELS = (0, 1, 2)


def level_of(program: Program) -> int:
    """The level that a program is met at, each in its turn."""
    return LEVELS[list(PROGRAMS).index(program.name) // 4 % len(LEVELS)]


@pytest.mark.parametrize("program", by_turns(PROGRAMS.values(), 12))
def test_split(program: Program) -> None:
    """Residuals give what the joint pullback does, any number of times, and behind a pickle."""
    level = level_of(program)
    forward, backward = pullback.split(program.function, optimize=level)
    some, of_some = pullback.split(program.function, program.argnums, optimize=level)
    for args in every_input(program, floats=True)[:2]:
        given = checks.fresh(args)
        expected, pull = pullback.vjp(program.function, *args, optimize=level)
        value, residuals = forward(*args)
        checks.identical(args, given, f"the arguments of {program}")
        checks.same_value(value, expected, program)
        checks.owned(value, (args, residuals.saved), f"the value of {program}")
        cotangent = tree.mapped(checks.normals(program.rng(1)), value)
        sent = pickle.dumps(residuals)
        found = backward(residuals, cotangent)
        checks.identical(found, pull(cotangent), f"both halves of {program}")
        for again in (residuals, pickle.loads(sent)):
            checks.identical(backward(again, cotangent), found, f"the residuals of {program} again")
        picked = of_some(some(*args)[1], cotangent)
        rtol = tolerance(program)
        checks.close(picked, chosen(program, found), f"argnums of {program}", rtol, rtol)


@pytest.mark.parametrize("program", by_turns(PROGRAMS.values(), 12))
def test_linearize(program: Program) -> None:
    """The tangent map behind the residuals is that of jvp, at any number of calls."""
    level = level_of(program)
    for args in every_input(program, floats=True)[:2]:
        given = checks.fresh(args)
        direction = checks.directions(program.rng(2), args, program.argnums)
        expected, tangent = pullback.jvp(program.function, args, direction, optimize=level)
        value, push = pullback.linearize(program.function, *args, optimize=level)
        checks.identical(args, given, f"the arguments of {program}")
        checks.same_value(value, expected, program)
        checks.owned(value, (args, push.residuals), f"the value of {program}")
        found = push(*direction)
        rtol = tolerance(program)
        checks.close(found, tangent, f"linearize against jvp of {program}", rtol, rtol)
        checks.like_argument(found, value, f"the tangent of {program}")
        checks.owned(found, (args, direction, push.residuals), f"the tangent of {program}")
        checks.identical(push(*direction), found, f"the second tangent of {program}")
