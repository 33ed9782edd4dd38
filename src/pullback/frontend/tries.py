"""``try`` statements: handlers are branches on what was caught, ``finally`` is lowered for each way out.

What a body does is attempted in ``attempts``. An exception that leaves a body with a ``finally`` is
caught, for this to run, and raised again; that is left out where nobody could tell.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from pullback.frontend import conditions, raising, stmts
from pullback.frontend.attempts import Outcome, Region, attempt, runs_out
from pullback.frontend.building import Unreachable
from pullback.frontend.desugar import Entered, Resumed, Suspended
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import Names, always_exits, exits
from pullback.frontend.lowering import entered, simple_op
from pullback.frontend.unfolded import WAYS, unfolding, unless_caught
from pullback.frontend.values import Env, Unset
from pullback.ir.core import Atom, Const, Op, Var

YES, NO = stmts.YES, stmts.NO


@entered(stmts.TAKING, ast.Try, Entered)
def try_(frame: Frame, s: ast.Try, rest: Sequence[ast.stmt]) -> bool:
    """Lower a ``try``; True if the statements behind it are lowered with it."""
    if s.finalbody:
        _with_final(frame, s)
        return False
    catches = [raising.classes(frame, handler) for handler in s.handlers]
    region = _region(frame, catches, frame.liveness.handled[s])
    names = {h.name for h in s.handlers}
    region.error = next(iter(names)) or "" if len(names) == 1 else ""
    outcome = _attempted(frame, region, s.body)
    return _Handlers(frame, s, region, outcome, list(rest)).run()


def _region(frame: Frame, catches: list[raising.Caught], visible: Names) -> Region:
    outer = [] if frame.region is None else frame.region.catches
    return Region(frame, [*catches, *outer], visible | frame.liveness.always, len(frame.regions))


def _attempted(frame: Frame, region: Region, body: Sequence[ast.stmt]) -> Outcome:
    region.start()
    frame.regions.append(region)
    frame.session.catching.append(region)
    try:
        return attempt(region, body)
    finally:
        frame.regions.pop()
        frame.session.catching.pop()


class _Handlers:
    """Lowers the ways that go on behind the body of a ``try``.

    Where only one of them comes to the statements behind it, these are lowered there: ``rest``.
    """

    def __init__(
        self, frame: Frame, s: ast.Try, region: Region, outcome: Outcome, rest: list[ast.stmt]
    ) -> None:
        self.frame = frame
        self.s = s
        self.region = region
        self.outcome = outcome
        going_on = [h for h in s.handlers if not always_exits(h.body)]
        passes = not (always_exits(s.body) or always_exits(s.orelse))
        self.taken = len(going_on) + passes <= 1
        self.rest = rest if self.taken else []
        self.exits = bool(exits(s.body)) or frame.region is not None
        self.around = frame.region

    def run(self) -> bool:
        caught = self.outcome.caught
        if caught == self.region.nothing:
            self.go_on()
        elif isinstance(caught, Const):  # it always raises this
            self.handle(int(caught.value) - 1)
        else:
            self.branch(caught, lambda: self.handler(0), self.go_on)
        return self.taken

    def branch(self, cond: Atom, then: Callable[[], None], orelse: Callable[[], None]) -> None:
        frame = self.frame
        if not conditions.branch(frame, cond, then, orelse, dict(frame.env), frame.loc(self.s)):
            raise Unreachable

    def handler(self, k: int) -> None:
        """The handlers from the k-th on."""
        if k == len(self.region.catches) - 1:
            self.handle(k)
            return
        here = simple_op(self.frame, self.s, "eq", self.outcome.caught, Const(k + 1))
        self.branch(here, lambda: self.handle(k), lambda: self.handler(k + 1))

    def handle(self, k: int) -> None:
        own = len(self.region.catches) - (len(self.around.catches) if self.around else 0)
        self.enter(self.outcome.raised)
        if k < own:
            self.clause(k)
            return
        code = Const(k - own + 1 if len(self.around.catches) > 1 else True)
        self.around.leave(Outcome(code, self.outcome.error, self.frame.env, None))

    def clause(self, k: int) -> None:
        """What the handler at a position does, and what follows it."""
        env, handler = self.frame.env, self.s.handlers[k]
        if handler.name:
            env[handler.name] = self.outcome.error
        self.catch(handler.body)
        if handler.name:
            self.frame.env[handler.name] = Unset()
        self.behind(self.rest)

    def catch(self, body: Sequence[ast.stmt]) -> None:
        """Run statements while the exception is handled: a bare ``raise`` raises it again."""
        frame, error = self.frame, self.outcome.error
        frame.env |= {"%live": YES, "%go": YES}
        assert isinstance(error, Var)
        frame.handling.append(error)
        try:
            stmts.run(frame, body)
        finally:
            frame.handling.pop()

    def go_on(self) -> None:
        """The body ran through."""
        if self.outcome.passed is None:
            raise Unreachable
        self.enter(self.outcome.passed)
        if not self.exits:
            self.frame.env |= {"%live": YES, "%go": YES}
        self.behind([*self.s.orelse, *self.rest])

    def enter(self, env: Env) -> None:
        self.frame.env = {n: v for n, v in env.items() if n not in self.region.flags}

    def behind(self, rest: Sequence[ast.stmt]) -> None:
        """Statements behind some that may have left."""
        live = self.frame.env["%live"]
        if live == YES:
            stmts.run(self.frame, rest)
        elif isinstance(live, Var):
            stmts.guarded(self.frame, self.s, rest)


# ---- finally


class _Final(_Handlers):
    """The ways behind a body with a ``finally``, which runs on each of them."""

    def clause(self, k: int) -> None:
        if isinstance(self.s, Entered):
            self.frame.env[self.s.error] = self.outcome.error
            self.catch(self.s.failing)
        else:
            self.catch([*self.s.finalbody, ast.copy_location(ast.Raise(), self.s)])

    def go_on(self) -> None:
        if self.outcome.passed is None:
            raise Unreachable
        self.enter(self.outcome.passed)
        _final(self.frame, self.s)


def _with_final(frame: Frame, s: ast.Try) -> None:
    inner: list[ast.stmt] = list(s.body)
    if s.handlers:
        inner = [ast.copy_location(ast.Try(s.body, s.handlers, s.orelse, []), s)]
        frame.liveness.handled[inner[0]] = frame.liveness.handled[s]
        frame.liveness.after[inner[0]] = frame.liveness.final[s]
    mark, before, heap = len(frame.b.ops), dict(frame.env), frame.heap.mark()
    unreachable = runs_out(frame, inner)
    end = len(frame.b.ops)
    if not unreachable:
        _final(frame, s)
    if unreachable or _is_seen(s, frame.b.ops[mark:end], frame.b.ops[end:]):
        del frame.b.ops[mark:]
        frame.env, frame.heap.state = before, heap
        _guarded_by_final(frame, s, inner)


def _is_seen(s: ast.Try, body: Sequence[Op], final: Sequence[Op]) -> bool:
    """Whether anybody could tell that ``finally`` runs where the body raises.

    What it changes is seen by handlers around it, but then these attempt it by parts.
    """
    if isinstance(s, Entered) and s.told:
        return any(op.may_raise() for op in body)
    acts = any(op.has_effect() or op.may_raise() for op in final) or bool(exits(s.finalbody))
    return acts and any(op.may_raise() for op in body)


def _guarded_by_final(frame: Frame, s: ast.Try, inner: Sequence[ast.stmt]) -> None:
    region = _region(frame, [(BaseException,)], frame.liveness.final[s])
    outcome = _attempted(frame, region, inner)
    _Final(frame, s, region, outcome, []).run()


def _final(frame: Frame, s: ast.Try) -> None:
    """Statements that run before control goes where the body sent it."""
    saved = {n: frame.env[n] for n in WAYS}
    frame.env |= {"%live": YES, "%go": YES, "%returned": NO}
    with frame.holding() as pending:
        pending.append(saved["%result"])
        stmts.run(frame, s.finalbody)
    live = frame.env["%live"]

    def go_on() -> None:
        frame.env |= saved

    if live == YES:
        go_on()
    elif isinstance(live, Var):  # it may have left on a way of its own
        conditions.branch(frame, live, go_on, lambda: None, dict(frame.env), frame.loc(s))


# ---- the statements of a ``with`` in code that stands around them


@entered(stmts.TAKING, Suspended)
def suspended(frame: Frame, s: Suspended, rest: Sequence[ast.stmt]) -> bool:
    """Statements whose exits wait until others have run, unless they raise."""
    with unfolding(frame, s.around):
        stmts.run(frame, s.body)

    def go_on() -> None:
        frame.env |= {name.id: frame.env[way] for way, name in zip(WAYS, s.ways, strict=True)}
        frame.env |= {"%live": YES, "%go": YES, "%returned": NO}

    unless_caught(frame, s, go_on)
    return False


@stmts.handles(Resumed)
def resumed(frame: Frame, s: Resumed) -> None:
    """Control goes where the statements sent it."""
    frame.env |= {way: frame.env[name.id] for way, name in zip(WAYS, s.ways, strict=True)}
