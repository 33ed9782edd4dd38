"""Algebra on derivative code, whose values need not be those of any program bit for bit.

The user's own values must be, so no op that they depend on is touched, unless ``fast=True`` allows it
(``fast_algebra``). The identities are the rows of ``identities``; what asks for more than a pattern
can say stands here. Derivative code is

- all of a backward half of a call (its first parameter is a record of residuals);
- what stands behind the mark of the backward sweep in a joint derivative (inlining drops the marks
  of what it inlines);
- what only the transforms build (``broadcast_like`` and the like), and what follows from it;
- in a function made by forward mode (its name ends in ``_jvp`` or ``_hvp``), variables whose names
  end in ``_dot`` or ``_bar``, and what follows from them.

Calls give nothing on: values and tangents come out of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from pullback.ir import index
from pullback.ir.alias import attempts, carries
from pullback.ir.bars import is_derived
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Func, Op, Var, walk
from pullback.ir.types import Record, Scalar, is_complex, is_numpy_bool, is_python_number
from pullback.passes.constants import number
from pullback.passes.dce import live_variables
from pullback.passes.fold import Found
from pullback.passes.identities import FINITE, ROUNDED
from pullback.passes.patterns import Match, Rewrite, build, possible
from pullback.passes.rewrite import until_stable
from pullback.passes.spreading import SPREADING, Shapes, lifted, spread
from pullback.rules.table import ROWS

_ENGINE = frozenset(
    ("broadcast_like", "unbroadcast", "reshape_like", "accumulate", "masked_mul", "add_trees")
)
Rows = Mapping[str, Sequence[Rewrite]]


def algebra(func: Func) -> None:
    """Rewrite derivative code until no rule fires; exact folding goes on beside it."""
    until_stable(_Algebra, func)


def fast_algebra(func: Func) -> None:
    """The same for all code, also by identities that hold of finite values only."""
    until_stable(_Fast, func)


# ---- which code is derivative code


def derivative_code(func: Func) -> set[Var]:
    """The variables of a function that belong to a derivative (see the module)."""
    return _Derivative(func).found


class _Derivative:
    def __init__(self, func: Func) -> None:
        self.by_name = func.name.endswith(("_jvp", "_hvp"))
        self.found: set[Var] = set()
        self.enter(func.params)
        behind = bool(func.params) and isinstance(func.params[0].type, Record)
        for op in func.block.ops:
            behind = behind or op.name == "mark"
            self.op(op, behind)

    def enter(self, variables: Sequence[Var], behind: bool = False) -> None:
        for v in variables:
            if behind or (self.by_name and is_derived(v.name)):
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
            case "try":
                self.blocks(op, behind)
                for v, *ways in attempts(op):
                    self.enter([v], any(map(self.has, ways)))
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


class _Algebra(Shapes):
    tables: tuple[Rows, ...] = (ROUNDED,)

    def __init__(self, func: Func) -> None:
        super().__init__(func)
        self.derivative = derivative_code(func)
        # Dead code waits to be dropped: rewritten it might raise.
        free = self.not_the_users(func)
        self.free = free & live_variables(func) if free else free

    def not_the_users(self, func: Func) -> set[Var]:
        """The variables whose last bits are nobody's business."""
        return self.derivative

    def rule(self, op: Op) -> Found:
        found = super().rule(op)
        if found is not None or not any(v in self.free for v in op.outputs):
            return found
        for handler in (*_HANDLERS.get(op.name, ()), *SPREADING.get(op.name, ())):
            if (found := handler(self, op)) is not None:
                return found
        for handler in () if op.blocks else (_of_copies, _of_casts, spread, lifted):
            if (found := handler(self, op)) is not None:
                return found
        for rows in self.tables:
            if (found := self.rewritten(op, rows.get(op.name, ()))) is not None:
                return found
        return None

    def rewritten(self, op: Op, rows: Sequence[Rewrite]) -> Found:
        """What the first row that applies makes of an op, its operands in order if they may be."""
        rows = possible(rows, op, self.definition)
        for swapped in (False, True):
            for row in rows:
                for match in row.matches(op, self.definition, swapped):
                    found = self.instead(op, partial(self.made, op, row, match))
                    if found is not None:
                        return found
        return None

    def made(self, op: Op, row: Rewrite, match: Match) -> Atom | None:
        """What a row makes; None if it does not pay, or if an error would be lost."""
        if row.once and any(self.uses[inner.out] != 1 for inner in match.ops[1:]):
            return None
        if any(is_numpy_bool(a.type) for a in match.values.values()):
            return None  # these have no minus
        result = build(self.b, row.after, match)
        lost = op.may_raise() and not any(new.may_raise() for new in self.b.ops)
        return None if lost or _rounds(self.b.ops, op) else result


class _Fast(_Algebra):
    tables = (FINITE, ROUNDED)

    def not_the_users(self, func: Func) -> set[Var]:
        if func.laid_out:
            return super().not_the_users(func)
        return {v for op in walk(func.block) for v in op.outputs}


def _copied(r: _Algebra, op: Op) -> Found:
    """``mul x, 1.0 => x``, if it is all that becomes of x, and else ``=> copy x``

    What adjoints are added to must not be a variable of the user's.
    """
    for x, c in (op.inputs, op.inputs[::-1]):
        if number(c) == 1 and isinstance(x, Var) and x.type == op.out.type:
            alone = r.uses[x] == 1 and not x.name
            return [x] if alone else r.build(op, "copy", x)
    return None


def _numbers_first(r: _Algebra, op: Op) -> Found:
    """``mul s, (div x, c) => mul (div s, c), x`` and ``mul s, (mul c, x) => mul (mul s, c), x``

    Here ``s`` and ``c`` are numbers and ``x`` is an array: one pass over it is saved. Reciprocals stay:
    a product with one becomes a division.
    """
    for s, a in (op.inputs, op.inputs[::-1]):
        inner = r.definition(a, "mul", "div")
        number_here = isinstance(s.type, Scalar) and not is_python_number(s.type)
        if inner is None or r.uses[inner.out] != 1 or not number_here or _is_reciprocal(r, s):
            continue
        x, c = inner.inputs if inner.name == "div" or shape_of(inner.inputs[0]) else inner.inputs[::-1]
        if isinstance(c.type, Scalar) and shape_of(x) and r.same_shape(a, op.out):
            return r.instead(op, partial(_numbers_together, r, op, inner.name, s, c, x))
    return None


def _is_reciprocal(r: _Algebra, a: Atom) -> bool:
    op = r.definition(a, "div", "divide")
    return op is not None and number(op.inputs[0]) is not None


def _numbers_together(r: _Algebra, op: Op, name: str, s: Atom, c: Atom, x: Atom) -> Atom | None:
    found = r.b.one("mul", r.b.one(name, s, c), x)
    return None if _rounds(r.b.ops, op) else found


def _rounds(ops: Sequence[Op], old: Op) -> bool:
    """Whether numbers are combined in single precision on the way to what is not, or as integers of a
    few bits, whose products are lost."""
    dtypes = {getattr(v.type, "dtype", None) or "float64" for new in ops for v in new.outputs}
    narrow = {d for d in dtypes if np.dtype(d).itemsize < (16 if np.dtype(d).kind == "c" else 8)}
    return bool(narrow - {"bool", getattr(old.out.type, "dtype", None)})


def _of_copies(r: _Algebra, op: Op) -> Found:
    """``mul (copy x), y => mul x, y``, and what else only reads

    A copy of the user's decides how what is made of it lies in memory.
    """
    if op.name not in ROWS or op.name == "copy" or op.views():
        return None
    if r.derivative.isdisjoint(op.outputs):
        return None
    copied = [None if k == op.writes else r.definition(a, "copy") for k, a in enumerate(op.inputs)]
    inputs = [c.inputs[0] if c else a for a, c in zip(op.inputs, copied, strict=True)]
    return r.build(op, op.name, *inputs, like=op) if any(copied) else None


def _of_casts(r: _Algebra, op: Op) -> Found:
    """``mul (cast g), p => mul g, p`` of a real ``g`` among complex numbers, or added to such"""
    row = ROWS.get(op.name)
    written = op.name in ("accumulate", "add_at", "setitem")
    if row is None or not (row.broadcasts or written) or r.derivative.isdisjoint(op.outputs):
        return None
    for k, a in enumerate(op.inputs):
        cast = r.definition(a, "cast", "cast_like") if is_complex(a.type) and k != op.writes else None
        real = cast is not None and not is_complex(cast.inputs[0].type)
        found = r.with_input(op, k, cast.inputs[0]) if real and cast is not None else None
        if found is not None:
            return found
    return None


def _turned_part(r: _Algebra, op: Op) -> Found:
    """``real (mul x, 1j) => neg (imag x)``, ``real (mul x, -1j) => imag x``"""
    product = r.definition(op.inputs[0], "mul", "multiply")
    for x, c in (product.inputs, product.inputs[::-1]) if product is not None else ():
        if isinstance(c, Const) and type(c.value) is complex and c.value in (1j, -1j):
            negative = c.value == 1j
            if not is_complex(x.type):
                continue
            return r.instead(op, lambda x=x, n=negative: _part(r, x, n))  # type: ignore[misc]
    return None


def _part(r: _Algebra, x: Atom, negative: bool) -> Atom:
    imaginary = r.b.one("imag", x)
    return r.b.one("neg", imaginary) if negative else imaginary


def _division(r: _Algebra, op: Op) -> Found:
    """``divide x, y => div x, y`` where one is no Python number: that raises no more than it"""
    if all(is_python_number(a.type) for a in op.inputs):
        return None
    return r.build(op, "div", *op.inputs)


def _difference(r: _Algebra, op: Op) -> Found:
    """``accumulate (neg a), b => sub b, a`` and ``add a, (neg b) => sub a, b``, of one shape"""
    # What is added to stays first.
    orders = [op.inputs] if op.name == "accumulate" else [op.inputs, op.inputs[::-1]]
    for a, b in orders:
        inner = r.definition(a, "neg")
        if inner is not None and r.same_shape(inner.inputs[0], b):
            return r.build(op, "sub", b, inner.inputs[0])
    return None


def _negated_twice(r: _Algebra, op: Op) -> Found:
    """``neg (neg (sin x)) => sin x``, made anew if nothing else reads it: the value that is there must
    not stand for one that is added to"""
    inner = r.definition(op.inputs[0], "neg")
    made = r.definition(inner.inputs[0]) if inner is not None else None
    if inner is None or made is None or made.name not in ROWS or made.may_raise():
        return None
    once = r.uses[inner.out] == r.uses[made.out] == 1 and any(made is before for before in r.b.ops)
    again = once and ROWS[made.name].kind == "elementwise"
    return r.build(op, made.name, *made.inputs, like=made) if again else None


def _masked(r: _Algebra, op: Op) -> Found:
    """``masked_mul 2.0, p => mul p, 2.0``"""
    g, p = op.inputs
    return r.build(op, "mul", p, g) if number(g) else None


def _first_addition(r: _Algebra, op: Op) -> Found:
    """``add_at (zeros_like x), v => setitem (zeros_like x), v``; so where zero was written there"""
    x, _, *place = op.inputs
    if index.may_repeat(op.params["path"][-1:]):
        return None
    before = r.definition(x, "setitem")
    if r.definition(x, "zeros_like") is not None:
        return r.build(op, "setitem", *op.inputs, like=op)
    if before is None or r.uses[before.out] != 1 or number(before.inputs[1]) != 0:
        return None
    if before.params["path"] != op.params["path"] or list(before.inputs[2:]) != place:
        return None
    found = r.build(op, "setitem", before.inputs[0], *op.inputs[1:], like=before)
    before.checked = before.checked or found is not None  # a bad index is met here instead
    return found


_HANDLERS: dict[str, tuple[Callable[[_Algebra, Op], Found], ...]] = {
    "mul": (_copied, _numbers_first),
    "add": (_difference,),
    "neg": (_negated_twice,),
    "divide": (_division,),
    "masked_mul": (_masked,),
    "accumulate": (_difference,),
    "add_at": (_first_addition,),
    "real": (_turned_part,),
}
