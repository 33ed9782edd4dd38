"""Subscripts: reading elements, views and gathers; writing to arrays and lists."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import EnumType
from typing import Any, cast

import numpy as np

from pullback import refusals
from pullback.errors import Refusal, SourceError
from pullback.frontend import (
    fixed,
    foreign,
    inline,
    looped,
    members,
    permits,
    places,
    readings,
    rows,
    slices,
    sparse,
    unkept,
    views,
)
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_LISTS,
    ON_OBJECTS,
    ON_TABLES,
    OUT_OF_RANGE,
    as_atom,
    as_number,
    atom,
    constant_key,
    is_unknown,
    item_at,
    lower,
    made,
    simple_op,
    static,
)
from pullback.frontend.reaching import reachable
from pullback.frontend.rows import Listed, is_listed
from pullback.frontend.values import Dct, Partial, Rows, Sparse, Static, Struct, Table, Tree, Tup, Value
from pullback.frontend.walking import describe, is_function, leaves, plain
from pullback.ir import index
from pullback.ir.alias import Buffers
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar, is_complex


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
            given = lower(frame, node.slice)
            if isinstance(owner, Table) or ON_TABLES["is_computed"](given):
                found: Value = ON_TABLES["read"](frame, node, owner, given)
                return found
            key = constant_key(frame, given, node.slice)
            if key not in owner.items:
                if frame.session.inner:  # what need not be reached
                    frame.raises("KeyError", key)
                frame.raises_if_caught(KeyError, key)
                frame.reject(refusals.NO_KEY, node, key=key, keys=", ".join(map(repr, owner.items)))
            return owner.items[key]
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
            subscript, inputs = template(frame, node.slice)
            return simple_op(frame, node, "getitem", owner, *inputs, path=(subscript,))
    if slices.is_maker(owner):
        return slices.subscript(frame, owner, node.slice)
    for name, instead in refusals.INSTEAD_OF_TRICK.items():
        if isinstance(owner, Static) and owner.value is getattr(np, name):
            frame.reject(refusals.INDEX_TRICK, node, name=name, instead=instead)
    frame.reject(refusals.CANNOT_BE_INDEXED, node, value=describe(owner))


def _part_of_text(frame: Frame, node: ast.Subscript, text: str) -> Value:
    """A character or a slice of a string, at places that are known."""
    if isinstance(node.slice, ast.Slice):
        bounds = (node.slice.lower, node.slice.upper, node.slice.step)
        return Static(text[slice(*(_constant_int(frame, p) for p in bounds))])
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
        frame.reject(refusals.COMPUTED_INDEX_OF_UNLIKE_ITEMS, node)
    place = as_atom(frame, position, node, "an integer")
    if owner.is_list and places.is_followed(frame, frame.loc(node)):
        return item_at(frame, node, list_variable(frame, owner, node, node.value), place)
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
    with frame.b.block() as scratch:
        try:
            parts = [_constant_int(frame, p) for p in (part.lower, part.upper, part.step)]
            return made(frame, owner.items[slice(*parts)], owner.is_list)
        except SourceError:
            scratch.ops.clear()
            runtime = fixed.runtime(frame, owner) if owner.is_list else None
            members.kept_as_they_are(frame, Tup(owner.items))
            if runtime is None:
                raise
    frame.b.ops += scratch.ops
    return ON_LISTS[ast.Slice](frame, node, runtime, part)


def _constant_int(frame: Frame, node: ast.expr | None) -> int | None:
    if node is None:
        return None
    value = lower(frame, node)
    if isinstance(value, Static) and value.value is None:
        return None
    if not (isinstance(value, Const) and type(value.value) is int):
        frame.reject(refusals.COMPUTED_SLICE_OF_TUPLE, node)
    return value.value


def _read_list(frame: Frame, owner: Listed, node: ast.Subscript) -> Value:
    if isinstance(node.slice, ast.Slice):
        return ON_LISTS[ast.Slice](frame, node, owner, node.slice)
    given = lower(frame, node.slice)
    if (parts := slices.parts_of(given)) is not None:
        return _by_slice(frame, node, owner, parts)
    i = as_atom(frame, given, node.slice, "an integer")
    if not (isinstance(i.type, Scalar) and i.type.cls == "int"):
        frame.reject(refusals.LIST_INDEX, node, value=describe(i))
    return item_at(frame, node, owner, i)


# ---- templates of subscripts


def template(frame: Frame, node: ast.expr) -> tuple[index.Subscript, list[Atom]]:
    """The entries of a subscript and their run-time inputs (see ``ir.index``)."""
    if not isinstance(node, ast.Tuple | ast.Slice):
        return template_of(frame, lower(frame, node), node)
    entries: list[Any] = []
    inputs: list[Atom] = []
    for part in node.elts if isinstance(node, ast.Tuple) else [node]:
        if isinstance(part, ast.Slice):
            entry, given = _slice(frame, part)
        else:
            entry, given = entry_of(frame, lower(frame, part), part)
        entries.append(entry)
        inputs += given
    return tuple(entries), inputs


def template_of(
    frame: Frame, value: Value, node: ast.AST
) -> tuple[index.Subscript, list[Atom]]:
    """The entries of a subscript that is a value: one index, or a tuple of them."""
    value = plain(value)
    several = value.items if isinstance(value, Tup) and not value.is_list else (value,)
    found = [entry_of(frame, v, node) for v in several]
    return tuple(entry for entry, _ in found), [a for _, given in found for a in given]


def _slice(frame: Frame, node: ast.Slice) -> tuple[Any, list[Atom]]:
    parts = [node.lower, node.upper, node.step]
    return _entry_of_slice([None if p is None else _bound(frame, lower(frame, p), p) for p in parts])


def _entry_of_slice(given: Sequence[Atom | None]) -> tuple[Any, list[Atom]]:
    return ("s", *(a is not None for a in given)), [a for a in given if a is not None]


def entry_of(frame: Frame, value: Value, node: ast.AST) -> tuple[Any, list[Atom]]:
    """A value as one entry of a subscript."""
    if isinstance(value, Static) and value.value is None:
        return "n", []
    if isinstance(value, Static) and value.value is Ellipsis:
        return "e", []
    if (parts := slices.parts_of(value)) is not None:
        return _entry_of_slice([_bound(frame, frame.decided(part), node) for part in parts])
    if isinstance(value, Tup) and value.is_list:
        value = array_like(frame, node, value)
    a = as_atom(frame, value, node, "an index")
    match a.type:
        case Scalar(cls="int"):
            return "i", [a]
        case Array(cls="int", shape=()):
            return "i", [a]
        case Array(cls="int"):
            return "a", [a]
        case Array(cls="bool"):
            return "m", [a]
        case List(elem=Scalar(cls="int")):
            return "a", [as_atom(frame, positions(frame, node, a), node)]
    frame.reject(refusals.INDEX_OF_ARRAY, node, value=describe(a))


def _bound(frame: Frame, value: Value, node: ast.AST) -> Atom | None:
    if isinstance(value, Static) and value.value is None:
        return None
    a = as_atom(frame, value, node, "an integer")
    if not (isinstance(a.type, Scalar) and a.type.cls in ("int", "bool")):
        frame.reject(refusals.BOUND_OF_SLICE, node, value=describe(a))
    return a


def array_like(frame: Frame, node: ast.AST, value: Value) -> Value:
    """NumPy takes sequences for arrays."""
    value = as_number(frame, plain(value))
    if isinstance(value, Tup):
        return array_of_list(frame, value, node)
    if is_listed(value):
        arrays = as_atom(frame, rows_as_arrays(frame, node, value), node)
        return simple_op(frame, node, "array", arrays)
    return value


def positions(frame: Frame, node: ast.AST, value: Value) -> Value:
    """What functions take for positions: a list of integers is an array of them, also an empty one."""
    held = value.type.elem if isinstance(value, Var) and isinstance(value.type, List) else None
    if isinstance(held, Scalar) and held.cls == "int":
        assert isinstance(value, Var)
        return frame.op("array", value, dtype="int64")
    return array_like(frame, node, value)


def rows_as_arrays(frame: Frame, node: ast.AST, value: Value) -> Value:
    """A list of lists as the list of the arrays that its rows make."""
    held = value.type.elem if isinstance(value, Var) and isinstance(value.type, List) else None
    if not isinstance(held, List) and not isinstance(value, Rows):
        return value
    text = "for row in source:\n    out.append(array(row))\n"
    out = made(frame, (), True)
    return inline.expand(frame, node, text, "out", "", source=value, out=out, array=Static(np.array))


def array_of_list(frame: Frame, value: Tup, node: ast.AST) -> Var:
    """np.array of a list display, nested ones too."""
    items = [as_atom(frame, array_like(frame, node, item), node) for item in value.items]
    if not items:
        frame.reject(refusals.ARRAY_OF_NOTHING, node)
    return simple_op(frame, node, "array", *items, nested=True)


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
            set_item(frame, target, owner, atom(frame, target.slice, "an integer"), value)
        case Var(type=Array()):
            entries, inputs = template(frame, target.slice)
            v = as_atom(frame, array_like(frame, target, value), target)
            overwrite(frame, target, owner, "setitem", v, inputs, path=(entries,))
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
        return list_variable(frame, owner, target, target.value)
    return owner


def _position(frame: Frame, node: ast.expr) -> Any:
    """A constant that stands as an index, or a name for one."""
    if isinstance(node, ast.Name) and isinstance(known := frame.find(node.id), Const):
        return known.value
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def overwrite(
    frame: Frame, node: ast.AST, target: Var, prim: str, v: Atom, inputs: Sequence[Atom] = (),
    **params: Any,
) -> None:  # fmt: skip
    """Write to the array that a value stands for: all that leads to it sees the array as it is then.

    ``prim`` takes the array, the value ``v`` and further inputs, and takes over the array's memory.
    A view is written through where the op takes a path; else it is computed, and put in its place.
    """
    refuse_complex(frame, node, target, v)
    target = cast("Var", frame.settled(target))
    root = frame.heap.root(target)
    for seen in frame.heap.chain(target):
        if seen in frame.owners:
            permits.not_ours(frame, seen, seen, node)
    if places.is_item(frame, target):
        places.overwrite(frame, node, target, prim, v, inputs, **params)
        return
    permits.may_write(frame, root, node)
    steps, numbers = views.path_to(frame.heap, frame.b, target)
    through = prim in ("setitem", "add_at") or not (index.reshapes(steps) or index.parts(steps))
    if steps and not ("path" in params and through):
        v = simple_op(frame, node, prim, frame.op("copy", target), v, *inputs, **params)
        prim, inputs, params = "setitem", (), {"path": ()}
    if "path" in params:
        all_of_it = steps and params["path"] == (("e",),)
        path = steps if all_of_it else (*steps, *params["path"])
        params |= {"path": index.whole(path, target.type.ndim) if steps else path}  # type: ignore[union-attr]
    try:
        (out,) = frame.emit(prim, root, v, *numbers, *inputs, names=(root.name,), **params)
    except (TypeError, ValueError, IndexError) as error:
        frame.reject(refusals.CANNOT_BE_WRITTEN, node, value=describe(v), why=error)
    frame.heap.write(root, out)


def refuse_complex(frame: Frame, node: ast.AST, target: Var, v: Atom) -> None:
    """Refuse complex numbers that are written to an array of real ones."""
    if is_complex(v.type) and not is_complex(target.type):
        frame.reject(refusals.COMPLEX_INTO_REAL, node, value=describe(v))


def refuse_half_written(frame: Frame, node: ast.AST) -> None:
    """NumPy's arithmetic writes what it found before it raises: not so where that would be seen."""
    if frame.trapping and frame.catches(FloatingPointError):
        frame.reject(refusals.HALF_WRITTEN, node)


def set_item(frame: Frame, node: ast.AST, owner: Listed, index_: Atom, value: Value) -> None:
    """Change an element of a list."""
    owner, v = taking(frame, node, owner, as_item(frame, value, node))
    if not rows.holds(owner, v):
        unkept.demand_one_form(owner, v)
        frame.reject(refusals.CANNOT_HOLD, node, owner=describe(owner), value=describe(v))
    change_list(frame, node, owner, "list_set", index_, value=v)
    rows.put(frame, node, value, map(frame.heap.root, rows.columns(owner)))


def taking(frame: Frame, node: ast.AST, owner: Listed, item: Value) -> tuple[Listed, Value]:
    """A list that takes an item in, and the item in the form of its items: a list of functions gets
    columns for one that is unlike those that it holds."""
    item = rows.suited(frame, owner, item)
    wide = rows.widened(owner, item)
    if wide is not None:
        assert isinstance(owner, Rows)
        for column in rows.columns(owner):
            may_resize(frame, column)
        new = rows.in_form(frame, owner, wide)
        frame.change(owner, new, node)
        owner = new
    fits = isinstance(owner, Rows) and rows.fits(owner.pattern, item)
    return owner, rows.placed(frame, item, owner.pattern) if fits else item  # type: ignore[union-attr]


def as_item(frame: Frame, value: Value, node: ast.AST) -> Value:
    """A value that is put into a list; what can be changed in place, and nothing else holds, is moved
    into it."""
    (value,) = readings.as_items(frame, (value,))
    if not isinstance(value, Tree) and not is_function(value):
        return as_atom(frame, value, node)
    kept = list(rows.changeable(value))
    held = reachable(frame, (v for _, v in frame.others())) if kept else {}
    for tree in kept:
        if tree.identity in held:
            frame.reject(refusals.HELD_CONTAINER, node, value=describe(cast("Value", tree)))
    frame.lowered.moved |= {tree.identity for tree in kept}
    item = rows.as_row(frame, _decided(frame, value))
    if item is None or not leaves(item):
        frame.reject(refusals.PUT_INTO_LIST, node, value=describe(value))
    return item


def _decided(frame: Frame, value: Value) -> Value:
    """A container of which each item is the one of two kinds that it is where control is."""
    value = frame.decided(value)
    if not isinstance(value, Tree):
        return value
    return cast("Value", value.remade([_decided(frame, part) for part in value.parts]))


def change_list(
    frame: Frame, node: ast.AST, owner: Listed, prim: str, *inputs: Atom, value: Value | None = None,
    **params: Any,
) -> Sequence[Var]:  # fmt: skip
    """Change a run-time list in place, each of its columns; gives what the ops give beside the lists."""
    given: list[Var] = []
    found = rows.columns(owner)
    whole = [frame.heap.root(column) for column in found if not places.is_item(frame, column)]
    members.resettled(frame, whole, prim == "list_push" and not params)
    atoms = [[]] * len(found) if value is None else [[a] for a in leaves(value)]
    with frame.holding() as pending:
        pending.append(owner)  # an item may hold one array in several columns
        for column, last in zip(found, atoms, strict=True):
            if prim != "list_set":
                may_resize(frame, column)
            if places.is_item(frame, column):
                given += places.change_inside(frame, node, prim, column, *inputs, *last, **params)
                continue
            root = frame.heap.root(column)
            permits.may_write(frame, root, node)
            given += places.change(frame, prim, root, *inputs, *last, **params)
    return given


def may_resize(frame: Frame, l: Var) -> None:
    """Refuse to change a list in length while a loop runs over it."""
    resize(frame, frame.of(l).own, frame.heap.root(l).name or l.name)


def resize(frame: Frame, lists: Buffers, name: str) -> None:
    """Lists change in length, which is refused while a loop runs over one; whoever calls is told."""
    frame.resized |= lists
    for seen, node in frame.watched.items():
        if isinstance(seen, Var) and not lists.isdisjoint(frame.of(seen).own):
            frame.reject(refusals.CHANGES_WHILE_LOOPED_OVER, node, name=name or "a list")


@contextmanager
def same_length(frame: Frame, values: Sequence[Value], node: ast.AST) -> Iterator[None]:
    """Refuse to change the lists among some values in length while a loop runs over them."""
    lists = {frame.heap.reference(l) for v in values if is_listed(v) for l in rows.columns(v)}
    forms = {v.identity for v in values if isinstance(v, Tup) and v.is_list}
    before = frame.watched
    frame.watched = before | dict.fromkeys(lists | forms, node)
    try:
        yield
    finally:
        frame.watched = before


def refuse_held(frame: Frame, node: ast.AST, owner: Tup | Dct, items: Sequence[Value]) -> None:
    """Refuse to move containers into a list if something else knows one, or they are there twice."""
    inner = [tree for item in items for tree in rows.changeable(item)]
    beside = reachable(frame, (v for _, v in frame.others()), owner) if inner else {}
    for tree in inner:
        if tree.identity in beside:
            frame.reject(refusals.HELD_CONTAINER, node, value=describe(cast("Value", tree)))
        beside[tree.identity] = owner
    frame.lowered.moved |= {tree.identity for tree in inner}


def list_variable(
    frame: Frame, value: Tup, node: ast.AST, held: ast.AST | None = None, first: Value | None = None
) -> Listed:
    """Turn a fixed list into a run-time list, so that it can be changed; ``held`` is what reads it,
    ``first`` what an empty one is to hold."""
    refuse_held(frame, node, value, value.items)
    runtime = fixed.runtime(frame, value, frame.name_of(value), first, unlike=True)
    if runtime is None:
        unkept.demand_one_form(*value.items)
        frame.reject(refusals.LIST_OF_UNLIKE_ITEMS, node)
    if value.identity in frame.watched:
        name, place = frame.name_of(value) or "a list", frame.watched[value.identity]
        looped.open_lists(frame, place)
        frame.reject(refusals.CHANGES_WHILE_LOOPED_OVER, place, name=name)
    frame.change(value, runtime, held or node)
    return runtime
