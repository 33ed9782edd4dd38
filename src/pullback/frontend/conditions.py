"""Truth: conditions known here or at run time, short circuits, and branches with their joined ends."""

from __future__ import annotations

import ast
from collections.abc import Callable

from pullback import refusals
from pullback.errors import Loc
from pullback.frontend.frame import Frame, Unreachable
from pullback.frontend.lowering import handles, lower, simple_op
from pullback.frontend.merge import merge
from pullback.frontend.values import (
    Dct,
    Env,
    Local,
    Poison,
    Static,
    Tup,
    Unset,
    Value,
    describe,
    is_fixed,
    plain,
)
from pullback.ir.core import Atom, Block, Const, Var
from pullback.ir.types import Array, List, Scalar


def condition(frame: Frame, node: ast.expr) -> Atom | bool:
    """An expression as a condition: a bool where it is known here."""
    return condition_of(frame, lower(frame, node), node)


def condition_of(frame: Frame, value: Value, node: ast.AST) -> Atom | bool:
    match value := plain(value):
        case Const():
            return bool(value.value)
        case Static():
            return _truth(frame, node, value)
        case Tup() | Dct():
            return bool(value.items)
        case Var(type=List()):
            return simple_op(frame, node, "gt", frame.op("list_len", value), Const(0))
        case Var(type=Array() as t) if t.ndim > 0:
            return simple_op(frame, node, "bool", value)
        case Var():
            return value
        case Local():
            return True
    frame.reject(refusals.NO_CONDITION, node, value=describe(value))


def _truth(frame: Frame, node: ast.AST, value: Static) -> bool:
    """The truth of an object: guarded by identity, it must not change its mind."""
    held, cls = value.value, type(value.value)
    if is_fixed(held) or not (hasattr(cls, "__bool__") or hasattr(cls, "__len__")):
        return bool(held)
    frame.reject(refusals.TRUTH_MAY_CHANGE, node, value=describe(value))


def demand(frame: Frame, node: ast.AST, size: Atom, count: int, message: str) -> None:
    """Raise a ValueError at run time unless a size is as expected."""
    if size == Const(count):
        return

    def fail() -> None:
        frame.b.emit("raise", [Const(message)], exception="ValueError")
        raise Unreachable

    wrong = simple_op(frame, node, "ne", size, Const(count))
    branch(frame, wrong, fail, lambda: None, dict(frame.env), frame.loc(node))


def short_circuit(
    frame: Frame, node: ast.AST, wanted: bool, first: Value, second: Callable[[], Value]
) -> Value:
    """``first and second`` (wanted True) or ``first or second`` (wanted False)."""
    truth = condition_of(frame, first, node)
    if isinstance(truth, bool):
        return second() if truth is wanted else first
    name = "%circuit"
    before = dict(frame.env)

    def go_on() -> None:
        frame.env[name] = second()

    def stop() -> None:
        frame.env[name] = Const(not wanted) if _is_bool(first) else first

    branch(frame, truth, go_on if wanted else stop, stop if wanted else go_on, before, frame.loc(node))
    return take(frame, name, node)


def _is_bool(value: Value) -> bool:
    return isinstance(value, Var | Const) and value.type == Scalar("bool", *_origin(value))


def _origin(value: Var | Const) -> tuple[str, str | None]:
    t = value.type
    return (t.origin, t.dtype) if isinstance(t, Scalar) else ("py", None)


def branch(
    frame: Frame,
    cond: Atom,
    then: Callable[[], None],
    orelse: Callable[[], None],
    before: dict[str, Value],
    loc: Loc,
) -> bool:
    """Lower both sides of an ``if`` and join them; False if control comes back from neither."""
    sides: list[tuple[Block, Env | None]] = []
    for side in (then, orelse):
        with frame.scope(before), frame.b.block() as block:
            try:
                side()
                sides.append((block, frame.env))
            except Unreachable:
                sides.append((block, None))
    return merge(frame, cond, sides, before, loc)


def take(frame: Frame, name: str, node: ast.AST) -> Value:
    """Take a value out of the environment under which a branch left it."""
    value = frame.env.pop(name, Unset())
    if isinstance(value, Poison):
        frame.unknown(value, "the value", node)
    return value


@handles(ast.BoolOp)
def boolean(frame: Frame, node: ast.BoolOp) -> Value:
    wanted = isinstance(node.op, ast.And)
    result = lower(frame, node.values[0])
    for operand in node.values[1:]:
        result = short_circuit(frame, operand, wanted, result, lambda o=operand: lower(frame, o))  # type: ignore[misc]
    return result


@handles(ast.IfExp)
def conditional(frame: Frame, node: ast.IfExp) -> Value:
    truth = condition(frame, node.test)
    if isinstance(truth, bool):
        return lower(frame, node.body if truth else node.orelse)
    name = "%choice"

    def choose(side: ast.expr) -> Callable[[], None]:
        def run() -> None:
            frame.env[name] = lower(frame, side)

        return run

    if not branch(
        frame, truth, choose(node.body), choose(node.orelse), dict(frame.env), frame.loc(node)
    ):
        raise Unreachable
    return take(frame, name, node)
