"""Algebra on derivative code, whose values need not be those of any program bit for bit.

The user's own values must be, so no op that they depend on is touched. Derivative code is

- all of a backward half of a call (its first parameter is a record of residuals);
- what stands behind the mark of the backward sweep in a joint derivative (inlining drops the marks
  of what it inlines);
- what only the transforms build (``broadcast_like`` and the like), and what follows from it;
- in a function made by forward mode (its name ends in ``_jvp``), variables whose names end in
  ``_dot`` or ``_bar``, and what follows from them.

Calls give nothing on: values and tangents come out of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pullback.ir import index
from pullback.ir.alias import carries
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Block, Const, Func, Op, Var
from pullback.ir.types import Array, Record, is_python_number
from pullback.passes.dce import live_variables
from pullback.passes.fold import Fold, Found, is_plain
from pullback.passes.rewrite import until_stable
from pullback.passes.sizes import EqualSizes, Shape
from pullback.rules.table import ROWS

_ENGINE = frozenset(
    ("broadcast_like", "unbroadcast", "reshape_like", "accumulate", "masked_mul", "add_trees")
)
_DIVISIONS = ("div", "divide")
_LIFTED = frozenset(("neg", "add", "sub", "mul"))


def algebra(func: Func) -> None:
    """Rewrite derivative code until no rule fires; exact folding goes on beside it."""
    until_stable(_Algebra, func)


# ---- which code is derivative code


def derivative_code(func: Func) -> set[Var]:
    """The variables of a function that belong to a derivative (see the module)."""
    return _Derivative(func).found


class _Derivative:
    def __init__(self, func: Func) -> None:
        self.by_name = func.name.endswith("_jvp")
        self.found: set[Var] = set()
        self.enter(func.params)
        behind = bool(func.params) and isinstance(func.params[0].type, Record)
        for op in func.block.ops:
            behind = behind or op.name == "mark"
            self.op(op, behind)

    def enter(self, variables: Sequence[Var], behind: bool = False) -> None:
        for v in variables:
            if behind or (self.by_name and v.name.endswith(("_bar", "_dot"))):
                self.found.add(v)

    def has(self, a: Atom) -> bool:
        return isinstance(a, Var) and a in self.found

    def op(self, op: Op, behind: bool) -> None:
        self.enter(op.outputs, behind)
        for block in op.blocks:
            self.enter(block.params, behind)
        match op.name:
            case "for" | "while":
                self.loop(op, behind)
            case "if":
                self.blocks(op, behind)
                for v, *yields in zip(op.outputs, *(b.results for b in op.blocks), strict=True):
                    self.enter([v], any(map(self.has, yields)))
            case "call":
                pass
            case _:
                read = (a for k, a in enumerate(op.inputs) if k not in op.prim.shape_only)
                self.enter(op.outputs, op.name in _ENGINE or any(map(self.has, read)))

    def blocks(self, op: Op, behind: bool) -> None:
        for block in op.blocks:
            for inner in block.ops:
                self.op(inner, behind)

    def loop(self, op: Op, behind: bool) -> None:
        """A carry is derivative code if it starts so or becomes so in a pass."""
        before = -1
        while before != len(self.found):
            before = len(self.found)
            self.blocks(op, behind)
            for k, (init, _, y) in enumerate(zip(*carries(op), strict=True)):
                places = [b.params[len(b.params) - len(op.outputs) + k] for b in op.blocks]
                self.enter([op.outputs[k], *places], any(map(self.has, [init, y, *places])))


# ---- the rules


class _Algebra(Fold):
    def __init__(self, func: Func) -> None:
        super().__init__(func)
        # Dead code waits to be dropped: rewritten it might raise.
        self.derivative = derivative_code(func) & live_variables(func)
        self.equal = EqualSizes()

    def block(self, block: Block) -> Block:
        self.equal.enter()
        new = super().block(block)
        self.equal.leave()
        return new

    def append(self, op: Op) -> None:
        super().append(op)
        self.equal.learn(op)

    def same_shape(self, a: Atom, b: Atom) -> bool:
        return self.equal.same(shape_of(a), shape_of(b))

    def rule(self, op: Op) -> Found:
        found = super().rule(op)
        if found is not None or not any(v in self.derivative for v in op.outputs):
            return found
        for handler in _HANDLERS.get(op.name, ()):
            found = handler(self, op)
            if found is not None:
                return found
        return None if op.blocks else _spread(self, op) or _lifted(self, op)

    def build(self, op: Op, name: str, *inputs: Atom, like: Op | None = None) -> Found:
        """Another op in place of this one, with the params and the check of ``like``."""
        return self.instead(op, lambda: self.made(name, inputs, like))

    def negated(self, op: Op, name: str, *inputs: Atom, like: Op | None = None) -> Found:
        """The negative of another op in place of this one."""
        return self.instead(op, lambda: self.b.one("neg", self.made(name, inputs, like)))

    def made(self, name: str, inputs: Sequence[Atom], like: Op | None) -> Var:
        params = dict(like.params) if like else {}
        (out,) = self.b.emit(name, inputs, checked=bool(like and like.checked), **params)
        return out


def _pairs(op: Op) -> list[tuple[Atom, Atom]]:
    """The inputs of a product in either order."""
    a, b = op.inputs
    return [(a, b), (b, a)]


def _number(a: Atom) -> float | None:
    """The value of a constant that is a real number."""
    return a.value if isinstance(a, Const) and type(a.value) in (int, float) else None


def _reciprocal(r: _Algebra, op: Op) -> Found:
    """``mul g, (div 1, y) => div g, y``, and ``mul 2.0, (div 3.0, y) => div 6.0, y``"""
    for g, q in _pairs(op):
        division = r.definition(q, *_DIVISIONS)
        if division is None or (c := _number(division.inputs[0])) is None:
            continue
        k = _number(g)
        if k is not None and is_plain(k * c):
            g = Const(k * c)
        elif c != 1:
            continue
        return r.build(op, division.name, g, division.inputs[1], like=division)
    return None


def _constants(r: _Algebra, op: Op) -> Found:
    """``mul 2.0, (mul 3.0, x) => mul 6.0, x``"""
    for a, b in _pairs(op):
        inner = r.definition(b, "mul")
        k = _number(a)
        if k is None or inner is None:
            continue
        for c, x in _pairs(inner):
            n = _number(c)
            if n is not None and is_plain(k * n):
                return r.build(op, "mul", Const(k * n), x)
    return None


def _product_of_negative(r: _Algebra, op: Op) -> Found:
    """``mul g, (neg p) => neg (mul g, p)``, so that adding it to an adjoint prints ``-=``"""
    g, p = op.inputs
    if (inner := r.definition(p, "neg")) is not None:
        return r.negated(op, "mul", g, inner.inputs[0])
    if (inner := r.definition(g, "neg")) is not None:
        return r.negated(op, "mul", inner.inputs[0], p)
    return None


def _division(r: _Algebra, op: Op) -> Found:
    """``divide x, y => div x, y`` where one is no Python number: that raises no more than it"""
    if all(is_python_number(a.type) for a in op.inputs):
        return None
    return r.build(op, "div", *op.inputs)


def _quotient_of_negative(r: _Algebra, op: Op) -> Found:
    """``div (neg a), b => neg (div a, b)``"""
    inner = r.definition(op.inputs[0], "neg")
    if inner is None:
        return None
    return r.negated(op, op.name, inner.inputs[0], op.inputs[1], like=op)


def _sum_of_negative(r: _Algebra, op: Op) -> Found:
    """``unbroadcast (neg g), x => neg (unbroadcast g, x)``"""
    inner = r.definition(op.inputs[0], "neg")
    return r.negated(op, op.name, inner.inputs[0], *op.inputs[1:]) if inner is not None else None


def _negative(r: _Algebra, op: Op) -> Found:
    """``mul x, -1 => neg x``"""
    for x, c in _pairs(op):
        if _number(c) == -1:
            return r.build(op, "neg", x)
    return None


def _difference(r: _Algebra, op: Op) -> Found:
    """``accumulate (neg a), b => sub b, a`` and ``add a, (neg b) => sub a, b``, of one shape"""
    for a, b in _pairs(op):
        inner = r.definition(a, "neg")
        if inner is not None and r.same_shape(inner.inputs[0], b):
            return r.build(op, "sub", b, inner.inputs[0])
        if op.name == "accumulate":  # what is added to stays first
            break
    return None


def _masked(r: _Algebra, op: Op) -> Found:
    """``masked_mul g, 2.0 => mul g, 2.0`` and ``masked_mul 2.0, p => mul p, 2.0``"""
    g, p = op.inputs
    k = _number(p)
    if k is not None and is_plain(k):
        return r.build(op, "mul", g, p)
    return r.build(op, "mul", p, g) if _number(g) else None


# ---- what NumPy broadcasts anyway


def _spread(r: _Algebra, op: Op) -> Found:
    """``mul (broadcast_like g, x), y => mul g, y`` where another input has the shape of ``x``"""
    row = ROWS.get(op.name)
    if row is None or not row.broadcasts:
        return None
    for k, a in enumerate(op.inputs):
        spread = r.definition(a, "broadcast_like")
        others = [b for j, b in enumerate(op.inputs) if j != k]
        if spread is None or not any(r.same_shape(a, b) for b in others):
            continue
        inputs = (*op.inputs[:k], spread.inputs[0], *op.inputs[k + 1 :])
        if (found := r.build(op, op.name, *inputs, like=op)) is not None:
            return found
    return None


def _lifted(r: _Algebra, op: Op) -> Found:
    """``neg (broadcast_like g, x) => broadcast_like (neg g), x``; so sums and products"""
    if op.name not in _LIFTED:
        return None
    spread = [r.definition(a, "broadcast_like") for a in op.inputs]
    like = next((s.inputs[1] for s in spread if s is not None), None)
    fits = (
        r.same_shape(a, op.out) if s else not shape_of(a)
        for a, s in zip(op.inputs, spread, strict=True)
    )
    if like is None or not all(fits):
        return None
    inner = [s.inputs[0] if s else a for a, s in zip(op.inputs, spread, strict=True)]
    return r.instead(op, lambda: r.b.one("broadcast_like", r.b.one(op.name, *inner), like))


def _spread_into(r: _Algebra, op: Op) -> Found:
    """``accumulate b, (broadcast_like g, x) => accumulate b, g``; so what is written to a place"""
    spread = r.definition(op.inputs[1], "broadcast_like")
    if spread is None or not r.equal.same(_place(op), shape_of(op.inputs[1])):
        return None
    return r.build(op, op.name, op.inputs[0], spread.inputs[0], *op.inputs[2:], like=op)


def _place(op: Op) -> Shape:
    """The shape of what an op writes to."""
    t = op.inputs[0].type
    if op.name != "accumulate" and isinstance(t, Array):
        t = index.select(t, op.params["path"], op.inputs[2:])
    return t.shape if isinstance(t, Array) else ()


_HANDLERS: dict[str, tuple[Callable[[_Algebra, Op], Found], ...]] = {
    "mul": (_negative, _reciprocal, _product_of_negative, _constants),
    "add": (_difference,),
    "div": (_quotient_of_negative,),
    "divide": (_quotient_of_negative, _division),
    "unbroadcast": (_sum_of_negative,),
    "masked_mul": (_masked,),
    "accumulate": (_difference, _spread_into),
    **dict.fromkeys(("setitem", "add_at"), (_spread_into,)),
}
