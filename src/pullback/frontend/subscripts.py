"""Subscripts of arrays: the template of one, with its run-time inputs.

Sequences stand for arrays in them, as they do wherever NumPy takes one.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.frontend import inline, nones, slices
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import as_atom, as_number, lower, made, simple_op
from pullback.frontend.rows import is_listed
from pullback.frontend.values import Rows, Static, Tup, Value
from pullback.frontend.walking import describe, plain
from pullback.ir import index
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar

Bounds = Sequence[Value | None]  # of a slice: from, up to and by


def of_array(frame: Frame, node: ast.Subscript, owner: Var) -> tuple[index.Subscript, list[Atom]]:
    """The entries of a subscript of an array, which has an axis for each, and their inputs."""
    assert isinstance(owner.type, Array)
    ndim = owner.type.ndim
    entries, inputs = template(frame, node.slice)
    count = index.axes_taken(entries, inputs)
    if count > ndim:
        message = f"array is {ndim}-dimensional, but {count} were indexed"
        frame.raises_if_caught(IndexError, f"too many indices for array: {message}")
        frame.reject(refusals.TOO_MANY_INDICES, node, told=message)
    return entries, inputs


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


def bounds(frame: Frame, part: ast.Slice) -> Bounds:
    """What a slice is from, up to and by; None where nothing or None stands."""
    values = [None if p is None else lower(frame, p) for p in (part.lower, part.upper, part.step)]
    return [None if isinstance(v, Static) and v.value is None else v for v in values]


def known_slice(part: Bounds) -> slice | None:
    """The slice of these bounds, if all of them are numbers that are known here."""
    known = [None if a is None else a.value for a in part if a is None or isinstance(a, Const)]
    whole = len(known) == len(part) and all(n is None or isinstance(n, int) for n in known)
    return slice(*known) if whole else None


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
    value = nones.left_out(frame, node, value)
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
