"""Reverse mode of calls: a callee is split into a forward and a backward function.

``f_forward`` returns what ``f`` does and a record of residuals; ``f_backward`` takes the record, the
adjoints of results, and the adjoints of the memory parameters, which it adds to and returns (so that
recursion over an array stays linear). Splits are shared by all calls with the same activity.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

from pullback.ir import index
from pullback.ir.alias import Buffers, analyse
from pullback.ir.bars import BAR, bar_name
from pullback.ir.build import Builder, Value
from pullback.ir.core import Atom, Block, Env, Func, Op, Params, Var, clone, substitute
from pullback.ir.types import PY_COMPLEX, PY_FLOAT, Record, Scalar, has_memory, loosened
from pullback.transforms import residuals
from pullback.transforms.activity import Mask
from pullback.transforms.adjoints import MASKED, Reverse, reverses, sweep
from pullback.transforms.replay import is_handed, replay


@dataclass(eq=False)
class Split:
    """Both halves of a derivative; their bodies are filled in when the whole is built."""

    func: Func
    active: Mask
    wanted: Mask
    forward: Func
    backward: Func
    record: Record
    use: str = "call"

    @property
    def public(self) -> bool:
        return self.use == "public"


def split(
    func: Func, wrt: Mask, wanted: Mask, use: str = "call", record: Record | None = None
) -> Split:
    """The split derivative for adjoints of some parameters from those of some results.

    It stands for a "call" in code that is differentiated, whose adjoints of memory are handed to the
    backward half and added to. Where that one is applied to one seed after another ("seeds"), or by
    the user ("public"), it makes its adjoints itself; residuals of a public split share no memory
    with arguments or results. ``record`` is the type of what is saved, if that is known.
    """
    key = ("split", wrt, wanted, use, record)
    if key not in func.derived:
        name = func.name
        record = record or Record(f"{name}.{len(func.derived)}")
        forward = Func(f"{name}_forward", Block([], [], []), func.loc, func.taken)
        backward = Func(f"{name}_backward", Block([], [], []), func.loc)
        func.derived[key] = Split(func, wrt, wanted, forward, backward, record, use)
        _fill(func.derived[key])
    found: Split = func.derived[key]
    return found


def _fill(new: Split) -> None:
    """Build both halves, as the joint form does, then cut between them."""
    func = Func(new.func.name, clone(new.func.block), new.func.loc)
    b = Builder(func.loc)
    rev = sweep(b, func, new.active, new.wanted, False)
    if new.use == "call":
        rev.escaping = _escaping(rev, func)
    with b.block() as backward:
        seeds, handed, forward, bars = _swept(rev, func, new.active, new.wanted, new.func.taken, new.use)
    block = Block(list(func.params), forward, list(func.results))
    backward.results = bars
    stored, clones, env = _cut(rev, block, backward)
    with b.block() as packing:
        fields = _unshared(b, block, stored) if new.public else stored
        (packed,) = b.emit("pack", fields, types=[new.record], names=["residuals"])
    new.forward.block = Block(block.params, block.ops + packing.ops, [*block.results, packed])
    record = Var(new.record, "residuals")
    with b.block() as unpacking:
        fresh = b.emit(
            "unpack", [record], types=[v.type for v in stored], names=[v.name for v in stored]
        )
    env |= dict(zip(stored, fresh, strict=True))
    body = substitute(Block([], clones + backward.ops, bars), env)
    ops = unpacking.ops + body.ops
    new.backward.block = Block([record, *seeds, *handed], ops, body.results)
    new.backward.taken = frozenset([
        *(1 + k for k in _left_in_arguments(rev, func, new.wanted, new.func.taken)),
        *range(1 + len(seeds), 1 + len(seeds) + len(handed)),
    ])  # fmt: skip


def _swept(
    rev: Reverse, func: Func, wrt: Mask, wanted: Mask, taken: Collection[int], use: str
) -> tuple[list[Var], list[Var], list[Op], list[Atom]]:
    """Parameters for cotangents, and for adjoints of memory that a call hands over; what the forward
    sweep runs, and the adjoints of the parameters asked for."""
    seeds = _seeds(rev, func.results, wanted, use == "public")
    given = [a and k not in taken for k, a in enumerate(wrt)]
    handed = _handed(rev, func.params, given) if use == "call" else []
    forward = rev.block(func.block.ops)
    bars = [rev.in_width(p) for p, a in zip(func.params, wrt, strict=True) if a]
    return seeds, handed, forward, bars


def _left_in_arguments(rev: Reverse, func: Func, wanted: Mask, taken: Collection[int]) -> list[int]:
    """The cotangents of what is left in arguments that were written to: nobody needs them later."""
    written = {func.params[k] for k in taken}
    seeded = [r for r, w in zip(func.results, wanted, strict=True) if w]
    return [k for k, r in enumerate(seeded) if not written.isdisjoint(rev.aliases.of(r).own)]


def _escaping(rev: Reverse, func: Func) -> Buffers:
    """The buffers that a caller has as well, and may write to."""
    atoms = [*func.params, *func.results]
    return frozenset().union(*(rev.aliases.of(a).reach for a in atoms))


def _seeds(rev: Reverse, results: Sequence[Atom], wanted: Mask, public: bool) -> list[Var]:
    """Parameters for cotangents. Those that the user hands in have the kinds of the results."""
    seeds = []
    for r, w in zip(results, wanted, strict=True):
        if w:
            name = r.name if isinstance(r, Var) and r.name else "y"
            python = r.type in (PY_FLOAT, PY_COMPLEX)
            exact = isinstance(r.type, Scalar) and (r.type.dtype is not None or python)
            known = public and exact
            seeds.append(Var(r.type if known else loosened(r.type), name + BAR))
            rev.add(r, Value(rev.b, seeds[-1]))
    return seeds


def _handed(rev: Reverse, params: Sequence[Var], active: Sequence[bool]) -> list[Var]:
    """Parameters for the adjoints of memory, to be added to in place.

    What a function writes to has none: the cotangent of what it leaves there is the buffer.
    """
    handed = []
    for p, a in zip(params, active, strict=True):
        if a and has_memory(p.type):
            bar = Var(loosened(p.type), bar_name(p))
            handed.append(bar)
            rev.masked.add(bar)
            rev.bars[p] = bar if p not in rev.bars else rev.accumulate(bar, rev.bars[p])
    return handed


def _unshared(b: Builder, block: Block, stored: Sequence[Var]) -> list[Var]:
    """Residuals that may share memory with arguments or results are copied."""
    aliases = analyse(Func("", block))
    outside = frozenset(block.params).union(*(aliases.of(r).reach for r in block.results))
    return [
        b.one("copy", v) if not outside.isdisjoint(aliases.of(v).reach) else v for v in stored
    ]


def _cut(rev: Reverse, forward: Block, backward: Block) -> tuple[list[Var], list[Op], Env]:
    """What crosses from the forward to the backward function, and clones of what is made again."""
    wanted = residuals.needed(backward, forward)
    stored, again = residuals.choose(rev, forward, wanted, lambda v: False)
    env: Env = {}
    clones = residuals.recompute(rev, again, env, False)
    return stored, clones, env


@reverses("call")
def reverse_call(rev: Reverse, op: Op) -> list[Op]:
    """Call the forward half in place of the function, the backward half in the reverse sweep.

    A function that is checkpointed is called as it is, and again in the reverse sweep.
    """
    bars = rev.take(op)
    wanted = tuple(bar is not None for bar in bars)
    wrt = tuple(a in rev.active for a in op.inputs)
    if "checkpoint" in op.params:
        forward, saved, backward = _run_again(op, wrt, wanted)
        params: Params = {"callee": backward, "checkpoint": True}
    else:
        halves = split(op.params["callee"], wrt, wanted)
        record = Var(halves.record, "residuals")
        outputs = (*op.outputs, record)
        forward = Op(op.prim, op.inputs, {"callee": halves.forward}, (), outputs, op.loc)
        saved, params = [record], {"callee": halves.backward}
    inputs: list[Atom] = [*saved, *(bar for bar in bars if bar is not None)]
    chosen = [a for a, w in zip(op.inputs, wrt, strict=True) if w]
    taken = op.params["callee"].taken
    kept = [k not in taken for k, w in enumerate(wrt) if w]
    memory = [a for a, k in zip(chosen, kept, strict=True) if has_memory(a.type) and k]
    handed = _handed_over(rev, memory)
    inputs += [h.bar for h in handed]
    outs = rev.b.emit("call", inputs, types=[loosened(a.type) for a in chosen], **params)
    known = {h.value: h for h in reversed(handed)}
    for a, out, keeps in zip(chosen, outs, kept, strict=True):
        given = known.pop(a, None) if keeps else None
        if given is None:
            rev.add(a, Value(rev.b, out), MASKED)
        else:
            given.take_back(rev, out)
    return [forward]


@dataclass(frozen=True, eq=False)
class _Handed:
    """The adjoint of an array or list that a backward half adds to.

    That of a part of an array is the part of the ``owner``'s adjoint that a path selects, so that a
    recursion over parts touches no more than the function does.
    """

    value: Atom
    bar: Atom
    owner: Atom
    path: index.Path = ()
    indices: tuple[Atom, ...] = ()

    def take_back(self, rev: Reverse, out: Var) -> None:
        """Enter what the backward half made of it."""
        owner = cast("Var", self.owner)
        rev.label(out, self.value)
        if self.path:
            inputs = [rev.bars[owner], out, *self.indices]
            (out,) = rev.b.emit("setitem", inputs, path=self.path, checked=True)
            rev.label(out, owner)
        rev.bars[owner] = out
        rev.masked.add(out)


def _handed_over(rev: Reverse, memory: Sequence[Atom]) -> list[_Handed]:
    """What to hand over for the adjoints of some arrays and lists.

    A value that is passed twice hands its adjoint over once: what comes of the others is added. So
    it is with a part of an array of which something else is handed over, for they may overlap.
    """
    found: list[_Handed] = []
    parts = [_part(rev, a) for a in memory]
    owners = [owner for owner, _, _ in parts]
    for k, (a, (owner, path, indices)) in enumerate(zip(memory, parts, strict=True)):
        if a in memory[:k]:
            found.append(_Handed(a, rev.b.zeros(a), a))
        elif path and owners.count(owner) == 1:
            whole = rev.bars[cast("Var", owner)] = rev.bar_or_zero(owner)
            (bar,) = rev.b.emit("getitem", [whole, *indices], path=path, checked=True)
            found.append(_Handed(a, bar, owner, path, indices))
        else:
            found.append(_Handed(a, rev.bar_or_zero(a), a))
    return found


def _part(rev: Reverse, a: Atom) -> tuple[Atom, index.Path, tuple[Atom, ...]]:
    """The array that a value is a part of, unless it has an adjoint of its own, and by which path."""
    path: index.Path = ()
    indices: tuple[Atom, ...] = ()
    while isinstance(a, Var) and a in rev.parts and rev.bar(a) is None:
        read = rev.parts[a]
        path, indices = read.params["path"] + path, (*read.inputs[1:], *indices)
        a = read.inputs[0]
    return a, path, indices


def _run_again(op: Op, wrt: Mask, wanted: Mask) -> tuple[Op, list[Atom], Func]:
    """The call of a checkpointed function in the forward sweep, what is saved of it, and the function
    that the reverse sweep calls with that and adjoints."""
    callee: Func = op.params["callee"]
    if not callee.has_effect():
        return op, list(op.inputs), recomputed(callee, wrt, wanted)
    found = replay(callee, wrt)
    record = Var(found.record, "saved")
    params = {**op.params, "callee": found.recording}
    forward = Op(op.prim, op.inputs, params, (), (*op.outputs, record), op.loc)
    wrt = tuple(w for w, a in zip(wrt, op.inputs, strict=True) if is_handed(a.type))
    wanted = tuple(w for w, v in zip(wanted, op.outputs, strict=True) if is_handed(v.type))
    saved = [*(a for a in op.inputs if is_handed(a.type)), record]
    return forward, saved, recomputed(found.replaying, (*wrt, False), wanted)


def recomputed(func: Func, wrt: Mask, wanted: Mask) -> Func:
    """A function that runs another one again, and then backwards: from its arguments, adjoints of
    results and adjoints of memory parameters to adjoints of parameters."""
    key = ("recomputed", wrt, wanted)
    if key not in func.derived:
        made = Func(f"{func.name}_backward", Block([], [], []), func.loc)
        func.derived[key] = made
        _recompute(made, func, wrt, wanted)
    found: Func = func.derived[key]
    return found


def _recompute(made: Func, func: Func, wrt: Mask, wanted: Mask) -> None:
    taken = func.taken
    func = Func(func.name, clone(func.block), func.loc, taken)
    residuals.has_run(func.block)
    b = Builder(func.loc)
    rev = sweep(b, func, wrt, wanted, False)
    with b.block() as backward:
        seeds, handed, forward, bars = _swept(rev, func, wrt, wanted, taken, "call")
    made.block = Block([*func.params, *seeds, *handed], forward + backward.ops, bars)
    first = len(func.params)
    left = _left_in_arguments(rev, func, wanted, taken)
    last = first + len(seeds)
    made.taken = taken | {first + k for k in left} | {last + k for k in range(len(handed))}
