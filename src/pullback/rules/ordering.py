"""Rows that pick elements by integers, and order them.

Where keys are equal, a sorted element is the one that argsort names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import PY_INT, Array, Dim, List, Type, elementwise_type
from pullback.rules.ops import along, dim, index
from pullback.rules.sizes import arranged, array_or_number, axis_of, demand_integers
from pullback.rules.table import Params, composite, inert, special


def _ordered(op: Op, x: Array) -> tuple[Dim, ...]:
    if op.params["axis"] is None:
        raise Unsupported(refusals.NEEDS_AXIS)
    axis_of(op.params["axis"], x.ndim)
    return x.shape


def _argsort(op: Op) -> Sequence[Type]:
    x = op.inputs[0].type
    if not isinstance(x, Array):
        raise Unsupported(refusals.NEEDS_ARRAY)
    return [Array("int", "int64", _ordered(op, x))]


def _partitioned(op: Op) -> Sequence[Type]:
    demand_integers(op.inputs[1].type)
    return arranged(_ordered)(op)


def _argpartition(op: Op) -> Sequence[Type]:
    demand_integers(op.inputs[1].type)
    return _argsort(op)


def _placed(op: Op) -> Sequence[Type]:
    """The places of values in an ordered vector, which searchsorted takes first and digitize last."""
    values, ordered = op.inputs[:2][:: 1 if op.name == "digitize" else -1]
    if not (isinstance(ordered.type, Array) and ordered.type.ndim == 1):
        raise Unsupported(refusals.NEEDS_ARRAY)
    return [array_or_number("int", "int64", values.type)]


def _sort_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """Each cotangent to the place its element came from: the order of the order undoes it."""
    given = {"axis": p["axis"], "kind": p["kind"]}
    order = xs[0].apply("argsort", **given).apply("argsort", axis=p["axis"], kind=None)
    if g.ndim == 1:
        return [index(g, ("a",), order)]
    return [g.apply("take_along_axis", order, axis=p["axis"])]


def _partition_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value | None]:
    """Each cotangent to the place its element came from: that of one of its rank.

    NumPy tells no order for what it gives (``argpartition`` may find another one), so both are sorted.
    """
    axis = p["axis"]
    ranks = xs[0].apply("argsort", axis=axis, kind=None).apply("argsort", axis=axis, kind=None)
    places = y.apply("argsort", axis=axis, kind=None)
    if g.ndim == 1:
        return [index(g, ("a",), index(places, ("a",), ranks)), None]
    by_rank = places.apply("take_along_axis", ranks, axis=axis)
    return [g.apply("take_along_axis", by_rank, axis=axis), None]


def _take_definition(x: Value, places: Value, p: Params) -> Value:
    demand_integers(places.type)
    if p["mode"] not in IN_RANGE:
        raise Unsupported(refusals.MODE_OF_PLACES, mode=p["mode"])
    if p["axis"] is None:
        x, axis = (x if x.ndim == 1 else x.apply("ravel")), 0
    else:
        axis = axis_of(p["axis"], x.ndim)
    places = IN_RANGE[p["mode"]](places, dim(x, axis))
    return index(x, along(axis, "a" if places.ndim else "i"), places)


# What the modes make of places that are out of range.
IN_RANGE: dict[str, Callable[[Value, Value], Value]] = {
    "raise": lambda places, size: places,
    "wrap": lambda places, size: places.apply("mod", size),
    "clip": lambda places, size: places.apply("clip", 0, size - 1),
}


def _take_along_definition(x: Value, places: Value, p: Params) -> Value:
    demand_integers(places.type)
    if p["axis"] is None and places.ndim == 1:
        return index(x.apply("ravel"), ("a",), places)
    if p["axis"] is None or x.ndim != places.ndim:
        raise Unsupported(refusals.PLACES_ALONG_AXIS)
    own = axis_of(p["axis"], x.ndim)
    indices: list[Any] = [
        places if axis == own else _arange_along(x, axis) for axis in range(x.ndim)
    ]
    return index(x, ("a",) * x.ndim, *indices)


def _arange_along(x: Value, axis: int) -> Value:
    """0, 1, 2 .. along one axis, in a shape that broadcasts against ``x``."""
    steps = dim(x, axis).apply("arange")
    if axis == x.ndim - 1:
        return steps
    return index(steps, (("s", False, False, False), *("n",) * (x.ndim - 1 - axis)))


special("sort", np.sort, arranged(_ordered), "x axis=-1 kind=None * stable=None", vjp=_sort_vjp,
        kink="equal keys as argsort orders them")  # fmt: skip
special("partition", np.partition, _partitioned, "x kth axis=-1 kind='introselect'",
        vjp=_partition_vjp, raises=True, kink="equal keys as argsort orders them")  # fmt: skip
inert("argpartition", np.argpartition, _argpartition, "integer output",
      "x kth axis=-1 kind='introselect'", raises=True, methods=("argpartition",))  # fmt: skip
inert("argsort", np.argsort, _argsort, "integer output", "x axis=-1 kind=None * stable=None",
      methods=("argsort",))  # fmt: skip
inert("searchsorted", np.searchsorted, _placed, "integer output", "a v side='left' sorter~", raises=True,
      methods=("searchsorted",))  # fmt: skip
inert("digitize", np.digitize, _placed, "integer output", "x bins right=False", raises=True)


def _lexsort(op: Op) -> Sequence[Type]:
    """The order by the last key, then by those before it; rows of a matrix are keys as well."""
    first = op.inputs[0].type
    if len(op.inputs) == 1 and isinstance(first, Array) and not op.params.get("nested"):
        first = Array(first.cls, first.dtype, first.shape[1:])
    if not isinstance(first, Array):
        raise Unsupported(refusals.NEEDS_ARRAY)
    return [Array("int", "int64", first.shape)]


inert("lexsort", np.lexsort, _lexsort, "integer output", "*keys axis=-1", raises=True)
inert("isin", np.isin, lambda op: [elementwise_type(np.isnan, [op.inputs[0].type])], "boolean output",
      "element test_elements assume_unique=False invert=False", raises=True)  # fmt: skip


def _list_order(op: Op) -> Sequence[Type]:
    return [List(PY_INT)]


inert("list_order", None, _list_order, "integer output")
composite("take", np.take, _take_definition, "x indices axis=None * mode='raise'",
          raises=True, methods=("take",))  # fmt: skip
composite("take_along_axis", np.take_along_axis, _take_along_definition, "x indices axis=-1",
          raises=True)  # fmt: skip
