"""Common subexpressions: what was computed before, here or around, is not computed again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from pullback.ir.core import Atom, Block, Func, Op, Var
from pullback.passes.rewrite import Rewriter

# The arity or the type of these is known to their maker alone, or each is a place of its own.
APART = frozenset((
    "undef", "within", "list_new", "keys_new", "pack", "unpack", "call", "derivative", "gradient_of",
))  # fmt: skip


def cse(func: Func) -> None:
    """``%a = f %x; %b = f %x => %a = f %x``, also where the second stands in a block further in."""
    _Cse(func).run()


class _Cse(Rewriter):
    def __init__(self, func: Func) -> None:
        super().__init__(func)
        self.found: dict[Hashable, Op] = {}

    def block(self, block: Block) -> Block:
        around, self.found = self.found, dict(self.found)
        new = super().block(block)
        self.found = around
        return new

    def rule(self, op: Op) -> Sequence[Atom] | None:
        if not is_pure(op):
            return None
        first = self.found.setdefault(key(op), op)
        if first is op or not self.may_merge(first, op):
            return None
        first.checked = first.checked and op.checked
        return first.outputs

    def may_merge(self, first: Op, op: Op) -> bool:
        pairs = zip(first.outputs, op.outputs, strict=True)
        return all(self.sharing.may_stand_for(v, w) for v, w in pairs)


def is_pure(op: Op) -> bool:
    """Whether the op does nothing but compute values from its inputs."""
    if op.name in APART or op.blocks or not op.outputs:
        return False
    return not op.prim.effect and op.prim.writes is None


def key(op: Op) -> Hashable:
    """What ops that compute the same agree in: not how they are spelled, nor where."""
    return (of_kind(op), tuple(map(atom_key, op.inputs)))


def of_kind(op: Op) -> Hashable:
    """What an op does with its inputs."""
    params = sorted((k, repr(v)) for k, v in op.params.items() if k != "spelling") if op.params else ()
    return (op.name, tuple(params))


def atom_key(a: Atom) -> Hashable:
    return a if isinstance(a, Var) else ("const", a.key())
