"""Branches under one condition, one directly behind the other, are one."""

from __future__ import annotations

from pullback.ir.core import Block, Env, Func, Op, substitute
from pullback.passes.rewrite import Rewriter


def join_branches(func: Func) -> None:
    """``%a = if c {A} else {B}; %b = if c {C} else {D} => %a, %b = if c {A; C} else {B; D}``"""
    _Join(func).run()


class _Join(Rewriter):
    def rule(self, op: Op) -> None:
        return None

    def append(self, op: Op) -> None:
        last = self.b.ops[-1] if self.b.ops else None
        if last is not None and _alike(last, op):
            self.b.ops.pop()
            self.changed = True
            op = _joined(last, op)
        super().append(op)


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
