"""Rows of matrices taken apart: eigenvalues, singular values, QR; pseudo-inverses, powers and chains.

Real matrices; stacks of them are taken as NumPy takes them. Where two eigenvalues or singular values
are equal, their vectors are taken not to turn into each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Dim, Type, fresh_sym
from pullback.rules.linalg import element_of_results, halved, inv, matrix, solve
from pullback.rules.ops import FULL, dim, divide, index, matmul, swap_last, where
from pullback.rules.table import Params, composite, special

EQUAL = "vectors of equal values are taken not to turn into each other"
ROWS_OF, COLUMNS = ("e", "n"), ("e", "n", FULL)


def _gaps(values: Value) -> Value:
    """1 / (v[j] - v[i]), and 0 where the two are equal."""
    gaps = index(values, COLUMNS) - index(values, ROWS_OF)
    equal = gaps.equals(0)
    return where(equal, 0.0, 1 / where(equal, 1.0, gaps))


def _sum(parts: Sequence[Value]) -> Value:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


# ---- symmetric matrices


def _square(op: Op) -> tuple[Array, Array]:
    """The types of a value for each row of a matrix, and of the matrix."""
    a = matrix(op)
    if op.params.get("UPLO", "L") not in ("L", "U"):
        raise Unsupported(refusals.TRIANGLE, name=op.params["UPLO"])
    found = element_of_results(a)
    return Array(*found, a.shape[:-1]), Array(*found, a.shape)


def _in_triangle(whole: Value, p: Params) -> Value:
    """The cotangent of a symmetric matrix of which one triangle is read."""
    lower = halved(whole + swap_last(whole))
    return lower if p["UPLO"] == "L" else swap_last(lower)


def _eigh_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """Giles, section 3.1: v (diag(w_bar) + f * (v.T v_bar)) v.T, f = 1 / (w[j] - w[i])."""
    w, v = y
    w_bar, v_bar = g
    parts = []
    if w_bar is not None:
        parts.append(matmul(v * index(w_bar, COLUMNS), swap_last(v)))
    if v_bar is not None:
        turned = _gaps(w) * matmul(swap_last(v), v_bar)
        parts.append(matmul(matmul(v, turned), swap_last(v)))
    return [_in_triangle(_sum(parts), p) if parts else None]


def _eigvalsh_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    a = xs[0]
    _, v = a.builder.emit("eigh", [a.atom], UPLO=p["UPLO"])
    vectors = a.builder.wrap(v)
    return [_in_triangle(matmul(vectors * index(g, COLUMNS), swap_last(vectors)), p)]


# ---- singular values


def _svd(op: Op) -> Sequence[Type]:
    """The smaller of both sizes is known where the two are equal."""
    a = matrix(op)
    (*stack, m, n), found = a.shape, element_of_results(a)
    k: Dim = m if m == n else fresh_sym()
    rows, columns = (m, n) if op.params["full_matrices"] else (k, k)
    shapes = (*stack, m, rows), (*stack, k), (*stack, columns, n)
    return [Array(*found, shape) for shape in shapes]


def _svd_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """Townsend, Differentiating the singular value decomposition (2016), with v.T for v."""
    u, s, vt = y
    u_bar, s_bar, vt_bar = g
    a = xs[0].type
    assert isinstance(a, Array)
    turns = u_bar is not None or vt_bar is not None
    if turns and p["full_matrices"] and a.shape[-1] != a.shape[-2]:
        raise Unsupported(refusals.FULL_MATRICES)
    parts = []
    if s_bar is not None:
        plain = not p["full_matrices"] or a.shape[-1] == a.shape[-2]
        parts.append(_of_values(u, s, vt, s_bar, plain))
    if turns:
        gaps = _gaps(s * s)
        columns, rows = index(s, COLUMNS), index(s, ROWS_OF)
    if u_bar is not None:
        inner = matmul(swap_last(u), u_bar)
        left = matmul(u, gaps * (inner - swap_last(inner)) * columns)
        left = left + divide(u_bar - matmul(u, inner), columns)
        parts.append(matmul(left, vt))
    if vt_bar is not None:
        inner = matmul(vt, swap_last(vt_bar))
        right = matmul(rows * gaps * (inner - swap_last(inner)), vt)
        right = right + divide(vt_bar - matmul(swap_last(inner), vt), rows)
        parts.append(matmul(u, right))
    return [_sum(parts) if parts else None]


def _of_values(u: Value, s: Value, vt: Value, s_bar: Value, plain: bool) -> Value:
    """u diag(s_bar) v.T, of as many vectors as there are values."""
    if not plain:
        k = dim(s, s.ndim - 1)
        taken = ("s", False, True, False)
        u, vt = index(u, ("e", taken), k), index(vt, ("e", taken, FULL), k)
    return matmul(u * index(s_bar, COLUMNS), vt)


def _svdvals(op: Op) -> Sequence[Type]:
    a = matrix(op)
    m, n = a.shape[-2:]
    return [Array(*element_of_results(a), (*a.shape[:-2], m if m == n else fresh_sym()))]


def _svdvals_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    a = xs[0]
    u, s, vt = map(a.builder.wrap, a.builder.emit("svd", [a.atom], full_matrices=False))
    return [_of_values(u, s, vt, g, True)]


# ---- QR


def _qr(op: Op) -> Sequence[Type]:
    a = matrix(op)
    if op.params["mode"] != "reduced":
        raise Unsupported(refusals.MODE_OF_QR, mode=op.params["mode"])
    (*stack, m, n), found = a.shape, element_of_results(a)
    k: Dim = m if m == n else fresh_sym()
    return [Array(*found, (*stack, m, k)), Array(*found, (*stack, k, n))]


def _qr_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """Seeger et al., Auto-differentiating linear algebra (2017), of matrices no wider than high."""
    q, r = y
    q_bar, r_bar = g
    parts = []
    if r_bar is not None:
        parts.append(matmul(r, swap_last(r_bar)))
    if q_bar is not None:
        parts.append(-matmul(swap_last(q_bar), q))
    if not parts:
        return [None]
    low = _sum(parts)
    both = low.apply("tril", k=0) + swap_last(low.apply("tril", k=-1))
    whole = matmul(q, both) if q_bar is None else q_bar + matmul(q, both)
    return [swap_last(solve(r, swap_last(whole)))]


# ---- pseudo-inverses, powers and chains


def _pinv(op: Op) -> Sequence[Type]:
    a = matrix(op)
    return [Array(*element_of_results(a), (*a.shape[:-2], a.shape[-1], a.shape[-2]))]


def _pinv_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """Golub and Pereyra (1973), equation 4.12: where the rank stays as it is."""
    a, t = xs[0], ts[0]
    t_t, y_t = swap_last(t), swap_last(y)
    inside = -matmul(matmul(y, t), y)
    across = matmul(y, matmul(y_t, t_t))
    beside = matmul(t_t, matmul(y_t, y))
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


def _cond_definition(a: Value, p: Params) -> Value:
    """The largest singular value over the smallest, or the other way round."""
    if p["p"] not in (None, 2, -2):
        raise Unsupported(refusals.NORM_OF_MATRICES, order=p["p"])
    s = a.apply("svdvals")
    ends = [index(s, ("e", "i") if s.ndim > 1 else ("i",), k) for k in (0, -1)]
    largest, smallest = ends if p["p"] != -2 else ends[::-1]
    return divide(largest, smallest)


special("eigh", np.linalg.eigh, lambda op: list(_square(op)), "a UPLO='L'", vjp=_eigh_vjp, raises=True,
        path="np.linalg.eigh", several=type(np.linalg.eigh(np.eye(1))),
        kink=f"in the triangle that is read; {EQUAL}")  # fmt: skip
special("eigvalsh", np.linalg.eigvalsh, lambda op: [_square(op)[0]], "a UPLO='L'", vjp=_eigvalsh_vjp,
        raises=True, path="np.linalg.eigvalsh", kink="in the triangle that is read")  # fmt: skip
special("svd", np.linalg.svd, _svd, "a full_matrices=True", vjp=_svd_vjp, raises=True,
        path="np.linalg.svd", several=type(np.linalg.svd(np.eye(1))), kink=EQUAL,
        hint="leave it out: only real matrices have a rule")  # fmt: skip
special("svdvals", np.linalg.svdvals, _svdvals, "x", vjp=_svdvals_vjp, raises=True,
        path="np.linalg.svdvals")  # fmt: skip
special("qr", np.linalg.qr, _qr, "a mode='reduced'", vjp=_qr_vjp, raises=True, path="np.linalg.qr",
        several=type(np.linalg.qr(np.eye(1))),
        kink="raises at matrices of dependent columns, and at wide ones")  # fmt: skip
special("pinv", np.linalg.pinv, _pinv, "a rcond=None", jvp=_pinv_jvp, raises=True,
        path="np.linalg.pinv", kink="as if the rank stayed as it is")  # fmt: skip
composite("matrix_power", np.linalg.matrix_power, _power_definition, "a n=", raises=True,
          views=lambda op: (0,) if op.params["n"] == 1 else (),
          infer=lambda op: [Array(*element_of_results(matrix(op)), matrix(op).shape)],
          path="np.linalg.matrix_power")  # fmt: skip
composite("multi_dot", np.linalg.multi_dot, _chain_definition, "*arrays", raises=True,
          path="np.linalg.multi_dot", hint="multiply by @")  # fmt: skip
composite("cond", np.linalg.cond, _cond_definition, "x p=None", raises=True, path="np.linalg.cond")

