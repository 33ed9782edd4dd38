"""Rows of products: matmul, dot and outer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Dim, Scalar, Type, broadcast_shapes, elementwise_type
from pullback.rules.ops import index, matmul, outer, swap_last, transpose
from pullback.rules.table import Params, linear

FULL = ("s", False, False, False)


def _element(op: Op) -> tuple[str, str | None]:
    found = elementwise_type(np.multiply, [a.type for a in op.inputs])
    assert isinstance(found, Scalar | Array)
    return found.cls, found.dtype


def _contracted(op: Op) -> Sequence[Type]:
    a, b = (x.type for x in op.inputs)
    if not (isinstance(a, Array) and isinstance(b, Array) and a.ndim and b.ndim):
        raise TypeError("matmul needs arrays of one dimension or more")
    return [_product_type(op, a, b)]


def _product_type(op: Op, a: Array, b: Array) -> Type:
    cls, dtype = _element(op)
    shape: tuple[Dim, ...] = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    shape += a.shape[-2:-1] if a.ndim > 1 else ()
    shape += b.shape[-1:] if b.ndim > 1 else ()
    return Array(cls, dtype, shape) if shape else Scalar(cls, "np", dtype)


def _dot(op: Op) -> Sequence[Type]:
    a, b = (x.type for x in op.inputs)
    if not (isinstance(a, Array) and isinstance(b, Array) and a.ndim and b.ndim):
        return [elementwise_type(np.multiply, [a, b])]
    if a.ndim > 2 or b.ndim > 2:
        raise TypeError("dot of more than two dimensions is not supported: write matmul")
    return [_product_type(op, a, b)]


def _contraction_may_raise(op: Op) -> bool:
    a, b = (x.type for x in op.inputs)
    if not (isinstance(a, Array) and isinstance(b, Array) and a.ndim and b.ndim):
        return False
    same = a.shape[-1] == b.shape[-2 if b.ndim > 1 else 0]
    return not same or a.ndim > 2 or b.ndim > 2


def matmul_left(g: Value, a: Value, b: Value, p: Params) -> Value:
    """The cotangent of a in a @ b (Giles 2008, section 2.2.2, with NumPy's rules for vectors)."""
    if a.ndim == 1 and b.ndim == 1:
        return g * b
    if a.ndim == 1 and b.ndim == 2:
        return matmul(b, g)
    if a.ndim == 2 and b.ndim == 1:
        return outer(g, b)
    if a.ndim == 2 and b.ndim == 2:
        return matmul(g, transpose(b))
    g, full_a, full_b = _as_matrices(g, a, b)
    return matmul(g, swap_last(full_b)).unbroadcast(full_a).reshape_like(a)


def matmul_right(g: Value, a: Value, b: Value, p: Params) -> Value:
    """The cotangent of b in a @ b."""
    if a.ndim == 1 and b.ndim == 1:
        return g * a
    if a.ndim == 1 and b.ndim == 2:
        return outer(a, g)
    if a.ndim == 2 and b.ndim <= 2:
        return matmul(transpose(a), g)
    g, full_a, full_b = _as_matrices(g, a, b)
    return matmul(swap_last(full_a), g).unbroadcast(full_b).reshape_like(b)


def _as_matrices(g: Value, a: Value, b: Value) -> tuple[Value, Value, Value]:
    """The operands of a batched product with the axes that NumPy adds to vectors and takes away."""
    if a.ndim == 1:
        g, a = index(g, ("e", "n", FULL)), index(a, ("n", FULL))
    if b.ndim == 1:
        g, b = index(g, ("e", "n")), index(b, (FULL, "n"))
    return g, a, b


def _dot_rule(of_arrays: Any, other: int) -> Any:
    def transpose_dot(g: Value, a: Value, b: Value, p: Params) -> Value:
        if a.ndim == 0 or b.ndim == 0:
            x = (b, a)[other]
            return (g * (a, b)[other]).unbroadcast(x)
        result: Value = of_arrays(g, a, b, p)
        return result

    return transpose_dot


def _outer(op: Op) -> Sequence[Type]:
    cls, dtype = _element(op)
    sizes = [a.type.shape if isinstance(a.type, Array) else (1,) for a in op.inputs]
    if any(len(s) != 1 for s in sizes):
        raise TypeError("outer needs two vectors: ravel them first")
    return [Array(cls, dtype, sizes[0] + sizes[1])]


def _outer_left(g: Value, a: Value, b: Value, p: Params) -> Value:
    if a.ndim:
        return matmul(g, b) if b.ndim else index(g, (FULL, "i"), 0) * b
    return matmul(index(g, ("i", FULL), 0), b) if b.ndim else index(g, ("i", "i"), 0, 0) * b


def _outer_right(g: Value, a: Value, b: Value, p: Params) -> Value:
    if b.ndim:
        return matmul(a, g) if a.ndim else index(g, ("i", FULL), 0) * a
    return matmul(a, index(g, (FULL, "i"), 0)) if a.ndim else index(g, ("i", "i"), 0, 0) * a


linear("matmul", np.matmul, _contracted, [matmul_left, matmul_right], "x y", linear_in=(0, 1),
       raises=_contraction_may_raise)  # fmt: skip
linear("dot", np.dot, _dot, [_dot_rule(matmul_left, 1), _dot_rule(matmul_right, 0)], "x y",
       linear_in=(0, 1), raises=_contraction_may_raise, methods=("dot",))  # fmt: skip
linear("outer", np.outer, _outer, [_outer_left, _outer_right], "x y", linear_in=(0, 1))
