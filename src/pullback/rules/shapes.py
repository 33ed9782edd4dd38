"""Rows that arrange the elements of one array: shapes, orders of axes and of elements, copies, kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir import sizes
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.prims import elementwise_infer
from pullback.ir.types import Array, Dim, Scalar, Type, broadcast_may_raise, class_of, is_many
from pullback.rules.ops import FULL, axis_moved, index, transpose
from pullback.rules.sizes import arranged, axes_given, axis_of, class_made, dims_of, element_of
from pullback.rules.table import Params, composite, inert, linear


def permutation(op: Op, ndim: int) -> tuple[int, ...]:
    """Where each axis of the result comes from."""
    p = op.params
    match op.name:
        case "transpose":
            return axes_of(ndim, p)
        case "swapaxes":
            order = list(range(ndim))
            i, j = (axis_of(p[name], ndim) for name in ("axis1", "axis2"))
            order[i], order[j] = j, i
            return tuple(order)
        case "matrix_transpose":
            return (*range(ndim - 2), ndim - 1, ndim - 2)
        case "rollaxis":
            axis, place = _rolled(p, ndim)
            others = [k for k in range(ndim) if k != axis]
            return (*others[:place], axis, *others[place:])
    sources, targets = (axes_given(p[name], ndim) for name in ("source", "destination"))
    rest = iter(k for k in range(ndim) if k not in sources)
    moved = dict(zip(targets, sources, strict=True))
    return tuple(moved[k] if k in moved else next(rest, -1) for k in range(ndim))


def axes_of(ndim: int, p: Params) -> tuple[int, ...]:
    axes = p.get("axes")
    return axes_given(axes, ndim) if axes is not None else tuple(range(ndim))[::-1]


def _rolled(p: Params, ndim: int) -> tuple[int, int]:
    """The axis that np.rollaxis moves before another one, and its place then."""
    axis, start = axis_of(p["axis"], ndim), p["start"]
    before = ndim if start == ndim else axis_of(start, ndim)
    return axis, before - (axis < before)


def turned_by(op: Op, ndim: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The order of axes of np.rot90, and the axes of that which are turned round."""
    first, second = axes_given(op.params["axes"], ndim)
    if ndim < 2 or first == second:
        raise Unsupported(refusals.NEEDS_MATRICES if ndim < 2 else refusals.AXIS_TWICE)
    order = list(range(ndim))
    quarters = op.params["k"] % 4
    if quarters % 2:
        order[first], order[second] = second, first
    return tuple(order), ((), (first,), (first, second), (second,))[quarters]


def _turned(op: Op, x: Array) -> tuple[Dim, ...]:
    order, _ = turned_by(op, x.ndim)
    return tuple(x.shape[k] for k in order)


def _permuted(op: Op, x: Array) -> tuple[Dim, ...]:
    order = permutation(op, x.ndim)
    if sorted(order) != list(range(x.ndim)):
        raise Unsupported(refusals.NO_ORDER_OF_AXES, count=x.ndim)
    return tuple(x.shape[k] for k in order)


def _transpose_transpose(g: Value, x: Value, p: Params) -> Value:
    if p.get("axes") is None:
        return transpose(g)
    return transpose(g, tuple(int(k) for k in np.argsort(axes_of(x.ndim, p))))


def _rolled_back_axis(g: Value, x: Value, p: Params) -> Value:
    axis, place = _rolled(p, x.ndim)
    return axis_moved(g, place, axis)


def _moved_back(g: Value, x: Value, p: Params) -> Value:
    return g.apply("moveaxis", source=p["destination"], destination=p["source"])


def squeezed_axes(op: Op, x: Array) -> tuple[int, ...]:
    """The axes that go."""
    axis = op.params["axis"]
    if axis is not None:
        return axes_given(axis, x.ndim)
    if not all(n == 1 or is_many(n) for n in x.shape):
        raise Unsupported(refusals.SQUEEZED_AXES)
    return tuple(k for k, n in enumerate(x.shape) if n == 1)


def _squeezed(op: Op, x: Array) -> tuple[Dim, ...]:
    gone = squeezed_axes(op, x)
    return tuple(n for k, n in enumerate(x.shape) if k not in gone)


def _expanded(op: Op, x: Array) -> tuple[Dim, ...]:
    axis = op.params["axis"]
    new = axes_given(axis, x.ndim + (len(axis) if isinstance(axis, tuple) else 1))
    if len(set(new)) < len(new):
        raise Unsupported(refusals.AXIS_TWICE)
    rest = iter(x.shape)
    return tuple(1 if k in new else next(rest) for k in range(x.ndim + len(new)))


def _flat(op: Op, x: Array) -> tuple[Dim, ...]:
    return (sizes.dim_of(sizes.product_of(x.shape)),)


def _broadcast_raises(op: Op) -> bool:
    x = op.inputs[0].type
    return isinstance(x, Array) and broadcast_may_raise(x.shape, dims_of(op.inputs[1:]))


def _rolled_back(g: Value, x: Value, *rest: Any) -> Value:
    *shifts, p = rest
    return g.apply("roll", *(-s for s in shifts), **p)


def _astype(op: Op) -> Sequence[Type]:
    x, dtype = op.inputs[0].type, op.params["dtype"]
    cls = class_of(dtype)
    if cls is None:
        raise Unsupported(refusals.ASTYPE_DTYPE)
    cls = class_made(getattr(x, "cls", cls), dtype)
    return [Array(cls, dtype, x.shape) if isinstance(x, Array) else Scalar(cls, "np", dtype)]


def same_array(op: Op) -> tuple[int, ...]:
    """NumPy's types of numbers give an array that is of their dtype back as it is."""
    x, y = op.inputs[0].type, op.out.type
    arrays = isinstance(x, Array) and isinstance(y, Array)
    return (0,) if arrays and x.dtype in (None, y.dtype) else ()  # type: ignore[union-attr]


_NEW_AXES: dict[str, tuple[tuple[Any, ...], ...]] = {
    "atleast_1d": (("n",),),
    "atleast_2d": (("n", "n"), ("n", FULL)),
    "atleast_3d": (("n", "n", "n"), ("n", FULL, "n"), (FULL, FULL, "n")),
}


def at_least(name: str, x: Value) -> Value:
    """An array of so many dimensions or more, as the function of this name gives it."""
    if not isinstance(x.type, Array):
        x = x.apply("array", nested=True)
    new = _NEW_AXES[name]
    return index(x, new[x.ndim]) if x.ndim < len(new) else x


def _item(op: Op) -> Sequence[Type]:
    return [Scalar(element_of(op.inputs[0].type)[0])]


def _same(g: Value, x: Value, p: Params) -> Value:
    return g


def _reshaped_like(g: Value, x: Value, *rest: Any) -> Value:
    return g.reshape_like(x)


def _flipped(g: Value, x: Value, p: Params) -> Value:
    return g.apply("flip", **{k: v for k, v in p.items() if k != "spelling"})


linear("reshape", np.reshape, arranged(lambda op, x: dims_of(op.inputs[1:], x)), [_reshaped_like],
       "x shape... order='C' * copy=None", raises=True, views=(0,), methods=("reshape",))  # fmt: skip
linear("ravel", np.ravel, arranged(_flat), [_reshaped_like], "x order='C'", views=(0,),
       methods=("ravel",))  # fmt: skip
linear("flatten", None, arranged(_flat), [_reshaped_like], "x order='C'", methods=("flatten",))
linear("squeeze", np.squeeze, arranged(_squeezed), [_reshaped_like], "x axis=None", raises=True,
       views=(0,), methods=("squeeze",))  # fmt: skip
linear("expand_dims", np.expand_dims, arranged(_expanded), [_reshaped_like], "x axis=", views=(0,))
linear("transpose", np.transpose, arranged(_permuted), [_transpose_transpose], "x axes=None",
       views=(0,), cheap=True, methods=("transpose",), functions=(np.permute_dims,))  # fmt: skip
linear("swapaxes", np.swapaxes, arranged(_permuted),
       [lambda g, x, p: g.apply("swapaxes", axis1=p["axis1"], axis2=p["axis2"])],
       "x axis1= axis2=", views=(0,), cheap=True, methods=("swapaxes",))  # fmt: skip
linear("moveaxis", np.moveaxis, arranged(_permuted), [_moved_back], "x source= destination=",
       views=(0,))  # fmt: skip
linear("rollaxis", np.rollaxis, arranged(_permuted), [_rolled_back_axis], "x axis= start=0",
       views=(0,))  # fmt: skip
linear("matrix_transpose", np.matrix_transpose, arranged(_permuted),
       [lambda g, x, p: g.apply("matrix_transpose")], "x", views=(0,), cheap=True,
       functions=(np.linalg.matrix_transpose,))  # fmt: skip
linear("rot90", np.rot90, arranged(_turned),
       [lambda g, x, p: g.apply("rot90", k=-p["k"], axes=p["axes"])], "x k=1 axes=(0,1)",
       views=(0,))  # fmt: skip
for _name in _NEW_AXES:
    composite(_name, getattr(np, _name), lambda x, p, name=_name: at_least(name, x), "**xs",
              raises=False, views=(0,), hint="call it of each array")  # fmt: skip
linear("broadcast_to", np.broadcast_to, arranged(lambda op, x: dims_of(op.inputs[1:])),
       [lambda g, x, *d: g.unbroadcast(x)], "x shape...", raises=_broadcast_raises,
       views=(0,))  # fmt: skip
linear("flip", np.flip, arranged(lambda op, x: x.shape), [_flipped], "x axis=None", views=(0,),
       raises=True)  # fmt: skip
for _name in ("flipud", "fliplr"):
    linear(_name, getattr(np, _name), arranged(lambda op, x: x.shape),
           [lambda g, x, p, name=_name: g.apply(name)], "x", views=(0,), raises=True)  # fmt: skip
linear("roll", np.roll, arranged(lambda op, x: x.shape), [_rolled_back], "x shift[] axis=None",
       raises=True)  # fmt: skip
linear("copy", np.copy, None, [_same], "x", methods=("copy",), functions=(np.copy,))

for _name in ("ascontiguousarray", "asfortranarray"):
    linear(_name, getattr(np, _name),
           arranged(lambda op, x: x.shape or (1,) * (op.name == "ascontiguousarray")), [_reshaped_like],
           "x", views=(0,))  # fmt: skip

# kinds of numbers: contributions to adjoints are cast by the engine
linear("astype", None, _astype, [_same], "x dtype= * copy=True", methods=("astype",))
linear("item", None, _item, [lambda g, x, p: g.broadcast_like(x)], "x", raises=True,
       methods=("item",))  # fmt: skip
for _name in ("float64", "float32", "complex128", "complex64"):
    linear(f"np.{_name}", getattr(np, _name), elementwise_infer(getattr(np, _name)), [_same], "x",
           path=f"np.{_name}", views=same_array)  # fmt: skip
for _name in ("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool_"):
    inert(f"np.{_name}", getattr(np, _name), elementwise_infer(getattr(np, _name)),
          "piecewise constant", "x", path=f"np.{_name}", raises=True)  # fmt: skip

# what only the engine builds: shapes taken from another value
linear("broadcast_like", None, None, [lambda g, x, like, p: g.unbroadcast(x)], "x like")
linear("unbroadcast", None, None, [lambda g, x, like, p: g.broadcast_like(x)], "x like")
linear("reshape_like", None, None, [lambda g, x, like, p: g.reshape_like(x)], "x like")
linear("cast", None, None, [_same], "x")
linear("cast_like", None, None, [lambda g, x, like, p: g], "x like")
inert("dim", None, None, "integer output")
inert("is_view", None, None, "boolean output")
inert("size", np.size, None, "integer output", "x", methods=())
