"""What only transforms look at, taken out once they are through."""

from __future__ import annotations

from pullback.ir.core import PRIMS, Block, Env, Func, Op, look, reachable, substitute

_SAME = frozenset(("held", "passed", "gradient_of"))


def without_rules(main: Func) -> None:
    """What has a rule of the user's is an ordinary call from here on; what is held, or passed through a
    block, its operand."""
    for func in reachable(main):
        held: Env = {}
        func.block = substitute(_settled(func.block, held), held) if _marks(func.block) else func.block


def _marks(block: Block) -> bool:
    """Whether there is something to take out."""
    return any(_is_ruled(op) or op.name in _SAME or any(map(_marks, op.blocks)) for op in block.ops)


def _is_ruled(op: Op) -> bool:
    return op.name.startswith("custom_") and "callee" in op.params


def _settled(block: Block, held: Env) -> Block:
    ops = []
    for op in block.ops:
        if op.name in _SAME:
            held[op.out] = look(held, op.inputs[0])
        elif _is_ruled(op):
            around = len(op.inputs) - op.params["around"]
            inputs = (*op.inputs[: op.params["count"]], *op.inputs[around:])
            params = {"callee": op.params["callee"]}
            ops.append(Op(PRIMS["call"], inputs, params, (), op.outputs, op.loc))
        else:
            ops.append(op.with_blocks(_settled(b, held) for b in op.blocks))
    return Block(block.params, ops, block.results)


__all__ = ["without_rules"]
