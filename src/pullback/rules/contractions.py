"""Rows of products over axes: matmul, dot and its relatives, einsum, tensordot, kron, cross."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Dim, Scalar, Type, broadcast_shapes, elementwise_type, fresh_sym
from pullback.rules import subscripts
from pullback.rules.ops import (
    FULL,
    axis_moved,
    conjugate,
    dim,
    index,
    matmul,
    outer,
    sum_,
    swap_last,
    transpose,
)
from pullback.rules.sizes import axes_given
from pullback.rules.table import Params, composite, linear, special


def _element(op: Op) -> tuple[str, str | None]:
    """Class and dtype of products of the inputs."""
    found = elementwise_type(_product, [a.type for a in op.inputs])
    assert isinstance(found, Scalar | Array)
    return found.cls, found.dtype


def _product(*xs: Any) -> Any:
    return functools.reduce(np.multiply, xs)


def _contracted(op: Op) -> Sequence[Type]:
    a, b = (x.type for x in op.inputs)
    if not (isinstance(a, Array) and isinstance(b, Array) and a.ndim and b.ndim):
        raise Unsupported(refusals.NEEDS_DIMENSIONS)
    return [_product_type(op, a, b)]


def _product_type(op: Op, a: Array, b: Array) -> Type:
    cls, dtype = _element(op)
    shape: tuple[Dim, ...] = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    shape += a.shape[-2:-1] if a.ndim > 1 else ()
    shape += b.shape[-1:] if b.ndim > 1 else ()
    return Array(cls, dtype, shape) if shape else Scalar(cls, "np", dtype)


def _of_numbers(a: Any, b: Any) -> Any:
    """The product with a number, which becomes an array first: so it has a dtype of its own."""
    return np.multiply(np.asarray(a), np.asarray(b))


def _dot(op: Op) -> Sequence[Type]:
    a, b = (x.type for x in op.inputs)
    if not (isinstance(a, Array) and isinstance(b, Array) and a.ndim and b.ndim):
        return [elementwise_type(_of_numbers, [a, b])]
    if a.ndim > 2 or b.ndim > 2:
        return [_summed_over(op, a, b, dot_axes(b.ndim))]
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
        if a.ndim > 2 or b.ndim > 2:
            result: Value = _tensordot_parts(g, a, b, dot_axes(b.ndim))[1 - other]
            return result
        result = of_arrays(g, a, b, p)
        return result

    return transpose_dot


# ---- sums over any axes

Axes = tuple[tuple[int, ...], tuple[int, ...]]


def dot_axes(ndim: int) -> Axes:
    """What np.dot sums over where the second array has this many axes."""
    return (-1,), (-2 if ndim > 1 else -1,)


def _tensordot_axes(op_params: Params, a: int, b: int) -> Axes:
    """The axes summed over, counted from the front."""
    axes = op_params["axes"]
    if isinstance(axes, int):
        if not 0 <= axes <= min(a, b):
            raise np.exceptions.AxisError(axes, min(a, b))
        return tuple(range(a - axes, a)), tuple(range(axes))
    first, second = axes
    return axes_given(first, a), axes_given(second, b)


def _summed_over(op: Op, a: Array, b: Array, axes: Axes) -> Type:
    cls, dtype = _element(op)
    kept = [n for k, n in enumerate(a.shape) if k not in axes_given(axes[0], a.ndim)]
    kept += [n for k, n in enumerate(b.shape) if k not in axes_given(axes[1], b.ndim)]
    return Array(cls, dtype, tuple(kept))


def _tensordot(op: Op) -> Sequence[Type]:
    a, b = (x.type for x in op.inputs)
    if not (isinstance(a, Array) and isinstance(b, Array)):
        raise Unsupported(refusals.NEEDS_ARRAYS)
    return [_summed_over(op, a, b, _tensordot_axes(op.params, a.ndim, b.ndim))]


def _tensordot_parts(g: Value, a: Value, b: Value, axes: Axes) -> list[Value]:
    """The cotangents of both operands: what was free in the other one is summed over."""
    sums = axes_given(axes[0], a.ndim), axes_given(axes[1], b.ndim)
    free = [tuple(k for k in range(x.ndim) if k not in s) for x, s in zip((a, b), sums, strict=True)]
    ours, theirs = tuple(range(len(free[0]))), tuple(range(len(free[0]), g.ndim))
    # g and b give the free axes of a, then those summed over in the order in which b has them
    left = g.apply("tensordot", b, axes=(theirs, free[1])) if g.ndim else g * b
    right = a.apply("tensordot", g, axes=(free[0], ours)) if g.ndim else a * g
    a_order = (*free[0], *(sums[0][k] for k in np.argsort(sums[1])))
    b_order = (*(sums[1][k] for k in np.argsort(sums[0])), *free[1])
    return [_in_order(left, a_order), _in_order(right, b_order)]


def _in_order(x: Value, places: tuple[int, ...]) -> Value:
    """Axes put where ``places`` say that they belong."""
    if places == tuple(range(x.ndim)):
        return x
    axes = tuple(int(k) for k in np.argsort(places))
    return transpose(x, None if axes == (1, 0) else axes)


def _tensordot_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    a, b = xs
    return _tensordot_parts(g, a, b, _tensordot_axes(p, a.ndim, b.ndim))


def _inner_definition(a: Value, b: Value, p: Params) -> Value:
    if not (a.ndim and b.ndim):
        return a.apply("dot", b)
    if a.ndim > 2 or b.ndim > 2:
        return a.apply("tensordot", b, axes=((a.ndim - 1,), (b.ndim - 1,)))
    if a.ndim == 1 and b.ndim == 2:
        return matmul(b, a)
    return matmul(a, transpose(b))


def _vdot_definition(a: Value, b: Value, p: Params) -> Value:
    a, b = (x if x.ndim < 2 else x.apply("ravel") for x in (a, b))
    if bool(a.ndim) != bool(b.ndim):
        raise Unsupported(refusals.NEEDS_ARRAYS)
    a = conjugate(a)
    return matmul(a, b) if a.ndim else a * b


# ---- products of stacks of vectors


def _vecdot_definition(a: Value, b: Value, p: Params) -> Value:
    """Sums of products, of which the first factor is conjugated."""
    axis = p["axis"]
    _demand_dimensions(a, b, 1, 1)
    if a.ndim == b.ndim == 1:
        return matmul(conjugate(a), b)
    if axis != -1:  # which counts in each of the two
        a, b = (axis_moved(x, axis, -1) for x in (a, b))
    return sum_(conjugate(a) * b, -1)


def _matvec_definition(a: Value, v: Value, p: Params) -> Value:
    _demand_dimensions(a, v, 2, 1)
    if v.ndim == 1:
        return matmul(a, v)
    return index(matmul(a, index(v, ("e", "n"))), ("e", "i"), 0)


def _vecmat_definition(v: Value, a: Value, p: Params) -> Value:
    """The vector is conjugated."""
    _demand_dimensions(v, a, 1, 2)
    v = conjugate(v)
    if v.ndim == 1:
        return matmul(v, a)
    return index(matmul(index(v, ("e", "n", FULL)), a), ("e", "i", FULL), 0)


def _demand_dimensions(a: Value, b: Value, m: int, n: int) -> None:
    if a.ndim < m or b.ndim < n:
        raise Unsupported(refusals.NEEDS_DIMENSIONS)


def _kron(op: Op) -> Sequence[Type]:
    shapes = [a.type.shape if isinstance(a.type, Array) else () for a in op.inputs]
    if not all(shapes):
        raise Unsupported(refusals.NEEDS_ARRAYS)
    return [Array(*_element(op), tuple(fresh_sym() for _ in range(max(map(len, shapes)))))]


def _kron_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """Each axis taken apart into that of ``a`` and that of ``b``, then summed over the other's."""
    n = g.ndim
    lead = [n - x.ndim for x in xs]
    sizes = [[1 if k < m else dim(x, k - m) for k in range(n)] for x, m in zip(xs, lead, strict=True)]
    grid = g.apply("reshape", *(size for pair in zip(*sizes, strict=True) for size in pair))
    parts = []
    for k, (mine, other) in enumerate([(0, 1), (1, 0)]):
        entries = (FULL, "n") if other == 0 else ("n", FULL)
        beside = index(xs[other], (("n",) * (2 * lead[other])) + entries * xs[other].ndim)
        total = sum_(grid * beside, tuple(range(1 - k, 2 * n, 2)) if n > 1 else 1 - k)
        parts.append(total if total.ndim == xs[mine].ndim else total.reshape_like(xs[mine]))
    return parts


def _cross(op: Op) -> Sequence[Type]:
    found = elementwise_type(np.multiply, [a.type for a in op.inputs])
    if not isinstance(found, Array) or any(not isinstance(a.type, Array) for a in op.inputs):
        raise Unsupported(refusals.NEEDS_TRIPLES)
    return [found]


# ---- einsum


def _einsum(op: Op) -> Sequence[Type]:
    cls, dtype = _element(op)
    shapes = [a.type.shape if isinstance(a.type, Array) else () for a in op.inputs]
    labels = subscripts.parse(op.params["subscripts"], [len(s) for s in shapes])
    sizes = subscripts.sizes(labels.inputs, shapes)
    shape = tuple(sizes[label] for label in labels.output)
    return [Array(cls, dtype, shape) if shape else Scalar(cls, "np", dtype)]


def _einsum_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """For each operand the sum over the labels of all others and of the cotangent."""
    labels = subscripts.parse(p["subscripts"], [x.ndim for x in xs])
    return [_einsum_part(g, xs, labels, k, p) for k in range(len(xs))]


def _einsum_part(
    g: Value, xs: list[Value], labels: subscripts.Labels, k: int, p: Params
) -> Value:
    x = xs[k]
    operands = [g, *xs[:k], *xs[k + 1 :]]
    given = [labels.output, *labels.inputs[:k], *labels.inputs[k + 1 :]]
    wanted, twins = subscripts.unrepeated(labels.inputs[k], "".join(given))
    for label, twin, axis in twins:  # on a diagonal alone
        operands.append(dim(x, axis).apply("eye"))
        given.append(label + twin)
    known = "".join(label for label in wanted if label in "".join(given))
    total = operands[0].apply(
        "einsum", *operands[1:], subscripts=f"{','.join(given)}->{known}", optimize=p["optimize"]
    )
    if known != wanted:  # labels that were summed over in this operand alone
        if known:
            total = index(total, tuple(FULL if label in known else "n" for label in wanted))
        return total.broadcast_like(x)
    return total.unbroadcast(x)


def _outer(op: Op) -> Sequence[Type]:
    cls, dtype = _element(op)
    sizes = [a.type.shape if isinstance(a.type, Array) else (1,) for a in op.inputs]
    if any(len(s) != 1 for s in sizes):
        raise Unsupported(refusals.NEEDS_VECTORS)
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
       grows=True, raises=_contraction_may_raise, functions=(np.linalg.matmul,))  # fmt: skip
linear("dot", np.dot, _dot, [_dot_rule(matmul_left, 1), _dot_rule(matmul_right, 0)], "x y",
       linear_in=(0, 1), grows=True, raises=_contraction_may_raise, methods=("dot",))  # fmt: skip
linear("outer", np.outer, _outer, [_outer_left, _outer_right], "x y", linear_in=(0, 1),
       grows=True, functions=(np.linalg.outer,))  # fmt: skip
special("tensordot", np.tensordot, _tensordot, "a b axes=2", vjp=_tensordot_vjp, raises=True,
        grows=True, functions=(np.linalg.tensordot,))  # fmt: skip
special("einsum", np.einsum, _einsum, "subscripts= **operands optimize=False", vjp=_einsum_vjp,
        raises=True, grows=True, views=lambda op: (0,) if len(op.inputs) == 1 else ())  # fmt: skip
composite("inner", np.inner, _inner_definition, "a b")
composite("vdot", np.vdot, _vdot_definition, "a b")
special("kron", np.kron, _kron, "a b", vjp=_kron_vjp, grows=True)
linear("cross", np.cross, _cross,
       [lambda g, a, b, p: b.apply("cross", g).unbroadcast(a),
        lambda g, a, b, p: g.apply("cross", a).unbroadcast(b)],
       "a b axisa=-1 axisb=-1 axisc=-1 axis=None", linear_in=(0, 1), raises=True,
       lengths=(3, 3), functions=(np.linalg.cross,),
       hint="of pairs write a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]")  # fmt: skip
composite("vecdot", np.vecdot, _vecdot_definition, "x1 x2 * axis=-1", raises=True,
          functions=(np.linalg.vecdot,))  # fmt: skip
composite("matvec", np.matvec, _matvec_definition, "x1 x2", raises=True)
composite("vecmat", np.vecmat, _vecmat_definition, "x1 x2", raises=True)
