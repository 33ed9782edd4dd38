"""Lists of known length whose objects come to be items of other lists: run-time lists from before on.

    bodies = [Body(1.0, x), Body(2.0, y)]
    heavy = [b for b in bodies if b.m > m]      before this, bodies becomes a run-time list

Then objects in it are told by their places there (see ``references``), and what else knows one of them
is one with the item. It is done before the outermost statement of the function in which that is needed,
so that all of it knows the same list.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from pullback.frontend import fixed, members, rows, stmts
from pullback.frontend.frame import Frame
from pullback.frontend.references import Path
from pullback.frontend.values import Dct, Rows, Struct, Tree, Tup, Value
from pullback.frontend.walking import steps
from pullback.ir.core import Const


def before(frame: Frame, s: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
    """Open the lists that are needed as run-time lists in a statement."""
    listed = frame.session.told.listed
    if listed:
        loc = frame.loc(s)
        for path in sorted((path for place, path in listed if place == loc), key=repr):
            value = _at(frame, path)
            if isinstance(value, Tup):
                frame.stmt = s
                with frame.b.at(loc):
                    _open(frame, s, value)
    return False


def _at(frame: Frame, path: Path) -> Value | None:
    """What a path of names and keys leads to."""
    name, *rest = path
    value = frame.latest(frame.env[name]) if name in frame.env else None
    for step in rest:
        value = None if value is None else dict(steps(value)).get(step)
    return value


def _open(frame: Frame, s: ast.stmt, value: Tup) -> None:
    """Make a list of objects, or numbers, a run-time list; it stays as it is where that is not
    possible."""
    items = [rows.in_form_of_row(frame, item) for item in value.items]
    inner = [tree for item in value.items for tree in rows.changeable(item)]
    lists = any(not isinstance(tree, Struct | Dct) for tree in inner)
    known = {tree.identity for tree in inner}
    clear = known.isdisjoint(frame.members) and known.isdisjoint(frame.foreign_trees)
    if lists or len(known) < len(inner) or not clear or None in items:
        return
    runtime = fixed.runtime(frame, value, frame.name_of(value))
    if runtime is None:
        return
    frame.lowered.moved |= known
    frame.change(value, runtime, s)
    if isinstance(runtime, Rows):
        for k, item in enumerate(items):
            if isinstance(item, Tree):
                members.stands(frame, runtime, Const(k), item)


stmts.INSTEAD.insert(0, before)
