"""Rows that take numbers apart, and functions whose derivatives are functions of their own kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.prims import elementwise_infer, shapes_may_clash
from pullback.ir.types import Type, elementwise_type
from pullback.rules.elementwise import AWAY_FROM_ZERO, REAL
from pullback.rules.ops import where
from pullback.rules.table import Params, composite, elementwise, linear, special

# ---- parts of numbers


def _of_each(func: Callable[..., Any]) -> Callable[[Op], Sequence[Type]]:
    """The type function of an elementwise function that gives two results."""
    parts = [lambda *xs: func(*xs)[0], lambda *xs: func(*xs)[1]]
    return lambda op: [elementwise_type(part, [a.type for a in op.inputs]) for part in parts]


def _modf_definition(x: Value, p: Params) -> list[Value]:
    whole = x.apply("trunc")
    return [x - whole, whole]


def _divmod_definition(x: Value, y: Value, p: Params) -> list[Value]:
    return [x.apply("floor_divide", y), x.apply("np.mod", y)]


def _frexp_jvp(xs: list[Value], ts: list[Value], y: tuple[Value, ...], p: Params) -> list[Any]:
    return [ts[0].apply("ldexp", -y[1]), None]


composite("np.modf", np.modf, _modf_definition, "x", infer=_of_each(np.modf), raises=False,
          several=tuple, path="np.modf",
          kink="of the fraction the right derivative at jumps")  # fmt: skip
composite("np.divmod", np.divmod, _divmod_definition, "x y", infer=_of_each(np.divmod),
          raises=shapes_may_clash, several=tuple, path="np.divmod",
          kink="of the remainder the right derivative at jumps")  # fmt: skip
special("np.frexp", np.frexp, _of_each(np.frexp), "x", jvp=_frexp_jvp, several=tuple, path="np.frexp",
        kink="of the mantissa the right derivative at jumps")  # fmt: skip
linear("ldexp", np.ldexp, elementwise_infer(np.ldexp), [lambda g, x, i, p: g.apply("ldexp", i)], "x i",
       broadcasts=True, raises=shapes_may_clash)  # fmt: skip

# ---- the sine of pi x over pi x, and the modified Bessel function of order 0


def _bessel_i1_slope(x: Value, y: Value) -> list[Value]:
    """I0 - I1 / x, where nothing cancels (Abramowitz and Stegun, 9.6.27 and 9.6.28)."""
    origin = x.equals(0)
    return [where(origin, 0.5, x.apply("i0") - y / where(origin, 1.0, x))]


elementwise("sinc", np.sinc, lambda x, y: [x.apply("sinc_slope", n=1)], [REAL], sympy="sinc(pi * x)")
special("sinc_slope", None, elementwise_infer(np.sinc), "x n=",
        jvp=lambda xs, ts, y, p: ts[0] * xs[0].apply("sinc_slope", n=p["n"] + 1))  # fmt: skip
elementwise("i0", np.i0, lambda x, y: [x.apply("bessel_i1")], [AWAY_FROM_ZERO],
            sympy="besseli(0, x)")  # fmt: skip
special("bessel_i1", None, elementwise_infer(np.sinc), "x",
        jvp=lambda xs, ts, y, p: ts[0] * _bessel_i1_slope(xs[0], y)[0])  # fmt: skip
