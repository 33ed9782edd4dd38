"""Run-time lists of unlike functions, and of views that are read in several ways (see ``several``).

    for m in (p, q):                            rows_0 are places of the array, and for each array
        for i in range(n): rows.append(m[i])    there is a list of the numbers that it is read with

A list takes an item in that is unlike those that it holds by getting columns for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pullback.frontend import rows, several
from pullback.frontend.rows import Listed
from pullback.frontend.values import Rows, Tree, Tup, Value
from pullback.frontend.walking import is_function, leaves, with_parts
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import List

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


def in_one_form(frame: Frame, value: Tup, functions: bool) -> Tup:
    """A list of items in one form that holds all of them, if there is one and they are unlike; unlike
    ``functions`` may be in it.
    """
    items = [rows.as_row(frame, item) for item in value.items]
    known = [item for item in items if item is not None]
    if not known or len(known) < len(items) or (any(map(is_function, known)) and not functions):
        return value
    pattern = several.common(known)
    if pattern is None or all(several.fits(known[0], item) for item in known):
        return value
    return value.remade(placed(frame, item, pattern) for item in known)


def placed(frame: Frame, item: Value, pattern: Value) -> Value:
    """An item in the form of a pattern that it fits."""
    if item is pattern or not isinstance(pattern, Tree) or not isinstance(item, Tree):
        return item
    if not several.is_one_of(pattern):
        pairs = zip(item.parts, pattern.parts, strict=True)
        return with_parts(item, [placed(frame, *pair) for pair in pairs])
    known = several.functions_of(pattern)
    given = {several.among(f, known): f for f in several.functions_of(item)}
    held = [given.get(n) or several.filled(f) for n, f in enumerate(known)]
    return several.one_of(_moved(frame, several.place_of(item), [*given]), held)


def _moved(frame: Frame, place: Value, places: Sequence[int | None]) -> Atom:
    """A place where functions stand at other places."""
    assert isinstance(place, Var | Const)
    if list(places) == list(range(len(places))):
        return place
    if isinstance(place, Const):
        return Const(places[place.value])
    order = frame.op("list_new", *map(Const, places))
    return frame.op("list_get", order, place, checked=True)


def widened(owner: Listed, item: Value) -> Value | None:
    """The pattern of a list that takes an unlike item in; None where none is needed, or nothing is a
    list of both."""
    if not isinstance(owner, Rows) or several.fits(owner.pattern, item):
        return None
    return several.wider(owner.pattern, item)


def in_form(frame: Frame, owner: Rows, pattern: Value) -> Rows:
    """A list with the columns of a wider pattern."""
    held = rows.columns(owner)
    if all(frame.heap.newest(column).type.elem is None for column in held):  # type: ignore[union-attr]
        empty = rows.gathered(frame, [], pattern, frame.name_of(owner), rows.kind_of(owner))
        assert empty is not None
        return Rows(pattern, empty.columns, owner.identity)
    size = frame.op("list_len", held[0])
    kind = rows.kind_of(owner).holding(None)
    columns = _columns(frame, size, kind, owner.pattern, pattern, held)
    return Rows(pattern, tuple(columns), owner.identity)


def _columns(
    frame: Frame, size: Atom, kind: List, before: Value, pattern: Value, held: list[Var]
) -> list[Var]:
    """The columns for a pattern, of a list that ``held`` those of another one, which are taken; each is
    of a ``kind``."""
    if several.is_one_of(pattern):
        return _columns_of_one(frame, size, kind, before, pattern, held)
    if isinstance(pattern, Tree) and isinstance(before, Tree):
        pairs = zip(before.parts, pattern.parts, strict=True)
        return [column for pair in pairs for column in _columns(frame, size, kind, *pair, held)]
    return [held.pop(0) for _ in leaves(pattern)]


def _columns_of_one(
    frame: Frame, size: Atom, kind: List, pattern_before: Value, pattern: Value, held: list[Var]
) -> list[Var]:
    known, before = several.functions_of(pattern), several.functions_of(pattern_before)
    own = [several.among(f, known) for f in before]
    if not several.is_one_of(pattern_before):
        place = rows.repeated(frame, Const(own[0]), size, kind=kind)
    else:
        place = _moved_column(frame, size, held.pop(0), own)
    lists = {n: [held.pop(0) for _ in leaves(f)] for n, f in zip(own, before, strict=True)}
    for n, function in enumerate(known):
        fills = [] if n in lists else leaves(several.filled(function))
        lists.setdefault(n, [rows.repeated(frame, a, size, kind=kind) for a in fills])
    return [place, *(l for n in range(len(known)) for l in lists[n])]


def _moved_column(frame: Frame, size: Atom, places: Var, own: Sequence[int | None]) -> Var:
    """A column of places where functions stand at other places."""
    if list(own) == list(range(len(own))):
        return places
    item = lambda i: [_moved(frame, frame.op("list_get", places, i, checked=True), own)]
    return rows.pushed(frame, size, places.type, item, places.name)


def like_another(frame: Frame, owner: Rows, other: Listed) -> Rows:
    """A list in the form of another one that may hold all of its items."""
    if not isinstance(other, Rows) or other.form == owner.form:
        return owner
    return in_form(frame, owner, other.pattern) if several.fits(other.pattern, owner.pattern) else owner
