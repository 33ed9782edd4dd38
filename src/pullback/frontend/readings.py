"""Views that are kept by how they are read: a name that a loop binds anew, and lists of views.

    prev = m[0]                    prev_at = 0
    for i in range(1, n):          for i in range(1, n):
        m[i] += prev                   m[i] += m[prev_at]
        prev = m[i]                    prev_at = i

    rows = [m[0], m[2]]            rows_at = [0, 2]
    rows[k] *= 2                   m[rows_at[k]] *= 2

Where a write depends on it, a loop hands on the numbers that such a name is read with, and a list holds
the numbers of its items. So they stay views, as in NumPy. Of those of several arrays, or that are read
in several ways, a place tells which one it is (see ``several``).
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pullback.frontend import several
from pullback.frontend.heap import View
from pullback.frontend.values import Dct, Either, Reading, Rows, Struct, Tree, Tup, Value, skeleton
from pullback.frontend.walking import trees, with_both, with_parts
from pullback.ir.core import Atom, Block, Const, Var
from pullback.ir.types import Array, List

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


def is_view(frame: Frame, value: Value) -> bool:
    """Whether a value is a view of an array."""
    if not isinstance(value, Var) or not frame.heap.is_view(value):
        return False
    return isinstance(frame.heap.root(value).type, Array)


def kept(frame: Frame, value: Value, local: Container[Var]) -> Value:
    """What a pass of a loop hands on, which may be of two kinds: views of arrays from before, which are
    not ``local`` to it, as how they are read."""
    if isinstance(value, Either):
        return with_both(value, kept(frame, value.first, local), kept(frame, value.second, local))
    known = is_view(frame, value) and frame.heap.root(cast("Var", value)) not in local
    return _reading(frame, cast("Var", value)) if known else value


def _reading(frame: Frame, value: Var) -> Reading:
    root, steps = frame.heap.root(value), _steps(frame, value)
    numbers = [a for s in steps for a, varied in _with_varied(s) if varied]
    if isinstance(root.type, List):
        numbers[0] = _from_start(frame, root, numbers[0])
    return Reading(value, root, tuple(steps), tuple(numbers), frame.b.loc)


def _steps(frame: Frame, value: Var) -> list[View]:
    """How a view is read from its root, in order."""
    views = frame.heap.views
    return [views[r] for r in frame.heap.chain(value) if r in views][::-1]


def _from_start(frame: Frame, root: Var, place: Atom) -> Atom:
    """The place of an item that a list has, which stays as it is where the list grows."""
    counted = place in frame.places.counted or (isinstance(place, Const) and place.value >= 0)
    return place if counted else frame.op("mod", place, frame.op("list_len", root))


def _is_readable(frame: Frame, value: Value) -> bool:
    """Whether a value is an array that is known by how it is read: from an array, or from one that a
    list holds."""
    if not isinstance(value, Var) or not isinstance(value.type, Array):
        return False
    if isinstance(frame.heap.root(value).type, Array):
        return True
    return [s.op.name == "list_get" for s in _steps(frame, value)].count(True) == 1


def numbered(reading: Reading) -> Reading:
    """A reading with a number at least: it tells how long a list is, and whether a name is set."""
    return reading if reading.numbers else reading.remade([Const(0)])


def _with_varied(step: View) -> Iterator[tuple[Atom, bool]]:
    return zip(step.op.inputs[1:], step.varied, strict=True)


def read(frame: Frame, value: Value, name: str = "") -> Value:
    """A value with views in the place of readings, as they are where lowering stands. One that may be
    unset is read where it is used."""
    if isinstance(value, Reading):
        if not any(map(frame.is_maybe_unset, value.numbers)):
            return _read(frame, value, name)
        found = _read_later(frame, value, name)
        frame.maybe_unset.add(cast("Var", found))
        return found
    if isinstance(value, Either):
        both = [_read_later(frame, part, name) for part in (value.first, value.second)]
        return with_both(value, *both)
    if several.is_view_of_several(value):
        return _read_one_of(frame, value, name)
    if isinstance(value, Tree) and any(isinstance(t, Reading) for t in trees(value)):
        return with_parts(value, [read(frame, part) for part in value.parts])
    return value


def _read(frame: Frame, reading: Reading, name: str) -> Var:
    found, rest = reading.root, [*reading.numbers]
    for step in reading.steps:
        numbers = [rest.pop(0) if varied else a for a, varied in _with_varied(step)]
        outputs = frame.emit(step.op.name, found, *numbers, checked=True, **step.op.params)
        frame.sure_view(frame.b.ops[-1])
        found = outputs[step.output]
        found.name = name
    return found


def _read_later(frame: Frame, value: Value, name: str) -> Value:
    """One of two kinds, which is a view only where it is that one: it is read where it is used."""
    if not isinstance(value, Reading):
        return read(frame, value, name)
    with frame.heap.block(), frame.b.block():
        found = _read(frame, value, name)
    frame.heap.keep(found)
    return found


def _read_one_of(frame: Frame, value: Value, name: str) -> Value:
    """One of several views, each of which is read only where it is that one."""
    place, views = cast("Atom", several.place_of(value)), several.functions_of(value)
    if isinstance(place, Const) or len(views) == 1:
        return read(frame, views[place.value if isinstance(place, Const) else 0], name)
    found = _read_later(frame, views[-1], name)
    for k in reversed(range(len(views) - 1)):
        is_it = frame.op("eq", place, Const(k))
        found = Either(is_it, _read_later(frame, views[k], name), found)
    assert isinstance(found, Either)
    frame.as_kept[found.identity] = value
    return found


def undecided(frame: Frame, value: Value) -> Value:
    """A value that is put into a list: one of several views that another list holds needs no branch."""
    kept = isinstance(value, Either) and value.identity in frame.as_kept
    return value if kept else frame.decided(value)


# ---- lists of views


def as_items(frame: Frame, items: tuple[Value, ...]) -> tuple[Value, ...]:
    """What is put into one list: views, and arrays from outside, as how they are read, if all can be and
    whole arrays are one."""
    found = _kept(frame, items)
    alike = len(set(map(skeleton, found))) == 1
    views = all(t.steps for item in found for t in trees(item) if isinstance(t, Reading))
    return found if alike or (found and views and several.common(found) is not None) else items


def are_unlike(frame: Frame, items: tuple[Value, ...]) -> bool:
    """Whether a write depends on it that items are views, or arrays from outside, and are read in
    several ways."""
    found = _as_items(frame, items)
    return any(map(_is_followed, found)) and len(set(map(skeleton, found))) > 1


def _kept(frame: Frame, items: tuple[Value, ...]) -> tuple[Value, ...]:
    """Items as how they are read, nothing where not all of them are followed."""
    found = _as_items(frame, items)
    return found if all(map(_is_followed, found)) else ()


def _as_items(frame: Frame, items: tuple[Value, ...]) -> tuple[Value, ...]:
    """Items as how they are read, as far as that is known; nothing where no write depends on it."""
    told = frame.session.told
    if frame.b.loc not in told.followed or frame.b.loc in told.apart:
        return ()
    return tuple(_as_item(frame, item, _are_one(frame, items)) for item in items)


def _is_followed(item: Value) -> bool:
    return any(isinstance(t, Reading) for t in trees(item))


def _are_one(frame: Frame, items: tuple[Value, ...]) -> bool:
    """Whether two of some items are, or are of, one array."""
    roots = [frame.heap.root(item) for item in items if isinstance(item, Var)]
    return len(set(roots)) < len(roots)


def _as_item(frame: Frame, value: Value, always: bool) -> Value:
    """An item of a list as how it is read."""
    if isinstance(value, Struct | Dct) or (isinstance(value, Tup) and not value.is_list):
        return with_parts(value, [_as_item(frame, part, always) for part in value.parts])
    if not isinstance(value, Var) or not _is_readable(frame, value):
        return as_read(frame, value) if isinstance(value, Either) else value
    made_here = not frame.heap.is_view(value) and frame.heap.reference(value) in frame.heap.state.local
    if made_here and not always:  # a list may take it over (see ``places``)
        return value
    return as_read(frame, value)


def as_read(frame: Frame, value: Value) -> Value:
    """An array, or one of several, as how it is read, as lists have it; all else as it is."""
    if isinstance(value, Either):
        return frame.as_kept.get(value.identity) or _one_as_read(frame, value)
    return numbered(_reading(frame, cast("Var", value))) if _is_readable(frame, value) else value


def _one_as_read(frame: Frame, value: Either) -> Value:
    """One of two kinds as one of several views that are read in different ways; itself if it is not."""
    first, rest = as_read(frame, value.first), as_read(frame, value.second)
    views = [first, *several.functions_of(rest)]
    alike = len(set(map(skeleton, views))) < len(views)
    if alike or not all(isinstance(view, Reading) for view in views):
        return value
    behind = cast("Atom", several.place_of(rest))
    behind = frame.op("add", behind, Const(1)) if isinstance(behind, Var) else Const(1)
    there, other = Block([], [], [Const(0)]), Block([], [], [behind])
    (place,) = frame.b.branch(value.is_first, there, other, [""])
    return several.one_of(place, views)


def blank(value: Value, local: Container[Var]) -> Value:
    """An item of a list, in which nothing is known of views of ``local`` arrays and lists."""
    if isinstance(value, Reading) or several.is_view_of_several(value):
        views = cast("Sequence[Reading]", several.functions_of(value))
        known = [view for view in views if view.root not in local]
        return value if len(known) == len(views) else several.one_of(Const(0), known)
    if not isinstance(value, Tree):
        return value
    return with_parts(value, [blank(part, local) for part in value.parts])


def form_told(frame: Frame, named: bool = False) -> Value | None:
    """What empty lists that are made, or put into lists, where lowering stands come to hold, if these
    are containers; None if nothing is known. Views are any, or those of arrays that are ``named`` there
    as they were when lowering started over."""
    form = frame.session.told.form_at(frame.b.loc)
    return None if form is None else _found_again(frame, form, named)


def _found_again(frame: Frame, value: Value, named: bool) -> Value | None:
    if isinstance(value, Reading) or several.is_view_of_several(value):
        places = {view.loc for view in trees(value) if isinstance(view, Reading)}
        if not places.isdisjoint(frame.session.told.apart):
            return None
        if not named:
            return several.NO_VIEWS
    if isinstance(value, Reading):
        return _of_namesake(frame, value)
    if not isinstance(value, Tree):
        return value
    parts = [_found_again(frame, part, named) for part in value.parts]
    known = [part for part in parts if part is not None]
    return with_parts(value, known) if len(known) == len(parts) else None


def _of_namesake(frame: Frame, value: Reading) -> Reading | None:
    """A reading of the array that has the name of its root where lowering stands."""
    now = frame.env.get(value.root.name)
    array = isinstance(now, Var) and isinstance(frame.heap.root(now).type, Array)
    anywhere = all(not isinstance(a, Var) for step in value.steps for a in step.fixed)
    return replace(value, root=frame.heap.root(cast("Var", now))) if array and anywhere else None


# ---- behind a call


def moved(value: Value, roots: Mapping[Var, Var]) -> Value:
    """A value with readings of other arrays: those by which a caller knows what it has given."""
    match value:
        case Reading():
            return replace(value, root=roots.get(value.root, value.root))
        case Rows():
            columns = tuple(moved(column, roots) for column in value.columns)
            return replace(value, pattern=moved(value.pattern, roots), columns=columns)
        case Tree():
            return with_parts(value, [moved(part, roots) for part in value.parts])
    return value
