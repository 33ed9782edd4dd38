"""Lowering of loops: which names are carried, of which kinds, and what memory they may share.

Kinds of carries are found by a fixpoint: the body is lowered with the kinds that come in, and again
with the joined ones until what a pass yields is what it takes. Its cost does not depend on trips.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pullback import refusals
from pullback.errors import InternalError
from pullback.frontend import (
    alternatives,
    assign,
    comprehensions,
    conditions,
    indexing,
    iteration,
    stmts,
)
from pullback.frontend.frame import Frame, Unreachable
from pullback.frontend.liveness import bound, exits, handed, loads, stored
from pullback.frontend.lowering import lower
from pullback.frontend.merge import leaf_names
from pullback.frontend.values import (
    UNSET,
    Either,
    Env,
    Items,
    Poison,
    Static,
    Stream,
    Tree,
    Tup,
    Unset,
    Value,
    alike,
    describe,
    leaves,
    rebuild,
    shown,
)
from pullback.ir.alias import NONE, Buffers, Memory
from pullback.ir.core import Atom, Block, Const, Var
from pullback.ir.types import (
    PY_INT,
    Array,
    Dim,
    List,
    Sym,
    Type,
    fresh_sym,
    has_memory,
    is_many,
    join,
)

MAX_UNROLLED = 32
YES, NO = Const(True), Const(False)
FLAGS = ("%returned", "%result")
Place = tuple[str, int]


@dataclass(eq=False)
class Carries:
    """The state of the fixpoint: initial values, and the trees and types assumed for each name.

    What a leaf of a carry enters a pass with is named by two ``tokens``, one for its own memory, one
    for that of the elements it holds. Beside that it ``shares`` the memory of other carries and of
    what can be ``seen`` from elsewhere: that is a part of the fixpoint as well. Carries of two kinds
    are taken to change kind together, but for those found ``apart``.
    """

    names: list[str]
    inits: Env
    assumed: Env = field(default_factory=dict)
    unset: set[str] = field(default_factory=set)
    widened: set[Sym] = field(default_factory=set)
    seen: Buffers = frozenset()
    shares: dict[Place, Memory] = field(default_factory=dict)
    tokens: dict[Place, tuple[Var, Var]] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)


@stmts.handles(ast.For)
def lower_for(frame: Frame, s: ast.For) -> None:
    """A loop over a range, an array, a list, or (unrolled) a short tuple of differing kinds."""
    iterable = lower(frame, s.iter)
    if isinstance(iterable, Stream):
        comprehensions.loop_over(frame, s, iterable)
        return
    items = iteration.items_of(frame, iterable, s.iter)
    if isinstance(items, Tup):
        unroll(frame, s, items)
        return
    if not items.plain:
        _refuse_changed(frame, s, items)
    index = Var(PY_INT, shown(s.target.id) if items.plain and isinstance(s.target, ast.Name) else "i")

    def start_pass() -> None:
        assign.bind(frame, s.target, items.item(index))

    loop(frame, s, [items.start, items.stop, items.step], index, start_pass)


def _refuse_changed(frame: Frame, s: ast.For, items: Items) -> None:
    """A loop over something that its body may write to."""
    sources = [frame.env[n] for n in loads(s.iter) if n in frame.env]
    read = frame.memory(items).union(*map(frame.memory, sources))
    for name in stored(s.body):
        value = frame.env.get(name, UNSET)
        grows = isinstance(value, Tup) and value.is_list and any(v is value for v in sources)
        if grows or not read.isdisjoint(frame.memory(value)):
            frame.reject(refusals.CHANGES_WHILE_LOOPED_OVER, s.iter, name=name)


def unroll(frame: Frame, s: ast.For, items: Tup) -> None:
    """A loop over items of different kinds, which no run-time list can hold."""
    if len(items.items) > MAX_UNROLLED:
        frame.reject(refusals.UNLIKE_ITEMS, s.iter, count=len(items.items))
    if exits(s.body) or frame.region is not None:
        frame.reject(refusals.LEFT_AMONG_UNLIKE_ITEMS, s)
    for item in items.items:
        assign.bind(frame, s.target, item)
        stmts.run(frame, s.body)


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
    carries = _carried(frame, s, "return" in left)
    outer = dict(frame.env)
    for _ in range(40):
        params = _parameters(frame, carries)
        env = outer | _tied(carries, params) | {"%live": YES, "%go": YES}
        unset = [n for n, v in params.items() if isinstance(v, Unset)]
        with (
            frame.b.block([*([index] if index is not None else []), *_atoms(carries, params)]) as body,
            frame.hoping(unset) as hoped,
        ):
            end = _one_pass(frame, s, env, params, start_pass)
        if _settled(frame, carries, params, end):
            break
    else:
        raise InternalError("the kinds of the variables of a loop do not settle")
    for name, node in hoped.items():
        if node is not None:
            frame.read(name, node)  # no pass sets it before it is read
    results = _yields(carries, params, end)
    leaving = bool(left & {"break", "return"})
    go: list[Atom] = []
    if leaving:
        flag = end["%go"] if end is not None else NO
        assert isinstance(flag, Var | Const)
        go = [flag]
    body.results = [*go, *results]
    blocks = [body]
    if isinstance(s, ast.While):
        blocks.insert(0, _condition(frame, s, carries, outer, params))
    _build(frame, s, header, carries, outer, params, blocks, leaving)
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
    for n in carries.names:
        found = frame.env[n]
        ends = [next(yielded) for _ in leaves(found)]
        for v, end in zip(leaves(found), ends, strict=True):
            if end not in frame.maybe_unset:
                frame.maybe_unset.discard(v)
        if isinstance(found, Either) and isinstance(ends[0], Const):
            frame.env[n] = found.first if ends[0].value else found.second


def _carried(frame: Frame, s: ast.For | ast.While, returns: bool) -> Carries:
    """The names that a pass takes from the one before, or hands on to what follows."""
    changed = stored([s])
    head = frame.liveness.head.get(id(s), frozenset()) | frame.liveness.always
    live = head | frame.liveness.live_after(s)
    if isinstance(s, ast.For):
        first = bound(s.target)
        live = frozenset(n for n in live if n not in first or n in frame.liveness.live_after(s))
    # np.append(...) changes nothing: np is no name of this function.
    names = [n for n in changed if n in live and (n in frame.env or n in frame.local_names)]
    arrays = [n for n in handed([s]) if n in live and _holds_arrays(frame.env.get(n))]
    names += [n for n in arrays if n not in names]
    if returns:
        names += FLAGS
    if frame.region is not None:
        names += frame.region.flags
    carries = Carries(names, {n: frame.env.get(n, UNSET) for n in names})
    others = [v for n, v in frame.env.items() if n in live and n not in names]
    held = [frame.memory(v) for v in [*others, *frame.pending]]
    inits = [frame.memory(v) for v in carries.inits.values()]
    twice = [a & b for a, b in itertools.combinations(inits, 2)]
    carries.seen = NONE.union(*held, *twice)
    return carries


def _holds_arrays(value: Value | None) -> bool:
    return value is not None and any(isinstance(a.type, Array) for a in leaves(value))


def _parameters(frame: Frame, carries: Carries) -> Env:
    """Parameters of the body for what is assumed of each carry."""
    params: Env = {}
    for name in carries.names:
        value = carries.assumed.get(name, carries.inits[name])
        init = carries.inits[name]
        atoms = []
        for k, (a, label) in enumerate(
            zip(leaves(value), leaf_names(value, shown(name)), strict=True)
        ):
            p = Var(a.type, label)
            if has_memory(p.type):
                frame.remember(p, _entering(frame, carries, (name, k), init))
            if name in carries.unset:
                frame.maybe_unset.add(p)
            atoms.append(p)
        params[name] = rebuild(value, atoms)
        if isinstance(init, Tree) and frame.owns(name, init):
            frame.own(params[name])
    return params


def _entering(frame: Frame, carries: Carries, place: Place, init: Value) -> Memory:
    """The memory of a carry when a pass begins. What came in and only it can see is its own."""
    name, k = place
    given = leaves(init)
    before = frame.of(given[k]) if k < len(given) else Memory()
    token, element = carries.tokens.setdefault(place, (Var(PY_INT, name), Var(PY_INT, name)))
    own = frozenset([token]) | (before.own & _seen(frame, carries))
    return Memory(own, before.held | {element}) | carries.shares.get(place, Memory())


def _seen(frame: Frame, carries: Carries) -> Buffers:
    """The buffers that others than one carry alone can see: those of other owners come up on the way."""
    return carries.seen | frame.owners.keys()


def _atoms(carries: Carries, params: Env) -> list[Var]:
    return [a for n in carries.names for a in leaves(params[n]) if isinstance(a, Var)]


def _one_pass(
    frame: Frame, s: ast.For | ast.While, env: Env, params: Env, start_pass: Callable[[], None]
) -> Env | None:
    """Lower one pass; the environment at its end, None if control never gets there."""
    stmt = frame.stmt
    with frame.scope(env):
        try:
            conditions.attempt(frame, start_pass, frame.loc(s))
            stmts.run(frame, s.body)
            for name, p in params.items():
                if alternatives.has_two(p) and name in frame.env:
                    frame.env[name] = alternatives.fitted(frame, frame.env[name], p, lambda v: v)
            return frame.env
        except Unreachable:
            return None
        finally:
            frame.stmt = stmt


def _settled(frame: Frame, carries: Carries, params: Env, end: Env | None) -> bool:
    """Whether a pass yields what it takes; if not, widen what is assumed."""
    if end is None:
        return True
    stable = True
    for name in carries.names:
        wide = _widen(frame, carries, name, params[name], end.get(name, UNSET))
        if wide is not params[name]:
            carries.assumed[name] = wide
            stable = False
    return _shares(frame, carries, end) and _together(carries, end) and stable


def _together(carries: Carries, end: Env) -> bool:
    """Whether those that were taken to change kind together do; if not, enter them as apart."""
    told: dict[Atom, Atom] = {}
    for name, init, value in _paired(carries, end):
        if told.setdefault(init.is_first, value.is_first) != value.is_first:
            carries.apart.add(name)
            return False
    return True


def _tied(carries: Carries, values: Env) -> Env:
    """Values of the carries, in which one bool tells of all that change kind together."""
    told: dict[Atom, Atom] = {}
    tied = dict(values)
    for name, init, value in _paired(carries, values):
        is_first = told.setdefault(init.is_first, value.is_first)
        tied[name] = Either(is_first, value.first, value.second)
    return tied


def _paired(carries: Carries, values: Env) -> Iterator[tuple[str, Either, Either]]:
    """Carries that are taken to change kind together, as they come in and as they are."""
    for name, init in carries.inits.items():
        value = values.get(name)
        if isinstance(init, Either) and isinstance(value, Either) and name not in carries.apart:
            yield name, init, value


def _widen(frame: Frame, carries: Carries, name: str, p: Value, e: Value) -> Value:
    """What holds both the value that came in and the one a pass yields; ``p`` itself if it does."""
    if isinstance(e, Var | Const | Tree) and isinstance(p, Unset):
        carries.unset.add(name)
        return e
    if p is e or isinstance(p, Poison):
        return p
    if isinstance(p, Tup) and p.is_list and isinstance(e, Var) and isinstance(e.type, List):
        return _as_list(frame, carries, name, p, e)
    a, b = leaves(p), leaves(e)
    if not alike(p, e) or not a:
        return _of_two_kinds(frame, carries, name, p, e)
    types = [_joined(carries, x.type, y.type) for x, y in zip(a, b, strict=True)]
    if any(t is None for t in types):
        return _of_two_kinds(frame, carries, name, p, e)
    if all(t == x.type for t, x in zip(types, a, strict=True)):
        return p
    return rebuild(p, [Var(t, "") for t in types if t is not None])


def _of_two_kinds(frame: Frame, carries: Carries, name: str, p: Value, e: Value) -> Value:
    """What holds both kinds of value that a carry has, from before the loop on."""
    if isinstance(p, Unset) and isinstance(e, Unset):
        return p
    if isinstance(p, Static) and isinstance(e, Static) and p.value == e.value:
        return p
    form = alternatives.united(p, e)
    if form is None:
        return _changed_kind(p, e)
    if name not in carries.unset:
        carries.inits[name] = alternatives.fitted(
            frame, carries.inits[name], form, alternatives.unset(frame)
        )
    return rebuild(form, [Var(a.type, "") for a in leaves(form)])


def _changed_kind(p: Value, e: Value) -> Value:
    return Poison(refusals.CHANGES_IN_LOOP, {"before": describe(p), "after": describe(e)})


def _as_list(frame: Frame, carries: Carries, name: str, p: Tup, e: Var) -> Value:
    """A list display that the loop appends to becomes a run-time list before the loop."""
    init = carries.inits[name]
    assert isinstance(init, Tup)
    runtime = indexing.list_variable(frame, name, init, frame.node)
    carries.inits[name] = runtime
    joined = _joined(carries, runtime.type, e.type)
    return _changed_kind(p, e) if joined is None else Var(joined, name)


def _joined(carries: Carries, p: Type, e: Type) -> Type | None:
    """The joined type; sizes once found to change stay free."""
    if isinstance(p, Array) and isinstance(e, Array):
        if p.ndim != e.ndim or p.cls != e.cls:
            return None
        dims = tuple(_joined_dim(carries, m, n) for m, n in zip(p.shape, e.shape, strict=True))
        return Array(p.cls, p.dtype if p.dtype == e.dtype else None, dims)
    if isinstance(p, List) and isinstance(e, List) and p.elem is not None and e.elem is not None:
        elem = _joined(carries, p.elem, e.elem)
        return None if elem is None else List(elem)
    return join(p, e)


def _joined_dim(carries: Carries, m: Dim, n: Dim) -> Dim:
    if m == n or (isinstance(m, Sym) and m in carries.widened and (is_many(n) or not is_many(m))):
        return m
    new = fresh_sym(is_many(m) and is_many(n))
    carries.widened.add(new)
    return new


def _shares(frame: Frame, carries: Carries, end: Env) -> bool:
    """Enter which memory the carries of the next pass share, with each other and with others; whether
    that was known."""
    seen = _seen(frame, carries)
    memories = {
        (name, k): frame.of(a)
        for name in carries.names
        for k, a in enumerate(leaves(end.get(name, UNSET)))
        if has_memory(a.type)
    }
    known = True
    for place, memory in memories.items():
        shared = Memory(memory.own & seen, memory.held & seen)
        for other, theirs in memories.items():
            if other != place:
                shared |= _overlap(memory, theirs, *carries.tokens.get(other, ()))
        before = carries.shares.get(place, Memory())
        carries.shares[place] = before | shared
        known = known and carries.shares[place] == before
    return known


def _overlap(memory: Memory, theirs: Memory, *tokens: Var) -> Memory:
    """What of another carry a carry can see, where they overlap at the end of a pass."""
    if not tokens:  # seen for the first time: it has tokens in the next round
        return Memory()
    own, element = (frozenset([token]) for token in tokens)
    return Memory(
        own if memory.own & theirs.own else NONE,
        (own if memory.held & theirs.own else NONE) | (element if memory.held & theirs.held else NONE),
    )


def _yields(carries: Carries, params: Env, end: Env | None) -> list[Atom]:
    source = params if end is None else end
    found: list[Atom] = []
    for n in carries.names:
        if leaves(params[n]):
            found += leaves(source.get(n, params[n]))
    return found


def _condition(
    frame: Frame, s: ast.While, carries: Carries, outer: Env, params: Env
) -> Block:
    """The condition of a ``while``, on parameters of its own."""
    own = {n: rebuild(v, [Var(a.type, a.name) for a in leaves(v) if isinstance(a, Var)])
           for n, v in params.items()}  # fmt: skip
    for n in carries.names:
        for p, q in zip(leaves(params[n]), leaves(own[n]), strict=True):
            assert isinstance(p, Var)
            assert isinstance(q, Var)
            frame.remember(q, frame.of(p))
            if p in frame.maybe_unset:
                frame.maybe_unset.add(q)
    with frame.b.block(_atoms(carries, own)) as block, frame.scope(outer | own):
        truth = conditions.condition(frame, s.test)
    block.results = [Const(truth) if isinstance(truth, bool) else truth]
    return block


def _build(
    frame: Frame, s: ast.For | ast.While, header: list[Atom], carries: Carries, outer: Env,
    params: Env, blocks: list[Block], leaving: bool,
) -> None:  # fmt: skip
    """The op, and what the names are after it."""
    inits: list[Atom] = []
    for n in carries.names:
        given = leaves(carries.inits[n])
        wanted = leaves(params[n])
        inits += given if len(given) == len(wanted) else [frame.b.undef(a.type) for a in wanted]
    names = [v.name for v in _atoms(carries, params)]
    extra: dict[str, Any] = {"reverse": False} if isinstance(s, ast.For) else {}
    kind = "for" if isinstance(s, ast.For) else "while"
    outputs = list(
        frame.b.emit(kind, [*header, *inits], blocks, names=names, exits=leaving, **extra)
    )
    frame.env = dict(outer)
    for n in carries.names:
        wanted = leaves(params[n])
        outs = [outputs.pop(0) for _ in wanted]
        frame.env[n] = rebuild(params[n], outs)
        if any(tree is params[n] for tree in frame.trees):
            frame.own(frame.env[n])
        for k, (v, p) in enumerate(zip(outs, wanted, strict=True)):
            given = leaves(carries.inits[n])
            before = frame.of(given[k]) if k < len(given) else Memory()
            frame.remember(v, frame.of(p) | before)
            if n in carries.unset:
                frame.maybe_unset.add(v)
    frame.env |= _tied(carries, {n: frame.env[n] for n in carries.names})
    for n in stored([s]):
        if n not in carries.names and n in frame.env:
            frame.env[n] = Unset()
