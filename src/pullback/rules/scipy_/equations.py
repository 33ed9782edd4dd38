"""Rows of scipy.linalg that solve equations of matrices of a form, or in the sense of least squares.

The reverse sweep solves those of the transposed matrix, which is of the same form (Giles, Collected
matrix derivative results, 2008, section 2.3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import scipy.linalg

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Const, Op
from pullback.ir.types import PY_INT, Array, Type, elementwise_type, fresh_sym
from pullback.rules.linalg import real_type
from pullback.rules.ops import (
    FULL,
    conjugate,
    dim,
    index,
    matmul,
    part,
    reversed_along,
    sum_,
    transpose,
    where,
)
from pullback.rules.scipy_.triangles import PAIR, is_pair, of_matrix, one_matrix, solution
from pullback.rules.sizes import element_of, in_double
from pullback.rules.solving import lstsq_vjp
from pullback.rules.table import Params, special

# ---- matrices with a band


def _solve_banded(op: Op) -> Sequence[Type]:
    return [solution(one_matrix(op), op.inputs[1].type)]


def _turned(ab: Value, below: int, above: int) -> Value:
    """The transpose of a matrix of which the diagonals are rows; the number at row i of it and at the
    diagonal d is at row i + d of the matrix."""
    n = dim(ab, 1)
    rows = index(Value(ab.builder, Const(below + above + 1)).apply("arange"), (FULL, "n"))
    columns = (n.apply("arange") + (rows - below)).apply("mod", n)
    return index(ab, ("a", "a"), below + above - rows, columns)


def _solve_banded_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """What is not in the band has no cotangent, nor what is beyond the matrix."""
    (ab, _), (below, above) = xs, p["l_and_u"]
    turned = _turned(ab, below, above)
    b_bar = turned.apply("scipy.linalg.solve_banded", g, l_and_u=(above, below), check_finite=False)
    n = dim(ab, 1)
    diagonals = Value(ab.builder, Const(below + above + 1)).apply("arange") - above
    rows = n.apply("arange") + index(diagonals, (FULL, "n"))
    products = index(b_bar, ("a",), rows.apply("mod", n)) * y
    if y.ndim == 2:
        products = sum_(products, -1)
    return [where((rows >= 0) & (rows < n), -products, 0.0), b_bar]


# ---- matrices of which each diagonal holds one number


def _solve_toeplitz(op: Op) -> Sequence[Type]:
    nesting = op.params["c_or_cr"]
    if nesting is not None and not is_pair(nesting):
        raise ValueError("it takes one vector, or a pair of them")
    *vectors, b = (a.type for a in op.inputs)
    if any(not isinstance(v, Array) or v.ndim != 1 for v in vectors):
        raise Unsupported(refusals.NEEDS_VECTORS)
    found = solution(vectors[0], b)
    return [Array(*in_double([*vectors, b]), found.shape)]


def _solve_toeplitz_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """Each number has the sum of what its diagonal has; the first one of the row is not read."""
    c, *given, _ = xs
    r = given[0] if given else conjugate(c)
    column = part(c, 0, None, 1).apply("concatenate", part(r, 0, 1, None), axis=0)
    b_bar = column.apply("scipy.linalg.solve_toeplitz", c, g, c_or_cr=PAIR, check_finite=False)
    below, beside = _along_diagonals(of_matrix(b_bar, y, 0))
    return [below, beside, b_bar] if given else [below + conjugate(beside), b_bar]


def _along_diagonals(a: Value) -> tuple[Value, Value]:
    """The sums along the diagonals below and on the main one, and along those above after a zero."""
    n = dim(a, 0)
    row = index(a, ("i",), 0)
    zeros = row.apply("concatenate", part(row, 0, 1, None), axis=0).apply("zeros_like")
    places = index(n.apply("arange"), (FULL, "n")) - n.apply("arange") + (n - 1)
    sums = zeros.apply("add_at", a, places, path=(("a",),))
    above = reversed_along(part(sums, 0, None, n - 1), 0)
    return part(sums, 0, n - 1, None), part(zeros, 0, None, 1).apply("concatenate", above, axis=0)


# ---- a x + x b = q


def _solve_sylvester(op: Op) -> Sequence[Type]:
    types = [a.type for a in op.inputs]
    if any(not isinstance(t, Array) or t.ndim != 2 for t in types):
        raise Unsupported(refusals.ONE_MATRIX)
    found = elementwise_type(
        lambda a, b, q: a / 2 + b + q, [Array(*element_of(t), (1, 1)) for t in types]
    )
    assert isinstance(found, Array)
    assert isinstance(types[2], Array)
    return [Array(found.cls, found.dtype, types[2].shape)]


def _solve_sylvester_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """q_bar solves a.T q_bar + q_bar b.T = g, and a_bar = -q_bar y.T, b_bar = -y.T q_bar."""
    a, b, _ = xs
    q_bar = transpose(a).apply("scipy.linalg.sylvester_or_nan", transpose(b), g)
    return [-matmul(q_bar, transpose(y)), -matmul(transpose(y), q_bar), q_bar]


# ---- least squares


def _lstsq(op: Op) -> Sequence[Type]:
    a = one_matrix(op)
    found = solution(a, op.inputs[1].type)
    x = Array(found.cls, found.dtype, (a.shape[1], *found.shape[1:]))
    if op.params["lapack_driver"] == "gelsy":
        return [x]
    left, values = (real_type(Array(found.cls, found.dtype, (fresh_sym(),))) for _ in range(2))
    return [x, left, PY_INT, values]


def _results(types: Sequence[Type], p: Params) -> list[Any]:
    """Of one vector, the kind of the squares that are left is not known."""
    assert isinstance(types[0], Array)
    if p["lapack_driver"] == "gelsy":
        return [0, refusals.SOLUTION_ALONE, refusals.SOLUTION_ALONE, None]
    return [0, 1 if types[0].ndim == 2 else refusals.SQUARES_OF_VECTOR, 2, 3]


def _lstsq_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    return lstsq_vjp((*g, None, None, None)[:4], xs, y, {"rcond": p["cond"]})


special("scipy.linalg.solve_banded", scipy.linalg.solve_banded, _solve_banded,
        "l_and_u= ab b overwrite_ab! overwrite_b! check_finite=True", vjp=_solve_banded_vjp, raises=True,
        path="scipy.linalg.solve_banded", kink="in the band")  # fmt: skip
special("scipy.linalg.solve_toeplitz", scipy.linalg.solve_toeplitz, _solve_toeplitz,
        "c_or_cr[*] b check_finite=True", vjp=_solve_toeplitz_vjp, raises=True,
        path="scipy.linalg.solve_toeplitz")  # fmt: skip
special("scipy.linalg.sylvester_or_nan", None, _solve_sylvester, "a b q", vjp=_solve_sylvester_vjp)
special("scipy.linalg.solve_sylvester", scipy.linalg.solve_sylvester, _solve_sylvester, "a b q",
        vjp=_solve_sylvester_vjp, raises=True, path="scipy.linalg.solve_sylvester")  # fmt: skip
special("scipy.linalg.lstsq", scipy.linalg.lstsq, _lstsq,
        "a b cond=None overwrite_a! overwrite_b! check_finite=True lapack_driver=None",
        vjp=_lstsq_vjp, raises=True, several=tuple, gives=_results, path="scipy.linalg.lstsq",
        kink="as if the rank stayed as it is")  # fmt: skip
