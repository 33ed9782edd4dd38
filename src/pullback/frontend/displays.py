"""Where in the source lists and dicts were made that lowering meets, for what is told of them by place.

A list is known by its identity while its length is known, and then by its columns. A list that is put
into another one is known by that, too, one list further down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullback.ir import index
from pullback.ir.core import Atom, Op, Var
from pullback.ir.types import List, Type

if TYPE_CHECKING:
    from pullback.errors import Loc
    from pullback.frontend.heap import Heap

NOWHERE: frozenset[Loc] = frozenset()


class Displays:
    """The places of one compilation, by what is made there and how many lists further down."""

    def __init__(self) -> None:
        self.known: dict[tuple[object, int], frozenset[Loc]] = {}

    def of(self, made: object, depth: int = 0) -> frozenset[Loc]:
        """Where something, or a list so many lists further down, may have been made, as far as that is
        known."""
        return self.known.get((made, depth), NOWHERE)

    def enter(self, made: object, places: frozenset[Loc], depth: int = 0) -> None:
        """Something was made at one of some places, or is what was made there from here on."""
        if places:
            self.known[made, depth] = self.known.get((made, depth), NOWHERE) | places

    def passed(self, source: Atom, heap: Heap, target: Atom, other: Heap, deeper: int = 0) -> None:
        """What is known of a list, and of those in it, holds for what it is read from, put into or
        passed as, by which it is known there."""
        if not (isinstance(source, Var) and isinstance(target, Var) and isinstance(source.type, List)):
            return
        ours, theirs = heap.reference(source), other.reference(target)
        for depth in range(max(0, -deeper), _nesting(source.type)):
            self.enter(theirs, self.known.get((ours, depth), NOWHERE), depth + deeper)

    def same(self, one: Atom, other: Var) -> None:
        """What a list is known by in one function is what another one knows it by."""
        for depth in range(_nesting(other.type)):
            self.enter(other, self.known.get((one, depth), NOWHERE), depth)

    def note(self, op: Op, heap: Heap) -> None:
        """Lists are put into others, or read from them."""
        source, target, deeper = op.inputs[-1:], op.inputs[:1], 1
        match op.name:
            case "list_new":
                source, target = op.inputs, op.outputs
            case "list_push":
                deeper += len(index.to_list(op))
            case "list_set" if not index.leads_into_array(op):
                deeper = len(index.through_lists(op))
            case "list_get":
                source, target, deeper = op.inputs[:1], op.outputs, -len(index.through_lists(op))
            case "list_pop":
                source, target, deeper = op.inputs[:1], op.outputs[1:], -1 - len(index.to_list(op))
            case _:
                return
        for a in source:
            self.passed(a, heap, target[0], heap, deeper)


def _nesting(t: Type | None) -> int:
    return 1 + _nesting(t.elem) if isinstance(t, List) else 0
