"""Values that are unpacked into several names, of which one may be starred."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TypeGuard

from pullback import refusals
from pullback.frontend import conditions, foreign, inline
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_LISTS,
    ON_OBJECTS,
    is_unknown,
    item_at,
    length_of,
    simple_op,
    size_of,
)
from pullback.frontend.rows import is_deque, is_listed
from pullback.frontend.values import Dct, DictView, Items, Lazy, Tup, Value, Walk
from pullback.frontend.walking import describe, plain
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array


def unpacked(frame: Frame, node: ast.AST, elements: Sequence[ast.expr], value: Value) -> Sequence[Value]:
    """What each of some names is to stand for."""
    starred = [k for k, e in enumerate(elements) if isinstance(e, ast.Starred)]
    value = plain(ON_OBJECTS["iterated"](frame, node, value))
    if isinstance(value, Walk | DictView | Dct) or (starred and isinstance(value, Items | Lazy)):
        value = ON_LISTS[ast.Tuple](frame, node, value)
    if starred:
        return _with_rest(frame, node, starred[0], len(elements) - 1 - starred[0], value)
    if isinstance(value, Var) and is_unknown(value):
        return _of_unknown(frame, node, len(elements), value)
    if isinstance(value, Items | Lazy):
        value = ON_LISTS[ast.Tuple](frame, node, value)
    if isinstance(value, Tup):
        if len(value.items) != len(elements):
            frame.reject(refusals.VALUES_FOR_NAMES, node, count=len(value.items), names=len(elements))
        return value.items
    count = len(elements)
    size = _size(frame, node, value)
    conditions.demand(frame, node, size, Const(count), f"{count} values were expected to unpack")
    return [_at(frame, node, value, Const(k)) for k in range(count)]


def _of_unknown(frame: Frame, node: ast.AST, count: int, value: Var) -> Sequence[Value]:
    """The items of what a call outside has given."""
    held = foreign.listed(frame, value)
    size = foreign.convert(frame, node, len, held)
    message = f"a number of values other than {count} to unpack"
    conditions.demand(frame, node, size, Const(count), message)
    return [foreign.item(frame, node, held, Const(k)) for k in range(count)]


def _with_rest(frame: Frame, node: ast.AST, start: int, behind: int, value: Value) -> Sequence[Value]:
    """``a, *b, c = t``: b is a list of what the other names leave over."""
    if isinstance(value, Tup):
        return _fixed_rest(frame, node, start, behind, value)
    size = _size(frame, node, value)
    enough = simple_op(frame, node, "ge", size, Const(start + behind))
    message = f"{start + behind} or more values were expected to unpack"
    conditions.raise_where(frame, node, enough, "ValueError", message, unless=True)
    rest = inline.expand(frame, node, _rest(value, start, behind), "rest", called="", source=value)
    first = [_at(frame, node, value, Const(k)) for k in range(start)]
    last = [_at(frame, node, value, Const(k)) for k in range(-behind, 0)]
    return [*first, rest, *last]


def _rest(value: Value, start: int, behind: int) -> str:
    """A list of what is between the first items and those behind."""
    between = f"[{start}:{-behind or ''}]"
    if is_deque(value):
        return f"rest = list(source){between}"
    return f"rest = source{between}" if is_listed(value) else f"rest = list(source{between})"


def _fixed_rest(frame: Frame, node: ast.AST, start: int, behind: int, value: Tup) -> Sequence[Value]:
    end = len(value.items) - behind
    if end < start:
        frame.reject(
            refusals.VALUES_FOR_STARRED_NAMES, node, count=len(value.items), names=start + behind
        )
    rest = Tup(value.items[start:end], is_list=True)
    return [*value.items[:start], rest, *value.items[end:]]


def _size(frame: Frame, node: ast.AST, value: Value) -> Atom:
    """How many items a list or array has; nothing else can be unpacked."""
    if is_listed(value):
        return length_of(frame, value)
    if _is_array(value):
        return size_of(frame, value, 0)
    frame.reject(refusals.CANNOT_BE_UNPACKED, node, value=describe(value))


def _at(frame: Frame, node: ast.AST, value: Value, k: Atom) -> Value:
    if _is_array(value):
        return simple_op(frame, node, "getitem", value, k, path=(("i",),))
    assert is_listed(value)
    return item_at(frame, node, value, k)


def _is_array(value: Value) -> TypeGuard[Var]:
    return isinstance(value, Var) and isinstance(value.type, Array) and value.type.ndim > 0
