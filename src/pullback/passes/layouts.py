"""Where arrays are laid out for writes through reshapes: before a loop, rather than in each pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pullback.ir import index
from pullback.ir.alias import carries, loop_params
from pullback.ir.core import Atom, Block, Env, Op, Var, look, substitute, walk
from pullback.passes.rewrite import Rewriter


def laid_out_before(r: Rewriter, op: Op) -> Sequence[Atom] | None:
    """``for .. carry (p = x) { q = in_c_order p; .. yield r }`` => ``x1 = in_c_order x``, and ``p`` for
    ``q``, where ``r`` is what writes in place leave of it; so for what they leave in between."""
    inits, params, yields = carries(op)
    defined = _Defined(op)
    env: Env = {}
    moved = {}
    for init, p, y in zip(inits, params, yields, strict=True):
        ordered = [o for o in defined.ordered if defined.lies(o.inputs[0], {p})]
        if ordered and defined.lies(y, {p}):
            for o in ordered:
                env[o.out] = look(env, o.inputs[0])
            moved[init] = r.b.one("in_c_order", init)
            moved[init].name = p.name
            r.defs[moved[init]] = r.b.ops[-1]
    if not env:
        return None
    first = 3 if op.name == "for" else 0
    inputs = [*op.inputs[:first], *(moved.get(init, init) for init in op.inputs[first:])]
    blocks = tuple(substitute(block, env) for block in op.blocks)
    r.append(replace(op, inputs=tuple(inputs), blocks=blocks))
    return op.outputs


def _uses(block: Block, v: Var) -> bool:
    return v in block.results or any(
        v in op.inputs or any(_uses(inner, v) for inner in op.blocks) for op in block.ops
    )


@dataclass(eq=False)
class _Defined:
    """What defines the values in a loop: ops, with the number of the output, and carries of loops."""

    loop: Op
    outputs: dict[Var, tuple[Op, int]] = field(default_factory=dict)
    params: dict[Var, tuple[Op, int]] = field(default_factory=dict)
    ordered: list[Op] = field(default_factory=list)

    def __post_init__(self) -> None:
        for op in (o for block in self.loop.blocks for o in walk(block)):
            self.outputs.update((v, (op, k)) for k, v in enumerate(op.outputs))
            if op.name in ("for", "while"):
                self.params.update((p, (op, k)) for k, p in enumerate(loop_params(op, op.blocks[-1])))
            if op.name == "in_c_order":
                self.ordered.append(op)
        self.ordered = [op for op in self.ordered if any(_uses(b, op.out) for b in self.loop.blocks)]

    def lies(self, a: Atom, known: set[Var]) -> bool:
        """Whether an array lies in C order if what is ``known`` does: it is what writes leave of it."""
        if not isinstance(a, Var) or a in known:
            return a in known
        if a in self.params:
            op, k = self.params[a]
            inits, _, yields = carries(op)
            return self.lies(inits[k], known) and self.lies(yields[k], known | {a})
        if a not in self.outputs:
            return False
        op, k = self.outputs[a]
        match op.name:
            case "in_c_order":
                return self.lies(op.inputs[0], known)
            case "add_at" | "setitem":
                return not index.is_whole(op.params["path"]) and self.lies(op.inputs[0], known)
            case "if":
                return all(self.lies(block.results[k], known) for block in op.blocks)
            case "for" | "while":
                return self.lies(loop_params(op, op.blocks[-1])[k], known)
        return False
