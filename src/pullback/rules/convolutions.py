"""Rows of sums of products that run along vectors: convolutions, and polynomials by coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir import sizes
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Scalar, Type, elementwise_type, fresh_sym
from pullback.rules.ops import FULL, conjugate, dim, index, matmul, part, power, reversed_along
from pullback.rules.shapes import at_least
from pullback.rules.sizes import element_of
from pullback.rules.table import Params, Rule, composite, linear, special

MODES = ("full", "same", "valid")


def _convolve(op: Op) -> Sequence[Type]:
    types = [a.type for a in op.inputs]
    if not all(isinstance(t, Array) and t.ndim == 1 for t in types):
        raise Unsupported(refusals.NEEDS_VECTORS)
    if op.params["mode"] not in MODES:
        raise Unsupported(refusals.MODE_OF_CONVOLUTION, mode=op.params["mode"])
    element = elementwise_type(np.convolve, [Array(*element_of(t), (1,)) for t in types])
    assert isinstance(element, Array)
    n, m = (sizes.value_of(t.shape[0]) for t in types)  # type: ignore[union-attr]
    full = sizes.dim_of(sizes.add(sizes.add(n, m), sizes.Size((), 1), -1))
    return [Array(element.cls, element.dtype, (full if op.params["mode"] == "full" else fresh_sym(),))]


def _of_all_overlaps(g: Value, a: Value, v: Value, mode: str) -> Value:
    """The cotangent with zeros where vectors overlap in part, which the mode leaves out."""
    if mode == "full":
        return g
    n, m = dim(a, 0), dim(v, 0)
    shorter = n.apply("min_int", m)
    before = shorter - 1 if mode == "valid" else (shorter - 1).apply("floordiv", 2)
    after = n + m - 1 - before - dim(g, 0)
    return g.apply(
        "pad", before, after, pad_width=(None, None), mode="constant", constant_values=0
    )


def _convolved_with(other: int) -> Rule:
    def rule(g: Value, a: Value, v: Value, p: Params) -> Value:
        """The sums over all places that an element contributed to."""
        whole = _of_all_overlaps(g, a, v, p["mode"])
        return whole.apply("convolve", reversed_along((a, v)[other], 0), mode="valid")

    return rule


def _correlate_definition(a: Value, v: Value, p: Params) -> Value:
    """A convolution with the second vector turned round."""
    turned = conjugate(reversed_along(v, 0)) if v.ndim else v
    if p["mode"] != "same":
        return a.apply("convolve", turned, mode=p["mode"])
    n, m = dim(a, 0), dim(v, 0)
    start = (n.apply("min_int", m) - (n >= m).apply("int")).apply("floordiv", 2)
    longer = -(-n).apply("min_int", -m)
    return part(a.apply("convolve", turned, mode="full"), 0, start, start + longer)


# ---- polynomials


def _polyval(op: Op) -> Sequence[Type]:
    p, x = (a.type for a in op.inputs)
    if not (isinstance(p, Array) and p.ndim == 1):
        raise Unsupported(refusals.NEEDS_VECTORS)
    coefficient = Scalar(p.cls, "np", p.dtype)
    return [elementwise_type(lambda c, x: np.polyval(np.array([c]), x), [coefficient, x])]


def _polyval_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """Of the argument by the derived polynomial, of each coefficient by its power of the argument."""
    c, x = xs
    n = dim(c, 0)
    derived = part(c, 0, None, -1) * (n - 1).apply("arange", 0, -1)
    powers = _flat(x).apply("vander", n, increasing=False)
    return [matmul(_flat(g), powers), g * derived.apply("polyval", x)]


def _flat(x: Value) -> Value:
    return x.apply("ravel") if x.ndim > 1 else at_least("atleast_1d", x)


def _vander_definition(x: Value, *rest: Any) -> Value:
    """Powers of the elements, a column for each."""
    *count, p = rest
    if x.ndim != 1:
        raise Unsupported(refusals.NEEDS_VECTORS)
    n = count[0] if count else dim(x, 0)
    exponents = n.apply("arange") if p["increasing"] else (n - 1).apply("arange", -1, -1)
    return power(index(x, (FULL, "n")), exponents)


linear("convolve", np.convolve, _convolve, [_convolved_with(1), _convolved_with(0)], "a v mode='full'",
       linear_in=(0, 1), raises=True)  # fmt: skip
composite("correlate", np.correlate, _correlate_definition, "a v mode='valid'", infer=_convolve,
          raises=True)  # fmt: skip
special("polyval", np.polyval, _polyval, "p x", vjp=_polyval_vjp)
composite("vander", np.vander, _vander_definition, "x N? increasing=False", raises=True)
