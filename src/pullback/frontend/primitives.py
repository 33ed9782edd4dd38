"""Binding calls of primitives by the ``spec`` of their row."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.frontend import indexing
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import as_atom, simple_op, static
from pullback.frontend.values import Tup, Value, plain
from pullback.ir.core import Atom, Var
from pullback.ir.types import List
from pullback.rules.table import Row


def bind(
    frame: Frame, node: ast.AST, row: Row, args: Sequence[Value], keywords: dict[str, Value],
    spelling: str = "",
) -> Value:  # fmt: skip
    """Bind a call of a primitive by the spec of its row, and build the op."""
    tokens = row.spec.split()
    rest, named = list(args), dict(keywords)
    inputs: list[Atom] = []
    params: dict[str, Any] = {"spelling": spelling} if spelling else {}
    for token in tokens:
        name, _, default = token.partition("=")
        plain = name.strip("*?.")
        given = rest.pop(0) if rest else named.pop(plain, None)
        if default:
            params[name] = ast.literal_eval(default) if given is None else static(frame, node, given)
            continue
        if token.endswith("..."):
            inputs += _shape(frame, node, row, given, rest)
            rest = []
        elif token.startswith("*"):
            inputs += _sequence(frame, node, row, given, params)
        elif given is not None:
            inputs.append(_array_like(frame, node, given))
        elif not token.endswith("?"):
            frame.reject(f"{row.name} needs an argument {plain!r}", node)
    if rest or named:
        extra = ", ".join(map(repr, named)) or f"{len(rest)} more"
        frame.reject(f"{row.name} is not supported with argument {extra}", node)
    if "dtype" in params and params["dtype"] is not None:
        params["dtype"] = _dtype(frame, node, params["dtype"])
    return simple_op(frame, node, row.name, *inputs, **params)


def _array_like(frame: Frame, node: ast.AST, value: Value) -> Atom:
    """NumPy takes sequences for arrays."""
    if isinstance(value, Tup):
        return indexing.array_of_list(frame, value, node)
    if isinstance(value, Var) and isinstance(value.type, List):
        return simple_op(frame, node, "array", value)
    return as_atom(frame, value, node)


def _shape(
    frame: Frame, node: ast.AST, row: Row, given: Value | None, rest: Sequence[Value]
) -> list[Atom]:
    """A shape: a tuple of integers, one integer, or (for methods) several arguments."""
    if given is None:
        frame.reject(f"{row.name} needs a shape", node)
    given = plain(given)
    sizes = given.items if isinstance(given, Tup) else (given, *rest)
    return [as_atom(frame, s, node, "an integer") for s in sizes]


def _sequence(
    frame: Frame, node: ast.AST, row: Row, given: Value | None, params: dict[str, Any]
) -> list[Atom]:
    if given is None:
        frame.reject(f"{row.name} needs arrays", node)
    given = plain(given)
    if isinstance(given, Tup):
        if row.name == "array":
            params["nested"] = True
        return [_array_like(frame, node, item) for item in given.items]
    value = as_atom(frame, given, node)
    if row.name != "array" and not isinstance(value.type, List):
        frame.reject(f"{row.name} needs a list or tuple of arrays", node)
    return [value]


def _dtype(frame: Frame, node: ast.AST, value: Any) -> str:
    try:
        return str(np.dtype(value).name)
    except TypeError:
        frame.reject(f"{value!r} is no dtype", node)
