"""Kinds as straight-line code: the conditions under which a value is of a known kind.

They may fail for a value of that kind (a dtype that is equal but another object), never the reverse:
who finds them false asks ``kind_of``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.frontend.guards import Names
from pullback.frontend.kinds import Kind, kind_of
from pullback.tree import fields_of, is_named_tuple

_PYTHON = {"float": float, "int": int, "bool": bool, "complex": complex}


def kind_tests(kind: Kind, read: str, names: Names) -> list[str]:
    """Conditions on the value of an expression, which is evaluated often: a name, or a short read."""
    if isinstance(kind, str):
        return [f"type({read}) is {names(_PYTHON[kind])}"]
    match kind:
        case ("np", dtype):
            return [f"type({read}) is {names(np.dtype(dtype).type)}"]
        case ("array", dtype, ones):
            return _array_tests(dtype, ones, read, names)
        case ("object", cls):
            return [f"type({read}) is {names(cls)}"]
        case ("static", value):
            return _static_tests(value, read, names)
        case ("tuple" | "list", tuple(kinds)):
            cls = tuple if kind[0] == "tuple" else list
            return _item_tests(cls, list(enumerate(kinds)), read, names)
        case ("dict", tuple(items)):
            keys = [k for k, _ in items]
            return [*_item_tests(dict, items, read, names), f"[*{read}] == {names(keys)}"]
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


def _static_tests(value: Any, read: str, names: Names) -> list[str]:
    if isinstance(value, str):
        return [f"type({read}) is {names(str)}", f"{read} == {names(value)}"]
    return [f"{read} is {value if value is None or isinstance(value, bool) else names(value)}"]


def _item_tests(cls: type, items: Any, read: str, names: Names) -> list[str]:
    found = [f"type({read}) is {names(cls)}", f"len({read}) == {len(items)}"]
    for key, kind in items:
        literal = repr(key) if type(key) in (int, str) else names(key)
        found += kind_tests(kind, f"{read}[{literal}]", names)
    return found


def _struct_tests(cls: type, kinds: tuple[Kind, ...], read: str, names: Names) -> list[str]:
    fields = fields_of(cls)
    found = [f"type({read}) is {names(cls)}"]
    if any("__dict__" in vars(c) for c in cls.__mro__):
        own = frozenset() if is_named_tuple(cls) else frozenset(fields)
        found.append(f"{read}.__dict__.keys() == {names(own)}")
    for field, kind in zip(fields, kinds, strict=True):
        found += kind_tests(kind, f"{read}.{field}", names)
    return found


__all__ = ["kind_tests"]
