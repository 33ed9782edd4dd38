"""Kinds as straight-line code: the conditions under which a value is of a known kind.

They may fail for a value of that kind (a dtype that is equal but another object), never the reverse:
who finds them false asks ``kind_of``.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MethodType
from typing import Any

import numpy as np

from pullback.frontend.guards import Names
from pullback.frontend.kinds import Kind, kind_of
from pullback.tree import has_dict, has_fields, is_frozen, is_named_tuple, slots_in

_PYTHON = {"float": float, "int": int, "bool": bool, "complex": complex}


def kind_tests(kind: Kind, read: str, names: Names, owner: str = "") -> list[str]:
    """Conditions on the value of an expression, which is evaluated often: a name, or a short read.

    ``owner`` is how the object is read that it is an attribute of.
    """
    if isinstance(kind, str):
        return [f"type({read}) is {names(_PYTHON[kind])}"]
    match kind:
        case ("np", dtype):
            return [f"type({read}) is {names(np.dtype(dtype).type)}"]
        case ("array", dtype, ones):
            return _array_tests(dtype, ones, read, names)
        case ("object", cls):
            return [f"type({read}) is {names(cls)}"]
        case ("method", function, of):
            return [*_method_tests(function, read, names), *kind_tests(of, f"{read}.__self__", names)]
        case ("own", function):
            return [*_method_tests(function, read, names), f"{read}.__self__ is {owner}"]
        case ("static", value):
            return _static_tests(value, read, names)
        case ("tuple" | "list", tuple(kinds)):
            cls = tuple if kind[0] == "tuple" else list
            return _item_tests(cls, list(enumerate(kinds)), read, names, owner)
        case ("dict", tuple(items)):
            keys = [k for k, _ in items]
            return [*_item_tests(dict, items, read, names, owner), f"[*{read}] == {names(keys)}"]
        case ("struct", cls, kinds):
            return _struct_tests(cls, kinds, read, names)
    return [f"{names(kind_of)}({read}) == {names(kind)}"]


def _array_tests(dtype: str, ones: tuple[bool | None, ...], read: str, names: Names) -> list[str]:
    shape = f"{read}.shape"
    found = [
        f"type({read}) is {names(np.ndarray)}",
        f"{read}.dtype is {names(np.dtype(dtype))}",
    ]
    if not ones:
        return [*found, f"not {shape}"]
    found.append(f"len(s := {shape}) == {len(ones)}")
    if not any(ones):
        return [*found, "1 not in s"]
    return found + [f"s[{k}] {'==' if one else '!='} 1" for k, one in enumerate(ones)]


def _method_tests(function: Any, read: str, names: Names) -> list[str]:
    return [f"type({read}) is {names(MethodType)}", f"{read}.__func__ is {names(function)}"]


def _static_tests(value: Any, read: str, names: Names) -> list[str]:
    if isinstance(value, str):
        return [f"type({read}) is {names(str)}", f"{read} == {names(value)}"]
    return [f"{read} is {value if value is None or isinstance(value, bool) else names(value)}"]


def _item_tests(cls: type, items: Any, read: str, names: Names, owner: str) -> list[str]:
    found = [f"type({read}) is {names(cls)}", f"len({read}) == {len(items)}"]
    for key, kind in items:
        found += kind_tests(kind, f"{read}[{_literal(key, names)}]", names, owner)
    return found


def _struct_tests(
    cls: type, kinds: tuple[tuple[str, Kind], ...], read: str, names: Names
) -> list[str]:
    found = [f"type({read}) is {names(cls)}"]
    held, slots = [name for name, _ in kinds], slots_in(cls)
    if has_dict(cls):
        own = [] if is_named_tuple(cls) else [name for name in held if name not in slots]
        if has_fields(cls):  # whose order is that of the class
            found.append(f"{read}.__dict__.keys() == {names(frozenset(own))}")
        else:
            found.append(f"[*{read}.__dict__] == {names(own)}")
    found += [f"not hasattr({read}, {name!r})" for name in slots if name not in held]
    for name, kind in kinds:
        found += kind_tests(kind, f"{read}.{name}", names, read)
    return found


def containers(kind: Kind, read: str, names: Names) -> Iterator[str]:
    """How the containers in a value that can be changed are read, the value itself included."""
    match kind:
        case ("struct", cls, kinds):
            items = [(f"{read}.{name}", inner) for name, inner in kinds]
            changes = not is_frozen(cls)
        case ("tuple" | "list", tuple(kinds)):
            items = [(f"{read}[{k}]", inner) for k, inner in enumerate(kinds)]
            changes = kind[0] == "list"
        case ("dict", pairs):
            items = [(f"{read}[{_literal(key, names)}]", inner) for key, inner in pairs]
            changes = True
        case ("method", _, owner):
            items, changes = [(f"{read}.__self__", owner)], False
        case _:
            items, changes = [], isinstance(kind, tuple) and kind[0] == "elements"
    if changes:
        yield read
    for path, inner in items:
        yield from containers(inner, path, names)


def _literal(key: Any, names: Names) -> str:
    return repr(key) if type(key) in (int, str) else names(key)


__all__ = ["containers", "kind_tests"]
