"""Rows of equations that are solved in the sense of least squares, or written as those of tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Scalar, Type, elementwise_type, fresh_sym
from pullback.rules.eigenvalues import total
from pullback.rules.linalg import inv, matrix, real_type, solve
from pullback.rules.ops import FULL, adjoint, conjugate, dim, index, matmul, sum_, transpose
from pullback.rules.sizes import axes_given
from pullback.rules.spectra import svdvals_bar
from pullback.rules.table import Params, composite, inert, special

# ---- least squares


def _lstsq(op: Op) -> Sequence[Type]:
    """The solution, the squares that are left (none of them where the rank is not full), the rank and
    the singular values."""
    a, b = matrix(op), op.inputs[1].type
    if a.ndim != 2 or not isinstance(b, Array) or b.ndim not in (1, 2):
        raise Unsupported(refusals.NEEDS_RIGHT_SIDE)
    found = elementwise_type(np.true_divide, [x.type for x in op.inputs])
    assert isinstance(found, Array)
    x = Array(found.cls, found.dtype, (a.shape[1], *b.shape[1:]))
    left, values = (real_type(Array(found.cls, found.dtype, (fresh_sym(),))) for _ in range(2))
    return [x, left, Scalar("int", "np", "int32"), values]


def lstsq_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """Golub and Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems
    whose variables separate (1973), equation 4.12, where the rank stays as it is."""
    (a, b), x = xs, y[0]
    x_bar, left_bar, _, s_bar = g
    columns = (lambda v: index(v, (FULL, "n"))) if b.ndim == 1 else (lambda v: v)
    x_all = columns(x)
    residual = columns(b) - matmul(a, x_all)
    a_parts, b_parts = [], []
    if x_bar is not None:
        x_bar = conjugate(columns(x_bar))
        inverse = a.apply("pinv", rcond=p["rcond"], rtol=None)
        spread = matmul(adjoint(inverse), x_bar)
        a_parts += [
            matmul(residual, adjoint(matmul(inverse, spread))) - matmul(spread, adjoint(x_all)),
            matmul(matmul(adjoint(inverse), x_all), adjoint(x_bar - matmul(adjoint(a), spread))),
        ]
        b_parts.append(spread)
    if left_bar is not None:
        squares = 2.0 * residual * _for_columns(left_bar, b)
        a_parts.append(-matmul(squares, adjoint(x_all)))
        b_parts.append(squares)
    if s_bar is not None:
        a_parts.append(svdvals_bar(a, s_bar))
    b_bar = conjugate(total(b_parts)) if b_parts else None
    if b_bar is not None and b.ndim == 1:
        b_bar = index(b_bar, (FULL, "i"), 0)
    return [conjugate(total(a_parts)), b_bar]


def _for_columns(left_bar: Value, b: Value) -> Value:
    """The cotangent of what is left of each column, 0 where that is not told."""
    if b.ndim == 1:
        return sum_(left_bar)
    zeros = b.builder.wrap(b.builder.zeros(index(b, ("i",), 0).atom))
    path = ((("s", False, True, False),),)
    return zeros.apply("setitem", left_bar, left_bar.apply("size"), path=path)


# ---- tensors


def _matrix_of(a: Value, size: Value) -> Value:
    return a.apply("reshape", size, size)


def _sizes(x: Value, axes: Sequence[int]) -> list[Value]:
    return [dim(x, k) for k in axes]


def _product(sizes: Sequence[Value]) -> Value:
    return math.prod(sizes[1:], start=sizes[0])


def _tensorsolve_definition(a: Value, b: Value, p: Params) -> Value:
    """As equations of vectors, after the axes that are named were moved behind all others."""
    if p["axes"] is not None:
        moved = axes_given(p["axes"], a.ndim)
        rest = [k for k in range(a.ndim) if k not in moved]
        a = transpose(a, (*rest, *moved))
    if not 0 < b.ndim < a.ndim:
        raise Unsupported(refusals.NEEDS_RIGHT_SIDE)
    sizes = _sizes(a, range(b.ndim, a.ndim))
    x = solve(_matrix_of(a, _product(sizes)), b if b.ndim == 1 else b.apply("ravel"))
    return x.apply("reshape", *sizes) if len(sizes) > 1 else x


def _tensorinv_definition(a: Value, p: Params) -> Value:
    """The inverse of the matrix whose rows are the first ``ind`` axes."""
    if not 0 < p["ind"] < a.ndim:
        raise Unsupported(refusals.NEEDS_MATRICES)
    sizes = _sizes(a, range(a.ndim))
    rows, columns = sizes[: p["ind"]], sizes[p["ind"] :]
    inverse = inv(_matrix_of(a, _product(rows)))
    return inverse.apply("reshape", *columns, *rows)


special("lstsq", np.linalg.lstsq, _lstsq, "a b rcond=None", vjp=lstsq_vjp, raises=True, several=tuple,
        path="np.linalg.lstsq", kink="as if the rank stayed as it is")  # fmt: skip
composite("tensorsolve", np.linalg.tensorsolve, _tensorsolve_definition, "a b axes=None", raises=True,
          path="np.linalg.tensorsolve")  # fmt: skip
composite("tensorinv", np.linalg.tensorinv, _tensorinv_definition, "a ind=2", raises=True,
          path="np.linalg.tensorinv")  # fmt: skip


def _rank(op: Op) -> Sequence[Type]:
    a = matrix(op)
    return [Array("int", "int64", a.shape[:-2]) if a.ndim > 2 else Scalar("int", "np", "int64")]


inert("matrix_rank", np.linalg.matrix_rank, _rank, "integer output", "A tol=None hermitian=False",
      raises=True, path="np.linalg.matrix_rank")  # fmt: skip
