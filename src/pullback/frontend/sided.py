"""Views that are there on one side only: those in a value of two kinds, where it is of that kind.

What is a view of an array that one side of a branch has made, or is read by numbers that hold there, is
read there only. Where an op takes such a value as it is, the readings of its views are on branches, too:

    v = x[k] if k < len(x) else y[1:2]           v1 = x[k] if is_first else None
    h(v)                                         v2 = y[1:2] if not is_first else None
                                                 h(is_first, v1, v2)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pullback.frontend.values import Either, Tree, Value
from pullback.frontend.walking import leaves
from pullback.ir.core import Block, Var

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


@contextmanager
def readings(frame: Frame, values: Iterable[Value]) -> Iterator[None]:
    """Views in values of two kinds have readings that ops may take, which are there on one side."""
    shown = [r for value in values for r in _show(frame, frame.latest(value))]
    yield
    for r in shown:
        frame.heap.state.shown.pop(r, None)


def places(value: Value) -> list[bool]:
    """Of each leaf of a value whether it is there on one side only."""
    match value:
        case Either():
            return [False, *(True for part in (value.first, value.second) for _ in leaves(part))]
        case Tree():
            return [place for part in value.parts for place in places(part)]
    return [False for _ in leaves(value)]


def _show(frame: Frame, value: Value) -> list[Var]:
    """Read the views of values of two kinds in a value on branches; the views."""
    if not isinstance(value, Either):
        return [r for part in value.parts for r in _show(frame, part)] if isinstance(value, Tree) else []
    if (known := frame.the_one(value)) is not None:
        return [*_show_nothing(frame, value, known), *_show(frame, known)]
    sides = [_unread(frame, part) for part in (value.first, value.second)]
    views = [*dict.fromkeys(r for side in sides for r in side)]
    if not views:
        return []
    first = _read(frame, value.first, views, sides[0])
    second = _read(frame, value.second, views, sides[1])
    found = frame.b.branch(value.is_first, first, second, [r.name for r in views])
    for r, reading in zip(views, found, strict=True):
        frame.remember(reading, frame.of(r))
        frame.heap.show(r, reading)
    return views


def _show_nothing(frame: Frame, value: Either, known: Value) -> list[Var]:
    """Where it is known which of two kinds a value is, the views in the other one are not there."""
    there = _unread(frame, known)
    both = [r for part in (value.first, value.second) for r in _unread(frame, part)]
    views = [r for r in both if r not in there]
    for r in views:
        frame.heap.show(r, frame.b.undef(r.type))
    return views


def _unread(frame: Frame, value: Value) -> list[Var]:
    """The views in a value that are read anew where something takes them."""
    found = [frame.heap.reference(a) for a in leaves(value) if isinstance(a, Var)]
    return [r for r in found if frame.heap.is_view(r) and not frame.heap.is_shown(r)]


def _read(frame: Frame, part: Value, views: Sequence[Var], own: Sequence[Var]) -> Block:
    """The side of a branch that reads its own views."""
    with frame.heap.block(), frame.b.block() as block:
        _show(frame, part)
        block.results = [frame.heap.now(r) if r in own else frame.b.undef(r.type) for r in views]
    return block
