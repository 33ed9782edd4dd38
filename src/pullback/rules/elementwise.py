"""Rows of functions that NumPy applies element by element, of operators and of the math module.

Partial derivatives are standard calculus (Abramowitz and Stegun, chapter 4). ``divide`` and ``power``
stand where Python numbers would raise at points where the function itself does not.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.ir.build import Value
from pullback.ir.core import Const, Op
from pullback.ir.prims import OPERATORS, elementwise_infer, shapes_may_clash
from pullback.ir.types import PY_BOOL, PY_FLOAT, Scalar, is_complex, is_python_number, join
from pullback.rules.arcs import of_arccosh, of_arcsin, of_arcsinh, of_arctan, of_arctanh
from pullback.rules.ops import (
    cos,
    cosh,
    direction,
    divide,
    exp,
    hypot,
    inverse,
    log,
    masked,
    over,
    power,
    ratio,
    sign,
    sin,
    sinh,
    where,
)
from pullback.rules.table import elementwise, inert, linear, special

REAL = (-3.0, 3.0)
POSITIVE = (0.1, 3.0)
AWAY_FROM_ZERO = (0.3, 3.0)


def _divisor_varies(op: Op) -> bool:
    return not isinstance(op.inputs[1], Const)


def _both_vary(op: Op) -> bool:
    return not any(isinstance(a, Const) for a in op.inputs)


def _has_poles(op: Op) -> bool:
    """Or, in arrays, a broken exponent: powers of negative numbers are nan then; or one from 3 on, in
    which the partial overflows before its argument does."""
    y = op.inputs[1]
    if not isinstance(y, Const) or y.value < 1:
        return True
    return y.value not in (1, 2) and _of_arrays(op)


def _of_arrays(op: Op) -> bool:
    """Where a guard selects some elements; of numbers none is computed to be left out."""
    return not isinstance(op.out.type, Scalar)


def _takes_complex(op: Op) -> bool:
    return is_complex(op.inputs[0].type)


def _gives_python(out: Value) -> bool:
    return isinstance(out.type, Scalar) and out.type.origin == "py"


def _quotient(x: Value, y: Value, out: Value) -> list[Value]:
    """Partials of x / y; where the result is a Python number the function itself raised at y = 0."""
    inverse = over(1, y) if _gives_python(out) else divide(1, y)
    return [inverse, -out * inverse]


def _power(x: Value, y: Value, out: Value) -> list[Any]:
    """Partials of x ** y. At x = 0 the one in y is taken as 0, and x ** 0 has the partial 0 in x."""
    return [_power_in_base(x, y), _power_in_exponent(x, y, out)]


def _power_in_base(x: Value, y: Value) -> Any:
    if isinstance(y.atom, Const):
        match y.atom.value:
            case 0:
                return 0
            case 1:
                return 1
            case 2:
                return 2 * x
            case 3:
                return 3 * (x * x)
            case n:
                return n * power(x, n - 1)
    return where(y.equals(0), 0.0, y * power(x, y - 1))


def _power_in_exponent(x: Value, y: Value, out: Value) -> Any:
    if isinstance(y.atom, Const):
        return 0
    base = x + 0j if is_complex(y.type) and not is_complex(x.type) else x
    return out * log(where(x.equals(0), 1.0, base))


def _larger(x: Value, y: Value, out: Value) -> list[Any]:
    return [_share(x > y, x.equals(y)), _share(y > x, x.equals(y))]


def _smaller(x: Value, y: Value, out: Value) -> list[Any]:
    return [_share(x < y, x.equals(y)), _share(y < x, x.equals(y))]


def _unless_nan(rule: Any) -> Any:
    """The shares of two operands, of which one that is no number takes no part."""

    def partials(x: Value, y: Value, out: Value) -> list[Any]:
        of_x, of_y = rule(x, y, out)
        no_x, no_y = x.apply("isnan"), y.apply("isnan")
        return [lambda g: where(no_y, g, of_x(g)), lambda g: where(no_x, g, of_y(g))]

    return partials


def _share(wins: Value, ties: Value) -> Any:
    return lambda g: where(wins, g, where(ties, 0.5 * g, 0.0))


def _clip(x: Value, low: Value, high: Value, out: Value) -> list[Any]:
    """NumPy gives ``high`` where it is below ``low``."""
    return [
        lambda g: where((x >= low) & (x <= high), g, 0.0),
        lambda g: where((x < low) & (low <= high), g, 0.0),
        lambda g: where((x > high) | (low > high), g, 0.0),
    ]


def _clipped_from(x: Any, low: Any) -> Any:
    return np.clip(x, low, None)


def _clipped_to(x: Any, high: Any) -> Any:
    return np.clip(x, None, high)


def _remainder(x: Value, y: Value, out: Value) -> list[Any]:
    """Partials of x % y; where the result is a Python number the function itself raised at y = 0."""
    numbers = is_python_number(x.type) and is_python_number(y.type)
    return [1, -x.apply("floor_divide" if numbers and not _gives_python(out) else "floordiv", y)]


def _quotient_left(x: Value, y: Value, out: Value) -> Value:
    """The whole number by which y was taken out of x; x / y may be rounded to the next one."""
    return divide(x - out, y).apply("rint")


def _overflows(op: Op) -> bool:
    """Whether the absolute value may raise, as that of Python's complex numbers does."""
    t = op.inputs[0].type
    return is_complex(t) and is_python_number(t)


def _arctan2(y: Value, x: Value, out: Value) -> list[Value]:
    h = hypot(x, y)  # x * x + y * y is 0 for numbers that are not
    return [ratio(ratio(x, h), h), -ratio(ratio(y, h), h)]


def _hypot(*xs_and_out: Value) -> list[Value]:
    *xs, out = xs_and_out
    return [ratio(x, out) for x in xs]


def _logarithm(*xs_and_out: Value) -> list[Value]:
    """Of log(x), and of log(x, base) = log(x) / log(base)."""
    x, *bases, out = xs_and_out
    if not bases:
        return [inverse(x)]
    scale = log(bases[0])
    return [inverse(scale * x), -out * inverse(scale * bases[0])]


def _shares(power: Any, of_sum: str) -> Any:
    """The partials of the logarithm ``of_sum`` of two powers: the share of each in their sum.

    That of x is 1 / (1 + exp(y - x)), written so that nothing overflows, here or in its derivatives,
    and that no digits are lost where the logarithm is large.
    """

    def partials(x: Value, y: Value, out: Value) -> list[Value]:
        zero = Value(x.builder, Const(0), x.math)
        return [power(-zero.apply(of_sum, d)) for d in (_difference(y, x), _difference(x, y))]

    return partials


def _difference(x: Value, y: Value) -> Value:
    return -y if isinstance(x.atom, Const) and x.atom.value == 0 else x - y


def _digamma(x: Value) -> Value:
    return x.apply("polygamma", n=0)


def _copysign(x: Value, y: Value, out: Value) -> list[Any]:
    return [0 if getattr(x.type, "cls", "") == "bool" else sign(x) * out.apply("sign"), 0]


def _gauss(x: Value) -> Value:
    """The derivative of the error function (Abramowitz and Stegun, 7.1.1)."""
    return 2 / math.sqrt(math.pi) * exp(-x * x)


def _of_floats(name: str, partials: Any, domain: Any, facts: dict[str, Any]) -> None:
    """A row of the math module, whose functions take what is a number and give a float."""
    infer = elementwise_infer(lambda *xs: max(map(float, xs)))
    elementwise(f"math.{name}", getattr(math, name), partials, domain, path=f"math.{name}",
                infer=infer, raises=True, math="math", **facts)  # fmt: skip


# ---- operators, and the ufuncs of the same meaning (which never give Python numbers)

TIES = "split evenly at ties"
JUMPS = "right derivative at jumps"
POWERS = "0 at 0 ** 0 in the base; in the exponent 0 at base 0, nan at a negative one"
STEPS = "piecewise constant"
AT_BOUNDS = "at a bound 1 in the argument and 0 in the bound"
_name: str
_facts: Any
_func: Any
_partials: Any
_domain: Any
for _op, _ufunc, _partials, _domain, _facts in [
    ("add", "add", lambda x, y, out: [1, 1], (REAL, REAL), {}),
    ("sub", "subtract", lambda x, y, out: [1, -1], (REAL, REAL), {}),
    ("mul", "multiply", lambda x, y, out: [y, x], (REAL, REAL), {"grows": _both_vary}),
    ("div", "divide", _quotient, (REAL, AWAY_FROM_ZERO),
     {"singular": _divisor_varies, "kink": "infinite or nan where the divisor is 0"}),
    ("pow", "power", _power, (POSITIVE, REAL), {"singular": _has_poles, "grows": True, "kink": POWERS}),
    ("mod", "mod", _remainder, (REAL, AWAY_FROM_ZERO), {"kink": JUMPS}),
]:  # fmt: skip
    elementwise(_op, OPERATORS[_op], _partials, _domain, **_facts)
    elementwise(_ufunc if _ufunc != _op else f"np.{_op}", getattr(np, _ufunc), _partials, _domain,
                path=f"np.{_ufunc}", **_facts)  # fmt: skip
elementwise("float_power", np.float_power, _power, (POSITIVE, REAL), singular=_has_poles,
            grows=True, kink=POWERS)  # fmt: skip
elementwise("neg", OPERATORS["neg"], lambda x, y: [-1], [REAL])
elementwise("pos", OPERATORS["pos"], lambda x, y: [1], [REAL])
elementwise("negative", np.negative, lambda x, y: [-1], [REAL])
elementwise("positive", np.positive, lambda x, y: [1], [REAL])

for _op in ("floordiv", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "xor", "lshift",
            "rshift", "invert", "not"):  # fmt: skip
    inert(_op, OPERATORS[_op], None, STEPS, "x" if _op in ("invert", "not") else "x y")
for _name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
              "logical_and", "logical_or", "logical_xor", "floor_divide"):  # fmt: skip
    inert(_name, getattr(np, _name), elementwise_infer(getattr(np, _name)), STEPS, "x y",
          raises=shapes_may_clash)  # fmt: skip
for _name in ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "gcd", "lcm",
              "bitwise_not", "bitwise_count"):  # fmt: skip
    inert(_name, getattr(np, _name), elementwise_infer(getattr(np, _name)), "of integers",
          "x" if _name in ("bitwise_not", "bitwise_count") else "x y", raises=shapes_may_clash)
for _name in ("isclose", "allclose"):
    inert(_name, getattr(np, _name), elementwise_infer(getattr(np, _name)), STEPS,
          "a b rtol=1e-05 atol=1e-08 equal_nan=False", raises=shapes_may_clash)  # fmt: skip
for _name in ("array_equal", "array_equiv"):  # which are False of shapes that do not fit
    inert(_name, getattr(np, _name), lambda op: [PY_BOOL], STEPS,
          "x y equal_nan=False" if _name == "array_equal" else "x y")  # fmt: skip
inert("nextafter", np.nextafter, elementwise_infer(np.nextafter), "has no rule", "x y", steps_only=False,
      raises=shapes_may_clash, hint="write x itself: it differs in the last digit")  # fmt: skip
for _name in ("sign", "floor", "ceil", "trunc", "rint", "signbit", "isnan", "isinf", "isfinite",
              "isposinf", "isneginf", "logical_not", "spacing"):  # fmt: skip
    inert(_name, getattr(np, _name), elementwise_infer(getattr(np, _name)), STEPS, "x")

# ---- functions of one number, in NumPy's name and in that of the math module

LN2, LN10 = math.log(2), math.log(10)
# Where partials of NumPy's functions are infinite; those of the math module raise there.
POLES: dict[str, dict[str, Any]] = {
    name: {"kink": where_}
    for names, where_ in [
        ("log log2 log10", "infinite at 0"), ("log1p", "infinite at -1"),
        ("arctanh", "infinite at -1 and 1"),
        ("arctan arcsinh", "of complex numbers infinite at -i and i"),
    ]
    for name in names.split()
}  # fmt: skip
UNIT = (-0.9, 0.9)
for _name, _math_name, _partials, _domain, _facts in [
    ("exp", "exp", lambda x, y: [y], REAL, {"sympy": "exp", "singular": _of_arrays}),
    ("exp2", "exp2", lambda x, y: [LN2 * y], REAL, {"sympy": "2**x", "singular": _of_arrays}),
    ("expm1", "expm1", lambda x, y: [exp(x)], REAL, {"sympy": "exp(x) - 1", "singular": _of_arrays}),
    ("log", "", lambda x, y: [inverse(x)], POSITIVE, {"sympy": "log", "singular": True}),
    ("", "log", _logarithm, POSITIVE, {"sympy": "log", "singular": True, "spec": "x base?"}),
    ("log2", "log2", lambda x, y: [inverse(LN2 * x)], POSITIVE,
     {"sympy": "log(x) / log(2)", "singular": True}),
    ("log10", "log10", lambda x, y: [inverse(LN10 * x)], POSITIVE,
     {"sympy": "log(x) / log(10)", "singular": True}),
    ("log1p", "log1p", lambda x, y: [inverse(1 + x)], (-0.7, 3.0),
     {"sympy": "log(1 + x)", "singular": True}),
    ("sqrt", "sqrt", lambda x, y: [divide(0.5, y)], POSITIVE,
     {"sympy": "sqrt", "singular": True, "kink": "infinite at 0"}),
    ("cbrt", "cbrt", lambda x, y: [divide(1, 3 * (y * y))], AWAY_FROM_ZERO,
     {"sympy": "x**Rational(1, 3)", "singular": True, "kink": "infinite at 0"}),
    ("sin", "sin", lambda x, y: [cos(x)], REAL, {"sympy": "sin"}),
    ("cos", "cos", lambda x, y: [-sin(x)], REAL, {"sympy": "cos"}),
    ("tan", "tan", lambda x, y: [1 + y * y], (-1.4, 1.4), {"sympy": "tan"}),
    ("arcsin", "asin", lambda x, y: [of_arcsin(x)], UNIT,
     {"sympy": "asin", "singular": True, "kink": "infinite at -1 and 1"}),
    ("arccos", "acos", lambda x, y: [-of_arcsin(x)], UNIT,
     {"sympy": "acos", "singular": True, "kink": "infinite at -1 and 1"}),
    ("arctan", "atan", lambda x, y: [of_arctan(x)], REAL,
     {"sympy": "atan", "singular": _takes_complex}),
    ("sinh", "sinh", lambda x, y: [cosh(x)], REAL, {"sympy": "sinh", "singular": _of_arrays}),
    ("cosh", "cosh", lambda x, y: [sinh(x)], REAL, {"sympy": "cosh", "singular": _of_arrays}),
    ("tanh", "tanh", lambda x, y: [1 - y * y], REAL, {"sympy": "tanh"}),
    ("arcsinh", "asinh", lambda x, y: [of_arcsinh(x)], REAL,
     {"sympy": "asinh", "singular": _takes_complex}),
    ("arccosh", "acosh", lambda x, y: [of_arccosh(x)], (1.2, 3.0),
     {"sympy": "acosh", "singular": True, "kink": "infinite at 1"}),
    ("arctanh", "atanh", lambda x, y: [of_arctanh(x)], UNIT,
     {"sympy": "atanh", "singular": True}),
    ("degrees", "degrees", lambda x, y: [180 / math.pi], REAL, {"sympy": "180 * x / pi"}),
    ("radians", "radians", lambda x, y: [math.pi / 180], REAL, {"sympy": "pi * x / 180"}),
    ("fabs", "fabs", lambda x, y: [sign(x)], AWAY_FROM_ZERO, {"sympy": "Abs", "kink": "0 at 0"}),
    ("", "erf", lambda x, y: [_gauss(x)], REAL, {"sympy": "erf"}),
    ("", "erfc", lambda x, y: [-_gauss(x)], REAL, {"sympy": "erfc"}),
    ("", "gamma", lambda x, y: [y * _digamma(x)], POSITIVE, {"sympy": "gamma"}),
    ("", "lgamma", lambda x, y: [_digamma(x)], POSITIVE, {"sympy": "loggamma"}),
]:  # fmt: skip
    if _name:
        elementwise(_name, getattr(np, _name), _partials, [_domain], **POLES.get(_name, {}), **_facts)
    if _math_name:
        _of_floats(_math_name, _partials, [_domain], _facts)

for _name, _func, _path in [("abs", abs, "abs"), ("absolute", np.abs, "np.abs")]:
    elementwise(_name, _func, lambda x, y: [direction(x, y)], [AWAY_FROM_ZERO], _path, sympy="Abs",
                raises=_overflows, kink="0 at 0")  # fmt: skip
elementwise("square", np.square, lambda x, y: [2 * x], [REAL], sympy="x**2", grows=True)
elementwise("reciprocal", np.reciprocal, lambda x, y: [-divide(y, x)], [AWAY_FROM_ZERO],
            sympy="1 / x", singular=True, kink="infinite at 0")  # fmt: skip
elementwise("deg2rad", np.deg2rad, lambda x, y: [math.pi / 180], [REAL], sympy="pi * x / 180")
elementwise("rad2deg", np.rad2deg, lambda x, y: [180 / math.pi], [REAL], sympy="180 * x / pi")

# The derivatives of digamma, by their order n.
special("polygamma", None, lambda op: [PY_FLOAT], "x n=",
        jvp=lambda xs, ts, y, p: ts[0] * xs[0].apply("polygamma", n=p["n"] + 1))  # fmt: skip

# ---- functions of several numbers

for _name, _math_name, _partials, _domain, _facts in [
    ("arctan2", "atan2", _arctan2, (AWAY_FROM_ZERO, REAL),
     {"sympy": "atan2", "kink": "0 at the origin"}),
    ("hypot", "", _hypot, (AWAY_FROM_ZERO, REAL),
     {"sympy": "sqrt(x**2 + y**2)", "kink": "0 at the origin"}),
    ("", "hypot", _hypot, (AWAY_FROM_ZERO, REAL),
     {"sympy": "sqrt(x**2 + y**2)", "kink": "0 at the origin", "spec": "**coordinates"}),
    ("copysign", "copysign", _copysign, (AWAY_FROM_ZERO, AWAY_FROM_ZERO), {"kink": "0 at 0"}),
    ("fmod", "fmod", lambda x, y, out: [1, -_quotient_left(x, y, out)], (REAL, AWAY_FROM_ZERO),
     {"kink": JUMPS}),
    ("", "remainder", lambda x, y, out: [1, -_quotient_left(x, y, out)], (REAL, AWAY_FROM_ZERO),
     {"kink": JUMPS}),
    ("", "pow", _power, (POSITIVE, REAL), {"singular": _has_poles, "grows": True, "kink": POWERS}),
]:  # fmt: skip
    if _name:
        elementwise(_name, getattr(np, _name), _partials, _domain, **_facts)
    if _math_name:
        _of_floats(_math_name, _partials, _domain, _facts)

for _name, _partials in [
    ("maximum", _larger), ("minimum", _smaller), ("fmax", _unless_nan(_larger)),
    ("fmin", _unless_nan(_smaller)),
]:  # fmt: skip
    elementwise(_name, getattr(np, _name), _partials, [REAL, REAL], kink=TIES, selects=(0, 1))
elementwise("heaviside", np.heaviside,
            lambda x, h, out: [0, lambda g: where(x.equals(0), g, 0.0)], [AWAY_FROM_ZERO, REAL],
            kink="0 in x at 0", selects=(1,))  # fmt: skip
elementwise("nan_to_num", np.nan_to_num,
            lambda x, out: [lambda g: where(x.apply("isfinite"), g, 0.0)], [REAL], selects=(0,),
            spec="x copy=True nan=0.0 posinf=None neginf=None",
            kink="0 where the value is replaced")  # fmt: skip
elementwise("clip", np.clip, _clip, [REAL, (-2.0, -0.5), (0.5, 2.0)], spec="x a_min|min a_max|max",
            selects=(0, 1, 2), methods=("clip",),
            kink=AT_BOUNDS, without={"a_min": "clip_to", "a_max": "clip_from"},
            hint="give it a bound")  # fmt: skip
elementwise("clip_from", _clipped_from, lambda x, low, out: [
    lambda g: where(x >= low, g, 0.0), lambda g: where(x < low, g, 0.0),
], [REAL, REAL], "np.clip", spec="x a_min|min", selects=(0, 1), kink=AT_BOUNDS,
   hint="give it a bound")  # fmt: skip
elementwise("clip_to", _clipped_to, lambda x, high, out: [
    lambda g: where(x <= high, g, 0.0), lambda g: where(x > high, g, 0.0),
], [REAL, REAL], "np.clip", spec="x a_max|max", selects=(0, 1), kink=AT_BOUNDS,
   hint="give it a bound")  # fmt: skip
elementwise("logaddexp", np.logaddexp, _shares(exp, "logaddexp"), [REAL, REAL],
            sympy="log(exp(x) + exp(y))")  # fmt: skip
elementwise("logaddexp2", np.logaddexp2,
            _shares(lambda v: v.apply("exp2"), "logaddexp2"), [REAL, REAL],
            sympy="log(2**x + 2**y) / log(2)")  # fmt: skip

# ---- selection

linear(
    "where",
    np.where,
    elementwise_infer(np.where),
    [lambda g, c, x, y, p: where(c, g, 0.0), lambda g, c, x, y, p: where(c, 0.0, g)],
    "c x y",
    linear_in=(1, 2),
    selects=(1, 2),
    broadcasts=True,
    raises=shapes_may_clash,
    kink="only the branch taken counts",
)
# np.where of Python numbers, printed as a conditional expression.
linear(
    "choose",
    None,
    lambda op: [join(*(a.type for a in op.inputs[1:]))],  # type: ignore[list-item]
    [lambda g, c, x, y, p: where(c, g, 0.0), lambda g, c, x, y, p: where(c, 0.0, g)],
    "c x y",
    linear_in=(1, 2),
    selects=(1, 2),
    cheap=True,
)
# g * p where g is not 0: how cotangents pass partials that may be infinite (see Row.singular).
linear(
    "masked_mul",
    None,
    elementwise_infer(OPERATORS["mul"]),
    [lambda g, x, y, p: masked(g, y), lambda g, x, y, p: masked(x, g)],
    "x y",
    linear_in=(0, 1),
    selects=(1,),
    broadcasts=True,
)
for _name, _func in [("round", np.round), ("fix", np.fix)]:
    inert(_name, _func, elementwise_infer(_func), STEPS, "x decimals=0" if _name == "round" else "x",
          methods=("round",) * (_name == "round"), functions=(np.around,) * (_name == "round"))
inert("builtin_round", round, elementwise_infer(round), STEPS, "x ndigits?", path="round", raises=True)
linear("floats", None, None, [lambda g, x, p: g], "x")
linear("float", float, None, [lambda g, x, p: g], "x")
inert("int", int, None, STEPS, "x")
inert("bool", bool, None, STEPS, "x")
