"""Numbers and truths that are expressions of SymPy, as generated code meets them.

Code runs on them as on floats. Where it asks whether a condition holds, the path that is explored
answers (see ``paths``): so branches, loops and guards run as they stand, one way at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from pullback.errors import ArgumentError
from pullback.formulas.paths import decide

# Numbers that generated code has as floats, where a formula has a constant.
_CONSTANTS = {
    math.pi: sympy.pi, 2 * math.pi: 2 * sympy.pi, math.pi / 2: sympy.pi / 2,
    math.pi / 180: sympy.pi / 180, 180 / math.pi: 180 / sympy.pi,
    math.sqrt(math.pi): sympy.sqrt(sympy.pi),
    2 / math.sqrt(math.pi): 2 / sympy.sqrt(sympy.pi), math.sqrt(2 * math.pi): sympy.sqrt(2 * sympy.pi),
    math.e: sympy.E, math.log(2): sympy.log(2), math.log(10): sympy.log(10), math.sqrt(2): sympy.sqrt(2),
    math.inf: sympy.oo, -math.inf: -sympy.oo,
}  # fmt: skip
THIRD = 10**6  # floats that are fractions of smaller denominators are taken for these


def exact(number: Any) -> sympy.Expr:
    """The number that a float stands for: a constant, a simple fraction, or its shortest decimal."""
    if isinstance(number, Sym):
        return number.expr
    if isinstance(number, np.generic | np.ndarray):
        number = number.item()
    if isinstance(number, complex) or not isinstance(number, int | float):
        raise ArgumentError(f"an expression of real numbers has no place for {number!r}")
    if number != number:
        return sympy.nan
    if (known := _CONSTANTS.get(number)) is not None:
        return known
    simple = Fraction(number) if isinstance(number, int) else Fraction(number).limit_denominator(THIRD)
    found = simple if float(simple) == number else Fraction(repr(number))
    return sympy.Rational(found.numerator, found.denominator)


def _operator(apply: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """The methods of an operator, and of the same with its operands the other way round."""

    def method(self: Sym, other: Any) -> Any:
        return lifted(lambda a, b: Sym(apply(exact(a), exact(b))), self, other)

    def reflected(self: Sym, other: Any) -> Any:
        return lifted(lambda a, b: Sym(apply(exact(b), exact(a))), self, other)

    return method, reflected


def _comparison(relation: Any) -> Any:
    def method(self: Sym, other: Any) -> Any:
        return lifted(lambda a, b: Cond(relation(exact(a), exact(b))), self, other)

    return method


def lifted(apply: Callable[..., Any], *operands: Any) -> Any:
    """A function of numbers, applied to each element where an operand is an array."""
    if any(isinstance(x, np.ndarray) and x.ndim for x in operands):
        return np.frompyfunc(apply, len(operands), 1)(*operands)
    return apply(*operands)


def _divide(a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    if b == 0:
        raise ZeroDivisionError("division by zero")
    return a / b


def sign(x: sympy.Expr) -> sympy.Expr:
    """The sign of a real number; what SymPy does not know to be real, as x / y, is asked for it."""
    return sympy.sign(x) if x.is_real else sympy.Integer(1 if decide(sympy.Gt(x, 0)) else -1)


class Floor(sympy.floor):  # type: ignore[misc]
    """The floor, which has the derivative 0."""

    def _eval_derivative(self, s: Any) -> Any:
        return sympy.S.Zero


class Sym:
    """A real number that is an expression."""

    __array_ufunc__ = None  # NumPy's numbers leave operators to these methods
    __slots__ = ("expr",)
    dtype = np.dtype(float)
    ndim = 0
    shape = ()
    size = 1
    imag = 0.0

    def __init__(self, expr: sympy.Expr) -> None:
        self.expr = expr

    __add__, __radd__ = _operator(lambda a, b: a + b)
    __sub__, __rsub__ = _operator(lambda a, b: a - b)
    __mul__, __rmul__ = _operator(lambda a, b: a * b)
    __truediv__, __rtruediv__ = _operator(_divide)
    __floordiv__, __rfloordiv__ = _operator(lambda a, b: Floor(_divide(a, b)))
    __mod__, __rmod__ = _operator(lambda a, b: a - b * Floor(_divide(a, b)))
    __pow__, __rpow__ = _operator(lambda a, b: a**b)
    __lt__ = _comparison(sympy.Lt)
    __le__ = _comparison(sympy.Le)
    __gt__ = _comparison(sympy.Gt)
    __ge__ = _comparison(sympy.Ge)
    __eq__ = _comparison(sympy.Eq)
    __ne__ = _comparison(sympy.Ne)
    __hash__ = None  # type: ignore[assignment]

    def __neg__(self) -> Sym:
        return Sym(-self.expr)

    def __pos__(self) -> Sym:
        return self

    def __abs__(self) -> Sym:
        return Sym(self.expr * sign(self.expr) if not self.expr.is_real else sympy.Abs(self.expr))

    def __bool__(self) -> bool:
        return decide(sympy.Ne(self.expr, 0))

    def __getitem__(self, index: Any) -> Sym:
        if index not in ((), ...):
            raise IndexError("a number has no elements")
        return self

    @property
    def real(self) -> Sym:
        return self

    def astype(self, dtype: Any, **_: Any) -> Sym:
        return self

    def copy(self) -> Sym:
        return self

    def item(self) -> Sym:
        return self

    def _decides(self, *_: Any) -> Any:
        raise ArgumentError(
            f"an integer is made of {self.expr}: sizes and trips must not depend on the symbols"
        )

    __index__ = __int__ = __float__ = __round__ = _decides

    def __repr__(self) -> str:
        return str(self.expr)


class Cond:
    """A condition on symbols. Whoever asks whether it holds goes one of two ways."""

    __array_ufunc__ = None
    __slots__ = ("relation",)

    def __init__(self, relation: Any) -> None:
        self.relation = relation

    def __bool__(self) -> bool:
        return decide(self.relation)

    def __and__(self, other: Any) -> Any:
        return lifted(lambda a, b: bool(a) and bool(b), self, other)

    def __or__(self, other: Any) -> Any:
        return lifted(lambda a, b: bool(a) or bool(b), self, other)

    def __xor__(self, other: Any) -> Any:
        return lifted(lambda a, b: bool(a) != bool(b), self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __invert__(self) -> bool:
        return not self

    def __getitem__(self, index: Any) -> Cond:
        return self

    def astype(self, dtype: Any, **_: Any) -> Any:
        return np.bool_(bool(self)).astype(dtype)


__all__ = ["Cond", "Floor", "Sym", "exact", "lifted", "sign"]
