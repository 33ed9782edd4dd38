"""``debug_nans``: behind each op that computes floats, a check that they are finite.

The program stays what it is; only its values are looked at, each where it is made, so the first that is
nan or infinite is the one that is told of. What moves or writes values that were looked at before is
not looked at again: a loop over elements stays as cheap as it was, up to a constant.
"""

from __future__ import annotations

import math

from pullback.ir.bars import BAR, DOT
from pullback.ir.core import PRIMS, Atom, Block, Const, Func, Op, Var
from pullback.ir.types import Array, Scalar

# What computes nothing, or what may hold anything.
_LEFT_OUT = frozenset((
    "call", "unpack", "undef", "empty", "empty_like", "copy", "zeros", "zeros_like", "zeros_made",
    "zeros_tree", "broadcast_like", "reshape", "transpose",
))  # fmt: skip
_WORDS = {BAR: "the adjoint of ", DOT: "the tangent of "}
LONGEST = 50  # characters of an expression that are shown
_READS = frozenset(("getitem", "list_get", "list_pop"))


def watch_values(func: Func) -> None:
    """``%y = f %x  =>  %y = f %x; check_finite %y, %x``"""
    names = {p: _spelled(p.name) for p in func.params}
    _watch(func.block, func.name.endswith("_backward"), names)


def _watch(block: Block, reverse: bool, names: dict[Var, str]) -> None:
    """Check the ops of a block; ``names`` says what variables are to the user."""
    ops: list[Op] = []
    names |= {p: _spelled(p.name) for p in block.params}
    for op in block.ops:
        reverse = reverse or op.name == "mark"
        names |= {v: _named(op, v, reverse) for v in op.outputs}
        for inner in op.blocks:
            _watch(inner, reverse, names)
        ops.append(op)
        known = op.name in _LEFT_OUT or any(map(_is_odd, op.inputs))
        if not op.blocks and not known and op.writes is None:
            ops += [_check(op, v, names) for v in op.outputs if _floats(v)]
    block.ops = ops


def _check(op: Op, v: Var, names: dict[Var, str]) -> Op:
    operands = [a for a in dict.fromkeys(op.inputs) if isinstance(a, Var) and _floats(a)]
    params = {"what": names[v], "operands": tuple(names.get(a, "") for a in operands)}
    return Op(PRIMS["check_finite"], (v, *operands), params, loc=op.loc)


def _named(op: Op, v: Var, reverse: bool) -> str:
    """What a value is to the user: a variable, its adjoint, or an expression of the source."""
    if v.name:
        return _spelled(v.name)
    source = shortened(op.loc.segment(), LONGEST) if op.loc is not None else ""
    if reverse and source and op.name not in _READS:
        return f"a derivative of {source}"
    return source or "a value"


def _spelled(name: str) -> str:
    for ending, word in _WORDS.items():
        if name.endswith(ending):
            return word + name.removesuffix(ending)
    return name


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _floats(a: Atom) -> bool:
    held = isinstance(a, Var) and isinstance(a.type, Scalar | Array)
    return held and a.type.cls in ("float", "complex")  # type: ignore[union-attr]


def _is_odd(a: Atom) -> bool:
    """Whether a constant is infinite or nan: then so may be what is computed from it."""
    return isinstance(a, Const) and isinstance(a.value, float) and not math.isfinite(a.value)
