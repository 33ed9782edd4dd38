"""Objects of which all is known while lowering, and stays so."""

from __future__ import annotations

import enum
import types
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Loc
from pullback.frontend.values import Poison, Static, Tup, Value
from pullback.ir.core import Const


class KnownSet(frozenset[Any]):
    """A set of constants, which comes in the order of the set that the code makes, at a place."""

    def __new__(cls, items: Iterable[Any], loc: Loc | None = None) -> KnownSet:
        made = set(items)
        new = super().__new__(cls, made)
        new.order, new.loc = tuple(made), loc
        return new

    order: tuple[Any, ...]
    loc: Loc | None

    def __iter__(self) -> Iterator[Any]:
        return iter(self.order)


def is_fixed(held: Any) -> bool:
    """Whether an object is one whose value cannot change, so that identity tells all of it."""
    fixed = (str, bytes, bool, int, float, complex, frozenset, range, slice, type, enum.Enum, np.dtype)
    return held is None or held is Ellipsis or isinstance(held, (*fixed, types.FunctionType))


def constant_value(v: Any) -> Value:
    """A Python object as a value known while lowering."""
    if isinstance(v, tuple):
        return Tup(tuple(constant_value(x) for x in v))
    if type(v) in (bool, int, float):
        return Const(v)
    if v is None or isinstance(v, str | enum.Enum) or callable(v):
        return Static(v)
    return Poison(refusals.UNKNOWN_DEFAULT, {"cls": type(v).__name__})


def as_number(value: Value) -> Value:
    """A member of an enumeration of numbers, such as an ``IntEnum``, as the number that it is."""
    match value:
        case Static(enum.Enum() as member) if isinstance(member, int):
            return Const(int.__int__(member))
        case Static(enum.Enum() as member) if isinstance(member, float):
            return Const(float.__float__(member))
    return value
