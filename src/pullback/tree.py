"""Trees of Python containers: tuples, lists, dicts and objects around any leaves.

Objects are instances of classes written in Python: named tuples, dataclasses, and all others whose
instances are no more than their attributes. A container is looked at through ``children``, which gives
its items by position, key or attribute. An ``Instance`` stands for an object whose attributes hold what
no object of that class may hold, such as variables of the IR.
"""

from __future__ import annotations

import dataclasses
import enum
import keyword
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    SimpleNamespace,
)
from typing import Any

# Their objects are known by what rules there are for them.
OPAQUE_PACKAGES = frozenset({"numpy", "scipy", "pullback", "logging", "random", "typing"})


@dataclass(frozen=True, slots=True)
class Instance:
    """An object as a mapping of its attributes."""

    cls: type
    items: Mapping[str, Any]


# ---- classes whose instances are trees


def is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and isinstance(getattr(cls, "_fields", None), tuple)


def has_fields(cls: type) -> bool:
    """Whether a class is a named tuple or a dataclass, which say what they hold."""
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


def is_object(cls: type) -> bool:
    """Whether instances of a class are trees of their attributes."""
    if has_fields(cls) or cls is SimpleNamespace:
        return True
    if (cls.__module__ or "").partition(".")[0] in OPAQUE_PACKAGES or issubclass(cls, enum.Enum):
        return False
    if found_in_class(cls, "to_numpy") is not None:  # a data frame, or a column of one
        return False
    return cls is not object and all(map(_is_written_in_python, cls.__mro__[:-1]))


def is_bound_method(value: Any) -> bool:
    """Whether a value is a method together with an object that is a tree, or with a class."""
    if not (isinstance(value, MethodType) and isinstance(value.__func__, FunctionType)):
        return False
    owner = value.__self__
    return is_object(owner if isinstance(owner, type) else type(owner))


def _is_written_in_python(cls: type) -> bool:
    """Whether a class adds nothing to its instances but attributes."""
    slots = _slots_of(cls)
    for name, held in vars(cls).items():
        hidden = isinstance(held, MemberDescriptorType) and name not in slots
        computed = isinstance(held, GetSetDescriptorType) and name not in ("__dict__", "__weakref__")
        if hidden or computed or (name == "__new__" and isinstance(held, BuiltinFunctionType)):
            return False
    return "__module__" in vars(cls) and cls.__flags__ & _MADE_BY_A_STATEMENT != 0


_MADE_BY_A_STATEMENT = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def _slots_of(cls: type) -> tuple[str, ...]:
    """The names of the slots that a class itself defines, as they are stored."""
    given = vars(cls).get("__slots__", ())
    names = (given,) if isinstance(given, str) else tuple(given)
    return tuple(private_name(name, cls.__name__) for name in names)


def private_name(name: str, cls: str) -> str:
    """A name as Python has it inside of a class: ``__w`` is ``_Model__w``."""
    hidden = name.startswith("__") and not name.endswith("__") and cls.strip("_")
    return f"_{cls.lstrip('_')}{name}" if hidden else name


def has_dict(cls: type) -> bool:
    """Whether instances of a class take attributes of any name."""
    return any("__dict__" in vars(c) for c in cls.__mro__)


def slots_in(cls: type) -> tuple[str, ...]:
    """The names of all slots of instances."""
    names = (name for c in reversed(cls.__mro__) for name in _slots_of(c))
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


def held_by(value: Any) -> tuple[str, ...]:
    """The names of the attributes that an object holds: fields in order, slots, then all others."""
    cls = type(value)
    if is_named_tuple(cls):
        return fields_of(cls)
    own = getattr(value, "__dict__", {})
    declared = (*(fields_of(cls) if has_fields(cls) else ()), *slots_in(cls))
    there = [name for name in declared if name in own or _is_filled(value, name)]
    return tuple(dict.fromkeys([*there, *own]))


def _is_filled(value: Any, name: str) -> bool:
    slot = found_in_class(type(value), name)
    if not isinstance(slot, MemberDescriptorType):
        return False
    try:
        getattr(value, name)
    except AttributeError:
        return False
    return True


def is_frozen(cls: type) -> bool:
    """Whether the fields of instances cannot be assigned."""
    params = found_in_class(cls, "__dataclass_params__")
    return is_named_tuple(cls) or bool(params is not None and params.frozen)


def why_unreadable(cls: type, names: Iterable[str]) -> str:
    """Why reading these attributes of instances may run code of the user's, '' where it does not."""
    if isinstance(found_in_class(cls, "__getattribute__"), FunctionType):
        return "it has a __getattribute__ of its own"
    if is_named_tuple(cls):
        for name in ("__iter__", "__getitem__", "__len__"):
            if found_in_class(cls, name) is not vars(tuple)[name]:
                return f"it has a {name} of its own"
        return ""
    for name in names:
        held = found_in_class(cls, name)
        if not isinstance(held, MemberDescriptorType) and hasattr(type(held), "__set__"):
            return f"its attribute {name!r} is computed by a descriptor"
        if not name.isidentifier() or keyword.iskeyword(name):
            return f"its attribute {name!r} has no name of Python's"
    return ""


def is_generated(function: Any) -> bool:
    """Whether a function is one that ``dataclass`` made."""
    return isinstance(function, FunctionType) and function.__code__.co_qualname.startswith(
        "__create_fn__"
    )


def stores_its_fields(cls: type, names: Iterable[str]) -> bool:
    """Whether the constructor of a class, called with these fields, does nothing but to store them."""
    if cls is SimpleNamespace:
        return True
    if type(cls).__call__ is not type.__call__:
        return False
    init = found_in_class(cls, "__init__")
    if is_named_tuple(cls):
        makers = [c for c in cls.__mro__ if "__new__" in vars(c)]
        return makers[0].__bases__ == (tuple,) and not isinstance(init, FunctionType)
    if not is_generated(init) or hasattr(cls, "__post_init__"):
        return False
    taken = init.__code__.co_argcount + init.__code__.co_kwonlyargcount
    taken_by_name = {*init.__code__.co_varnames[1:taken]}
    return not isinstance(cls.__new__, FunctionType) and taken_by_name == {*names} == {*fields_of(cls)}


# ---- trees


_LEAVES = frozenset((float, int, bool, complex, str, type(None)))


def children(tree: Any) -> Mapping[Any, Any] | None:
    """The items of a container by position, key or field; None for a leaf."""
    if isinstance(tree, Instance):
        return tree.items
    cls = type(tree)
    if cls in _LEAVES or cls.__module__ == "numpy":  # for most this is all
        return None
    if isinstance(tree, dict):
        return tree
    if isinstance(tree, list) or (isinstance(tree, tuple) and not is_named_tuple(cls)):
        return dict(enumerate(tree))
    if is_object(cls):
        return {name: getattr(tree, name) for name in held_by(tree)}
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
    new = SimpleNamespace() if cls is SimpleNamespace else object.__new__(cls)
    for name, item in items.items():
        object.__setattr__(new, name, _rebound(item, tree, new))
    return new


def _rebound(item: Any, old: Any, new: Any) -> Any:
    """What an object holds as another one like it does: methods of its own are those of the other."""
    if isinstance(item, MethodType) and item.__self__ is old:
        return MethodType(item.__func__, new)
    if type(item) not in (list, tuple, dict):
        return item
    before = children(item) or {}
    items = {k: _rebound(v, old, new) for k, v in before.items()}
    return item if all(items[k] is v for k, v in before.items()) else with_children(item, items)


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
