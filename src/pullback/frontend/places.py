"""Items of run-time lists: who holds them, and writes to them.

A list is *separate* if it holds each of its items once, and these hold theirs once. Then a write to an
item is one to the list, by the path that leads there: ``rows[i][j] = v`` is one ``list_set``. What else
leads to the item must see the write. So where it matters (``ask``) a name of an item is a view of
the list, as one of a slice is of its array: ``r = rows[i]`` where it was read, and ``r`` from
``rows.append(r)`` on. That ends where the list comes to hold another item at this place; whoever has to
be a view after that starts lowering over (``Told.apart``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any, cast

from pullback import refusals
from pullback.errors import Loc
from pullback.frontend import permits, unkept, views
from pullback.frontend.frame import ON_OPS, Frame
from pullback.frontend.heap import View
from pullback.frontend.session import StartOver, Told
from pullback.frontend.values import Local, Tree, Value
from pullback.frontend.walking import describe, trees, within
from pullback.ir import index
from pullback.ir.alias import NONE, Buffers, Memory
from pullback.ir.core import PRIMS, Atom, Const, Op, Var
from pullback.ir.types import PY_INT, Array, List, has_memory

_DIRECT = {"setitem": "list_set", "add_at": "list_add_at"}


def note(frame: Frame, op: Op) -> None:
    """Enter what an op reads from a list, or puts into one."""
    match op.name:
        case "list_get" if has_memory(op.out.type):
            if is_followed(frame, op.loc):
                frame.heap.viewed(op)
            else:
                frame.unfollowed[op.out] = op.loc
        case "list_new":
            _made(frame, op)
        case "list_push" | "list_set" if not index.leads_into_array(op):
            _put_in(frame, op)
        case "list_pop" if has_memory(op.outputs[1].type):
            _taken_out(frame, op)


def is_followed(frame: Frame, loc: Loc | None) -> bool:
    """Whether a name of what is read from a list at a place, or put into it, is a view of the list."""
    told = frame.session.told
    return loc in told.followed and loc not in told.apart


# ---- what lists hold


def _made(frame: Frame, op: Op) -> None:
    """A new list of items."""
    if isinstance(op.out.type, List) and op.out.type.elem is None:
        frame.empty[op.out] = {op.loc}
    for a in op.inputs:
        _note_empty(frame, op.out, a)
    held = [a for a in op.inputs if isinstance(a, Var) and has_memory(a.type)]
    reaches = [frame.of(a).reach for a in held]
    once = sum(map(len, reaches)) == len(frozenset[Var]().union(*reaches))
    if once and all(_is_whole(frame, a) for a in held):
        frame.places.enter(op.out)
    owns = [frame.of(a).own for a in held if isinstance(a.type, List)]
    once = sum(map(len, owns)) == len(frozenset[Var]().union(*owns))
    if once and all(_is_apart(frame, a, frozenset()) for a in held):
        frame.places.branching.add(op.out)
    frame.put_in += [(a, op.loc) for a in held if _is_read_elsewhere(frame, a)]
    for k, a in enumerate(op.inputs):
        if movable(frame, op.loc, a):
            moved(frame, op.out, Const(k), a, op.loc)


def _put_in(frame: Frame, op: Op) -> None:
    """A list is given an item, or one of its lists is."""
    l, *_, v = op.inputs
    assert isinstance(l, Var)
    if not isinstance(v, Var) or not has_memory(v.type):
        return
    _note_empty(frame, frame.heap.root(l), v)
    if _is_read_elsewhere(frame, v):
        frame.put_in.append((v, op.loc))
    if not (_is_whole(frame, v) and frame.of(v).reach.isdisjoint(frame.of(l).held)):
        is_shared(frame, frame.heap.root(l), _is_apart(frame, v, frame.of(l).held))


def _note_empty(frame: Frame, root: Var, a: Atom) -> None:
    """A list of lists is given one of whose items nothing is known."""
    if isinstance(a, Var) and isinstance(a.type, List) and a.type.elem is None:
        frame.empty.setdefault(root, set()).update(frame.empty.get(frame.heap.reference(a), ()))


def tell_form(frame: Frame, l: Var, item: Value) -> None:
    """Start over, if a deque, or a list in a list, is first given a container: so are those to hold them
    that are empty where they are made or put there. Functions that are made inside are not told: they
    are of what is lowered now."""
    assert isinstance(l.type, List)
    lazy = l.type.deque or is_item(frame, l)
    places = frame.empty.get(frame.heap.root(l), set()) if lazy and l.type.elem is None else set()
    unknown = {loc for loc in places if frame.session.told.form_at(loc) is None}
    if isinstance(item, Tree) and unknown and not any(isinstance(t, Local) for t in trees(item)):
        raise StartOver(Told(forms=frozenset((loc, cast("Value", item)) for loc in unknown)))


def _taken_out(frame: Frame, op: Op) -> None:
    """What leaves a list that alone led to it is nobody else's; callers know whether theirs did."""
    l, item = op.inputs[0], op.outputs[1]
    assert isinstance(l, Var)
    root, held = frame.heap.root(l), frame.of(l).held
    others = NONE.union(frame.owners, *(frame.of(p).reach for p in permits.of_callers(frame)))
    if held.isdisjoint(others) and root in frame.places.separate and not _sees(frame, root, held):
        frame.given(item)


def _is_whole(frame: Frame, v: Var) -> bool:
    """Whether a value can be written to, and holds no others, or each of them once."""
    if any(seen in frame.owners for seen in frame.heap.chain(v)):
        return False
    holds = isinstance(v.type, List) and (v.type.elem is None or has_memory(v.type.elem))
    return not holds or frame.heap.reference(v) in frame.places.separate


def _is_read_elsewhere(frame: Frame, v: Var) -> bool:
    own = frame.of(v).own
    return any(not own.isdisjoint(frame.memory(value)) for _, value in frame.others())


def _is_apart(frame: Frame, v: Var, held: Buffers) -> bool:
    """Whether a value is no list, or one that is put in first, and that holds each of its lists once."""
    if not isinstance(v.type, List):
        return True
    ours = frame.of(v).own.isdisjoint(held) and not any(s in frame.owners for s in frame.heap.chain(v))
    return ours and (
        not isinstance(v.type.elem, List) or frame.heap.reference(v) in frame.places.branching
    )


def is_shared(frame: Frame, root: Var, branching: bool = False) -> None:
    """A list may hold an item twice, if only arrays where it stays ``branching``: they may not be
    written to."""
    places = frame.places
    places.separate.discard(root)
    if not branching:
        places.share(root)
    met = root in places.written or (not branching and root in places.changed)
    if met and frame.stmt is not None:
        name = repr(root.name) if root.name else "a list"
        frame.ask(frame.of(frame.heap.state.version(root)).held)
        frame.reject(refusals.WRITTEN_ITEMS_SHARED, frame.stmt, name=name)


# ---- names that are followed


def movable(frame: Frame, loc: Loc | None, a: Atom | None) -> bool:
    """Whether a value that is put into a list at a place is followed from there on: it was made in this
    block, and no other value in memory leads to it."""
    if not isinstance(a, Var) or not is_followed(frame, loc):
        return False
    r = frame.heap.reference(a)
    whole = r not in frame.heap.views and frame.of(a).own == {r}
    return whole and r in frame.heap.state.local and not _sees(frame, r, frame.of(a).own)


def moved(frame: Frame, root: Var, place: Atom, a: Atom, loc: Loc | None) -> None:
    """From here on a value that was put into a list is a view of the list."""
    assert isinstance(a, Var)
    item = Var(a.type, a.name)
    op = Op(PRIMS["list_get"], (root, place), {}, (), (item,), loc, True)
    frame.heap.views[frame.heap.reference(a)] = View(root, op)


def rearranged(frame: Frame, l: Var, level: int = 1, numbered: bool = False) -> None:
    """A list, so many lists further down, comes to hold other items: what is still read of the old ones
    is no view of it. ``numbered`` says that those counted from the start stay where they are.
    """
    root = frame.heap.root(l)
    parts = (v for _, value in frame.others() for v in _parts(value) if frame.heap.root(v) is root)
    told = frozenset(
        op.loc for op in (_reading(frame, v, level) for v in parts)
        if op is not None and not (numbered and counts_from_start(frame, op.inputs[1]))
    )  # fmt: skip
    if told:
        raise StartOver(Told(apart=told))
    if not numbered:  # of which lists hold views that are read by the places of items
        unkept.demand_places(root, (value for _, value in frame.others()))


def _reading(frame: Frame, v: Var, level: int) -> Op | None:
    """How an item is read from a list, so many lists down, on the way to what is a view of it."""
    views = frame.heap.views
    through = [views[r].op for r in frame.heap.chain(v) if r in views and views[r].op.name == "list_get"]
    return through[-level] if len(through) >= level else None


def counts_from_start(frame: Frame, place: Atom) -> bool:
    """Whether a number of an item is surely counted from the start: one that is known, or that runs
    upwards from such, or a sum of these."""
    if place in frame.places.counted:
        return True
    if not isinstance(place, Var):
        return type(place.value) is int and place.value >= 0
    made = next((op for op in reversed(frame.b.ops) if place in op.outputs), None)
    sums = made is not None and made.name in ("add", "mul") and place.type == PY_INT
    return sums and all(counts_from_start(frame, a) for a in made.inputs)  # type: ignore[union-attr]


def count(frame: Frame, place: Atom, *ends: Atom) -> Atom:
    """A number that is counted from the start, if the ends of its range are."""
    if all(counts_from_start(frame, end) for end in ends):
        frame.places.counted.add(place)
    return place


def _parts(value: Value) -> Iterator[Var]:
    if isinstance(value, Var) and has_memory(value.type):
        yield value
    for part in within(value):
        yield from _parts(part)


def _sees(frame: Frame, root: Var, buffers: Buffers) -> bool:
    """Whether what may still be read leads to buffers in another way than through an array or a list."""
    return any(permits.leads_elsewhere(frame, v, root, buffers) for _, v in frame.others())


# ---- changes of lists


def is_item(frame: Frame, v: Var) -> bool:
    """Whether a value is followed as an item of a list, or as a view of one."""
    return isinstance(frame.heap.root(v).type, List) and frame.heap.is_view(v)


def change(frame: Frame, prim: str, root: Var, *inputs: Atom, **params: Any) -> Sequence[Var]:
    """Push, pop or set an item of a list; gives what the op gives beside the list."""
    heap, loc = frame.heap, frame.b.loc
    at_end = prim == "list_push" and not params
    rearranged(frame, root, numbered=at_end)
    follows = (prim == "list_set" or at_end) and movable(frame, loc, inputs[-1])
    place: Atom | None = inputs[0] if inputs else None
    if follows and prim == "list_push":
        place = frame.op("list_len", root)
        frame.places.counted.add(place)
    before = heap.state.version(root)
    outputs = frame.emit(prim, root, *inputs, names=(root.name,), **params)
    heap.write(root, outputs[0])
    if at_end:
        heap.kept(root, before)
    if follows:
        assert place is not None
        moved(frame, root, place, inputs[-1], loc)
    return outputs[1:]


def change_inside(
    frame: Frame, node: ast.AST, prim: str, l: Var, *inputs: Atom, **params: Any
) -> Sequence[Var]:
    """Push, pop or set an item of a list that is an item of another one."""
    root = frame.heap.root(l)
    permits.may_change_lists(frame, root, node, l.name)
    steps, numbers = views.path_to(frame.heap, frame.b, l)
    rearranged(frame, l, len(steps) + 1, numbered=prim == "list_push" and not params)
    path = (*steps, index.ITEM) if prim == "list_set" else steps
    return _write(frame, l, prim, (*numbers, *inputs), path, **params)


def replace(frame: Frame, l: Var, new: Var, separate: bool) -> None:
    """A list, which may be an item of another one, holds what a new one does."""
    root = frame.heap.root(l)
    if not separate:
        is_shared(frame, root)
    if not is_item(frame, l):
        rearranged(frame, root)
        frame.remember(new, Memory(frame.of(root).own, frame.of(new).held))
        frame.heap.write(root, new)
        frame.remember(new, frame.of(new) | Memory(frame.of(root).own))  # all its names lead to this
        return
    steps, numbers = views.path_to(frame.heap, frame.b, l)
    rearranged(frame, l, len(steps) + 1)
    _write(frame, l, "list_set", (*numbers, new), steps)


def overwrite(
    frame: Frame, node: ast.AST, target: Var, prim: str, v: Atom, inputs: Sequence[Atom], **params: Any
) -> None:
    """Write to an array that a list holds, or to a view of it (see ``changing.overwrite``)."""
    root = frame.heap.root(target)
    permits.may_write_items(frame, root, node, target.name)
    steps, numbers = views.path_to(frame.heap, frame.b, target)
    try:
        if "path" not in params:
            v = frame.op(prim, frame.op("copy", target), v, *inputs, **params)
            prim, inputs, params = "setitem", (), {"path": ()}
        lists = index.lists_in(frame.heap.state.version(root).type, steps)
        path = _into(target, steps, lists, params["path"])
        repeated = prim == "setitem" and index.may_repeat(path)
        if prim not in _DIRECT or index.reshapes(path) or index.parts(path) or repeated:
            item = next(r for r in frame.heap.chain(target) if frame.heap.views[r].op.name == "list_get")
            within = frame.op("copy", item)
            v = frame.op(prim, within, v, *numbers[lists:], *inputs, path=path[lists:])
            prim, inputs, numbers, path = "setitem", (), numbers[:lists], (*path[:lists], _all_of(item))
        _write(frame, target, _DIRECT[prim], (*numbers, *inputs, v), path)
    except (TypeError, ValueError, IndexError) as error:
        frame.reject(refusals.CANNOT_BE_WRITTEN, node, value=describe(v), why=error)


def _into(target: Var, steps: index.Path, lists: int, path: index.Path) -> index.Path:
    """The path of a write to an array in a list, given that to the array and that of the write."""
    assert isinstance(target.type, Array)
    if len(steps) == lists:
        return (*steps, *(path or (_all_of(target),)))
    return index.whole(steps if path == (("e",),) else (*steps, *path), target.type.ndim)


def _all_of(v: Var) -> index.Subscript:
    assert isinstance(v.type, Array)
    return ("e",) if v.type.ndim else ()


def _write(
    frame: Frame, item: Var, prim: str, inputs: Sequence[Atom], path: index.Path, **params: Any
) -> Sequence[Var]:
    """Write to a list by a path; gives what the op gives beside the list."""
    heap, root = frame.heap, frame.heap.root(item)
    views = [heap.views[r].op for r in heap.chain(item) if r in heap.views]
    _check_once(frame.b.ops, [op for op in views if op.name == "list_get"])
    out, *given = frame.emit(prim, root, *inputs, names=(root.name,), path=path, **params)
    heap.write(root, out)
    return given


def _check_once(ops: Sequence[Op], reads: Sequence[Op]) -> None:
    """A bad index of an item is met by the write behind it, if nothing in between may be noticed."""
    for op in reversed(ops):
        if op in reads:
            op.checked = True
        elif op.may_raise() or op.has_effect():
            return


ON_OPS.append(note)
__all__ = [
    "change",
    "change_inside",
    "count",
    "counts_from_start",
    "is_followed",
    "is_item",
    "is_shared",
    "movable",
    "moved",
    "note",
    "overwrite",
    "rearranged",
    "replace",
    "tell_form",
]  # fmt: skip
