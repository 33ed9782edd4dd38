"""Whose memory an array or list is, and who else may see a write to it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NoReturn

from pullback import refusals
from pullback.frontend.values import Value, leaves
from pullback.ir.core import Var
from pullback.ir.types import List

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


def may_write(frame: Frame, root: Var, node: ast.AST) -> None:
    """Refuse a write to an array or list that is not ours, or whose memory something else may share.

    What is known to be the array itself, or a view of it, sees the write.
    """
    mine = frame.of(root).own
    name, copied = _spelled(root)
    for buffer in mine:
        if buffer in frame.owners:
            not_ours(frame, root, buffer, node)
    for other, value in [*frame.others(), *_of_the_caller(frame)]:
        if not mine.isdisjoint(frame.beside(value, root)):
            frame.ask_layouts(mine)
            frame.reject(refusals.SHARED_MEMORY, node, name=name, other=other, copied=copied)


def may_set(frame: Frame, root: Var, node: ast.AST) -> None:
    """Refuse to put other elements into a list that is not ours, or that may be another list as well."""
    mine = frame.of(root).own
    for buffer in mine:
        if buffer in frame.owners:
            not_ours(frame, root, buffer, node)
    for other, value in [*frame.others(), *_of_the_caller(frame)]:
        for a in leaves(value):
            if not isinstance(a, Var) or not isinstance(a.type, List):
                continue
            if frame.heap.root(a) is not root and not mine.isdisjoint(frame.of(a).own):
                name, copied = _spelled(root)
                frame.reject(refusals.SHARED_MEMORY, node, name=name, other=other, copied=copied)


def _of_the_caller(frame: Frame) -> list[tuple[str, Value]]:
    """The arguments of a function that is called inside: its caller sees writes to them."""
    inner = len(frame.session.lowering) > 1 or frame.lowered.recursive
    return [(f"the argument {p.name!r}", p) for p in frame.arguments if inner]


def not_ours(frame: Frame, v: Var, buffer: Var, node: ast.AST) -> NoReturn:
    """Refuse a write to memory of somebody else's."""
    name, copied = _spelled(v)
    raise frame.owners[buffer].at(frame.loc(node), name=name, copied=copied)


def _spelled(v: Var) -> tuple[str, str]:
    """How messages name an array, and a copy of it under its own name."""
    if not v.name:
        return "the array", "np.copy(...)"
    return repr(v.name), f"{v.name} = {v.name}.copy()"
