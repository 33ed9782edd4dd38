"""Constant folding and identities that are exact: values stay as they were, bit for bit.

So ``x * 0`` and ``x + 0`` stay for floats (nan, inf and -0.0 tell them apart), while ``x * 1`` and
``x - 0`` go. ``accumulate`` is built for adjoints alone, where the sign of a zero does not matter.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from typing import Any

from pullback.ir.core import Atom, Block, Const, Func, Op, substitute
from pullback.ir.prims import OPERATORS
from pullback.ir.types import Array, Scalar, same_up_to_sizes, type_of
from pullback.passes.rewrite import Rewriter, until_stable

_NUMBERS = (bool, int, float, complex)
_EVALUATED: dict[str, Any] = {**OPERATORS, "float": float, "int": int, "bool": bool}
_LARGEST = 2**63
Found = Sequence[Atom] | None


def fold(func: Func) -> None:
    """Evaluate what is constant, drop what changes nothing."""
    until_stable(Fold, func)


class Fold(Rewriter):
    """Exact rewrites, which hold of any op."""

    def rule(self, op: Op) -> Found:
        constant = evaluated(op)
        if constant is not None:
            return [constant]
        handler = _HANDLERS.get(op.name)
        return handler(self, op) if handler else None

    def inlined(self, block: Block) -> Sequence[Atom]:
        for op in block.ops:
            self.append(op)
        return block.results


def evaluated(op: Op) -> Const | None:
    """``add 2, 3 => 5``: on Python numbers, unless it raises or the result is of another kind."""
    func = _EVALUATED.get(op.name)
    values = [a.value for a in op.inputs if isinstance(a, Const)]
    if func is None or len(values) < len(op.inputs) or not all(type(v) in _NUMBERS for v in values):
        return None
    if op.name == "pow" and not all(abs(v) <= 64 for v in values):
        return None
    try:
        result = func(*values)
    except (ArithmeticError, TypeError, ValueError):
        return None
    return Const(result) if type_of(result) == op.out.type and is_plain(result) else None


def is_plain(value: Any) -> bool:
    """Whether a number is written in source as it is: finite, and of a size one would write."""
    return cmath.isfinite(value) and (not isinstance(value, int) or abs(value) < _LARGEST)


# ---- arithmetic


def _neutral(name: str, x: Atom, c: Atom) -> bool:
    """Whether ``x op c`` is ``x`` for all x of its type."""
    if not isinstance(c, Const) or type(c.value) not in (int, float):
        return False
    if not isinstance(x.type, Scalar | Array) or x.type.cls not in ("int", "float"):
        return False
    integer, positive = x.type.cls == "int", math.copysign(1, c.value) > 0
    match name:
        case "mul" | "div":
            return bool(c.value == 1)
        case "floordiv":
            return bool(c.value == 1) and integer
        case "sub":
            return bool(c.value == 0) and (integer or positive)
        case "add":
            return bool(c.value == 0) and (integer or not positive)
    return False


def _arithmetic(r: Fold, op: Op) -> Found:
    """``mul x, 1 => x``, ``sub x, 0 => x``, and the like, where the type stays."""
    x, y = op.inputs
    if x.type == op.out.type and _neutral(op.name, x, y):
        return r.same(op, x)
    if op.name in ("add", "mul") and y.type == op.out.type and _neutral(op.name, y, x):
        return r.same(op, y)
    return None


def _pos(r: Fold, op: Op) -> Found:
    """``pos x => x``"""
    return r.same(op, op.inputs[0]) if op.inputs[0].type == op.out.type else None


def _neg(r: Fold, op: Op) -> Found:
    """``neg (neg x) => x``"""
    inner = r.definition(op.inputs[0], "neg")
    if inner is None or inner.inputs[0].type != op.out.type:
        return None
    return r.same(op, inner.inputs[0])


def _accumulate(r: Fold, op: Op) -> Found:
    """``accumulate 0.0, g => g``, ``accumulate (zeros_like x), g => g``, ``accumulate a, 0.0 => a``

    Where both are written to later, ``passes.inplace`` copies, which costs what the zeros did.
    """
    a, g = op.inputs
    if is_zero(r, a) and g.type == op.out.type:
        return [g]
    return [a] if is_zero(r, g) and a.type == op.out.type else None


def is_zero(r: Rewriter, a: Atom) -> bool:
    if isinstance(a, Const):
        return type(a.value) in (int, float) and a.value == 0
    return r.definition(a, "zeros_like") is not None


# ---- shapes


def _dim(r: Fold, op: Op) -> Found:
    """``dim x => 3`` where the type fixes it."""
    t = op.inputs[0].type
    n = t.shape[op.params["axis"]] if isinstance(t, Array) else None
    return [Const(n)] if isinstance(n, int) else None


def _size(r: Fold, op: Op) -> Found:
    """``size x => 6`` where the type fixes it."""
    t = op.inputs[0].type
    sizes = [n for n in t.shape if isinstance(n, int)] if isinstance(t, Array) else []
    known = isinstance(t, Array) and len(sizes) == t.ndim and op.out.type == Scalar("int")
    return [Const(math.prod(sizes))] if known else None


def _same_type(r: Fold, op: Op) -> Found:
    """``cast g => g``, ``unbroadcast g, x => g`` and the like where the type shows no change."""
    g = op.inputs[0]
    if g.type != op.out.type or getattr(g.type, "dtype", None) is None:
        return None
    return r.same(op, g)


def _same_view(r: Fold, op: Op) -> Found:
    """``broadcast_like g, x => g`` where ``g`` has the type of the result, a view of it anyway."""
    g = op.inputs[0]
    return [g] if g.type == op.out.type else None


# ---- structure


def _if(r: Fold, op: Op) -> Found:
    """``if True {a} else {b} => a``"""
    (cond,) = op.inputs
    if not isinstance(cond, Const):
        return None
    return r.inlined(op.blocks[0] if cond.value else op.blocks[1])


def _for(r: Fold, op: Op) -> Found:
    """``for i in range(3, 0) => its initial values``"""
    bounds = [a.value for a in op.inputs[:3] if isinstance(a, Const)]
    if len(bounds) < 3 or not all(type(n) is int for n in bounds) or bounds[2] == 0:
        return None
    return op.inputs[3:] if not range(*bounds) else None


def _while(r: Fold, op: Op) -> Found:
    """``while False => its initial values``; what computes the condition runs once."""
    cond = op.blocks[0]
    (go,) = cond.results
    if not isinstance(go, Const) or go.value:
        return None
    r.inlined(substitute(cond, dict(zip(cond.params, op.inputs, strict=True))))
    return op.inputs


def _unpack(r: Fold, op: Op) -> Found:
    """``unpack (pack a, b) => a, b``, as inlining both halves of a derivative leaves it"""
    packed = r.definition(op.inputs[0], "pack")
    if packed is None or len(packed.inputs) != len(op.outputs):
        return None
    pairs = zip(packed.inputs, op.outputs, strict=True)
    return packed.inputs if all(same_up_to_sizes(a.type, v.type) for a, v in pairs) else None


_HANDLERS: dict[str, Callable[[Fold, Op], Found]] = {
    **dict.fromkeys(("add", "sub", "mul", "div", "floordiv"), _arithmetic),
    "pos": _pos,
    "neg": _neg,
    "accumulate": _accumulate,
    "dim": _dim,
    "size": _size,
    **dict.fromkeys(("cast", "cast_like"), _same_type),
    "unbroadcast": _same_view,
    **dict.fromkeys(("broadcast_like", "reshape_like"), _same_view),
    "if": _if,
    "for": _for,
    "while": _while,
    "unpack": _unpack,
}
