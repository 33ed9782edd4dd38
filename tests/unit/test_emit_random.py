"""Random programs: the emitted text does what an interpreter of the IR does, prints and errors included.

This is where naming, coalescing and nesting would go wrong: nested loops and branches, swapped carries,
writes in place, values that are undefined on a path, prints that must keep their order.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import numpy as np
import pytest

from pullback.backend.load import load
from pullback.backend.numpy_ import emit_numpy
from pullback.ir.core import Func
from pullback.ir.verify import verify
from tests.unit.emit_interp import interpret, random_program

ARGS = ((3, 1), (-2, 5), (0, 0))
PER_TEST = 25


def outcome(run: Any) -> tuple[Any, list[str]]:
    """The results or the name of the error, and the lines printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = run()
        except ZeroDivisionError as error:
            result = type(error).__name__
    return result, printed.getvalue().splitlines()


def same(a: Any, b: Any) -> bool:
    if isinstance(a, list | tuple):
        return isinstance(b, list | tuple) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and np.array_equal(a, b)
    return type(a) is type(b) and bool(a == b)


def meaning(func: Func, args: tuple[int, int]) -> tuple[Any, list[str]]:
    lines: list[str] = []
    results, _ = outcome(lambda: interpret(func, [*args, np.arange(1, 5)], lines))
    if isinstance(results, list) and len(results) == 1:
        return results[0], lines
    return results, lines


@pytest.mark.parametrize("first", range(0, 500, PER_TEST))
def test_random_programs(first: int) -> None:
    for seed in range(first, first + PER_TEST):
        func = verify(random_program(seed))
        emitted = emit_numpy(func)
        entry = load(emitted, f"<random {seed}>")
        for args in ARGS:
            expected, lines = meaning(func, args)
            found, printed = outcome(lambda: entry(*args, np.arange(1, 5)))  # noqa: B023
            assert same(expected, found), f"seed {seed}, args {args}\n{emitted.text}"
            assert printed == lines, f"seed {seed}, args {args}\n{emitted.text}"


def test_programs_use_what_they_are_to_test() -> None:
    """The generator makes loops that break, slots, calls and writes, not only straight lines."""
    texts = [emit_numpy(random_program(seed)).text for seed in range(200)]
    for piece in ("break", "while", "elif", "None", "f1(", ".pop()", "[1:] =", " -= ", "_1, "):
        assert any(piece in text for text in texts), piece
