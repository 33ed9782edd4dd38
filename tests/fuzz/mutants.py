"""Deliberate faults in the compiler, one in each of its rooms, that random programs must find.

Each patches one function as a plausible slip would change it: a wrong rule, a pass that goes too far,
memory taken for nobody else's, a saved value read again after it was overwritten, a lost guard.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from pullback.backend import updates
from pullback.backend.function import Function
from pullback.frontend import indexing
from pullback.ir.build import Builder, Value
from pullback.ir.core import Op
from pullback.passes import cse, inplace
from pullback.rules import table
from pullback.transforms import residuals, rules
from pullback.transforms.activity import Varied
from pullback.transforms.adjoints import REVERSE, Reverse

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]
USUAL = ("swaps", "else", "scatter", "comprehensions", "growing")
MUTANTS: dict[str, Known] = {}


@dataclasses.dataclass(frozen=True)
class Known:
    """A mutant, and the seed of a program, made of some elements, that notices it."""

    mutate: Mutant
    seed: int
    on: frozenset[str]

    def __str__(self) -> str:
        return str(self.mutate.__doc__)


def mutant(seed: int, *on: str) -> Callable[[Mutant], Mutant]:
    """Enter a mutant, with the seed of a program that notices it."""

    def enter(mutate: Mutant) -> Mutant:
        MUTANTS[mutate.__name__] = Known(mutate, seed, frozenset(on or USUAL))
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
    patch.setattr(rules, "_summed_back", lambda c, x, op: c)


@mutant(seed=41)
def guard_lost(patch: Patch) -> None:
    """Cotangents that are zero by a guard meet infinite partials."""
    patch.setattr(rules, "masked", lambda g, p: g * p)


# ---- the transforms


@mutant(seed=3)
def no_erasure(patch: Patch) -> None:
    """What was overwritten keeps the cotangent of what replaced it."""

    def erase(rev: Reverse, op: Any, array: Any, g: Value, other: Any) -> None:
        rev.add(array, g, True)
        if other is not None:
            rev.add(array, Value(rev.b, other))

    patch.setattr(Reverse, "erase", erase)


@mutant(seed=22)
def loops_not_reversed(patch: Patch) -> None:
    """Reverse loops run from the first pass to the last."""
    emit = Builder.emit

    def forward(b: Builder, prim: str, /, *args: Any, **params: Any) -> Any:
        if prim == "for":
            params["reverse"] = False
        return emit(b, prim, *args, **params)

    patch.setattr(Builder, "emit", forward)


@mutant(seed=0)
def contribution_dropped(patch: Patch) -> None:
    """Of two contributions to an adjoint, the second is lost."""
    patch.setattr(Reverse, "accumulate", lambda rev, a, b: a)


@mutant(seed=0)
def sides_swapped(patch: Patch) -> None:
    """The reverse of a branch runs the side that was not taken."""
    reverse_if, branch = REVERSE["if"], Builder.branch

    def swapped(rev: Reverse, op: Op) -> list[Op]:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Builder, "branch", lambda b, c, x, y, names: branch(b, c, y, x, names))
            return reverse_if(rev, op)

    patch.setitem(REVERSE, "if", swapped)


@mutant(seed=21)
def stand_in_read(patch: Patch) -> None:
    """An array of the same shape is read in place of a saved one, as if only shapes mattered."""
    patch.setattr(residuals, "reads", lambda block, v: False)


@mutant(seed=22)
def pops_inactive(patch: Patch) -> None:
    """What is taken out of a list does not depend on the arguments."""
    enter = Varied.op

    def op(varied: Varied, op: Op) -> None:
        if op.name != "list_get":
            enter(varied, op)

    patch.setattr(Varied, "op", op)


# ---- front end, passes and emission


@mutant(seed=1)
def aliases_unseen(patch: Patch) -> None:
    """Writes are accepted while a view or a second name is still read."""
    patch.setattr(indexing, "may_write", lambda frame, name, owner, node: None)


@mutant(seed=0)
def memory_not_claimed(patch: Patch) -> None:
    """Writes go to memory that somebody else still reads."""
    patch.setattr(inplace._Owner, "claim", lambda owner, op, inputs, position: None)


@mutant(seed=3)
def carries_not_claimed(patch: Patch) -> None:
    """Loops write to what comes into them, though it is still read."""
    patch.setattr(inplace._Loop, "claim_init", lambda loop, inits, k: None)


@mutant(seed=27)
def results_not_owned(patch: Patch) -> None:
    """Gradients may be the caller's own arrays."""
    patch.setattr(inplace._Owner, "own_results", lambda owner, block: None)


@mutant(seed=0)
def indices_ignored(patch: Patch) -> None:
    """Reads of one array are taken for the same, whatever they select."""
    patch.setattr(cse, "key", lambda op: (op.name, tuple(map(cse._atom, op.inputs))))


@mutant(seed=1)
def repeats_overwritten(patch: Patch) -> None:
    """Cotangents of an element that was gathered twice are added once."""
    patch.setattr(updates.index, "may_repeat", lambda path: False)


@mutant(seed=4)
def last_pass_skipped(patch: Patch) -> None:
    """The reverse loop does not come back to the first pass."""
    backwards = Function.backwards

    def short(printer: Any, op: Op) -> str:
        return backwards(printer, op).replace(", -1, -1)", ", 0, -1)")

    patch.setattr(Function, "backwards", short)
