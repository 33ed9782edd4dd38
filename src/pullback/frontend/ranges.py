"""How walks (see ``walks``) begin, and what a loop over one runs over.

Where a loop over a walk runs at run time, it is a range of an index, and what each index stands for
(``Items``). Where it does not, items are taken one by one (``steps``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn, cast

from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend import conditions, inline, iteration, operators
from pullback.frontend.frame import Frame
from pullback.frontend.iteration import items_of, normal
from pullback.frontend.lowering import (
    ON_OBJECTS,
    ON_TABLES,
    ON_WALKS,
    RESIZED,
    apply,
    as_atom,
    entered,
    simple_op,
)
from pullback.frontend.reaching import reachable
from pullback.frontend.rows import is_deque
from pullback.frontend.values import Dct, DictView, Items, Table, Tree, Tup, Value, Walk, skeleton
from pullback.frontend.walking import leaves, text_of
from pullback.ir.core import Atom, Const, Var

SHRUNK = """
if size > len(source):
    size = 0
"""
UNEVEN = "zip() argument {place} is {how} than {before}"


# ---- where it begins


@entered(ON_WALKS, "begun")
def begun(frame: Frame, node: ast.AST, value: Value) -> Value:
    """What ``iter`` gives of a value. Dicts and deques tell if they are changed from here on."""
    value = ON_OBJECTS["iterator"](frame, node, frame.decided(value))
    match value:
        case Items(plain=True, start=start, stop=stop, step=step):
            return Walk("range", (start, stop, step), node)
        case Dct() | DictView(owner=Dct()):
            return Walk("entries", (value,), node, keys_of(value))
        case Table() | DictView():
            return Walk("entries", (value, *_size(frame, value)), node, stood(frame, value))
    if is_deque(value):
        return Walk("kept", (value, value), node, stood(frame, value))
    return value


def _size(frame: Frame, value: Value) -> tuple[Atom, ...]:
    """How many entries a dict has, if that tells whether it has the same ones later."""
    held = value.owner if isinstance(value, DictView) else value
    assert isinstance(held, Table)
    return () if ON_TABLES["is_thinned"](frame, held) else (ON_TABLES["length"](frame, held),)


def is_empty(value: Value) -> bool:
    """Whether a dict or set is empty, of which it is not known what it is to hold."""
    held = value.owner if isinstance(value, DictView) else value
    return isinstance(held, Table) and not held.held


def keys_of(value: Value) -> tuple[Any, ...] | None:
    """The keys of a dict, if they are known here."""
    held = value.owner if isinstance(value, DictView) else value
    return tuple(held.items) if isinstance(held, Dct) else None


def stood(frame: Frame, value: Value) -> tuple[Any, ...]:
    """What a value holds by now: equal as long as nothing in it changes."""
    return held(frame, frame.latest(value))


def held(frame: Frame, now: Value) -> tuple[Any, ...]:
    """What ``stood`` tells, of a value as it is by now."""
    versions = [frame.heap.version(a) if isinstance(a, Var) else a for a in leaves(now)]
    return (skeleton(now), *versions)


# ---- any value


def opened(frame: Frame, node: ast.AST, value: Value) -> Items | None:
    """What a loop over a value runs over, None where its items are taken one by one."""
    if isinstance(value, Walk):
        value = usable(frame, node, value)
        return None if value.at else _OPENED[value.kind](frame, value)
    found = items_of(frame, value, node)
    return found if isinstance(found, Items) else None


def changed(frame: Frame, node: ast.AST, held: Value) -> NoReturn:
    """Refuse to take items of what has changed."""
    name = frame.name_of(held) if isinstance(held, Tree) else ""
    frame.reject(refusals.CHANGES_WHILE_LOOPED_OVER, node, name=name or text_of(node))


def usable(frame: Frame, node: ast.AST, value: Walk) -> Walk:
    """A walk as it is by now, of which something can be taken."""
    now = frame.latest(value)
    assert isinstance(now, Walk)
    if now.kind == "spent":
        frame.reject(refusals.KEPT_ITERATOR, node, value="an iterator")
    return now


def demand_kept(frame: Frame, walk: Walk, held: Value) -> None:
    if stood(frame, held) != walk.since:
        changed(frame, walk.node, held)


# ---- the kinds of walks


def _opened_zip(frame: Frame, walk: Walk) -> Items | None:
    return _opened_rows(frame, walk, walk.sources)


def _opened_strict(frame: Frame, walk: Walk) -> Items | None:
    """Rows of what must end together. That is asked before them; Python sees it behind the last."""
    parts = _parts(frame, walk, walk.sources)
    if parts is None:
        return None
    if frame.catches(ValueError):
        where = "where the ValueError that it may raise is caught"
        frame.reject(refusals.STRICT_ZIP, walk.node, where=where)
    stop = _shortest(frame, walk, parts)
    sizes: dict[str, Any] = {f"size{k}": p.stop for k, p in enumerate(parts)}
    inline.expand(frame, walk.node, _strictly(len(parts)), "stop", stop=stop, **sizes)
    return replace(_side_by_side(frame, walk, parts, stop), whole=True)


def arguments_before(place: int) -> str:
    """What Python calls the arguments before one."""
    return "argument 1" if place == 1 else f"arguments 1-{place}"


def _strictly(count: int) -> str:
    """What raises where one of several sizes is another one, as Python would tell it."""
    tests = []
    for how, test in (("shorter", "size{k} < size0 and size{k} == stop"), ("longer", "size{k} > size0")):
        for k in range(1, count):
            message = UNEVEN.format(place=k + 1, how=how, before=arguments_before(k))
            tests.append(f"if {test.format(k=k)}:\n    raise ValueError({message!r})\n")
    return "".join(tests) or "pass"


def _parts(frame: Frame, walk: Walk, sources: Sequence[Value]) -> list[Items] | None:
    """What loops over several sources run over, None where items of one of them are taken one by one."""
    found = [opened(frame, walk.node, source) for source in sources]
    parts = [normal(frame, walk.node, items) for items in found if items is not None]
    if len(parts) > 1 and any(p.whole for p in parts):
        frame.reject(refusals.STRICT_ZIP, walk.node, where="beside something else")
    return parts if parts and len(parts) == len(found) else None


def _shortest(frame: Frame, walk: Walk, parts: Sequence[Items]) -> Atom:
    stop = parts[0].stop
    for p in parts[1:]:
        if not iteration.same_size(stop, p.stop, frame):
            stop = simple_op(frame, walk.node, "min_int", stop, p.stop)
    return stop


def _opened_rows(frame: Frame, walk: Walk, sources: Sequence[Value]) -> Items | None:
    parts = _parts(frame, walk, sources)
    return None if parts is None else _side_by_side(frame, walk, parts, _shortest(frame, walk, parts))


def _side_by_side(frame: Frame, walk: Walk, parts: Sequence[Items], stop: Atom) -> Items:
    """An item of each of several parts at a time."""

    def item(i: Atom) -> Value:
        last = parts[-1]
        row = row_of(frame, (
            p.item(i) if p is last else _item_beside(frame, walk, p, i) for p in parts
        ))  # fmt: skip
        assert row is not None
        return row

    over = tuple(v for p in parts for v in p.over)
    return Items(Const(0), stop, Const(1), item, over, computed=any(p.computed for p in parts))


def row_of(frame: Frame, items: Iterable[Value | None]) -> Tup | None:
    """A row of items that are taken one after the other, each as it is when all are; None if one of
    them is not there."""
    row: list[Value] = []
    with frame.holding() as pending:
        for item in items:
            if item is None:
                return None
            row.append(item)
            pending.append(item)
    return Tup(tuple(map(frame.latest, row)))


def _item_beside(frame: Frame, walk: Walk, items: Items, i: Atom) -> Value:
    """An item of what ``zip`` may take one item more of than the others have."""
    if not items.computed:
        return items.item(i)
    with without_effects(frame, walk.node, refusals.EFFECT_IN_ZIP):
        return items.item(i)


@contextmanager
def without_effects(frame: Frame, node: ast.AST, row: Refusal) -> Iterator[None]:
    """Refuse what changes something that was there before."""
    touched, ops = len(frame.heap.touched), len(frame.b.ops)
    values = frame.known()
    before: set[object] = {*reachable(frame, values)}
    before |= {frame.heap.root(a) for v in values for a in leaves(v) if isinstance(a, Var)}
    yield
    changed = not before.isdisjoint(frame.heap.touched[touched:])
    if changed or any(op.has_effect() for op in frame.b.ops[ops:]):
        frame.reject(row, node)


def called(frame: Frame, walk: Walk, function: Value, row: Value) -> Value:
    assert isinstance(row, Tup)
    return apply(frame, cast("ast.Call", walk.node), frame.latest(function), list(row.items), {})


def _opened_map(frame: Frame, walk: Walk) -> Items | None:
    function, *sources = walk.sources
    rows = _opened_rows(frame, walk, sources)
    if rows is None:
        return None
    item = rows.item
    return replace(rows, item=lambda i: called(frame, walk, function, item(i)), computed=True)


def _opened_enumerate(frame: Frame, walk: Walk) -> Items | None:
    start, source = walk.sources
    inner = opened(frame, walk.node, source)
    if inner is None:
        return None

    def item(i: Atom) -> Value:
        number: Value = iteration.position(frame, walk.node, inner, i)
        if start != Const(0):
            number = operators.apply_binary(frame, walk.node, ast.Add, number, start)
        return Tup((number, inner.item(i)))

    return replace(inner, item=item, plain=False)


def _opened_reversed(frame: Frame, walk: Walk) -> Items | None:
    source, *size = walk.sources
    if isinstance(walk.since, int):
        known = iteration.known_items(source)
        if known is not None and len(known.items) != walk.since:
            return None
        size = [] if known is not None else [Const(walk.since)]  # it is a run-time list by now
    inner = opened(frame, walk.node, source)
    if inner is not None and size and stood(frame, source) != walk.since:
        stop = inline.expand(frame, walk.node, SHRUNK, "size", size=size[0], source=source)
        inner = replace(inner, stop=as_atom(frame, stop, walk.node))
    return None if inner is None else iteration.backwards(frame, walk.node, inner)


def _opened_entries(frame: Frame, walk: Walk) -> Items | None:
    held = frame.latest(walk.sources[0])
    if (keys := keys_of(held)) is not None:
        if not isinstance(held, DictView) or keys != walk.since:
            return None
        found = items_of(frame, cast("Tup", iteration.known_items(held)), walk.node)
        return found if isinstance(found, Items) else None
    _demand_size(frame, walk, held)
    shown = ON_TABLES["entries"](frame, walk.node, held)
    if shown is None:
        shown = ON_TABLES["in_order"](frame, walk.node, held)
    found = items_of(frame, shown, walk.node)
    return found if isinstance(found, Items) else None


def _demand_size(frame: Frame, walk: Walk, held: Value) -> None:
    """Raise where a dict has grown since it was begun with; refuse what may have changed otherwise."""
    if stood(frame, held) == walk.since:
        return
    sizes = [*walk.sources[1:], *(_size(frame, held) if len(walk.sources) > 1 else ())]
    if len(sizes) < 2:
        changed(frame, walk.node, held)
    other = simple_op(frame, walk.node, "ne", *(as_atom(frame, n, walk.node) for n in sizes))
    conditions.raise_where(frame, walk.node, other, "RuntimeError", RESIZED)


def _opened_kept(frame: Frame, walk: Walk) -> Items | None:
    items, sources = walk.sources
    demand_kept(frame, walk, sources)
    return opened(frame, walk.node, items)


def _opened_range(frame: Frame, walk: Walk) -> Items | None:
    start, stop, step = (as_atom(frame, a, walk.node) for a in walk.sources)
    return Items(start, stop, step, lambda i: i, plain=True)


_OPENED: dict[str, Callable[[Frame, Walk], Items | None]] = {
    "zip": _opened_zip, "strict": _opened_strict, "map": _opened_map, "enumerate": _opened_enumerate,
    "reversed": _opened_reversed, "entries": _opened_entries, "kept": _opened_kept,
    "computed": _opened_kept, "range": _opened_range, "flat": lambda f, walk: ON_WALKS["flat"](f, walk),
}  # fmt: skip
