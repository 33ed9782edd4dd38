"""Views that are kept by how they are read: a name that a loop binds anew, and lists of views.

    prev = m[0]                    prev_at = 0
    for i in range(1, n):          for i in range(1, n):
        m[i] += prev                   m[i] += m[prev_at]
        prev = m[i]                    prev_at = i

    rows = [m[0], m[2]]            rows_at = [0, 2]
    rows[k] *= 2                   m[rows_at[k]] *= 2

Where a write depends on it, a loop hands on the numbers that such a name is read with, and a list holds
the numbers of its items. So they stay views, as in NumPy. For that all of them must be views of one
array, read in the same way.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pullback.frontend.heap import View
from pullback.frontend.values import Dct, Either, Reading, Rows, Struct, Tree, Tup, Value, skeleton
from pullback.frontend.walking import trees, with_parts
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array

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
        first, second = kept(frame, value.first, local), kept(frame, value.second, local)
        same = first is value.first and second is value.second
        return value if same else Either(value.is_first, first, second, value.identity)
    known = is_view(frame, value) and frame.heap.root(cast("Var", value)) not in local
    return _reading(frame, cast("Var", value)) if known else value


def _reading(frame: Frame, value: Var) -> Reading:
    heap = frame.heap
    steps = [heap.views[r] for r in heap.chain(value) if r in heap.views][::-1]
    numbers = [a for s in steps for a, varied in _with_varied(s) if varied]
    return Reading(value, heap.root(value), tuple(steps), tuple(numbers), frame.b.loc)


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
        first, second = (_read_later(frame, part, name) for part in (value.first, value.second))
        same = first is value.first and second is value.second
        return value if same else Either(value.is_first, first, second, value.identity)
    if isinstance(value, Tree) and any(isinstance(t, Reading) for t in trees(value)):
        return with_parts(value, [read(frame, part) for part in value.parts])
    return value


def _read(frame: Frame, reading: Reading, name: str) -> Var:
    found, rest = reading.root, [*reading.numbers]
    for step in reading.steps:
        numbers = [rest.pop(0) if varied else a for a, varied in _with_varied(step)]
        outputs = frame.emit(step.op.name, found, *numbers, checked=True, **step.op.params)
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


# ---- lists of views


def as_items(frame: Frame, items: tuple[Value, ...]) -> tuple[Value, ...]:
    """What is put into one list: views, and arrays from outside, as how they are read, if all can be."""
    found = _kept(frame, items)
    return found if len(set(map(skeleton, found))) == 1 else items


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
    if not isinstance(value, Var) or not isinstance(frame.heap.root(value).type, Array):
        return value
    made_here = not is_view(frame, value) and frame.heap.reference(value) in frame.heap.state.local
    if made_here and not always:  # a list may take it over (see ``places``)
        return value
    return as_read(frame, value)


def as_read(frame: Frame, value: Value) -> Value:
    """An array as how it is read, as lists have it; all else as it is."""
    known = isinstance(value, Var) and isinstance(frame.heap.root(value).type, Array)
    return numbered(_reading(frame, cast("Var", value))) if known else value


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
