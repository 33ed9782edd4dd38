"""Constant folding and identities that are exact: values stay as they were, bit for bit.

So ``x * 0`` and ``x + 0`` stay for floats (nan, inf and -0.0 tell them apart), while ``x * 1`` and
``x - 0`` go. ``accumulate`` is built for adjoints alone, where the sign of a zero does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pullback.ir.core import Atom, Block, Const, Func, Op, substitute
from pullback.ir.index import is_whole
from pullback.ir.types import PY_BOOL, Array, Scalar, same_up_to_sizes
from pullback.passes.constants import evaluated
from pullback.passes.identities import EXACT
from pullback.passes.patterns import possible
from pullback.passes.rewrite import Rewriter, until_stable

Found = Sequence[Atom] | None


def fold(func: Func) -> None:
    """Evaluate what is constant, drop what changes nothing."""
    until_stable(Fold, func)


class Fold(Rewriter):
    """Exact rewrites, which hold of any op.

    ``known`` are the values of conditions within branches on them, and behind branches that raise if
    they are otherwise.
    """

    def __init__(self, func: Func) -> None:
        super().__init__(func)
        self.known: dict[Atom, bool] = {}
        self.branches: dict[Atom, list[Op]] = {}  # on each condition

    def block(self, block: Block) -> Block:
        around, self.known = self.known, dict(self.known)
        new = super().block(block)
        self.known = around
        return new

    def blocks(self, op: Op, inputs: Sequence[Atom]) -> tuple[Block, ...]:
        if op.name != "if" or not inputs:
            return super().blocks(op, inputs)
        around, blocks = self.known, []
        for side, inner in zip((True, False), op.blocks, strict=True):
            self.known = dict(around)
            self.learn(inputs[0], side)
            blocks.append(self.block(inner))
        self.known = around
        return tuple(blocks)

    def append(self, op: Op) -> None:
        super().append(op)
        if op.name != "if":
            return
        self.branches.setdefault(op.inputs[0], []).append(op)
        for side, inner in zip((True, False), op.blocks, strict=True):
            if any(o.name == "raise" for o in inner.ops):
                self.learn(op.inputs[0], not side)

    def learn(self, cond: Atom, value: bool) -> None:
        """A condition is known from here on, and with it what it is the opposite of, and the flags that
        branches on it set."""
        self.known[cond] = value
        for branch in self.branches.get(cond, ()):
            for flag, is_set in zip(branch.outputs, branch.blocks[not value].results, strict=True):
                if isinstance(is_set, Const) and isinstance(is_set.value, bool):
                    self.known[flag] = is_set.value
        if (opposite := self.definition(cond, "not")) is not None:
            self.learn(opposite.inputs[0], not value)

    def truth(self, cond: Atom) -> bool | None:
        """What is known of a condition."""
        if isinstance(cond, Const):
            return bool(cond.value)
        value = self.known.get(cond)
        opposite = None if value is not None else self.definition(cond, "not")
        if opposite is None:
            return value
        value = self.truth(opposite.inputs[0])
        return None if value is None else not value

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


# ---- arithmetic


def _arithmetic(r: Fold, op: Op) -> Found:
    """The exact identities, where the type stays."""
    for row in possible(EXACT[op.name], op, r.definition):
        for match in (m for swapped in (False, True) for m in row.matches(op, r.definition, swapped)):
            x = match.values["x"]
            if x.type == op.out.type and _is_exact(op, x, match.constants):
                return r.same(op, x)
    return None


def _is_exact(op: Op, x: Atom, constants: Sequence[float]) -> bool:
    """Whether an identity holds to the bit: ``x + 0.0`` of floats, say, does not."""
    if op.name in ("neg", "pos"):
        return True
    if not isinstance(x.type, Scalar | Array) or x.type.cls not in ("int", "float"):
        return False
    may_be_int = isinstance(x.type, Scalar) and x.type.origin == "any"
    if may_be_int and (op.name == "div" or any(isinstance(c, float) for c in constants)):
        return False  # 0 * 1.0 is 0.0
    positive = all(math.copysign(1, c) > 0 for c in constants)
    floats = {"floordiv": False, "sub": positive, "add": not positive}
    return x.type.cls == "int" or floats.get(op.name, True)


def _accumulate(r: Fold, op: Op) -> Found:
    """``accumulate 0.0, g => g``, ``accumulate (zeros_like x), g => g``, ``accumulate a, 0.0 => a``

    Where both are written to later, ``passes.inplace`` copies, which costs what the zeros did.
    """
    a, g = op.inputs
    if is_zero(r, a) and g.type == op.out.type:
        return [g]
    return [a] if is_zero(r, g) and a.type == op.out.type else None


def _in_c_order(r: Fold, op: Op) -> Found:
    """``in_c_order (in_c_order x) => in_c_order x``, ``in_c_order (zeros_like x) => zeros_like x, "C"``

    What writes to parts leave lies as it did before.
    """
    x = made = op.inputs[0]
    while (write := r.definition(made, "add_at", "setitem")) and not is_whole(write.params["path"]):
        made = write.inputs[0]
    found = r.definition(made, "in_c_order", "zeros_like")
    if found is None or (found.name == "zeros_like" and made is not x and not found.params):
        return None
    if found.name == "in_c_order" or found.params:
        return [x]
    return r.instead(op, lambda: r.b.one("zeros_like", *found.inputs, order="C"))


def is_zero(r: Rewriter, a: Atom) -> bool:
    if isinstance(a, Const):
        return type(a.value) in (int, float, complex) and a.value == 0
    return r.definition(a, "zeros_like") is not None


def _compared(r: Fold, op: Op) -> Found:
    """``n != n => False`` for whole numbers, and its like."""
    x, y = op.inputs
    whole = isinstance(x.type, Scalar) and x.type.cls in ("int", "bool")
    if not (whole and x is y and op.out.type == Scalar("bool")):
        return None
    return [Const(op.name in ("eq", "le", "ge"))]


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


def _converted(r: Fold, op: Op) -> Found:
    """``float (float x) => float x``: items of lists of adjoints may be NumPy's, whatever their type."""
    x = op.inputs[0]
    return [x] if len(op.inputs) == 1 and r.definition(x, op.name) is not None else None


def _zeros_of_empty(r: Fold, op: Op) -> Found:
    """``zeros_tree (list_new) => list_new``"""
    made = r.definition(op.inputs[0], "list_new")
    if made is None or made.inputs:
        return None
    return r.instead(op, lambda: r.b.emit("list_new", types=[op.out.type])[0])


def _same_view(r: Fold, op: Op) -> Found:
    """``broadcast_like g, x => g`` where ``g`` has the type of the result, a view of it anyway."""
    g = op.inputs[0]
    return [g] if g.type == op.out.type else None


def _transposed_twice(r: Fold, op: Op) -> Found:
    """``transpose (transpose x) => x``, a view of it anyway"""
    inner = r.definition(op.inputs[0], "transpose")
    turned = inner is not None and inner.params.get("axes") is None and op.params.get("axes") is None
    return [inner.inputs[0]] if turned and inner is not None else None


# ---- structure


def _if(r: Fold, op: Op) -> Found:
    """``if True {a} else {b} => a``; so where ``if c {raise}`` stands before: c is false"""
    value = r.truth(op.inputs[0])
    return None if value is None else r.inlined(op.blocks[0] if value else op.blocks[1])


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


def _try(r: Fold, op: Op) -> Found:
    """``try`` of what cannot raise => that, and nothing caught"""
    (body,) = op.blocks
    if any(inner.may_raise() for inner in body.ops):
        return None
    nothing = Const(False if op.outputs[0].type == PY_BOOL else 0)
    return [nothing, Const(None), *r.inlined(body)]


def _unpack(r: Fold, op: Op) -> Found:
    """``unpack (pack a, b) => a, b``, as inlining both halves of a derivative leaves it"""
    packed = r.definition(op.inputs[0], "pack")
    if packed is None or len(packed.inputs) != len(op.outputs):
        return None
    pairs = zip(packed.inputs, op.outputs, strict=True)
    return packed.inputs if all(same_up_to_sizes(a.type, v.type) for a, v in pairs) else None


_HANDLERS: dict[str, Callable[[Fold, Op], Found]] = {
    **dict.fromkeys(EXACT, _arithmetic),
    "accumulate": _accumulate, "in_c_order": _in_c_order,
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), _compared),
    "dim": _dim,
    "size": _size,
    **dict.fromkeys(("cast", "cast_like"), _same_type),
    **dict.fromkeys(("float", "int", "bool", "complex"), _converted),
    "zeros_tree": _zeros_of_empty,
    "unbroadcast": _same_view,
    **dict.fromkeys(("broadcast_like", "reshape_like"), _same_view),
    "transpose": _transposed_twice,
    "if": _if,
    "for": _for,
    "while": _while,
    "try": _try,
    "unpack": _unpack,
}
