"""``owner[...]`` of any value, read and assigned to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import EnumType
from typing import Any, NoReturn, TypeVar

from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend import (
    assorted,
    changing,
    fixed,
    foreign,
    inline,
    members,
    places,
    references,
    rows,
    slices,
    sparse,
    subscripts,
    tricks,
)
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_LISTS,
    ON_OBJECTS,
    ON_TABLES,
    OUT_OF_RANGE,
    as_atom,
    atom,
    constant_key,
    is_unknown,
    item_at,
    lower,
    made,
    simple_op,
    static,
)
from pullback.frontend.rows import Listed, is_listed
from pullback.frontend.values import Dct, Partial, Rows, Sparse, Static, Struct, Table, Tup, Value
from pullback.frontend.walking import describe, is_function, plain
from pullback.ir.core import Const, Var
from pullback.ir.types import Array, List, Scalar

Items = TypeVar("Items", str, tuple[Value, ...])


def read(frame: Frame, owner: Value, node: ast.Subscript) -> Value:
    """``owner[...]``."""
    if is_unknown(owner):
        return foreign.item(frame, node, owner, lower(frame, node.slice))
    if isinstance(owner, Struct) and not isinstance(node.slice, ast.Slice):
        said: Value | None = ON_OBJECTS["read"](frame, node, owner, lower(frame, node.slice))
        if said is not None:
            return said
    match owner := plain(owner):
        case Tup():
            return _read_tuple(frame, owner, node)
        case Dct() | Table():
            return _read_dict(frame, owner, node)
        case Sparse():
            return sparse.read(frame, node.slice, owner, lower(frame, node.slice))
        case Static(str() as text):
            return _part_of_text(frame, node, text)
        case Static(EnumType() as members):
            name = static(frame, node, lower(frame, node.slice))
            if name not in members.__members__:
                frame.raises("KeyError", repr(name))
            return Static(members[name])
        case Static(type() as cls) if hasattr(cls, "__class_getitem__"):
            return owner  # Stack[float] makes what Stack does
        case Rows() | Var(type=List()):
            return _read_list(frame, owner, node)
        case Var(type=Array()):
            subscript, inputs = subscripts.of_array(frame, node, owner)
            return simple_op(frame, node, "getitem", owner, *inputs, path=(subscript,))
    if slices.is_maker(owner):
        return slices.subscript(frame, owner, node.slice)
    if (trick := tricks.name_of(owner)) is not None:
        return tricks.read(frame, node, trick)
    frame.reject(refusals.CANNOT_BE_INDEXED, node, value=describe(owner))


def _read_dict(frame: Frame, owner: Dct | Table, node: ast.Subscript) -> Value:
    given = lower(frame, node.slice)
    if isinstance(owner, Table) or ON_TABLES["is_computed"](given):
        found: Value = ON_TABLES["read"](frame, node, owner, given)
        return found
    key = constant_key(frame, given, node.slice)
    if key not in owner.items:
        told = str(key) if isinstance(key, tuple) else key
        if frame.session.inner:  # what need not be reached
            frame.raises("KeyError", told)
        frame.raises_if_caught(KeyError, told)
        frame.reject(refusals.NO_KEY, node, key=key, keys=", ".join(map(repr, owner.items)))
    return owner.items[key]


def _part_of_text(frame: Frame, node: ast.Subscript, text: str) -> Value:
    """A character or a slice of a string, at places that are known."""
    if isinstance(node.slice, ast.Slice):
        bounds = subscripts.bounds(frame, node.slice)
        known = subscripts.known_slice(bounds)
        if known is None:
            _refuse_computed(frame, node.slice, bounds)
        return Static(_sliced(frame, text, known))
    place = lower(frame, node.slice)
    if (parts := slices.parts_of(place)) is not None:
        return _by_slice(frame, node, Static(text), parts)
    if isinstance(place, Var):
        return _item_of_tuple(frame, Tup(tuple(map(Static, text))), node, place)
    position = static(frame, node, place)
    if not isinstance(position, int):
        frame.reject(refusals.WHERE_NEEDED, node, value=repr(position), what="an integer")
    if not -len(text) <= position < len(text):
        frame.raises("IndexError", "string index out of range")
    return Static(text[position])


def _read_tuple(frame: Frame, owner: Tup, node: ast.Subscript) -> Value:
    if isinstance(node.slice, ast.Slice):
        return _part_of_tuple(frame, owner, node, node.slice)
    return _item_of_tuple(frame, owner, node, lower(frame, node.slice))


def _by_slice(frame: Frame, node: ast.AST, owner: Value, parts: Sequence[Value]) -> Value:
    """A part of a tuple or list, by a slice that is a value."""
    start, stop, step = map(frame.decided, parts)
    text = "out = owner[start:stop:step]"
    return inline.expand(frame, node, text, "out", owner=owner, start=start, stop=stop, step=step)


def _item_of_tuple(frame: Frame, owner: Tup, node: ast.Subscript, position: Value) -> Value:
    if (parts := slices.parts_of(position)) is not None:
        return _by_slice(frame, node, owner, parts)
    if isinstance(position, Const) and type(position.value) is int:
        if not -len(owner.items) <= position.value < len(owner.items):
            if owner.is_list:  # which may have grown when a later pass of a loop comes here
                frame.raises("IndexError", OUT_OF_RANGE)
            frame.reject(
                refusals.OUT_OF_RANGE, node, index=position.value, count=len(owner.items)
            )
        return owner.items[position.value]
    if (known := rows.the_only_item(frame, owner)) is not None:
        text = "if not -count <= place < count:\n    raise IndexError(message)"
        count, message = Const(len(owner.items)), Static(OUT_OF_RANGE)
        inline.expand(frame, node, text, "place", place=position, count=count, message=message)
        return frame.latest(known)
    runtime = fixed.runtime(frame, owner.remade(map(rows.as_text, owner.items)))
    if runtime is None and all(map(is_function, owner.items)):
        return Partial(Static(call_at), (position, owner), {})
    if runtime is None:
        if owner.is_list:
            assorted.demand(frame, owner)
        frame.reject(refusals.COMPUTED_INDEX_OF_UNLIKE_ITEMS, node)
    place = as_atom(frame, position, node, "an integer")
    if owner.is_list and places.is_followed(frame, frame.loc(node)):
        if frame.session.told.linked:
            references.demand_list(frame, owner.items[0])
        return item_at(frame, node, changing.list_variable(frame, owner, node, node.value), place)
    keep_lists(frame, runtime, refusals.WRITTEN_ITEM_OF_TUPLE)
    item = item_at(frame, node, runtime, place)
    members.kept_as_they_are(frame, item)
    if owner.is_list:  # if one is changed, the list is a run-time list from here on
        frame.chosen |= {tree.identity: frame.loc(node) for tree in rows.changeable(item)}
    return item


def keep_lists(frame: Frame, owner: Listed, row: Refusal) -> None:
    """The lists in a run-time list that is a copy of what the user knows are not changed."""
    held = {b for column in rows.columns(owner) for b in frame.of(column).held}
    frame.owners |= {b: row for b in held if isinstance(b.type, List) and b not in frame.owners}


def call_at(place: int, functions: Sequence[Callable[..., Any]], *args: Any, **keywords: Any) -> Any:
    """What a function at a computed place of a list stands for."""
    return functions[place](*args, **keywords)


def _part_of_tuple(frame: Frame, owner: Tup, node: ast.Subscript, part: ast.Slice) -> Value:
    bounds = subscripts.bounds(frame, part)
    if (known := subscripts.known_slice(bounds)) is not None:
        return made(frame, _sliced(frame, owner.items, known), owner.is_list)
    runtime = fixed.runtime(frame, owner) if owner.is_list else None
    members.kept_as_they_are(frame, Tup(owner.items))
    if runtime is None:
        _refuse_computed(frame, part, bounds)
    return ON_LISTS[ast.Slice](frame, node, runtime, bounds)


def _sliced(frame: Frame, items: Items, part: slice) -> Items:
    """A part of a tuple or text."""
    if part.step == 0:
        frame.raises("ValueError", "slice step cannot be zero")
    return items[part]


def _refuse_computed(frame: Frame, part: ast.Slice, bounds: subscripts.Bounds) -> NoReturn:
    """Refuse the first bound of a slice that is not known here."""
    parts = zip((part.lower, part.upper, part.step), bounds, strict=True)
    computed = next(p for p, bound in parts if p and subscripts.known_slice([bound]) is None)
    frame.reject(refusals.COMPUTED_SLICE_OF_TUPLE, computed)


def _read_list(frame: Frame, owner: Listed, node: ast.Subscript) -> Value:
    if isinstance(node.slice, ast.Slice):
        return ON_LISTS[ast.Slice](frame, node, owner, subscripts.bounds(frame, node.slice))
    given = lower(frame, node.slice)
    if (parts := slices.parts_of(given)) is not None:
        return _by_slice(frame, node, owner, parts)
    i = as_atom(frame, given, node.slice, "an integer")
    if not (isinstance(i.type, Scalar) and i.type.cls == "int"):
        frame.reject(refusals.LIST_INDEX, node, value=describe(i))
    return item_at(frame, node, owner, i)


# ---- writing


def write(frame: Frame, target: ast.Subscript, owner: Value, value: Value) -> None:
    """``owner[...] = value``."""
    now = frame.latest(owner)
    if isinstance(target.slice, ast.Slice) and (isinstance(now, Tup) or is_listed(now)):
        ON_LISTS[ast.Store](frame, target, now, value)
        return
    owner = changeable(frame, owner, target)
    if isinstance(owner, Struct) and not isinstance(target.slice, ast.Slice):
        key = lower(frame, target.slice)
        if ON_OBJECTS["write"](frame, target, owner, key, value) is not None:
            return
    match owner:
        case Dct() | Table():
            key = lower(frame, target.slice)
            if isinstance(owner, Table) or ON_TABLES["is_computed"](key):
                ON_TABLES["put"](frame, target, owner, key, value, target.value)
                return
            known = constant_key(frame, key, target.slice)
            frame.change(owner, replace(owner, items=owner.items | {known: value}), target.value)
        case Sparse():
            key = lower(frame, target.slice)
            sparse.write(frame, target.slice, owner, key, value, target.value)
        case Tup():
            frame.change(owner, _with_item(frame, owner, target, value), target.value)
        case Rows() | Var(type=List()):
            changing.set_item(frame, target, owner, atom(frame, target.slice, "an integer"), value)
        case Var(type=Array()):
            entries, inputs = subscripts.of_array(frame, target, owner)
            v = as_atom(frame, subscripts.array_like(frame, target, value), target)
            changing.overwrite(frame, target, owner, "setitem", v, inputs, path=(entries,))
        case _:
            frame.reject(refusals.ELEMENTS_ASSIGNED, target, value=describe(owner))


def _with_item(frame: Frame, owner: Tup, target: ast.Subscript, value: Value) -> Value:
    """A list of which one item is another value."""
    key = constant_key(frame, lower(frame, target.slice), target.slice)
    if not -len(owner.items) <= key < len(owner.items):
        frame.raises("IndexError", "list assignment index out of range")
    items = list(owner.items)
    items[key] = value
    return replace(owner, items=tuple(items))


def changeable(frame: Frame, owner: Value, target: ast.Subscript) -> Value:
    """A list whose items are assigned by computed numbers, as a run-time list."""
    owner = frame.latest(owner)
    if isinstance(owner, Tup) and not owner.is_list:
        frame.reject(refusals.ELEMENTS_ASSIGNED, target, value=describe(owner))
    if isinstance(owner, Tup) and not isinstance(_position(frame, target.slice), int):
        return changing.list_variable(frame, owner, target, target.value)
    return owner


def _position(frame: Frame, node: ast.expr) -> Any:
    """A constant that stands as an index, or a name for one."""
    if isinstance(node, ast.Name) and isinstance(known := frame.find(node.id), Const):
        return known.value
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
