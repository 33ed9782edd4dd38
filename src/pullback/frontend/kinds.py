"""Kinds of arguments: what of a call selects a specialisation, and the parameters made from it.

A kind is a hashable tree: it holds what Python decides by (types, dtypes, number of dimensions, which
dimensions are 1), and never a size.
"""

from __future__ import annotations

import re
from collections import deque
from enum import Enum
from math import isfinite
from types import MappingProxyType
from typing import Any

import numpy as np

from pullback.errors import ArgumentError
from pullback.frontend.values import OWNER, Dct, Method, Static, Struct, Tup, Value
from pullback.ir.core import Const, Var
from pullback.ir.types import Array, List, Object, Scalar, Type, class_of, fresh_sym
from pullback.rules.effects import NAMES
from pullback.tree import held_by, is_bound_method, is_object, why_unreadable

Kind = Any
_PYTHON = {float: "float", int: "int", bool: "bool", complex: "complex"}


def kind_of(value: Any, around: tuple[object, ...] = ()) -> Kind:
    """The kind of a run-time value; raises ArgumentError for what cannot be taken.

    ``around`` are the objects that it is an attribute of.
    """
    cls = type(value)
    if cls is np.ndarray:
        if class_of(value.dtype) is None:
            raise ArgumentError(f"arrays of dtype {value.dtype} are not supported: {_of_numbers(value)}")
        ones = tuple([n == 1 for n in value.shape])
        return ("array", value.dtype.name, ones)
    if cls is float:
        return "float"
    if cls is bool:
        return ("static", value)
    if cls in _PYTHON:
        return _PYTHON[cls]
    if isinstance(value, np.generic) and class_of(value.dtype):
        return ("np", value.dtype.name)
    if value is None or cls is str:
        return ("static", value)
    if cls is tuple:
        return ("tuple", tuple([kind_of(v, around) for v in value]))
    if cls is list:
        return _list_kind([kind_of(v, around) for v in value])
    if cls is dict:
        _check_keys(value)
        return ("dict", tuple([(k, kind_of(v, around)) for k, v in value.items()]))
    if cls in NAMES:
        return ("object", cls)
    if is_object(cls):
        return ("struct", cls, _attribute_kinds(cls, value, around))
    if is_bound_method(value) and around and value.__self__ is around[-1]:
        return ("own", value.__func__)
    if is_bound_method(value):
        return ("method", value.__func__, kind_of(value.__self__, around))
    if cls.__module__.startswith("scipy.stats"):  # a distribution with its parameters
        return ("static", value)
    if isinstance(value, Enum) or (callable(value) and cls.__hash__ is not None):
        return ("static", value)
    raise ArgumentError(f"an argument of type {_named(cls)} is not supported: {advice(value)}")


def _check_keys(value: Any) -> None:
    for key in value:
        if not _is_literal(key):
            raise ArgumentError(
                f"a dict with the key {key!r} is not supported: use strings and numbers as keys"
            )


def _is_literal(key: Any) -> bool:
    """Whether a key can be written down in source."""
    if type(key) is tuple:
        return all(map(_is_literal, key))
    return key is None or type(key) in (str, int, bool) or (type(key) is float and isfinite(key))


def _attribute_kinds(
    cls: type, value: Any, around: tuple[object, ...]
) -> tuple[tuple[str, Kind], ...]:
    """The kinds of the attributes that an object holds."""
    if any(value is outer for outer in around):
        raise ArgumentError("it is an object around it: take it out, or give what is needed of it")
    names = held_by(value)
    if why := why_unreadable(cls, names):
        raise ArgumentError(f"an argument of type {_named(cls)} is not supported: {why}")
    kinds = []
    for name in names:
        try:
            kinds.append((name, kind_of(getattr(value, name), (*around, value))))
        except ArgumentError as error:
            raise ArgumentError(f"attribute {name!r} of a {cls.__name__}: {error}") from None
    return tuple(kinds)


def _named(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


_INSTEAD: dict[type, str] = {
    deque: "give list(x), and make a deque of it inside",
    MappingProxyType: "give dict(x)",
    range: "give its start, stop and step, and make a range of them inside",
}


def advice(value: Any) -> str:
    """What to give instead of something that is taken by no kind."""
    if isinstance(value, np.ma.MaskedArray):
        return "give its data, x.filled(0.0), and the mask as arrays"
    if isinstance(value, np.ndarray):
        return "give a plain array, np.asarray(x)"
    if hasattr(value, "to_numpy"):
        return "give its values, x.to_numpy(dtype=float)"
    if isinstance(value, float | int | str | tuple | list | dict):
        base = next(c for c in (bool, int, float, str, tuple, list, dict) if isinstance(value, c))
        return f"only exact types are taken, give {base.__name__}(x)"
    for cls, instead in _INSTEAD.items():
        if isinstance(value, cls):
            return instead
    if isinstance(value, np.generic):
        return "give its fields as floats" if value.dtype.names else "give a float"
    return (
        "give floats, plain NumPy arrays, or tuples, lists, dicts and objects of them"
    )


def _of_numbers(array: Any) -> str:
    """What to give instead of an array whose dtype holds no numbers."""
    if array.dtype.names:
        fields = ", ".join(f"x[{name!r}]" for name in array.dtype.names[:2])
        return f"give its fields as arrays of their own, {fields}"
    return "give an array of numbers, x.astype(float)"


def _list_kind(kinds: list[Kind]) -> Kind:
    """A list whose elements agree is a run-time list: its length is no part of the kind."""
    items = [_dynamic(k) for k in kinds]
    if items and all(k == items[0] for k in items) and _is_leaf(items[0]):
        return ("elements", items[0])
    general = {_without_ones(k) for k in items}
    if len(general) == 1 and _is_leaf(items[0]):
        return ("elements", general.pop())
    return ("list", tuple(kinds))


def _dynamic(kind: Kind) -> Kind:
    """The kind of an item of a run-time list: bools are values there, not part of the kind."""
    known = isinstance(kind, tuple) and kind[0] == "static" and isinstance(kind[1], bool)
    return "bool" if known else kind


def _is_leaf(kind: Kind) -> bool:
    return isinstance(kind, str) or kind[0] in ("array", "np", "elements")


def _without_ones(kind: Kind) -> Kind:
    """The kind of arrays whose sizes differ in being 1: nothing is known of them."""
    if isinstance(kind, tuple) and kind[0] == "array":
        return ("array", kind[1], (None,) * len(kind[2]))
    if isinstance(kind, tuple) and kind[0] == "elements":
        return ("elements", _without_ones(kind[1]))
    return kind


def leaf_type(kind: Kind) -> Type:
    """The IR type of a leaf kind."""
    if isinstance(kind, str):
        return Scalar(kind)
    if kind[0] == "np":
        return Scalar(class_of(kind[1]) or "float", "np", kind[1])
    if kind[0] == "elements":
        return List(leaf_type(kind[1]))
    cls = class_of(kind[1])
    if cls is None:
        raise ArgumentError(f"arrays of dtype {kind[1]} are not supported")
    return Array(cls, kind[1], tuple(1 if one else fresh_sym(one is False) for one in kind[2]))


def value_of(kind: Kind, name: str) -> Value:
    """Parameters for an argument of this kind: a tree of variables."""
    if isinstance(kind, str) or kind[0] in ("np", "array"):
        return Var(leaf_type(kind), name)
    match kind[0]:
        case "static":
            return Const(kind[1]) if isinstance(kind[1], bool) else Static(kind[1])
        case "tuple" | "list":
            items = tuple(value_of(k, f"{name}_{i}") for i, k in enumerate(kind[1]))
            return Tup(items, kind[0] == "list")
        case "object":
            return Var(Object(NAMES[kind[1]]), name)
        case "elements":
            return Var(leaf_type(kind), name)
        case "dict":
            items_by_key = {k: value_of(v, _key_name(name, k)) for k, v in kind[1]}
            return Dct(items_by_key)
        case "method":
            _, function, owner = kind
            return Method(value_of(owner, "self"), function.__name__, function=Static(function))
        case "own":
            return Method(OWNER, kind[1].__name__, function=Static(kind[1]))
        case "struct":
            _, cls, kinds = kind
            return Struct(cls, {name: value_of(k, name) for name, k in kinds})
    raise ArgumentError(f"unknown kind {kind!r}")


def _key_name(name: str, key: Any) -> str:
    text = str(key)
    return text if text.isidentifier() else f"{name}_{re.sub(r'[^0-9A-Za-z_]', '_', text)}"


__all__ = ["Kind", "kind_of", "leaf_type", "value_of"]
