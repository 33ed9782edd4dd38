"""Functions of the math module that take sequences of numbers."""

from __future__ import annotations

import ast
import math

from pullback import refusals
from pullback.frontend import library
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import as_atom, builtin, in_full, only, simple_op
from pullback.frontend.values import Tup, Value
from pullback.frontend.walking import plain
from pullback.ir.core import Atom, Const
from pullback.ir.types import Array, List


@builtin(math.dist)
def distance(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """``math.dist`` of two tuples of one length, or of two vectors or lists."""
    given = list(map(plain, args))
    points = [_numbers(frame, node, point) for point in given]
    alike = len(points) == 2 and len(points[0]) == len(points[1]) > 0
    if keywords or not alike or isinstance(given[0], Tup) != isinstance(given[1], Tup):
        frame.reject(refusals.POINTS_OF_ONE_FORM, node)
    return simple_op(frame, node, "math.dist", *points[0], *points[1])


@builtin(math.fsum)
def exact_sum(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    value = in_full(frame, node, only(frame, node, args))
    numbers = _numbers(frame, node, value)
    nested = {"nested": True} if isinstance(value, Tup) else {}
    return simple_op(frame, node, "math.fsum", *numbers, **nested) if numbers else Const(0.0)


@builtin(math.prod)
def product(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """The factors, one after the other, as ``math.prod`` takes them."""
    factors = in_full(frame, node, only(frame, node, args))
    start = keywords.get("start", Const(1))
    if keywords.keys() - {"start"}:
        arguments = "what can be looped over, and start="
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="math.prod", arguments=arguments)
    if not isinstance(factors, Tup):
        return library.called(multiplied)(frame, node, [factors, start], {})
    total = as_atom(frame, start, node)
    for factor in factors.items:
        following = as_atom(frame, factor, node)
        total = following if total == Const(1) else simple_op(frame, node, "mul", total, following)
    return total


def multiplied(factors, total):  # type: ignore[no-untyped-def]
    for factor in factors:
        total = total * factor
    return total


def _numbers(frame: Frame, node: ast.Call, value: Value) -> list[Atom]:
    """The numbers of a tuple, or a vector or list as it is."""
    if isinstance(value, Tup):
        return [as_atom(frame, item, node) for item in value.items]
    vector = as_atom(frame, value, node)
    if not isinstance(vector.type, Array | List):
        frame.reject(refusals.NEEDS_SEQUENCE, node, function=ast.unparse(node.func))
    return [vector]
