"""Truth: conditions known here or at run time, short circuits, and branches with their joined ends."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from pullback import refusals
from pullback.errors import Loc, SourceError
from pullback.frontend import alternatives, foreign, refused_sides, sparse
from pullback.frontend.building import Split, Unreachable
from pullback.frontend.constants import is_fixed
from pullback.frontend.frame import Frame, Replay
from pullback.frontend.lowering import (
    ON_OBJECTS,
    ON_TABLES,
    handles,
    is_unknown,
    length_of,
    lower,
    simple_op,
    undecided,
)
from pullback.frontend.merge import merge
from pullback.frontend.sides import Side
from pullback.frontend.values import (
    NONE,
    Dct,
    Derived,
    Either,
    Linear,
    Local,
    Partial,
    Poison,
    Rows,
    Sparse,
    Static,
    Table,
    Tree,
    Tup,
    Unset,
    Value,
)
from pullback.frontend.walking import anew, describe, has_two, leaves, plain
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar, differentiable
from pullback.rules import fields

# How often one statement may be taken apart by the kinds of what it reads: it is lowered once for each
# combination of them.
MOST_SPLITS = 15
EMPTY: Mapping[int, tuple[Value, int]] = {}


def condition(frame: Frame, node: ast.expr) -> Atom | bool:
    """An expression as a condition: a bool where it is known here."""

    def run() -> None:
        frame.env["%truth"] = _truth_of(frame, node)

    attempt(frame, run, frame.loc(node))
    truth = take(frame, "%truth", node)
    assert isinstance(truth, Var | Const)
    return bool(truth.value) if isinstance(truth, Const) else truth


def _truth_of(frame: Frame, node: ast.expr) -> Value:
    """The truth of an expression; of ``a and b`` neither a nor b itself is wanted."""
    if isinstance(node, ast.BoolOp):
        wanted, (first, *rest) = isinstance(node.op, ast.And), node.values
        result = _truth_of(frame, first)
        for operand in rest:
            second = lambda o=operand: _truth_of(frame, o)
            result = short_circuit(frame, operand, wanted, result, second)
        return result
    truth = condition_of(frame, lower(frame, node), node)
    return Const(truth) if isinstance(truth, bool) else truth


def value_of(frame: Frame, node: ast.expr) -> Value:
    """The value of an expression that is no part of a statement."""

    def run() -> None:
        frame.env["%value"] = undecided(frame, node)

    attempt(frame, run, frame.loc(node))
    return take(frame, "%value", node)


def condition_of(frame: Frame, value: Value, node: ast.AST) -> Atom | bool:
    if is_unknown(value):
        return foreign.convert(frame, node, bool, value)
    said: Atom | bool | None = ON_OBJECTS["truth"](frame, node, value)
    if said is not None:
        return said
    match value := plain(value):
        case Const():
            return bool(value.value)
        case Static():
            return _truth(frame, node, value)
        case Tup() | Dct():
            return bool(value.items)
        case Sparse():
            return sparse.is_true(frame, value)
        case Table(held=()):
            return False
        case Table():
            return simple_op(frame, node, "gt", ON_TABLES["length"](frame, value), Const(0))
        case Rows() | Var(type=List()):
            return simple_op(frame, node, "gt", length_of(frame, value), Const(0))
        case Var(type=Array()):
            return simple_op(frame, node, "bool", value)
        case Var():
            return value
        case Local() | Derived() | Linear() | Partial():
            return True
    frame.reject(refusals.NO_CONDITION, node, value=describe(value))


def _truth(frame: Frame, node: ast.AST, value: Static) -> bool:
    """The truth of an object: guarded by identity, it must not change its mind."""
    held, cls = value.value, type(value.value)
    if is_fixed(held) or not (hasattr(cls, "__bool__") or hasattr(cls, "__len__")):
        return bool(held)
    frame.reject(refusals.TRUTH_MAY_CHANGE, node, value=describe(value))


def demand(
    frame: Frame, node: ast.AST, size: Atom, count: Atom, message: str, exception: str = "ValueError"
) -> None:
    """Raise an error at run time unless a size is as expected."""
    if size == count or (size.size is not None and size.size == count.size):
        return

    raise_where(frame, node, simple_op(frame, node, "ne", size, count), exception, message)


def raise_where(
    frame: Frame, node: ast.AST, cond: Atom, exception: str, message: str, unless: bool = False
) -> None:
    """Raise at run time where a condition holds, or ``unless`` it does."""

    def fail() -> None:
        frame.raises(exception, message)

    sides = (lambda: None, fail) if unless else (fail, lambda: None)
    branch(frame, cond, *sides, dict(frame.env), frame.loc(node))


def short_circuit(
    frame: Frame, node: ast.AST, wanted: bool, first: Value, second: Callable[[], Value]
) -> Value:
    """``first and second`` (wanted True) or ``first or second`` (wanted False)."""
    truth = condition_of(frame, first, node)
    if isinstance(truth, bool):
        return second() if truth is wanted else first
    name = "%circuit"
    follows = frame.following(truth, wanted)
    before = dict(frame.env)

    def go_on() -> None:
        frame.env[name] = last = second()
        follows.update(frame.following(last if isinstance(last, Var) else wanted, wanted))

    def stop() -> None:
        frame.env[name] = Const(not wanted) if _is_bool(first) else first

    branch(frame, truth, go_on if wanted else stop, stop if wanted else go_on, before, frame.loc(node))
    result = take(frame, name, node)
    if isinstance(result, Var):  # ``a and b`` is true only if both are, ``a or b`` false if both are
        frame.implied[result] = (follows, {}) if wanted else ({}, follows)
    return result


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
    sides: list[Side] = []
    facts = []
    for truth, side in ((True, then), (False, orelse)):
        with frame.scope(before), frame.b.block() as block, frame.session.within():
            frame.learn(cond, truth)
            try:
                attempt(frame, side, loc)
                sides.append(Side(block, frame.rebound(before), frame.heap.state, frame.facts))
            except Unreachable:
                sides.append(Side(block, None, frame.heap.state, frame.facts))
            facts.append(frame.facts)
    alternatives.settle([side.env for side in sides], facts)
    comes_back = merge(frame, cond, sides, before, loc)
    for one, other, learnt in zip(sides, reversed(sides), facts, strict=True):
        if other.env is None and one.env is not None:
            frame.facts |= learnt
    return comes_back


def attempt(
    frame: Frame, run: Callable[[], None], loc: Loc, found: Mapping[int, tuple[Value, int]] = EMPTY,
    splits: Iterator[int] | None = None,
) -> None:  # fmt: skip
    """Run what may read a value of two kinds; if it does, it goes on from there on two branches.

    ``found`` are the values of expressions on the way there, which are not evaluated again. Where one
    of the kinds is not supported, that branch raises at run time; a write that something else may see
    is no matter of kinds, and refused (``refused_sides``).
    """
    before, frame.replay = frame.replay, Replay(frame.b.ops, dict(found))
    splits = itertools.count() if splits is None else splits
    try:
        run()
        return
    except Split as split:
        value, found = split.value, frame.replay.found
    finally:
        frame.replay = before
    if next(splits) == MOST_SPLITS:
        raise refusals.TOO_MANY_KINDS.at(loc)
    refused: list[SourceError] = []

    def side(kind: Value) -> Callable[[], None]:
        again = lambda: attempt(frame, run, loc, found, splits)
        return lambda: _attempt_or_raise(frame, again, refused, kind)

    sides = side(value.first), side(value.second)
    if not branch(frame, value.is_first, *sides, dict(frame.env), loc):
        raise refused[-1] if len(refused) == 2 and not alternatives.is_nothing(value) else Unreachable


def _attempt_or_raise(
    frame: Frame, run: Callable[[], None], refused: list[SourceError], kind: Value
) -> None:
    """Lower the side of one kind; what is refused there is entered, and raises at run time."""
    count, env, heap = len(frame.b.ops), dict(frame.env), frame.heap.mark()
    try:
        try:
            run()
        finally:
            fields.refuse(frame.b.ops[count:])
    except SourceError as error:
        if error.refusal in refused_sides.AT_ONCE:
            raise
        refused.append(error)
        del frame.b.ops[count:]
        frame.env = env
        frame.heap.state = heap
        refused_sides.raise_there(frame, error, kind)


def or_none(frame: Frame, at_end: Var, value: Value) -> Value:
    """The result of a function whose end control may come to: there it is None."""

    found = either_of(frame, at_end, NONE, value)
    if isinstance(found, Poison):
        frame.reject(refusals.PATHS_WITHOUT_VALUE, frame.node)
    return found


def either_of(frame: Frame, cond: Atom, first: Value, second: Value) -> Value:
    """One of two values, behind a branch."""

    def choose(value: Value) -> Callable[[], None]:
        def run() -> None:
            frame.env["%value"] = value

        return run

    branch(frame, cond, choose(first), choose(second), dict(frame.env), frame.loc(frame.node))
    return frame.latest(frame.env.pop("%value"))


def of_one_kind(frame: Frame, value: Value) -> Value:
    """A result as it is by now, of which all parts must be of one kind: where they are of another, that
    raises. Containers that had some of two kinds are new ones."""
    value = frame.latest(value)
    return anew(_of_one_kind(frame, value)) if has_two(value) else value


def _of_one_kind(frame: Frame, value: Value) -> Value:
    if isinstance(value, Tree) and not isinstance(value, Either):
        return cast("Value", value.remade([_of_one_kind(frame, v) for v in value.parts]))
    if not isinstance(value, Either) or frame.the_one(value) is not None:
        return frame.decided(value)
    if alternatives.is_choice([value]):  # such as a reshape that is a view or not
        return frame.pick(value)
    active = [any(differentiable(a.type) for a in leaves(v)) for v in (value.first, value.second)]
    if active[0] == active[1]:
        frame.reject(refusals.RESULT_OF_TWO_KINDS, frame.node, kinds=describe(value))
    other = value.second if active[0] else value.first

    def fail() -> None:
        frame.raises("TypeError", f"the function returned {describe(other)}, which has no derivative")

    sides = [lambda: None, fail] if active[0] else [fail, lambda: None]
    branch(frame, value.is_first, sides[0], sides[1], dict(frame.env), frame.loc(frame.node))
    return _of_one_kind(frame, value.first if active[0] else value.second)


def take(frame: Frame, name: str, node: ast.AST) -> Value:
    """Take a value out of the environment under which a branch left it."""
    value = frame.latest(frame.env.pop(name, Unset()))
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
        return undecided(frame, node.body if truth else node.orelse)
    name = "%choice"

    def choose(side: ast.expr) -> Callable[[], None]:
        def run() -> None:
            frame.env[name] = undecided(frame, side)

        return run

    if not branch(
        frame, truth, choose(node.body), choose(node.orelse), dict(frame.env), frame.loc(node)
    ):
        raise Unreachable
    return take(frame, name, node)
