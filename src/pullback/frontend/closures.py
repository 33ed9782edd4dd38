"""Functions that leave the one that they were made in: what they read from it goes with them.

While a function runs, the names that functions inside of it read from it are looked up where they
live, so that each sees the latest value. Once it has returned they change no more, but for those that
an inner function assigns to, which are cells, and go along as objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pullback import refusals
from pullback.frontend.scopes import free_names
from pullback.frontend.values import OWNER, Local, Poison, Rows, Struct, Tree, Unset, Value
from pullback.frontend.walking import bound_here, leaves, trees

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


def closed(frame: Frame, value: Value) -> Value:
    """A value that leaves a function, in which no function depends on the names there."""
    return _closed(frame, value, {}, set(), None)


def _closed(
    frame: Frame, value: Value, made: dict[object, Value], within: set[object], owner: Struct | None
) -> Value:
    if not isinstance(value, Tree) or all(f.frame is not frame for f in functions_in(value)):
        return value
    if isinstance(value, Rows):
        pattern = _closed(frame, value.pattern, made, within, owner)
        if len(leaves(pattern)) > len(leaves(value.pattern)):
            frame.reject(refusals.LIST_OF_FUNCTIONS_LEAVES, frame.node)
        return replace(value, pattern=pattern)
    if owner is not None and value.identity is owner.identity:
        return OWNER
    key = (value.identity, owner and owner.identity)
    if key in made:
        return made[key]
    if value.identity in within:
        frame.reject(refusals.FUNCTION_HOLDS_ITSELF, frame.node)
    within.add(value.identity)
    new = _with_scope(frame, value) if isinstance(value, Local) and value.frame is frame else value
    owner = value if isinstance(value, Struct) else owner
    made[key] = cast("Value", new.remade(_closed(frame, p, made, within, owner) for p in new.parts))
    within.discard(value.identity)
    return made[key]


def functions_in(value: Value) -> Iterator[Local]:
    """The functions made inside that a value holds."""
    for tree in trees(value):
        if isinstance(tree, Local):
            yield tree
        if isinstance(tree, Rows):
            yield from functions_in(tree.pattern)


def _with_scope(frame: Frame, function: Local) -> Local:
    """A function with what the names that it reads from a frame hold there."""
    scope = dict(function.scope)
    known = [(n, s) for n, s in function.siblings.items() if isinstance(s, Local)]
    siblings: dict[str, Value] = {n: replace(s, frame=frame.parent) for n, s in known}
    todo = [function.node, *(s.node for _, s in known)]
    while todo:
        for name in sorted(free_names(todo.pop()) - scope.keys() - siblings.keys()):
            value = frame.find(name) if name in frame.env else None
            if value is None or isinstance(value, Unset):
                continue
            if isinstance(value, Local) and value.home is value.frame is frame:
                siblings[name] = replace(value, frame=frame.parent, within=True, identity=object())
                todo.append(value.node)
            else:
                lost = Poison(refusals.ITERATOR_FROM_AROUND)
                scope[name] = lost if bound_here(value) else value
    return replace(function, frame=frame.parent, scope=scope, siblings=siblings)
