"""Rows of scipy.linalg that solve with triangles and with factors.

Each solves with the same factors in the reverse sweep, so that it costs as much as the function. Where
a matrix with cotangent ``a_bar`` is a product of factors, those have the cotangents that its product
rule gives (Giles, Collected matrix derivative results, 2008, section 2.2.2), in the triangle that is
read. Nothing is conjugated (see ``rules.complex_``), except where the function does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.linalg

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Const, Op
from pullback.ir.types import Array, Type, elementwise_type
from pullback.rules.linalg import cholesky_bar, element_of_results, matrix, solve_or_nan
from pullback.rules.ops import adjoint, conjugate, dim, matmul, outer, transpose
from pullback.rules.table import Params, special

PAIR = (None, None)
TURNED = {0: 0, "N": 0, 1: 1, "T": 1, 2: 2, "C": 2}


def square_matrix(op: Op) -> Array:
    """The type of a result in the form of the first input, which is one matrix."""
    a = one_matrix(op)
    return Array(*element_of_results(a), a.shape)


def one_matrix(op: Op) -> Array:
    """The type of the first input, which is no stack of matrices."""
    a = matrix(op)
    if a.ndim != 2:
        raise Unsupported(refusals.ONE_MATRIX)
    return a


def solution(a: Type, b: Type) -> Array:
    """The type of what solves equations of a matrix, for a vector or for each column of a matrix."""
    if not isinstance(b, Array) or b.ndim not in (1, 2):
        raise Unsupported(refusals.NEEDS_RIGHT_SIDE)
    found = elementwise_type(np.true_divide, [a, b])
    assert isinstance(found, Array)
    return Array(found.cls, found.dtype, b.shape)


def product(u: Value, v: Value) -> Value:
    """u v.T, of vectors or of matrices of as many columns."""
    return outer(u, v) if u.ndim == 1 else matmul(u, transpose(v))


# ---- triangles


def solve_with(a: Value, b: Value, trans: int, lower: bool, unit_diagonal: bool = False) -> Value:
    """The solution for a triangle, whatever numbers there are."""
    return a.apply(
        "scipy.linalg.solve_triangular", b, trans=trans, lower=lower, unit_diagonal=unit_diagonal,
        check_finite=False,
    )  # fmt: skip


def of_transposed(found: Any, trans: int, g: Value) -> Value:
    """What equations with the transpose give: ``found(rest, trans)`` solves those of the matrix."""
    y: Value = found(conjugate(g), 0) if trans == 2 else found(g, 1 - trans)
    return conjugate(y) if trans == 2 else y


def of_matrix(b_bar: Value, y: Value, trans: int) -> Value:
    """The cotangent of the matrix of equations of which ``y`` is the solution."""
    if trans == 0:
        return -product(b_bar, y)
    bar = -product(y, b_bar)
    return conjugate(bar) if trans == 2 else bar


def _solve_triangular(op: Op) -> Sequence[Type]:
    if op.params["trans"] not in TURNED:
        raise ValueError(f"it does not turn a matrix by trans={op.params['trans']!r}")
    return [solution(one_matrix(op), op.inputs[1].type)]


def _solve_triangular_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """Giles, section 2.3.1, in the triangle that is read."""
    a, trans, lower, unit = xs[0], TURNED[p["trans"]], p["lower"], p["unit_diagonal"]
    b_bar = of_transposed(lambda r, t: solve_with(a, r, t, lower, unit), trans, g)
    k = (-1 if lower else 1) if unit else 0
    return [of_matrix(b_bar, y, trans).apply("tril" if lower else "triu", k=k), b_bar]


# ---- Cholesky factors


def _cho_factor_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Value]:
    """In the triangle that the function does not write stand the numbers of the matrix."""
    (c,), (c_bar,) = y, g
    half, rest, k = ("tril", "triu", 1) if p["lower"] else ("triu", "tril", -1)
    factor_bar = cholesky_bar(c_bar, c.apply(half, k=0), not p["lower"])
    return [factor_bar + c_bar.apply(rest, k=k)]


def is_pair(nesting: Any) -> bool:
    return nesting is not None and tuple(nesting) == PAIR


def _cho_solve(op: Op) -> Sequence[Type]:
    if not is_pair(op.params["c_and_lower"]) or not isinstance(op.inputs[1], Const):
        raise Unsupported(refusals.NEEDS_FACTORS, function="cho_factor", solve="cho_solve")
    return [solution(one_matrix(op), op.inputs[2].type)]


def _cho_solve_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Any]:
    """Of l l^H x = b: the matrix has the cotangent -b_bar x.T, of which the real and the imaginary
    part of l get what is due to both factors."""
    c, side, _ = xs
    assert isinstance(side.atom, Const)
    b_bar = conjugate(c.apply("scipy.linalg.cho_solve", side, conjugate(g), c_and_lower=PAIR,
                              check_finite=False))  # fmt: skip
    a_bar = -product(b_bar, y)
    both = a_bar + adjoint(a_bar)
    if side.atom.value:
        return [matmul(both, conjugate(c.apply("tril", k=0))).apply("tril", k=0), None, b_bar]
    return [matmul(conjugate(c.apply("triu", k=0)), both).apply("triu", k=0), None, b_bar]


# ---- LU factors


def _lu_factor(op: Op) -> Sequence[Type]:
    found = square_matrix(op)
    return [found, Array("int", "int32", found.shape[:1])]


def _lower(lu: Value) -> Value:
    return lu.apply("tril", k=-1) + dim(lu, 0).apply("eye")


def _lu_solve_with(lu: Value, piv: Value, b: Value, trans: int) -> Value:
    return lu.apply("scipy.linalg.lu_solve", piv, b, lu_and_piv=PAIR, trans=trans, check_finite=False)


def _lu_factor_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Value]:
    """Of p a = l u: p a_bar = inv(l).T (tril(l.T l_bar, -1) + triu(u_bar u.T)) inv(u).T (de Hoog,
    Anderssen and Lukas, Differentiation of matrix functionals using triangular factorization, 2011)."""
    (lu, piv), (lu_bar, _) = y, g
    told = "scipy.linalg.lu_factor of matrices that are not square has no derivative"
    lu = lu.apply("of_square", xs[0], told=told)
    lower, upper = _lower(lu), lu.apply("triu", k=0)
    below = matmul(transpose(lower), lu_bar.apply("tril", k=-1)).apply("tril", k=-1)
    above = matmul(lu_bar.apply("triu", k=0), transpose(upper)).apply("triu", k=0)
    inner = transpose(solve_or_nan(upper, transpose(below + above)))
    return [_lu_solve_with(lower, piv, inner, 1)]  # as a matrix of which u is the identity


def _lu_solve(op: Op) -> Sequence[Type]:
    if not is_pair(op.params["lu_and_piv"]):
        raise Unsupported(refusals.NEEDS_FACTORS, function="lu_factor", solve="lu_solve")
    return [solution(one_matrix(op), op.inputs[2].type)]


def _lu_solve_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Any]:
    """The factors of p a have the cotangents p a_bar u.T and l.T p a_bar."""
    (lu, piv, _), trans = xs, p["trans"]
    b_bar = of_transposed(lambda r, t: _lu_solve_with(lu, piv, r, t), trans, g)
    rows, columns = (y, b_bar) if trans else (b_bar, y)
    permuted = _lu_solve_with(dim(lu, 0).apply("eye"), piv, rows, 0)
    a_bar = -product(permuted, columns)
    if trans == 2:
        a_bar = conjugate(a_bar)
    of_lower = matmul(a_bar, transpose(lu.apply("triu", k=0))).apply("tril", k=-1)
    of_upper = matmul(transpose(_lower(lu)), a_bar).apply("triu", k=0)
    return [of_lower + of_upper, None, b_bar]


special("scipy.linalg.solve_triangular", scipy.linalg.solve_triangular, _solve_triangular,
        "a b trans=0 lower=False unit_diagonal=False overwrite_b! check_finite=True",
        vjp=_solve_triangular_vjp, raises=True, path="scipy.linalg.solve_triangular",
        kink="in the triangle that is read")  # fmt: skip
special("scipy.linalg.cho_factor", scipy.linalg.cho_factor, lambda op: [square_matrix(op)],
        "a lower=False overwrite_a! check_finite=True", vjp=_cho_factor_vjp, raises=True,
        path="scipy.linalg.cho_factor", several=tuple, kink="in the triangle that is read",
        gives=lambda types, p: [0, Const(p["lower"])])  # fmt: skip
special("scipy.linalg.cho_solve", scipy.linalg.cho_solve, _cho_solve,
        "c_and_lower[*] b overwrite_b! check_finite=True", vjp=_cho_solve_vjp, raises=True,
        path="scipy.linalg.cho_solve", kink="in the triangle that is read")  # fmt: skip
special("scipy.linalg.lu_factor", scipy.linalg.lu_factor, _lu_factor, "a overwrite_a! check_finite=True",
        vjp=_lu_factor_vjp, raises=True, path="scipy.linalg.lu_factor", several=tuple,
        kink="nan at singular matrices; raises at ones that are not square")  # fmt: skip
special("scipy.linalg.lu_solve", scipy.linalg.lu_solve, _lu_solve,
        "lu_and_piv[*] b trans=0 overwrite_b! check_finite=True", vjp=_lu_solve_vjp, raises=True,
        path="scipy.linalg.lu_solve")  # fmt: skip
