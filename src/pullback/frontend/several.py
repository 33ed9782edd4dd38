"""Functions or views of which a run tells which one it is, by a place: what lists of unlike ones hold.

    fs.append(np.sin)             fs.append(0)
    fs.append(lambda v: v * k)    fs.append(1); ks.append(k)
    fs[i](x)                      np.sin(x) if fs[i] == 0 else x * ks[i]

A list of them has a column for the place, and one for each leaf that one of the functions holds, or
number that one of the views is read with (see ``readings``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from pullback.frontend.values import Partial, Reading, Static, Tree, Tup, Value
from pullback.frontend.walking import alike, is_function, leaves, rebuild
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Scalar, Text, Type

# What stands in columns where a number is of no use.
ZEROS: dict[str, Any] = {"bool": False, "int": 0, "float": 0.0, "complex": 0j}


def call_nth(place: int, functions: Sequence[Callable[..., Any]], *args: Any, **keywords: Any) -> Any:
    """What a function at a computed place among others stands for, which is one of theirs."""
    return functions[place](*args, **keywords)


def one_of(place: Value, functions: Sequence[Value]) -> Partial:
    """The function at a place among others."""
    return Partial(Static(call_nth), (place, Tup(tuple(functions))), {})


def is_one_of(value: Value) -> bool:
    """Whether a value is a function or a view at a place among others."""
    return isinstance(value, Partial) and isinstance(value.function, Static) and (
        value.function.value is call_nth
    )


def is_view_of_several(value: Value) -> bool:
    """Whether a value is how one of several views is read."""
    return is_one_of(value) and all(isinstance(f, Reading) for f in functions_of(value))


# What holds no views yet, of which nothing is known.
NO_VIEWS = one_of(Const(0), ())


def place_of(value: Value) -> Value:
    """At which place a function stands among those of ``functions_of``."""
    return cast("Partial", value).args[0] if is_one_of(value) else Const(0)


def functions_of(value: Value) -> Sequence[Value]:
    """Those of which a function, or a view, is one."""
    return cast("Tup", cast("Partial", value).args[1]).items if is_one_of(value) else (value,)


def among(function: Value, known: Sequence[Value]) -> int | None:
    """At which place a function of the same form stands among others."""
    return next((n for n, other in enumerate(known) if alike(function, other)), None)


def joined(a: Value, b: Value) -> Sequence[Value] | None:
    """The functions of two values in one order, that of the second if it has all of them; None if one
    of them is no function, or holds what nothing can stand for. So with views."""
    first, last = functions_of(a), functions_of(b)
    views = [isinstance(f, Reading) for f in (*first, *last)]
    if not all(views) and (any(views) or not (is_function(a) and is_function(b))):
        return None
    if all(among(f, last) is not None for f in first):
        return last
    every = [*first, *(f for f in last if among(f, first) is None)]
    return every if all(filling(x.type) is not None for f in every for x in leaves(f)) else None


def fits(like: Value, item: Value | None) -> bool:
    """Whether an item has the form of another one."""
    if is_one_of(like):
        known = functions_of(like)
        return item is not None and all(among(f, known) is not None for f in functions_of(item))
    if isinstance(like, Tree):
        same = isinstance(item, Tree) and item.form == like.form
        return same and all(map(fits, like.parts, cast("Tree", item).parts))
    if isinstance(like, Static):
        return isinstance(item, Static) and item.value is like.value
    return isinstance(item, Var | Const)


def wider(pattern: Value, item: Value) -> Value | None:
    """A pattern that holds another item, too: unlike functions, or views anywhere in it; None if nothing
    does."""
    if fits(pattern, item):
        return pattern
    every = joined(pattern, item)
    return _parts_wider(pattern, item) if every is None else one_of(Const(0), every)


def _parts_wider(pattern: Value, item: Value) -> Value | None:
    if not (isinstance(pattern, Tree) and isinstance(item, Tree)) or pattern.form != item.form:
        return None
    parts = [_part_wider(*pair) for pair in zip(pattern.parts, item.parts, strict=True)]
    known = [part for part in parts if part is not None]
    return cast("Value", pattern.remade(known)) if len(known) == len(parts) else None


def _part_wider(pattern: Value, item: Value) -> Value | None:
    views = isinstance(pattern, Reading) or is_view_of_several(pattern)
    return wider(pattern, item) if views or fits(pattern, item) else _parts_wider(pattern, item)


def common(items: Sequence[Value]) -> Value | None:
    """A pattern that holds all of some items; None if nothing does."""
    found: Value | None = items[0]
    for item in items[1:]:
        found = None if found is None else wider(found, item)
    return found


def filling(t: Type) -> Const | None:
    """What stands in a column where another function does that has no use for it."""
    if isinstance(t, Scalar):
        return Const(ZEROS[t.cls])
    return Const("") if isinstance(t, Text) else None


def filled(function: Value) -> Value:
    """A function that holds nothing of its own, where another one stands."""
    atoms: list[Atom] = []
    for a in leaves(function):
        fill = filling(a.type)
        assert fill is not None
        atoms.append(fill)
    return rebuild(function, atoms)
