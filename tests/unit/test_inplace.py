"""Writing in place is made right by copies, and only by those that are needed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pullback.rules.shapes  # noqa: F401  (registers the rows that are used here)
from pullback.ir.core import Func, reachable, walk
from pullback.ir.text import from_text, to_text
from pullback.ir.verify import verify
from pullback.passes.inplace import own_memory
from tests.unit.interp import run
from tests.unit.random_ir import program


def owned(text: str, copy_results: bool = False) -> Func:
    """A function from its text, with all that it calls, after the pass."""
    func = from_text(text)
    for f in reachable(func):
        own_memory(f, copy_results and f is func)
    return verify(func)


def copies(func: Func) -> list[str]:
    """The names of what is copied, callees first."""
    found = [op for f in reachable(func) for op in walk(f.block) if op.name == "copy"]
    return [op.outputs[0].name for op in found]


def names(func: Func) -> list[str]:
    return [op.name for op in walk(func.block)]


def agree(text: str, *args: Any, copy_results: bool = False) -> Func:
    """Writing in place after the pass gives what writing to copies gave; arguments stay."""
    expected = run(from_text(text), list(copy.deepcopy(args)), in_place=False)
    func = owned(text, copy_results)
    given = copy.deepcopy(args)
    assert_same(run(func, list(given), in_place=True), expected)
    assert_same(given, args)
    return func


def assert_same(a: Any, b: Any) -> None:
    if isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b, strict=True)
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    else:
        assert a == b


def arrays(x: Any) -> Iterator[np.ndarray[Any, Any]]:
    if isinstance(x, np.ndarray):
        yield x
    elif isinstance(x, list | tuple):
        for item in x:
            yield from arrays(item)


def lists(x: Any) -> Iterator[list[Any]]:
    if isinstance(x, list):
        yield x
        for item in x:
            yield from lists(item)
