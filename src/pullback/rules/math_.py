"""The rest of the math module: what has no derivative, what needs none, and what is refused.

Its smooth functions stand beside those of NumPy in ``elementwise``. On numbers they raise where NumPy
gives nan or infinities.
"""

from __future__ import annotations

import math
from typing import Any

from pullback.ir.build import Value
from pullback.ir.prims import elementwise_infer
from pullback.rules.ops import power
from pullback.rules.table import inert, linear, refuse

STEPS = "piecewise constant"
INTEGERS = "of integers"


def _scaled(g: Value, x: Value, n: Value, p: Any) -> Value:
    return g * power(Value(g.builder, g.lift(2.0)), n)


_spec: str
for _name, _spec, _why in [
    ("ceil", "x", STEPS), ("floor", "x", STEPS), ("trunc", "x", STEPS), ("ulp", "x", STEPS),
    ("isfinite", "x", STEPS), ("isinf", "x", STEPS), ("isnan", "x", STEPS),
    ("isclose", "x y * rel_tol=1e-09 abs_tol=0.0", STEPS),
    ("comb", "n k", INTEGERS), ("perm", "n k?", INTEGERS), ("factorial", "n", INTEGERS),
    ("gcd", "m n", INTEGERS), ("lcm", "m n", INTEGERS), ("isqrt", "n", INTEGERS),
]:  # fmt: skip
    _func = getattr(math, _name)
    inert(f"math.{_name}", _func, elementwise_infer(_func), _why, _spec, raises=True,
          path=f"math.{_name}")  # fmt: skip

for _name, _spec, _hint in [
    ("gamma", "x", "its derivative needs the digamma function: keep the argument constant"),
    ("lgamma", "x", "its derivative needs the digamma function: keep the argument constant"),
    ("nextafter", "x y", "write x itself: it differs in the last digit"),
]:
    _func = getattr(math, _name)
    inert(f"math.{_name}", _func, elementwise_infer(_func), "has no rule", _spec, raises=True,
          path=f"math.{_name}", steps_only=False, hint=_hint)  # fmt: skip

linear("math.ldexp", math.ldexp, elementwise_infer(math.ldexp), [_scaled], "x i", raises=True,
       path="math.ldexp")  # fmt: skip

for _name, _hint in [
    ("dist", "write np.linalg.norm(p - q) of arrays"),
    ("frexp", "write math.log2 and math.floor"),
    ("fsum", "write np.sum of an array, or add in a loop"),
    ("modf", "write math.fmod(x, 1.0) and math.trunc(x)"),
    ("prod", "write np.prod of an array, or multiply in a loop"),
    ("sumprod", "write np.dot of arrays"),
    ("fma", "write x * y + z"),
]:
    if hasattr(math, _name):  # the last two are of later Pythons
        refuse(getattr(math, _name), "has no rule", _hint)
