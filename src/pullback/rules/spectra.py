"""Rows of matrices taken apart: singular values, QR; pseudo-inverses, powers and chains.

Stacks of matrices are taken as NumPy takes them. Where two singular values are equal, their vectors
are taken not to turn into each other, and the phase that a pair of complex vectors shares is taken to
stay (see ``rules.eigenvalues``). Rules conjugate cotangents on their way in and the result on its
way out, so that in between stand the formulas of the papers (see ``rules.complex_``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Dim, Type, fresh_sym, is_complex
from pullback.rules.eigenvalues import (
    COLUMNS,
    EQUAL,
    PHASES,
    ROWS_OF,
    gaps,
    total,
)
from pullback.rules.linalg import element_of_results, inv, matrix, real_type, solve_or_nan
from pullback.rules.ops import FULL, adjoint, conjugate, dim, divide, index, matmul
from pullback.rules.table import Params, composite, linear, special

# ---- singular values


def svd_type(op: Op) -> Sequence[Type]:
    """The smaller of both sizes is known where the two are equal."""
    a = matrix(op)
    (*stack, m, n), found = a.shape, element_of_results(a)
    k: Dim = m if m == n else fresh_sym()
    rows, columns = (m, n) if op.params["full_matrices"] else (k, k)
    u, s, vh = (Array(*found, shape) for shape in ((*stack, m, rows), (*stack, k), (*stack, columns, n)))
    return [u, real_type(s), vh]


# What a rule computes with, of matrices like another one, which have to be square.
linear("of_square", None, lambda op: [op.inputs[0].type],
       [lambda g, x, a, p: g.apply("of_square", a, **p)], "x a", views=(0,),
       shape_only=(1,))  # fmt: skip
OF_NO_VALUE = (
    "vectors of np.linalg.svd that belong to no singular value have no derivative: "
    "write full_matrices=False"
)


def svd_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """Townsend, Differentiating the singular value decomposition (2016), with v^H for v."""
    u, s, vh = y
    u_bar, s_bar, vh_bar = g
    a = xs[0].type
    assert isinstance(a, Array)
    turns = u_bar is not None or vh_bar is not None
    values = s
    if turns and p["full_matrices"] and a.shape[-1] != a.shape[-2]:
        if all(isinstance(n, int) for n in a.shape[-2:]):
            raise Unsupported(refusals.FULL_MATRICES)
        values = s.apply("of_square", xs[0], told=OF_NO_VALUE)
    parts = []
    if s_bar is not None:
        plain = not p["full_matrices"] or a.shape[-1] == a.shape[-2]
        parts.append(_of_values(u, s, vh, s_bar, plain))
    if turns:
        parts += _of_vectors(u, values, vh, u_bar, vh_bar)
    return [conjugate(total(parts))]


def _of_vectors(u: Value, s: Value, vh: Value, u_bar: Value | None, vh_bar: Value | None) -> list[Value]:
    """Parts that are not conjugated; the phase of a pair stays with the vectors of u."""
    parts = []
    apart = gaps(s * s)
    columns, rows = index(s, COLUMNS), index(s, ROWS_OF)
    if u_bar is not None:
        u_bar = conjugate(u_bar)
        inner = matmul(adjoint(u), u_bar)
        skew = inner - adjoint(inner)
        left = matmul(u, apart * skew * columns) + divide(u_bar - matmul(u, inner), columns)
        parts.append(matmul(left, vh))
        if is_complex(u.type):
            phases = 0.5 * skew.apply("diagonal", offset=0, axis1=-2, axis2=-1)
            parts.append(matmul(u * index(divide(phases, s), COLUMNS), vh))
    if vh_bar is not None:
        vh_bar = conjugate(vh_bar)
        inner = matmul(vh, adjoint(vh_bar))
        right = matmul(rows * apart * (inner - adjoint(inner)), vh)
        right = right + divide(vh_bar - matmul(adjoint(inner), vh), rows)
        parts.append(matmul(u, right))
    return parts


def _of_values(u: Value, s: Value, vh: Value, s_bar: Value, plain: bool) -> Value:
    """u diag(s_bar) v^H, of as many vectors as there are values."""
    if not plain:
        k = dim(s, s.ndim - 1)
        taken = ("s", False, True, False)
        u, vh = index(u, ("e", taken), k), index(vh, ("e", taken, FULL), k)
    return matmul(u * index(s_bar, COLUMNS), vh)


def _svdvals(op: Op) -> Sequence[Type]:
    a = matrix(op)
    m, n = a.shape[-2:]
    return [real_type(Array(*element_of_results(a), (*a.shape[:-2], m if m == n else fresh_sym())))]


def svdvals_bar(a: Value, s_bar: Value) -> Value:
    """The cotangent of a matrix from that of its singular values, not conjugated."""
    u, s, vh = map(a.builder.wrap, a.builder.emit("svd", [a.atom], full_matrices=False))
    return _of_values(u, s, vh, s_bar, True)


def _svdvals_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    return [conjugate(svdvals_bar(xs[0], g))]


# ---- QR


def _qr(op: Op) -> Sequence[Type]:
    a = matrix(op)
    if op.params["mode"] not in ("reduced", "r"):
        raise Unsupported(refusals.MODE_OF_QR, mode=op.params["mode"])
    (*stack, m, n), found = a.shape, element_of_results(a)
    k: Dim = m if m == n else fresh_sym()
    return [Array(*found, (*stack, m, k)), Array(*found, (*stack, k, n))]


def qr_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """Of the square or high part Seeger et al., Auto-differentiating linear algebra (2017); columns
    beyond it are q^H times those of the matrix (Roberts and Roberts, QR and LQ decomposition matrix
    backpropagation algorithms, 2020)."""
    q, r = y
    q_bar, r_bar = (None if v is None else conjugate(v) for v in g)
    a = xs[0].type
    assert isinstance(a, Array)
    if a.shape[-1] == a.shape[-2]:
        return [conjugate(_of_triangle(q, r, q_bar, r_bar))]
    count = dim(q, q.ndim - 1)
    _, others = _columns(xs[0], count)
    r, _ = _columns(r, count)
    rest = others.apply("zeros_like")
    if r_bar is not None:
        r_bar, wide = _columns(r_bar, count)
        more = matmul(others, adjoint(wide))
        q_bar = more if q_bar is None else q_bar + more
        rest = matmul(q, wide)
    found = _of_triangle(q, r, q_bar, r_bar)
    return [conjugate(found.apply("concatenate", rest, axis=-1))]


def _columns(x: Value, count: Value) -> tuple[Value, Value]:
    """So many columns, and those beyond."""
    first, rest = ("s", False, True, False), ("s", True, False, False)
    return index(x, ("e", first), count), index(x, ("e", rest), count)


def _qr_triangle_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Any]:
    q, r = map(g.builder.wrap, g.builder.emit("qr", [xs[0].atom], mode="reduced"))
    return qr_vjp((None, g), xs, (q, r), p)


def _of_triangle(q: Value, r: Value, q_bar: Value | None, r_bar: Value | None) -> Value:
    parts = []
    if r_bar is not None:
        parts.append(matmul(r, adjoint(r_bar)))
    if q_bar is not None:
        parts.append(-matmul(adjoint(q_bar), q))
    low = total(parts)
    below = low.apply("tril", k=-1)
    both = low.apply("tril", k=0) + adjoint(below)
    if is_complex(low.type):  # the diagonal of r is real
        both = 0.5 * (both + adjoint(both))
    whole = matmul(q, both) if q_bar is None else q_bar + matmul(q, both)
    return adjoint(solve_or_nan(r, adjoint(whole)))


# ---- pseudo-inverses, powers and chains


def pinv_type(op: Op) -> Sequence[Type]:
    a = matrix(op)
    return [Array(*element_of_results(a), (*a.shape[:-2], a.shape[-1], a.shape[-2]))]


def pinv_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """Golub and Pereyra (1973), equation 4.12: where the rank stays as it is."""
    a, t = xs[0], ts[0]
    t_h, y_h = adjoint(t), adjoint(y)
    inside = -matmul(matmul(y, t), y)
    across = matmul(y, matmul(y_h, t_h))
    beside = matmul(t_h, matmul(y_h, y))
    return inside + (across - matmul(matmul(across, a), y)) + (beside - matmul(y, matmul(a, beside)))


def _power_definition(a: Value, p: Params) -> Value:
    """By squares, as few products as there are binary digits and ones among them."""
    if a.ndim < 2:
        raise Unsupported(refusals.NEEDS_MATRICES)
    n = p["n"]
    if n == 0:
        return 0.0 * a + dim(a, a.ndim - 1).apply("eye")  # of which the derivative is 0
    square, found = a if n > 0 else inv(a), None
    for digit in bin(abs(n))[:1:-1]:
        if digit == "1":
            found = square if found is None else matmul(found, square)
        square = matmul(square, square)
    assert found is not None
    return found


def _chain_definition(*args: Any) -> Value:
    """Products from the left, whatever the order of the function is."""
    first, *rest, _ = args
    found: Value = first
    for x in rest:
        found = matmul(found, x)
    return found


special("svd", np.linalg.svd, svd_type, "a full_matrices=True", vjp=svd_vjp, raises=True,
        path="np.linalg.svd", several=type(np.linalg.svd(np.eye(1))),
        kink=f"{EQUAL}; {PHASES}",
        hint="leave it out")  # fmt: skip
special("svdvals", np.linalg.svdvals, _svdvals, "x", vjp=_svdvals_vjp, raises=True,
        path="np.linalg.svdvals")  # fmt: skip
special("qr", np.linalg.qr, _qr, "a mode='reduced'", vjp=qr_vjp, raises=True, path="np.linalg.qr",
        several=type(np.linalg.qr(np.eye(1))),
        kink="nan at matrices of dependent columns")  # fmt: skip
special("qr_triangle", None, lambda op: [_qr(op)[1]], "a mode=", vjp=_qr_triangle_vjp, raises=True,
        path="np.linalg.qr", kink="nan at matrices of dependent columns")  # fmt: skip
special("pinv", np.linalg.pinv, pinv_type, "a rcond=None * rtol=None", jvp=pinv_jvp, raises=True,
        path="np.linalg.pinv", kink="as if the rank stayed as it is")  # fmt: skip
composite("matrix_power", np.linalg.matrix_power, _power_definition, "a n=", raises=True,
          views=lambda op: (0,) if op.params["n"] == 1 else (),
          infer=lambda op: [Array(*element_of_results(matrix(op)), matrix(op).shape)],
          path="np.linalg.matrix_power")  # fmt: skip
composite("multi_dot", np.linalg.multi_dot, _chain_definition, "*arrays", raises=True,
          path="np.linalg.multi_dot", hint="multiply by @")  # fmt: skip

