"""Trees of Python containers: tuples, lists, dicts, named tuples and dataclasses around any leaves.

A container is looked at through ``children``, which gives its items by position, key or field. An
``Instance`` stands for a named tuple or dataclass whose fields hold what no object of that class may
hold, such as variables of the IR.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, MemberDescriptorType
from typing import Any


@dataclass(frozen=True, slots=True)
class Instance:
    """A named tuple or dataclass as a mapping of its fields."""

    cls: type
    items: Mapping[str, Any]


# ---- classes whose instances are trees


def is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and isinstance(getattr(cls, "_fields", None), tuple)


def has_fields(cls: type) -> bool:
    """Whether a class is a named tuple or a dataclass."""
    return is_named_tuple(cls) or found_in_class(cls, "__dataclass_fields__") is not None


def fields_of(cls: type) -> tuple[str, ...]:
    """The names of the fields of a named tuple or dataclass, in order."""
    if is_named_tuple(cls):
        names: tuple[str, ...] = cls._fields  # type: ignore[attr-defined]
        return names
    return tuple(f.name for f in dataclasses.fields(cls))


def found_in_class(cls: type, name: str) -> Any:
    """An attribute of a class as it is stored, no descriptor asked; None where there is none."""
    return next((vars(c)[name] for c in cls.__mro__ if name in vars(c)), None)


def why_unreadable(cls: type) -> str:
    """Why reading the fields of instances may run code of the user's, '' where it does not."""
    if isinstance(found_in_class(cls, "__getattribute__"), FunctionType):
        return "it has a __getattribute__ of its own"
    if is_named_tuple(cls):
        for name in ("__iter__", "__getitem__", "__len__", "__eq__", "__add__"):
            if found_in_class(cls, name) is not vars(tuple)[name]:
                return f"it has a {name} of its own"
        return ""
    for name in fields_of(cls):
        held = found_in_class(cls, name)
        if not isinstance(held, MemberDescriptorType) and hasattr(type(held), "__set__"):
            return f"its field {name!r} is computed by a descriptor"
    return ""


def why_unbuildable(cls: type) -> str:
    """Why an instance is more than what its constructor stores of the fields, '' where it is not."""
    if type(cls).__call__ is not type.__call__:
        return "its metaclass makes the instances"
    if is_named_tuple(cls):
        makers = [c for c in cls.__mro__ if "__new__" in vars(c)]
        init = found_in_class(cls, "__init__")
        plain = makers[0].__bases__ == (tuple,) and not isinstance(init, FunctionType)
        return "" if plain else "it has a __new__ or __init__ of its own"
    init = found_in_class(cls, "__init__")
    if hasattr(cls, "__post_init__"):
        return "it has a __post_init__"
    if not (isinstance(init, FunctionType) and init.__code__.co_qualname.startswith("__create_fn__")):
        return "it has an __init__ of its own"
    if isinstance(cls.__new__, FunctionType):
        return "it has a __new__ of its own"
    taken = init.__code__.co_argcount + init.__code__.co_kwonlyargcount
    if {*init.__code__.co_varnames[1:taken]} != {*fields_of(cls)}:
        return "its constructor does not take exactly its fields"
    return ""


# ---- trees


def children(tree: Any) -> Mapping[Any, Any] | None:
    """The items of a container by position, key or field; None for a leaf."""
    if isinstance(tree, Instance):
        return tree.items
    cls = type(tree)
    if isinstance(tree, dict):
        return tree
    if has_fields(cls):
        return {name: getattr(tree, name) for name in fields_of(cls)}
    if isinstance(tree, tuple | list):
        return dict(enumerate(tree))
    return None


def with_children(tree: Any, items: Mapping[Any, Any]) -> Any:
    """A container like another with other items; no constructor of the user's is run."""
    cls = type(tree)
    if isinstance(tree, Instance):
        return Instance(tree.cls, items)
    if isinstance(tree, dict):
        return dict(items)
    if isinstance(tree, list):
        return list(items.values())
    if isinstance(tree, tuple):
        return tuple.__new__(cls, items.values())
    new = object.__new__(cls)
    for name, item in {**getattr(tree, "__dict__", {}), **items}.items():
        object.__setattr__(new, name, item)
    return new


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves of a tree in order; None is a leaf."""
    items = children(tree)
    if items is None:
        yield tree
        return
    for item in items.values():
        yield from leaves(item)


def classes(tree: Any) -> Iterator[type]:
    """The classes of the instances in a tree, outermost first."""
    if isinstance(tree, Instance):
        yield tree.cls
    for item in (children(tree) or {}).values():
        yield from classes(item)


def mapped(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """A tree of the same form with ``function`` applied to each leaf and those of the others there."""
    items = children(tree)
    if items is None:
        return function(tree, *others)
    rest = [children(other) or {} for other in others]
    return with_children(
        tree, {k: mapped(function, item, *(r[k] for r in rest)) for k, item in items.items()}
    )


def same_form(a: Any, b: Any) -> bool:
    """Whether two trees differ at most in their leaves, and in the order of keys."""
    x, y = children(a), children(b)
    if x is None or y is None:
        return x is y
    return container(a) is container(b) and x.keys() == y.keys() and all(
        same_form(item, y[k]) for k, item in x.items()
    )


def container(tree: Any) -> type:
    """The class of a container."""
    return tree.cls if isinstance(tree, Instance) else type(tree)
