"""Calls of methods that other syntax implies, as such calls, where a write depends on what they give.

    swarm = Swarm(particles)        swarm = <a new Swarm>; swarm.__init__(particles)
    cell = grid[i]                  cell = grid.__getitem__(i)

A call of a method can be opened (see ``unfolded``): then what it gives, and leaves in the object, are
items of lists that are known where it is called.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence

from pullback.frontend import inline, making, protocols, stmts, structs, unfolded
from pullback.frontend.building import Split
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import extend
from pullback.frontend.lowering import undecided
from pullback.frontend.values import Static


def instead(frame: Frame, s: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
    """Lower a statement whose value is such a call as statements with the call itself; whether that was
    done."""
    value = getattr(s, "value", None)
    if not isinstance(s, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return) or value is None:
        return False
    if frame.loc(value) not in frame.session.told.followed:
        return False
    found = _constructed(frame, s, value) or _subscripted(frame, s, value)
    if not found:
        return False
    for n in (n for piece in found for n in ast.walk(piece)):
        if not hasattr(n, "lineno"):
            ast.copy_location(n, value)
    extend(frame.liveness, found, frame.liveness.live_after(s))
    stmts.run(frame, [*found, *rest])
    return True


stmts.INSTEAD.append(instead)


def _constructed(frame: Frame, s: ast.stmt, value: ast.expr) -> list[ast.stmt]:
    """A new object, to which ``__init__`` is applied before the statement goes on with it."""
    if not isinstance(value, ast.Call) or not unfolded.is_path(value.func):
        return []
    try:
        made = undecided(frame, value.func)
    except Split:  # a method of what is of one kind or another: no class
        return []
    if not isinstance(made, Static) or not is_made(frame, made.value):
        return []
    (name,) = inline.distinct(frame, {"made": "made"}).values()
    frame.env[name] = frame.displayed(making.blank(frame, made.value))
    init = ast.Attribute(ast.Name(name, ast.Load()), "__init__", ast.Load())
    call = ast.copy_location(ast.Call(init, value.args, value.keywords), value)
    return [ast.Expr(call), _with_value(s, ast.Name(name, ast.Load()))]


def _subscripted(frame: Frame, s: ast.stmt, value: ast.expr) -> list[ast.stmt]:
    """A statement with the call of a method in the place of a subscript of an object."""
    if not protocols.is_asked(frame, value):
        return []
    assert isinstance(value, ast.Subscript)
    method = ast.Attribute(value.value, "__getitem__", ast.Load())
    return [_with_value(s, ast.copy_location(ast.Call(method, [value.slice], []), value))]


def _with_value(s: ast.stmt, value: ast.expr) -> ast.stmt:
    new = copy.copy(s)
    new.value = value  # type: ignore[attr-defined]
    return new


def is_made(frame: Frame, cls: object) -> bool:
    """Whether objects of a class are made by an ``__init__`` that is written in Python."""
    plain = isinstance(cls, type) and not making.why_not_made(cls)
    return plain and structs.function_of(frame, cls, "__init__") is not None  # type: ignore[arg-type]
