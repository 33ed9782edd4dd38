"""Functions and methods that change an array in place: each is a write of a value to the array."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.frontend import primitives, subscripts
from pullback.frontend.flat import in_turn, repeated, write_at
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    BUILTINS,
    Builtin,
    Keywords,
    as_atom,
    builtin,
    simple_op,
    size_of,
    static,
)
from pullback.frontend.outputs import at_mask, demand_apart, demand_castable, mask_of, put
from pullback.frontend.values import NONE, Tup, Value
from pullback.frontend.walking import describe
from pullback.ir import index
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array
from pullback.rules.table import lookup

Method = Callable[[Frame, ast.Call, Value, list[Value], Keywords], Value]
_AT = {
    np.add: "add_at", np.subtract: "add_at", np.multiply: "mul_at", np.divide: "div_at",
    np.maximum: "max_at", np.minimum: "min_at",
}  # fmt: skip
_MASK = (("m",),)


def bound_arguments(
    frame: Frame, node: ast.AST, title: str, names: str, args: Sequence[Value], keywords: Keywords
) -> dict[str, Value]:
    """Arguments by name; a name with ``?`` may be left out."""
    known = [name.rstrip("?") for name in names.split()]
    found = dict(zip(known, args, strict=False))
    needed = [name for name in names.split() if name[-1] != "?"]
    wrong = len(args) > len(known) or any(k not in known or k in found for k in keywords)
    found |= keywords
    if wrong or any(name not in found for name in needed):
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=title, arguments=", ".join(known))
    return found


def _target(frame: Frame, node: ast.AST, title: str, value: Value) -> Var:
    if not (isinstance(value, Var) and isinstance(value.type, Array)):
        frame.reject(refusals.OUT_IS_NO_ARRAY, node, function=title, value=describe(value))
    return value


def _atom(frame: Frame, node: ast.AST, value: Value) -> Atom:
    return as_atom(frame, subscripts.array_like(frame, node, value), node)


def _positions(frame: Frame, node: ast.AST, value: Value) -> Atom:
    return as_atom(frame, subscripts.positions(frame, node, value), node)


# ---- np.add.at and its like


def _at(function: Any, prim: str) -> Builtin:
    title = f"np.{function.__name__}.at"

    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        given = bound_arguments(frame, node, title, "a indices b", args, keywords)
        x = _target(frame, node, title, given["a"])
        entries, inputs = subscripts.template_of(frame, given["indices"], node)
        v = _atom(frame, node, given["b"])
        demand_castable(frame, node, title, v, x)
        assert isinstance(x.type, Array)
        if x.type.cls == "bool" or (x.type.dtype or "").startswith("uint"):
            frame.reject(refusals.REPEATED_UPDATES, node, function=title, target=describe(x))
        if function is np.subtract:
            v = Const(-v.value) if isinstance(v, Const) else simple_op(frame, node, "neg", v)
        put(frame, node, x, v, (entries,), inputs, prim)
        return NONE

    return handler


for _function, _prim in _AT.items():
    BUILTINS[_function.at] = _at(_function, _prim)


# ---- functions that copy values into places


@builtin(np.copyto)
def copyto(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    given = bound_arguments(frame, node, "np.copyto", "dst src casting? where?", args, keywords)
    x = _target(frame, node, "np.copyto", given["dst"])
    v = _atom(frame, node, given["src"])
    casting = static(frame, node, given["casting"]) if "casting" in given else "same_kind"
    if casting == "same_kind":
        demand_castable(frame, node, "np.copyto", v, x)
    elif casting != "unsafe":
        frame.reject(
            refusals.OPTION_IN_PLACE, node, function="np.copyto", name="casting", value=casting
        )
    where = given.get("where", Const(True))
    if where == Const(True):
        put(frame, node, x, v)
        return NONE
    mask = mask_of(frame, node, where, x)
    put(frame, node, x, as_atom(frame, at_mask(frame, node, v, mask, x), node), _MASK, [mask])
    return NONE


@builtin(np.place)
def place(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """The values in turn at the places of a mask."""
    given = bound_arguments(frame, node, "np.place", "arr mask vals", args, keywords)
    x = _target(frame, node, "np.place", given["arr"])
    mask = mask_of(frame, node, given["mask"], x)
    demand_apart(frame, node, "np.place", [given["vals"]], x)
    count = simple_op(frame, node, "count_nonzero", mask, axis=None, keepdims=False)
    v = in_turn(frame, node, _atom(frame, node, given["vals"]), count)
    put(frame, node, x, v, _MASK, [mask])
    return NONE


@builtin(np.putmask)
def putmask(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """At the places of a mask the values at the same places, repeated if they are fewer."""
    given = bound_arguments(frame, node, "np.putmask", "a mask values", args, keywords)
    x = _target(frame, node, "np.putmask", given["a"])
    mask = mask_of(frame, node, given["mask"], x)
    v = repeated(frame, node, _atom(frame, node, given["values"]), x)
    if shape_of(v):
        v = simple_op(frame, node, "getitem", v, mask, path=_MASK)
    put(frame, node, x, v, _MASK, [mask])
    return NONE


@builtin(np.put)
def put_(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """Values in turn at positions; the last of repeated ones stays."""
    given = bound_arguments(frame, node, "np.put", "a ind v mode?", args, keywords)
    x = _target(frame, node, "np.put", given["a"])
    positions = _positions(frame, node, given["ind"])
    v = _atom(frame, node, given["v"])
    if getattr(positions.type, "cls", "") != "int":
        frame.reject(
            refusals.IN_PLACE_TAKES, node, function="np.put", what="integers",
            value=describe(positions),
        )  # fmt: skip
    if len(shape_of(positions)) > 1:
        positions = simple_op(frame, node, "ravel", positions)
    size = simple_op(frame, node, "size", x)
    write_at(frame, node, x, _in_range(frame, node, given, positions, size), v)
    return NONE


def _in_range(
    frame: Frame, node: ast.AST, given: dict[str, Value], positions: Atom, n: Atom
) -> Atom:
    """Positions as ``mode`` has them."""
    mode = static(frame, node, given["mode"]) if "mode" in given else "raise"
    if mode == "wrap":
        return simple_op(frame, node, "mod", positions, n)
    if mode == "clip":
        last = simple_op(frame, node, "sub", n, Const(1))
        positions = simple_op(frame, node, "minimum", positions, last)
        return simple_op(frame, node, "maximum", positions, Const(0))
    if mode != "raise":
        frame.reject(refusals.OPTION_IN_PLACE, node, function="np.put", name="mode", value=mode)
    if frame.catches(IndexError):
        frame.reject(refusals.HALF_WRITTEN, node)
    return positions


@builtin(np.fill_diagonal)
def fill_diagonal(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    given = bound_arguments(frame, node, "np.fill_diagonal", "a val wrap?", args, keywords)
    x = _target(frame, node, "np.fill_diagonal", given["a"])
    wrap = static(frame, node, given["wrap"]) if "wrap" in given else False
    if len(shape_of(x)) != 2:
        frame.reject(
            refusals.IN_PLACE_TAKES, node, function="np.fill_diagonal", what="matrices",
            value=describe(x),
        )  # fmt: skip
    demand_apart(frame, node, "np.fill_diagonal", [given["val"]], x)
    v = _atom(frame, node, given["val"])
    rows, columns = size_of(frame, x, 0), size_of(frame, x, 1)
    if wrap is not False:  # it begins anew below, with a row left out between
        step = simple_op(frame, node, "add", columns, Const(1))
        size = simple_op(frame, node, "size", x)
        write_at(frame, node, x, simple_op(frame, node, "arange", Const(0), size, step, dtype=None), v)
        return NONE
    n: Atom = rows
    if shape_of(x)[0] != shape_of(x)[1]:
        n = simple_op(frame, node, "min_int", rows, columns)
    if shape_of(v) != shape_of(x)[:1] or n is not rows:
        v = in_turn(frame, node, v, n)
    k = simple_op(frame, node, "arange", n, dtype=None)
    put(frame, node, x, v, (("a", "a"),), [k, k])
    return NONE


@builtin(np.put_along_axis)
def put_along_axis(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """Values at places along an axis, each in the slice in which it stands."""
    given = bound_arguments(frame, node, "np.put_along_axis", "arr indices values axis", args, keywords)
    x = _target(frame, node, "np.put_along_axis", given["arr"])
    places, v = _positions(frame, node, given["indices"]), _atom(frame, node, given["values"])
    axis, ndim = static(frame, node, given["axis"]), len(shape_of(x))
    if not isinstance(axis, int) or len(shape_of(places)) != ndim:
        frame.reject(refusals.PLACES_OF_WRITE, node)
    inputs: list[Atom] = []
    for k in range(ndim):
        steps = simple_op(frame, node, "arange", size_of(frame, x, k), dtype=None)
        new = (index.FULL, *("n",) * (ndim - 1 - k))
        along = simple_op(frame, node, "getitem", steps, path=(new,)) if len(new) > 1 else steps
        inputs.append(places if k == axis % ndim else along)
    put(frame, node, x, v, (("a",) * ndim,), inputs)
    return NONE


# ---- methods


def fill(frame: Frame, node: ast.Call, x: Value, args: list[Value], keywords: Keywords) -> Value:
    given = bound_arguments(frame, node, "fill", "value", args, keywords)
    v = as_atom(frame, given["value"], node)
    if shape_of(v):
        frame.reject(
            refusals.IN_PLACE_TAKES, node, function="fill", what="a number", value=describe(v)
        )
    put(frame, node, _target(frame, node, "fill", x), v)
    return NONE


def _rearranging(function: Any) -> Method:
    """A method that writes to an array what a function makes of it."""

    def handler(
        frame: Frame, node: ast.Call, x: Value, args: list[Value], keywords: Keywords
    ) -> Value:
        row = lookup(function)
        assert row is not None
        target = _target(frame, node, function.__name__, x)
        value = primitives.bind(frame, node, row, [target, *args], keywords)
        assert isinstance(value, Var)
        put(frame, node, target, value)
        return NONE

    return handler


def put_method(
    frame: Frame, node: ast.Call, x: Value, args: list[Value], keywords: Keywords
) -> Value:
    return put_(frame, node, [x, *args], keywords)


def _refused(row: Any, title: str) -> Method:
    def handler(
        frame: Frame, node: ast.Call, x: Value, args: list[Value], keywords: Keywords
    ) -> Value:
        frame.reject(row, node, function=title)

    return handler


IN_PLACE: dict[str, Method] = {
    "fill": fill, "sort": _rearranging(np.sort), "put": put_method,
    "partition": _rearranging(np.partition),
    "resize": _refused(refusals.RESIZED, "resize"),
}  # fmt: skip


# ---- index arrays


@builtin(np.ix_)
def ix(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """Index arrays that select the product of several: each along an axis of its own."""
    axes = [_positions(frame, node, a) for a in args]
    for a in axes:
        if len(shape_of(a)) != 1 or not isinstance(a.type, Array) or a.type.cls != "int":
            frame.reject(
                refusals.IN_PLACE_TAKES, node, function="np.ix_", what="vectors of integers",
                value=describe(a),
            )  # fmt: skip
    found: list[Value] = []
    for k, a in enumerate(axes):
        entries = tuple("n" if j != k else index.FULL for j in range(len(axes)))
        found.append(simple_op(frame, node, "getitem", a, path=(entries,)) if len(axes) > 1 else a)
    return Tup(tuple(found))
