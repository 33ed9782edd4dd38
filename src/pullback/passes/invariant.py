"""What loops and branches hand through unchanged: outputs equal to a value from outside.

A flag that only the first pass of a loop finds set is told by the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pullback.ir.alias import TRIED, carries, loop_params
from pullback.ir.core import Atom, Block, Const, Env, Func, Op, Var, substitute
from pullback.ir.types import PY_BOOL, PY_INT
from pullback.passes.layouts import laid_out_before
from pullback.passes.rewrite import Rewriter, keep_outputs


def drop_invariant(func: Func) -> None:
    """``for .. carry (p = x) { yield p } => x``, and ``if c { yield v } else { yield v } => v``,
    also where the other side raises.

    ``for i = m, n, 1 carry (p = True) { yield False } => n <= m``, and ``p => i == m`` in its passes.
    What a loop lays out for its writes is laid out before it (``passes.layouts``).
    """
    _Invariant(func).run()


class _Invariant(Rewriter):
    def rule(self, op: Op) -> Sequence[Atom] | None:
        if op.name == "if":
            return self.context(op) if "context" in op.params else self.branch(op)
        if op.name == "for" and (k := _first_pass_flag(op)) is not None:
            return self.flag(op, k)
        if op.name == "try":
            same = [a if a == b else None for a, b in zip(op.inputs, op.blocks[0].results, strict=True)]
            return self.reduced(op, [*[None] * TRIED, *same])
        if op.name not in ("for", "while"):
            return None
        return laid_out_before(self, op) or self.loop(op)

    def branch(self, op: Op) -> Sequence[Atom] | None:
        then, otherwise = op.blocks
        pairs = list(zip(then.results, otherwise.results, strict=True))
        found = [_common(op.inputs[0], a, b) for a, b in pairs]
        for block, other in ((then, otherwise), (otherwise, then)):
            if any(o.name == "raise" for o in block.ops):  # only the other one comes to an end
                own = {v for o in other.ops for v in o.outputs}
                ends = [None if r in own else r for r in other.results]
                found = [f or end for f, end in zip(found, ends, strict=True)]
        return self.reduced(op, found)

    def flag(self, op: Op, k: int) -> Sequence[Atom] | None:
        """Without a carry that changes from True to False in the first pass, or from False to True."""
        (start, stop, step), body = op.inputs[:3], op.blocks[0]
        assert isinstance(step, Const)
        before = op.inputs[3 + k] == Const(True)
        runs, idle = ("gt", "le") if step.value > 0 else ("lt", "ge")
        behind = self.b.one(idle if before else runs, stop, start)
        with self.b.block() as block:
            first = self.b.one("eq" if before else "ne", body.params[0], start)
        rest = substitute(body, {body.params[1 + k]: first})
        block = Block(body.params, block.ops + rest.ops, rest.results)
        found: list[Atom | None] = [None] * len(op.outputs)
        found[k] = behind
        return self.reduced(replace(op, blocks=(block,)), found)

    def context(self, op: Op) -> Sequence[Atom] | None:
        """What runs in a context always runs: each value comes out of it once."""
        inside = {v for o in op.blocks[0].ops for v in o.outputs}
        first: dict[Atom, Var] = {}
        found: list[Atom | None] = []
        for v, r in zip(op.outputs, op.blocks[0].results, strict=True):
            again = first.setdefault(r, v) if r in inside else r
            found.append(None if again is v else again)
        return self.reduced(op, found)

    def loop(self, op: Op) -> Sequence[Atom] | None:
        """Carries that stay at their initial value; what one allows for another is seen at once."""
        inits, params, yields = carries(op)
        found: list[Atom | None] = [None] * len(inits)
        env: Env = {}
        again = True
        while again:
            again = False
            for k, (init, p, y) in enumerate(zip(inits, params, yields, strict=True)):
                stands = env.get(y, y) if isinstance(y, Var) else y
                if found[k] is None and (y is p or stands == init):
                    found[k] = env[p] = init
                    again = True
        if not env:
            return None
        blocks = []
        for block in op.blocks:
            own = zip(loop_params(op, block), found, strict=True)
            blocks.append(substitute(block, {p: a for p, a in own if a is not None}))
        new = op.with_blocks(blocks)
        for p, a in env.items():
            self.sizes.equate(p.type, a.type)
        return self.reduced(new, found)

    def reduced(self, op: Op, found: Sequence[Atom | None]) -> Sequence[Atom] | None:
        """The op without the outputs that something else stands for."""
        kept = [k for k, a in enumerate(found) if a is None]
        if len(kept) == len(found):
            return None
        self.append(keep_outputs(op, kept))
        return [v if a is None else a for v, a in zip(op.outputs, found, strict=True)]


def _first_pass_flag(op: Op) -> int | None:
    """The first carry of a loop that is a bool to start with, and the other one after each pass."""
    start, stop, step = op.inputs[:3]
    known = isinstance(step, Const) and start.type == stop.type == PY_INT
    if op.params.get("reverse") or not known:
        return None
    yes, no = Const(True), Const(False)
    for k, (init, _, y) in enumerate(zip(*carries(op), strict=True)):
        if (init, y) in ((yes, no), (no, yes)):
            return k
    return None


def _common(cond: Atom, a: Atom, b: Atom) -> Atom | None:
    """What a branch yields on either side, its condition if that is True and False."""
    if a == b:
        return a
    if isinstance(a, Const) and isinstance(b, Const) and cond.type == PY_BOOL:
        return cond if (a.value is True and b.value is False) else None
    return None
