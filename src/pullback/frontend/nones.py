"""Lists of items of several kinds where items of one are needed: those that are None raise."""

from __future__ import annotations

import ast
from typing import Any

from pullback import refusals
from pullback.frontend import inline
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import Keywords, builtin
from pullback.frontend.values import Rows, Static, Tup, Value
from pullback.frontend.walking import describe, has_two

KNOWN = """
for item in source:
    out.append(given(item))
"""


def given(item: Any) -> Any:
    """What stands for an item of a list that has to be there."""
    return item


@builtin(given)
def _given(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    (value,) = args
    if isinstance(value, Static):
        frame.reject(refusals.WHERE_NEEDED, node, value=describe(value), what="a number or array")
    return value


def left_out(frame: Frame, node: ast.AST, value: Value) -> Value:
    """A list of items of several kinds as one of those that it must hold; all else as it is."""
    if not isinstance(value, Rows) or not has_two(value.pattern):
        return value
    out = Tup((), True)  # which is no display of the user's
    return inline.expand(frame, node, KNOWN, "out", "", source=value, out=out, given=Static(given))
