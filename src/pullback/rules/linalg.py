"""Rows of matrices: diagonals and triangles, solving, determinants, Cholesky factors.

Formulas are those of Giles, Collected matrix derivative results for forward and reverse mode
algorithmic differentiation (2008), where nothing else is said. Stacks of matrices are taken as
NumPy takes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import (
    Array,
    Dim,
    Scalar,
    Type,
    broadcast_shapes,
    differentiable,
    elementwise_type,
    fresh_sym,
    is_complex,
)
from pullback.rules.ops import (
    FULL,
    adjoint,
    axis_moved,
    conjugate,
    dim,
    index,
    matmul,
    outer,
    sum_,
    swap_last,
)
from pullback.rules.shapes import at_least
from pullback.rules.sizes import arranged, axes_given
from pullback.rules.table import Params, composite, linear, special

# ---- diagonals and triangles


def _diag(op: Op, x: Array) -> tuple[Dim, ...]:
    if x.ndim not in (1, 2):
        raise Unsupported(refusals.DIAGONALS_OF_STACKS)
    if x.ndim == 2:
        return (fresh_sym(),)
    size = x.shape[0] if op.params["k"] == 0 else fresh_sym()
    return (size, size)


def _diagonal(op: Op, x: Array) -> tuple[Dim, ...]:
    rest = _beside_diagonal(op.params, x.ndim)
    return (*(x.shape[k] for k in rest), fresh_sym())


def _diagflat_definition(v: Value, p: Params) -> Value:
    flat = at_least("atleast_1d", v)
    return (flat if flat.ndim == 1 else flat.apply("ravel")).apply("diag", k=p["k"])


def _axes_of_diagonal(p: Params, ndim: int) -> tuple[int, int]:
    first, second = axes_given((p.get("axis1", 0), p.get("axis2", 1)), ndim)
    return first, second


def _beside_diagonal(p: Params, ndim: int) -> list[int]:
    """The axes that a diagonal does not run along."""
    if ndim < 2:
        raise Unsupported(refusals.NEEDS_MATRICES)
    axes = _axes_of_diagonal(p, ndim)
    if axes[0] == axes[1]:
        raise Unsupported(refusals.DIAGONAL_OF_ONE_AXIS)
    return [k for k in range(ndim) if k not in axes]


def _diag_transpose(g: Value, x: Value, p: Params) -> Value:
    k = p["k"] if "k" in p else p["offset"]
    return g.apply("diag", k=k) if x.ndim == 1 else _on_diagonal(g, x, p, dim(g, g.ndim - 1), k)


def _on_diagonal(g: Value, x: Value, p: Params, size: Value, k: int) -> Value:
    """Zeros in the shape of ``x`` with ``g``, whose last axis runs along it, on a diagonal."""
    rows = size.apply("arange")
    zeros = Value(x.builder, x.builder.zeros(x.atom))
    axes = _axes_of_diagonal(p, x.ndim)
    places = (rows, rows + k) if k > 0 else (rows + -k, rows) if k < 0 else (rows, rows)
    low, high = sorted(axes)
    lands = low if high == low + 1 else 0  # where NumPy puts the axis of such places
    g = axis_moved(g, -1, lands)
    path = tuple("a" if j in axes else FULL for j in range(high + 1))
    in_order = places if axes == (low, high) else places[::-1]
    return zeros.apply("setitem", g, *in_order, path=(path,))


def _trace(op: Op) -> Sequence[Type]:
    x = op.inputs[0].type
    if not isinstance(x, Array):
        raise Unsupported(refusals.NEEDS_MATRICES)
    shape = tuple(x.shape[k] for k in _beside_diagonal(op.params, x.ndim))
    element = elementwise_type(np.trace, [Array(x.cls, x.dtype, (1, 1))])
    assert isinstance(element, Scalar)
    return [Array(element.cls, element.dtype, shape) if shape else element]


def _trace_transpose(g: Value, x: Value, p: Params) -> Value:
    if x.ndim == 2:
        first, second = _axes_of_diagonal(p, 2)
        k = p["offset"] if first < second else -p["offset"]
        return g * dim(x, 0).apply("eye", dim(x, 1), k=k)
    where = {name: p[name] for name in ("offset", "axis1", "axis2")}
    diagonal = x.apply("diagonal", **where)
    size = dim(diagonal, diagonal.ndim - 1)
    return _on_diagonal(index(g, ("e", "n")), x, where, size, p["offset"])


def _triangle(op: Op, x: Array) -> tuple[Dim, ...]:
    if x.ndim < 2:
        raise Unsupported(refusals.NEEDS_MATRICES)
    return x.shape


def _same_triangle(name: str) -> Any:
    return lambda g, x, p: g.apply(name, k=p["k"])


# ---- solving


def element_of_results(t: Array) -> tuple[str, str | None]:
    """Class and dtype of results, which are floats also of integers."""
    return (t.cls, t.dtype) if differentiable(t) else ("float", "float64")


def real_type(t: Type) -> Type:
    """The type of the absolute values."""
    return elementwise_type(np.abs, [t])


def matrix(op: Op) -> Array:
    a = op.inputs[0].type
    if not isinstance(a, Array) or a.ndim < 2:
        raise Unsupported(refusals.NEEDS_MATRICES)
    return a


def _solve(op: Op) -> Sequence[Type]:
    a, b = matrix(op), op.inputs[1].type
    if not isinstance(b, Array) or not b.ndim:
        raise Unsupported(refusals.NEEDS_RIGHT_SIDE)
    found = elementwise_type(np.true_divide, [x.type for x in op.inputs])
    assert isinstance(found, Array)
    if b.ndim == 1:
        return [Array(found.cls, found.dtype, (*a.shape[:-2], b.shape[0]))]
    stacks = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return [Array(found.cls, found.dtype, (*stacks, *b.shape[-2:]))]


def solve(a: Value, b: Value) -> Value:
    return a.apply("solve", b)


def solve_or_nan(a: Value, b: Value) -> Value:
    """Of a matrix that the function itself does not solve with, and which may be singular."""
    return a.apply("solve_or_nan", b)


def _solve_or_nan_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """As that of ``solve``, of right sides that are matrices in as many dimensions."""
    b_bar = solve_or_nan(swap_last(xs[0]), g)
    return [-matmul(b_bar, swap_last(y)), b_bar]


def _solve_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """Section 2.3.1: b_bar = inv(a).T g, and a_bar = -b_bar y.T"""
    a, b = xs
    if b.ndim == 1 and a.ndim == 2:
        b_bar = solve(swap_last(a), g)
        return [-outer(b_bar, y), b_bar]
    if b.ndim == 1:  # a stack of matrices, and one vector
        columns = solve(swap_last(a), index(g, ("e", "n")))
        a_bar = -matmul(columns, index(y, ("e", "n", FULL)))
        return [a_bar, index(columns, ("e", "i"), 0).unbroadcast(b)]
    b_bar = solve(swap_last(a), g)
    a_bar = -matmul(b_bar, swap_last(y))
    if a.ndim == b.ndim == 2:
        return [a_bar, b_bar]
    return [a_bar.unbroadcast(a), b_bar.unbroadcast(b)]


def square(op: Op) -> Sequence[Type]:
    a = matrix(op)
    return [Array(*element_of_results(a), a.shape)]


def inv(a: Value) -> Value:
    return a.apply("inv")


def inv_or_nan(a: Value) -> Value:
    """Of a matrix that the function itself does not invert, and which may be singular."""
    return a.apply("inv_or_nan")


def inv_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """Section 2.2.3: a_bar = -y.T g y.T"""
    y = swap_last(y)
    return [-matmul(matmul(y, g), y)]


# ---- determinants


def _number_a_matrix(op: Op) -> Type:
    a = matrix(op)
    cls, dtype = element_of_results(a)
    return Array(cls, dtype, a.shape[:-2]) if a.ndim > 2 else Scalar(cls, "np", dtype)


def _for_matrices(x: Value) -> Value:
    """A number for each matrix, ready to broadcast against them."""
    return index(x, ("e", "n", "n")) if x.ndim else x


def _det_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """Jacobi's formula with the cofactors, which singular matrices have as well."""
    return [_for_matrices(g) * xs[0].apply("cofactors")]


def _cofactors_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """A minor of a minor is one of both orders, so that the derivative is its own transpose."""
    return [xs[0].apply("cofactors_along", g)]


def _cofactors_along_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """The cofactors of a regular matrix are c = det(a) w, with w = inv(a).T, and their derivative along
    e is <w, e> c - w e.T c."""
    a, e = xs
    w, c = swap_last(inv_or_nan(a)), a.apply("cofactors")

    def within(u: Value, v: Value) -> Value:
        return _for_matrices(sum_(u * v, (-2, -1)))

    of_e, of_g = matmul(w, swap_last(e)), matmul(w, swap_last(g))
    turned = matmul(of_e, w)
    found = within(w, e) * (within(w, g) * c - matmul(of_g, c)) - turned * within(c, g)
    found = found - c * within(turned, g) + matmul(matmul(of_g, of_e) + matmul(of_e, of_g), c)
    return [found, a.apply("cofactors_along", g)]


def _slogdet_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """The logarithm changes by the real part of trace(inv(a) a_dot); a real sign by steps, a complex
    one turns by the imaginary part."""
    sign, _ = y
    of_sign, found = g
    if of_sign is not None and is_complex(sign.type):
        turned = -1j * (1j * of_sign * sign).apply("real")
        found = turned if found is None else found + turned
    return [None if found is None else _for_matrices(found) * swap_last(inv_or_nan(xs[0]))]


def _slogdet(op: Op) -> Sequence[Type]:
    sign = _number_a_matrix(op)
    return [sign, real_type(sign)]


# ---- factors


def cholesky_bar(g: Value, y: Value, is_upper: bool) -> Value:
    """Murray, Differentiation of the Cholesky decomposition (2016), equation 10.

    Like the function it knows of one triangle alone, and of a complex matrix it takes the diagonal
    for real.
    """
    lower, g = (swap_last(y), swap_last(g)) if is_upper else (y, g)
    upper = adjoint(lower)
    inner = halved(matmul(upper, conjugate(g)))
    sides = adjoint(solve(upper, adjoint(solve(upper, inner))))
    found = conjugate(halved(sides + adjoint(sides)))
    return swap_last(found) if is_upper else found


def _cholesky_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    return [cholesky_bar(g, y, p["upper"])]


def halved(x: Value) -> Value:
    """The lower triangle with half of the diagonal."""
    return 0.5 * (x.apply("tril", k=0) + x.apply("tril", k=-1))


linear("diag", np.diag, arranged(_diag), [_diag_transpose], "x k=0", raises=True,
       views=lambda op: (0,) if op.inputs[0].type.ndim == 2 else ())  # fmt: skip
composite("diagflat", np.diagflat, _diagflat_definition, "x k=0", raises=False)
OF_STACKS = "x offset=0 axis1=0 axis2=1"
linear("diagonal", np.diagonal, arranged(_diagonal), [_diag_transpose], OF_STACKS, views=(0,),
       raises=True, methods=("diagonal",))  # fmt: skip
linear("trace", np.trace, _trace, [_trace_transpose], f"{OF_STACKS} dtype=None", methods=("trace",))
for _name in ("diagonal", "trace"):  # of the last two axes
    composite(f"linalg.{_name}", getattr(np.linalg, _name),
              lambda x, p, name=_name: x.apply(name, offset=p["offset"], axis1=x.ndim - 2,
                                               axis2=x.ndim - 1),
              "x * offset=0" + " dtype=None" * (_name == "trace"), path=f"np.linalg.{_name}",
              raises=True, views=(0,) if _name == "diagonal" else ())  # fmt: skip
for _name in ("tril", "triu"):
    linear(_name, getattr(np, _name), arranged(_triangle), [_same_triangle(_name)], "x k=0")
special("solve", np.linalg.solve, _solve, "a b", vjp=_solve_vjp, path="np.linalg.solve", raises=True)
special("inv", np.linalg.inv, square, "a", vjp=inv_vjp, path="np.linalg.inv", raises=True)
special("solve_or_nan", None, _solve, "a b", vjp=_solve_or_nan_vjp, path="", raises=True)
special("inv_or_nan", None, square, "a", vjp=inv_vjp, path="", raises=True)
special("det", np.linalg.det, lambda op: [_number_a_matrix(op)], "a", vjp=_det_vjp,
        path="np.linalg.det", raises=True,
        kink="the cofactors also at singular matrices; the third derivative is nan there")  # fmt: skip
special("cofactors", None, square, "a", vjp=_cofactors_vjp, path="")
special("cofactors_along", None, square, "a e", vjp=_cofactors_along_vjp, path="")
special("slogdet", np.linalg.slogdet, _slogdet, "a", vjp=_slogdet_vjp,
        path="np.linalg.slogdet", raises=True, covers=True,
        several=type(np.linalg.slogdet(np.eye(1))),
        kink="nan at singular matrices")  # fmt: skip
special("cholesky", np.linalg.cholesky, square, "a * upper=False", vjp=_cholesky_vjp,
        path="np.linalg.cholesky", raises=True,
        kink="in one triangle alone, for NumPy reads no other")  # fmt: skip
