"""Rows of scipy.linalg: equations, inverses, factors, eigenvalues and norms of matrices.

Their derivatives are those of NumPy's functions; factors and vectors, whose signs LAPACK chooses, are
taken as SciPy has given them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.linalg

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Type, class_of, type_of
from pullback.rules import eigenvalues, spectra
from pullback.rules.linalg import cholesky_bar, inv_vjp, solve, square
from pullback.rules.ops import FULL, adjoint, conjugate, dim, index, part, reversed_along, transpose
from pullback.rules.scipy_ import equations, of_matrices, triangles  # noqa: F401  (enter their rows)
from pullback.rules.sizes import element_of
from pullback.rules.table import Params, Rule, built, composite, special

GENERAL = (None, "gen", "general")
TRIANGLES = {"upper triangular": "triu", "lower triangular": "tril"}
SYMMETRIC = ("sym", "symmetric", "pos", "positive definite", "her", "hermitian")


@lru_cache(None)
def _found(func: Callable[..., Any], types: tuple[tuple[int, str], ...], said: tuple[Any, ...]) -> Type:
    """The type of what comes of arrays of one element; scipy.linalg.norm gives several, by its order."""
    arrays = (np.ones((1,) * ndim, dtype) for ndim, dtype in types)
    result = func(*arrays, **dict(said))
    if not isinstance(result, np.ndarray):
        number: Type = type_of(result)  # type: ignore[assignment]
        return number
    return Array(class_of(result.dtype.name) or "float", result.dtype.name, ())


def _typed(func: Callable[..., Any], definition: Rule) -> Callable[[Op], Sequence[Type]]:
    """The shape of the definition in the dtype of the function."""

    def infer(op: Op) -> Sequence[Type]:
        (made,), _ = built(definition, op)
        types = tuple(
            (a.type.ndim if isinstance(a.type, Array) else 0, element_of(a.type)[1] or "float64")
            for a in op.inputs
        )
        said = {k: op.params[k] for k in ("ord", "axis", "keepdims") if k in op.params}
        found = _found(func, types, tuple(said.items()))
        if isinstance(made.type, Array):
            return [Array(*element_of(found), made.type.shape)]
        return [found]

    return infer


# ---- equations


def _read(a: Value, kind: Any, lower: bool) -> Value:
    """What the solver for matrices of a kind reads of one."""
    if kind in GENERAL:
        return a
    if kind in TRIANGLES:
        return a.apply(TRIANGLES[kind], k=0)
    half, k, turned = _half(kind, lower)
    return a.apply(half, k=0) + turned(a.apply(half, k=k))


def _read_back(bar: Value, kind: Any, lower: bool) -> Value:
    """The cotangent of a matrix from that of what is read of it."""
    if kind not in SYMMETRIC:
        return _read(bar, kind, lower)
    half, k, turned = _half(kind, lower)
    return bar.apply(half, k=0) + turned(bar).apply(half, k=k)


def _half(kind: str, lower: bool) -> tuple[str, int, Callable[[Value], Value]]:
    """The triangle that is read, its first diagonal beside the main one, and what makes the other."""
    half, k = ("tril", -1) if lower else ("triu", 1)
    return half, k, transpose if kind in ("sym", "symmetric") else adjoint


def _solve(op: Op) -> Sequence[Type]:
    if op.params["assume_a"] not in (*GENERAL, *TRIANGLES, *SYMMETRIC):
        raise Unsupported(refusals.KIND_OF_MATRIX, kind=op.params["assume_a"])
    return [triangles.solution(triangles.one_matrix(op), op.inputs[1].type)]


def _solve_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """Giles, Collected matrix derivative results (2008), section 2.3.1."""
    read = _read(xs[0], p["assume_a"], p["lower"])
    b_bar = solve(read if p["transposed"] else transpose(read), g)
    bar = triangles.of_matrix(b_bar, y, int(p["transposed"]))
    return [_read_back(bar, p["assume_a"], p["lower"]), b_bar]


def _norm_definition(a: Value, p: Params) -> Value:
    matrices = isinstance(p["axis"], tuple) or (p["axis"] is None and a.ndim == 2)
    name = "norm_of_matrices" if matrices and p["ord"] not in (None, "fro") else "norm"
    return a.apply(name, ord=p["ord"], axis=p["axis"], keepdims=p["keepdims"])


# ---- matrices of vectors


def _toeplitz_definition(c: Value, *rest: Any) -> Value:
    """Each diagonal holds one number: those of c below, and those of r beside."""
    *rows, _ = rest
    r = rows[0] if rows else conjugate(c)
    if c.ndim != 1 or r.ndim != 1:
        raise Unsupported(refusals.NEEDS_VECTORS)
    numbers = reversed_along(part(r, 0, 1, None), 0).apply("concatenate", c, axis=0)
    places = index(dim(c, 0).apply("arange"), (FULL, "n")) - dim(r, 0).apply("arange")
    return index(numbers, ("a",), places + (dim(r, 0) - 1))


def _circulant_definition(c: Value, p: Params) -> Value:
    if c.ndim != 1:
        raise Unsupported(refusals.NEEDS_VECTORS)
    steps = dim(c, 0).apply("arange")
    return index(c, ("a",), (index(steps, (FULL, "n")) - steps).apply("mod", dim(c, 0)))


COMPOSITES: list[tuple[str, Rule, str]] = [
    ("det", lambda a, p: a.apply("det"), "a overwrite_a! check_finite=True"),
    ("svdvals", lambda a, p: a.apply("svdvals"), "a overwrite_a! check_finite=True"),
    ("eigvalsh", lambda a, p: a.apply("eigvalsh", UPLO="L" if p["lower"] else "U"),
     "a * lower=True overwrite_a! check_finite=True driver=None"),
    ("norm", _norm_definition, "a ord=None axis=None keepdims=False check_finite=True"),
    ("toeplitz", _toeplitz_definition, "c r?"),
    ("circulant", _circulant_definition, "c"),
]  # fmt: skip


def _eigh_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    return eigenvalues.eigh_vjp(g, xs, y, {"UPLO": "L" if p["lower"] else "U"})


def _eigh(op: Op) -> list[Type]:
    return list(eigenvalues.square(op))


for _name, _definition, _spec in COMPOSITES:
    _func = getattr(scipy.linalg, _name)
    composite(f"scipy.linalg.{_name}", _func, _definition, _spec, path=f"scipy.linalg.{_name}",
              infer=_typed(_func, _definition), raises=True, hint="leave it out")  # fmt: skip
special("scipy.linalg.solve", scipy.linalg.solve, _solve,
        "a b lower=False overwrite_a! overwrite_b! check_finite=True assume_a=None transposed=False",
        vjp=_solve_vjp, raises=True, path="scipy.linalg.solve", hint="leave it out")  # fmt: skip
special("scipy.linalg.inv", scipy.linalg.inv, square, "a overwrite_a! check_finite=True", vjp=inv_vjp,
        raises=True, path="scipy.linalg.inv", hint="leave it out")  # fmt: skip
special("scipy.linalg.cholesky", scipy.linalg.cholesky, square,
        "a lower=False overwrite_a! check_finite=True",
        vjp=lambda g, xs, y, p: [cholesky_bar(g, y, not p["lower"])], raises=True,
        path="scipy.linalg.cholesky", kink="in the triangle that is read")  # fmt: skip
special("scipy.linalg.eigh", scipy.linalg.eigh, _eigh,
        "a * lower=True overwrite_a! check_finite=True driver=None", vjp=_eigh_vjp, raises=True,
        path="scipy.linalg.eigh", several=tuple, hint="leave it out",
        kink=f"in the triangle that is read; {eigenvalues.EQUAL}; {eigenvalues.PHASES}")  # fmt: skip
special("scipy.linalg.svd", scipy.linalg.svd, spectra.svd_type,
        "a full_matrices=True * overwrite_a! check_finite=True lapack_driver='gesdd'",
        vjp=spectra.svd_vjp, raises=True, path="scipy.linalg.svd", several=tuple, hint="leave it out",
        kink=f"{eigenvalues.EQUAL}; {eigenvalues.PHASES}")  # fmt: skip
