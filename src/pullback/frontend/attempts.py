"""Statements whose errors are caught: each ``try`` op runs as many as change nothing too early.

Where an op raises, of what its ``try`` op did nothing is seen. In Python all is seen that ran before the
error. So an op ends where a variable that a handler reads has changed and something follows that may
raise what is caught: the rest is an op of its own, behind a branch on whether the first one went well.
Where such a change and such an error are parts of one loop or branch, its blocks are attempted by
themselves, and an error is one more way to leave them early ("%live" and "%go", see ``stmts``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pullback import refusals
from pullback.frontend import conditions, contexts, early, references, stmts, unfolded
from pullback.frontend.building import Unreachable
from pullback.frontend.desugar import Called, Suspended
from pullback.frontend.exports import Exports
from pullback.frontend.frame import Frame
from pullback.frontend.heap import State
from pullback.frontend.liveness import Names, exits
from pullback.frontend.raising import Caught
from pullback.frontend.reaching import reachable
from pullback.frontend.values import NONE, UNSET, Env, Tup, Value
from pullback.frontend.walking import leaves, substituted, trees
from pullback.ir.alias import TRIED
from pullback.ir.core import Atom, Block, Const, Op, Var
from pullback.ir.exceptions import may_be_caught, name_of
from pullback.ir.types import PY_BOOL, PY_INT, Text

YES, NO = stmts.YES, stmts.NO
# Of these a loop takes items while it runs: nothing but their arguments is computed before.
WALKS = frozenset({"enumerate", "filter", "iter", "map", "range", "reversed", "zip"})


@dataclass(eq=False)
class Outcome:
    """How an attempt ended: what was caught (a constant: nothing), the exception, and the names in
    either case; ``passed`` is None if it always raises."""

    caught: Atom
    error: Value
    raised: Env
    passed: Env | None


@dataclass(eq=False)
class Region:
    """The body of one ``try``: the classes that its handlers catch, and the names that may be read
    where something was caught. One inside another region that is attempted by parts catches for that
    as well, behind its own. ``changed`` is what changed too early where lowering stopped; ``nodes``
    keeps syntax alive that was made on the way. ``passes`` says behind how many ops the passes of a loop
    begin that is lowered pass by pass."""

    frame: Frame
    catches: list[Caught]
    visible: Names
    depth: int
    error: str = ""
    changed: str = ""
    passes: int | None = None
    nodes: list[ast.AST] = field(default_factory=list)

    @property
    def flags(self) -> list[str]:
        """The names under which the environment holds what was caught and the exception."""
        return [f"%caught{self.depth}", f"%error{self.depth}"]

    @property
    def nothing(self) -> Const:
        return Const(False) if len(self.catches) == 1 else Const(0)

    def may_catch(self, ops: Sequence[Op]) -> bool:
        return any(may_be_caught(op, self.catches) for op in ops)

    def names(self, exception: type[BaseException]) -> bool:
        """Whether a handler is for errors of this class."""
        return any(issubclass(exception, classes) for classes in self.catches)

    def run(self, frame: Frame, body: Sequence[ast.stmt]) -> None:
        """Lower statements inside a loop or branch that is attempted by parts."""
        settle(self, attempt(self, body))

    @contextmanager
    def within(self, region: Region | None) -> Iterator[None]:
        """Statements inside are attempted by parts for a region, or lowered as they are (None)."""
        before, self.frame.region = self.frame.region, region
        try:
            yield
        finally:
            self.frame.region = before

    # ---- the environment

    def start(self) -> None:
        """Nothing is caught so far."""
        self.frame.env |= dict(zip(self.flags, (self.nothing, UNSET), strict=True))

    def leave(self, outcome: Outcome) -> None:
        """Control goes to the handlers."""
        caught = Const(True) if self.nothing == NO else outcome.caught
        flags = dict(zip(self.flags, (caught, outcome.error), strict=True))
        self.frame.env = {**outcome.raised, **flags, "%live": NO, "%go": NO}


def attempt(region: Region, body: Sequence[ast.stmt]) -> Outcome:
    """Lower statements, some of which may raise what the region catches."""
    frame = region.frame
    count, block, before, end, state = _segment(region, body)
    rest = body[count:]
    if not region.may_catch(block.ops):
        frame.b.ops += block.ops
        frame.heap.adopt(state)
        if end is None:
            raise Unreachable
        frame.env = end
        if count == 0 and rest:
            _by_parts(region, rest[0], rest[1:])
            return _joined(region)
        return attempt(region, rest) if rest else _joined(region)
    outcome = _close(region, block, before, end, state)
    if not rest or end is None:
        return outcome

    def go_on() -> None:
        assert outcome.passed is not None
        frame.env = dict(outcome.passed)
        settle(region, attempt(region, rest))

    _branch(region, outcome.caught, lambda: region.leave(outcome), go_on, rest[0])
    return _joined(region)


def settle(region: Region, outcome: Outcome) -> None:
    """Bring both ends of an attempt together."""
    if isinstance(outcome.caught, Const) or outcome.passed is region.frame.env:
        return

    def go_on() -> None:
        if outcome.passed is None:
            raise Unreachable
        region.frame.env = dict(outcome.passed)

    node = region.frame.stmt or region.frame.node
    _branch(region, outcome.caught, lambda: region.leave(outcome), go_on, node)


def _joined(region: Region) -> Outcome:
    """The outcome that the environment tells."""
    env = region.frame.env
    caught, error = (env.get(flag, UNSET) for flag in region.flags)
    assert isinstance(caught, Var | Const)
    return Outcome(caught, error, env, env)


def _branch(
    region: Region, cond: Atom, then: Callable[[], None], orelse: Callable[[], None], node: ast.AST
) -> None:
    frame = region.frame
    if not conditions.branch(frame, cond, then, orelse, dict(frame.env), frame.loc(node)):
        raise Unreachable


# ---- segments


def _segment(
    region: Region, body: Sequence[ast.stmt]
) -> tuple[int, Block, Env, Env | None, State]:
    """Lower as many statements as one op can try: how many, their ops, the names before and behind
    them (None: control does not get there), and what the heap holds there."""
    frame, count, dirty, ends = region.frame, 0, False, False
    before = dict(frame.env)
    with region.within(None), frame.scope(before), frame.b.block() as block:
        while count < len(body):
            # What follows an exit is lowered together with it.
            piece = body[count:] if exits(body[count : count + 1]) else body[count : count + 1]
            mark, start, heap = len(block.ops), dict(frame.env), frame.heap.mark()
            was, touched = _visible(region), len(frame.heap.touched)
            ends = runs_out(frame, piece)
            ops, now = block.ops[mark:], _visible(region)
            if frame.trapping:
                contexts.mark(ops, frame.trapping)
            held = _held(region, start, frame.heap.touched[touched:])
            changed = early.changed(region, piece, was, None if ends else now)
            too_early = dirty or not early.is_late(region, piece, ops, changed, held, now)
            if too_early and region.may_catch(ops):
                del block.ops[mark:]
                frame.env, frame.heap.state, ends = start, heap, False
                region.changed = min([*changed, *held], default=region.changed)
                break
            count += len(piece)
            dirty = dirty or bool(changed or held)
            if ends:
                break
        end, state = None if ends else frame.rebound(before), frame.heap.state
    return count, block, before, end, state


def _visible(region: Region) -> early.Seen:
    """What handlers may read: of each name its containers, and what its arrays and lists hold."""
    frame = region.frame
    found: early.Seen = {}
    for name in region.visible & frame.env.keys():
        value = frame.latest(frame.env[name])
        arrays = [frame.heap.version(a) if isinstance(a, Var) else a for a in leaves(value)]
        held: list[object] = [(t.identity, t.form) for t in trees(value)]
        found[name] = (*(held or [value]), *leaves(value), *arrays)
    return found


def _held(region: Region, start: Env, touched: Sequence[object]) -> dict[str, set[object]]:
    """What was written to, on whichever way, of what handlers know by the names from before, and of what
    functions around and callers know."""
    frame = region.frame
    found = _of_callers(frame, touched)
    around = {name: value for (_, _, name), value in frame.lowered.around.items()}
    for name, value in (around | {n: start[n] for n in region.visible & start.keys()}).items():
        atoms = [*leaves(value), *leaves(frame.latest(value))]
        arrays = {frame.heap.root(a) for a in atoms if isinstance(a, Var)}
        held = arrays | reachable(frame, [value]).keys()
        if seen := held.intersection(touched):
            found[name] = seen
    return found


def _of_callers(frame: Frame, touched: Sequence[object]) -> dict[str, set[object]]:
    """The arguments of a function that were written to; nobody sees those of what is differentiated."""
    if frame.caller is None or frame.caller.caller is None:
        return {}
    written = {*touched}
    found: dict[str, set[object]] = {a.name: {a} for a in frame.arguments if a in written}
    if containers := written.intersection(frame.lowered.trees):
        found["an argument"] = containers
    return found


def runs_out(frame: Frame, body: Sequence[ast.stmt]) -> bool:
    """Lower statements; whether control never comes to their end."""
    try:
        stmts.run(frame, body)
    except Unreachable:
        return True
    return False


# ---- the op


def _close(
    region: Region, block: Block, before: Env, end: Env | None, state: State
) -> Outcome:
    """Build the ``try`` op of a segment."""
    exports = Exports(region.frame, region.visible, block, before, state)
    passed = None if end is None else exports.export(end)
    if end is not None:
        exports.export_contents()
    caught = PY_BOOL if len(region.catches) == 1 else PY_INT
    outputs = region.frame.b.emit(
        "try",
        exports.inputs,
        [block],
        [caught, Text(), *exports.types],
        ["", region.error, *exports.names],
        catches=tuple(tuple(map(name_of, classes)) for classes in region.catches),
    )
    exports.enter(outputs[TRIED:])
    final = dict(zip(exports.stand_ins, outputs[TRIED:], strict=True))
    exports.settle(final)
    raised = before | {n: substituted(v, final) for n, v in exports.kept.items()}
    if passed is not None:
        passed = {n: substituted(v, final) for n, v in passed.items()}
    return Outcome(outputs[0], outputs[1], raised, passed)


# ---- loops and branches by parts


def _by_parts(region: Region, s: ast.stmt, rest: Sequence[ast.stmt]) -> None:
    """Lower a statement in which something may raise behind a change that handlers see."""
    frame = region.frame
    frame.stmt = s
    with frame.b.at(frame.loc(s)):
        match s:
            case ast.If():
                _if(region, s, rest)
            case ast.While():
                _while(region, s, rest)
            case ast.For():
                _for(region, s, rest)
            case ast.Try() | ast.With() | Suspended() | Called():
                with region.within(region):
                    taken = stmts.TAKING[type(s)](frame, s, rest)
                if not taken:
                    _go_on(region, s, rest)
            case ast.Assign(targets=[ast.Tuple(elts=targets) | ast.List(elts=targets)]) if not any(
                isinstance(t, ast.Starred) for t in targets
            ):
                _assign(region, s, targets, rest)
            case ast.AugAssign(target=ast.Name(id=name), value=value) if not (
                isinstance(value, ast.Name)
                or early.may_bind(value)
                or early.rebound_by_calls(frame, name)
            ):
                _update(region, s, rest)
            case _ if (opened := unfolded.opened(frame, s)) is not None:
                pieces, names = opened
                region.run(frame, [*(_made(region, piece, s) for piece in pieces), *rest])
                for name in names:
                    frame.env.pop(name, None)
            case _:
                held = frame.latest(frame.env.get(region.changed, NONE))
                if isinstance(held, Tup) and held.is_list:  # which the statement makes a run-time list
                    references.demand_early(frame, (region.changed,))
                frame.reject(refusals.CHANGED_BEFORE_ERROR, s, name=region.changed)


def _if(region: Region, s: ast.If, rest: Sequence[ast.stmt]) -> None:
    frame = region.frame
    name = f"%test{region.depth}"
    if not (isinstance(s.test, ast.Name) and s.test.id == name):  # the test is attempted by itself
        truth = ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not(), s.test))
        test = _made(region, ast.Assign([ast.Name(name, ast.Store())], truth), s)
        decision = _made(region, ast.If(ast.Name(name, ast.Load()), s.body, s.orelse), s)
        region.run(frame, [test, decision, *rest])
        frame.env.pop(name, None)
        return
    known = conditions.condition(frame, s.test)
    if isinstance(known, bool):
        region.run(frame, [*(s.body if known else s.orelse), *rest])
        return
    sides = (lambda: region.run(frame, s.body), lambda: region.run(frame, s.orelse))
    _branch(region, known, *sides, s)
    _go_on(region, s, rest)


def _made(region: Region, new: ast.stmt, s: ast.stmt) -> ast.stmt:
    """A statement in place of a part of another one, at its place."""
    found = region.frame.liveness
    for n in ast.walk(new):
        if not hasattr(n, "lineno"):
            ast.copy_location(n, s)
    region.nodes.append(new)
    found.after[new] = found.live_after(s) | frozenset(region.frame.env)
    if s in found.head:
        found.head[new] = found.head[s]
    return new


def _assign(
    region: Region, s: ast.Assign, targets: Sequence[ast.expr], rest: Sequence[ast.stmt]
) -> None:
    """Several targets: the values come first, then each target is assigned by itself."""
    frame = region.frame
    mark = len(region.nodes)  # targets inside of targets have items of their own
    names = [f"%item{region.depth}.{mark}.{k}" for k in range(len(targets))]
    items = ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())
    pieces = [_made(region, ast.Assign([items], s.value), s)]
    for target, name in zip(targets, names, strict=True):
        pieces.append(_made(region, ast.Assign([target], ast.Name(name, ast.Load())), s))
    region.run(frame, [*pieces, *rest])
    for name in names:
        frame.env.pop(name, None)


def _update(region: Region, s: ast.AugAssign, rest: Sequence[ast.stmt]) -> None:
    """``name op= value``: the value comes first."""
    name = f"%item{region.depth}.{len(region.nodes)}"
    first = _made(region, ast.Assign([ast.Name(name, ast.Store())], s.value), s)
    second = _made(region, ast.AugAssign(s.target, s.op, ast.Name(name, ast.Load())), s)
    region.run(region.frame, [first, second, *rest])
    region.frame.env.pop(name, None)


def _while(region: Region, s: ast.While, rest: Sequence[ast.stmt]) -> None:
    """The condition is tested by the body, where it may raise."""
    test = ast.UnaryOp(ast.Not(), s.test)
    leave = _made(region, ast.If(test, [_made(region, ast.Break(), s)], []), s)
    _loop(region, _made(region, ast.While(ast.Constant(True), [leave, *s.body], []), s), rest)


def _for(region: Region, s: ast.For, rest: Sequence[ast.stmt]) -> None:
    """What the loop runs over is computed first, for it may raise."""
    pieces: dict[str, ast.stmt] = {}

    def named(e: ast.expr) -> ast.expr:
        match e:
            case ast.Call(ast.Name(function), args) if function in WALKS:
                return ast.Call(e.func, [named(a) for a in args], e.keywords)
            case ast.Name() | ast.Constant() | ast.Attribute() | ast.GeneratorExp() | ast.Lambda():
                return e
            case _:
                name = f"%over{region.depth}.{len(region.nodes)}"
                pieces[name] = _made(region, ast.Assign([ast.Name(name, ast.Store())], e), s)
                return ast.Name(name, ast.Load())

    over = named(s.iter)
    if not pieces:
        _loop(region, s, rest)
        return
    loop = _made(region, ast.For(s.target, over, s.body, s.orelse), s)
    region.run(region.frame, [*pieces.values(), loop, *rest])
    for name in pieces:
        region.frame.env.pop(name, None)


def _loop(region: Region, s: ast.stmt, rest: Sequence[ast.stmt]) -> None:
    frame, (caught, _) = region.frame, region.flags
    before, around, region.passes = len(frame.b.ops), region.passes, None
    with region.within(region):
        conditions.attempt(frame, lambda: stmts.STATEMENTS[type(s)](frame, s), frame.loc(s))
    ops, first, region.passes = frame.b.ops, region.passes, around
    if region.may_catch(ops[before : -1 if first is None else first]) or (
        first is None and ops[-1].name == "if"
    ):
        frame.reject(refusals.BEFORE_PROTECTED_LOOP, s)
    found = frame.env[caught]
    if found == region.nothing:
        _behind_loop(region, s, rest)
        return
    if isinstance(found, Const):  # control does not come behind it: all that comes there has raised
        frame.env |= {"%live": NO, "%go": NO}
        return

    def leave() -> None:
        frame.env |= {"%live": NO, "%go": NO}

    def go_on() -> None:
        frame.env |= dict(zip(region.flags, (region.nothing, UNSET), strict=True))
        _behind_loop(region, s, rest)

    assert isinstance(found, Var)
    _branch(region, found, leave, go_on, s)


def _behind_loop(region: Region, s: ast.stmt, rest: Sequence[ast.stmt]) -> None:
    frame = region.frame
    if "return" in exits([s]):
        with region.within(region):
            left = stmts.leave_again(frame, s, rest)
        if left:
            return
    _go_on(region, s, rest)


def _go_on(region: Region, s: ast.stmt, rest: Sequence[ast.stmt]) -> None:
    """The statements behind one that may have left the body."""
    frame, live = region.frame, region.frame.env["%live"]
    if not rest or live == NO:
        return
    if live == YES:
        region.run(frame, rest)
        return

    def stay_out() -> None:
        frame.env["%live"] = NO

    assert isinstance(live, Var)
    _branch(region, live, lambda: region.run(frame, rest), stay_out, s)
