"""Items of lists that are written to through the list: ``m[i][j] = v`` is one write to ``m``.

That is what Python does where ``m`` alone leads to its items, each of which it holds once. A list is
*separate* if all that was put into it was new: made there, and read by nothing else afterwards. What
is found later counts as well, for loops come back: a list that was written to in this way may not be
given items that others hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pullback import refusals
from pullback.frontend.frame import ON_OPS, Frame
from pullback.frontend.values import Value, within
from pullback.ir import index
from pullback.ir.alias import Buffers
from pullback.ir.core import Atom, Op, Var
from pullback.ir.types import List, Type, has_memory


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item is found: a list, and the path from there."""

    root: Var
    path: index.Path
    inputs: Sequence[Atom]
    reads: Sequence[Op]


def note(frame: Frame, op: Op) -> None:
    """Enter what an op puts into a list, or reads from one."""
    if op.name == "list_get" and has_memory(op.out.type):
        frame.places.reads[op.out] = op
    elif op.name == "list_new":
        once = len(set(op.inputs)) == len(op.inputs)
        if all(not has_memory(a.type) or (once and _is_new(frame, a)) for a in op.inputs):
            frame.places.separate.add(op.out)
    elif op.name in ("list_push", "list_set") and has_memory(op.inputs[-1].type):
        l, *_, v = op.inputs
        assert isinstance(l, Var)
        if not _is_new(frame, v):
            is_shared(frame, frame.heap.root(l))


def _is_new(frame: Frame, a: Atom) -> bool:
    """Whether a value is made in this block, and read by nothing but what it is put into."""
    if not isinstance(a, Var):
        return True
    r = frame.heap.reference(a)
    alone = frame.of(a).own <= {r} and r in frame.heap.state.local
    whole = not _holds_memory(a.type) or r in frame.places.separate
    return alone and whole and not any(r in frame.memory(value) for _, value in frame.others())


def _holds_memory(t: Type) -> bool:
    """Whether values of a type hold others that can be written to."""
    return isinstance(t, List) and (t.elem is None or has_memory(t.elem))


def is_shared(frame: Frame, root: Var) -> None:
    """A list holds items that something else may hold as well: they may not be written to."""
    frame.places.separate.discard(root)
    if root in frame.places.written and frame.stmt is not None:
        name = repr(root.name) if root.name else "a list"
        frame.reject(refusals.WRITTEN_ITEMS_SHARED, frame.stmt, name=name)


def place_of(frame: Frame, item: Var) -> Place | None:
    """The place of an item that was just read from a list which alone leads to it."""
    op = frame.places.reads.get(item)
    if op is None or frame.heap.now(op.inputs[0]) is not op.inputs[0] or _is_foreign(frame, item):
        return None
    l, *inputs = op.inputs
    assert isinstance(l, Var)
    around = place_of(frame, l)
    if around is not None:
        path, reads = (*around.path, index.ITEM), (*around.reads, op)
        return Place(around.root, path, (*around.inputs, *inputs), reads)
    root = frame.heap.root(l)
    memory = frame.of(frame.heap.now(root))
    seen = any(_sees(frame, value, root, memory.reach) for _, value in frame.others())
    if root not in frame.places.separate or seen or _is_foreign(frame, root):
        return None
    return Place(root, (index.ITEM,), inputs, (op,))


def _is_foreign(frame: Frame, v: Var) -> bool:
    """Whether a value, or what it holds, belongs to somebody else."""
    return not frame.owners.keys().isdisjoint(frame.of(frame.heap.now(v)).reach)


def _sees(frame: Frame, value: Value, root: Var, buffers: Buffers) -> bool:
    """Whether a value leads to the buffers of a list or its items by another way than the list."""
    if isinstance(value, Var):
        alone = frame.heap.root(value) is root
        return not alone and not buffers.isdisjoint(frame.of(value).reach)
    return any(_sees(frame, part, root, buffers) for part in within(value))


def write_item(
    frame: Frame, place: Place, path: index.Path, inputs: Sequence[Atom], v: Atom
) -> None:
    """Write to a part of an item through its list."""
    root = place.root
    frame.places.written.add(root)
    _check_once(frame.b.ops, place.reads)
    given = (*place.inputs, *inputs, v)
    (out,) = frame.emit("list_set", root, *given, names=(root.name,), path=place.path + path)
    frame.heap.write(root, out)


def _check_once(ops: Sequence[Op], reads: Sequence[Op]) -> None:
    """A bad index of an item is met by the write behind it, if nothing in between may be noticed."""
    for op in reversed(ops):
        if op in reads:
            op.checked = True
        elif op.may_raise() or op.has_effect():
            return


ON_OPS.append(note)
__all__ = ["Place", "is_shared", "note", "place_of", "write_item"]
