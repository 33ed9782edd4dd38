"""Dicts of which only a run tells which of their entries there are (``Sparse``).

    state = {}
    for step in range(n):
        for k, p in params.items():
            if k not in state:
                state[k] = np.zeros_like(p)
            state[k] += p

Where the entries are of one kind, such a dict is a table. Otherwise each entry is a value that may be
missing, as attributes of objects may be. What asks for all entries at once is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from pullback import refusals
from pullback.frontend import alternatives
from pullback.frontend.alternatives import may_miss
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import constant_key
from pullback.frontend.values import MISSING, NONE, Method, Sparse, Value
from pullback.frontend.walking import as_known
from pullback.ir.core import Atom, Const


def held(frame: Frame, node: ast.AST, owner: Sparse, key: Value) -> Value:
    """The value of a key, MISSING where there is none; what depends on it is lowered for either case."""
    value = owner.items.get(constant_key(frame, key, node), MISSING)
    return frame.decided(value) if may_miss(value) else value


def has(frame: Frame, node: ast.AST, owner: Sparse, key: Value) -> bool:
    """``key in d``."""
    return held(frame, node, owner, key) is not MISSING


def read(frame: Frame, node: ast.AST, owner: Sparse, key: Value) -> Value:
    """``d[key]``."""
    value = held(frame, node, owner, key)
    if value is MISSING:
        frame.raises("KeyError", str(constant_key(frame, key, node)))
    return value


def write(frame: Frame, node: ast.AST, owner: Sparse, key: Value, value: Value, by: ast.AST) -> None:
    """``d[key] = value``, of a dict that is read ``by`` some expression."""
    known = constant_key(frame, key, node)
    frame.change(owner, replace(owner, items=owner.items | {known: value}), by)


def delete(frame: Frame, node: ast.AST, owner: Sparse, key: Value, by: ast.AST) -> Value:
    """``del d[key]``; what was there."""
    value = read(frame, node, owner, key)
    write(frame, node, owner, key, MISSING, by)
    return value


def is_true(frame: Frame, owner: Sparse) -> Atom | bool:
    """Whether there is any entry."""
    empty: Atom = Const(True)
    for value in owner.items.values():
        missing = alternatives.is_missing(frame, as_known(value, frame.facts))
        empty = alternatives.both(frame, empty, missing)
    return not empty.value if isinstance(empty, Const) else alternatives.opposite(frame, empty)


def call_method(
    frame: Frame, node: ast.Call, m: Method, owner: Sparse, args: Sequence[Value]
) -> Value:
    """``d.get(key, default)``, and so for ``setdefault`` and ``pop``."""
    if m.name not in ("get", "setdefault", "pop") or not args:
        frame.reject(refusals.ENTRIES_UNKNOWN, node)
    value = held(frame, node, owner, args[0])
    if m.name == "pop" and (value is not MISSING or len(args) == 1):
        return delete(frame, node, owner, args[0], m.node.value)
    if value is not MISSING:
        return value
    default = args[1] if len(args) > 1 else NONE
    if m.name == "setdefault":
        write(frame, node, owner, args[0], default, m.node.value)
    return default
