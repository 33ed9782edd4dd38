"""Whose content is needed after an op: a backward walk over the structured IR, exact for branches.

Only values with memory count, and only where their elements are read: a shape may be asked of an
array that was overwritten since.
"""

from __future__ import annotations

from collections.abc import Iterable

from pullback.ir.core import Atom, Block, Op, Var
from pullback.ir.exceptions import caught_by, may_be_caught
from pullback.ir.types import has_memory

Live = frozenset[Var]


def live_after(block: Block) -> dict[Op, Live]:
    """For each op of a function's body, the values from before it that are read after it."""
    walk = _Walk()
    walk.block(block, set())
    return walk.found


def reads(blocks: Iterable[Block]) -> set[Var]:
    """The values from outside whose content some of the blocks read."""
    free: set[Var] = set()
    for block in blocks:
        inner = contents(block.results)
        bound = set(block.params)
        for op in block.ops:
            inner |= read_by(op) | reads(op.blocks)
            bound.update(op.outputs)
        free |= inner - bound
    return free


def read_by(op: Op) -> set[Var]:
    """The inputs of an op itself of which more than the shape is used."""
    only_shape = op.prim.shape_only
    return contents(a for k, a in enumerate(op.inputs) if k not in only_shape)


def contents(atoms: Iterable[Atom]) -> set[Var]:
    return {a for a in atoms if isinstance(a, Var) and has_memory(a.type)}


class _Walk:
    """Walks blocks backwards; the set of live values shrinks and grows on the way."""

    def __init__(self) -> None:
        self.found: dict[Op, Live] = {}

    def block(self, block: Block, after: set[Var]) -> set[Var]:
        """What is live where a block begins, given what its surroundings read after it."""
        live = after | contents(block.results)
        same: Live = frozenset(live)
        for op in reversed(block.ops):
            live -= set(op.outputs)
            if len(live) != len(same) or live != same:
                same = frozenset(live)
            self.found[op] = same
            live |= self.inside(op, live) | read_by(op)
        return live - set(block.params)

    def inside(self, op: Op, after: set[Var]) -> set[Var]:
        """What the blocks of an op read, or keep live through it."""
        if op.name == "try":
            return self.attempt(op, after)
        if op.name == "if":
            return set().union(*(self.block(b, after) for b in op.blocks))
        if op.blocks:
            again = after | reads(op.blocks)  # a later pass reads these once more
            for block in op.blocks:
                self.block(block, again)
            return again
        return set()

    def attempt(self, op: Op, after: set[Var]) -> set[Var]:
        """A block that may be left by each op that may raise: what it started with is read then.

        An op without blocks has written nothing where it raises.
        """
        (body,) = op.blocks
        kept, catches = contents(op.inputs), caught_by(op)
        live = after | contents(body.results)
        for inner in reversed(body.ops):
            live -= set(inner.outputs)
            raises = may_be_caught(inner, catches)
            if raises and (inner.blocks or inner.name == "call"):
                live |= kept
            self.found[inner] = frozenset(live)
            live |= self.inside(inner, live) | read_by(inner)
            if raises:
                live |= kept
        return live
