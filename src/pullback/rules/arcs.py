"""Partials of the inverse trigonometric and hyperbolic functions.

They are written as products, which lose no digits near the poles and do not overflow where the function
does not. Of complex numbers, each root stands for itself: so the branch is the function's (Kahan, Branch
cuts for complex elementary functions).
"""

from __future__ import annotations

from pullback.ir.build import Value
from pullback.ir.core import Const
from pullback.ir.types import is_complex
from pullback.rules.ops import divide, hypot, inverse, over, sqrt


def of_arcsin(x: Value) -> Value:
    """1 / sqrt(1 - x ** 2)."""
    if is_complex(x.type):
        return divide(1, sqrt(1 - x) * sqrt(1 + x))
    return divide(1, sqrt((1 - x) * (1 + x)))


def of_arcsinh(x: Value) -> Value:
    """1 / sqrt(1 + x ** 2)."""
    if is_complex(x.type):
        return divide(1, sqrt(1 - 1j * x) * sqrt(1 + 1j * x))
    return over(1, hypot(Value(x.builder, Const(1.0), x.math), x))


def of_arccosh(x: Value) -> Value:
    """1 / sqrt(x ** 2 - 1)."""
    return divide(1, sqrt(x - 1) * sqrt(x + 1))


def of_arctan(x: Value) -> Value:
    """1 / (1 + x ** 2), which has poles for complex numbers alone."""
    if is_complex(x.type):
        return inverse((1 - 1j * x) * (1 + 1j * x))
    return over(1, 1 + x * x)


def of_arctanh(x: Value) -> Value:
    """1 / (1 - x ** 2)."""
    return inverse((1 - x) * (1 + x))
