"""Calls that a statement evaluates first, as statements by themselves, where a write depends on it.

    for row in rows_of(m):          rows = rows_of(m)
        row *= 2                    for row in rows:
                                        row *= 2

A call that is a statement by itself can be opened (see ``unfolded``): then what it gives, and leaves in
containers, are views of arrays that are known where it is called.
"""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from pullback.frontend import early, implied, inline, protocols, stmts
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import EMPTY, loads
from pullback.frontend.lowering import undecided
from pullback.frontend.values import Static

N = TypeVar("N", bound=ast.AST)


def instead(frame: Frame, s: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
    """Lower by itself what a statement evaluates first, if a write depends on a call in it; whether that
    was done."""
    if not frame.session.told.followed:
        return False
    part = _part_of(frame, s)
    if part is None:
        return False
    (name,) = inline.distinct(frame, {"value": "value"}).values()
    made = ast.Assign([ast.Name(name, ast.Store())], part)
    read = ast.copy_location(ast.Name(name, ast.Load()), part)
    read.stands_for = part  # type: ignore[attr-defined]
    new = _with(s, part, read)
    for n in (made, *made.targets):
        ast.copy_location(n, part)
    found = frame.liveness
    found.after[new] = found.live_after(s)
    found.after[made] = found.live_after(s) | found.head.get(s, EMPTY) | loads(new)
    if s in found.head:
        found.head[new] = found.head[s]
    stmts.run(frame, [made, new, *rest])
    frame.env.pop(name, None)
    return True


stmts.INSTEAD.append(instead)


def _part_of(frame: Frame, s: ast.stmt) -> ast.expr | None:
    """What a statement evaluates first, where a write depends on a call in it that is not the whole: the
    call, or what comes before it."""
    match s:
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute() as target], value=value) if _matters(
            frame, target
        ):
            return _first(frame, target) if _is_constant(frame, value) else value
        case ast.AugAssign(target=ast.Subscript() | ast.Attribute() as target):
            return _first(frame, target)
        case ast.AugAssign(target=ast.Name() as target, value=value) if _is_constant(frame, target):
            return _first(frame, value)
        case ast.Expr(value=value) | ast.Return(value=value) | ast.Assign(value=value):
            first = None if value is None else _first(frame, value)
            return None if first is value else first
        case ast.For(iter=value) | ast.If(test=value):
            return _first(frame, value)
    return None


def _matters(frame: Frame, e: ast.expr) -> bool:
    """Whether a write depends on a call in an expression."""
    return any(_is_followed(frame, n) for n in ast.walk(e))


def _is_followed(frame: Frame, call: ast.AST) -> bool:
    """Whether a write depends on what is a call of a function that is written in Python."""
    called = isinstance(call, ast.Call | ast.Subscript)
    if not called or frame.loc(call) not in frame.session.told.followed:
        return False
    if not isinstance(call, ast.Call):
        return protocols.is_asked(frame, call)
    path = call.func
    while isinstance(path, ast.Attribute):
        path = path.value
    match undecided(frame, path) if isinstance(path, ast.Name) else None:
        case Static(types.FunctionType()):
            return True
        case Static(value):  # a class, a builtin, or a module
            return implied.is_made(frame, value)
    return True


def _first(frame: Frame, e: ast.expr) -> ast.expr | None:
    """The call that a write depends on, or what is evaluated before it."""
    if not _matters(frame, e):
        return None
    if _is_followed(frame, e) and not _asks_followed(frame, e):
        return e
    for part in _in_order(e):
        if _matters(frame, part):
            return _first(frame, part)
        if not _is_constant(frame, part):
            return part
    return None


def _asks_followed(frame: Frame, e: ast.expr) -> bool:
    """Whether a write depends on a call that gives the object of which a method is called."""
    match e:
        case ast.Call(func=ast.Attribute(value=owner)) | ast.Subscript(value=owner):
            return _matters(frame, owner)
    return False


def _in_order(e: ast.expr) -> Sequence[ast.expr]:
    """The parts of an expression that are evaluated first, whatever comes, in this order."""
    match e:
        case ast.Call(func=ast.Name(), args=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            pass
        case ast.Call(func=ast.Attribute(value=owner), args=args):
            parts = [owner, *args]
        case ast.BinOp(left=left, right=right):
            parts = [left, right]
        case ast.Compare(left=left, comparators=[right]):
            parts = [left, right]
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.UnaryOp(operand=inner):
            parts = [inner]
        case ast.ListComp(generators=[g, *_]) | ast.GeneratorExp(generators=[g, *_]):
            parts = [g.iter]
        case _:
            parts = []
    return parts if not any(isinstance(part, ast.Starred) for part in parts) else []


def _is_constant(frame: Frame, e: ast.expr) -> bool:
    """Whether calls behind it change nothing of what an expression is."""
    return isinstance(e, ast.Constant) or (
        isinstance(e, ast.Name) and not early.rebound_by_calls(frame, e.id)
    )


def _with(node: N, old: ast.AST, new: ast.AST) -> N:
    """A piece of syntax with another one in it; what does not change is the very same."""
    if node is old:
        return cast("N", new)
    parts = {field: _part_with(value, old, new) for field, value in ast.iter_fields(node)}
    changed = {field: part for field, part in parts.items() if part is not getattr(node, field)}
    found = copy.copy(node) if changed else node
    for field, part in changed.items():
        setattr(found, field, part)
    return found


def _part_with(value: Any, old: ast.AST, new: ast.AST) -> Any:
    if isinstance(value, ast.expr | ast.comprehension):
        return _with(value, old, new)
    if isinstance(value, list) and not any(isinstance(part, ast.stmt) for part in value):
        parts = [_part_with(part, old, new) for part in value]
        return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    return value
