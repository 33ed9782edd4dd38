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
from pullback.ir.types import is_python_number
from pullback.rules.ops import cos, divide, exp, log, masked, power, sign, sin, where
from pullback.rules.table import elementwise, inert, linear

REAL = (-3.0, 3.0)
POSITIVE = (0.1, 3.0)
AWAY_FROM_ZERO = (0.3, 3.0)


def _divisor_varies(op: Op) -> bool:
    return not isinstance(op.inputs[1], Const)


def _exponent_below_one(op: Op) -> bool:
    y = op.inputs[1]
    return not (isinstance(y, Const) and y.value >= 1)


def _quotient(x: Value, y: Value, out: Value) -> list[Value]:
    """Partials of x / y; between two Python numbers the function itself raised at y = 0."""
    python = all(is_python_number(v.type) and v.type.origin == "py" for v in (x, y))  # type: ignore[union-attr]
    inverse = 1 / y if python or not is_python_number(y.type) else divide(1, y)
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
    return out * log(where(x.equals(0), 1.0, x))


def _larger(x: Value, y: Value, out: Value) -> list[Value]:
    return [_share(x > y, x.equals(y)), _share(y > x, x.equals(y))]


def _smaller(x: Value, y: Value, out: Value) -> list[Value]:
    return [_share(x < y, x.equals(y)), _share(y < x, x.equals(y))]


def _share(wins: Value, ties: Value) -> Value:
    return where(wins, 1.0, where(ties, 0.5, 0.0))


def _remainder(x: Value, y: Value, out: Value) -> list[Any]:
    return [1, -x.apply("floordiv", y)]


# ---- operators, and the ufuncs of the same meaning (which never give Python numbers)

TIES = "split evenly at ties"
STEPS = "piecewise constant"
_facts: Any
_func: Any
_partials: Any
_domain: Any
for _op, _ufunc, _partials, _domain, _facts in [
    ("add", "add", lambda x, y, out: [1, 1], (REAL, REAL), {}),
    ("sub", "subtract", lambda x, y, out: [1, -1], (REAL, REAL), {}),
    ("mul", "multiply", lambda x, y, out: [y, x], (REAL, REAL), {}),
    ("div", "divide", _quotient, (REAL, AWAY_FROM_ZERO), {"singular": _divisor_varies}),
    ("pow", "power", _power, (POSITIVE, REAL), {"singular": _exponent_below_one,
     "kink": "0 at 0 ** 0 in the base; 0 at base 0 in the exponent"}),
    ("mod", "mod", _remainder, (REAL, AWAY_FROM_ZERO), {"kink": "right derivative at jumps"}),
]:  # fmt: skip
    elementwise(_op, OPERATORS[_op], _partials, _domain, **_facts)
    elementwise(_ufunc if _ufunc != _op else f"np.{_op}", getattr(np, _ufunc), _partials, _domain,
                path=f"np.{_ufunc}", **_facts)  # fmt: skip
elementwise("neg", OPERATORS["neg"], lambda x, y: [-1], [REAL])
elementwise("pos", OPERATORS["pos"], lambda x, y: [1], [REAL])
elementwise("negative", np.negative, lambda x, y: [-1], [REAL])

for _op in ("floordiv", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "xor", "invert", "not"):
    inert(_op, OPERATORS[_op], None, STEPS, "x" if _op in ("invert", "not") else "x y")
for _name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
              "logical_and", "logical_or", "floor_divide"):  # fmt: skip
    inert(_name, getattr(np, _name), elementwise_infer(getattr(np, _name)), STEPS, "x y",
          raises=shapes_may_clash)  # fmt: skip
for _name in ("sign", "floor", "ceil", "isnan", "isinf", "isfinite", "logical_not"):
    inert(_name, getattr(np, _name), elementwise_infer(getattr(np, _name)), STEPS, "x")

# ---- functions

elementwise("exp", np.exp, lambda x, y: [y], [REAL], sympy="exp")
elementwise("log", np.log, lambda x, y: [divide(1, x)], [POSITIVE], sympy="log", singular=True)
elementwise("sqrt", np.sqrt, lambda x, y: [divide(0.5, y)], [POSITIVE], sympy="sqrt", singular=True,
            kink="infinite at 0")  # fmt: skip
elementwise("sin", np.sin, lambda x, y: [cos(x)], [REAL], sympy="sin")
elementwise("cos", np.cos, lambda x, y: [-sin(x)], [REAL], sympy="cos")
elementwise("tanh", np.tanh, lambda x, y: [1 - y * y], [REAL], sympy="tanh")
for _name, _func in [("abs", abs), ("absolute", np.abs), ("fabs", np.fabs)]:
    path = {"abs": "abs", "absolute": "np.abs", "fabs": "np.fabs"}[_name]
    elementwise(_name, _func, lambda x, y: [sign(x)], [AWAY_FROM_ZERO], path, sympy="Abs",
                kink="0 at 0")  # fmt: skip
elementwise("square", np.square, lambda x, y: [2 * x], [REAL])
elementwise("maximum", np.maximum, _larger, [REAL, REAL], kink=TIES, selects=(0, 1))
elementwise("minimum", np.minimum, _smaller, [REAL, REAL], kink=TIES, selects=(0, 1))
elementwise("logaddexp", np.logaddexp, lambda x, y, out: [exp(x - out), exp(y - out)], [REAL, REAL])

# ---- the math module: Python floats in, a Python float out, errors where NumPy gives nan or inf

for _name, _partials, _domain, _facts in [
    ("exp", lambda x, y: [y], (REAL,), {}),
    ("log", lambda x, y: [1 / x], (POSITIVE,), {"singular": True}),
    ("sqrt", lambda x, y: [divide(0.5, y)], (POSITIVE,), {"singular": True}),
    ("sin", lambda x, y: [cos(x)], (REAL,), {}),
    ("cos", lambda x, y: [-sin(x)], (REAL,), {}),
    ("tanh", lambda x, y: [1 - y * y], (REAL,), {}),
    ("pow", _power, (POSITIVE, REAL), {"singular": _exponent_below_one}),
]:
    elementwise(f"math.{_name}", getattr(math, _name), _partials, _domain, path=f"math.{_name}",
                raises=True, math=True, **_facts)  # fmt: skip

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
linear("float", float, None, [lambda g, x, p: g], "x")
inert("int", int, None, STEPS, "x")
inert("bool", bool, None, STEPS, "x")
