"""How walks (see ``walks``) are gone through item by item.

Where the items are of different kinds, but their number is known here, they are taken one by one
(``Steps``), each as it is when it is its turn.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pullback.frontend import conditions, iteration, operators
from pullback.frontend.frame import Frame
from pullback.frontend.iteration import normal
from pullback.frontend.lowering import RESIZED, simple_op
from pullback.frontend.ranges import (
    UNEVEN,
    arguments_before,
    begun,
    called,
    changed,
    demand_kept,
    is_empty,
    keys_of,
    opened,
    row_of,
    usable,
)
from pullback.frontend.values import Dct, DictView, Stream, Tup, Value, Walk
from pullback.ir.core import Const

MOST_STEPS = 1000  # of a list that its own loop makes longer
Step = Callable[[int], Value | None]


@dataclass(frozen=True, eq=False, slots=True)
class Steps:
    """How items are taken one by one: ``count`` of them, as far as is known where it begins. ``at``
    gives the item of a number, as it is then, and None behind the last."""

    count: int
    at: Step

    def __iter__(self) -> Iterator[Value]:
        k = 0
        while (item := self.at(k)) is not None:
            yield item
            k += 1


# ---- any value


def steps_of(frame: Frame, node: ast.AST, value: Value, mixed: bool = False) -> Steps | None:
    """How the items of a value are taken one by one, None where only a run tells how many there are;
    ``mixed`` says that some of what a ``zip`` takes may be so."""
    match value:
        case Walk():
            now = usable(frame, node, value)
            found = _STEPS[now.kind](frame, now, mixed)
            if found is None or not now.at:
                return found
            at, first = found.at, now.at
            return Steps(max(found.count - first, 0), lambda k: at(k + first))
        case Dct() | DictView():
            return steps_of(frame, node, begun(frame, node, value), mixed)
        case Stream() if iteration.is_single(value):
            inner = steps_of(frame, node, value.first, mixed)
            return None if inner is None else _produced(frame, value, inner)
    known = iteration.known_items(frame.latest(value))
    if known is None:
        return None
    return Steps(len(known.items), lambda k: _item(frame, node, value, k))


def _produced(frame: Frame, stream: Stream, inner: Steps) -> Steps:
    """What a generator produces for each item."""

    def at(k: int) -> Value | None:
        item = inner.at(k)
        return None if item is None else iteration.produced(frame, stream, item)

    return Steps(inner.count, at)


def _item(frame: Frame, node: ast.AST, held: Value, k: int) -> Value | None:
    """The item of a list or tuple, as it is by now."""
    known = iteration.known_items(frame.latest(held))
    if known is None or k > MOST_STEPS:
        changed(frame, node, held)
    return known.items[k] if k < len(known.items) else None


# ---- the kinds of walks, item by item


def _zip_steps(frame: Frame, walk: Walk, mixed: bool) -> Steps | None:
    return _rows(frame, walk, walk.sources, mixed)


def _rows(frame: Frame, walk: Walk, sources: Sequence[Value], mixed: bool) -> Steps | None:
    """An item of each of several sources at a time."""
    found = [steps_of(frame, walk.node, s, mixed) for s in sources]
    counts = [s.count for s in found if s is not None]
    if not sources:
        return Steps(0, lambda k: None)
    if len(counts) < len(found) and not (mixed and counts):
        return None
    count = min(counts)
    if len(counts) == len(found):
        columns = [s.at for s in found if s is not None]
    else:
        pairs = zip(sources, found, strict=True)
        columns = [_beside(frame, walk, source, steps, count) for source, steps in pairs]

    return Steps(count, lambda k: row_of(frame, (column(k) for column in columns)))


def _beside(frame: Frame, walk: Walk, source: Value, steps: Steps | None, count: int) -> Step:
    """The items of one of several sources, where some are known here, and have ``count`` items, and
    the others are at least as long."""
    if steps is not None:

        def known(k: int) -> Value | None:
            item = steps.at(k)
            if item is not None and k >= steps.count:
                changed(frame, walk.node, source)
            return item

        return known
    items = opened(frame, walk.node, source)
    assert items is not None
    run = normal(frame, walk.node, items)
    enough = simple_op(frame, walk.node, "ge", run.stop, Const(count))
    message = f"zip of {count} fixed items and a shorter sequence"
    conditions.raise_where(frame, walk.node, enough, "ValueError", message, unless=True)
    return lambda k: run.item(Const(k)) if k < count else None


def _strict_steps(frame: Frame, walk: Walk, mixed: bool) -> Steps | None:
    """Rows of what must end together, which is seen behind the last of them."""
    rows = _rows(frame, walk, walk.sources, False)
    if rows is None:
        return None

    def at(k: int) -> Value | None:
        row = rows.at(k)
        if row is None:
            _demand_end(frame, walk, k)
        return row

    return Steps(rows.count, at)


def _demand_end(frame: Frame, walk: Walk, k: int) -> None:
    """Raise where something has an item of a number that others have not."""
    found = [steps_of(frame, walk.node, source) for source in walk.sources]
    ended = [steps is None or steps.at(k) is None for steps in found]
    if not all(ended):
        first = ended.index(True)
        place, how = (first, "shorter") if first else (ended.index(False), "longer")
        before = arguments_before(place)
        frame.raises("ValueError", UNEVEN.format(place=place + 1, how=how, before=before))


def _map_steps(frame: Frame, walk: Walk, mixed: bool) -> Steps | None:
    function, *sources = walk.sources
    rows = _rows(frame, walk, sources, mixed)
    if rows is None:
        return None

    def at(k: int) -> Value | None:
        row = rows.at(k)
        return None if row is None else called(frame, walk, function, row)

    return Steps(rows.count, at)


def _enumerate_steps(frame: Frame, walk: Walk, mixed: bool) -> Steps | None:
    start, source = walk.sources
    inner = steps_of(frame, walk.node, source, mixed)
    if inner is None:
        return None

    def at(k: int) -> Value | None:
        item = inner.at(k)
        if item is None:
            return None
        number = operators.apply_binary(frame, walk.node, ast.Add, start, Const(k))
        return Tup((number, item))

    return Steps(inner.count, at)


def _reversed_steps(frame: Frame, walk: Walk, mixed: bool) -> Steps | None:
    inner = steps_of(frame, walk.node, walk.sources[0], mixed)
    if inner is None:
        return None
    count = walk.since if isinstance(walk.since, int) else inner.count
    return Steps(count, lambda k: inner.at(count - 1 - k if k < count else MOST_STEPS))


def _entry_steps(frame: Frame, walk: Walk, mixed: bool) -> Steps | None:
    held = walk.sources[0]
    if is_empty(held):
        return Steps(0, lambda k: demand_kept(frame, walk, held))
    if keys_of(held) is None:
        return None
    keys = walk.since

    def at(k: int) -> Value | None:
        now = frame.latest(held)
        found = keys_of(now)
        if found is not None and len(found) != len(keys):
            frame.raises("RuntimeError", RESIZED)
        if found != keys:
            changed(frame, walk.node, held)
        entries = iteration.known_items(now)
        assert entries is not None
        return entries.items[k] if k < len(keys) else None

    return Steps(len(keys), at)


def _kept_steps(frame: Frame, walk: Walk, mixed: bool) -> Steps | None:
    items, sources = walk.sources
    inner = steps_of(frame, walk.node, items, mixed)
    if inner is None:
        return None

    def at(k: int) -> Value | None:
        demand_kept(frame, walk, sources)
        return inner.at(k)

    return Steps(inner.count, at)


def _none(frame: Frame, walk: Walk, mixed: bool) -> Steps | None:
    return None


_STEPS: dict[str, Callable[[Frame, Walk, bool], Steps | None]] = {
    "zip": _zip_steps, "strict": _strict_steps, "map": _map_steps, "enumerate": _enumerate_steps,
    "reversed": _reversed_steps, "entries": _entry_steps, "kept": _kept_steps,
    "computed": _kept_steps, "range": _none, "flat": _none,
}  # fmt: skip
