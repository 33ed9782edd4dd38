"""Rows of functions of matrices of scipy.linalg, of QR factors, and of blocks along a diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.linalg

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir import sizes
from pullback.ir.build import Value
from pullback.ir.core import Const, Op
from pullback.ir.types import Array, Dim, Type, elementwise_type, fresh_sym, is_complex
from pullback.rules.linalg import square
from pullback.rules.ops import FULL, dim, index, part, swap_last, transpose
from pullback.rules.scipy_.triangles import square_matrix
from pullback.rules.sizes import element_of, in_double
from pullback.rules.spectra import pinv_jvp, pinv_type, qr_vjp
from pullback.rules.table import Params, composite, linear, refuse, special

# ---- functions of matrices


def _expm_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """The Fréchet derivative at the transpose, in the direction of g (Higham, Functions of matrices,
    2008, section 3.2: the adjoint of the one at a matrix)."""
    at = swap_last(xs[0])
    if at.ndim > 2:
        return [_derivative_of_exponential(at, g)]
    return [at.apply("scipy.linalg.expm_along", g)]


def _expm_along(op: Op) -> Sequence[Type]:
    a = square_matrix(op)
    return [Array(*in_double([a, op.inputs[1].type]), a.shape)]


def _derivative_of_exponential(a: Value, e: Value, *_: Any) -> Value:
    """The block beside the diagonal of the exponential of [[a, e], [0, a]] (Higham, equation 3.16)."""
    n = dim(a, a.ndim - 1)
    above = a.apply("concatenate", e, axis=-1)
    below = a.apply("zeros_like").apply("concatenate", a, axis=-1)
    both = above.apply("concatenate", below, axis=-2).apply("scipy.linalg.expm")
    rows, columns = ("s", False, True, False), ("s", True, False, False)
    return index(both, ("e", rows, columns), n, n)


def _expm_frechet(op: Op) -> Sequence[Type]:
    if op.params.get("compute_expm", True):
        raise Unsupported(refusals.DERIVATIVE_ALONE)
    return _expm_along(op)


def _sqrtm(op: Op) -> Sequence[Type]:
    if not is_complex(op.inputs[0].type):
        raise Unsupported(refusals.ROOT_OF_REAL)
    return [square_matrix(op)]


def _sqrtm_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """Of y y = a: y.T a_bar + a_bar y.T = g (Higham, section 6.1)."""
    turned = transpose(y)
    return [turned.apply("scipy.linalg.sylvester_or_nan", turned, g)]


# ---- QR

# There q has columns that say nothing of the matrix.
OF_DEPENDENT = (
    "nan at matrices of dependent columns; raises at ones of more rows than columns if all of q is used"
)


def _qr(op: Op) -> Sequence[Type]:
    a, mode = square_matrix(op), op.params["mode"]
    if mode not in ("full", "economic", "r"):
        raise Unsupported(refusals.MODE_OF_QR, mode=mode)
    (m, n), found = a.shape, (a.cls, a.dtype)
    k: Dim = m if m == n else fresh_sym()
    q, r = Array(*found, (m, k if mode == "economic" else m)), Array(
        *found, (k if mode == "economic" else m, n)
    )
    order = [Array("int", "int32", (n,))] if op.params["pivoting"] else []
    return [r, *order] if mode == "r" else [q, r, *order]


def _qr_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Any]:
    """That of np.linalg.qr, of the columns in the order that was found."""
    a, mode = xs[0], p["mode"]
    g, y = [*g], [*y]
    order = y.pop() if p["pivoting"] else None
    q_bar, r_bar = (None, g[0]) if mode == "r" else g[:2]
    q, r = _economic(a, p)[:2] if mode == "r" else y
    if mode == "full" and q_bar is None:
        count = dim(a, 0).apply("min_int", dim(a, 1))
        q, r = part(q, 1, None, count), part(r, 0, None, count)
    if mode != "economic" and q_bar is None:
        r_bar = part(r_bar, 0, None, dim(r, 0))
    if order is None:
        return qr_vjp((q_bar, r_bar), [a], (q, r), p)
    (found,) = qr_vjp((q_bar, r_bar), [index(a, (FULL, "a"), order)], (q, r), p)
    return [index(found, (FULL, "a"), order.apply("argsort", axis=-1, kind=None))]


def _economic(a: Value, p: Params) -> list[Value]:
    outputs = a.builder.emit(
        "scipy.linalg.qr", [a.atom], mode="economic", pivoting=p["pivoting"], check_finite=False
    )
    return [*map(a.builder.wrap, outputs)]


# ---- blocks


def _block_diag(op: Op) -> Sequence[Type]:
    shapes = [a.type.shape if isinstance(a.type, Array) else () for a in op.inputs]
    if not shapes or any(len(shape) > 2 for shape in shapes):
        raise Unsupported(refusals.NEEDS_MATRICES)
    matrices = [(1, 1, *shape)[-2:] for shape in shapes]
    kinds = [Array(*element_of(a.type), (1,)) for a in op.inputs]
    found = elementwise_type(lambda *xs: np.concatenate(xs), kinds)
    assert isinstance(found, Array)
    return [Array(found.cls, found.dtype, tuple(map(sizes.joined, zip(*matrices, strict=True))))]


def _blocks(g: Value, *blocks_and_p: Any) -> list[Value]:
    """The part of the cotangent at the place of each block."""
    *blocks, _ = blocks_and_p
    zero, one = (Value(g.builder, Const(n)) for n in (0, 1))
    row, column, parts = zero, zero, []
    for x in blocks:
        height, width = (dim(x, k + x.ndim - 2) if k + x.ndim > 1 else one for k in (0, 1))
        ends = (row + height, column + width)
        parts.append(_block(g, x.ndim, (row, column), ends))
        row, column = ends
    return parts


def _block(g: Value, ndim: int, starts: tuple[Value, Value], ends: tuple[Value, Value]) -> Value:
    """A block as a matrix, as the vector that is its row, or as the number that it is."""
    entries: list[Any] = []
    bounds: list[Value] = []
    for axis, start, end in zip((0, 1), starts, ends, strict=True):
        if axis + ndim > 1:
            entries.append(("s", True, True, False))
            bounds += [start, end]
        else:
            entries.append("i")
            bounds.append(start)
    return index(g, tuple(entries), *bounds)


special("scipy.linalg.expm", scipy.linalg.expm, square, "A", vjp=_expm_vjp, raises=True,
        path="scipy.linalg.expm",
        kink="nan where the matrix or its cotangent is not finite")  # fmt: skip
composite("scipy.linalg.expm_along", None, _derivative_of_exponential, "a e", infer=_expm_along)
composite("scipy.linalg.expm_frechet", scipy.linalg.expm_frechet, _derivative_of_exponential,
          "A E * method=None compute_expm=True check_finite=True", infer=_expm_frechet, raises=True,
          path="scipy.linalg.expm_frechet")  # fmt: skip
special("scipy.linalg.sqrtm", scipy.linalg.sqrtm, _sqrtm, "A", vjp=_sqrtm_vjp, raises=True,
        path="scipy.linalg.sqrtm", hint="leave it out",
        kink="nan where the matrix or its cotangent is not finite")  # fmt: skip
special("scipy.linalg.qr", scipy.linalg.qr, _qr,
        "a overwrite_a! lwork! mode='full' pivoting=False check_finite=True", vjp=_qr_vjp, raises=True,
        path="scipy.linalg.qr", several=tuple, kink=OF_DEPENDENT)  # fmt: skip
special("scipy.linalg.pinv", scipy.linalg.pinv, pinv_type, "a * atol=None rtol=None check_finite=True",
        jvp=pinv_jvp, raises=True, path="scipy.linalg.pinv", kink="as if the rank stayed as it is",
        hint="leave it out")  # fmt: skip
linear("scipy.linalg.block_diag", scipy.linalg.block_diag, _block_diag, [_blocks], "**arrs",
       linear_in=(), path="scipy.linalg.block_diag")  # fmt: skip
refuse(scipy.linalg.logm, "has no rule",
       "of a Hermitian matrix write w, v = np.linalg.eigh(a) and (v * np.log(w)) @ v.conj().T")
