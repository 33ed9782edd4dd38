"""What objects hold that leads to themselves: ``self.step = self._rk4``, ``self.f = lambda: self.k``.

No tree holds itself. So there stands ``OWNER`` in methods and functions that an object holds, for that
object, and what is read from an attribute has the object that it is read from in its place. What moves
attributes to another object, as copies do, takes them as they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from pullback.frontend.reaching import reachable
from pullback.frontend.rows import changeable
from pullback.frontend.values import (
    OWNER,
    Dct,
    Either,
    Local,
    Method,
    Owner,
    Partial,
    Struct,
    Tup,
    Value,
)
from pullback.frontend.walking import kinds, trees, with_parts

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


def held(frame: Frame, owner: Struct, value: Value) -> Value:
    """A value as an object holds it: lists and dicts of its methods only where nothing else has them."""
    found = _without(owner, value, inside=False)
    if found is not value and (inner := {tree.identity for tree in changeable(found)}):
        return value if inner & reachable(frame, frame.known()).keys() else found
    return found


def _without(owner: Struct, value: Value, inside: bool) -> Value:
    """A value without the object in methods and functions; ``inside`` of one."""
    match value:
        case Struct() if inside and value.identity is owner.identity:
            return OWNER
        case Method() | Local() | Partial() | Tup() | Dct() | Either():
            inside = inside or isinstance(value, Method | Local)
            return with_parts(value, [_without(owner, part, inside) for part in value.parts])
    return value


def read(owner: Struct, value: Value) -> Value:
    """What an object holds, as it is read from it."""
    match value:
        case Owner():
            return owner
        case Method() | Local() | Partial() | Tup() | Dct() | Either():
            return with_parts(value, [read(owner, part) for part in value.parts])
    return value


def is_chosen(value: Value) -> bool:
    """Whether which of some methods of its own an object holds is told by a run."""
    several = kinds(value)
    return len(several) > 1 and any(isinstance(tree, Owner) for kind in several for tree in trees(kind))


def unheld(owner: Struct, taken: Callable[[Struct, Value], Value] = read) -> Struct:
    """An object with what it holds as another one would get it."""
    items = {name: taken(owner, v) for name, v in owner.items.items()}
    same = all(v is owner.items[name] for name, v in items.items())
    return owner if same else replace(owner, items=items)


def with_shared_functions(owner: Struct) -> Struct:
    """An object with what it holds as a deep copy gets it: methods are those of the copy, but a function
    goes on to know the object that it was made for."""
    return unheld(owner, _functions_read)


def _functions_read(owner: Struct, value: Value) -> Value:
    match value:
        case Local():
            return read(owner, value)
        case Partial() | Tup() | Dct() | Either():
            return with_parts(value, [_functions_read(owner, part) for part in value.parts])
    return value


__all__ = ["held", "is_chosen", "read", "unheld", "with_shared_functions"]
