"""Slices of lists that are assigned or deleted: what stands before, other items, what stands behind."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any, cast

from pullback import refusals
from pullback.frontend import inline, list_reads, lists, rows, subscripts
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import BUILTINS, ON_LISTS, made
from pullback.frontend.subscripts import Bounds
from pullback.frontend.values import NONE, Rows, Tree, Tup, Value
from pullback.frontend.walking import describe, leaves, plain, shown
from pullback.ir.core import Const
from pullback.ir.types import List, Scalar, Text

SPLICED = """
for k in range(start):
    out.append(source[k])
for item in items:
    out.append(item)
for k in range(max(start, stop), size):
    out.append(source[k])
"""
ALONE = """
for item in items:
    out.append(item)
"""
# Where the slice has a step, each of its places is given an item.
PLACED = """
if len(items) != len(places):
    raise ValueError("attempt to assign sequence to extended slice of another size")
n = 0
for k in places:
    target[k] = items[n]
    n = n + 1
"""


def assign(frame: Frame, target: ast.Subscript, owner: Value, value: Value) -> Value:
    """``l[a:b] = items``."""
    if isinstance(owner, Tup) and not owner.is_list:
        frame.reject(refusals.ELEMENTS_ASSIGNED, target, value=describe(owner))
    assert isinstance(target.slice, ast.Slice)
    items = BUILTINS[list](frame, cast("ast.Call", target), [value], {})
    part = subscripts.bounds(frame, target.slice)
    if not _assign_known(frame, target, owner, part, items):
        _splice(frame, target, frame.latest(owner), part, items)
    return NONE


def delete(frame: Frame, target: ast.Subscript, owner: Value) -> Value:
    """``del l[a:b]``."""
    assert isinstance(target.slice, ast.Slice)
    nothing = made(frame, (), True)
    part = subscripts.bounds(frame, target.slice)
    if not _assign_known(frame, target, owner, part, nothing):
        _splice(frame, target, frame.latest(owner), part, nothing, deleted=True)
    return NONE


def _assign_known(
    frame: Frame, target: ast.Subscript, owner: Value, part: Bounds, value: Value
) -> bool:
    """Assign to a slice of a list of known length, if all is known here; whether that was done. In
    loops and branches the length stays as it is."""
    now, items = frame.latest(owner), plain(frame.latest(value))
    bounds = subscripts.known_slice(part)
    if not (isinstance(now, Tup) and isinstance(items, Tup)) or bounds is None:
        return False
    new = [*now.items]
    try:
        new[bounds] = items.items
    except ValueError as error:
        frame.raises("ValueError", str(error))
    if len(new) != len(now.items) and (frame.session.inner or now.identity in frame.watched):
        return False
    frame.change(now, replace(now, items=tuple(new)), target.value)
    return True


def _splice(
    frame: Frame, target: ast.Subscript, owner: Value, part: Bounds, items: Value,
    deleted: bool = False,
) -> None:  # fmt: skip
    """Assign to a slice of a list that is a run-time list, or becomes one."""
    changed = lists.Changed(frame, target, target.value, owner)
    list_reads.refuse_deques(frame, target, changed.value)
    for held in (changed.value, items):
        if not _holds_numbers(held):
            frame.reject(refusals.SLICE_OF_LIST_CHANGED, target)
    size = changed.size
    places = list_reads.positions(frame, target, size, part)
    if places.step != Const(1) and deleted:
        frame.reject(refusals.SLICE_OF_LIST_CHANGED, target)
    if places.step != Const(1):
        value = changed.value
        inline.expand(frame, target, PLACED, "target", target=value, items=items, places=places)
        return
    given: dict[str, Any] = {"items": items, "out": made(frame, (), True)}
    if not changed.is_empty:
        given |= {"source": changed.value, "start": places.start, "stop": places.stop, "size": size}
    text = ALONE if changed.is_empty else SPLICED
    changed.becomes(inline.expand(frame, target, text, "out", shown(changed.name), **given))


def _holds_numbers(value: Value) -> bool:
    """Whether a list holds numbers and texts alone, which nothing else can change."""
    held = rows.columns(value) if rows.is_listed(value) else leaves(value)
    kinds = [a.type.elem if isinstance(a.type, List) else a.type for a in held]
    numbers = all(t is None or isinstance(t, Scalar | Text) for t in kinds)
    nested = isinstance(value, Rows) or any(isinstance(v, Tree) for v in getattr(value, "items", ()))
    return numbers and not nested


ON_LISTS |= {ast.Store: assign, ast.Del: delete}
