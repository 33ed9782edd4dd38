"""Lowering of loops: the body is lowered with the kinds that come in, and again with what the passes
are found to hand on (see ``carries``), until that settles.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from pullback import refusals
from pullback.errors import InternalError, SourceError
from pullback.frontend import (
    alternatives,
    assign,
    changing,
    comprehensions,
    conditions,
    generators,
    looped,
    places,
    stmts,
    walks,
    yielded,
)
from pullback.frontend.building import Facts, Unreachable
from pullback.frontend.carries import Carries, Pass
from pullback.frontend.fixpoint import Fixpoint
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import bindings, exits
from pullback.frontend.lowering import ON_OBJECTS, lower
from pullback.frontend.reaching import reachable
from pullback.frontend.steps import Steps
from pullback.frontend.values import Cell, Either, Generator, Stream, Unset, Value
from pullback.frontend.walking import has_two, leaves, rebuild, shown
from pullback.ir.core import Atom, Block, Const, Env, Var, look
from pullback.ir.types import PY_INT

MAX_UNROLLED = 32
YES, NO = Const(True), Const(False)


@stmts.handles(ast.For)
def lower_for(frame: Frame, s: ast.For) -> None:
    """A loop over a range, an array, a list, or (unrolled) a short tuple of differing kinds."""
    value = ON_OBJECTS["iterated"](frame, s.iter, frame.settled(lower(frame, s.iter)))
    if isinstance(value, Stream):
        comprehensions.loop_over(frame, s, value)
        return
    if isinstance(value, Generator):
        opened = yielded.is_opened(frame, s, value)
        (yielded.run if opened else generators.loop_over)(frame, s, value)
        return
    told = frame.loc(s) in frame.session.told.unlike
    each = walks.each(frame, s.iter, value) if told else None
    items = walks.taken(frame, s.iter, value) if each is None else each
    if isinstance(items, Steps):
        unroll(frame, s, items)
        return
    if items.whole and exits(s.body):
        frame.reject(refusals.STRICT_ZIP, s.iter, where="in a loop that may be left before its end")
    over = looped.Looped(frame, s, items.sources)
    index = Var(PY_INT, shown(s.target.id) if items.plain and isinstance(s.target, ast.Name) else "i")

    places.count(frame, index, items.start, items.step)

    def start_pass() -> None:
        _bind_item(frame, s, lambda: items.item(index))

    sources = [value, *items.over]
    with frame.holding() as pending, changing.same_length(frame, sources, s.iter):
        pending += sources
        loop(frame, s, [items.start, items.stop, items.step], index, start_pass)
    over.demand_kept()


def unroll(frame: Frame, s: ast.For, items: Steps) -> None:
    """A loop over items of different kinds, which no run-time list can hold."""
    if items.count > MAX_UNROLLED:
        frame.reject(refusals.UNLIKE_ITEMS, s.iter, count=items.count)
    if frame.region is not None:
        frame.region.passes = len(frame.b.ops)
    around = {flag: frame.env[flag] for flag in ("%live", "%go")}
    _one_by_one(frame, s, items, 0)
    frame.env |= around


def _one_by_one(frame: Frame, s: ast.For, items: Steps, first: int) -> None:
    """The passes of a loop from one item on, as far as none of them leaves it."""
    for k in count(first):
        frame.env |= {"%live": YES, "%go": YES}
        if not _takes(frame, s, items, k):
            return
        stmts.run(frame, s.body)
        go = frame.env["%go"]
        if isinstance(go, Var):
            go_on = lambda k=k: _one_by_one(frame, s, items, k + 1)
            conditions.branch(frame, go, go_on, lambda: None, dict(frame.env), frame.loc(s))
            return
        if go == NO:
            return


def _takes(frame: Frame, s: ast.For, items: Steps, k: int) -> bool:
    """Bind the target to the next item, if there is one. What is one of two kinds is told apart here:
    the passes before have run."""
    before = len(frame.b.ops)
    there = _bind_item(frame, s, lambda: items.at(k))
    if frame.region is not None and frame.region.may_catch(frame.b.ops[before:]):
        frame.reject(refusals.TRIED_AMONG_UNLIKE_ITEMS, s)
    return there


def _bind_item(frame: Frame, s: ast.For, taken: Callable[[], Value | None]) -> bool:
    """Bind the target to what is taken, which may run code of the user's, once."""
    here, known = frame.b.ops, None

    def take() -> None:
        nonlocal known
        item = taken()
        if item is not None:
            known = item if frame.b.ops is here else None
            frame.env["%item"] = item

    conditions.attempt(frame, take, frame.loc(s))
    if "%item" not in frame.env:
        return False
    joined = conditions.take(frame, "%item", s)  # of both sides of a branch, if there was one
    item: Value = joined if known is None else known
    conditions.attempt(frame, lambda: assign.bind(frame, s.target, item), frame.loc(s))
    return True


@stmts.handles(ast.While)
def lower_while(frame: Frame, s: ast.While) -> None:
    loop(frame, s, [], None, lambda: None)


# ---- the general loop


def loop(
    frame: Frame, s: ast.For | ast.While, header: list[Atom], index: Var | None,
    start_pass: Callable[[], None],
) -> None:  # fmt: skip
    """Lower a loop: find its carries, lower the body until their kinds are stable, build the op."""
    left = exits(s.body) | ({"break"} if frame.region is not None else set())
    carries = Fixpoint(frame, s, "return" in left)
    for _ in range(40):
        params = carries.start()
        unset = [n for n, v in carries.params.items() if isinstance(n, str) and isinstance(v, Unset)]
        with (
            frame.b.block([*([index] if index is not None else []), *params]) as body,
            frame.hoping(unset) as hoped,
        ):
            end = _one_pass(frame, carries, s, start_pass)
        if carries.settled(end):
            break
    else:
        raise InternalError("the kinds of the variables of a loop do not settle")
    for name, node in hoped.items():
        if node is not None:
            frame.read(name, node)  # no pass sets it before it is read
    results = carries.yields(end, body)
    leaving = bool(left & {"break", "return"})
    go: list[Atom] = []
    if leaving:
        flag = end.env["%go"] if end is not None else NO
        assert isinstance(flag, Var | Const)
        go = [flag]
    body.results = [*go, *results]
    blocks = [body]
    if isinstance(s, ast.While):
        blocks.insert(0, _condition(frame, s, carries))
    _build(frame, s, header, carries, blocks, leaving)
    if _runs(header, blocks):
        _set_in_each_pass(frame, carries, results)
    if isinstance(s, ast.While) and blocks[0].results == [YES] and "break" not in left:
        if "return" not in left:
            raise Unreachable
        frame.env["%returned"] = YES


def _runs(header: Sequence[Atom], blocks: Sequence[Block]) -> bool:
    """Whether a loop is known to make at least one pass."""
    if not header:
        return blocks[0].results == [YES]
    known = [a.value for a in header if isinstance(a, Const)]
    return len(known) == 3 and len(range(*known)) > 0


def _set_in_each_pass(frame: Frame, carries: Carries, results: Sequence[Atom]) -> None:
    """Names that a loop that runs sets in each pass, or sets to one kind, are so behind it."""
    yielded = iter(results)
    for (key, k), _ in carries.atoms(carries.params, carries.params):
        end = next(yielded)
        if not isinstance(key, str):
            continue
        found = carries.left[key]
        if not frame.is_maybe_unset(end):
            frame.maybe_unset.discard(leaves(found)[k])
        known = frame.env[key]
        if k == 0 and isinstance(known, Either) and isinstance(end, Const):
            frame.env[key] = known.first if end.value else known.second


_TESTS = (ast.BoolOp, ast.Compare, ast.Name, ast.Constant, ast.boolop, ast.cmpop, ast.expr_context)


def _told_by_test(frame: Frame, s: ast.For | ast.While, params: Sequence[Atom]) -> Facts:
    """Of which kinds names are in a pass, as the test of the loop tells: ``while k is not None``."""
    nodes = [*ast.walk(s.test)] if isinstance(s, ast.While) else []
    asks = any(isinstance(n, ast.Is | ast.IsNot) for n in nodes)
    if not isinstance(s, ast.While) or not asks or not all(isinstance(n, _TESTS) for n in nodes):
        return {}
    try:
        with frame.b.block(), frame.scope(frame.env):
            truth = conditions.condition(frame, s.test)
            return {a: v for a, v in frame.following(truth, True).items() if a in params}
    except SourceError:  # the kinds of the names are not known yet
        return {}


def _one_pass(
    frame: Frame, carries: Carries, s: ast.For | ast.While, start_pass: Callable[[], None]
) -> Pass | None:
    """Lower one pass; what there is at its end, None if control never gets there."""
    stmt = frame.stmt
    with frame.scope(frame.env), frame.session.within(frame.loc(s)):
        frame.env |= carries.install(carries.params) | {"%live": YES, "%go": YES}
        try:
            params = [a for v in carries.params.values() for a in leaves(v)]
            frame.facts |= _told_by_test(frame, s, params)
            conditions.attempt(frame, start_pass, frame.loc(s))
            stmts.run(frame, s.body)
            _fit(frame, carries)
            tags = carries.homes.settle(carries)
            return Pass(frame.env, frame.heap.state, tags)
        except Unreachable:
            return None
        finally:
            frame.stmt = stmt


def _fit(frame: Frame, carries: Carries) -> None:
    """Bring what a pass hands on into the forms that hold values of two kinds."""
    for key, p in carries.params.items():
        if not has_two(p):
            continue
        if isinstance(key, str) and key in frame.env:
            end = carries.as_read(key, frame.latest(frame.env[key]), frame.heap.state)
            frame.env[key] = alternatives.fitted(frame, end, p, lambda v: v)
        elif key in frame.heap.trees:
            end = carries.inside_as_read(frame.latest(frame.heap.trees[key]), frame.heap.state.local)
            frame.heap.trees[key] = alternatives.fitted(frame, end, p, lambda v: v)


@contextmanager
def _asking_again(frame: Frame) -> Iterator[None]:
    """What is read meanwhile keeps its form, for it is read in each pass."""
    before, frame.asks_again = frame.asks_again, True
    try:
        yield
    finally:
        frame.asks_again = before


def _condition(frame: Frame, s: ast.While, carries: Carries) -> Block:
    """The condition of a ``while``, on parameters of its own."""
    own: Env = {}
    taken: list[Var] = []
    for _, p in carries.atoms(carries.params, carries.params):
        assert isinstance(p, Var)
        own[p] = q = Var(p.type, p.name)
        taken.append(q)
        frame.remember(q, frame.of(p))
        if p in frame.maybe_unset:
            frame.maybe_unset.add(q)
    values = {
        key: rebuild(value, [look(own, a) for a in leaves(value)])
        for key, value in carries.params.items()
    }
    before = frame.heap.state
    with frame.b.block(taken) as block, frame.scope(frame.env):
        frame.env |= carries.install(values)
        inside = frame.heap.state.entered()
        with _asking_again(frame):
            truth = conditions.condition(frame, s.test)
        state = frame.heap.state
    known = reachable(frame, frame.known())
    changed = any(i in known for i in state.changed_since(inside))
    carried = any(state.version(q) is not inside.version(q) for q in taken)
    if state.written_since(inside) or carried or changed:
        frame.reject(refusals.CONDITION_CHANGES, s.test)
    assert frame.heap.state is before
    block.results = [Const(truth) if isinstance(truth, bool) else truth]
    return block


def _build(
    frame: Frame, s: ast.For | ast.While, header: list[Atom], carries: Carries,
    blocks: list[Block], leaving: bool,
) -> None:  # fmt: skip
    """The op, and what the names are after it."""
    names = [getattr(v, "name", "") for _, v in carries.atoms(carries.params, carries.params)]
    extra: dict[str, Any] = {"reverse": False} if isinstance(s, ast.For) else {}
    kind = "for" if isinstance(s, ast.For) else "while"
    inputs = [*header, *carries.initial()]
    outputs = frame.b.emit(kind, inputs, blocks, names=names, exits=leaving, **extra)
    carries.leave(outputs)
    plain, _ = bindings([s])
    for n in plain:
        if n not in carries.inits and n in frame.env and not isinstance(frame.env[n], Cell):
            frame.env[n] = Unset()
