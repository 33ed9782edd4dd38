"""The corpus as regions that are run again: the same derivatives as without."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import refusals, tree
from tests.programs import checks
from tests.programs.registry import PROGRAMS, Program, by_turns
from tests.programs.test_halves import level_of
from tests.programs.test_programs import every_input, tolerance

REGIONS = [p for p in PROGRAMS.values() if isinstance(p.function, types.FunctionType)]


def pulled(program: Program, args: tuple[Any, ...]) -> tuple[Any, Any] | None:
    """The value and the pullback of a program that is run again, None where its effects forbid it."""
    again = pullback.checkpoint(program.function)
    try:
        value, pull = pullback.vjp(again, *args, optimize=level_of(program))
    except pullback.SourceError as error:
        if error.refusal is not refusals.CHECKPOINTED_EFFECT:
            raise
        return None
    return value, pull


@pytest.mark.parametrize("program", by_turns(REGIONS, 24, 12))
def test_regions(program: Program) -> None:
    """Value, cotangents at any number of calls, whatever the caller does to arrays meanwhile."""
    for args in every_input(program, floats=True)[:2]:
        expected, of_plain = pullback.vjp(program.function, *checks.fresh(args))
        found = pulled(program, args)
        if found is None:
            return
        value, pull = found
        checks.same_value(value, expected, program)
        cotangent = tree.mapped(checks.normals(program.rng(1)), value)
        for leaf in checks.leaves((args, value)):
            if isinstance(leaf, np.ndarray):
                leaf[...] = 0
        first = checks.fresh(pull(cotangent))
        rtol = tolerance(program)
        what = f"a region that is {program}"
        checks.close(first, of_plain(cotangent), what, rtol, rtol)
        checks.identical(pull(cotangent), first, f"the second pullback of {what}")
