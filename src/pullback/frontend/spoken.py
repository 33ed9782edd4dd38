"""The names that the documentation of a function has for its arguments.

Rows have names of their own for the arrays that they take (``x``); a call may only use those of the
function, as in ``np.sum(a=x)``.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from pullback import refusals
from pullback.frontend.frame import Frame
from pullback.frontend.values import Value
from pullback.rules.spec import Slot, slots
from pullback.rules.table import Row

Keywords = dict[str, Value]


@lru_cache(None)
def names(function: Callable[..., Any]) -> tuple[str | None, ...]:
    """The names of the arguments that may stand at places, None for those that may only stand there."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # one of C, which says nothing of names
        return ()
    placed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return tuple(None if p.kind is p.POSITIONAL_ONLY else p.name for p in placed)


def _takes_any_name(function: Callable[..., Any]) -> bool:
    """Whether a signature does not tell the names, as those of distributions of SciPy do not."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.kind is p.VAR_KEYWORD for p in parameters)


def _own(function: Callable[..., Any], row: Row) -> dict[str, str | None]:
    """What the function calls the arrays that a row has other names for."""
    if _takes_any_name(function):
        return {}
    said = names(function)
    placed: list[Slot] = [slot for slot in slots(row.spec) if not slot.by_name]
    pairs = zip(placed, (*said, *[None] * len(placed)), strict=False)
    return {s.name: name for s, name in pairs if s.kind != "constant" and name not in s.names}


def name_of(row: Row, slot: Slot) -> str:
    """What users know the argument of a slot by."""
    function = row.prim.func
    if function is None or function.__module__.startswith("pullback."):  # one for some calls of it
        return slot.name
    return _own(function, row).get(slot.name) or slot.name


def by_slots(
    frame: Frame, node: ast.AST, function: Callable[..., Any], row: Row, keywords: Keywords
) -> Keywords:
    """Arguments given by name, by the names that a row has for them."""
    if not keywords:
        return keywords
    own = _own(function, row)
    for name in keywords.keys() & own.keys() - {*own.values()}:
        instead = f"its name is {own[name]!r}" if own[name] else "give it by position"
        frame.reject(
            refusals.NO_SUCH_ARGUMENT, node, function=row.prim.path or row.name, arguments=repr(name),
            instead=instead,
        )  # fmt: skip
    slot_of = {said: name for name, said in own.items() if said}
    return {slot_of.get(name, name): value for name, value in keywords.items()}


def in_place(
    function: Callable[..., Any], args: Sequence[Value], keywords: Keywords
) -> tuple[list[Value], Keywords]:
    """Arguments of a NumPy function that are given by the names of the next places, at these."""
    if getattr(function, "__module__", None) == "numpy":
        return placed(function, args, keywords)
    return list(args), dict(keywords)


def placed(
    function: Callable[..., Any], args: Sequence[Value], keywords: Keywords
) -> tuple[list[Value], Keywords]:
    """Arguments that are given by the names of the next places, at these."""
    args, keywords = list(args), dict(keywords)
    for name in names(function)[len(args) :]:
        if name not in keywords:
            break
        args.append(keywords.pop(name))
    return args, keywords
