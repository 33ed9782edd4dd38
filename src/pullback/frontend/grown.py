"""Lists and dicts that a loop makes longer: they are run-time ones from before the loop on.

That may be a name, or a part of a container that a name, or a changed container, holds:
``state = replace(state, log=state.log + [x])``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Container
from dataclasses import dataclass

from pullback import refusals
from pullback.frontend import (
    alternatives,
    assorted,
    changing,
    fixed,
    growing,
    members,
    readings,
    rows,
    unlike,
)  # fmt: skip
from pullback.frontend.frame import Frame
from pullback.frontend.values import Rows, Tree, Tup, Value
from pullback.frontend.walking import alike, leaves, rebuild, shown, with_parts
from pullback.ir.core import Var
from pullback.ir.types import Type


@dataclass(eq=False, slots=True)
class Grown:
    """What makes them so for a loop: ``inits`` is what its carries are before it, ``joined`` the type of
    what one hands on and another takes, None if there is none."""

    frame: Frame
    node: ast.For | ast.While
    inits: dict[object, Value]
    joined: Callable[[Type, Type], Type | None]

    def longer(self, p: Value, e: Value) -> Value | None:
        """What a name is bound to as a run-time list, if it is a list of another length in each pass, as
        in ``path = path + [x]``; None for all else."""
        lists = [v for v in (p, e) if isinstance(v, Tup) and v.is_list]
        if len(lists) < 2 or len(leaves(p)) == len(leaves(e)):
            return None
        items = [item for v in lists for item in v.items]
        if any(next(rows.changeable(item), None) is not None for item in items):
            return None
        with self.frame.b.block(), self.frame.heap.block():
            return fixed.runtime(self.frame, Tup(tuple(items), True))

    def inside(self, key: object, init: Value, p: Value, e: Value) -> Value:
        """A container with such lists and dicts in it; ``p`` itself if there are none."""
        if not (isinstance(p, Tree) and isinstance(e, Tree) and isinstance(init, Tree)):
            return p
        if not p.form == e.form == init.form:
            return p
        places = zip(init.parts, p.parts, e.parts, strict=True)
        return with_parts(p, [self._part(key, *place) for place in places])

    def _part(self, key: object, init: Value, p: Value, e: Value) -> Value:
        more = e if growing.is_growing(p, e) else self.longer(p, e)
        if more is None:
            return self.inside(key, init, p, e)
        known = isinstance(p, Tup) and rows.is_listed(init)  # it became one by another name
        held = init if known else self.runtime(init, more)
        self.inits[key] = self.frame.latest(self.inits[key])
        return self._holding_both(held, p, more, "")

    def as_runtime(self, key: object, p: Value, e: Value) -> Value:
        """A list or dict of a name becomes a run-time one before the loop: what it is carried as."""
        held = self.inits[key] = self.runtime(self.inits[key], e)
        return self._holding_both(held, p, e, shown(str(key)))

    def is_lost(self, before: Value, after: Value, local: Container[Var]) -> bool:
        """Whether all that a run-time list newly holds are views of what is ``local`` to a pass."""
        if not (isinstance(before, Rows) and isinstance(after, Rows)):
            return False
        return unlike.widened(before, readings.blank(after.pattern, local)) is None

    def runtime(self, before: Value, after: Value, local: Container[Var] = ()) -> Value:
        """A fixed list or dict as what the loop makes of it, but for views of what is ``local`` to
        it."""
        frame, node = self.frame, self.node
        if isinstance(before, Tup) and rows.is_listed(after):
            assorted.demand_alike(frame, before, after)
            first = rows.like(after)
            first = None if first is None else readings.blank(first, local)
            return changing.list_variable(frame, before, node, first=first)
        if isinstance(before, Rows) and isinstance(after, Rows):
            after = Rows(readings.blank(after.pattern, local), after.columns, after.identity)
        assert isinstance(before, Tree)
        members.told_otherwise(frame, before)
        made = fixed.grown(frame, before, after, frame.name_of(before))
        if made is None:
            frame.reject(refusals.TABLE_OF_UNLIKE_ITEMS, node)
        frame.change(before, made, node)
        return made

    def _holding_both(self, held: Value, p: Value, e: Value, name: str) -> Value:
        """What holds a run-time list or table, and what a pass makes of it."""
        if not alike(held, e):
            assorted.demand_alike(self.frame, held, e)
            return alternatives.changed_kind(p, e)
        pairs = zip(leaves(held), leaves(e), strict=True)
        types = [self.joined(x.type, y.type) for x, y in pairs]
        known = [t for t in types if t is not None]
        if len(known) < len(types):
            return alternatives.changed_kind(p, e)
        return rebuild(e, [Var(t, name) for t in known])
