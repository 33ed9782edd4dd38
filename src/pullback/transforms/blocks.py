"""Blocks of the user's that the reverse sweep runs on adjoints (``with gradient_of(x) as g``).

The op ``gradient_of`` is reversed by putting the block in place. The derivative in which that is done
has ``passed`` in its forward sweep, which is differentiated as what it is: so a block belongs to the
innermost derivative that goes through it, and the derivative of that is one of what it computes.
"""

from __future__ import annotations

from collections.abc import Iterable

from pullback import refusals
from pullback.ir.build import Value
from pullback.ir.core import PRIMS, Atom, Block, Func, Op, Var, copy_program, reachable, walk
from pullback.ir.index import whole
from pullback.ir.types import Array
from pullback.ir.writes import write
from pullback.rules.custom import put_in
from pullback.transforms.adjoints import Reverse, reverses


@reverses("gradient_of")
def run_block(rev: Reverse, op: Op) -> list[Op]:
    """The adjoint of what is behind a block, or of a part of it, goes through the block."""
    (g,) = rev.take(op)
    assert g is not None
    path, count = op.params["path"], op.params["count"]
    numbers, captured = op.inputs[1:count], op.inputs[count:]
    part = rev.b.one("getitem", g, *numbers, path=path, checked=True) if path else g
    rev.label(part, op.inputs[0])
    results = put_in(rev.b, op.params["rule"].func, [part, *captured])
    if op.params["replaces"]:
        rev.label(results[0], op.inputs[0])
        g = results[0] if not path else _put_back(rev, g, results[0], op)
    rev.add(op.inputs[0], Value(rev.b, g))
    return [_passed(op)]


def _put_back(rev: Reverse, g: Atom, part: Atom, op: Op) -> Var:
    """An adjoint of which a part is another one."""
    assert isinstance(part.type, Array)
    path = whole(op.params["path"], part.type.ndim)
    return write(rev.b, "setitem", g, part, op.inputs[1 : op.params["count"]], path)


def _passed(op: Op) -> Op:
    return Op(PRIMS["passed"], op.inputs[:1], {}, (), op.outputs, op.loc)


def has_blocks(func: Func) -> bool:
    """Whether a function, or what it calls, has blocks that run on adjoints."""
    return any(op.name == "gradient_of" for f in reachable(func) for op in walk(f.block))


def without_blocks(func: Func) -> Func:
    """A function of which tangents are asked: blocks that read adjoints are skipped, and those that
    replace them refused."""
    if not has_blocks(func):
        return func
    func = copy_program(func)
    skip_blocks(reachable(func))
    return func


def skip_blocks(funcs: Iterable[Func]) -> None:
    """Take the blocks out of functions of which tangents are asked."""
    for f in funcs:
        f.block = _skipped(f.block)


def _skipped(block: Block) -> Block:
    ops = []
    for op in block.ops:
        if op.name == "gradient_of":
            if op.params["replaces"]:
                raise refusals.BLOCK_REPLACES.at(op.loc, name=op.out.name or "a value")
            ops.append(_passed(op))
        else:
            ops.append(op.with_blocks(map(_skipped, op.blocks)))
    return Block(block.params, ops, block.results)


__all__ = ["has_blocks", "run_block", "skip_blocks", "without_blocks"]
