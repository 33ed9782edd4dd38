"""Rows that make arrays: of constants, of one number, of ranges and grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Const, Op
from pullback.ir.sizes import counted
from pullback.ir.types import Array, Dim, Type, broadcast_shapes, class_of, elementwise_type, fresh_sym
from pullback.rules.ops import FULL, by_name, index, power, sqrt, sum_
from pullback.rules.sizes import axis_of, class_made, dims_of, element_of
from pullback.rules.table import Params, composite, inert, special

CONSTANT = "does not depend on any value"


def _created(op: Op) -> Sequence[Type]:
    return [Array(*_of_dtype(op, "float", "float64"), dims_of(op.inputs))]


def _created_like(op: Op) -> Sequence[Type]:
    x = op.inputs[0].type
    return [Array(*_of_dtype(op, *element_of(x)), x.shape if isinstance(x, Array) else ())]


def _arange(op: Op) -> Sequence[Type]:
    element = elementwise_type(lambda *xs: np.arange(*xs), [a.type for a in op.inputs])
    assert isinstance(element, Array)
    return [Array(*_of_dtype(op, element.cls, element.dtype), (counted(a.size for a in op.inputs),))]


def _of_dtype(op: Op, cls: str, known: str | None) -> tuple[str, str | None]:
    """Class and dtype of the elements, where the call may ask for others."""
    dtype = op.params.get("dtype")
    return (class_of(dtype) or cls, dtype) if dtype else (cls, known)


def _eye(op: Op) -> Sequence[Type]:
    sizes = dims_of(op.inputs)
    return [Array(*_of_dtype(op, "float", "float64"), (sizes[0], sizes[-1]))]


def _arange_jvp(xs: list[Value], ts: list[Any], y: Value, p: Params) -> Value:
    """From a start in steps; the end decides how many there are."""
    if len(xs) == 1:
        return y.builder.wrap(y.builder.zeros(y.atom))
    parts = [ts[0].broadcast_like(y)] if ts[0] is not None else []
    if len(xs) > 2 and ts[2] is not None:
        parts.append(y.apply("size").apply("arange") * ts[2])
    return sum(parts[1:], start=parts[0]) if parts else y.builder.wrap(y.builder.zeros(y.atom))


def _tri(op: Op) -> Sequence[Type]:
    sizes = dims_of(op.inputs)
    return [Array(*_of_dtype(op, "float", "float64"), (sizes[0], sizes[-1]))]


def _indices(op: Op) -> Sequence[Type]:
    sizes = dims_of(op.inputs)
    return [Array(*_of_dtype(op, "int", "int64"), (len(sizes), *sizes))]


def _window(op: Op) -> Sequence[Type]:
    return [Array("float", "float64", (fresh_sym(),))]


def _kaiser_definition(count: Value, beta: Value, p: Params) -> Value:
    """The Bessel function of a half circle over its largest value (Kaiser, 1974)."""
    half = (count - 1) / 2.0
    share = (count.apply("arange") - half) / half.apply("maximum", 0.5)  # of one point 0
    return (beta * sqrt(1 - share * share)).apply("i0") / beta.apply("i0")


def _full(op: Op) -> Sequence[Type]:
    *sizes, value = op.inputs
    cls, known = element_of(value.type)
    made = class_made(cls, op.params.get("dtype"))
    return [Array(made, op.params.get("dtype") or known, dims_of(sizes))]


def _full_like(op: Op) -> Sequence[Type]:
    (made,) = _created_like(op)
    class_made(element_of(op.inputs[1].type)[0], getattr(made, "dtype", None))
    return [made]


def _full_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Any]:
    return [*[None] * (len(xs) - 1), g.unbroadcast(xs[-1])]


def _linspace(op: Op) -> Sequence[Type]:
    start, stop, *num = op.inputs
    ends = [start.type, stop.type]
    element = elementwise_type(_ONE_OF[op.name], ends)
    assert isinstance(element, Array)
    shapes = [t.shape if isinstance(t, Array) else () for t in ends]
    points = broadcast_shapes(*shapes)
    axis = axis_of(op.params["axis"], len(points) + 1)
    shape = (*points[:axis], *dims_of(num or [Const(50)]), *points[axis:])
    return [Array(*_of_dtype(op, element.cls, element.dtype), shape)]


_ONE_OF = {
    "linspace": lambda a, b: np.linspace(a, b, 1), "geomspace": lambda a, b: np.geomspace(a, b, 1)
}  # fmt: skip


def _between(xs: list[Value], ts: Sequence[Value], y: Value, p: Params) -> tuple[Value, list[Value]]:
    """How near the second end is, from 0 to 1, and values at both ends, to broadcast to the points."""
    zero = Value(xs[0].builder, Const(0.0))
    weights = zero.apply("linspace", 1.0, *xs[2:], endpoint=p["endpoint"], dtype=None, axis=0)
    behind = y.ndim - 1 - p["axis"] % y.ndim
    if behind:
        weights = index(weights, (FULL, *("n",) * behind))
    return weights, [_with_axis(t, behind) for t in ts[:2]]


def _with_axis(t: Value, behind: int) -> Value:
    """With an axis more, before so many."""
    if not t.ndim or t.ndim < behind:
        return t
    return index(t, (*(FULL,) * (t.ndim - behind), "n", *(FULL,) * behind))


def _linspace_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """Both ends weighed by how near they are."""
    weights, (first, last) = _between(xs, ts, y, p)
    return (1 - weights) * first + weights * last


def _logspace_definition(start: Value, stop: Value, *rest: Any) -> Value:
    """A base to powers that are evenly spaced."""
    *inputs, p = rest
    num, given = by_name(inputs, p)
    powers = start.apply("linspace", stop, *num, endpoint=p["endpoint"], dtype=None, axis=p["axis"])
    base = given.get("base", Value(start.builder, Const(10.0)))
    if base.ndim:
        raise Unsupported(refusals.NEEDS_NUMBER)
    return power(base, powers)


def _geomspace_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """Both ends in the measure of the logarithm, weighed by how near they are."""
    weights, (first, last) = _between(xs, [ts[0] / xs[0], ts[1] / xs[1]], y, p)
    return y * ((1 - weights) * first + weights * last)


def _axes_of_grid(p: Params, count: int) -> list[int]:
    """Which axis of the grid each vector runs along."""
    axes = list(range(count))
    if p["indexing"] == "xy":
        axes[:2] = axes[:2][::-1]
    return axes


def _meshgrid(op: Op) -> Sequence[Type]:
    types = [a.type for a in op.inputs]
    if not all(isinstance(t, Array) and t.ndim == 1 for t in types):
        raise Unsupported(refusals.NEEDS_VECTORS)
    axes = _axes_of_grid(op.params, len(types))
    whole: list[Dim] = [1] * len(types)
    for t, axis in zip(types, axes, strict=True):
        whole[axis] = t.shape[0]  # type: ignore[union-attr]
    sparse = op.params["sparse"]
    shapes = [[n if k == axis or not sparse else 1 for k, n in enumerate(whole)] for axis in axes]
    return [Array(*element_of(t), tuple(s)) for t, s in zip(types, shapes, strict=True)]


def _meshgrid_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """Of each grid the sums along all axes but that of its vector."""
    parts: list[Value | None] = []
    for bar, axis in zip(g, _axes_of_grid(p, len(xs)), strict=True):
        others = tuple(k for k in range(len(xs)) if k != axis)
        given = others[0] if len(others) == 1 else others
        parts.append(bar if bar is None or not others else sum_(bar, given))
    return parts


for _name in ("zeros", "ones", "empty"):
    inert(_name, getattr(np, _name), _created, CONSTANT, "shape... dtype=None", raises=True)
for _name in ("ones_like", "empty_like"):
    inert(_name, getattr(np, _name), _created_like, CONSTANT, "x dtype=None", shape_only=(0,))
inert("zeros_made", np.zeros_like, _created_like, CONSTANT, "x dtype=None", shape_only=(0,), raises=True,
      path="np.zeros_like")  # fmt: skip
inert("zeros_like", None, None, CONSTANT)
inert("zeros_tree", None, None, CONSTANT)
inert("eye", np.eye, _eye, CONSTANT, "N M? k=0 dtype=None", raises=True)
inert("identity", np.identity, _eye, CONSTANT, "n dtype=None", raises=True)
special("arange", np.arange, _arange, "a b? c? dtype=None", jvp=_arange_jvp, raises=True,
        kink="0 in the end")  # fmt: skip
inert("tri", np.tri, _tri, CONSTANT, "N M? k=0 dtype=None", raises=True)
inert("indices", np.indices, _indices, CONSTANT, "dimensions[] dtype=None", raises=True)
for _name in ("bartlett", "blackman", "hamming", "hanning"):
    inert(_name, getattr(np, _name), _window, CONSTANT, "M", raises=True)
composite("kaiser", np.kaiser, _kaiser_definition, "M beta", infer=_window, raises=True)
special("full", np.full, _full, "shape[] fill_value dtype=None", vjp=_full_vjp, raises=True)
special("full_like", np.full_like, _full_like, "x fill_value dtype=None", vjp=_full_vjp,
        shape_only=(0,), raises=True)  # fmt: skip
special("linspace", np.linspace, _linspace,
        "start stop num? endpoint=True retstep=False dtype=None axis=0", jvp=_linspace_jvp,
        raises=True)  # fmt: skip
composite("logspace", np.logspace, _logspace_definition,
          "start stop num? endpoint=True base~ dtype=None axis=0", raises=True,
          hint="write base ** np.linspace(start, stop, num)")  # fmt: skip
special("geomspace", np.geomspace, _linspace, "start stop num? endpoint=True dtype=None axis=0",
        jvp=_geomspace_jvp, raises=True)  # fmt: skip
special("meshgrid", np.meshgrid, _meshgrid, "**xs indexing='xy' sparse=False copy=True",
        vjp=_meshgrid_vjp, several=tuple)  # fmt: skip
