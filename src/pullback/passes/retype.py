"""Types follow from what other passes put in: narrower inputs give narrower outputs, known sizes."""

from __future__ import annotations

from pullback.ir.alias import carries
from pullback.ir.build import COUNTS
from pullback.ir.core import Block, Func, Op
from pullback.ir.sizes import symbols
from pullback.ir.types import PY_INT, Array, Dim, Type, fresh_sym, join, same_up_to_sizes
from pullback.ir.verify import holds
from pullback.passes.rewrite import Sizes

_DECLARED = frozenset(("undef", "unpack", "pack", "call", "derivative"))


def retype(func: Func) -> None:
    """``%y: any.float = mul 1.0, %x: np.float64 => %y: np.float64 = ...``"""
    sizes = Sizes(func)
    _block(func.block, sizes)
    sizes.apply(func.block)


def _block(block: Block, sizes: Sizes) -> None:
    for op in block.ops:
        for inner in op.blocks:
            _block(inner, sizes)
        if op.name == "for":
            _loop(op)
        elif op.name not in _DECLARED and op.name != "while" and (op.inputs or op.blocks):
            _simple(op, sizes)


def _loop(op: Op) -> None:
    for p, v, init, y in zip(
        carries(op)[1], op.outputs, carries(op)[0], carries(op)[2], strict=True
    ):
        joined = join(init.type, y.type)
        if joined is not None and not same_up_to_sizes(p.type, joined) and holds(p.type, joined):
            p.type, v.type = with_sizes_of(p.type, joined), with_sizes_of(v.type, joined)


def _simple(op: Op, sizes: Sizes) -> None:
    if op.name in COUNTS and op.outputs[0].type == PY_INT:
        op.outputs[0].size = op.outputs[0].size or COUNTS[op.name](op)
    newest = fresh_sym().id
    for v, t in zip(op.outputs, op.prim.infer(op), strict=True):
        if not same_up_to_sizes(v.type, t):
            if holds(v.type, t):
                v.type = with_sizes_of(v.type, t)
            continue
        if isinstance(v.type, Array) and isinstance(t, Array):
            for old, new in zip(v.type.shape, t.shape, strict=True):
                if _known(new, newest):
                    sizes.equate_dims(sizes.find(old), sizes.find(new))


def _known(n: Dim, newest: int) -> bool:
    """Whether a size was there before the type was inferred again."""
    return all(s.id < newest for s in symbols(n))


def with_sizes_of(old: Type, new: Type) -> Type:
    """A newly inferred type with the symbols that others know the sizes by."""
    if isinstance(old, Array) and isinstance(new, Array):
        return Array(new.cls, new.dtype, old.shape)
    return new
