"""Which values left undefined must be None in the text, because something looks at them all the same."""

from __future__ import annotations

from collections.abc import Iterator

from pullback.backend.naming import Classes, Naming
from pullback.backend.plan import Do, Move, Plan, Return, atoms_of, everywhere
from pullback.ir.core import Atom, Op, Var
from pullback.ir.types import Record

# What takes a value without reading it, asks whether it is there, or makes a zero of nothing. So does
# what puts one into a list.
TOLERANT = frozenset((
    "pack", "list_new", "zeros_tree", "zeros_like", "add_trees", "defined", "select",
))  # fmt: skip


def needed_none(plan: Plan, named: Naming) -> set[Var]:
    """The variables to which None is assigned where a branch or a loop leaves them undefined."""
    find = Classes(plan.merged).find
    moves = [(v, a) for s in everywhere(plan.stmts) if isinstance(s, Move) for v, a in s.pairs]
    maybe = {find(v) for v, a in moves if a in plan.undefined}
    flows = [(find(v), find(a)) for v, a in moves if isinstance(a, Var)]
    _close(maybe, [(a, v) for v, a in flows])
    needed = {find(a) for a in _looked_at(plan) if isinstance(a, Var)}
    for s in everywhere(plan.stmts):
        if isinstance(s, Move):
            needed |= {find(a) for _, a in named.visible(s) if isinstance(a, Var)}
    needed &= maybe
    _close(needed, flows)
    return {v for v, a in moves if a in plan.undefined and find(v) in needed}


def left_undefined(plan: Plan) -> set[Var]:
    """All that a branch or a loop leaves undefined: in compiled code it has a value if there is one."""
    moves = (s for s in everywhere(plan.stmts) if isinstance(s, Move))
    return {v for s in moves for v, a in s.pairs if a in plan.undefined}


def _close(found: set[Var], edges: list[tuple[Var, Var]]) -> None:
    """Add what edges lead to from what is found, until nothing is new."""
    while new := {b for a, b in edges if a in found and b not in found}:
        found |= new


def _looked_at(plan: Plan) -> Iterator[Atom]:
    for s in everywhere(plan.stmts):
        if isinstance(s, Return):
            yield from s.results
        for op in [s.op] if isinstance(s, Do) else []:
            yield from _taken(plan, op)
        for a in atoms_of(s):
            if isinstance(a, Var) and a in plan.nested:
                yield from _taken(plan, plan.nested[a])


def _taken(plan: Plan, op: Op) -> Iterator[Atom]:
    if op.name in ("list_push", "list_set"):  # the list itself is there
        yield from op.inputs[1:]
    elif op.name in TOLERANT or op.params.get("maybe"):
        yield from op.inputs
    if op.name == "call":  # records of residuals are handed on only where they were made
        yield from (a for a in op.inputs if not isinstance(a.type, Record))
    for a in op.inputs:
        if isinstance(a, Var) and a in plan.nested:
            yield from _taken(plan, plan.nested[a])
