"""How many bits integers of Python may take, which compiled code keeps in 64.

Of sizes, and of the numbers of passes of loops over them, it is taken that they have no more than 31;
numbers that grow by small steps in the passes of loops, and arguments, take 56, which leaves room for
additions. Of all else 63 are known, for what a variable holds was made by an operation that fits.
"""

from __future__ import annotations

from collections.abc import Container

from pullback.ir.alias import carries, loop_params
from pullback.ir.core import Atom, Block, Const, Func, Op, Var, reachable
from pullback.ir.types import Scalar

SMALL, SIZE, COUNT, MOST = 16, 31, 56, 63
_SIZES = frozenset(("dim", "size", "list_len", "range_len"))


def may_overflow(main: Func) -> Container[Var]:
    """The sums, differences and products of Python's integers that may take more than 64 bits."""
    found: set[Var] = set()
    for func in reachable(main):
        widths = _Widths(dict.fromkeys(func.block.params, COUNT))
        widths.block(func.block)
        found |= widths.wide
    return found


class _Widths:
    """The bits of each variable of a function, as far as they are known."""

    def __init__(self, known: dict[Var, int]) -> None:
        self.known = known
        self.wide: set[Var] = set()

    def of(self, a: Atom) -> int:
        if isinstance(a, Const):
            return int(a.value).bit_length() if isinstance(a.value, int) else MOST
        return self.known.get(a, MOST)

    def block(self, block: Block) -> None:
        for op in block.ops:
            if op.name in ("for", "while"):
                self.loop(op)
                continue
            for inner in op.blocks:
                self.block(inner)
            if op.name == "if":
                for out, a, b in zip(op.outputs, *(b.results for b in op.blocks), strict=True):
                    self.known[out] = max(self.of(a), self.of(b))
            elif len(op.outputs) == 1 and _is_integer(op.out):
                self.known[op.out] = self.result(op)

    def loop(self, op: Op) -> None:
        inits, params, results = carries(op)
        for init, param, result in zip(inits, params, results, strict=True):
            step = _step(param, result, op.blocks[-1])
            counts = step is not None and self.of(init) <= COUNT and self.of(step) <= SMALL
            self.known[param] = COUNT if counts else MOST
            if step is param:
                self.known[param] = self.of(init)
        if op.name == "for":
            self.known[op.blocks[0].params[0]] = max(map(self.of, op.inputs[:2]))
        for inner in op.blocks:
            self.known |= {p: self.known[q] for p, q in zip(loop_params(op, inner), params, strict=True)}
            self.block(inner)
        for out, param in zip(op.outputs, params, strict=True):
            self.known[out] = self.known[param]

    def result(self, op: Op) -> int:
        """The bits of what an op gives; it is noted if these may be too many."""
        widths = [self.of(a) for a in op.inputs]
        if op.name in _SIZES:
            return SIZE
        match op.name:
            case "add" | "sub":
                needed = max(widths) + 1
            case "mul":
                needed = sum(widths) - any(isinstance(a, Const) for a in op.inputs)
            case "neg" | "abs" | "floordiv":
                return widths[0]
            case "mod":
                return widths[1]
            case "min_int" | "choose":
                return max(widths)
            case _:
                return MOST
        if needed > MOST:
            self.wide.add(op.out)
        return min(needed, MOST)


def _is_integer(v: Var) -> bool:
    return isinstance(v.type, Scalar) and v.type.cls == "int" and v.type.origin != "np"


def _step(param: Var, result: Atom, body: Block) -> Atom | None:
    """What is added to a carry in each pass, the carry itself if it stays, None if neither is so."""
    if result is param:
        return param
    made = next((op for op in body.ops if result in op.outputs), None)
    if made is None or made.name not in ("add", "sub") or param not in made.inputs:
        return None
    first, second = made.inputs
    step = second if first is param else first
    fixed = isinstance(step, Const) or not any(step in op.outputs for op in body.ops)
    return step if fixed and step is not param else None


__all__ = ["may_overflow"]
