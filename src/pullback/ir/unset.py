"""Which values may be left undefined: what a branch or a loop does not set on all of its paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pullback.ir.alias import attempts, carries
from pullback.ir.core import Atom, Block, Func, Op, Var

# What such a value is put into, or taken out of.
_HANDS_ON = frozenset((
    "list_new", "list_push", "list_set", "list_get", "list_pop", "copy", "add_trees", "zeros_tree",
))  # fmt: skip


def maybe_unset(funcs: Iterable[Func]) -> set[Var]:
    """The variables of functions that may have no value at run time, or hold such values."""
    found = _Unset()
    size = -1
    while size != len(found.found) + len(found.fields):
        size = len(found.found) + len(found.fields)
        for f in funcs:
            found.block(f.block)
    return found.found


class _Unset:
    """Forward propagation; ``fields`` are fields of records, by the name of the record."""

    def __init__(self) -> None:
        self.found: set[Var] = set()
        self.fields: set[tuple[object, int]] = set()

    def block(self, block: Block) -> None:
        for op in block.ops:
            for inner in op.blocks:
                self.block(inner)
            self.op(op)

    def flow(self, atoms: Sequence[Atom], v: Var) -> None:
        if not self.found.isdisjoint(a for a in atoms if isinstance(a, Var)):
            self.found.add(v)

    def op(self, op: Op) -> None:
        match op.name:
            case "undef":
                self.found.update(op.outputs)
            case "if" if "context" in op.params:
                for v, result in zip(op.outputs, op.blocks[0].results, strict=True):
                    self.flow((result,), v)
            case "if":
                for v, *yielded in zip(op.outputs, *(b.results for b in op.blocks), strict=True):
                    self.flow(yielded, v)
            case "try":
                for v, *ways in attempts(op):
                    self.flow(ways, v)
            case "for" | "while":
                for v, init, p, y in zip(op.outputs, *carries(op), strict=True):
                    self.flow((init, p, y), v)
                    self.flow((v,), p)
            case "call":
                self.call(op)
            case "pack":
                self.fields.update((op.out.type, k) for k, a in enumerate(op.inputs) if a in self.found)
            case "unpack":
                record = op.inputs[0].type
                self.found.update(v for k, v in enumerate(op.outputs) if (record, k) in self.fields)
            case "zeros_like" if "maybe" in op.params:  # of nothing, it is no array
                self.found.add(op.out)
            case "cast_like" if "maybe" in op.params:
                self.flow(op.inputs[:1], op.out)
            case name if name in _HANDS_ON:
                for v in op.outputs:
                    self.flow(op.inputs, v)

    def call(self, op: Op) -> None:
        callee = op.params["callee"]
        for p, a in zip(callee.params, op.inputs, strict=True):
            self.flow((a,), p)
        for v, r in zip(op.outputs, callee.results, strict=True):
            self.flow((r,), v)


__all__ = ["maybe_unset"]
