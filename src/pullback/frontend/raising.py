"""Errors that code raises on purpose: ``raise`` and ``assert``, and the classes that handlers name."""

from __future__ import annotations

import ast
from typing import Any

from pullback import refusals
from pullback.frontend import conditions
from pullback.frontend.building import Unreachable
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import as_atom, lower
from pullback.frontend.stmts import handles
from pullback.frontend.values import Static, Tup, Value
from pullback.ir.core import Atom, Const, Var
from pullback.ir.exceptions import name_of

Caught = tuple[type[BaseException], ...]
# What may happen anywhere, so that no op says where.
_ANYWHERE = (MemoryError, RecursionError, KeyboardInterrupt, SystemExit, GeneratorExit, Warning)


@handles(ast.Raise)
def raise_(frame: Frame, s: ast.Raise) -> None:
    if s.exc is None and not frame.handling:
        frame.reject(refusals.NOTHING_TO_RAISE_AGAIN, s)
    error = frame.handling[-1] if s.exc is None else _caught(frame, s.exc)
    if error is not None and s.cause is None:
        frame.b.emit("reraise", [error])
        raise Unreachable
    exception, args = s.exc, list[ast.expr]()
    if isinstance(exception, ast.Call):
        args, exception = exception.args, exception.func
        if s.exc.keywords:  # type: ignore[union-attr]
            frame.reject(refusals.RAISED_WITH_KEYWORDS, s)
    found = lower(frame, exception) if exception is not None else Static(None)
    cls = found.value if isinstance(found, Static) else None
    if not (isinstance(cls, type) and issubclass(cls, BaseException)):
        frame.reject(refusals.NO_EXCEPTION_CLASS, s)
    inputs = [_message(frame, a) for a in args]
    params: dict[str, Any] = {"exception": name_of(cls)}
    if s.cause is not None:
        cause = _caught(frame, s.cause)
        if cause is None and not (isinstance(s.cause, ast.Constant) and s.cause.value is None):
            frame.reject(refusals.CAUSE_OF_ERROR, s.cause)
        inputs += [] if cause is None else [cause]
        params["cause"] = "none" if cause is None else "error"
    frame.b.emit("raise", inputs, **params)
    raise Unreachable


def _caught(frame: Frame, node: ast.expr) -> Var | None:
    """The exception that a name of a handler stands for."""
    value = frame.env.get(node.id) if isinstance(node, ast.Name) else None
    return value if isinstance(value, Var) and value in frame.handling else None


def _message(frame: Frame, node: ast.expr) -> Atom:
    return as_atom(frame, lower(frame, node), node, "a message")


@handles(ast.Assert)
def assert_(frame: Frame, s: ast.Assert) -> None:
    truth = conditions.condition(frame, s.test)
    if truth is True:
        return
    cond = Const(truth) if isinstance(truth, bool) else truth
    frame.b.emit("assert", [cond, *([_message(frame, s.msg)] if s.msg is not None else [])])
    frame.learn(cond, True)


def classes(frame: Frame, handler: ast.ExceptHandler) -> Caught:
    """The classes that a handler catches."""
    if handler.type is None:
        return (BaseException,)
    return tuple(_flat(frame, handler.type, lower(frame, handler.type)))


def _flat(frame: Frame, node: ast.expr, value: Value) -> list[type[BaseException]]:
    if isinstance(value, Tup):
        return [cls for item in value.items for cls in _flat(frame, node, item)]
    cls = value.value if isinstance(value, Static) else None
    if not (isinstance(cls, type) and issubclass(cls, BaseException)):
        frame.reject(refusals.NO_CLASS_TO_CATCH, node)
    if issubclass(cls, _ANYWHERE):
        frame.reject(refusals.RAISED_ANYWHERE, node, name=cls.__name__)
    return [cls]
