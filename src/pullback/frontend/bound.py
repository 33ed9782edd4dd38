"""Bound methods and partial functions: what they hold comes before all other arguments, or by name.

``grad(model.loss)(x)`` is ``grad(Model.loss, 1)(model, x)``, ``grad(partial(f, a, b=b))(x)`` is
``grad(f, 1)(a, x, b=b)``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from pullback.frontend import kernels, structs
from pullback.frontend.frame import Frame
from pullback.frontend.guards import Source
from pullback.frontend.scopes import class_around
from pullback.frontend.values import Derived, Method, Static, Struct, Value
from pullback.frontend.walking import Field
from pullback.tree import found_in_class, is_object

Argnums = Any


def as_method(function: Any) -> Any:
    """An object that its class lets be called as its method for that, a function that Numba compiled as
    the one that it was made of; all else as it is."""
    function = kernels.written(function)
    cls = type(function)
    callable_ = is_object(cls) and isinstance(found_in_class(cls, "__call__"), FunctionType)
    return MethodType(found_in_class(cls, "__call__"), function) if callable_ else function


def object_of(function: Any) -> tuple[Any, ...]:
    """The object that a bound method belongs to, the arguments that a partial function holds."""
    if isinstance(function, partial):
        return (*object_of(function.func), *function.args)
    return (function.__self__,) if isinstance(function, MethodType) else ()


def named_of(function: Any) -> dict[str, Any]:
    """The arguments that a partial function holds by name."""
    return {**named_of(function.func), **function.keywords} if isinstance(function, partial) else {}


def unbound(function: Any) -> Any:
    """The function of a bound method or a partial one; other functions as they are."""
    if isinstance(function, partial):
        return unbound(function.func)
    return function.__func__ if isinstance(function, MethodType) else function


def shifted(argnums: Argnums, count: int) -> Argnums:
    """Argument numbers where so many come before the others; names, and numbers from the end, stay."""
    if isinstance(argnums, tuple | list):
        return tuple(shifted(a, count) for a in argnums)
    return argnums + count if isinstance(argnums, int) and argnums >= 0 else argnums


def taken_apart(frame: Frame, function: Value) -> tuple[Value, list[Value]]:
    """A method, or derivatives of one, as what takes its object first; and the object."""
    match function:
        case Method(function=Static() as method, owner=owner):
            return method, [frame.latest(owner)]
        case Struct(cls=cls) if (called := structs.function_of(frame, cls, "__call__")):
            return Static(called), [function]
        case Static(MethodType() as held):
            source = Source(held, "", (Field("__self__"),))
            return Static(held.__func__), [frame.outside.value(source, "self")]
        case Static(value) if (derived := getattr(type(value), "__pullback_derived__", None)):
            free, given = taken_apart(frame, derived(value))
            return (free, given) if given else (function, [])
        case Derived(function=inner):
            free, given = taken_apart(frame, inner)
            argnums = shifted(function.argnums, len(given))
            return (replace(function, function=free, argnums=argnums), given) if given else (
                function, []
            )
    return function, []


def title(function: Any) -> str:
    """What a function is called in emitted code: special methods have the name of their class in it."""
    name = str(getattr(unbound(function), "__name__", "function"))
    code = getattr(unbound(function), "__code__", None)
    if not (name.startswith("__") and name.endswith("__")) or code is None:
        return name
    return f"{class_around(code) or 'of'}_{name.strip('_')}"
