"""Rows that choose elements, put some between others or leave some out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value, shape_of
from pullback.ir.core import Const, Op
from pullback.ir.types import Array, Type, broadcast_shapes, elementwise_type, fresh_sym
from pullback.rules.ops import along, by_name, dim, index, part, where
from pullback.rules.ordering import IN_RANGE
from pullback.rules.shapes import at_least
from pullback.rules.sizes import axis_of, demand_integers, dims_of, element_of
from pullback.rules.spec import count
from pullback.rules.table import Params, built, composite, inert, special

# ---- between others, and left out


def _line(x: Value, axis: int | None) -> tuple[Value, int]:
    """The array that a function works on, and its axis: without one, all elements in order."""
    if axis is None:
        return (x.apply("ravel") if x.ndim > 1 else at_least("atleast_1d", x)), 0
    return x, axis_of(axis, x.ndim)


def _insert_definition(x: Value, place: Value, v: Value, p: Params) -> Value:
    """What is before the place, the values, and what is behind."""
    place = place.apply("flatnonzero") if place.ndim and _is_bool(place) else place
    demand_integers(place.type)
    x, axis = _line(x, p["axis"])
    if place.ndim > 1 or v.ndim > x.ndim:
        raise Unsupported(refusals.INSERTED)
    v = _with_axes(v, x.ndim)
    if not place.ndim and axis:  # of values for one place the first axis goes along that of the array
        v = v.apply("moveaxis", source=0, destination=axis)
    if place.ndim and shape_of(place.atom) != (1,):
        return _inserted_at_several(x, place, v, axis)
    place = index(place, ("i",), 0) if place.ndim else place
    if x.ndim > 1:
        v = v.apply("broadcast_to", *(dim(v if k == axis else x, k) for k in range(x.ndim)))
    before, behind = part(x, axis, None, place), part(x, axis, place, None)
    return before.apply("concatenate", v, behind, axis=axis)


def _inserted_at_several(x: Value, places: Value, v: Value, axis: int) -> Value:
    """Each place, in order, has moved on by as many as were put in before it."""
    before, count_of_new = dim(x, axis), dim(places, 0)
    places = where(places.apply("lt", 0), places + before, places)
    turns = places.apply("argsort", axis=-1, kind="stable").apply("argsort", axis=-1)
    places = places + turns
    sizes = [before + count_of_new if k == axis else dim(x, k) for k in range(x.ndim)]
    old = sizes[axis].apply("ones", dtype="bool").apply("setitem", False, places, path=(("a",),))
    zeros = sizes[0].apply("zeros", *sizes[1:], dtype=element_of(x.type)[1] or "float64")
    with_new = zeros.apply("setitem", v, places, path=(along(axis, "a"),))
    return with_new.apply("setitem", x, old, path=(along(axis, "m"),))


def _insert(op: Op) -> Sequence[Type]:
    (made,), _ = built(_insert_definition, op)
    assert isinstance(made.type, Array)
    return [Array(*element_of(op.inputs[0].type), made.type.shape)]


def _delete_definition(x: Value, places: Value, p: Params) -> Value:
    """What is not at these places."""
    x, axis = _line(x, p["axis"])
    kept = dim(x, axis).apply("ones", dtype="bool")
    entry = "i" if not places.ndim else "m" if _is_bool(places) else "a"
    if entry == "i" or not _is_bool(places):
        demand_integers(places.type)
    kept = kept.apply("setitem", False, places, path=((entry,),))
    return index(x, along(axis, "m"), kept)


def _is_bool(x: Value) -> bool:
    return getattr(x.type, "cls", "") == "bool"


def _compress_definition(condition: Value, x: Value, p: Params) -> Value:
    x, axis = _line(x, p["axis"])
    if condition.ndim != 1:
        raise Unsupported(refusals.NEEDS_VECTORS)
    return index(x, along(axis, "a"), condition.apply("flatnonzero"))


def _extract_definition(condition: Value, x: Value, p: Params) -> Value:
    flat, _ = _line(x, None)
    return index(flat, ("a",), condition.apply("flatnonzero"))


def _resize_definition(x: Value, *rest: Any) -> Value:
    """The elements over and over, until the shape is full."""
    *shape, _ = rest
    flat, _axis = _line(x, None)
    if not shape:
        return index(flat, ("i",), 0).apply("array")
    total = shape[0]
    for n in shape[1:]:
        total = total * n
    places = total.apply("arange").apply("mod", dim(flat, 0))
    found = index(flat, ("a",), places)
    return found if len(shape) == 1 else found.apply("reshape", *shape)


def _resize(op: Op) -> Sequence[Type]:
    return [Array(*element_of(op.inputs[0].type), dims_of(op.inputs[1:]))]


def _trim_zeros_definition(x: Value, p: Params) -> Value:
    """Without the zeros at its ends."""
    if x.ndim != 1:
        raise Unsupported(refusals.NEEDS_VECTORS)
    there = x.apply("ne", 0)
    first, behind = (_zeros_before(v) for v in (there, there.apply("flip", axis=None)))
    sides = p["trim"].lower()
    return part(x, 0, first if "f" in sides else None, dim(x, 0) - behind if "b" in sides else None)


def _zeros_before(there: Value) -> Value:
    """How many places come before the first one that holds."""
    reached = there.apply("cumsum", axis=0).equals(0)
    return reached.apply("count_nonzero", axis=None, keepdims=False)


# ---- one of several


def _select_definition(*args: Any) -> Value:
    """The choice of the first condition that holds, else the default."""
    *inputs, p = args
    xs, given = by_name(inputs, p)
    n = count(p["condlist"])
    if p["condlist"] is None or p["choicelist"] is None or count(p["choicelist"]) != n:
        raise Unsupported(refusals.CHOICES)
    found: Any = given.get("default", 0)
    for condition, choice in reversed([*zip(xs[:n], xs[n:], strict=True)]):
        found = where(condition, choice, found)
    return _as_array(found)


def _as_array(x: Value) -> Value:
    return x if isinstance(x.type, Array) else x.apply("array")


def _choose_definition(a: Value, *rest: Any) -> Value:
    *choices, p = rest
    demand_integers(a.type)
    if p["choices"] is None:
        raise Unsupported(refusals.CHOICES)
    if p["mode"] not in IN_RANGE:
        raise Unsupported(refusals.MODE_OF_PLACES, mode=p["mode"])
    a = IN_RANGE[p["mode"]](a, Value(a.builder, Const(len(choices))))
    found: Value = choices[-1]
    for k, choice in reversed([*enumerate(choices[:-1])]):
        found = where(a.equals(k), choice, found)
    return found


# ---- blocks, and shapes in common


def _block_definition(*args: Any) -> Value:
    """Rows of columns joined, the innermost lists along the last axis."""
    *xs, p = args
    depth = _depth(p["arrays"])
    ndim = max(depth, *(x.ndim for x in xs))
    rest = iter(xs)

    def joined(nesting: Any, level: int) -> Value:
        if nesting is None:
            return _with_axes(next(rest), ndim)
        first, *others = [joined(part, level + 1) for part in nesting]
        return first.apply("concatenate", *others, axis=ndim - depth + level) if others else first

    return _as_array(joined(p["arrays"], 0))


def _depth(nesting: Any) -> int:
    if nesting is None:
        return 0
    depths = {_depth(part) for part in nesting}
    if len(depths) != 1:
        raise Unsupported(refusals.BLOCKS)
    return 1 + depths.pop()


def _with_axes(x: Value, ndim: int) -> Value:
    x = at_least("atleast_1d", x) if ndim else x
    return index(x, (*("n",) * (ndim - x.ndim), "e")) if ndim > x.ndim else x


def _broadcast_arrays(op: Op) -> Sequence[Type]:
    shape = broadcast_shapes(*map(shape_of, op.inputs))
    return [Array(*element_of(a.type), shape) for a in op.inputs]


def _broadcast_arrays_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    return [bar and bar.unbroadcast(x) for bar, x in zip(g, xs, strict=True)]


# ---- places


def _places(op: Op) -> Sequence[Type]:
    """As many integers along each axis as there are elements that are not zero."""
    t, size = op.inputs[0].type, fresh_sym()
    if not (isinstance(t, Array) and t.ndim):
        raise Unsupported(refusals.NEEDS_ARRAY)
    match op.name:
        case "nonzero":
            return [Array("int", "int64", (size,))] * t.ndim
        case "argwhere":
            return [Array("int", "int64", (size, t.ndim))]
    return [Array("int", "int64", (size,))]


def _pairs_of_places(op: Op) -> Sequence[Type]:
    return [Array("int", "int64", (fresh_sym(),))] * op.params.get("ndim", 2)


composite("insert", np.insert, _insert_definition, "x|arr obj v|values axis=None", infer=_insert,
          raises=True)  # fmt: skip
composite("delete", np.delete, _delete_definition, "x|arr obj axis=None", raises=True)
composite("compress", np.compress, _compress_definition, "condition x|a axis=None", raises=True)
composite("extract", np.extract, _extract_definition, "condition x|arr", raises=True)
composite("resize", np.resize, _resize_definition, "x|a new_shape...", infer=_resize, raises=True)
composite("trim_zeros", np.trim_zeros, _trim_zeros_definition, "x|filt trim='fb'", raises=False,
          views=(0,))  # fmt: skip
composite("np.select", np.select, _select_definition, "condlist[*] choicelist[*] default~", raises=True,
          path="np.select")  # fmt: skip
composite("np.choose", np.choose, _choose_definition, "a choices[*] * mode='raise'", raises=True,
          path="np.choose", methods=("choose",))  # fmt: skip
composite("block", np.block, _block_definition, "arrays[*]", raises=True)
special("broadcast_arrays", np.broadcast_arrays, _broadcast_arrays, "**xs", vjp=_broadcast_arrays_vjp,
        raises=True, several=tuple, views=lambda op: tuple(range(len(op.inputs))))  # fmt: skip
PLACES = "integer output"
inert("nonzero", np.nonzero, _places, PLACES, "x", methods=("nonzero",), several=tuple)
for _name in ("argwhere", "flatnonzero"):
    inert(_name, getattr(np, _name), _places, PLACES, "x")
def _place_of(op: Op) -> Sequence[Type]:
    """Integers in the shape of those that are given: one for all axes, or one for each."""
    if op.name == "unravel_index":
        count_of_axes = len(op.inputs) - 1
        return [elementwise_type(np.abs, [op.inputs[0].type])] * count_of_axes
    nesting, rest = op.params["multi_index"], iter(op.inputs)
    types: list[Type] = []
    for along_axis in nesting if isinstance(nesting, tuple | list) else [None]:
        first, *_ = (next(rest).type for _ in range(count(along_axis)))
        types.append(first if along_axis is None else Array("int", "int64", (len(along_axis),)))
    return [elementwise_type(_whole_sum, types)]


def _whole_sum(*xs: Any) -> Any:
    found = sum(xs)
    return np.int64(found) if np.ndim(found) == 0 else np.asarray(found, dtype=np.int64)


inert("unravel_index", np.unravel_index, _place_of, PLACES, "indices shape... order='C'", raises=True,
      several=tuple)  # fmt: skip
inert("ravel_multi_index", np.ravel_multi_index, _place_of, PLACES,
      "multi_index[*] dims[] mode='raise' order='C'", raises=True)  # fmt: skip
for _name in ("tril_indices", "triu_indices"):
    inert(_name, getattr(np, _name), _pairs_of_places, PLACES, "n k=0 m~", raises=True, several=tuple)
    _name += "_from"
    inert(_name, getattr(np, _name), _pairs_of_places, PLACES, "x k=0", raises=True, several=tuple)
inert("diag_indices", np.diag_indices, _pairs_of_places, PLACES, "n ndim=2", raises=True, several=tuple)
