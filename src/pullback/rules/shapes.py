"""Rows that arrange elements or make arrays: reshaping, joining, creating, copying."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.ir.build import Value
from pullback.ir.core import Atom, Const, Op
from pullback.ir.types import (
    Array,
    Dim,
    List,
    Scalar,
    Type,
    broadcast_may_raise,
    broadcast_shapes,
    class_of,
    elementwise_type,
    fresh_sym,
)
from pullback.rules.ops import dim, index, sum_, transpose
from pullback.rules.reductions import reduced_shape
from pullback.rules.table import Params, composite, inert, linear

FULL = ("s", False, False, False)


def dims_of(atoms: Sequence[Atom]) -> tuple[Dim, ...]:
    """The shape that integer atoms spell: constants fix a size, all else is a new symbol."""
    return tuple(
        a.value if isinstance(a, Const) and a.value >= 0 else fresh_sym() for a in atoms
    )


def _element(t: Type) -> tuple[str, str | None]:
    """Class and dtype of the elements that a value has, or gives to an array."""
    if isinstance(t, Array):
        return t.cls, t.dtype
    if isinstance(t, List) and t.elem is not None:
        return _element(t.elem)
    found = elementwise_type(np.positive, [t])
    assert isinstance(found, Scalar)
    return found.cls, found.dtype


def _reshape(op: Op) -> Sequence[Type]:
    return [Array(*_element(op.inputs[0].type), dims_of(op.inputs[1:]))]


def _permuted(op: Op) -> Sequence[Type]:
    x = op.inputs[0].type
    if not isinstance(x, Array):
        raise TypeError("transpose needs an array")
    return [Array(x.cls, x.dtype, tuple(x.shape[k] for k in axes_of(x.ndim, op.params)))]


def axes_of(ndim: int, p: Params) -> tuple[int, ...]:
    axes = p.get("axes")
    return tuple(k % ndim for k in axes) if axes is not None else tuple(range(ndim))[::-1]


def _transpose_transpose(g: Value, x: Value, p: Params) -> Value:
    if p.get("axes") is None:
        return transpose(g)
    return transpose(g, tuple(int(k) for k in np.argsort(axes_of(x.ndim, p))))


def _joined(op: Op) -> Sequence[Type]:
    """The elements of all inputs in one dtype."""
    return [_concatenated(op)]


def _concatenated(op: Op) -> Type:
    if isinstance(op.inputs[0].type, List):
        cls, dtype = _element(op.inputs[0].type)
        elem = op.inputs[0].type.elem
        shape = elem.shape if isinstance(elem, Array) else ()
    else:
        cls, dtype, shape = _common(op.inputs)
    axis = op.params["axis"] % len(shape)
    return Array(cls, dtype, (*shape[:axis], fresh_sym(), *shape[axis + 1 :]))


def _common(atoms: Sequence[Atom]) -> tuple[str, str | None, tuple[Dim, ...]]:
    """Class, dtype and shape (sizes of the first) of arrays that are joined."""
    element = elementwise_type(lambda *xs: np.concatenate([np.ravel(x) for x in xs]), [
        Array(*_element(a.type), (1,)) for a in atoms
    ])  # fmt: skip
    assert isinstance(element, Array)
    first = atoms[0].type
    return element.cls, element.dtype, first.shape if isinstance(first, Array) else ()


def _stacked(op: Op) -> Sequence[Type]:
    first = op.inputs[0].type
    size: Dim
    if isinstance(first, List):
        (cls, dtype), size = _element(first), fresh_sym()
        shape = first.elem.shape if isinstance(first.elem, Array) else ()
    else:
        (cls, dtype, shape), size = _common(op.inputs), len(op.inputs)
    axis = op.params.get("axis", 0) % (len(shape) + 1)
    return [Array(cls, dtype, (*shape[:axis], size, *shape[axis:]))]


def _concatenate_transpose(g: Value, *inputs_and_p: Any) -> list[Value]:
    """The part of the cotangent that each input gave rise to."""
    *xs, p = inputs_and_p
    if isinstance(xs[0].type, List):
        return [g.apply("split_like", xs[0], axis=p["axis"])]
    axis = p["axis"] % g.ndim
    parts, start = [], None
    for k, x in enumerate(xs):
        size = dim(x, axis)
        stop = size if start is None else start + size
        given = [v for v in (start, None if k == len(xs) - 1 else stop) if v is not None]
        entry = ("s", start is not None, k < len(xs) - 1, False)
        parts.append(index(g, (*(FULL,) * axis, entry), *given))
        start = stop
    return parts


def _stack_transpose(g: Value, *inputs_and_p: Any) -> list[Value]:
    *xs, p = inputs_and_p
    axis = p.get("axis", 0) % g.ndim
    if isinstance(xs[0].type, List):
        return [g.apply("unstack", axis=axis)]
    return [index(g, (*(FULL,) * axis, "i"), k) for k in range(len(xs))]


def _unstack(op: Op) -> Sequence[Type]:
    x, axis = op.inputs[0].type, op.params["axis"]
    assert isinstance(x, Array)
    rest = (*x.shape[:axis], *x.shape[axis + 1 :])
    return [List(Array(x.cls, x.dtype, rest) if rest else Scalar(x.cls, "np", x.dtype))]


def _created(default: str) -> Callable[[Op], Sequence[Type]]:
    def infer(op: Op) -> Sequence[Type]:
        dtype = op.params.get("dtype") or default
        return [Array(class_of(dtype) or "float", dtype, dims_of(op.inputs))]

    return infer


def _created_like(op: Op) -> Sequence[Type]:
    x = op.inputs[0].type
    cls, known = _element(x)
    dtype = op.params.get("dtype") or known
    shape = x.shape if isinstance(x, Array) else ()
    return [Array(class_of(dtype) or cls if dtype else cls, dtype, shape)]


def _arange(op: Op) -> Sequence[Type]:
    element = elementwise_type(lambda *xs: np.arange(*xs), [a.type for a in op.inputs])
    assert isinstance(element, Array)
    return [Array(element.cls, element.dtype, (fresh_sym(),))]


def _array(op: Op) -> Sequence[Type]:
    """np.array of a number, an array, or a sequence of either."""
    if op.params.get("nested"):
        return _stacked(op)
    x = op.inputs[0].type
    if isinstance(x, List):
        return _stacked(op)
    return [Array(*_element(x), x.shape if isinstance(x, Array) else ())]


def _array_transpose(g: Value, *inputs_and_p: Any) -> list[Any]:
    *xs, p = inputs_and_p
    if p.get("nested") or isinstance(xs[0].type, List):
        return _stack_transpose(g, *xs, {"axis": 0})
    return [g.reshape_like(xs[0])]


def _ravelled(op: Op) -> Sequence[Type]:
    return [Array(*_element(op.inputs[0].type), (fresh_sym(),))]


def _broadcast(op: Op) -> Sequence[Type]:
    return [Array(*_element(op.inputs[0].type), dims_of(op.inputs[1:]))]


def _broadcast_raises(op: Op) -> bool:
    x = op.inputs[0].type
    return isinstance(x, Array) and broadcast_may_raise(x.shape, dims_of(op.inputs[1:]))


linear("reshape", np.reshape, _reshape, [lambda g, x, *d, p=None: g.reshape_like(x)], "x shape...",
       raises=True, views=(0,), methods=("reshape",))  # fmt: skip
linear("ravel", np.ravel, _ravelled, [lambda g, x, p: g.reshape_like(x)], "x", views=(0,),
       methods=("ravel",))  # fmt: skip
linear("transpose", np.transpose, _permuted, [_transpose_transpose], "x axes=None", views=(0,),
       methods=("transpose",), functions=(np.permute_dims,))  # fmt: skip
linear("broadcast_to", np.broadcast_to, _broadcast, [lambda g, x, *d: g.unbroadcast(x)],
       "x shape...", raises=_broadcast_raises, views=(0,))  # fmt: skip
linear("concatenate", np.concatenate, _joined, [_concatenate_transpose], "*xs axis=0", raises=True,
       linear_in=())  # fmt: skip
linear("stack", np.stack, _stacked, [_stack_transpose], "*xs axis=0", raises=True, linear_in=())
linear("array", np.array, _array, [_array_transpose], "*xs", raises=True, linear_in=())
linear("unstack", None, _unstack, [lambda g, x, p: g.apply("stack", axis=p["axis"])], "x")
linear("split_like", None, lambda op: [op.inputs[1].type],
       [lambda g, x, like, p: g.apply("concatenate", axis=p["axis"])], "x like")  # fmt: skip
linear("copy", np.copy, None, [lambda g, x, p: g], "x", methods=("copy",),
       functions=(np.copy,))

# what only the engine builds: shapes taken from another value
linear("broadcast_like", None, None, [lambda g, x, like, p: g.unbroadcast(x)], "x like")
linear("unbroadcast", None, None, [lambda g, x, like, p: g.broadcast_like(x)], "x like")
linear("reshape_like", None, None, [lambda g, x, like, p: g.reshape_like(x)], "x like")
linear("cast", None, None, [lambda g, x, p: g], "x")
linear("cast_like", None, None, [lambda g, x, like, p: g], "x like")

CONSTANT = "does not depend on any value"
inert("zeros", np.zeros, _created("float64"), CONSTANT, "shape... dtype=None", raises=True)
inert("ones", np.ones, _created("float64"), CONSTANT, "shape... dtype=None", raises=True)
inert("empty", np.empty, _created("float64"), CONSTANT, "shape... dtype=None", raises=True)
for _name in ("ones_like", "empty_like"):
    inert(_name, getattr(np, _name), _created_like, CONSTANT, "x dtype=None", shape_only=(0,))
inert("zeros_like", None, None, CONSTANT, "x", functions=(np.zeros_like,))
inert("zeros_tree", None, None, CONSTANT)
inert("arange", np.arange, _arange, "its ends are steps", "a b? c?", raises=True, steps_only=False)
inert("dim", None, None, "integer output")
inert("size", np.size, None, "integer output", "x", methods=())

__all__ = ["axes_of", "broadcast_shapes", "composite", "dims_of", "reduced_shape", "sum_"]
