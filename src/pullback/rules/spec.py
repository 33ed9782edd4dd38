"""What a row's ``spec`` says: how a call of the function binds its arguments, and how it is printed.

A spec is a line of slots, in the order of the function's own signature:

    x               an array or number, an input of the op
    x?              one that may be left out
    x~              one of several that may be left out: the param ``given`` names those that are
    a_min|min       one that has two names
    name=default    a constant that becomes a param (``name=``: it has no default)
    name...         an integer or a sequence of such, for methods also integers one by one: inputs
    name!           what only permits the function to spoil an argument: it is left out
    name+           a sequence of numbers that may be left out: inputs, and their number a param
    name[]          an integer, or nested sequences of such: inputs, and their nesting a param
    name[*]         the same of arrays
    *xs             a list or tuple of arrays: inputs
    **xs            arrays given one by one to the end: inputs
    *               what follows is given by name only
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument: its names, the kind of slot, the default of a constant, how it may be given."""

    names: tuple[str, ...]
    kind: str
    default: Any = None
    required: bool = True
    by_name: bool = False

    @property
    def name(self) -> str:
        return self.names[0]


@lru_cache(None)
def slots(spec: str) -> tuple[Slot, ...]:
    """The slots of a spec."""
    positional, _, named = f"{spec} ".partition(" * ")
    return (
        *map(_slot, positional.split()),
        *(replace(_slot(token), by_name=True) for token in named.split()),
    )


def _slot(token: str) -> Slot:
    head, constant, default = token.partition("=")
    names = tuple(head.strip("*?.[]~+!").split("|"))
    if constant:
        return Slot(names, "constant", ast.literal_eval(default or "None"), not default)
    for mark, kind in (("...", "integers"), ("[]", "nested"), ("[*]", "blocks"), ("~", "named"),
                       ("+", "counted"), ("!", "permission")):  # fmt: skip
        if head.endswith(mark):
            return Slot(names, kind, None, kind not in ("named", "counted", "permission"))
    if head.startswith("*"):
        return Slot(names, "arrays" if head.startswith("**") else "sequence")
    return Slot(names, "array", None, not head.endswith("?"))


# ---- nesting: what a slot of kind "nested" keeps as its param


def count(nesting: Any) -> int:
    """How many integers there are; an integer alone has the nesting None."""
    return 1 if nesting is None else sum(map(count, nesting))


def fill(nesting: Any, leaves: Iterator[T], several: Callable[[Sequence[T], bool], T]) -> T:
    """The nesting with its leaves put in; ``several`` makes each tuple, and each list (True)."""
    if nesting is None:
        return next(leaves)
    return several([fill(part, leaves, several) for part in nesting], isinstance(nesting, list))


__all__ = ["Slot", "count", "fill", "slots"]
