"""Objects in run-time lists: an item that was read is one object with the item in the list.

    p = particles[i]        p.x and p.v are read from the columns xs and vs
    p.x += 1.0              xs[i] = p.x + 1.0, and whatever else may be this item is read again

So what is done to an item is done to the list, and to other names for the same item. A change of the
list itself (but for appending) leaves it open where an item stands: then nothing is done to it anymore.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend import permits, places, rows
from pullback.frontend.frame import ON_CHANGES, Frame
from pullback.frontend.rows import Listed
from pullback.frontend.values import Rows, Tree, Value
from pullback.frontend.walking import leaves, rebuild, text_of, trees
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import List, join


@dataclass(frozen=True, eq=False, slots=True)
class Member:
    """Where a container stands: the lists of its leaves, and the index there. It is ``steady`` if the
    index counts from the front, so that it does not change where something is appended."""

    lists: tuple[Var, ...]
    index: Atom
    steady: bool


def enter(frame: Frame, owner: Listed, index: Atom, item: Value, steady: bool) -> None:
    """Note where the containers in an item stand that was read."""
    if not isinstance(owner, Rows):
        return
    if owner.identity in frame.members:  # a list within an item of a list
        kept_as_they_are(frame, item, refusals.CHANGED_ITEM_OF_LIST)
        return
    steady = steady or (isinstance(index, Const) and index.value >= 0)
    roots = [frame.heap.root(column) for column in rows.columns(owner)]
    may_change = {tree.identity for tree in rows.changeable(item)}

    def visit(value: Value, first: int) -> int:
        """Enter a value whose leaves begin at a place; gives the place behind it."""
        if not isinstance(value, Tree):
            return first + len(leaves(value))
        behind = first
        for part in value.parts:
            behind = visit(part, behind)
        if value.identity in may_change:
            frame.members[value.identity] = Member(tuple(roots[first:behind]), index, steady)
        return behind

    visit(item, 0)


def kept_as_they_are(
    frame: Frame, value: Value, row: Refusal = refusals.CHANGED_ONE_OF_SEVERAL
) -> None:
    """The containers in a value are not changed from here on: it is, or has, a copy of them."""
    frame.foreign_trees |= {tree.identity: row for tree in rows.changeable(value)}


# ---- changes of items


def write(frame: Frame, tree: Tree, new: Value, node: ast.AST) -> None:
    """An item holds something else: so does its list, at its place."""
    member = frame.members.get(tree.identity)
    if member is None:
        return
    before = cast("Tree", frame.latest(cast("Value", tree)))
    if isinstance(new, Tree):
        new = cast("Value", new.remade(map(frame.latest, new.parts)))
    item = rows.as_row(frame, new)
    if item is None or not rows.fits(cast("Value", before), item):
        frame.reject(refusals.CHANGED_ITEM_OF_LIST, node, name=text_of(node))
    for root, old, value in zip(member.lists, leaves(cast("Value", before)), leaves(item), strict=True):
        column = frame.heap.now(root)
        if old is value or frame.heap.same(old, value):
            continue
        if join(column.type, cast("List", column.type).holding(value.type)) is None:
            frame.reject(refusals.CHANGED_ITEM_OF_LIST, node, name=text_of(node))
        permits.may_set(frame, root, node)
        if root in frame.session.shared:
            frame.reject(refusals.CHANGED_ITEM_OF_LIST, node, name=text_of(node))
        places.rearranged(frame, root)
        out = frame.op("list_set", root, member.index, value, names=(root.name,), checked=True)
        frame.heap.write(root, out)
        frame.lowered.rewritten.add(root)
    read_again(frame, member.lists, but=tree.identity)


def read_again(frame: Frame, lists: Iterable[Var], but: object) -> None:
    """Items of lists that were written to, as they are by now; they may be the one that changed."""
    changed = {*lists}
    for tree in live(frame, changed):
        if tree.identity is but:
            continue
        member = frame.members[tree.identity]
        atoms = [frame.op("list_get", root, member.index, checked=True) for root in member.lists]
        frame.heap.change(tree.identity, rebuild(frame.latest(cast("Value", tree)), atoms))


ON_CHANGES.append(write)


def live(frame: Frame, lists: set[Var]) -> Iterator[Tree]:
    """The items of some lists that may still be read."""
    seen: set[object] = set()
    for _, value in frame.others():
        for tree in trees(value):
            member = frame.members.get(tree.identity)
            if member is None or tree.identity in seen or tree.identity in frame.foreign_trees:
                continue
            seen.add(tree.identity)
            if not lists.isdisjoint(member.lists):
                yield tree


# ---- items of two lists


@contextmanager
def moving(frame: Frame) -> Iterator[None]:
    """What is put into lists meanwhile takes the place of what it was read from."""
    before, frame.moving = frame.moving, True
    try:
        yield
    finally:
        frame.moving = before


# ---- changes of lists


def resettled(frame: Frame, lists: Iterable[Var], appended: bool) -> None:
    """The items of lists stand elsewhere from here on: those that may still be read stay as they are."""
    for tree in live(frame, {*lists}):
        if not (appended and frame.members[tree.identity].steady):
            frame.foreign_trees[tree.identity] = refusals.CHANGED_ONE_OF_SEVERAL


def refuse_changed_by_call(
    frame: Frame, node: ast.AST, lists: Iterable[Var], name: str
) -> None:
    """A call has changed items of lists: which, its caller does not know."""
    changed = {*lists}
    if not changed:
        return
    if any(live(frame, changed)):
        frame.reject(refusals.ITEM_BESIDE_CALL, node, function=name)
    several = refusals.CHANGED_ONE_OF_SEVERAL
    for _, value in frame.others():
        if any(frame.foreign_trees.get(t.identity) is several for t in trees(value)):
            frame.reject(refusals.ITEM_BESIDE_CALL, node, function=name)


# ---- which item it is


def apart(frame: Frame, a: Member, b: Member) -> bool | Atom | None:
    """Whether two items are surely different ones: a bool where that is known, else what tells at run
    time that they are the same, None if nothing does."""
    if {*a.lists}.isdisjoint(b.lists):
        return True
    if a.index is b.index or (isinstance(a.index, Const) and a.index == b.index):
        return False
    if not (a.steady and b.steady):
        return None
    if isinstance(a.index, Const) and isinstance(b.index, Const):
        return True
    key = frozenset((a.index, b.index))
    compared = frame.heap.state.compared
    if key not in compared:
        compared[key] = frame.op("eq", a.index, b.index)
    known = frame.facts.get(compared[key])
    return compared[key] if known is None else not known


def refuse_mixed(
    frame: Frame, node: ast.AST, changed: Sequence[Tree], others: Iterable[Value],
    inputs: Sequence[Atom], name: str,
) -> None:  # fmt: skip
    """Refuse a call that changes an item and may know it, or its list, by another argument as well."""
    for tree in changed:
        member = frame.members.get(tree.identity)
        if member is None:
            continue
        mine = {*member.lists}
        if any(isinstance(a, Var) and frame.heap.root(a) in mine for a in inputs):
            frame.reject(refusals.ITEM_IN_TWO_ARGUMENTS, node, function=name)
        for other in (t for value in others for t in trees(value) if t.identity is not tree.identity):
            theirs = frame.members.get(other.identity)
            inside = any(t.identity is other.identity for t in trees(cast("Value", tree)))
            around = any(t.identity is tree.identity for t in trees(cast("Value", other)))
            if theirs is None or inside or around:
                continue
            if apart(frame, member, theirs) is not True:
                frame.reject(refusals.ITEM_IN_TWO_ARGUMENTS, node, function=name)
