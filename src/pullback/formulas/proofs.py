"""Whether a compiled gradient is the derivative that SymPy takes, for all arguments at once."""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy

from pullback.errors import ArgumentError
from pullback.formulas.expressions import Piece, Symbolic, symbolic
from pullback.formulas.numbers import Floor

DIGITS = 50
DRAWN = 96
EXACT = 1e-40  # what 50 digits leave
FOLDED = 1e-11  # what constants leave that the compiler computed as floats
ROUNDED = 1e-6  # what the function itself loses, which computes with floats
LARGE = 1500  # operations in an expression that is not simplified


@dataclass(frozen=True)
class Proof:
    """What came of comparing a compiled gradient with SymPy's derivative; made by `prove`.

    `verdict` is "proved" if the difference simplifies to zero, "agrees" if it could not be
    simplified and is zero at all points that were tried, up to `apart` (relative to 1 and the
    derivative), and "refuted" otherwise: `counterexample` then tells the symbols' values, what was
    found there, and what SymPy has. A proof is true unless it is refuted.
    """

    function: Symbolic
    verdict: str
    points: int
    apart: float = 0.0
    counterexample: str = ""

    def __bool__(self) -> bool:
        return self.verdict != "refuted"

    def __str__(self) -> str:
        if self.verdict == "refuted":
            return f"refuted: {self.counterexample}"
        ways = len(self.function.pieces)
        same = f"the gradient of {self.function.name} is SymPy's derivative"
        cases = f", in each of {ways} cases" if ways > 1 else ""
        if self.verdict == "proved":
            return f"proved: {same}{cases}"
        return f"agrees: {same} at {self.points} points, up to {self.apart:.0e}{cases}"


def prove(function: Callable[..., Any], *, seed: int = 0, **given: Any) -> Proof:
    """Say whether the compiled gradient of a scalar function equals the derivative that SymPy takes.

    The generated code of `value_and_grad` itself runs on symbols, through each of its branches. What
    it gives for the value is differentiated by SymPy, and compared with what it gives for the gradient:
    at random points (from `seed`) to 50 digits, and by simplification. The value is compared with
    the function's own at these points. Ties, as in `x == y`, are left out. `given` is as in
    `symbolic`, which tells what is raised.
    """
    found = symbolic(function, **given)
    places = [Place(found.symbols, piece) for piece in found.pieces]
    points = list(sample(found.symbols, places, random.Random(seed)))
    if not points:
        why = f"has a real value at none of {DRAWN} points: give symbols with assumptions"
        raise ArgumentError(f"{found.name} {why}")
    for point in points:
        if (wrong := counterexample(found, point)) is not None:
            return Proof(found, "refuted", len(points), point.apart(), wrong)
    apart = max(point.apart() for point in points)
    proved = apart <= EXACT and all(place.is_proved() for place in places)
    return Proof(found, "proved" if proved else "agrees", len(points), apart)


@dataclass(frozen=True)
class Point:
    """A value, the compiled gradient and SymPy's derivative at a point."""

    at: Sequence[Any]
    value: Any
    gradient: Sequence[Any]
    derivative: Sequence[Any]

    def apart(self) -> float:
        """How far the gradients are from each other, relatively."""
        return max(relative(g, d) for g, d in zip(self.gradient, self.derivative, strict=True))


class Place:
    """A piece of a function with SymPy's derivative of it, both also as functions of numbers."""

    def __init__(self, symbols: Sequence[sympy.Symbol], piece: Piece) -> None:
        self.piece = piece
        self.derivative = [derivative(piece.value, s) for s in symbols]
        self._holds = sympy.lambdify(symbols, sympy.And(*piece.conditions), "mpmath")
        every = [e.replace(Floor, sympy.floor) for e in (piece.value, *piece.gradient, *self.derivative)]
        self._numbers = sympy.lambdify(symbols, every, "mpmath", cse=True)

    def at(self, at: Sequence[Any]) -> Point | None:
        """What is found at a point, None where the piece does not hold or is no real number."""
        with mpmath.workdps(2 * DIGITS), contextlib.suppress(ZeroDivisionError, ValueError, TypeError):
            if self._holds(*at):
                every = [mpmath.mpmathify(v) for v in self._numbers(*at)]
                if all(isinstance(v, mpmath.mpf) and mpmath.isfinite(v) for v in every):
                    count = len(self.derivative)
                    return Point(at, every[0], every[1 : count + 1], every[count + 1 :])
        return None

    def is_proved(self) -> bool:
        pairs = zip(self.derivative, self.piece.gradient, strict=True)
        return all(is_zero(self._signed(expected - g)) for expected, g in pairs)

    def _signed(self, expr: sympy.Expr) -> sympy.Expr:
        """An expression in which signs and absolute values are what the conditions tell."""
        expr = expr.replace(is_sign_of_size, lambda _: sympy.S.One)
        for r in self.piece.conditions:
            difference = r.lhs - r.rhs if isinstance(r, sympy.Gt | sympy.Ge) else r.rhs - r.lhs
            for side in (difference, -difference):
                expr = expr.subs(sympy.Abs(side), difference)
                expr = expr.subs(sympy.sign(side), 1 if side is difference else -1)
        return expr


def is_sign_of_size(expr: sympy.Expr) -> bool:
    """Whether an expression is the sign of what has none, but where it is zero."""
    return isinstance(expr, sympy.sign) and bool(expr.args[0].is_nonnegative)


def derivative(expr: sympy.Expr, s: sympy.Symbol) -> sympy.Expr:
    """SymPy's derivative, between jumps: those of a sign have no part in it."""
    return sympy.diff(expr, s).replace(sympy.DiracDelta, lambda *_: sympy.S.Zero)


def sample(
    symbols: Sequence[sympy.Symbol], places: Sequence[Place], rng: random.Random
) -> Iterator[Point]:
    """Points at which the function is a real number."""
    for turn in range(DRAWN):
        at = [drawn(s, rng, turn) for s in symbols]
        found = (place.at(at) for place in places)
        if (point := next(filter(None, found), None)) is not None:
            yield point


def drawn(symbol: sympy.Symbol, rng: random.Random, turn: int) -> Any:
    """A number between -3 and 3, of the symbol's sign; by turns a small one, or a positive one."""
    number = mpmath.mpf(rng.randint(-3000, 3000) or 1) / (1024 if turn % 2 else 8192)
    if symbol.is_negative:
        return -abs(number)
    return abs(number) if symbol.is_positive or turn % 3 == 0 else number


def counterexample(f: Symbolic, point: Point) -> str | None:
    """What is wrong at a point, None if nothing is."""
    where = ", ".join(f"{s} = {float(v)}" for s, v in zip(f.symbols, point.at, strict=True))
    for s, g, d in zip(f.symbols, point.gradient, point.derivative, strict=True):
        if relative(g, d) > FOLDED:
            return f"at {where} the gradient in {s} is {float(g)}, and SymPy's derivative {float(d)}"
    own = own_value(f, point)
    if own is not None and relative(own, point.value) > ROUNDED:
        return f"at {where} {f.name} is {own}, and its expression {float(point.value)}"
    return None


def own_value(f: Symbolic, point: Point) -> float | None:
    """The function's own value, None where it raises or leaves the numbers that floats have."""
    numbers = iter(map(float, point.at))
    args = [next(numbers) if isinstance(a, sympy.Symbol) else a for a in f.arguments]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            own = float(f.function(*args))
        except Exception:
            return None
    return own if abs(own) < float("inf") else None


def relative(found: Any, expected: Any) -> float:
    return float(abs(found - expected) / (1 + abs(expected)))


def is_zero(expr: sympy.Expr) -> bool:
    """Whether an expression simplifies to zero; False where that is not found out."""
    if expr == 0 or sympy.expand(expr) == 0 or sympy.ratsimp(expr) == 0:
        return True
    return sympy.count_ops(expr) < LARGE and bool(sympy.simplify(expr) == 0)


__all__ = ["Proof", "prove"]
