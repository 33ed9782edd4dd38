"""Reshapes of which only the layout of an array tells at run time whether they are views.

Where a write depends on it, such a reshape is both, as a value of two kinds is: a view, and an array of
its own, with a bool that tells which. What reads or writes it is lowered for either.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from pullback.frontend.frame import Frame
from pullback.frontend.lowering import simple_op
from pullback.frontend.values import Either, Value
from pullback.ir.core import Atom, Op, Var

Turn = Callable[[Atom], Atom]


def reshaped(
    frame: Frame, node: ast.AST, name: str, *inputs: Atom, turn: Turn | None = None, **params: Any
) -> Value:
    """``reshape`` or ``ravel`` of an array: a view, an array of its own, or either.

    ``turn`` gives a view of it, which the whole is then.
    """
    found = simple_op(frame, node, name, *inputs, **params)
    op = frame.b.ops[-1]
    if frame.unfollowed.get(found) not in frame.session.told.followed:
        return found if turn is None else turn(found)
    frame.sure_view(op)
    is_view = frame.op("is_view", *op.inputs, names=("is_view",))
    frame.b.ops[-1].checked = True  # the reshape itself has raised
    frame.layouts.add(is_view)
    own = _copied(frame, op, is_view, turn)
    return Either(is_view, found if turn is None else turn(found), own)


def _copied(frame: Frame, op: Op, is_view: Var, turn: Turn | None) -> Var:
    """The same elements in an array of its own, where the reshape is no view."""
    x, *sizes = op.inputs
    with frame.heap.block(), frame.b.block() as orelse:
        own: Atom = frame.op("flatten", x, spelling="method")
        if sizes:
            own = frame.op("reshape", own, *sizes, spelling="method")
            frame.b.ops[-1].checked = True
        orelse.results = [own if turn is None else turn(own)]
    with frame.b.block() as then:
        then.results = [frame.b.undef(orelse.results[0].type)]
    (made,) = frame.b.branch(is_view, then, orelse)
    frame.fresh(made)
    if turn is None:
        frame.dense.add(made)
    return made


__all__ = ["reshaped"]
