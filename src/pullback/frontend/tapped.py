"""What blocks for adjoints mean for the function that they stand in.

An array of whose adjoint a block is run goes by another version behind it, though it is as it was. And
behind the block the function must do something with it: else no adjoint comes, and the block never runs.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullback import refusals
from pullback.ir.alias import attempts, carries, loop_params
from pullback.ir.core import Atom, Block, Func, Op, Var, read_in, walk

Makers = dict[Atom, tuple[Op, int]]


def is_as_given(ops: Sequence[Op], given: Var, version: Var) -> bool:
    """Whether a version of an array is what was given, on whichever way control came here."""
    makers = _makers(ops)
    seen: set[Atom] = {given}
    todo: list[Atom] = [version]
    while todo:
        a = todo.pop()
        if a in seen:
            continue
        seen.add(a)
        sources = _sources(*makers[a]) if a in makers else None
        if sources is None:
            return False
        todo += sources
    return True


def _makers(ops: Sequence[Op]) -> Makers:
    """The op that a variable comes from, and as which of its outputs or carries."""
    found: Makers = {}
    for op in walk(Block([], list(ops), [])):
        found |= {v: (op, k) for k, v in enumerate(op.outputs)}
        for inner in op.blocks if op.name in ("for", "while") else ():
            found |= {p: (op, k) for k, p in enumerate(loop_params(op, inner))}
    return found


def _sources(op: Op, k: int) -> Sequence[Atom] | None:
    """What an output of an op may be, as it is; None where it is something else."""
    match op.name:
        case "gradient_of":
            return op.inputs[:1]
        case "undef":
            return ()
        case "if":
            return [block.results[k] for block in op.blocks]
        case "for" | "while":
            inits, _, yields = carries(op)
            return inits[k], yields[k]
        case "try":
            return next(([a, b] for v, a, b in attempts(op) if v is op.outputs[k]), None)
    return None


def demand_used(func: Func) -> None:
    """Refuse a block for the adjoint of what nothing uses behind it."""
    read = read_in(func.block)
    for op in walk(func.block):
        if op.name == "gradient_of" and op.out not in read:
            name = op.out.name or "a value"
            raise refusals.BLOCK_UNUSED.at(op.loc, function=func.name, name=name)


__all__ = ["demand_used", "is_as_given"]
