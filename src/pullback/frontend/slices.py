"""Slices as values: ``slice(1, -1)``, ``np.s_[1:-1, 0]``, to index arrays with later on.

They are objects of the class ``slice`` with its three attributes, which may be computed.
"""

from __future__ import annotations

import ast
import builtins

import numpy as np

from pullback import refusals
from pullback.frontend.constants import constant_value
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import Keywords, builtin, lower, made
from pullback.frontend.values import NONE, Static, Struct, Value

PARTS = ("start", "stop", "step")


@builtin(builtins.slice)
def slice_(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if keywords or not 1 <= len(args) <= 3:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="slice", arguments="start, stop, step")
    return of_parts([NONE, *args] if len(args) == 1 else args)


def of_parts(parts: list[Value]) -> Struct:
    """A slice; what is not given is None."""
    filled = [*parts, *[NONE] * (3 - len(parts))]
    return Struct(slice, dict(zip(PARTS, filled, strict=True)))


def parts_of(value: Value) -> list[Value] | None:
    """Start, stop and step of a slice that is a value, None if it is no slice."""
    match value:
        case Struct(cls=builtins.slice, items=items):
            return [items[name] for name in PARTS]
        case Static(slice() as known):
            return [constant_value(getattr(known, name)) for name in PARTS]
    return None


def is_maker(value: Value) -> bool:
    """Whether a value makes slices and tuples of them by being indexed."""
    return isinstance(value, Static) and (value.value is np.s_ or value.value is np.index_exp)


def subscript(frame: Frame, owner: Value, node: ast.expr) -> Value:
    """``np.s_[...]``, ``np.index_exp[...]``, which is always a tuple."""
    assert isinstance(owner, Static)
    if isinstance(node, ast.Tuple):
        return made(frame, [entry(frame, part) for part in node.elts], False)
    only = entry(frame, node)
    return made(frame, [only], False) if owner.value is np.index_exp else only


def entry(frame: Frame, node: ast.expr) -> Value:
    """What stands in a subscript as a value: a slice is one of its own."""
    if not isinstance(node, ast.Slice):
        return lower(frame, node)
    parts = node.lower, node.upper, node.step
    return of_parts([NONE if p is None else lower(frame, p) for p in parts])


__all__ = ["entry", "is_maker", "parts_of", "subscript"]
