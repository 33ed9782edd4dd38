"""Carries of loops that are equal in every pass, which are one.

Derivatives of derivatives save the same values once for each sweep that reads them. Such lists begin
empty and get the same items, so they are equal, and so are the lists of them that a loop around keeps.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from pullback.ir.alias import carries, loop_params
from pullback.ir.core import Atom, Block, Const, Func, Op, Var, substitute
from pullback.passes.cse import APART, of_kind
from pullback.passes.rewrite import Rewriter, keep_outputs


def merge_equal(func: Func) -> None:
    """``for .. carry (p = x, q = x) { yield f p, f q } => for .. carry (p = x) { yield f p }``"""
    if not func.laid_out:
        _Equal(func).run()


class _Equal(Rewriter):
    def rule(self, op: Op) -> Sequence[Atom] | None:
        if op.name not in ("for", "while"):
            return None
        classes = _Numbers(self.defs).classes(op)
        first = [classes.index(c) for c in classes]
        kept = [k for k, f in enumerate(first) if f == k]
        if len(kept) == len(first):
            return None
        blocks = []
        for block in op.blocks:
            own = loop_params(op, block)
            pairs = zip(own, first, strict=True)
            blocks.append(substitute(block, {p: own[f] for p, f in pairs if own[f] is not p}))
        new = op.with_blocks(blocks)
        self.append(keep_outputs(new, kept))
        return [op.outputs[f] for f in first]


class _Numbers:
    """Numbers of values: those of equal numbers are equal, if carries of one class are."""

    def __init__(self, made_by: dict[Var, Op]) -> None:
        self.made_by = made_by
        self.known: dict[Hashable, int] = {}
        self.of: dict[Var, int] = {}

    def classes(self, op: Op) -> list[int]:
        """A number for each carry of a loop, the same for those that are equal throughout."""
        inits, params, yields = carries(op)
        triples = zip(inits, params, op.outputs, strict=True)
        found = [self.number((self.first(a), p.type, v.type)) for a, p, v in triples]
        while len(set(found)) < len(found):
            for block in op.blocks:
                for p, c in zip(loop_params(op, block), found, strict=True):
                    self.of[p] = self.number(("carry", op.outputs[0], c))
            self.block(op.blocks[-1])
            refined = [self.number((c, self.atom(y))) for c, y in zip(found, yields, strict=True)]
            if len(set(refined)) == len(set(found)):
                return refined
            found = refined
        return found

    def first(self, a: Atom) -> int:
        """The number of what a carry begins with: all new lists are equal."""
        op = self.made_by.get(a) if isinstance(a, Var) else None
        empty = op is not None and op.name == "list_new" and not op.inputs
        return self.number(("list_new", a.type)) if empty else self.atom(a)

    def block(self, block: Block) -> None:
        for op in block.ops:
            for v, number in zip(op.outputs, self.outputs(op), strict=True):
                self.of[v] = number

    def outputs(self, op: Op) -> list[int]:
        """The numbers of what an op gives."""
        if op.name in ("for", "while") and op.outputs:
            return [self.number((op.outputs[0], c)) for c in self.classes(op)]
        if op.name == "if" and "context" not in op.params:
            for block in op.blocks:
                self.block(block)
            pairs = zip(*([self.atom(r) for r in b.results] for b in op.blocks), strict=True)
            return [self.number(("if", self.atom(op.inputs[0]), *pair)) for pair in pairs]
        if op.blocks or op.prim.effect or op.name in APART:
            return [self.number(v) for v in op.outputs]
        made = self.number((of_kind(op), *map(self.atom, op.inputs)))
        return [self.number((made, k)) for k in range(len(op.outputs))]

    def atom(self, a: Atom) -> int:
        if isinstance(a, Const):
            return self.number(("const", a.key()))
        return self.of[a] if a in self.of else self.number(a)

    def number(self, key: Hashable) -> int:
        return self.known.setdefault(key, len(self.known))
