"""Entries of dicts that are chosen by a computed text, where they differ in kind.

    for l in range(n):                            key = f"W{l}"
        x = x @ p[f"W{l}"] + p[f"b{l}"]           if key == "W0": W = W0 ...

Such a dict can be no table, for that has one list of values. So the key is compared with those that it
may be, which its own text tells: it begins and ends as they do.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pullback import refusals
from pullback.frontend import conditions
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import simple_op
from pullback.frontend.values import Dct, Value
from pullback.ir.core import Atom, Const
from pullback.ir.types import Scalar, Text

MOST = 32  # entries that a key is compared with
ADDED = Const("a key is added to a dict whose entries differ in kind")


def read(frame: Frame, node: ast.AST, owner: Dct, key: Atom) -> Value:
    """``d[key]``."""

    def take(name: str) -> None:
        frame.env["%choice"] = frame.latest(items[name])

    items = _named_like(frame, node, owner, key)
    _choose(frame, node, key, items, take, key)
    return conditions.take(frame, "%choice", node)


def update(
    frame: Frame, node: ast.AST, owner: Dct, key: Atom, held: ast.AST,
    augmented: Callable[[Value], Value | None],
) -> None:  # fmt: skip
    """``d[key] op= v``."""

    def change(name: str) -> None:
        new = augmented(frame.latest(items[name]))
        if new is not None:
            _put(frame, owner, name, new, held)

    items = _named_like(frame, node, owner, key)
    _choose(frame, node, key, items, change, key)


def put(frame: Frame, node: ast.AST, owner: Dct, key: Atom, item: Value, held: ast.AST) -> None:
    """``d[key] = item`` where the key is there: one that is not is an error when it runs."""
    items = _named_like(frame, node, owner, key)
    _choose(frame, node, key, items, lambda name: _put(frame, owner, name, item, held), ADDED)


def _put(frame: Frame, owner: Dct, name: str, item: Value, held: ast.AST) -> None:
    now = frame.latest(owner)
    assert isinstance(now, Dct)
    frame.change(now, replace(now, items=now.items | {name: frame.latest(item)}), held)


def _named_like(frame: Frame, node: ast.AST, owner: Dct, key: Atom) -> Mapping[str, Value]:
    """The entries that a key may be of."""
    if not isinstance(key.type, Text) or not all(isinstance(name, str) for name in owner.items):
        frame.reject(refusals.TABLE_OF_UNLIKE_ITEMS, node)
    pattern = _pattern(frame, key)
    found = {name: v for name, v in owner.items.items() if pattern.fullmatch(name)}
    if len(found) > MOST:
        frame.reject(refusals.TABLE_OF_UNLIKE_ITEMS, node)
    return found


def _pattern(frame: Frame, key: Atom) -> re.Pattern[str]:
    """What a text looks like that was made just before."""
    made = next((op for op in reversed(frame.b.ops) if key in op.outputs), None)
    if made is None or made.name != "format":
        return re.compile(".*", re.DOTALL)
    inputs = iter(made.inputs)
    parts: list[Any] = made.params["template"]
    shapes = (re.escape(p) if isinstance(p, str) else _shape(next(inputs).type, p) for p in parts)
    return re.compile("".join(shapes), re.DOTALL)


def _shape(shown: Any, how: tuple[str, str]) -> str:
    """What a value looks like in a text."""
    whole = isinstance(shown, Scalar) and shown.cls == "int" and shown.origin == "py"
    return r"-?\d+" if whole and how[1] in ("", "d") else ".*"


def _choose(
    frame: Frame, node: ast.AST, key: Atom, items: Mapping[str, Value],
    chosen: Callable[[str], None], otherwise: Atom,
) -> None:  # fmt: skip
    """Lower something for the entry whose key this is: a comparison for each."""
    if not items:
        frame.raises("KeyError", otherwise)
    (name, *rest) = items
    others = {k: items[k] for k in rest}
    same = simple_op(frame, node, "eq", key, Const(name))
    conditions.branch(
        frame, same, lambda: chosen(name),
        lambda: _choose(frame, node, key, others, chosen, otherwise), dict(frame.env), frame.loc(node),
    )  # fmt: skip


__all__ = ["put", "read", "update"]
