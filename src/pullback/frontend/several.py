"""Functions of which a run tells which one it is, by a place: what lists of unlike functions hold.

    fs.append(np.sin)             fs.append(0)
    fs.append(lambda v: v * k)    fs.append(1); ks.append(k)
    fs[i](x)                      np.sin(x) if fs[i] == 0 else x * ks[i]

A list of them has a column for the place, and one for each leaf that one of the functions holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from pullback.frontend.values import Partial, Static, Tup, Value
from pullback.frontend.walking import alike, is_function, leaves, rebuild
from pullback.ir.core import Atom, Const
from pullback.ir.types import Scalar, Text, Type

_FILL = {"bool": False, "int": 0, "float": 0.0, "complex": 0j}


def call_nth(place: int, functions: Sequence[Callable[..., Any]], *args: Any, **keywords: Any) -> Any:
    """What a function at a computed place among others stands for, which is one of theirs."""
    return functions[place](*args, **keywords)


def one_of(place: Value, functions: Sequence[Value]) -> Partial:
    """The function at a place among others."""
    return Partial(Static(call_nth), (place, Tup(tuple(functions))), {})


def is_one_of(value: Value) -> bool:
    """Whether a value is a function at a place among others."""
    return isinstance(value, Partial) and isinstance(value.function, Static) and (
        value.function.value is call_nth
    )


def place_of(value: Value) -> Value:
    """At which place a function stands among those of ``functions_of``."""
    return cast("Partial", value).args[0] if is_one_of(value) else Const(0)


def functions_of(value: Value) -> Sequence[Value]:
    """Those of which a function is one."""
    return cast("Tup", cast("Partial", value).args[1]).items if is_one_of(value) else (value,)


def among(function: Value, known: Sequence[Value]) -> int | None:
    """At which place a function of the same form stands among others."""
    return next((n for n, other in enumerate(known) if alike(function, other)), None)


def joined(a: Value, b: Value) -> Sequence[Value] | None:
    """The functions of two values in one order, that of the second if it has all of them; None if one
    of them is no function, or holds what nothing can stand for."""
    if not (is_function(a) and is_function(b)):
        return None
    first, last = functions_of(a), functions_of(b)
    if all(among(f, last) is not None for f in first):
        return last
    every = [*first, *(f for f in last if among(f, first) is None)]
    return every if all(filling(x.type) is not None for f in every for x in leaves(f)) else None


def filling(t: Type) -> Const | None:
    """What stands in a column where another function does that has no use for it."""
    if isinstance(t, Scalar):
        return Const(_FILL[t.cls])
    return Const("") if isinstance(t, Text) else None


def filled(function: Value) -> Value:
    """A function that holds nothing of its own, where another one stands."""
    atoms: list[Atom] = []
    for a in leaves(function):
        fill = filling(a.type)
        assert fill is not None
        atoms.append(fill)
    return rebuild(function, atoms)
