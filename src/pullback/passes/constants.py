"""Constants: what is computed from numbers that stand in the program."""

from __future__ import annotations

import cmath
from operator import attrgetter, methodcaller
from typing import Any

from pullback.ir.core import Atom, Const, Op
from pullback.ir.prims import OPERATORS
from pullback.ir.types import type_of

_NUMBERS = (bool, int, float, complex)
_EVALUATED: dict[str, Any] = {
    **OPERATORS, "float": float, "int": int, "bool": bool, "complex": complex,
    "real": attrgetter("real"), "imag": attrgetter("imag"), "conjugate": methodcaller("conjugate"),
}  # fmt: skip
_LARGEST = 2**63


def evaluated(op: Op) -> Const | None:
    """``add 2, 3 => 5``: on Python numbers, unless it raises or the result is of another kind."""
    func = _EVALUATED.get(op.name)
    if func is None:
        return None
    values = [a.value for a in op.inputs if isinstance(a, Const)]
    if len(values) < len(op.inputs) or not all(type(v) in _NUMBERS for v in values):
        return None
    if op.name == "pow" and not all(abs(v) <= 64 for v in values):
        return None
    try:
        result = func(*values)
    except (ArithmeticError, TypeError, ValueError):
        return None
    return Const(result) if type_of(result) == op.out.type and is_plain(result) else None


def is_plain(value: Any) -> bool:
    """Whether a number is written in source as it is: finite, and of a size one would write."""
    return cmath.isfinite(value) and (not isinstance(value, int) or abs(value) < _LARGEST)


def number(a: Atom) -> float | None:
    """The value of a constant that is a real number."""
    return a.value if isinstance(a, Const) and type(a.value) in (int, float) else None
