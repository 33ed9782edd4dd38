"""Stacks of residuals that a loop takes items from, read by the number of the pass instead.

``for i in reversed(range(n)) carry (s = stack) { s1, v = list_pop s; .. yield s1 }`` becomes
``for i in reversed(range(n)) { v = list_get stack, i; .. }``: the stack of a loop has an item for each
pass. Then nothing is used up, and what takes the loop the other way reads the same list.
"""

from __future__ import annotations

from collections import Counter

from pullback.ir.core import PRIMS, Atom, Block, Const, Op, Var, used
from pullback.ir.types import List


def index_stacks(block: Block) -> None:
    """Read the stacks of the residuals that a backward half unpacks by index, where one loop alone
    takes them, in all of its passes."""
    uses = Counter(v for op in block.ops for v in used(op))
    uses.update(a for a in block.results if isinstance(a, Var))
    stacks = {
        v for op in block.ops if op.name == "unpack" for v in op.outputs
        if isinstance(v.type, List) and uses[v] == 1
    }  # fmt: skip
    left = {v for op in block.ops for v in op.outputs if not uses[v]}
    block.ops = [_indexed(op, stacks, left) if op.name == "for" else op for op in block.ops]


def _indexed(op: Op, stacks: set[Var], left: set[Var]) -> Op:
    start, _, step = op.inputs[:3]
    body = op.blocks[0]
    i = body.params[0]
    uses = Counter(v for inner in body.ops for v in used(inner))
    uses.update(a for a in body.results if isinstance(a, Var))
    counts = start == Const(0) and step == Const(1) and not op.params.get("exits")
    if not counts or (uses[i] and not op.params["reverse"]):
        return op
    pops = {o.inputs[0]: o for o in body.ops if o.name == "list_pop"}
    found: dict[int, Atom] = {}
    for k, (p, init, y) in enumerate(zip(body.params[1:], op.inputs[3:], body.results, strict=True)):
        pop = pops.get(p)
        taken = pop is not None and uses[p] == 1 and y is pop.outputs[0] and uses[pop.outputs[0]] == 1
        if taken and init in stacks and op.outputs[k] in left:
            found[k] = init
    return _without(op, found, pops) if found else op


def _without(op: Op, found: dict[int, Atom], pops: dict[Atom, Op]) -> Op:
    """The loop without the carries of stacks, whose pops read an item."""
    body = op.blocks[0]
    i, *params = body.params
    i.name = i.name.strip("_") or "i"
    reads = {}
    for k, stack in found.items():
        pop = pops[params[k]]
        item = (pop.outputs[1],)
        reads[pop] = Op(PRIMS["list_get"], (stack, i), {}, (), item, pop.loc, checked=True)
    kept = [k for k in range(len(params)) if k not in found]
    ops = [reads.get(inner, inner) for inner in body.ops]
    block = Block([i, *(params[k] for k in kept)], ops, [body.results[k] for k in kept])
    inputs = (*op.inputs[:3], *(op.inputs[3 + k] for k in kept))
    outputs = tuple(op.outputs[k] for k in kept)
    return Op(op.prim, inputs, {**op.params, "reverse": True}, (block,), outputs, op.loc, op.checked)


__all__ = ["index_stacks"]
