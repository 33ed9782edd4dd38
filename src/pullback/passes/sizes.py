"""Sizes that are equal behind an op, for it would have raised otherwise."""

from __future__ import annotations

from itertools import pairwise

from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Op
from pullback.ir.prims import shapes_may_clash
from pullback.ir.types import Dim, is_many

Shape = tuple[Dim, ...]
_ALSO = frozenset(("div", "floordiv", "mod", "pow", "check_shapes"))


def is_elementwise(op: Op) -> bool:
    """Whether an op broadcasts its inputs against each other."""
    return op.prim.raises is shapes_may_clash or op.name in _ALSO


class EqualSizes:
    """What is known where a walk stands, which tells of each op and of the blocks it enters."""

    def __init__(self) -> None:
        self.known: dict[Dim, Dim] = {}
        self.around: list[dict[Dim, Dim]] = []

    def enter(self) -> None:
        self.around.append(self.known)
        self.known = dict(self.known)

    def leave(self) -> None:
        self.known = self.around.pop()

    def find(self, n: Dim) -> Dim:
        while n in self.known:
            n = self.known[n]
        return n

    def same(self, a: Shape, b: Shape) -> bool:
        """Whether two shapes are equal."""
        return len(a) == len(b) and all(
            self.find(m) == self.find(n) for m, n in zip(a, b, strict=True)
        )

    def learn(self, op: Op) -> None:
        """Two sizes that are both not 1 and were broadcast, or were contracted, are equal."""
        if is_elementwise(op):
            shapes = [shape_of(a) for a in op.inputs]
            for axis in range(1, 1 + max(map(len, shapes), default=0)):
                many = [s[-axis] for s in shapes if len(s) >= axis and is_many(s[-axis])]
                for m, n in pairwise(many):
                    self.equate(m, n)
        elif op.name in ("matmul", "dot"):
            self.contracted(*op.inputs)

    def contracted(self, a: Atom, b: Atom) -> None:
        left, right = shape_of(a), shape_of(b)
        if left and right:
            self.equate(left[-1], right[-2 if len(right) > 1 else 0])

    def equate(self, m: Dim, n: Dim) -> None:
        m, n = self.find(m), self.find(n)
        if m != n:
            self.known[n if isinstance(m, int) else m] = m if isinstance(m, int) else n
