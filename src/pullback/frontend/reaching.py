"""Which containers values lead to, and what tells one from another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from pullback.frontend import rows
from pullback.frontend.values import Tree, Value
from pullback.frontend.walking import as_known, within
from pullback.ir.core import Atom, Var
from pullback.ir.types import List

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame

NOTHING: Mapping[Atom, bool] = MappingProxyType({})

def reachable(
    frame: Frame, values: Iterable[Value], but: Value | None = None, facts: Mapping[Atom, bool] = NOTHING
) -> dict[object, Value]:
    """The containers in values and in what they hold, by identity; not those in one of them, or in what
    values are not by some facts."""
    found: dict[object, Value] = {}
    todo = [as_known(frame.latest(v), facts) for v in values]
    while todo:
        value = todo.pop()
        if but is not None and identity_of(value) is identity_of(but):
            continue
        if isinstance(value, Tree):
            found.setdefault(value.identity, value)
        todo += within(value)
    return found


def can_be_changed(value: Value) -> bool:
    """Whether a value is a list, a dict or an object."""
    if isinstance(value, Var):
        return isinstance(value.type, List)
    return next(rows.changeable(value), None) is value


def identity_of(value: Value) -> object:
    """What tells a container from others; other values are told apart by themselves."""
    return value.identity if isinstance(value, Tree) else value


def anew_on_top(tree: Tree) -> Tree:
    """The same container as an object of its own, with the same items."""
    return replace(tree, identity=object())  # type: ignore[type-var]
