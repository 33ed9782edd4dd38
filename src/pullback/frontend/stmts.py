"""Lowering of statements: one handler for each syntax form; what follows an exit goes where it runs.

An exit (break, continue, return) sets flags: "%live" is whether the statements that follow still run,
"%go" whether the loop goes on, "%returned" and "%result" carry a return out of loops. Where one branch
of an ``if`` always exits, the rest of the statements moves into the other, so that no flag is tested.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from pullback import refusals
from pullback.frontend import conditions, results, structs
from pullback.frontend.building import Unreachable
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import always_exits, exits, gives_nothing
from pullback.frontend.lowering import entered, lower, undecided
from pullback.frontend.values import (
    NONE,
    UNSET,
    Poison,
    Value,
)
from pullback.ir.core import Const, Var

Statement = Callable[[Frame, Any], None]
STATEMENTS: dict[type, Statement] = {}
# Statements that may be lowered together with those behind them; they tell whether they were.
TAKING: dict[type, Callable[[Frame, Any, Sequence[ast.stmt]], bool]] = {}
# What may lower other statements in place of one, and those behind it; it tells whether it has.
INSTEAD: list[Callable[[Frame, ast.stmt, Sequence[ast.stmt]], bool]] = []
YES, NO = Const(True), Const(False)


def handles(*nodes: type) -> Callable[[Statement], Statement]:
    """Enter a handler for types of statements."""
    return entered(STATEMENTS, *nodes)


def begin(frame: Frame) -> None:
    """Control is at the start of a function: no statement, and no loop in an expression, has left it."""
    frame.env |= {"%live": YES, "%go": YES, "%returned": NO, "%result": UNSET}


def function_body(frame: Frame, stmts: Sequence[ast.stmt]) -> Value:
    """Lower the statements of a function; its result."""
    begin(frame)
    frame.returns_none = gives_nothing(stmts)
    run(frame, stmts)
    result, live = frame.env["%result"], frame.env["%live"]
    if live == YES or frame.returns_none:
        return NONE
    if isinstance(result, Poison):
        frame.unknown(result, "the result", frame.node)
    if isinstance(live, Var):  # control may also come to the end
        return conditions.or_none(frame, live, result)
    return result


def run(frame: Frame, stmts: Sequence[ast.stmt]) -> None:
    """Lower statements one after the other, as far as control goes on."""
    if frame.region is not None:
        frame.region.run(frame, stmts)
        return
    for k, s in enumerate(stmts):
        rest = stmts[k + 1 :]
        if any(instead(frame, s, rest) for instead in INSTEAD):
            return
        frame.stmt = s
        with frame.b.at(frame.loc(s)), structs.lending_dicts(frame, s):
            if type(s) in TAKING:
                if TAKING[type(s)](frame, s, rest):
                    return
            else:
                handler = STATEMENTS.get(type(s))
                if handler is None:
                    form = _form(s)
                    instead = refusals.INSTEAD_OF_STATEMENT.get(form, refusals.STATEMENT_OUTSIDE)
                    frame.reject(refusals.STATEMENT, s, form=form, instead=instead)
                conditions.attempt(frame, lambda h=handler, s=s: h(frame, s), frame.loc(s))  # type: ignore[misc]
        if isinstance(s, ast.Return | ast.Break | ast.Continue):
            return
        if isinstance(s, ast.For | ast.While) and "return" in exits(s.body):
            if leave_again(frame, s, rest):
                return
        elif frame.env["%live"] != YES:
            guarded(frame, s, rest)
            return


def _form(s: ast.stmt) -> str:
    """The keyword of a statement."""
    name = type(s).__name__.replace("ClassDef", "Class")
    return name.lower().replace("async", "async ").removesuffix("functiondef")


# ---- branches and exits


@entered(TAKING, ast.If)
def branch(frame: Frame, s: ast.If, rest: Sequence[ast.stmt]) -> bool:
    """Lower an ``if``; True if the statements behind it are lowered with it."""
    truth = conditions.condition(frame, s.test)
    if isinstance(truth, bool):
        chosen = s.body if truth else s.orelse
        if exits(chosen):
            run(frame, [*chosen, *rest])
            return True
        run(frame, chosen)
        return False
    then, orelse = list(s.body), list(s.orelse)
    taken = True
    if always_exits(then):
        orelse += rest
    elif always_exits(orelse):
        then += rest
    else:
        taken = False
    sides = [lambda: run(frame, then), lambda: run(frame, orelse)]
    if not conditions.branch(frame, truth, sides[0], sides[1], dict(frame.env), frame.loc(s.test)):
        raise Unreachable
    return taken


def guarded(frame: Frame, s: ast.stmt, rest: Sequence[ast.stmt]) -> None:
    """Statements behind an ``if`` that exits on some of its paths."""
    live = frame.env["%live"]
    if live == NO or not rest:
        return
    assert isinstance(live, Var)

    def stay_out() -> None:
        frame.env["%live"] = NO

    conditions.branch(frame, live, lambda: run(frame, rest), stay_out, dict(frame.env), frame.loc(s))


def leave_again(frame: Frame, s: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
    """Behind a loop that may return: leave what is around it, or go on."""
    returned = frame.env["%returned"]
    if returned == NO:
        return False
    if returned == YES:
        _leave(frame)
        return True
    assert isinstance(returned, Var)
    frame.env["%live"] = YES

    def go_on() -> None:
        frame.env["%returned"] = NO
        run(frame, rest)

    if not conditions.branch(
        frame, returned, lambda: _leave(frame), go_on, dict(frame.env), frame.loc(s)
    ):
        raise Unreachable
    return True


def _leave(frame: Frame) -> None:
    frame.env |= {"%live": NO, "%go": NO, "%returned": YES}


@handles(ast.Return)
def return_(frame: Frame, s: ast.Return) -> None:
    if not frame.returns_none:
        value = NONE if s.value is None else undecided(frame, s.value)
        frame.env["%result"] = results.given(frame, s, value)
    _leave(frame)


@handles(ast.Break)
def break_(frame: Frame, s: ast.Break) -> None:
    frame.env |= {"%live": NO, "%go": NO}


@handles(ast.Continue)
def continue_(frame: Frame, s: ast.Continue) -> None:
    frame.env["%live"] = NO


@handles(ast.Pass)
def pass_(frame: Frame, s: ast.Pass) -> None:
    pass


# ---- the rest


@handles(ast.Expr)
def expression(frame: Frame, s: ast.Expr) -> None:
    if not isinstance(s.value, ast.Constant):
        lower(frame, s.value)
