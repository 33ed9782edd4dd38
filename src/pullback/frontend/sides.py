"""The two sides of a branch, and the ``if`` that is built of them.

Where a side ends, names, the heap and the facts that are known are its own. What both yield, under one
name behind the branch, is a slot: an output of the ``if`` to be, which a variable stands in for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pullback.errors import Loc
from pullback.frontend import fixed, members, references
from pullback.frontend.alternatives import in_one_form, of_one_form
from pullback.frontend.heap import State
from pullback.frontend.reaching import identity_of, reachable
from pullback.frontend.values import Env, Value
from pullback.frontend.walking import leaves, rebuild, shown, substituted
from pullback.ir.core import Atom, Block, Const, Var
from pullback.ir.core import Env as IREnv
from pullback.ir.types import PY_BOOL, Array, has_memory

if TYPE_CHECKING:
    from pullback.frontend.building import Facts
    from pullback.frontend.frame import Frame


@dataclass(eq=False)
class Side:
    """One side of a branch: its block, the names at its end (None if control does not come back), and
    what the heap holds and which bools are known there."""

    block: Block
    env: Env | None
    state: State
    facts: Facts

    @cached_property
    def made(self) -> set[Var]:
        """The variables that are not known outside of it."""
        return self.state.local.union(*(op.outputs for op in self.block.ops))


@dataclass(eq=False)
class Slots:
    """Outputs of an ``if`` in the making: what either side yields, None where it is unset."""

    sides: tuple[list[Atom | None], list[Atom | None]] = field(default_factory=lambda: ([], []))
    names: list[str] = field(default_factory=list)
    partial: set[int] = field(default_factory=set)
    stand_ins: list[Var] = field(default_factory=list)

    def add(self, a: Atom | None, b: Atom | None, name: str, partial: bool = False) -> Var:
        """A stand-in for the output, replaced when the ``if`` exists."""
        self.sides[0].append(a)
        self.sides[1].append(b)
        self.names.append(name)
        if partial:
            self.partial.add(len(self.names) - 1)
        known = a if a is not None else b
        assert known is not None
        stand_in = Var(known.type, name)
        self.stand_ins.append(stand_in)
        return stand_in


class Sides:
    """Both sides of a branch in a frame whose names were those of ``before`` where it began."""

    def __init__(
        self, frame: Frame, cond: Atom, then: Side, orelse: Side, before: Env, loc: Loc
    ) -> None:
        self.frame = frame
        self.cond = cond
        self.heap = frame.heap
        self.then, self.orelse = self.sides = then, orelse
        self.before = before
        self.loc = loc
        self.one_sided = then.env is None or orelse.env is None
        self.slots = Slots()
        self.outs: IREnv = {}

    @property
    def ended(self) -> list[Side]:
        """The sides that control comes back from."""
        return [side for side in self.sides if side.env is not None]

    @property
    def known(self) -> dict[object, Value]:
        """The containers that were there before the branch, by identity."""
        return reachable(self.frame, self.frame.known(self.before))

    # ---- what values are where a side ends

    def at(self, side: Side, value: Value) -> Value:
        """A value as it is at the end of a side."""
        with self.heap.block(side.state):
            return self.frame.latest(value)

    def now(self, side: Side, a: Atom) -> Atom | None:
        """What an atom holds at the end of a side."""
        if side.env is None:
            return None
        with self.heap.block(side.state), self.frame.b.block() as extra:
            found = self.heap.now(a)
        side.block.ops += extra.ops
        return found

    def alike(self, ends: list[Value]) -> list[Value]:
        """What containers hold where the sides end, of kinds that hold either."""
        if not of_one_form(ends[0], ends[1]):
            return ends
        ends = references.matched_inside(self.frame, ends, [s.state.local for s in self.ended], self.loc)
        return in_one_form(self.frame, [(side.block, side.state) for side in self.ended], ends)

    def as_runtime(self, side: Side, value: Value, twin: Value) -> Value:
        """A list or dict that the other side made a run-time list or a table becomes one here: one that
        nothing looks into where it is not there on this side."""
        with self.heap.block(side.state), self.frame.b.block() as extra:
            if self.is_absent(side, value):
                runtime: Value | None = rebuild(twin, [self.frame.b.undef(a.type) for a in leaves(twin)])
            else:
                members.told_otherwise(self.frame, value)
                runtime = fixed.grown(self.frame, value, twin)
        side.block.ops += extra.ops
        return value if runtime is None else runtime

    def is_absent(self, side: Side, value: Value) -> bool:
        """Whether a container from before the branch is held by values only that are of another kind
        on a side."""
        identity = identity_of(value)
        before = self.frame.known(self.before)
        there = reachable(self.frame, before, facts=side.facts)
        return identity not in there and identity in reachable(self.frame, before)

    def is_view(self, x: Atom) -> bool:
        return isinstance(x, Var) and isinstance(x.type, Array) and self.heap.is_view(x)

    def is_outside(self, x: Atom) -> bool:
        """Whether an array, or a constant, was known before the branch."""
        if not isinstance(x, Var) or not has_memory(x.type):
            return isinstance(x, Const)
        r = self.heap.reference(x)
        return not any(r in side.state.local for side in self.ended)

    # ---- the op

    def version(self, root: Var, name: str) -> Var:
        """An output for what an array holds behind the branch."""
        return self.slots.add(self.now(self.then, root), self.now(self.orelse, root), name)

    def build(self) -> None:
        blocks = (self.then.block, self.orelse.block)
        for block, side, other in zip(blocks, self.slots.sides, reversed(self.slots.sides), strict=True):
            for value, twin in zip(side, other, strict=True):
                block.results.append(_or_undef(self.frame, block, value, twin))
        names = list(map(shown, self.slots.names))
        outputs = self.frame.b.branch(self.cond, blocks[0], blocks[1], names)
        once = _same_once(self.slots, outputs, self.cond)
        self.outs.update(zip(self.slots.stand_ins, once, strict=True))
        results = zip(outputs, blocks[0].results, blocks[1].results, strict=True)
        for k, (v, *yielded) in enumerate(results):
            self.frame.remember(v, self.frame.of(yielded[0]) | self.frame.of(yielded[1]))
            self.frame.mixes(v, *yielded)
            references.is_one_of(self.frame, v, *yielded)
            if k in self.slots.partial or any(map(self.frame.is_maybe_unset, yielded)):
                self.frame.maybe_unset.add(v)

    def replaced(self, value: Value) -> Value:
        """A value with outputs in place of their stand-ins."""
        return substituted(value, self.outs)


def _same_once(slots: Slots, outputs: Sequence[Var], cond: Atom) -> list[Atom]:
    """The outputs, bools that are the same on both sides as one of them, which the condition may be."""
    seen: dict[tuple[Atom | None, Atom | None], Atom] = {}
    if cond.type == PY_BOOL:
        seen[Const(True), Const(False)] = cond
    return [
        seen.setdefault((x, y), v) if v.type == PY_BOOL else v
        for x, y, v in zip(*slots.sides, outputs, strict=True)
    ]


def _or_undef(frame: Frame, block: Block, value: Atom | None, twin: Atom | None) -> Atom:
    if value is not None:
        return value
    assert twin is not None
    with frame.b.block() as extra:
        unset = frame.b.undef(twin.type)
    block.ops += extra.ops
    return unset
