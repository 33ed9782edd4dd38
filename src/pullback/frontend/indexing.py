"""Subscripts: reading elements, views and gathers; writing through the only live name of an array."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import SourceError
from pullback.frontend import inline
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_LISTS,
    OUT_OF_RANGE,
    as_atom,
    atom,
    constant_key,
    element,
    lower,
    made,
    simple_op,
)
from pullback.frontend.merge import runtime_list, runtime_lists
from pullback.frontend.values import Dct, Static, Tup, Value, describe, leaves, plain, rebuild
from pullback.ir import index
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar, join


def read(frame: Frame, owner: Value, node: ast.Subscript) -> Value:
    """``owner[...]``."""
    match owner := plain(owner):
        case Tup():
            return _read_tuple(frame, owner, node)
        case Dct():
            key = constant_key(frame, lower(frame, node.slice), node.slice)
            if key not in owner.items:
                frame.raises_if_caught(KeyError, key)
                frame.reject(refusals.NO_KEY, node, key=key, keys=", ".join(map(repr, owner.items)))
            return owner.items[key]
        case Var(type=List()):
            return _read_list(frame, owner, node)
        case Var(type=Array()):
            subscript, inputs = template(frame, node.slice)
            return simple_op(frame, node, "getitem", owner, *inputs, path=(subscript,))
    frame.reject(refusals.CANNOT_BE_INDEXED, node, value=describe(owner))


def _read_tuple(frame: Frame, owner: Tup, node: ast.Subscript) -> Value:
    if isinstance(node.slice, ast.Slice):
        return _part_of_tuple(frame, owner, node, node.slice)
    position = lower(frame, node.slice)
    if isinstance(position, Const) and type(position.value) is int:
        if not -len(owner.items) <= position.value < len(owner.items):
            if owner.is_list:  # which may have grown when a later pass of a loop comes here
                frame.raises("IndexError", OUT_OF_RANGE)
            frame.reject(
                refusals.OUT_OF_RANGE, node, index=position.value, count=len(owner.items)
            )
        return owner.items[position.value]
    runtime = runtime_lists(frame, owner)
    if runtime is None:
        frame.reject(refusals.COMPUTED_INDEX_OF_UNLIKE_ITEMS, node)
    item = element(frame, node, runtime, as_atom(frame, position, node, "an integer"))
    if isinstance(item.type, List):
        frame.foreign(item, "is an item of a list of fixed length")
    return item


def _part_of_tuple(frame: Frame, owner: Tup, node: ast.Subscript, part: ast.Slice) -> Value:
    with frame.b.block() as scratch:
        try:
            parts = [_constant_int(frame, p) for p in (part.lower, part.upper, part.step)]
            return made(frame, owner.items[slice(*parts)], owner.is_list)
        except SourceError:
            scratch.ops.clear()
            runtime = runtime_list(frame, owner) if owner.is_list else None
            if runtime is None:
                raise
    frame.b.ops += scratch.ops
    return ON_LISTS[ast.Slice](frame, node, runtime, part)


def _constant_int(frame: Frame, node: ast.expr | None) -> int | None:
    if node is None:
        return None
    value = lower(frame, node)
    if not (isinstance(value, Const) and type(value.value) is int):
        frame.reject(refusals.COMPUTED_SLICE_OF_TUPLE, node)
    return value.value


def _read_list(frame: Frame, owner: Var, node: ast.Subscript) -> Value:
    if isinstance(node.slice, ast.Slice):
        return ON_LISTS[ast.Slice](frame, node, owner, node.slice)
    i = atom(frame, node.slice, "an integer")
    if not (isinstance(i.type, Scalar) and i.type.cls == "int"):
        frame.reject(refusals.INDEX_OF_LIST, node, value=describe(i))
    return element(frame, node, owner, i)


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
    given = [None if p is None else _slice_part(frame, p) for p in parts]
    atoms = [a for a in given if a is not None]
    return ("s", *(a is not None for a in given)), atoms


def entry_of(frame: Frame, value: Value, node: ast.AST) -> tuple[Any, list[Atom]]:
    """A value as one entry of a subscript."""
    if isinstance(value, Static) and value.value is None:
        return "n", []
    if isinstance(value, Static) and value.value is Ellipsis:
        return "e", []
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
            return "a", [frame.op("array", a)]
    frame.reject(refusals.INDEX_OF_ARRAY, node, value=describe(a))


def _slice_part(frame: Frame, node: ast.expr) -> Atom | None:
    value = lower(frame, node)
    if isinstance(value, Static) and value.value is None:
        return None
    a = as_atom(frame, value, node, "an integer")
    if not (isinstance(a.type, Scalar) and a.type.cls in ("int", "bool")):
        frame.reject(refusals.BOUND_OF_SLICE, node, value=describe(a))
    return a


def array_like(frame: Frame, node: ast.AST, value: Value) -> Value:
    """NumPy takes sequences for arrays."""
    value = plain(value)
    if isinstance(value, Tup):
        return array_of_list(frame, value, node)
    if isinstance(value, Var) and isinstance(value.type, List):
        rows = as_atom(frame, rows_as_arrays(frame, node, value), node)
        return simple_op(frame, node, "array", rows)
    return value


def rows_as_arrays(frame: Frame, node: ast.AST, value: Value) -> Value:
    """A list of lists as the list of the arrays that its rows make."""
    held = value.type.elem if isinstance(value, Var) and isinstance(value.type, List) else None
    if not isinstance(held, List):
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


def write(frame: Frame, target: ast.Subscript, value: Callable[[], Value]) -> None:
    """``x[...] = value``, in the order in which Python evaluates both."""
    given = value()
    name, owner, entries, inputs = place(frame, target)
    if isinstance(owner.type, List):
        set_item(frame, target, name, owner, inputs[0], given)
        return
    v = as_atom(frame, array_like(frame, target, given), target)
    overwrite(frame, target, owner, "setitem", v, inputs, path=(entries,))


def overwrite(
    frame: Frame, node: ast.AST, target: Var, prim: str, v: Atom, inputs: Sequence[Atom] = (),
    **params: Any,
) -> None:  # fmt: skip
    """Write to the array that a value stands for: all that leads to it sees the array as it is then.

    ``prim`` takes the array, the value ``v`` and further inputs, and takes over the array's memory.
    """
    if isinstance(v.type, Array | Scalar) and v.type.cls == "complex":
        frame.reject("complex numbers are not supported yet", node)
    names = [name for name, held in frame.env.items() if target in leaves(held)]
    name = names[0] if names else "the array"
    may_write(frame, name, target, node, names)
    try:
        (out,) = frame.emit(prim, target, v, *inputs, names=(target.name,), **params)
    except (TypeError, ValueError, IndexError) as error:
        frame.reject(f"cannot write {describe(v)} here: {error}", node)
    for held_by in names:
        held = frame.env[held_by]
        now = frame.env[held_by] = rebuild(held, [out if a is target else a for a in leaves(held)])
        if any(tree is held for tree in frame.trees):
            frame.own(now)


def place(frame: Frame, target: ast.Subscript) -> tuple[str, Var, index.Subscript, list[Atom]]:
    """Where a subscript target writes: a local array or list, and the subscript."""
    if not isinstance(target.value, ast.Name):
        frame.reject(
            "only elements of a local array can be assigned", target,
            "give the array a name of its own, and index it once",
        )  # fmt: skip
    name = target.value.id
    owner = frame.read(name, target.value)
    if isinstance(owner, Tup) and owner.is_list:
        owner = list_variable(frame, name, owner, target)
    if not (isinstance(owner, Var) and isinstance(owner.type, Array | List)):
        frame.reject(f"elements of {describe(owner)} cannot be assigned", target)
    if isinstance(owner.type, List):
        may_write(frame, name, owner, target)
        return name, owner, (), [atom(frame, target.slice, "an integer")]
    entries, inputs = template(frame, target.slice)
    return name, owner, entries, inputs


def set_item(
    frame: Frame, node: ast.AST, name: str, owner: Var, index_: Atom, value: Value
) -> None:
    """Change an element of a list."""
    v = as_item(frame, value, node)
    if join(owner.type, List(v.type)) is None:
        frame.reject(f"{describe(owner)} cannot hold {describe(v)}", node, "put in values of one kind")
    frame.env[name] = frame.op("list_set", owner, index_, v, names=(name,))


def as_item(frame: Frame, value: Value, node: ast.AST) -> Atom:
    """A value that is put into a list; a list that nothing else holds is moved into it."""
    if not (isinstance(value, Tup) and value.is_list):
        return as_atom(frame, value, node)
    if not frame.owns("", value):
        frame.reject(refusals.HELD_LIST, node)
    runtime = runtime_lists(frame, value)
    return as_atom(frame, value if runtime is None else runtime, node)


def list_variable(frame: Frame, name: str, value: Tup, node: ast.AST) -> Var:
    """Turn a fixed list bound to a name into a run-time list, so that it can be changed."""
    frame.may_change(name, value, node)
    lists = [v for v in value.items if isinstance(v, Tup) and v.is_list]
    if len(set(map(id, lists))) < len(lists) or not all(frame.owns(name, v) for v in lists):
        frame.reject(refusals.HELD_LIST, node)
    runtime = runtime_lists(frame, value, name)
    if runtime is None:
        frame.reject("a list whose items differ in kind cannot be changed", node, "use a tuple")
    frame.env[name] = runtime
    return runtime


def may_write(
    frame: Frame, name: str, owner: Var, node: ast.AST, follow: Sequence[str] = ()
) -> None:
    """Refuse a write where the array may be known by another name, or is not ours.

    The names that ``follow`` hold the array itself, and will hold what it is then.
    """
    mine = frame.of(owner).own
    for buffer in mine:
        if buffer in frame.owners:
            frame.reject(
                f"{name!r} {frame.owners[buffer]}, and is written to", node,
                f"write to a copy: {name} = {name}.copy()",
            )  # fmt: skip
    for other, value in frame.others(name):
        apart = [a for a in leaves(value) if a is not owner] if other in map(repr, follow) else [value]
        if any(not mine.isdisjoint(frame.memory(part)) for part in apart):
            frame.reject(
                f"{name!r} is written to while {other} may share its memory", node,
                f"write to a copy: {name} = {name}.copy()",
            )  # fmt: skip
