"""Whose memory an array or list is, and who else may see a write to it.

What is known to be the array itself, or a view of it, sees the write (see ``heap``). All else that may
share its memory does not, as far as is known here, so it must not be read any more. If this may be an
argument of a function that is called inside, the caller must not read what it gave.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NoReturn

from pullback import refusals
from pullback.frontend.values import Value
from pullback.frontend.walking import leaves, shown, within
from pullback.ir.alias import Buffers
from pullback.ir.core import Atom, Var
from pullback.ir.types import Array, List, has_memory

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


def may_write(frame: Frame, root: Var, node: ast.AST) -> None:
    """Refuse a write to an array or list that is not ours, or whose memory something else may share."""
    mine = frame.of(root).own
    _reach(frame, mine)
    name, copied = _spelled(root)
    for buffer in mine:
        if buffer in frame.owners:
            not_ours(frame, root, buffer, node)
    for other, value in _others(frame):
        if not mine.isdisjoint(frame.beside(value, root)):
            frame.ask(mine)
            frame.reject(refusals.SHARED_MEMORY, node, name=name, other=other, copied=copied)
    if any(not mine.isdisjoint(frame.beside(p, root)) for p in given(frame)):
        _spoil(frame, mine)


def may_set(frame: Frame, root: Var, node: ast.AST) -> None:
    """Refuse to put other elements into a list that is not ours, or that may be another list as well."""
    mine = frame.of(root).own
    for buffer in mine:
        if buffer in frame.owners:
            not_ours(frame, root, buffer, node)
    for other, value in _others(frame):
        for a in leaves(value):
            if _is_other_list(frame, a, root, mine):
                frame.ask(mine)
                name, copied = _spelled(root)
                frame.reject(refusals.SHARED_MEMORY, node, name=name, other=other, copied=copied)
    if any(_is_other_list(frame, p, root, mine) for p in given(frame)):
        _spoil(frame, mine)


def _is_other_list(frame: Frame, a: Atom, root: Var, mine: Buffers) -> bool:
    """Whether an atom is a list that may be another one, of these buffers, but not by way of it."""
    if not isinstance(a, Var) or not isinstance(a.type, List):
        return False
    return frame.heap.root(a) is not root and not mine.isdisjoint(frame.of(a).own)


def may_write_items(frame: Frame, root: Var, node: ast.AST, name: str = "") -> None:
    """Refuse a write to an item of a list that is not ours, or that something else may hold."""
    frame.places.written.add(root)
    _may_write_held(frame, root, node, name, frame.places.separate)


def may_change_lists(frame: Frame, root: Var, node: ast.AST, name: str = "") -> None:
    """Refuse to change a list in a list that is not ours, or that something else may hold: of what
    these lists hold nothing is written to."""
    frame.places.changed.add(root)
    _may_write_held(frame, root, node, name, frame.places.branching, List)


def _may_write_held(
    frame: Frame, root: Var, node: ast.AST, name: str, once: set[Var], kind: type = object
) -> None:
    """``once`` are the lists that hold what is written to no more than once."""
    mine = frame.of(frame.heap.state.version(root)).held
    if kind is List:  # arrays stay as they are, whoever shares them
        mine = frozenset(buffer for buffer in mine if not isinstance(buffer.type, Array))
    name = repr(name) if name else f"an item of {root.name!r}" if root.name else "an item of a list"
    _reach(frame, mine)
    for buffer in mine:
        if buffer in frame.owners:
            frame.ask(frame.of(root).own)
            raise frame.owners[buffer].at(frame.loc(node), name=name, copied="item.copy()")
    for other, value in _others(frame):
        if leads_elsewhere(frame, value, root, mine, kind):
            frame.ask(mine)
            frame.reject(refusals.SHARED_ITEM, node, name=name, other=other)
    if any(leads_elsewhere(frame, p, root, mine, kind) for p in given(frame)):
        _spoil(frame, mine)
    if root not in once:
        frame.ask(mine)
        frame.reject(refusals.ITEM_HELD_TWICE, node, name=name)


def _reach(frame: Frame, buffers: Buffers) -> None:
    """Enter the arguments that see a write to buffers."""
    seen = (k for k, p in enumerate(frame.arguments) if not buffers.isdisjoint(frame.of(p).reach))
    frame.lowered.reached.update(seen)


def leads_elsewhere(
    frame: Frame, value: Value, root: Var, buffers: Buffers, kind: type = object
) -> bool:
    """Whether a value of a kind leads to buffers in another way than through an array or a list."""
    value = frame.heap.at_home(value)
    if isinstance(value, Var):
        through = frame.heap.root(value) is root or not isinstance(value.type, kind)
        return not through and not buffers.isdisjoint(frame.of(value).reach)
    return any(leads_elsewhere(frame, part, root, buffers, kind) for part in within(value))


def _spoil(frame: Frame, buffers: Buffers) -> None:
    """Of arguments that may share these buffers the caller does not know what they hold afterwards."""
    frame.ask(buffers)
    _reach(frame, buffers)
    frame.spoiled |= buffers


def may_spoil(frame: Frame, given: Var, node: ast.AST) -> None:
    """Refuse a call that may write to what it was given, in a way that is not followed, if that is not
    ours, or may still be read."""
    mine = frame.of(given).reach
    name, copied = _spelled(given)
    for buffer in mine:
        if buffer in frame.owners:
            not_ours(frame, given, buffer, node)
    for other, value in _others(frame):
        if not mine.isdisjoint(frame.memory(frame.heap.at_home(value))):
            frame.ask(mine)
            frame.reject(refusals.SHARED_MEMORY, node, name=name, other=other, copied=copied)
    _spoil(frame, mine)


def _others(frame: Frame) -> Iterator[tuple[str, Value]]:
    """What may still be read, and what a function that is called inside knows from around it."""
    yield from frame.others()
    yield from ((repr(a.name), a) for a in _from_around(frame))


def given(frame: Frame) -> Sequence[Var]:
    """The arguments of a function that is called inside: its caller sees writes to them."""
    return frame.arguments if frame.is_called else ()


def of_callers(frame: Frame) -> Iterator[Var]:
    """The arrays and lists that a caller has given."""
    yield from given(frame)
    yield from _from_around(frame)


def _from_around(frame: Frame) -> Iterator[Var]:
    """The arrays and lists that a function that is called inside knows from around it."""
    if frame.is_called:
        known = (a for value in frame.lowered.captured.values() for a in leaves(value))
        yield from (a for a in known if isinstance(a, Var) and has_memory(a.type))


def not_ours(frame: Frame, v: Var, buffer: Var, node: ast.AST) -> NoReturn:
    """Refuse a write to memory of somebody else's."""
    frame.ask(frozenset([buffer]))
    name, copied = _spelled(v)
    raise frame.owners[buffer].at(frame.loc(node), name=name, copied=copied)


def _spelled(v: Var) -> tuple[str, str]:
    """How messages name an array, and a copy of it under its own name."""
    name = shown(v.name)
    return (repr(name), f"{name} = {name}.copy()") if name else ("the array", "np.copy(...)")
