"""Rows of polynomials that are vectors of coefficients, the highest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value, shape_of
from pullback.ir.core import Const, Op
from pullback.ir.types import Array, Scalar, Type, fresh_sym
from pullback.rules.eigenvalues import complex_type
from pullback.rules.linalg import inv
from pullback.rules.ops import (
    FULL,
    by_name,
    dim,
    divide,
    index,
    matmul,
    outer,
    part,
    sqrt,
    sum_,
    transpose,
    where,
)
from pullback.rules.shapes import at_least
from pullback.rules.sizes import in_double
from pullback.rules.table import Params, Rule, composite, special

# ---- sums and products


def _joined(name: str) -> Rule:
    def definition(a: Value, b: Value, p: Params) -> Value:
        """Coefficients of the same power added or subtracted."""
        a, b = at_least("atleast_1d", a), at_least("atleast_1d", b)
        if shape_of(a.atom) != shape_of(b.atom):
            size = -(-dim(a, 0)).apply("min_int", -dim(b, 0))
            a, b = (_lengthened(v, size) for v in (a, b))
        return a.apply(name, b)

    return definition


def _lengthened(a: Value, size: Value) -> Value:
    """Zeros before, up to a size."""
    before = size - dim(a, 0)
    return a.apply("pad", before, 0, pad_width=(None, None), mode="constant", constant_values=0)


def _product_definition(a: Value, b: Value, p: Params) -> Value:
    """A convolution, after leading zeros are left out."""
    return _trimmed(a).apply("convolve", _trimmed(b), mode="full")


def _trimmed(a: Value) -> Value:
    """From the first coefficient on that is not 0, the last one at least."""
    a = at_least("atleast_1d", a)
    there = a.apply("ne", 0)
    reduced: dict[str, Any] = {"axis": None, "keepdims": False}
    first = where(there.apply("any", **reduced), there.apply("argmax", **reduced), dim(a, 0) - 1)
    return part(a, 0, first, None)


# ---- derivatives and integrals of polynomials


def _derived_definition(c: Value, p: Params) -> Value:
    for _ in range(p["m"]):
        c = part(c, 0, None, -1) * (dim(c, 0) - 1).apply("arange", 0, -1)
    return c


def _integral_definition(*args: Any) -> Value:
    """Each coefficient over its new power, and a constant of integration."""
    *inputs, p = args
    (c,), given = by_name(inputs, p)
    for k in range(p["m"]):
        c = c / dim(c, 0).apply("arange", 0, -1)
        c = c.apply("append", _constant(given.get("k"), k), axis=None)
    return c


def _constant(k: Value | None, place: int) -> Any:
    if k is None or not k.ndim:
        return 0.0 if k is None else k
    return index(k, ("i",), 0 if shape_of(k.atom) == (1,) else place)


# ---- fits and roots


def _fit_definition(*args: Any) -> Value:
    return _fitted(*args)[0]


def _fitted(*args: Any) -> tuple[Value, list[Value], Value, Value]:
    """Least squares in powers of x, each column scaled to length 1, as NumPy does: the coefficients,
    what is told of the fit, and the columns with their lengths."""
    *inputs, p = args
    (x, y), given = by_name(inputs, p)
    left = x.apply("vander", p["deg"] + 1, increasing=False)
    if "w" in given:
        w = index(given["w"], (FULL, "n"))
        left, y = left * w, y * (w if y.ndim > 1 else given["w"])
    scale = sqrt(sum_(left * left, 0))
    left = left / scale
    outputs = left.builder.emit("lstsq", [left.atom, y.atom], rcond=p["rcond"])
    found, *told = map(left.builder.wrap, outputs)
    return found / (index(scale, (FULL, "n")) if y.ndim > 1 else scale), told, left, scale


def _told_definition(*args: Any) -> list[Value]:
    """The coefficients, and what np.linalg.lstsq tells beside them."""
    coefficients, told, _, _ = _fitted(*args)
    known = args[-1]["rcond"]
    if known is None:
        return [coefficients, *told, dim(args[0], 0) * float(np.finfo("float64").eps)]
    return [coefficients, *told, coefficients.builder.wrap(Const(known))]


def _spread_definition(*args: Any) -> list[Value]:
    """The coefficients and how they vary together, in units of what is left over unless unscaled."""
    coefficients, (left_over, *_), left, scale = _fitted(*args)
    p = args[-1]
    spread = inv(matmul(transpose(left), left)) / outer(scale, scale)
    if coefficients.ndim > 1:
        spread = index(spread, (FULL, FULL, "n"))
    if p["cov"] == "unscaled":
        return [coefficients, spread]
    return [coefficients, spread * (left_over / (dim(args[0], 0) - (p["deg"] + 1)))]


def _roots(op: Op) -> Sequence[Type]:
    t = op.inputs[0].type
    if not isinstance(t, Array) or t.ndim != 1:
        raise Unsupported(refusals.NEEDS_VECTORS)
    return [Array(*complex_type(t), (fresh_sym(),))]


def _roots_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """By the implicit function theorem, -p_dot(y) / p'(y)."""
    slope = xs[0].apply("polyder", m=1).apply("polyval", y)
    return -divide(ts[0].apply("polyval", y), slope)


def _fit(op: Op) -> Sequence[Type]:
    x, y = (a.type for a in op.inputs[:2])
    if not (isinstance(x, Array) and isinstance(y, Array) and x.ndim == 1 and 0 < y.ndim < 3):
        raise Unsupported(refusals.NEEDS_VECTORS)
    return [Array(*in_double([x, y]), (op.params["deg"] + 1, *y.shape[1:]))]


def _told(op: Op) -> Sequence[Type]:
    """Beside the coefficients what is left of each column, rank, singular values and their cutoff."""
    (found,) = _fit(op)
    left, values = (Array("float", "float64", (fresh_sym(),)) for _ in range(2))
    known = op.params["rcond"]
    x = op.inputs[0].type
    dtype = x.dtype if isinstance(x, Array) and x.cls == "float" else "float64"
    cutoff = Scalar("float", "np", dtype) if known is None else Const(known).type
    return [found, left, Scalar("int", "np", "int32"), values, cutoff]


def _spread(op: Op) -> Sequence[Type]:
    (found,) = _fit(op)
    assert isinstance(found, Array)
    n = found.shape[0]
    scaled = op.params["cov"] != "unscaled"
    columns = (fresh_sym(),) if found.ndim > 1 and scaled else (1,) * (found.ndim - 1)
    return [found, Array(found.cls, found.dtype, (n, n, *columns))]


composite("polyadd", np.polyadd, _joined("add"), "a1 a2", raises=True)
composite("polysub", np.polysub, _joined("sub"), "a1 a2", raises=True)
composite("polymul", np.polymul, _product_definition, "a1 a2", raises=True,
          hint="write np.convolve(a, b)")  # fmt: skip
composite("polyder", np.polyder, _derived_definition, "p m=1", raises=True,
          views=lambda op: (0,) if op.params["m"] == 0 else ())  # fmt: skip
composite("polyint", np.polyint, _integral_definition, "p m=1 k~", raises=True,
          views=lambda op: (0,) if op.params["m"] == 0 else ())  # fmt: skip
FIT = "x y deg= rcond=None full=False w~ cov=False"
composite("polyfit", np.polyfit, _fit_definition, FIT, infer=_fit, raises=True)
composite("polyfit_told", None, _told_definition, FIT, infer=_told, raises=True, several=tuple,
          path="np.polyfit")  # fmt: skip
composite("polyfit_spread", None, _spread_definition, FIT, infer=_spread, raises=True, several=tuple,
          path="np.polyfit")  # fmt: skip
special("roots", np.roots, _roots, "p", jvp=_roots_jvp, raises=True,
        kink="infinite at multiple roots")  # fmt: skip
special("roots_of_real", None, _roots, "p", jvp=_roots_jvp, raises=True, path="np.roots",
        kink="infinite at multiple roots")  # fmt: skip
