"""Loop invariants: what is the same in every pass of a loop is computed once, before it.

An op leaves a loop if nothing it depends on is made there, and if nobody can tell. So

- what may raise moves only where it is sure to run, and past nothing that may raise or has an effect;
- a loop that may run zero times gives off only what works on numbers and raises nowhere, whatever the
  check was that led to it, and reads nothing that may be unset;
- memory stays where it is made if something writes to it later, keeps it or returns it.

Names are for what is worth one: views, sizes and arithmetic on integers move only along with others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pullback.ir.alias import NONE, Buffers, attempts, carries
from pullback.ir.core import Atom, Block, Const, Func, Op, Var, walk
from pullback.ir.types import List, Scalar, has_memory
from pullback.passes.cse import is_pure
from pullback.passes.rewrite import Sharing, definitions

_LOOPS = ("for", "while")
_PLAIN = frozenset(("neg", "pos", "float", "cast", "cast_like"))


def hoist(func: Func) -> None:
    """``for .. { %t = mul %a, %b; .. } => %t = mul %a, %b; for .. { .. }``"""
    if any(op.name in _LOOPS for op in walk(func.block)):
        func.block = _Hoist(func).block(func.block)


class _Hoist:
    """Goes through loops from the inner ones to the outer ones."""

    def __init__(self, func: Func) -> None:
        self.sharing = Sharing(func)
        every = self.sharing.aliases.memory.values()
        self.kept: Buffers = NONE.union(self.sharing.returned, *(memory.held for memory in every))
        self.unset = unset_variables(func)

    def block(self, block: Block) -> Block:
        ops: list[Op] = []
        for op in block.ops:
            if op.blocks:
                op = op.with_blocks(map(self.block, op.blocks))
            if op.name in _LOOPS:
                ops += self.before(op)
                op = op.with_blocks([without(inner, set(ops)) for inner in op.blocks])
            ops.append(op)
        return Block(block.params, ops, block.results)

    def before(self, loop: Op) -> list[Op]:
        """The ops that leave a loop, in order."""
        found = _Invariants(self, {v for inner in loop.blocks for v in definitions(inner)})
        sure = sure_to_run(loop)
        for inner, runs in zip(loop.blocks, sure, strict=True):
            found.collect(inner, runs)
        return found.worthwhile()

    def stays_private(self, v: Var) -> bool:
        """Whether the memory of a value, if it has some, is never written to, kept or returned."""
        if not has_memory(v.type):
            return True
        return self.sharing.is_settled(v) and self.kept.isdisjoint(self.sharing.aliases.of(v).reach)


@dataclass(eq=False)
class _Invariants:
    """What may leave one loop; ``inside`` are the variables that are made there."""

    hoist: _Hoist
    inside: set[Var]
    found: dict[Op, bool] = field(default_factory=dict)
    clear: bool = True

    def collect(self, block: Block, sure: bool) -> None:
        """Note the invariants of a block, which is sure to run in the first pass or not."""
        for op in block.ops:
            if self.is_invariant(op, sure):
                self.found[op] = is_worth_a_name(op)
                self.inside.difference_update(op.outputs)
                continue
            branch = op.name == "if" and "context" not in op.params
            for inner in op.blocks if branch else ():
                self.collect(inner, False)
            self.clear = self.clear and not is_barrier(op)

    def is_invariant(self, op: Op, sure: bool) -> bool:
        if not is_pure(op) or not self.inside.isdisjoint(op.inputs):
            return False
        if not all(map(self.hoist.stays_private, op.outputs)):
            return False
        if sure and self.clear:
            return True
        if op.can_raise() or not self.hoist.unset.isdisjoint(op.inputs):
            return False
        return sure or works_on_numbers(op)

    def worthwhile(self) -> list[Op]:
        """The ops that are worth to be moved, and those that they depend on."""
        makers: dict[Atom, Op] = {v: op for op in self.found for v in op.outputs}
        moved: set[Op] = set()
        for op, worth in reversed(self.found.items()):
            if worth or op in moved:
                moved |= {op, *(makers[a] for a in op.inputs if a in makers)}
        return [op for op in self.found if op in moved]


def sure_to_run(loop: Op) -> Sequence[bool]:
    """Of each block of a loop, whether it runs at least once: a condition does."""
    if loop.name == "while":
        go = loop.blocks[0].results[0]
        return True, isinstance(go, Const) and bool(go.value)
    bounds = [a.value for a in loop.inputs[:3] if isinstance(a, Const)]
    return (len(bounds) == 3 and bounds[2] != 0 and bool(range(*bounds)),)


def is_barrier(op: Op) -> bool:
    """Whether errors must not move from behind an op to before it."""
    return op.has_effect() or any(o.can_raise() or o.name == "while" for o in [op, *inner_ops(op)])


def inner_ops(op: Op) -> Iterable[Op]:
    return (o for block in op.blocks for o in walk(block))


def works_on_numbers(op: Op) -> bool:
    """Whether an op costs next to nothing: it makes numbers out of numbers and of shapes."""
    atoms = [a for k, a in enumerate(op.inputs) if k not in op.prim.shape_only]
    return all(isinstance(a.type, Scalar) for a in (*atoms, *op.outputs))


def is_worth_a_name(op: Op) -> bool:
    """Whether computing it once is worth a line: its error is, and what is no mere index or view."""
    if op.can_raise():
        return True
    t = op.outputs[0].type
    if isinstance(t, Scalar):
        return t.cls in ("float", "complex") and op.name not in _PLAIN
    return not op.views()


def without(block: Block, moved: set[Op]) -> Block:
    """The block without some of the ops in it and in its branches."""
    ops = [
        op.with_blocks([without(inner, moved) for inner in op.blocks]) if op.blocks else op
        for op in block.ops
        if op not in moved
    ]
    return Block(block.params, ops, block.results)


# ---- what may be unset


def unset_variables(func: Func) -> set[Var]:
    """What may hold no value where it is not used: it follows from ``undef``, or from outside.

    What a call returns or a record holds may be such, and what is taken from lists of such.
    """
    found: set[Var] = set()
    before = -1
    while before != len(found):
        before = len(found)
        for op in walk(func.block):
            found |= _unset_outputs(op, found)
    return found


def _unset_outputs(op: Op, found: set[Var]) -> set[Var]:
    match op.name:
        case "undef" | "unpack" | "call":
            return set(op.outputs)
        case "if":
            ways = op.blocks[:1] if "context" in op.params else op.blocks
            sides = zip(op.outputs, *(block.results for block in ways), strict=True)
            return {v for v, *yields in sides if not found.isdisjoint(yields)}
        case "try":
            return {v for v, *ways in attempts(op) if not found.isdisjoint(ways)}
        case "for" | "while":
            unset: set[Var] = set()
            for k, (init, p, y) in enumerate(zip(*carries(op), strict=True)):
                if not found.isdisjoint((init, p, y)):
                    unset |= {op.outputs[k], *(b.params[k - len(op.outputs)] for b in op.blocks)}
            return unset
    lists = any(isinstance(a.type, List) for a in (*op.inputs, *op.outputs))
    return set(op.outputs) if lists and not found.isdisjoint(op.inputs) else set()
