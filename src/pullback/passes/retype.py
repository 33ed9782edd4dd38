"""Types follow from what other passes put in: an op on narrower inputs may have narrower outputs."""

from __future__ import annotations

from pullback.ir.alias import carries
from pullback.ir.core import Block, Func
from pullback.ir.types import Array, Type, join, same_up_to_sizes
from pullback.ir.verify import holds

_DECLARED = frozenset(("undef", "unpack", "pack", "call", "derivative"))


def retype(func: Func) -> None:
    """``%y: any.float = mul 1.0, %x: np.float64 => %y: np.float64 = ...``"""
    _block(func.block)


def _block(block: Block) -> None:
    for op in block.ops:
        for inner in op.blocks:
            _block(inner)
        if op.name in _DECLARED or (op.name == "list_new" and not op.inputs):
            continue
        if op.name in ("for", "while"):
            inits, params, yields = carries(op)
            for p, v, init, y in zip(params, op.outputs, inits, yields, strict=True):
                joined = join(init.type, y.type)
                if joined is not None and holds(p.type, joined) and op.name == "for":
                    p.type = v.type = joined
            continue
        for v, t in zip(op.outputs, op.prim.infer(op), strict=True):
            if not same_up_to_sizes(v.type, t) and holds(v.type, t):
                v.type = with_sizes_of(v.type, t)


def with_sizes_of(old: Type, new: Type) -> Type:
    """A newly inferred type with the symbols that others know the sizes by."""
    if isinstance(old, Array) and isinstance(new, Array):
        return Array(new.cls, new.dtype, old.shape)
    return new
