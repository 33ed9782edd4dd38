"""Lists and dicts that a call makes longer or shorter, while a loop runs over them.

For lists that is refused. Of a dict the callee may only set what is there: whether it did is told by the
size, as Python tells it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from pullback.frontend import changing, conditions, rows
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import ON_TABLES, RESIZED, simple_op
from pullback.frontend.reaching import reachable
from pullback.frontend.session import Lowered
from pullback.frontend.values import Table
from pullback.ir.alias import NONE, Buffers
from pullback.ir.core import Atom, Var

Sizes = list[tuple[Table, Atom]]


def before(frame: Frame, lowered: Lowered, inputs: Sequence[Atom]) -> Sizes:
    """The dicts that a loop runs over and a call may change in size, each with its size before; lists
    are refused."""
    found: Sizes = []
    for k, itself in lowered.resized.items():
        given = inputs[k]
        assert isinstance(given, Var)
        memory = frame.of(given)
        lists = memory.own if itself else memory.held
        frame.resized |= lists
        for table, held in _looped_over(frame, lists):
            if not lists.isdisjoint(held):
                lists -= held
                found.append((table, ON_TABLES["length"](frame, table)))
        changing.resize(frame, lists, frame.heap.root(given).name or given.name)
    return found


def _looped_over(frame: Frame, lists: Buffers) -> Iterator[tuple[Table, Buffers]]:
    """The dicts of which nothing is removed that a loop runs over, where that reads one of some lists;
    with the memory of their keys and values."""
    seen = NONE.union(*(frame.of(seen).own for seen in frame.watched if isinstance(seen, Var)))
    if lists.isdisjoint(seen):
        return
    for value in reachable(frame, frame.known()).values():
        if isinstance(value, Table) and value.held and not ON_TABLES["is_thinned"](frame, value):
            held = [c for l in value.held[1:] if rows.is_listed(l) for c in rows.columns(l)]
            memory = NONE.union(*(frame.of(c).own for c in held))
            if not memory.isdisjoint(seen):
                yield value, memory


def demand_same(frame: Frame, node: ast.AST, sizes: Sizes) -> None:
    """Raise where dicts have another size than before."""
    seen: set[object] = set()
    for table, size in sizes:
        now = frame.latest(table)
        if table.identity in seen or not isinstance(now, Table):
            continue
        seen.add(table.identity)
        other = simple_op(frame, node, "ne", ON_TABLES["length"](frame, now), size)
        conditions.raise_where(frame, node, other, "RuntimeError", RESIZED)
