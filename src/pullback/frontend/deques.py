"""Deques are run-time lists that change at both ends: ``q.popleft()`` is a ``list_pop`` at the front.

What has a ``maxlen`` and is full loses an item at the other end before one is put in.
"""

from __future__ import annotations

import ast
import collections

from pullback import refusals
from pullback.frontend import list_reads, lists, readings, rows
from pullback.frontend.frame import Frame
from pullback.frontend.inline import title
from pullback.frontend.lowering import Keywords, builtin
from pullback.frontend.values import NONE, Rows, Static, Tree, Tup, Value
from pullback.ir.core import Const
from pullback.ir.types import List


@builtin(collections.deque)
def deque(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``deque(iterable, maxlen)``."""
    if len(args) > 2 or not keywords.keys() <= {"iterable", "maxlen"}:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="deque", arguments="iterable, maxlen")
    given = dict(zip(("iterable", "maxlen"), args, strict=False)) | keywords
    source = given.get("iterable")
    kind = List(None, True, _limit(frame, node, given.get("maxlen", NONE)))
    made = rows.deque_of(frame, _form(frame, source), title(frame, node), kind)
    if source is not None:
        lists.extended(frame, node, lists.Changed(frame, node, node, made), source)
    return frame.latest(made)


def _limit(frame: Frame, node: ast.AST, value: Value) -> int | None:
    """How many items there may be: a number that is known here."""
    if isinstance(value, Static) and value.value is None:
        return None
    if not (isinstance(value, Const) and type(value.value) is int and value.value > 0):
        frame.reject(refusals.LIMIT_OF_DEQUE, node)
    return value.value


def _form(frame: Frame, source: Value | None) -> Value | None:
    """An item, if they are containers: of what it is made of, or as is found out later."""
    first = source.items[0] if isinstance(source, Tup) and source.items else None
    if isinstance(first, Tree):
        return rows.as_row(frame, first)
    if isinstance(source, Rows):
        return source.pattern
    return readings.form_told(frame)


# ---- methods that lists do not have


@lists.changes("appendleft")
def append_left(
    frame: Frame, node: ast.Call, target: lists.Changed, args: list[Value], keywords: Keywords
) -> Value:
    (item,) = list_reads.taken(frame, node, args, "appendleft", range(1, 2))
    return lists.push(frame, node, target, item, front=True)


@lists.changes("popleft")
def pop_left(
    frame: Frame, node: ast.Call, target: lists.Changed, args: list[Value], keywords: Keywords
) -> Value:
    list_reads.taken(frame, node, args, "popleft", range(1))
    target.refuse_empty("pop from an empty deque")
    return lists.popped(frame, node, target, front=True)
