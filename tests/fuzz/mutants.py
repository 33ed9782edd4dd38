"""Deliberate faults in the compiler, one in each of its rooms, that random programs must find.

Each patches one function as a plausible slip would change it: a wrong rule, a pass that goes too far,
memory taken for nobody else's, a saved value read again after it was overwritten, a lost guard.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from pullback.backend import updates
from pullback.backend.function import Function
from pullback.frontend import assign, permits
from pullback.frontend.frame import Frame
from pullback.frontend.heap import Heap
from pullback.ir.build import Builder, Value
from pullback.ir.core import Op
from pullback.ir.types import Array
from pullback.passes import cse, inplace
from pullback.rules import table
from pullback.transforms import residuals, rules, standing
from pullback.transforms.activity import Varied
from pullback.transforms.adjoints import REVERSE, Reverse

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]
MUTANTS: dict[str, Known] = {}


@dataclasses.dataclass(frozen=True)
class Known:
    """A mutant, and the seed of a program of the default run that notices it."""

    mutate: Mutant
    seed: int

    def __str__(self) -> str:
        return str(self.mutate.__doc__)


def mutant(seed: int) -> Callable[[Mutant], Mutant]:
    """Enter a mutant, with the seed of a program that notices it."""

    def enter(mutate: Mutant) -> Mutant:
        MUTANTS[mutate.__name__] = Known(mutate, seed)
        return mutate

    return enter


# ---- rules and their application


@mutant(seed=1)
def wrong_partial(patch: Patch) -> None:
    """The derivative of tanh is 1 - y instead of 1 - y², in both modes."""
    row = dataclasses.replace(table.ROWS["tanh"], partials=lambda x, y: [1 - y])
    patch.setitem(table.ROWS, "tanh", row)


@mutant(seed=0)
def not_summed_back(patch: Patch) -> None:
    """What was broadcast in the forward sweep is not summed in the reverse sweep."""
    patch.setattr(rules, "_summed_back", lambda c, x: c)


@mutant(seed=115)
def guard_lost(patch: Patch) -> None:
    """Cotangents that are zero by a guard meet infinite partials."""
    patch.setattr(rules, "masked", lambda g, p: g * p)


# ---- the transforms


@mutant(seed=5)
def no_erasure(patch: Patch) -> None:
    """What was overwritten keeps the cotangent of what replaced it."""

    def erase(rev: Reverse, op: Any, array: Any, g: Value, other: Any) -> None:
        rev.add(array, g, True)
        if other is not None:
            rev.add(array, Value(rev.b, other))

    patch.setattr(Reverse, "erase", erase)


@mutant(seed=11)
def loops_not_reversed(patch: Patch) -> None:
    """Reverse loops run from the first pass to the last."""
    emit = Builder.emit

    def forward(b: Builder, prim: str, /, *args: Any, **params: Any) -> Any:
        if prim == "for":
            params["reverse"] = False
        return emit(b, prim, *args, **params)

    patch.setattr(Builder, "emit", forward)


@mutant(seed=499)
def contribution_dropped(patch: Patch) -> None:
    """Of two contributions to an adjoint, the second is lost."""
    patch.setattr(Reverse, "accumulate", lambda rev, a, b, maybe=False: a)


@mutant(seed=499)
def sides_swapped(patch: Patch) -> None:
    """The reverse of a branch runs the side that was not taken."""
    reverse_if, branch = REVERSE["if"], Builder.branch

    def swapped(rev: Reverse, op: Op) -> list[Op]:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Builder, "branch", lambda b, c, x, y, names: branch(b, c, y, x, names))
            return reverse_if(rev, op)

    patch.setitem(REVERSE, "if", swapped)


@mutant(seed=403)
def overwritten_read_again(patch: Patch) -> None:
    """An element that a loop overwrites is read again in the reverse sweep, not stored."""
    patch.setattr(standing, "overwrites", lambda write, access: False)


@mutant(seed=25)
def stand_in_read(patch: Patch) -> None:
    """An array of the same shape is read in place of a saved one, as if only shapes mattered."""
    patch.setattr(residuals, "reads", lambda block, v, more=(): False)


@mutant(seed=13)
def pops_inactive(patch: Patch) -> None:
    """What is taken out of a list does not depend on the arguments."""
    enter = Varied.op

    def op(varied: Varied, op: Op) -> None:
        if op.name != "list_get":
            enter(varied, op)

    patch.setattr(Varied, "op", op)


# ---- front end, passes and emission


@mutant(seed=34)
def aliases_unseen(patch: Patch) -> None:
    """Writes are accepted while a view or a second name is still read."""
    patch.setattr(permits, "may_write", lambda frame, root, node: None)


@mutant(seed=1)
def names_forgotten(patch: Patch) -> None:
    """A second name for an array stands for an array of its own."""
    _bind_copies(patch, lambda heap, v: heap.reference(v) not in heap.views)


@mutant(seed=5)
def views_not_followed(patch: Patch) -> None:
    """Writes by a name for a view do not reach the array that it is a view of."""
    _bind_copies(patch, lambda heap, v: heap.reference(v) in heap.views)


def _bind_copies(patch: Patch, wanted: Callable[[Heap, Any], bool]) -> None:
    bind = assign.bind

    def apart(frame: Frame, target: ast.expr, value: Any) -> None:
        named = isinstance(target, ast.Name) and isinstance(getattr(value, "type", None), Array)
        copied = named and wanted(frame.heap, value)
        bind(frame, target, frame.b.one("copy", value) if copied else value)

    patch.setattr(assign, "bind", apart)


@mutant(seed=5)
def views_not_read_again(patch: Patch) -> None:
    """A view is not read again when its array has been written to."""
    reading = Heap.reading

    def stale(heap: Heap, r: Any) -> Any:
        known = heap.state.shown.get(r)
        return reading(heap, r) if known is None else known[1]

    patch.setattr(Heap, "reading", stale)


@mutant(seed=1)
def views_are_copies(patch: Patch) -> None:
    """What shares memory by a view is taken for memory of its own when copies are put in."""
    patch.setattr(Op, "views", lambda op: ())


@mutant(seed=306)
def memory_not_claimed(patch: Patch) -> None:
    """Writes go to memory that somebody else still reads."""
    patch.setattr(inplace._Owner, "claim", lambda owner, op, inputs, position: None)


@mutant(seed=25)
def carries_not_claimed(patch: Patch) -> None:
    """Loops write to what comes into them, though it is still read."""
    patch.setattr(inplace._Loop, "claim_init", lambda loop, inits, k, deepest: None)


@mutant(seed=5)
def results_not_owned(patch: Patch) -> None:
    """Gradients may be the caller's own arrays."""
    patch.setattr(inplace._Owner, "own_results", lambda owner, block: None)


@mutant(seed=14)
def indices_ignored(patch: Patch) -> None:
    """Reads of one array are taken for the same, whatever they select."""
    key = cse.key

    def careless(op: Op) -> object:
        return (op.name, op.inputs[0], op.out.type) if op.name == "getitem" else key(op)

    patch.setattr(cse, "key", careless)


@mutant(seed=5)
def repeats_overwritten(patch: Patch) -> None:
    """Cotangents of an element that was gathered twice are added once."""
    patch.setattr(updates.index, "may_repeat", lambda path: False)


@mutant(seed=403)
def saved_without_copy(patch: Patch) -> None:
    """An array that is overwritten later is put on the stack of a loop as it is."""
    push = updates.STATEMENTS["list_push"]

    def uncopied(printer: Any, op: Op, is_read: Any) -> list[str]:
        return [line.replace(".copy())", ")") for line in push(printer, op, is_read)]

    patch.setitem(updates.STATEMENTS, "list_push", uncopied)


@mutant(seed=11)
def last_pass_skipped(patch: Patch) -> None:
    """The reverse loop does not come back to the first pass."""
    backwards = Function.backwards

    def short(printer: Any, op: Op) -> str:
        return backwards(printer, op).replace(", -1, -1)", ", 0, -1)")

    patch.setattr(Function, "backwards", short)
