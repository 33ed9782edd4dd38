"""Reuse of memory: where a new array may take over that of a temporary which nothing needs any more.

``%y = mul %t, %x  =>  %y = mul %t, %x {into=0}``, printed ``t *= x``. ``passes.inplace`` asks here
which inputs of an op come into question, and decides by ownership and liveness whether one is free.
Fresh memory is what large arrays spend most of their time on, so this is worth a line of its own, but
no more: what would be printed inside another expression stays there (but for a chain of names and
numbers, ``-2.0 * (t * x)``, which reads as well line by line), and a variable of the user's never gets
another value than theirs. What would be nested, but for a line that gets too long, is no more than
noted: ``{spare=0}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pullback.ir.bars import is_derived
from pullback.ir.core import Atom, Block, Const, Func, Op, Var
from pullback.ir.types import Array
from pullback.passes.algebra import derivative_code

# ``t *= x`` takes the first operand's place, of the commutative ones also the second's.
AUGMENTED = {"add": (0, 1), "mul": (0, 1), "sub": (0,), "div": (0,)}


class Reuse:
    """What may take whose place in one function, as far as types and text are concerned."""

    def __init__(self, func: Func) -> None:
        self.derivative = derivative_code(func)
        self.made: dict[Var, int] = {}
        self.used: dict[Atom, list[int]] = {}
        self.user: dict[Atom, Op] = {}
        self.taken: set[Atom] = set()
        self.stretch = 0
        self.block(func.block, final=True)

    def block(self, block: Block, final: bool) -> None:
        """Note where values are made and used: expressions do not reach over loops and marks."""
        self.stretch += 1
        for op in block.ops:
            self.uses(op.inputs)
            self.user.update((a, op) for a in op.inputs)
            for inner in op.blocks:
                self.block(inner, False)
            self.stretch += bool(op.blocks) or op.name == "mark"
            self.made.update((v, self.stretch) for v in op.outputs)
            if op.writes is not None:  # what is updated has a name
                self.uses(op.inputs[op.writes : op.writes + 1])
        self.uses(block.results if final else [*block.results, *block.results])

    def uses(self, atoms: Sequence[Atom]) -> None:
        for a in atoms:
            self.used.setdefault(a, []).append(self.stretch)

    def is_statement(self, v: Var) -> bool:
        """Whether a value is printed as a statement in any case."""
        named = bool(v.name) and not is_derived(v.name)
        return named or self.used.get(v) != [self.made.get(v)]

    def take(self, op: Op) -> None:
        """Note that the output of an op has taken a place, so that it is a statement."""
        self.taken.add(op.out)

    def places(self, op: Op) -> Iterator[int]:
        """The inputs whose memory the output of an op might take over."""
        for k in _writable(op) if op.writes is None else ():
            a = op.inputs[k]
            if isinstance(a, Var) and self.fits(op, a) and self.reads_well(op, a):
                yield k

    def spare(self, op: Op) -> Iterator[int]:
        """The inputs whose memory is worth taking only if the text gives them a line of their own."""
        for k in AUGMENTED.get(op.name, ()):
            a = op.inputs[k]
            if not isinstance(a, Var) or a.name or self.used[a] != [self.made.get(a)]:
                continue
            if self.fits(op, a):
                yield k

    def fits(self, op: Op, a: Var) -> bool:
        """Whether an input is an array just like the output, which writing there leaves as it was."""
        t = op.out.type
        if not isinstance(t, Array) or t.dtype is None or t != a.type:
            return False
        # Which layout a sum is over shows in its last bit: that of the user's own values stays.
        others = [b.type.ndim for b in op.inputs if b is not a and isinstance(b.type, Array)]
        return t.ndim == 1 or op.out in self.derivative or all(ndim < 2 for ndim in others)

    def reads_well(self, op: Op, a: Var) -> bool:
        alike = a.name == op.out.name and op.name in AUGMENTED
        ends = self.is_statement(op.out) or self.goes_on(op, a)
        return (not a.name or alike) and ends and (a in self.taken or self.is_statement(a))

    def goes_on(self, op: Op, a: Var) -> bool:
        """Whether an op is a link of a chain of updates by names and numbers, up to a statement."""
        rest = [b for b in op.inputs if b is not a]
        link = op.name in AUGMENTED and all(isinstance(b, Const) or self.is_statement(b) for b in rest)
        if not link or self.is_statement(op.out):
            return link
        user = self.user.get(op.out)
        if user is None or not any(user.inputs[k] is op.out for k in AUGMENTED.get(user.name, ())):
            return False
        return user.out.type == op.out.type and self.goes_on(user, op.out)


def _writable(op: Op) -> Sequence[int]:
    if op.name in AUGMENTED:
        return AUGMENTED[op.name]
    func = op.prim.func
    plain = isinstance(func, np.ufunc) and func.nout == 1 and func.signature is None
    return range(len(op.inputs)) if plain and op.prim.path else ()
