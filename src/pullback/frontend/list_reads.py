"""Run-time lists as they are read: slices, indices, and methods that change nothing.

What moves items about is written in Python, as loops over the list.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from pullback import refusals
from pullback.frontend import inline, places, rows
from pullback.frontend.frame import Frame
from pullback.frontend.iteration import items_of
from pullback.frontend.lowering import ON_LISTS, as_atom, length_of, made
from pullback.frontend.operators import apply_binary
from pullback.frontend.rows import Listed, is_listed
from pullback.frontend.subscripts import Bounds
from pullback.frontend.values import Items, Rows, Tup, Value
from pullback.frontend.walking import describe
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Scalar

PICK = """
for k in places:
    out.append(source[k])
"""
CLAMPED = """
if place < 0:
    place = place + size
    if place < low:
        place = low
elif place > high:
    place = high
"""
COUNT = """
for item in source:
    if item == sought:
        count = count + 1
"""
FIND = """
found = False
place = 0
for item in source:
    if item == sought:
        found = True
        break
    place = place + 1
if not found:
    raise ValueError("the value is not in the list")
"""
MEMBER = """
found = False
for item in source:
    if item == sought:
        found = True
        break
"""


def taken(frame: Frame, node: ast.Call, args: list[Value], name: str, counts: range) -> list[Value]:
    """The arguments of a method, if they are as many as it takes."""
    if len(args) not in counts:
        many = " or ".join(map(str, counts)) + " arguments"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=name, arguments=many)
    return args


def as_index(frame: Frame, node: ast.AST, value: Value) -> Atom:
    i = as_atom(frame, value, node, "an integer")
    if not (isinstance(i.type, Scalar) and i.type.cls == "int"):
        frame.reject(refusals.LIST_INDEX, node, value=describe(i))
    return i


def from_start(frame: Frame, node: ast.AST, i: Atom, size: Atom) -> Atom:
    """An index that is in a list, counted from its start."""
    if isinstance(i, Const) and i.value >= 0:
        return i
    if isinstance(i, Const):
        return as_atom(frame, apply_binary(frame, node, ast.Add, size, i), node)
    return as_atom(frame, apply_binary(frame, node, ast.Mod, i, size), node)


# ---- methods


def copied(frame: Frame, node: ast.Call, owner: Value, args: list[Value]) -> Value:
    taken(frame, node, args, "copy", range(1))
    if isinstance(owner, Tup):
        return Tup(owner.items, owner.is_list)
    assert is_listed(owner)
    return rows.copied(frame, owner)


def index_of(frame: Frame, node: ast.Call, owner: Value, args: list[Value]) -> Value:
    (sought,) = taken(frame, node, args, "index", range(1, 2))
    source = items_of(frame, owner, node)
    return inline.expand(frame, node, FIND, "place", source=source, sought=sought)


def count(frame: Frame, node: ast.Call, owner: Value, args: list[Value]) -> Value:
    (sought,) = taken(frame, node, args, "count", range(1, 2))
    source = items_of(frame, owner, node)
    return inline.expand(frame, node, COUNT, "count", source=source, sought=sought, count=Const(0))


def contains(frame: Frame, node: ast.AST, source: Value, sought: Value) -> Value:
    """``sought in source`` for a run-time list."""
    return inline.expand(
        frame, node, MEMBER, "found", source=items_of(frame, source, node), sought=sought
    )


# ---- slices


def refuse_deques(frame: Frame, node: ast.AST, *values: Value) -> None:
    """Refuse for deques what lists alone can do."""
    if any(map(rows.is_deque, values)):
        frame.reject(refusals.DEQUE_AS_LIST, node)


def sliced(frame: Frame, node: ast.AST, owner: Listed, part: Bounds) -> Value:
    """``l[a:b:c]``, a new list."""
    refuse_deques(frame, node, owner)
    if rows.is_referred_to(owner, frame):
        return _referred(frame, node, owner, part)
    every = positions(frame, node, length_of(frame, owner), part)
    return inline.expand(
        frame, node, PICK, "out", source=owner, places=every, out=made(frame, (), True)
    )


def _referred(frame: Frame, node: ast.AST, owner: Rows, part: Bounds) -> Value:
    """A slice of objects: their places. A loop over it runs over these."""
    size = length_of(frame, owner)
    every = positions(frame, node, size, part, starts_late=True)
    index = inline.expand(
        frame, node, "for k in places:\n    out.append(k)", "out", f"{frame.name_of(owner)}_at",
        places=every, out=made(frame, (), True),
    )  # fmt: skip
    assert isinstance(index, Var)
    frame.spans[frame.heap.version(index)] = every
    return rows.references_to(frame, owner, index)


def positions(
    frame: Frame, node: ast.AST, size: Atom, part: Bounds, starts_late: bool = False
) -> Items:
    """The indices that a slice of these bounds stands for, as a range; one of none may be said to start
    behind the end (``starts_late``)."""
    first, last, step = part
    by = step or Const(1)
    if not (isinstance(by, Const) and type(by.value) is int and by.value != 0):
        frame.reject(refusals.SLICE_STEP, node)
    low: Atom = Const(0)
    high = size
    if by.value < 0:
        low, high = Const(-1), as_atom(frame, apply_binary(frame, node, ast.Sub, size, Const(1)), node)
    ends = (low, high) if by.value > 0 else (high, low)
    given = [None if v is None else as_index(frame, node, v) for v in (first, last)]
    begin = given[0]
    if starts_late and by.value > 0 and begin is not None and places.counts_from_start(frame, begin):
        ends, given = (begin, ends[1]), [None, given[1]]
    start, stop = [
        end if i is None else clamped(frame, node, i, size, low, high)
        for i, end in zip(given, ends, strict=True)
    ]
    return Items(start, stop, by, lambda i: places.count(frame, i), plain=True)


def clamped(frame: Frame, node: ast.AST, i: Atom, size: Atom, low: Atom, high: Atom) -> Atom:
    """A bound of a slice counted from the start, and at most one beyond the ends."""
    if isinstance(i, Const) and i.value == 0 and low == Const(0):
        return i
    place = inline.expand(
        frame, node, CLAMPED, "place", "place", place=i, size=size, low=low, high=high
    )
    return as_atom(frame, place, node)


READING: dict[str, Callable[[Frame, ast.Call, Value, list[Value]], Value]] = {
    "copy": copied, "index": index_of, "count": count,
}  # fmt: skip
ON_LISTS |= {ast.In: contains, ast.Slice: sliced}
