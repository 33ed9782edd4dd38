"""Branches under one condition, one directly behind the other, are one; with two like sides none."""

from __future__ import annotations

from collections.abc import Sequence

from pullback.ir.core import Atom, Block, Env, Func, Op, look, substitute, substitute_op
from pullback.ir.types import same_up_to_sizes
from pullback.passes.cse import atom_key, key
from pullback.passes.rewrite import Rewriter


def join_branches(func: Func) -> None:
    """``%a = if c {A} else {B}; %b = if c {C} else {D} => %a, %b = if c {A; C} else {B; D}``;
    ``if c {A} else {A} => A``"""
    _Join(func).run()


class _Join(Rewriter):
    def rule(self, op: Op) -> Sequence[Atom] | None:
        if op.name != "if" or "context" in op.params or not _are_one(*op.blocks):
            return None
        for inner in op.blocks[0].ops:
            self.append(inner)
        return op.blocks[0].results

    def append(self, op: Op) -> None:
        last = self.b.ops[-1] if self.b.ops else None
        if last is not None and _alike(last, op):
            self.b.ops.pop()
            self.changed = True
            op = _joined(last, op)
        super().append(op)


def _are_one(a: Block, b: Block) -> bool:
    """Whether two blocks do the same, one op after the other."""
    if len(a.ops) != len(b.ops):
        return False
    env: Env = {}
    for x, y in zip(a.ops, b.ops, strict=True):
        if x.blocks or y.blocks or key(x) != key(substitute_op(y, env)):
            return False
        pairs = zip(x.outputs, y.outputs, strict=True)
        if not all(same_up_to_sizes(v.type, w.type) for v, w in pairs):
            return False
        env.update(zip(y.outputs, x.outputs, strict=True))
    return [*map(atom_key, a.results)] == [atom_key(look(env, r)) for r in b.results]


def _alike(first: Op, second: Op) -> bool:
    contexts = "context" in first.params or "context" in second.params
    return first.name == second.name == "if" and first.inputs == second.inputs and not contexts


def _joined(first: Op, second: Op) -> Op:
    blocks = []
    for a, b in zip(first.blocks, second.blocks, strict=True):
        env: Env = dict(zip(first.outputs, a.results, strict=True))
        rest = substitute(b, env)
        blocks.append(Block([], [*a.ops, *rest.ops], [*a.results, *rest.results]))
    outputs = (*first.outputs, *second.outputs)
    checked = first.checked and second.checked
    return Op(first.prim, first.inputs, first.params, tuple(blocks), outputs, first.loc, checked)
