"""``order=`` of functions that make arrays: how the elements of what they give lie in memory.

``x.copy(order="F")`` is ``x.T.copy().T``, element for element and in how it lies. Sums round by it, and
reshapes are views or copies.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from pullback import refusals
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import simple_op, static
from pullback.frontend.values import Value
from pullback.frontend.walking import plain
from pullback.ir.core import Var
from pullback.ir.types import Array
from pullback.rules.table import Row

Keywords = dict[str, Value]
# By rows the place of the argument, None where it is given by name only, and the order without it.
_ORDERS: dict[str, tuple[int | None, str]] = {
    "copy": (1, "K"), "array": (None, "K"), "astype": (2, "K"), "zeros": (2, "C"), "ones": (2, "C"),
    "empty": (2, "C"), "full": (3, "C"), "zeros_made": (2, "K"), "ones_like": (2, "K"),
    "empty_like": (2, "K"), "full_like": (3, "K"),
}  # fmt: skip


def taken(
    frame: Frame, node: ast.AST, row: Row, args: Sequence[Value], keywords: Keywords, spelling: str
) -> tuple[list[Value], Keywords, str] | None:
    """The other arguments, and the order if a call gives one: "" for what it has anyway."""
    if row.name not in _ORDERS:
        return None
    place, usual = _ORDERS[row.name]
    if row.name == "copy" and spelling:
        usual = "C"
    behind = place is not None and len(args) > place
    given = keywords.get("order") if "order" in keywords else args[place] if behind else None  # type: ignore[index]
    if given is None:
        return None
    order = static(frame, node, plain(given)) or usual
    if order not in ("C", "F", "K") or (order == "K" and usual == "C" and row.name != "copy"):
        frame.reject(refusals.ORDER_IN_MEMORY, node, order=order)
    rest = {k: v for k, v in keywords.items() if k != "order"}
    others = [v for k, v in enumerate(args) if not (behind and k == place)]
    return others, rest, "" if order == usual else order


def in_order(
    frame: Frame, node: ast.AST, row: Row, order: str, bound: Callable[[str], Value]
) -> Value:
    """What a function gives, ``bound`` as it is spelled, in an order."""
    if row.name == "copy" and order != "F":
        return bound("method" if order == "C" else "")
    return laid_out(frame, node, bound("method" if row.name == "astype" else ""), order)


def laid_out(frame: Frame, node: ast.AST, found: Value, order: str) -> Value:
    """An array once more, in an order."""
    if not isinstance(found, Var) or not isinstance(found.type, Array) or found.type.ndim == 0:
        return found
    turns = order == "F" and found.type.ndim > 1
    turned = simple_op(frame, node, "transpose", found, axes=None) if turns else found
    made = simple_op(frame, node, "copy", turned, spelling="method")
    return simple_op(frame, node, "transpose", made, axes=None) if turns else made


__all__ = ["in_order", "laid_out", "taken"]
