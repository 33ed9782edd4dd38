"""Loops with snapshots: the reverse sweep computes the states of the passes again, from a few of them.

A plain loop stores on stacks what each of its passes has for the reverse one. A loop with snapshots
keeps the state that a pass starts from (the carries that the reverse sweep needs) for so many passes
only. The reverse of pass ``i`` takes the last snapshot, runs from there to the state of pass ``i``, with
new snapshots on the way where some are free, runs the pass once more and then backwards. If the number
of passes is known when the loop begins, snapshots are where that takes the fewest passes (Griewank and
Walther, Algorithm 799: revolve, 2000). If it is not, they are kept and given up by levels, so that no
pass is run more often than that optimum runs one (Wang, Moin and Iaccarino, Minimal repetition dynamic
checkpointing, 2009).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pullback.ir.alias import carries
from pullback.ir.build import Builder
from pullback.ir.core import (
    Atom,
    Block,
    Const,
    Env,
    Func,
    Op,
    Var,
    clone,
    free_vars,
    reachable,
    substitute,
    used,
    walk,
)
from pullback.ir.types import PY_INT, List
from pullback.transforms.adjoints import Reverse
from pullback.transforms.residuals import has_run
from pullback.transforms.standing import Standing

# The level of the first snapshot, which is never given up: no loop makes so many passes.
NEVER = Const(2**62)


def mark_loops(main: Func, snapshots: int) -> None:
    """Have the outermost loops of a function, and of what it calls outside of loops, keep so many
    snapshots."""
    seen = {main}

    def block(inside: Block) -> None:
        for op in inside.ops:
            if op.name in ("for", "while"):
                op.params = {**op.params, "snapshots": snapshots}
                continue
            callee = op.params.get("callee")
            if isinstance(callee, Func) and callee not in seen:
                seen.add(callee)
                block(callee.block)
            for inner in op.blocks:
                block(inner)

    block(main.block)


def has_snapshots(op: Op) -> bool:
    """Whether a loop keeps snapshots."""
    return "snapshots" in op.params


def reverse_with_snapshots(
    rev: Reverse, op: Op, forward: Block, backward: Block, stored: Sequence[Var], initial: Sequence[Atom]
) -> tuple[list[Op], Sequence[Var]]:
    """The loop forward, and the reverse loop built behind it: its outputs begin with adjoints.

    ``forward`` is the body of the loop with what the reverse of nested ops needs, ``backward`` the
    reverse of a pass, which reads ``stored`` values of the pass. It takes the loop's own index, if it
    has one, then adjoints, whose ``initial`` values are given.
    """
    loop = _Loop(rev, op, _needs(rev, op, forward, backward, stored))
    ops = loop.forward(forward)
    return ops, loop.backward(backward, initial)


# ---- what passes are run again for


@dataclass(eq=False)
class _Needs:
    """What the reverse sweep has to have of the passes.

    ``state`` are the carries, by position, that it starts a pass from; ``ahead`` are the ops that lead
    to those of the next pass, ``again`` those that lead to what the reverse of a pass reads. ``saved``
    is what ops gave that may not run again, as those with effects: it is kept of each pass.
    """

    state: list[int]
    ahead: list[Op]
    again: list[Op]
    saved: list[Var]


def _needs(rev: Reverse, op: Op, forward: Block, backward: Block, stored: Sequence[Var]) -> _Needs:
    _, params, yields = carries(op)
    known = {v: s for v, s in rev.standing.items() if s.again.inputs[0] in op.outputs}
    body, saved = _standing(known, op.blocks[-1]), dict[Var, None]()
    again, needed = _sliced(_standing(known, forward), stored, saved)
    needed.update(free_vars(backward))
    state: list[int] = []
    ahead: list[Op] = []
    size = -1
    while size != len(state):
        size = len(state)
        state = [k for k, p in enumerate(params) if p in needed]
        ahead, more = _sliced(body, [yields[k] for k in state], saved)
        needed |= more
    return _Needs(state, ahead, again, list(saved))


def _sliced(
    block: Block, targets: Sequence[Atom], saved: dict[Var, None]
) -> tuple[list[Op], set[Var]]:
    """The ops of a block that some values follow from, and all variables that they use."""
    wanted = {a for a in targets if isinstance(a, Var)}
    ops: list[Op] = []
    for op in reversed(block.ops):
        given = [v for v in op.outputs if v in wanted]
        if given and not _may_run_again(op):
            saved.update((v, None) for v in given)
        elif given:
            ops.append(op)
            wanted.update(used(op))
    return ops[::-1], wanted


def _may_run_again(op: Op) -> bool:
    """Whether an op gives the same in the reverse sweep: it has no effect, and catches no errors of
    arithmetic, which are raised in the forward sweep alone."""
    callee = op.params.get("callee")
    blocks = [*op.blocks, *(f.block for f in (reachable(callee) if isinstance(callee, Func) else ()))]
    ops = [op, *(inner for block in blocks for inner in walk(block))]
    caught = (o for tried in ops if tried.name == "try" for o in walk(tried.blocks[0]))
    return not op.has_effect() and not any("traps" in o.params for o in caught)


def _standing(known: Mapping[Var, Standing], block: Block) -> Block:
    """A block that reads what arrays still hold at the end of the loop from there."""

    def read(op: Op) -> Op:
        found = known.get(op.outputs[0]) if len(op.outputs) == 1 else None
        if found is not None and found.read is op:
            again = found.again
            return Op(again.prim, again.inputs, again.params, (), op.outputs, op.loc)
        return op.with_blocks(_standing(known, inner) for inner in op.blocks)

    return Block(block.params, [read(op) for op in block.ops], block.results)


# ---- the loops


@dataclass(eq=False)
class _Loop:
    """A loop and what is carried through it besides its own carries.

    ``counter`` counts the passes where the index of the loop does not. ``due`` is the number of the
    pass that starts from the next snapshot; ``steps`` has those of all that are kept, a list in
    ``states`` their values of a carry, ``levels`` how easily they are given up, where that is asked.
    ``lists`` hold what is saved of each pass. Of all of these these are the variables behind the loop.
    """

    rev: Reverse
    op: Op
    needs: _Needs
    count: Atom = field(init=False)
    steps: list[Var] = field(init=False)  # with the states behind them; none where none are needed
    lists: list[Var] = field(init=False)

    def __post_init__(self) -> None:
        self.b: Builder = self.rev.b
        self.inits, self.params, _ = carries(self.op)
        self.snapshots: int = self.op.params["snapshots"]
        self.online = self.op.name == "while" or self.op.params["exits"]
        written = self.rev.aliases.written_by(self.op)
        self.written = [not written.isdisjoint(self.rev.aliases.of(p).reach) for p in self.params]

    # ---- forward

    def forward(self, body: Block) -> list[Op]:
        """The loop with its snapshots."""
        op, b, saved = self.op, self.b, self.needs.saved
        with b.block() as prologue:
            if not self.online:
                self.count = self.passes()
            number = [] if self.numbered() else [Const(0)]
            kept = self.first() if self.needs.state else []
            if alone := self.online and self.snapshots == 1:  # the loop has nothing to do with it
                self.steps, kept = [v for v in kept[2:] if isinstance(v, Var)], []
            lists = [b.emit("list_new", types=[List(v.type)], names=[_several(v)])[0] for v in saved]
        starts: list[Atom] = [*number, *kept, *lists]
        names = ["count"] * len(number) + ["due"] * bool(kept)
        names += [""] * (len(starts) - len(names))
        carried = [_like(a, name) for a, name in zip(starts, names, strict=True)]
        first = len(number)
        behind = first + len(kept)
        body = body if saved else op.blocks[-1]
        at = carried[0] if number else body.params[0]
        _is_read(at)
        with b.block() as new:
            ends = self.kept(at, carried[first:behind], self.params) if kept else ()
            b.ops += body.ops
            counted = [b.one("add", at, Const(1)) for _ in number]
            pushed = [self.save(l, v) for l, v in zip(carried[behind:], saved, strict=True)]
        new.params = [*body.params, *carried]
        new.results = [*body.results, *counted, *ends, *pushed]
        outs = [_like(v) for v in carried]
        if self.online:
            self.count = outs[0]
        if not alone:
            self.steps = outs[first + (2 if self.online else 1) : behind]
        self.lists = outs[behind:]
        return [*prologue.ops, self.rebuilt(starts, new, outs)]

    def rebuilt(self, starts: Sequence[Atom], body: Block, outs: Sequence[Var]) -> Op:
        """The loop with more carries."""
        op, blocks = self.op, [body]
        if op.name == "while":
            cond = op.blocks[0]
            blocks.insert(0, Block([*cond.params, *map(_like, outs)], cond.ops, cond.results))
        params = {k: v for k, v in op.params.items() if k != "snapshots"}
        inputs, outputs = (*op.inputs, *starts), (*op.outputs, *outs)
        return Op(op.prim, inputs, params, tuple(blocks), outputs, op.loc)

    def numbered(self) -> bool:
        """Whether the index of the loop is the number of the pass."""
        op = self.op
        plain = op.name == "for" and op.inputs[0] == Const(0) and op.inputs[2] == Const(1)
        return plain and not self.online and not op.params["reverse"]

    def passes(self) -> Atom:
        """How many passes a loop makes that is left at its end."""
        return self.op.inputs[1] if self.numbered() else self.b.one("range_len", *self.op.inputs[:3])

    def save(self, saved: Var, v: Var) -> Atom:
        """Push what an op with an effect gave, behind all of the pass."""
        return self.b.one("list_push", saved, self.held(v, self.rev.may_be_overwritten(v)))

    def held(self, v: Atom, written: bool) -> Atom:
        return self.b.one("copy", v) if written else v

    # ---- snapshots

    def first(self) -> list[Atom]:
        """What is due, and what is kept, where the loop begins."""
        b = self.b
        state = [self.params[k] for k in self.needs.state]
        if not self.online:
            new = [("steps", PY_INT), *((_several(p), p.type) for p in state)]
            return [Const(0), *(b.emit("list_new", types=[List(t)], names=[n])[0] for n, t in new)]
        values = [self.held(self.inits[k], self.written[k]) for k in self.needs.state]
        lists = [
            b.emit("list_new", [first], names=[name])[0]
            for first, name in ((NEVER, "levels"), (Const(0), "steps"))
        ]
        for v, p in zip(values, state, strict=True):
            some = [v] if v.type == p.type else []
            (empty,) = b.emit("list_new", some, types=[List(p.type)], names=[_several(p)])
            lists.append(empty if some else b.one("list_push", empty, v))
        return [Const(1), *lists]

    def kept(self, at: Atom, before: Sequence[Var], params: Sequence[Var]) -> Sequence[Var]:
        """A snapshot at the start of a pass of the forward loop, if one is due."""
        if self.online:
            return self.taken(at, before, params, self.by_level)
        left = lambda: self.b.one("sub", self.count, at)
        return self.taken(at, before, params, self.by_distance(left))

    def taken(
        self, at: Atom, before: Sequence[Var], params: Sequence[Var],
        take: Callable[[Atom, Sequence[Var], Sequence[Var]], list[Atom]],
    ) -> Sequence[Var]:  # fmt: skip
        b, state = self.b, [params[k] for k in self.needs.state]
        is_due = b.one("eq", at, before[0])
        with b.block() as now:
            now.results = take(at, before, state)
        return b.branch(is_due, now, Block([], [], list(before)), [v.name for v in before])

    def pushed(self, lists: Sequence[Atom], at: Atom, state: Sequence[Var]) -> list[Var]:
        """The number of a pass and the state it starts from, added to the lists of both."""
        written = [self.written[k] for k in self.needs.state]
        values = [at, *map(self.held, state, written)]
        return [self.b.one("list_push", l, v) for l, v in zip(lists, values, strict=True)]

    def by_distance(
        self, left: Callable[[], Atom]
    ) -> Callable[[Atom, Sequence[Var], Sequence[Var]], list[Atom]]:
        """A snapshot of which it is known how many passes are ``left`` from there on."""

        def take(at: Atom, before: Sequence[Var], state: Sequence[Var]) -> list[Atom]:
            b, (due, *lists) = self.b, before
            lists = self.pushed(lists, at, state)
            free = b.one("sub", Const(self.snapshots), b.one("list_len", lists[0]))
            return [b.one("add", due, b.one("snapshot_distance", left(), free)), *lists]

        return take

    def by_level(self, at: Atom, before: Sequence[Var], state: Sequence[Var]) -> list[Atom]:
        """A snapshot of which it is not.

        While there is room, it has level 0. Otherwise it is of one level more than the last one and
        takes the place of all of that level, and the pass is so much further on as the level says.
        """
        b, (_, *lists) = self.b, before
        with b.block() as full:
            last = b.one("list_get", lists[0], Const(-1))
            full.results = [b.one("add", last, Const(1)), *self.given_up(lists, last)]
        with b.block() as room:
            room.results = [Const(0), *lists]
        level, levels, *others = b.branch(
            self.is_full(lists[1]), full, room, ["level", *(v.name for v in lists)]
        )
        kept = [b.one("list_push", levels, level), *self.pushed(others, at, state)]
        with b.block() as later:
            later.results = [b.one("add", level, Const(2))]
        distance = b.branch(self.is_full(kept[1]), later, Block([], [], [Const(1)]))
        return [b.one("add", at, distance[0]), *kept]

    def is_full(self, steps: Atom) -> Atom:
        return self.b.one("eq", self.b.one("list_len", steps), Const(self.snapshots))

    def given_up(self, lists: Sequence[Var], level: Atom) -> Sequence[Var]:
        """The lists without the last snapshots of some level."""
        b = self.b
        ours, within = [_like(v) for v in lists], [_like(v) for v in lists]
        with b.block(ours) as cond:
            top = b.emit("list_get", [ours[0], Const(-1)], checked=True)[0]
            cond.results = [b.one("le", top, level)]
        with b.block(within) as body:
            body.results = [b.emit("list_pop", [v], checked=True)[0] for v in within]
        return b.emit("while", lists, [cond, body], names=[v.name for v in lists], exits=False)

    # ---- backward

    def backward(self, backward: Block, initial: Sequence[Atom]) -> Sequence[Var]:
        """The loop over the passes, from the last to the first, which takes adjoints along."""
        b, (own, *bars) = self.b, backward.params
        at = own if self.numbered() or self.op.name == "while" else Var(PY_INT)
        _is_read(at)
        kept = [_like(v) for v in self.steps]
        with b.block([at, *bars, *kept]) as new:
            state, left = self.reached(at, kept) if kept else ([], [])
            env = self.state_env(state) | self.own_index(own, at)
            again = self.copied(self.needs.again, env, at)
            b.ops += substitute(Block([], backward.ops, []), again).ops
            new.results = [*substitute(Block([], [], backward.results), again).results, *left]
        names = [v.name for v in new.params[1:]]
        inputs = [Const(0), self.count, Const(1), *initial, *self.steps]
        return b.emit("for", inputs, [new], names=names, exits=False, reverse=True)

    def reached(self, at: Var, kept: Sequence[Var]) -> tuple[list[Atom], list[Atom]]:
        """The state that a pass starts from, by way of the last snapshot; what is kept by then."""
        b = self.b
        names = ["due", *(self.params[k].name for k in self.needs.state)]
        popped = [
            b.emit("list_pop", [v], names=[v.name, name], checked=True)
            for v, name in zip(kept, names, strict=True)
        ]
        start, lists = popped[0][1], [p[0] for p in popped]
        values = [p[1] for p in popped]
        number = Var(PY_INT)
        carried = [_like(v) for v in (*values, *lists)]
        size = len(values)
        state = dict(zip(self.needs.state, carried[1:size], strict=True))
        with b.block([number, *carried]) as ahead:
            left = lambda: b.one("sub", b.one("add", at, Const(1)), number)
            params = [state.get(k, p) for k, p in enumerate(self.params)]
            due, *more = self.taken(
                number, [carried[0], *carried[size:]], params, self.by_distance(left)
            )
            env = self.state_env(carried[1:size]) | self.own_index(number, number)
            env = self.copied(self.needs.ahead, env, number)
            yields = carries(self.op)[2]
            ends = substitute(Block([], [], [yields[k] for k in self.needs.state]), env).results
            ahead.results = [due, *ends, *more]
        inputs: list[Atom] = [start, at, Const(1), *values, *lists]
        outs = b.emit(
            "for", inputs, [ahead], names=[v.name for v in carried], exits=False, reverse=False
        )
        return list(outs[1:size]), list(outs[size:])

    def state_env(self, state: Sequence[Atom]) -> Env:
        """The carries that a pass starts from."""
        return {self.params[k]: a for k, a in zip(self.needs.state, state, strict=True)}

    def own_index(self, own: Var, at: Var) -> Env:
        """The index of the loop, also where it is called ``own``, in a pass of some number."""
        if self.op.name == "while":
            return {}
        index = at if self.numbered() else self.index_at(at)
        return {v: index for v in (own, self.op.blocks[0].params[0]) if v is not at}

    def index_at(self, at: Var) -> Atom:
        b, (start, _, step), passes = self.b, self.op.inputs[:3], at
        if self.op.params["reverse"]:
            passes = b.one("sub", b.one("sub", self.count, Const(1)), at)
        scaled = passes if step == Const(1) else b.one("mul", passes, step)
        return scaled if start == Const(0) else b.one("add", start, scaled)

    def copied(self, ops: Sequence[Op], env: Env, at: Var) -> Env:
        """Run ops of a pass again, which have run; gives what their values are there."""
        b, env = self.b, dict(env)
        for v, saved in zip(self.needs.saved, self.lists, strict=True):
            env[v] = b.emit("list_get", [saved, at], names=[v.name], checked=True)[0]
        new = clone(Block([], list(ops), [v for op in ops for v in op.outputs]), env)
        has_run(new)
        b.ops += new.ops
        old = (v for op in ops for v in op.outputs)
        return env | dict(zip(old, new.results, strict=True))


def _like(a: Atom, name: str = "") -> Var:
    return Var(a.type, a.name if isinstance(a, Var) else name)


def _is_read(index: Var) -> None:
    """Take the name for what is not read from an index."""
    index.name = index.name.strip("_") or "i"


def _several(v: Var) -> str:
    """What a list of values of a variable is called."""
    nested = "_list" if isinstance(v.type, List) else "s"
    return v.name + nested if v.name else "saved"
