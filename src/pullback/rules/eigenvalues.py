"""Rows of eigenvalues and eigenvectors, of Hermitian matrices and of others.

Stacks of matrices are taken as NumPy takes them. Where two eigenvalues are equal, their vectors are
taken not to turn into each other. A complex vector is known up to a factor of size 1. Those of
Hermitian matrices are taken to have one that does not turn (``v^H v_dot`` is 0): LAPACK keeps their
first component real, which may be as small as rounding errors are, and what does not depend on the
factor does not depend on that. Of others it keeps the largest component real, and so does the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Scalar, Type, elementwise_type, is_complex
from pullback.rules.linalg import element_of_results, halved, matrix, real_type, solve_or_nan
from pullback.rules.ops import (
    FULL,
    adjoint,
    conjugate,
    dim,
    index,
    matmul,
    over,
    part,
    sum_,
    swap_last,
    where,
)
from pullback.rules.table import Params, special

EQUAL = "vectors of equal values are taken not to turn into each other"
PHASES = "of complex vectors for what does not depend on their phases"
ROWS_OF, COLUMNS = ("e", "n"), ("e", "n", FULL)


def gaps(values: Value) -> Value:
    """1 / (v[j] - v[i]), and 0 where the two are equal."""
    found = index(values, COLUMNS) - index(values, ROWS_OF)
    equal = found.equals(0)
    return where(equal, 0.0, 1 / where(equal, 1.0, found))


def total(parts: Sequence[Value]) -> Value:
    """The sum of one or more."""
    found = parts[0]
    for other in parts[1:]:
        found = found + other
    return found


# ---- Hermitian matrices


def square(op: Op) -> tuple[Type, Type]:
    """The types of a real value for each row of a matrix, and of the matrix."""
    a = matrix(op)
    if op.params.get("UPLO", "L") not in ("L", "U"):
        raise Unsupported(refusals.TRIANGLE, name=op.params["UPLO"])
    found = element_of_results(a)
    return real_type(Array(*found, a.shape[:-1])), Array(*found, a.shape)


def _in_triangle(whole: Value, p: Params) -> Value:
    """The cotangent of a Hermitian matrix of which one triangle is read."""
    lower = halved(whole + adjoint(whole))
    return conjugate(lower if p["UPLO"] == "L" else adjoint(lower))


def eigh_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """Giles, section 3.1: v (diag(w_bar) + f * (v^H v_bar)) v^H, f = 1 / (w[j] - w[i])."""
    w, v = y
    w_bar, v_bar = g
    parts = []
    if w_bar is not None:
        parts.append(matmul(v * index(w_bar, COLUMNS), adjoint(v)))
    if v_bar is not None:
        turned = gaps(w) * matmul(adjoint(v), conjugate(v_bar))
        parts.append(matmul(matmul(v, turned), adjoint(v)))
    return [_in_triangle(total(parts), p)]


def _eigvalsh_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    a = xs[0]
    _, v = a.builder.emit("eigh", [a.atom], UPLO=p["UPLO"])
    vectors = a.builder.wrap(v)
    return [_in_triangle(matmul(vectors * index(g, COLUMNS), adjoint(vectors)), p)]


# ---- others, whose eigenvalues are complex


def complex_type(t: Array) -> tuple[str, str | None]:
    """Class and dtype of complex numbers, as exact as those of an array."""
    found = elementwise_type(lambda x: x + 0j, [Array(*element_of_results(t), ())])
    assert isinstance(found, Array | Scalar)
    return found.cls, found.dtype


def _complex_square(op: Op) -> tuple[Array, Array]:
    a = matrix(op)
    found = complex_type(a)
    return Array(*found, a.shape[:-1]), Array(*found, a.shape)


def _eig_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """inv(v).T (diag(w_bar) + f * (v.T v_bar)) v.T, with f = 1 / (w[j] - w[i]) (Giles, section 3.1)."""
    w, v = y
    w_bar, v_bar = g
    vt = swap_last(v)
    parts = []
    if w_bar is not None:
        parts.append(index(w_bar, ROWS_OF) * vt)
    if v_bar is not None:
        parts.append(matmul(gaps(w) * matmul(vt, _of_unit_vectors(v, v_bar)), vt))
    return [solve_or_nan(vt, total(parts))]


def _of_unit_vectors(v: Value, v_bar: Value) -> Value:
    """Without what changes lengths, and with what keeps the largest component of a column real."""
    products = sum_(v * v_bar, -2, True)
    size = v.apply("absolute")
    places = dim(v, v.ndim - 2).apply("arange")
    order = (-size).apply("argsort", axis=-2, kind="stable")  # not argmax, for which there must be one
    largest = index(places, (FULL, "n")).equals(part(order, order.ndim - 2, 0, 1))
    phase = where(largest, over(products.apply("imag"), where(largest, size, 1.0)), 0.0)
    return v_bar - products.apply("real") * conjugate(v) - 1j * phase


def _eigvals_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    a = xs[0]
    name = "eig" if is_complex(a.type) else "eig_of_real"
    _, v = map(a.builder.wrap, a.builder.emit(name, [a.atom]))
    return [solve_or_nan(swap_last(v), index(g, ROWS_OF) * swap_last(v))]


special("eigh", np.linalg.eigh, lambda op: list(square(op)), "a UPLO='L'", vjp=eigh_vjp, raises=True,
        path="np.linalg.eigh", several=type(np.linalg.eigh(np.eye(1))),
        kink=f"in the triangle that is read; {EQUAL}; {PHASES}")  # fmt: skip
special("eigvalsh", np.linalg.eigvalsh, lambda op: [square(op)[0]], "a UPLO='L'", vjp=_eigvalsh_vjp,
        raises=True, path="np.linalg.eigvalsh", kink="in the triangle that is read")  # fmt: skip
special("eig", np.linalg.eig, lambda op: list(_complex_square(op)), "a", vjp=_eig_vjp, raises=True,
        path="np.linalg.eig", several=type(np.linalg.eig(np.eye(1))),
        kink=f"{EQUAL}; of each the largest component stays real")  # fmt: skip
special("eigvals", np.linalg.eigvals, lambda op: [_complex_square(op)[0]], "a", vjp=_eigvals_vjp,
        raises=True, path="np.linalg.eigvals",
        kink="nan where there are fewer vectors than values")  # fmt: skip
# Of a real matrix, as complex numbers also where all are real (see ``frontend.forms``).
special("eig_of_real", None, lambda op: list(_complex_square(op)), "a", vjp=_eig_vjp, raises=True,
        path="np.linalg.eig", several=type(np.linalg.eig(np.eye(1))),
        kink=f"{EQUAL}; of each the largest component stays real")  # fmt: skip
special("eigvals_of_real", None, lambda op: [_complex_square(op)[0]], "a", vjp=_eigvals_vjp,
        raises=True, path="np.linalg.eigvals",
        kink="nan where there are fewer vectors than values")  # fmt: skip
