"""The rest of the math module: what has no derivative, what needs none, and what is refused.

Its smooth functions stand beside those of NumPy in ``elementwise``. On numbers they raise where NumPy
gives nan or infinities.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Any

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.prims import elementwise_infer
from pullback.ir.types import PY_FLOAT, PY_INT, Array, List, Record, Scalar, Text, Type, loosened
from pullback.rules.ops import dim, power, ratio, sum_
from pullback.rules.table import inert, linear, refuse, special

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

inert("math.nextafter", math.nextafter, elementwise_infer(math.nextafter), "has no rule", "x y",
      raises=True, path="math.nextafter", steps_only=False,
      hint="write x itself: it differs in the last digit")  # fmt: skip

linear("math.ldexp", math.ldexp, elementwise_infer(math.ldexp), [_scaled], "x i", raises=True,
       path="math.ldexp")  # fmt: skip


# ---- parts of a number


def _of_number(*results: Type) -> Callable[[Op], Sequence[Type]]:
    """The type function of what takes a number apart."""

    def infer(op: Op) -> Sequence[Type]:
        if not isinstance(op.inputs[0].type, Scalar):
            raise Unsupported(refusals.NEEDS_NUMBER)
        return results

    return infer


def _frexp_jvp(xs: list[Value], ts: list[Value], y: tuple[Value, ...], p: Any) -> tuple[Any, Any]:
    return _scaled(ts[0], xs[0], -y[1], p), None


special("math.modf", math.modf, _of_number(PY_FLOAT, PY_FLOAT), "x", raises=True, path="math.modf",
        jvp=lambda xs, ts, y, p: (ts[0], None), several=tuple,
        kink="of the fraction the right derivative at jumps")  # fmt: skip
special("math.frexp", math.frexp, _of_number(PY_FLOAT, PY_INT), "x", raises=True, path="math.frexp",
        jvp=_frexp_jvp, several=tuple,
        kink="of the mantissa the right derivative at jumps")  # fmt: skip


# ---- of several numbers, vectors and lists


def _of_vectors(op: Op) -> list[Type]:
    """A float of numbers, or of vectors and lists of such."""
    for t in (a.type for a in op.inputs):
        elem = t.elem if isinstance(t, List) else t
        if isinstance(elem, List | Record | Text) or (isinstance(elem, Array) and elem is not t):
            raise Unsupported(refusals.NEEDS_VECTORS)
        if isinstance(t, Array) and t.ndim != 1:
            raise Unsupported(refusals.NEEDS_VECTORS)
    return [PY_FLOAT]


def _in_array(x: Value) -> Value:
    return x.apply("array") if isinstance(x.type, List) else x


def _spread_sum(g: Value, *xs_and_p: Any) -> list[Value]:
    """The cotangent of a sum goes to each number of it."""
    *xs, _ = xs_and_p
    return [_given_to_all(g, x) for x in xs]


def _given_to_all(g: Value, x: Value) -> Value:
    whole = g.broadcast_like(_in_array(x))
    return whole.apply("unstack", axis=0) if isinstance(x.type, List) else whole


def _mean_of(op: Op) -> list[Type]:
    """What all numbers are, which are floats; a list of them may be one at run time."""
    types = [a.type for a in op.inputs]
    known = {types[0].elem} if isinstance(types[0], List) and len(types) == 1 else {*types}
    wide = Scalar("float", "np", "float64")
    if len(known) > 1 and known <= {PY_FLOAT, loosened(PY_FLOAT), wide}:
        return [wide if wide in known else loosened(PY_FLOAT)]
    (found, *more) = known
    if more or not (isinstance(found, Scalar) and found.cls == "float"):
        raise Unsupported(refusals.NEEDS_NUMBERS)
    return [found]


def _spread_mean(g: Value, *xs_and_p: Any) -> list[Value]:
    """The cotangent of a mean, a share to each number of it."""
    *xs, _ = xs_and_p
    several = len(xs) > 1 or not isinstance(xs[0].type, List | Array)
    number = len(xs) if several else dim(_in_array(xs[0]), 0)
    return [_given_to_all(g / number, x) for x in xs]


def _dist_jvp(xs: list[Value], ts: list[Value], y: Value, p: Any) -> Value:
    """sum((p - q) (p_dot - q_dot)) / dist, and 0 where the points are one."""
    n = len(xs) // 2
    xs, ts = list(map(_in_array, xs)), list(map(_in_array, ts))
    terms = [
        sum_((xs[k] - xs[n + k]) * (ts[k] - ts[n + k])) for k in range(n)
    ]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return ratio(total, y)


linear("math.fsum", math.fsum, _of_vectors, [_spread_sum], "*xs", linear_in=(), raises=True, math="math",
       path="math.fsum")  # fmt: skip
linear("statistics.mean", statistics.mean, _mean_of, [_spread_mean], "*data", linear_in=(), raises=True,
       path="statistics.mean")  # fmt: skip
special("math.dist", math.dist, _of_vectors, "**points", jvp=_dist_jvp, raises=True, path="math.dist",
        kink="0 where the points are one")  # fmt: skip

for _name, _hint in [
    ("sumprod", "write np.dot of arrays"),
    ("fma", "write x * y + z"),
]:
    if hasattr(math, _name):  # these are of later Pythons
        refuse(getattr(math, _name), "has no rule", _hint)
