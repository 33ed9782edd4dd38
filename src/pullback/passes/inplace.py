"""Owning memory: after this pass every op that writes may write in place.

The IR is functional, the emitted code is not: ``x1 = setitem(x0, v, i)`` is printed ``x[i] = v``.
Here copies are put in where that would change what someone else still reads, or what the function
does not own: ``x1 = setitem(x0, v, i)  =>  c = copy(x0); x1 = setitem(c, v, i)``. Where only views
of ``x0`` are still read, these are copied instead. ``accumulate`` becomes ``add`` where it may not
be in place. What an op writes and what it reads may overlap: NumPy allows for that. Where asked to,
other ops are put in place as well, into temporaries that are dead (see ``passes.reuse``).

A carry that is written to in a loop is made exclusive where the loop begins, and where each pass
ends. What the loop does not write to may be shared, and what comes out of it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pullback.errors import Loc
from pullback.ir.alias import NONE, Buffers, attempts, carries, loop_params, writes
from pullback.ir.core import PRIMS, Atom, Block, Func, Op, Var, reachable
from pullback.ir.index import level_written
from pullback.ir.types import Array, Scalar, has_memory, is_python_number, max_class
from pullback.ir.unset import maybe_unset
from pullback.passes.liveness import live_after, reads
from pullback.passes.ownership import Levels, Memory, depth, merge, reach
from pullback.passes.parts import Given, Parts, given_back, parts_of
from pullback.passes.reuse import Reuse
from pullback.passes.sharing import summarise


def own_memory(
    func: Func,
    copy_results: bool = False,
    owned: frozenset[int] | None = None,
    reuse: bool = False,
    unset: set[Var] | None = None,
    known: dict[Func, Given] | None = None,
) -> None:
    """Put copies into a function where a write in place would be seen by others.

    ``owned`` are the parameters that may be written to, by default those that are taken. With
    ``copy_results`` the results are writable and share no memory with each other, nor with
    parameters that are not owned; a list whose elements others hold is copied with these
    (``deep=True``). With ``reuse`` new arrays take over the memory of temporaries that are dead.
    What may have no value (``unset``; found in this function alone if not given) is copied if it
    has one (``maybe=True``). ``known`` is what it calls gives back, found out if not given.
    """
    unset = maybe_unset([func]) if unset is None else unset
    live = live_after(func.block)
    parts = parts_of(func, live, given_back(reachable(func)) if known is None else known)
    owner = _Owner(live, summarise(func), unset=set(unset), parts=parts)
    owner.laid_out = func.laid_out
    owner.reuse = Reuse(func) if reuse else None
    owner.receive(func.params, func.taken if owned is None else owned)
    block = owner.block(func.block)
    if copy_results:
        owner.own_results(block)
    func.block = block


@dataclass(eq=False)
class _Owner(Memory):
    """Builds blocks anew from the first op to the last; ``shared`` are levels of carries.

    ``unset`` are variables that may have no value, ``spread`` those of broadcasts, which have no
    layout to keep. Where the program is ``laid_out``, copies that are not the user's lie in memory as
    what they are made of. ``parts`` tells of parts of arrays whether they may be written to.
    """

    parts: Parts = field(kw_only=True)

    ops: list[Op] = field(default_factory=list)
    shared: set[tuple[Var, int]] = field(default_factory=set)
    reuse: Reuse | None = None
    unset: set[Var] = field(default_factory=set)
    spread: set[Var] = field(default_factory=set)
    laid_out: bool = False

    def receive(self, params: Sequence[Var], owned: frozenset[int]) -> None:
        """Parameters are the caller's, but for those that are owned: what these hold still is."""
        for k, p in enumerate(params):
            if has_memory(p.type):
                self.levels[p] = own, *held = self.names.fresh(p, private=False)
                self.frozen |= reach(tuple(held)) | (NONE if k in owned else own)

    # ---- copies

    def copy(self, v: Var, loc: Loc | None, deep: bool = False) -> Var:
        new = Var(v.type, v.name)
        params: dict[str, Any] = {"deep": True} if deep else {}
        if v in self.spread:
            params["spelling"] = "method"
        self.emit(Op(PRIMS["copy"], (v,), params, (), (new,), loc), [v])
        own, *held = self.fresh(new)
        self.levels[new] = (own, *(held if deep else self.of(v)[1:]))
        return new

    def claim(self, op: Op, inputs: list[Atom], position: int) -> None:
        """Make an input one that may be written to, by a copy of it or of views of it."""
        x, deepest = inputs[position], level_written(op)
        others = inputs[:position] + inputs[position + 1 :] if op.name == "call" else []
        levels = self.of(x)[: deepest + 1]
        seen = self.reaching(reach(levels), [*self.live[op], *others])
        frozen = any(self.is_frozen(x, t) for t in range(len(levels)))
        if seen and not frozen and self.parts.may_write(op, op.inputs[position], seen):
            seen = []
        if seen and not frozen and x not in self.views and self.views.issuperset(seen):
            self.env |= {w: self.copy(w, op.loc) for w in sorted(seen, key=lambda w: w.id)}
            inputs[:] = self.now(inputs)
        elif seen or frozen:
            assert isinstance(x, Var)
            inputs[position] = self.copy(x, op.loc, deep=deepest > 0)
        self.written |= reach(self.of(inputs[position])[: deepest + 1])

    # ---- ops

    def block(self, block: Block) -> Block:
        """The block with copies; it uses what replaces the values around it."""
        ops, self.ops = self.ops, []
        around, self.views = self.views, set()
        unset, self.unset = self.unset, set(self.unset)
        for op in block.ops:
            self.op(op)
        new = Block(block.params, self.ops, self.now(block.results))
        self.ops, self.views, self.unset = ops, around, unset
        return new

    def op(self, op: Op) -> None:
        match op.name:
            case "for" | "while":
                _Loop(self, op).run()
            case "if":
                self.branch(op)
            case "try":
                self.attempt(op)
            case "accumulate":
                self.accumulate(op)
            case _:
                self.simple(op)
        if op.name == "defined":  # what follows in this block runs only where there is a value
            self.unset.difference_update(op.inputs)

    def branch(self, op: Op) -> None:
        blocks = tuple(self.block(b) for b in op.blocks)
        self.emit(op, self.now(op.inputs), blocks)
        for v, a, b in zip(op.outputs, *(b.results for b in blocks), strict=True):
            self.levels[v] = merge(self.of(a), self.of(b))

    def attempt(self, op: Op) -> None:
        body = self.block(op.blocks[0])
        self.emit(op, self.now(op.inputs), (body,))
        for v, kept, yielded in attempts(self.ops[-1]):
            self.levels[v] = merge(self.of(kept), self.of(yielded))

    def accumulate(self, op: Op) -> None:
        """In place, or ``accumulate x, g => add x, g``; numbers are rebound in any case."""
        x, g = self.now(op.inputs)
        own = self.own(x)
        if (own & self.frozen or self.reaching(own, self.live[op])) and _adds_up(x, g):
            self.ops.append(Op(PRIMS["add"], (x, g), {}, (), op.outputs, op.loc, op.checked))
            self.levels[op.out] = self.fresh(op.out)
        elif isinstance(x.type, Array):
            self.simple(op)
        else:
            self.emit(op, [x, g])
            self.levels[op.out] = self.fresh(op.out)

    def simple(self, op: Op) -> None:
        """An op without blocks."""
        inputs = self.now(op.inputs)
        for position in writes(op):
            self.claim(op, inputs, position)
        if self.reuse:
            op = self.reusing(self.reuse, op, inputs)
        self.emit(op, inputs)
        self.enter(op, inputs)

    def reusing(self, reuse: Reuse, op: Op, inputs: Sequence[Atom]) -> Op:
        """The op in the memory of an input; or with a note that an input is ``spare``, of which the
        text makes something if the input has a line of its own."""
        for told, places in (("into", reuse.places(op)), ("spare", reuse.spare(op))):
            if (free := self.free_place(places, op, inputs)) is not None:
                if told == "into":
                    reuse.take(op)
                return op.noting(**{told: free})
        return op

    def free_place(self, places: Iterable[int], op: Op, inputs: Sequence[Atom]) -> int | None:
        """An input whose memory nothing needs after the op, made here and in this pass of a loop."""
        for k in places:
            own = self.own(inputs[k])
            ours = own and own.isdisjoint(self.frozen) and inputs[k] not in self.views
            local = all(self.names.owner(b) in self.local for b in own)
            if ours and local and not self.reaching(own, self.live[op]):
                return k
        return None

    def emit(self, op: Op, inputs: Sequence[Atom], blocks: tuple[Block, ...] = ()) -> None:
        params = op.params
        if op.name == "copy" and inputs[0] in self.unset:
            params = {**params, "maybe": True}
            self.unset.add(op.out)
        if op.name == "copy" and self.laid_out and not {"spelling", "order"} & op.params.keys():
            params = {**params, "as_laid_out": True}
        if blocks or tuple(inputs) != op.inputs or params is not op.params:
            outputs = op.outputs
            op = Op(op.prim, tuple(inputs), params, blocks, outputs, op.loc, op.checked)
        self.ops.append(op)
        if op.name in ("broadcast_like", "broadcast_to"):
            self.spread.add(op.out)

    # ---- the public boundary

    def own_results(self, block: Block) -> None:
        """Results that nobody else has: writable, and each of its own."""
        self.ops = block.ops
        seen: set[Var] = set(self.frozen)
        for k, r in enumerate(block.results):
            if isinstance(r, Var) and self.of(r):
                held = reach(self.of(r)[1:])
                private = all(self.is_private(r, t) for t in range(len(self.of(r))))
                deep = bool(held) and not (private and held.isdisjoint(seen))
                if deep or not self.own(r).isdisjoint(seen):
                    block.results[k] = r = self.copy(r, None, deep)
                seen |= reach(self.of(r))


def _adds_up(x: Atom, g: Atom) -> bool:
    """Whether ``x + g`` is surely what ``x += g`` leaves in ``x``, which keeps its dtype.

    The sum of arrays without dimensions is a number.
    """
    if not isinstance(x.type, Array) or x.type.dtype is None or not x.type.shape:
        return False
    if isinstance(g.type, Array):
        return g.type.dtype == x.type.dtype
    known = isinstance(g.type, Scalar) and is_python_number(g.type) and g.type.origin == "py"
    return known and max_class([g.type.cls, x.type.cls]) == x.type.cls  # type: ignore[union-attr]


@dataclass(eq=False)
class _Ends:
    """How a loop meets its surroundings: initial and yielded values, and copies before it.

    ``claimed`` are the carries that are written to, and the deepest level at which they are.
    """

    inits: list[Atom]
    yields: list[Atom]
    claimed: dict[int, int] = field(default_factory=dict)
    before: list[Op] = field(default_factory=list)


class _Loop:
    """One loop: its body is processed first, which tells the carries that must be exclusive."""

    def __init__(self, owner: _Owner, op: Op) -> None:
        self.owner = owner
        self.op = op
        _, self.params, _ = carries(op)
        self.header = len(op.inputs) - len(self.params)
        self.first = len(op.blocks[-1].results) - len(self.params)
        self.around = [*owner.live[op], *reads(op.blocks)]
        self.within: set[int] = set()  # carries that come in as parts of what goes on outside

    def run(self) -> None:
        """Process the body until it is known what else can reach the elements of its carries."""
        owner = self.owner
        env, written, outside = owner.env, owner.written, owner.local
        while True:
            owner.env, owner.written, owner.local = dict(env), set(written), set()
            blocks = self.blocks()
            ends = self.ends(blocks[-1])
            found = self.reached_by_others(ends)
            if found <= owner.shared:
                break
            owner.shared |= found
        owner.local |= outside
        owner.ops += ends.before
        blocks[-1].results[self.first :] = ends.yields
        header = owner.now(self.op.inputs[: self.header])
        owner.emit(self.op, [*header, *ends.inits], tuple(blocks))
        self.results(ends)

    def blocks(self) -> list[Block]:
        owner = self.owner
        for p in filter(_has_memory, self.params):
            held = tuple(self.held(p, t) for t in _below(p))
            owner.levels[p] = (frozenset([p]), *held)
            owner.carried.add(p)
            owner.frozen |= reach(held)
            owner.held |= {b for t in _below(p) for b in owner.names.private([p], t)}
        for block in self.op.blocks[:-1]:  # a condition may not write to what the body goes on with
            owner.receive(loop_params(self.op, block), frozenset())
        return [owner.block(b) for b in self.op.blocks]

    def held(self, p: Var, level: int) -> Buffers:
        names = self.owner.names
        if (p, level) in self.owner.shared:
            return names.shared(p, level)
        return names.private([p], level)

    # ---- making carries exclusive

    def ends(self, body: Block) -> _Ends:
        """Copies of what comes into carries that are written to, where others can reach it."""
        owner = self.owner
        inits = owner.now(self.op.inputs[self.header :])
        ends = _Ends(inits, body.results[self.first :])
        ops, owner.ops = owner.ops, body.ops
        todo = [k for k, p in enumerate(self.params) if p in owner.written]
        while todo:
            k = todo.pop(0)
            deepest = self.level_written(self.params[k])
            if ends.claimed.get(k, -1) < deepest:
                ends.claimed[k] = deepest
                todo += self.claim_yield(ends.yields, k, deepest)
        owner.ops = ends.before
        for k, deepest in ends.claimed.items():
            self.claim_init(inits, k, deepest)
        owner.ops = ops
        return ends

    def level_written(self, p: Var) -> int:
        """The deepest level at which a written carry is written to."""
        names, written = self.owner.names, self.owner.written
        return max((t for t in _below(p) if not written.isdisjoint(names.private([p], t))), default=0)

    def claim_yield(self, yields: list[Atom], k: int, deepest: int) -> list[int]:
        """Yield what nobody else has; gives the carries whose memory is handed on."""
        owner, y = self.owner, yields[k]
        own = owner.own(y)
        handed = own.intersection(self.params)
        local = {b for b in own if owner.names.owner(b) in owner.local}
        others = [*yields[:k], *yields[k + 1 :]]
        below = range(1, deepest + 1)
        alone = all(self.is_alone(yields, k, t, []) and not owner.is_frozen(y, t) for t in below)
        if own - local - handed or owner.reaching(own, others) or not alone:
            assert isinstance(y, Var)
            yields[k] = owner.copy(y, self.op.loc, deep=deepest > 0)
            return []
        owner.written |= handed.union(*(owner.at(y, t) for t in below))
        return [i for i, p in enumerate(self.params) if p in handed]

    def claim_init(self, inits: list[Atom], k: int, deepest: int) -> None:
        owner, x = self.owner, inits[k]
        levels = owner.of(x)[: deepest + 1]
        others = [*self.around, *inits[:k], *inits[k + 1 :]]
        frozen = any(owner.is_frozen(x, t) for t in range(len(levels)))
        seen = owner.reaching(reach(levels), others)
        if seen and not frozen and owner.parts.may_write(self.op, self.op.inputs[self.header + k], seen):
            self.within.add(k)
        elif frozen or seen:
            assert isinstance(x, Var)
            inits[k] = owner.copy(x, self.op.loc, deep=deepest > 0)
        owner.written |= reach(owner.of(inits[k])[: deepest + 1])

    def reached_by_others(self, ends: _Ends) -> set[tuple[Var, int]]:
        """Levels of written carries that come in, or are yielded, as not theirs alone."""
        found: set[tuple[Var, int]] = set()
        for k in ends.claimed:
            p = self.params[k]
            for t in _below(p):
                alone = self.is_alone(ends.inits, k, t, self.around)
                if not (alone and self.is_alone(ends.yields, k, t, [])):
                    found |= {(p, deeper) for deeper in _below(p) if deeper >= t}
        return found

    def is_alone(self, atoms: Sequence[Atom], k: int, level: int, around: Sequence[Var]) -> bool:
        owner, v = self.owner, atoms[k]
        if not isinstance(v, Var) or level >= len(owner.of(v)):
            return True
        others = [*around, *atoms[:k], *atoms[k + 1 :]]
        buffers = owner.of(v)[level]
        return owner.is_private(v, level) and not owner.reaching(buffers, others)

    # ---- what comes out

    def results(self, ends: _Ends) -> None:
        """Written carries give memory of their own, others what came in or was yielded."""
        owner = self.owner
        sources = {
            p: merge(owner.of(init), owner.of(y))
            for p, init, y in zip(self.params, ends.inits, ends.yields, strict=True)
            if has_memory(p.type)
        }
        known: dict[Var, Buffers] = {}
        for p, levels in sources.items():
            for names, level in zip(owner.of(p), levels, strict=False):
                known |= dict.fromkeys(names, level)
        for k, (v, p) in enumerate(zip(self.op.outputs, self.params, strict=True)):
            if has_memory(v.type):
                levels = tuple(_closure(level, known) for level in sources[p])
                ours = k in ends.claimed and k not in self.within
                owner.levels[v] = self.owned(v, p, levels) if ours else levels

    def owned(self, v: Var, p: Var, levels: Levels) -> Levels:
        """The memory of a loop's result that is nobody else's, with what it holds."""
        owner = self.owner
        own, *held = owner.fresh(v)
        for t, level in enumerate(levels[1:], start=1):
            if (p, t) in owner.shared:
                held[t - 1] = level
        return (own, *held)


def _has_memory(v: Var) -> bool:
    return has_memory(v.type)


def _below(v: Var) -> range:
    """The levels below a value itself."""
    return range(1, depth(v.type))


def _closure(buffers: Buffers, known: dict[Var, Buffers]) -> Buffers:
    """Buffers with those of carries replaced by all that may come in for them."""
    found: set[Var] = set()
    todo = list(buffers)
    while todo:
        if (b := todo.pop()) not in found:
            found.add(b)
            todo += known.get(b, NONE)
    return frozenset(b for b in found if b not in known)
