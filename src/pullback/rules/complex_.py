"""Rows of complex numbers: their parts, conjugates, and the cmath module.

Derivatives are those of pairs of real numbers, by the convention of JAX: the adjoint of ``z = x + iy``
is ``df/dx - i df/dy``, so that what is linear in z, every holomorphic function above all, is transposed
without conjugation. One number ``p`` says what a function does to small changes: ``t -> p * t``, of
which a real result takes the real part, and the cotangent is ``g * p``, of which a real argument takes
the real part. The engine takes real parts (``transforms.complex_``), so rows give ``p``: of ``Im(z)``
it is -i. Only what conjugates is not of this form; its row is linear. Which of the other rows hold for
complex numbers is in ``rules.fields``.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from operator import methodcaller

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.prims import elementwise_infer
from pullback.ir.types import PY_BOOL, PY_COMPLEX, PY_FLOAT, Array, Scalar, Type, is_complex
from pullback.rules.arcs import of_arccosh, of_arcsin, of_arcsinh, of_arctan, of_arctanh
from pullback.rules.ops import (
    conjugate,
    cos,
    cosh,
    direction,
    divide,
    exp,
    inverse,
    log,
    ratio,
    sin,
    sinh,
)
from pullback.rules.table import Params, composite, elementwise, inert, linear, special

REAL = (-3.0, 3.0)
STEPS = "piecewise constant"


def _turning(z: Value, scale: float = 1.0) -> Value:
    """How the angle changes: -i / z, and 0 at the origin."""
    size = z.apply("absolute" if z.ndim else "abs")
    return -(scale * 1j) * ratio(direction(z, size), size)


def _of_array(op: Op) -> tuple[int, ...]:
    return (0,) if isinstance(op.inputs[0].type, Array) else ()


def _of_number(*results: Type) -> Callable[[Op], Sequence[Type]]:
    """The type function of what takes numbers alone."""

    def infer(op: Op) -> Sequence[Type]:
        if not all(isinstance(a.type, Scalar) for a in op.inputs):
            raise Unsupported(refusals.NEEDS_NUMBER)
        return results

    return infer


# ---- parts, which NumPy and Python spell as attributes alike

elementwise("real", np.real, lambda z, y: [1], [REAL], views=_of_array)
elementwise("imag", np.imag, lambda z, y: [-1j if is_complex(z.type) else 0], [REAL], views=_of_array)


linear("conj", np.conj, elementwise_infer(np.conj), [lambda g, z, p: conjugate(g)], "x")
_METHOD = methodcaller("conjugate")
linear("conjugate", _METHOD, elementwise_infer(_METHOD), [lambda g, z, p: conjugate(g)], "x",
       methods=("conjugate", "conj"), path="")  # fmt: skip


for _name in ("iscomplex", "isreal"):
    inert(_name, getattr(np, _name), elementwise_infer(getattr(np, _name)), STEPS, "x")


def _angle_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    z, t = xs[0], ts[0]
    if not is_complex(z.type):
        return 0.0 * t
    return t * _turning(z, 180 / math.pi if p["deg"] else 1.0)


special("angle", np.angle, elementwise_infer(np.angle), "z deg=False", jvp=_angle_jvp,
        kink="0 at the origin; of real numbers 0")  # fmt: skip

# ---- numbers made complex

linear("complex", complex, None, [lambda g, x, p: g], "x")
elementwise("complex_of", complex, lambda x, y, z: [1, 1j], [REAL, REAL], path="complex", math="cmath",
            infer=_of_number(PY_COMPLEX), cheap=True)  # fmt: skip

# ---- the cmath module, whose functions take what is a number and give Python's


def _logarithm(*zs_and_out: Value) -> list[Value]:
    """Of log(z), and of log(z, base) = log(z) / log(base)."""
    z, *bases, out = zs_and_out
    if not bases:
        return [inverse(z)]
    scale = log(bases[0] + 0j)
    return [inverse(scale * z), -out * inverse(scale * bases[0])]


# Where partials are infinite though the function does not raise.
POLES = {
    "sqrt": "infinite at 0", "asinh": "infinite at -i and i",
    **dict.fromkeys(("asin", "acos", "acosh"), "infinite at -1 and 1"),
}  # fmt: skip
for _name, _partials in [
    ("exp", lambda z, y: [y]),
    ("log", _logarithm),
    ("log10", lambda z, y: [inverse(math.log(10) * z)]),
    ("sqrt", lambda z, y: [divide(0.5, y)]),
    ("sin", lambda z, y: [cos(z)]),
    ("cos", lambda z, y: [-sin(z)]),
    ("tan", lambda z, y: [1 + y * y]),
    ("asin", lambda z, y: [of_arcsin(z)]),
    ("acos", lambda z, y: [-of_arcsin(z)]),
    ("atan", lambda z, y: [of_arctan(z)]),
    ("sinh", lambda z, y: [cosh(z)]),
    ("cosh", lambda z, y: [sinh(z)]),
    ("tanh", lambda z, y: [1 - y * y]),
    ("asinh", lambda z, y: [of_arcsinh(z)]),
    ("acosh", lambda z, y: [of_arccosh(z)]),
    ("atanh", lambda z, y: [of_arctanh(z)]),
]:  # fmt: skip
    elementwise(f"cmath.{_name}", getattr(cmath, _name), _partials, [REAL], path=f"cmath.{_name}",
                infer=_of_number(PY_COMPLEX), raises=True, math="cmath",
                singular=_name in POLES or _name in ("log", "log10", "atanh"),
                kink=POLES.get(_name, ""),
                spec="x base?" if _name == "log" else "x")  # fmt: skip
elementwise("cmath.phase", cmath.phase, lambda z, y: [_turning(z) if is_complex(z.type) else 0], [REAL],
            path="cmath.phase", infer=_of_number(PY_FLOAT), raises=True, math="cmath",
            kink="0 at the origin; of real numbers 0")  # fmt: skip


def _rectangular(r: Value, phi: Value, p: Params) -> Value:
    return r * exp(1j * phi)


def _polar(z: Value, p: Params) -> list[Value]:
    return [z.apply("abs"), z.apply("cmath.phase")]


composite("cmath.rect", cmath.rect, _rectangular, "r phi", infer=_of_number(PY_COMPLEX), raises=True,
          math="cmath", path="cmath.rect")  # fmt: skip
composite("cmath.polar", cmath.polar, _polar, "z", infer=_of_number(PY_FLOAT, PY_FLOAT), raises=True,
          math="cmath", path="cmath.polar", several=tuple)  # fmt: skip
for _name in ("isfinite", "isinf", "isnan"):
    inert(f"cmath.{_name}", getattr(cmath, _name), _of_number(PY_BOOL), STEPS, "x", raises=True,
          path=f"cmath.{_name}")  # fmt: skip
inert("cmath.isclose", cmath.isclose, _of_number(PY_BOOL), STEPS, "a b * rel_tol=1e-09 abs_tol=0.0",
      raises=True, path="cmath.isclose")  # fmt: skip
