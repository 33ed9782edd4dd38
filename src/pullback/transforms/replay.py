"""Functions with effects that are run again: what the effects gave is saved at the first run.

A function becomes two. The *recording* one does what it does, and gives a record of what its effects
gave (draws, what is read outside). The *replaying* one takes the record instead, and has no effect. What
a place in a loop or a branch gave is a list of one item for each time that it was passed, and is read
with a counter; a call with effects gives a record of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from pullback import refusals
from pullback.ir.alias import loop_params
from pullback.ir.build import Builder
from pullback.ir.core import PRIMS, Atom, Block, Const, Func, Op, Var, clone
from pullback.ir.outside import ANYTHING
from pullback.ir.types import PY_INT, List, Object, Record, Type
from pullback.transforms.activity import Mask, Varied
from pullback.transforms.draws import pathwise


@dataclass(eq=False)
class Replay:
    """Both functions, and the type of what the one hands to the other; they are filled in when all is
    built. The replaying one takes no objects, such as random generators: only effects use them."""

    recording: Func
    replaying: Func
    record: Record


def is_handed(t: Type) -> bool:
    """Whether a value of a type is handed to a function that replays: one that may turn out to be a
    number is, a generator or a logger is not."""
    return not isinstance(t, Object) or t == ANYTHING


def replay(func: Func, wrt: Mask) -> Replay:
    """The two forms of a function of which the parameters ``wrt`` are varied."""
    key = ("replay", wrt)
    if key not in func.derived:
        kept = [k for k, p in enumerate(func.params) if is_handed(p.type)]
        taken = frozenset(j for j, k in enumerate(kept) if k in func.taken)
        new = Replay(
            Func(f"{func.name}_recording", Block([], [], []), func.loc, func.taken),
            Func(f"{func.name}_replaying", Block([], [], []), func.loc, taken),
            Record(f"{func.name}.{len(func.derived)}.effects"),
        )
        func.derived[key] = new
        new.recording.block = _Recording(func, wrt).whole(new.record)
        new.replaying.block = _Replaying(func, wrt).whole(new.record)
    found: Replay = func.derived[key]
    return found


@dataclass(frozen=True)
class _Place:
    """What an effect gives at one place: the variable there, and whether it is ``deep``, inside a loop
    or a branch."""

    v: Var
    deep: bool


class _Walk(ABC):
    """A walk over a copy of a function, in the same order for both forms.

    ``places`` are numbered in this order; ``at`` says which belong to an op, or to what is in its
    blocks. ``state`` holds for each deep one the variable that goes through loops and branches.
    """

    def __init__(self, func: Func, wrt: Mask) -> None:
        block = clone(func.block)
        seeds = [p for p, varied in zip(block.params, wrt, strict=True) if varied]
        self.block = pathwise(block, seeds)
        varied = Varied(seeds)
        varied.block(self.block)  # refuses varied values that reach what is not known
        self.varied = varied.found
        self.b = Builder(func.loc)
        self.places: list[_Place] = []
        self.at: dict[Op, list[int]] = {}
        self.state: dict[int, Atom] = {}
        self.find(self.block, False)

    @abstractmethod
    def whole(self, record: Record) -> Block:
        """The body of the function."""

    @abstractmethod
    def effect(self, op: Op) -> None:
        """An op with an effect."""

    @abstractmethod
    def call(self, op: Op, callee: Replay, k: int) -> None:
        """A call of a function with effects, which has the record at place ``k``."""

    @abstractmethod
    def carried(self, k: int) -> Var:
        """A variable for the state of a place."""

    def find(self, block: Block, deep: bool) -> list[int]:
        """Number the places of a block; gives their numbers."""
        found = []
        for op in block.ops:
            if not op.has_effect():
                continue
            self.at[op] = self.inside(op) if op.blocks else self.given(op, deep)
            found += self.at[op]
        return found

    def inside(self, op: Op) -> list[int]:
        if op.name == "try" or (op.name == "while" and any(o.has_effect() for o in op.blocks[0].ops)):
            where = "inside of try" if op.name == "try" else "in the condition of a loop"
            raise refusals.CHECKPOINTED_EFFECT.at(op.loc, where=where)
        return [k for inner in op.blocks for k in self.find(inner, True)]

    def given(self, op: Op, deep: bool) -> list[int]:
        """The places of a single op."""
        if op.name == "call":
            saved = [Var(self.callee(op).record, "saved")]
        else:
            saved = [v for v in op.outputs if is_handed(v.type)]
        self.places += [_Place(v, deep) for v in saved]
        return list(range(len(self.places) - len(saved), len(self.places)))

    def callee(self, op: Op) -> Replay:
        return replay(op.params["callee"], tuple(a in self.varied for a in op.inputs))

    def fields(self) -> list[Var]:
        """What the record holds: the values of single places, lists of those of deep ones."""
        several = [f"{p.v.name or 'given'}s" for p in self.places]
        pairs = zip(self.places, several, strict=True)
        return [Var(List(p.v.type), name) if p.deep else p.v for p, name in pairs]

    # ---- ops in order

    def run(self, block: Block) -> None:
        for op in block.ops:
            if op not in self.at:
                self.b.ops.append(op)
            elif op.name == "if":
                self.branch(op)
            elif op.blocks:
                self.loop(op)
            elif op.name == "call":
                self.call(op, self.callee(op), self.at[op][0])
            else:
                self.effect(op)

    def branch(self, op: Op) -> None:
        inside, before, blocks = self.at[op], dict(self.state), []
        for inner in op.blocks:
            self.state = dict(before)
            with self.b.block(inner.params) as new:
                self.run(inner)
            new.results = [*inner.results, *(self.state[k] for k in inside)]
            blocks.append(new)
        self.rebuilt(op, op.inputs, blocks)

    def loop(self, op: Op) -> None:
        inside, body = self.at[op], op.blocks[-1]
        starts = [self.state[k] for k in inside]
        params = [self.carried(k) for k in inside]
        self.state.update(zip(inside, params, strict=True))
        with self.b.block([*body.params, *params]) as new:
            self.run(body)
        new.results = [*body.results, *(self.state[k] for k in inside)]
        blocks = [new]
        if op.name == "while":
            cond = op.blocks[0]
            spare = [self.carried(k) for k in inside]
            blocks.insert(0, Block([*loop_params(op, cond), *spare], cond.ops, cond.results))
        self.rebuilt(op, (*op.inputs, *starts), blocks)

    def rebuilt(self, op: Op, inputs: Sequence[Atom], blocks: Sequence[Block]) -> None:
        """The op with the states of what is inside as further values."""
        outs = {k: self.carried(k) for k in self.at[op]}
        outputs = (*op.outputs, *outs.values())
        self.b.ops.append(Op(op.prim, tuple(inputs), op.params, tuple(blocks), outputs, op.loc))
        self.state.update(outs)


class _Recording(_Walk):
    """The function that records: its states are lists that grow."""

    def whole(self, record: Record) -> Block:
        for k, (place, v) in enumerate(zip(self.places, self.fields(), strict=True)):
            if place.deep:
                (self.state[k],) = self.b.emit("list_new", [], types=[v.type], names=[v.name])
        self.run(self.block)
        fields = [self.state.get(k, place.v) for k, place in enumerate(self.places)]
        (packed,) = self.b.emit("pack", fields, types=[record], names=["saved"])
        return Block(self.block.params, self.b.ops, [*self.block.results, packed])

    def effect(self, op: Op) -> None:
        self.b.ops.append(op)
        for k in self.at[op]:
            self.push(k)

    def call(self, op: Op, callee: Replay, k: int) -> None:
        outputs = (*op.outputs, self.places[k].v)
        params = {**op.params, "callee": callee.recording}
        self.b.ops.append(Op(op.prim, op.inputs, params, (), outputs, op.loc))
        self.push(k)

    def push(self, k: int) -> None:
        if k in self.state:
            self.state[k] = self.b.one("list_push", self.state[k], self.places[k].v)

    def carried(self, k: int) -> Var:
        return self.fields()[k]


class _Replaying(_Walk):
    """The function that replays: its states are counters of lists that stay as they are."""

    def whole(self, record: Record) -> Block:
        given = Var(record, "saved")
        params = [p for p in self.block.params if is_handed(p.type)]
        self.undefine([p for p in self.block.params if not is_handed(p.type)])
        self.lists = self.fields()
        self.b.ops.append(Op(PRIMS["unpack"], (given,), {}, (), tuple(self.lists), self.b.loc))
        self.state = {k: Const(0) for k, place in enumerate(self.places) if place.deep}
        self.run(self.block)
        results = [r for r in self.block.results if is_handed(r.type)]
        return Block([*params, given], self.b.ops, results)

    def undefine(self, variables: Sequence[Var]) -> None:
        """Objects that no effect does anything with."""
        for v in variables:
            self.b.ops.append(Op(PRIMS["undef"], (), {}, (), (v,), self.b.loc))

    def effect(self, op: Op) -> None:
        self.undefine([v for v in op.outputs if not is_handed(v.type)])
        for k in self.at[op]:
            self.take(k, op)

    def call(self, op: Op, callee: Replay, k: int) -> None:
        self.take(k, op)
        inputs = (*(a for a in op.inputs if is_handed(a.type)), self.places[k].v)
        kept = tuple(v for v in op.outputs if is_handed(v.type))
        self.undefine([v for v in op.outputs if not is_handed(v.type)])
        params = {**op.params, "callee": callee.replaying}
        self.b.ops.append(Op(op.prim, inputs, params, (), kept, op.loc))

    def take(self, k: int, op: Op) -> None:
        """The next item of a list."""
        if k in self.state:
            inputs, item = (self.lists[k], self.state[k]), (self.places[k].v,)
            self.b.ops.append(Op(PRIMS["list_get"], inputs, {}, (), item, op.loc, checked=True))
            self.state[k] = self.b.one("add", self.state[k], Const(1))

    def carried(self, k: int) -> Var:
        return Var(PY_INT, "count")
