"""Rows of norms of vectors and of matrices, and of condition numbers.

Norms of vectors are sums, also over several axes. Those of matrices that are not are written with
singular values or with sums of rows and columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Scalar, Type, elementwise_type
from pullback.rules.linalg import inv_or_nan, matrix
from pullback.rules.ops import (
    conjugate,
    direction,
    divide,
    expand_reduced,
    index,
    power,
    ratio,
    sum_,
    transpose,
    where,
)
from pullback.rules.reductions import reduced_shape, reduction
from pullback.rules.sizes import axes_given
from pullback.rules.table import Params, composite, special

OF_MATRICES = ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
EXTREMES = (np.inf, -np.inf)
KINK = "0 at 0; of order inf and -inf split evenly at ties"

# ---- of vectors


def _norm(op: Op) -> Sequence[Type]:
    """Norms of vectors, and of matrices as vectors; others are ``norm_of_matrices``."""
    order, ndim = op.params["ord"], getattr(op.inputs[0].type, "ndim", 0)
    if order is not None and order != "fro" and op.params["axis"] is None and ndim != 1:
        raise Unsupported(refusals.NORM_OF_STACK, order=order)
    return _vector_norm(op)


def _vector_norm(op: Op) -> Sequence[Type]:
    order = op.params["ord"]
    if isinstance(order, str) and order != "fro":
        raise Unsupported(refusals.NORM_ORDER, order=order)
    return reduction(np.linalg.norm)(op)


def _norm_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """sum(sign(x) (abs(x) / y) ** (order - 1) x_dot), and what that is in the limit."""
    x, t = xs[0], ts[0]
    order, reduced = p["ord"], {"axis": p["axis"], "keepdims": bool(p["keepdims"])}
    if order in (None, "fro", 2):
        return ratio(sum_(conjugate(x) * t, **reduced), y)
    size = x.apply("absolute")
    slope = direction(x, size)
    if order == 0:  # counts elements
        return 0.0 * sum_(slope * t, **reduced)
    if order == 1:
        return sum_(slope * t, **reduced)
    whole = expand_reduced(y, x, **reduced)
    if order in EXTREMES:
        chosen = size.equals(whole)
        return sum_(where(chosen, slope * t, 0.0), **reduced) / sum_(chosen, **reduced)
    share = ratio(size, whole)
    if order < 1:  # infinite at an element that is 0, and taken for 0 there
        share = where(size.equals(0), 1.0, share)
    return sum_(slope * power(share, order - 1) * t, **reduced)


# ---- of matrices


def _norm_of_matrices(op: Op) -> Sequence[Type]:
    x = matrix(op)
    kept = reduced_shape(x.shape, _axes_of_matrices(x.ndim, op.params), op.params["keepdims"])
    element = elementwise_type(np.linalg.norm, [Array(x.cls, x.dtype, (1,))])
    assert isinstance(element, Scalar)
    return [Array(element.cls, element.dtype, kept) if kept else element]


def _axes_of_matrices(ndim: int, p: Params) -> tuple[int, int]:
    """The axes of rows and of columns; refuses what is no norm of matrices."""
    if p["ord"] not in OF_MATRICES:
        raise Unsupported(refusals.NORM_ORDER, order=p["ord"])
    first, second = axes_given(p.get("axis") or (-2, -1), ndim)
    return first, second


def _matrices_definition(x: Value, p: Params) -> Value:
    """Sums and extremes of singular values, or extremes of sums."""
    order, axes = p["ord"], _axes_of_matrices(x.ndim, p)
    first, second = axes
    if order == "fro":
        return x.apply("norm", ord=None, axis=axes, keepdims=p["keepdims"])
    if order in (2, -2, "nuc"):
        y = _of_singular_values(_last(x, axes), order)
    else:
        summed, rest = (first, second) if abs(order) == 1 else (second, first)
        sums = sum_(x.apply("absolute"), summed)
        kept = {"axis": rest - (rest > summed), "keepdims": False}
        y = sums.apply("max" if order > 0 else "min", **kept)
    return _with_axes(y, x, axes) if p["keepdims"] else y


def _of_singular_values(x: Value, order: Any) -> Value:
    s = x.apply("svdvals")
    if order == "nuc":
        return sum_(s, -1)
    return index(s, ("e", "i") if s.ndim > 1 else ("i",), 0 if order == 2 else -1)


def _last(x: Value, axes: tuple[int, int]) -> Value:
    """The axes of matrices moved behind all others."""
    rest = [k for k in range(x.ndim) if k not in axes]
    return x if (*rest, *axes) == tuple(range(x.ndim)) else transpose(x, (*rest, *axes))


def _with_axes(y: Value, x: Value, axes: tuple[int, int]) -> Value:
    """The axes that went put back with size 1."""
    if not y.ndim:
        return y.apply("reshape", 1, 1)
    return expand_reduced(y, x, axes, False)


# ---- condition numbers


def _cond_definition(a: Value, p: Params) -> Value:
    """The largest singular value over the smallest, or the other way round; else norms."""
    order = p["p"]
    if order in (None, 2, -2):
        s = a.apply("svdvals")
        ends = [index(s, ("e", "i") if s.ndim > 1 else ("i",), k) for k in (0, -1)]
        largest, smallest = ends if order != -2 else ends[::-1]
        return divide(largest, smallest)
    if order not in OF_MATRICES:
        raise Unsupported(refusals.NORM_ORDER, order=order)
    norm = {"ord": order, "axis": (a.ndim - 2, a.ndim - 1), "keepdims": False}
    return a.apply("norm_of_matrices", **norm) * inv_or_nan(a).apply("norm_of_matrices", **norm)


special("norm", np.linalg.norm, _norm, "x ord=None axis=None keepdims=False", jvp=_norm_jvp,
        path="np.linalg.norm", kink=KINK)  # fmt: skip
composite("norm_of_matrices", None, _matrices_definition, "x ord=None axis=None keepdims=False",
          infer=_norm_of_matrices, path="np.linalg.norm", raises=True,
          kink="of equal singular values the first; of equal sums split evenly")  # fmt: skip
special("vector_norm", np.linalg.vector_norm, _vector_norm, "x * axis=None keepdims=False ord=2",
        jvp=_norm_jvp, path="np.linalg.vector_norm", kink=KINK)  # fmt: skip
composite("matrix_norm", np.linalg.matrix_norm, _matrices_definition, "x * keepdims=False ord='fro'",
          infer=_norm_of_matrices, path="np.linalg.matrix_norm", raises=True,
          kink="of equal singular values the first; of equal sums split evenly")  # fmt: skip
composite("cond", np.linalg.cond, _cond_definition, "x p=None", raises=True, path="np.linalg.cond",
          kink="not finite at singular matrices")  # fmt: skip
