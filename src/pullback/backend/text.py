"""Pieces of Python text: expressions with their precedence, literals, names, and long lines.

Nothing here knows the IR. An expression is put in parentheses only where Python's grammar needs them.
"""

from __future__ import annotations

import cmath
import itertools
import keyword
import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

WIDTH = 100


class Prec(IntEnum):
    """How tightly an expression binds, as in the table of the Python reference."""

    TERNARY = 1
    OR = 2
    AND = 3
    NOT = 4
    COMPARE = 5
    BITOR = 6
    BITXOR = 7
    BITAND = 8
    SHIFT = 9
    SUM = 10
    TERM = 11
    UNARY = 12
    POWER = 13
    NUMBER = 14
    ATOM = 15


@dataclass(frozen=True, slots=True)
class Expr:
    """The text of an expression, and how tightly its outermost operator binds."""

    text: str
    prec: Prec = Prec.ATOM

    def at(self, prec: Prec) -> str:
        """The text where an operand that binds at least this tightly is due."""
        return self.text if self.prec >= prec else f"({self.text})"

    def __str__(self) -> str:
        return self.text


# symbol: its precedence, and what the left and the right operand must have
INFIX: dict[str, tuple[Prec, Prec, Prec]] = {
    "or": (Prec.OR, Prec.OR, Prec.AND),
    "and": (Prec.AND, Prec.AND, Prec.NOT),
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), (Prec.COMPARE, Prec.BITOR, Prec.BITOR)),
    "|": (Prec.BITOR, Prec.BITOR, Prec.BITXOR),
    "^": (Prec.BITXOR, Prec.BITXOR, Prec.BITAND),
    "&": (Prec.BITAND, Prec.BITAND, Prec.SHIFT),
    **dict.fromkeys(("<<", ">>"), (Prec.SHIFT, Prec.SHIFT, Prec.SUM)),
    **dict.fromkeys(("+", "-"), (Prec.SUM, Prec.SUM, Prec.TERM)),
    **dict.fromkeys(("*", "/", "//", "%", "@"), (Prec.TERM, Prec.TERM, Prec.UNARY)),
    "**": (Prec.POWER, Prec.NUMBER, Prec.NUMBER),
}
PREFIX = {"-": Prec.UNARY, "+": Prec.UNARY, "~": Prec.UNARY, "not ": Prec.NOT}


def infix(symbol: str, left: Expr, right: Expr) -> Expr:
    """``left symbol right``; chains go to the left, and comparisons do not chain."""
    prec, due_left, due_right = INFIX[symbol]
    if symbol == "**" and re.fullmatch(r"-[\w.]+", right.text):
        return Expr(f"{left.at(due_left)} ** {right.text}", prec)
    return Expr(f"{left.at(due_left)} {symbol} {right.at(due_right)}", prec)


def prefix(symbol: str, operand: Expr) -> Expr:
    return Expr(symbol + operand.at(PREFIX[symbol]), PREFIX[symbol])


def ternary(cond: Expr, then: Expr, orelse: Expr) -> Expr:
    head = f"{then.at(Prec.OR)} if {cond.at(Prec.OR)}"
    return Expr(f"{head} else {orelse.at(Prec.TERNARY)}", Prec.TERNARY)


def call(function: str, arguments: Sequence[Expr | str]) -> Expr:
    return Expr(f"{function}({', '.join(map(str, arguments))})")


def row(items: Sequence[Expr | str]) -> str:
    """Items of a tuple in parentheses."""
    return f"({', '.join(map(str, items))}{',' * (len(items) == 1)})"


# ---- literals


def literal(value: Any) -> Expr:
    """A constant as Python text that gives the same value, to the bit and the type."""
    match value:
        case None | bool():
            return Expr(repr(value))
        case str():
            return Expr(quoted(value))
        case np.generic():
            return _numpy_literal(value)
        case int() | float():
            return _number(value)
        case complex():
            return _complex(value)
        case tuple():
            return Expr(row([literal(v) for v in value]))
        case list():
            return Expr(f"[{', '.join(literal(v).text for v in value)}]")
    raise TypeError(f"{value!r} has no literal")


def _number(value: float) -> Expr:
    if math.isnan(value):
        return Expr("np.nan")
    if math.isinf(value):
        return Expr("np.inf") if value > 0 else Expr("-np.inf", Prec.UNARY)
    if isinstance(value, int) and value > 2**53 and value.bit_count() == 1:
        return Expr(f"2 ** {value.bit_length() - 1}", Prec.POWER)
    negative = math.copysign(1.0, value) < 0
    return Expr(repr(value), Prec.UNARY if negative else Prec.NUMBER)


def _complex(value: complex) -> Expr:
    """``2j``, or ``1.5 + 2j``, where that gives the same number, also in the signs of zeros."""
    if cmath.isfinite(value):
        negative = math.copysign(1.0, value.imag) < 0
        imaginary = f"{abs(value.imag)!r}j".replace(".0j", "j")
        if value.real == 0 and (math.copysign(1.0, value.real) < 0) == negative:
            return Expr(f"-{imaginary}", Prec.UNARY) if negative else Expr(imaginary, Prec.NUMBER)
        if value.real != 0 and (value.imag != 0 or not negative):
            real = int(value.real) if abs(value.real) < 1e9 and value.real % 1 == 0 else value.real
            return infix("-" if negative else "+", _number(real), Expr(imaginary, Prec.NUMBER))
    return Expr(f"complex({_number(value.real)}, {_number(value.imag)})")


def _numpy_literal(value: np.generic) -> Expr:
    name = "bool_" if isinstance(value, np.bool_) else value.dtype.name
    number = value.item()
    if isinstance(number, np.generic):  # wider than any number of Python's
        return Expr(f"np.{name}({quoted(str(value))})")
    if isinstance(number, float) and type(value)(str(value)) == value:
        return Expr(f"np.{name}({value!s})")
    return Expr(f"np.{name}({literal(number)})")


def quoted(text: str) -> str:
    """A string literal, in double quotes where that needs no more escapes."""
    single = repr(text)
    if single.startswith("'") and '"' not in text:
        return f'"{single[1:-1]}"'
    return single


def identifier(name: str, otherwise: str = "t") -> str:
    """A name that Python takes, as near to the given one as can be."""
    name = re.sub(r"\W+", "_", name).strip() or otherwise
    if name[0].isdigit():
        name = f"_{name}"
    if not name.strip("_"):
        name = otherwise
    return f"{name}_" if keyword.iskeyword(name) else name


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or the next one with a number that is not taken."""
    if name not in taken:
        return name
    return next(n for n in (f"{name}_{k}" for k in itertools.count(1)) if n not in taken)


# ---- long lines

_BREAK = re.compile(r", | (?=(?:[-+*/%@&|<>]|//|\*\*|[<>=!]=|and|or|if|else) )")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')


def wrap(text: str, indent: int) -> list[str]:
    """A line as one or several, broken inside brackets, the outermost first."""
    lines = _wrapped(text, indent)
    if lines is None and (parenthesised := _parenthesised(text)):
        lines = _wrapped(parenthesised, indent)
    return [text] if lines is None else lines


def _wrapped(text: str, indent: int) -> list[str] | None:
    lines: list[str] = []
    depth, room = 0, WIDTH - indent
    while len(text) > room:
        points = [(d, -k) for k, d in _breaks(text, depth) if 8 < k <= room]
        if not points:
            return [*lines, text] if lines else None
        k = -min(points)[1]
        depth += _depth_of(text[:k])
        lines.append(text[:k].rstrip())
        text = "    " + text[k:].lstrip()
    return [*lines, text]


def _parenthesised(text: str) -> str | None:
    """The line with parentheses around what it assigns or returns."""
    for pattern in (r"(return )(.*)", r"([^=()]* [-+*/@]?= )(.*)"):
        if match := re.fullmatch(pattern, text, re.DOTALL):
            return f"{match[1]}({match[2]})"
    return None


def _masked(text: str) -> str:
    return _STRING.sub(lambda m: "s" * len(m[0]), text)


def _depth_of(text: str) -> int:
    text = _masked(text)
    return sum(map(text.count, "([{")) - sum(map(text.count, ")]}"))


def _breaks(text: str, depth: int) -> Iterator[tuple[int, int]]:
    """Places inside brackets where a line may be broken, each with its depth."""
    masked = _masked(text)
    at = 0
    for match in _BREAK.finditer(masked):
        depth += _depth_of(masked[at : match.start()])
        at = match.start()
        if depth > 0:
            yield match.end(), depth
