"""Objects in run-time lists: an item that was read is one object with the item in the list.

    p = particles[i]        p.x and p.v are read from the columns xs and vs
    p.x += 1.0              xs[i] = p.x + 1.0, and whatever else may be this item is read again

So what is done to an item is done to the list, and to other names for the same item. A change of the
list itself (but for appending) leaves it open where an item stands: then nothing is done to it anymore.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import cast

from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend import permits, places, readings, references, rows, several, unkept, unlike
from pullback.frontend.frame import LED_TO, ON_CHANGES, ON_SEVERAL, Frame
from pullback.frontend.references import Member
from pullback.frontend.rows import Listed
from pullback.frontend.values import Dct, Ref, Rows, Struct, Tree, Value
from pullback.frontend.walking import anew, leaves, rebuild, references_in, text_of, trees, with_parts
from pullback.ir.alias import NONE
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import List, join


def enter(frame: Frame, owner: Listed, index: Atom, item: Value, steady: bool) -> None:
    """Note where the containers in an item stand that was read."""
    if not isinstance(owner, Rows):
        return
    if owner.identity in frame.members:  # a list within an item of a list
        kept_as_they_are(frame, item, refusals.CHANGED_ITEM_OF_LIST)
        return
    roots = [frame.heap.root(column) for column in rows.columns(owner)]
    steady = steady or places.counts_from_start(frame, index)
    if not steady and frame.session.told.linked:  # others may come to lead there
        index, steady = frame.op("mod", index, frame.op("list_len", roots[0])), True
    _enter(frame, roots, index, item, steady, False)


def _enter(
    frame: Frame, roots: Sequence[Var], index: Atom, item: Value, steady: bool, referred: bool
) -> None:
    may_change = {tree.identity for tree in rows.changeable(item)}

    def visit(value: Value, first: int) -> int:
        """Enter a value whose leaves begin at a place; gives the place behind it."""
        if not isinstance(value, Tree):
            return first + len(leaves(value))
        behind = first
        for part in value.parts:
            behind = visit(part, behind)
        if value.identity in may_change:
            lists = tuple(roots[first:behind])
            frame.members[value.identity] = Member(lists, index, steady, value, referred)
        return behind

    visit(item, 0)


def may_stand(frame: Frame, value: Value) -> bool:
    """Whether an object, which other names know, can be known as an item of a list that it is put into:
    it was made in this pass of the innermost loop, and on this side of branches."""
    if not isinstance(value, Struct | Dct) or frame.session.catching or frame.region is not None:
        return False
    inner = [*rows.changeable(value)]
    made = all(frame.made_in.get(tree.identity) is frame.session.block for tree in inner)
    known = any(t.identity in frame.members or t.identity in frame.foreign_trees for t in inner)
    plain = all(isinstance(tree, Struct | Dct) for tree in inner)
    once = len({tree.identity for tree in inner}) == len(inner)
    return bool(inner) and made and plain and once and not known


def stands(frame: Frame, owner: Rows, place: Atom, item: Tree) -> None:
    """A container that others may know has become an item of a list, in the form that it has there."""
    before, after = leaves(frame.latest(cast("Value", item))), leaves(cast("Value", item))
    if len(before) < len(after):  # texts are values there
        frame.heap.change(item.identity, cast("Value", item))
    enter(frame, owner, place, cast("Value", item), True)


def read(frame: Frame, value: Value) -> Value:
    """What a reference leads to, as it is where lowering stands; all else as it is."""
    if not isinstance(value, Ref):
        return value
    atoms = [frame.op("list_get", root, value.index, checked=True) for root in value.lists]
    item = anew(rebuild(value.pattern, atoms))
    _enter(frame, value.lists, value.index, item, True, True)
    return readings.read(frame, item)


def read_inside(frame: Frame, value: Value, known: Sequence[Var] = ()) -> Value:
    """A value with what references in it lead to, but for those that lists hold, and those to items of
    ``known`` lists."""
    if isinstance(value, Ref):
        is_known = {*known}.issuperset(value.lists)
        return value if is_known else read_inside(frame, read(frame, value), known)
    if not isinstance(value, Tree) or next(references_in(value), None) is None:
        return value
    return with_parts(value, [read_inside(frame, part, known) for part in value.parts])


def kept_as_they_are(
    frame: Frame, value: Value, row: Refusal = refusals.CHANGED_ONE_OF_SEVERAL
) -> None:
    """The containers in a value are not changed from here on: it is, or has, a copy of them."""
    frame.foreign_trees |= {tree.identity: row for tree in rows.changeable(value)}


def copied(frame: Frame, identity: object, new: Tree) -> None:
    """A container has been copied along with others, of which it may be one: so may its copy."""
    if frame.foreign_trees.get(identity) is refusals.CHANGED_ONE_OF_SEVERAL:
        frame.foreign_trees[new.identity] = refusals.CHANGED_ONE_OF_SEVERAL
        if identity in frame.chosen:
            frame.chosen[new.identity] = frame.chosen[identity]


def asked(frame: Frame, value: Value) -> None:
    """What a function with a cache is asked for, which may forget what it gave: neither this nor what it
    holds is changed from here on, by the callers neither."""
    row = refusals.CHANGED_ASKED
    kept_as_they_are(frame, value, row)
    reach = (frame.of(a).reach for a in leaves(value) if isinstance(a, Var))
    frame.owners |= dict.fromkeys(NONE.union(*reach), row)
    frame.lowered.asked |= {tree.identity for tree in trees(value)}.intersection(frame.lowered.trees)


def removed(frame: Frame, owner: Listed, item: Value) -> Value:
    """An item that was read from a list which loses it: an object by itself, if it is no reference."""
    if isinstance(rows.like(owner), Ref):
        return item
    item = anew(item)
    taken_out(frame, owner, item)
    return item


def taken_out(frame: Frame, owner: Listed, item: Value) -> None:
    """An item is in a list no longer, but maybe in others: then nothing is done to it."""
    roots = [frame.heap.root(column) for column in rows.columns(owner)]
    inner = [tree.identity for tree in rows.changeable(item)]
    if not inner:
        return
    frame.lowered.taken |= {*roots}
    frame.copies |= dict.fromkeys(inner, roots)
    if references.overlapping(frame, roots, frame.session.shared):
        frame.foreign_trees |= dict.fromkeys(inner, refusals.CHANGED_ITEM_OF_LIST)


# ---- changes of items


def write(frame: Frame, tree: Tree, new: Value, node: ast.AST) -> None:
    """An item holds something else: so does its list, at its place."""
    member = frame.members.get(tree.identity)
    if member is None:
        return
    before = references.normal(frame, member.form, frame.latest(cast("Value", tree)))
    if isinstance(new, Tree):
        new = cast("Value", new.remade(map(frame.latest, new.parts)))
        new = references.normal(frame, member.form, new)
    item = rows.in_form_of_row(frame, new)
    if item is None or not several.fits(before, item):
        unkept.demand_one_form(member.form)
        frame.reject(refusals.CHANGED_ITEM_OF_LIST, node, name=text_of(node))
    item = unlike.placed(frame, item, before)
    for root, old, value in zip(member.lists, leaves(before), leaves(item), strict=True):
        column = frame.heap.now(root)
        if old is value or frame.heap.same(old, value):
            continue
        if join(column.type, cast("List", column.type).holding(value.type)) is None:
            frame.reject(refusals.CHANGED_ITEM_OF_LIST, node, name=text_of(node))
        permits.may_set(frame, root, node)
        refuse_known_by_others(frame, root, node)
        if shared := references.overlapping(frame, [root], frame.session.shared):
            frame.session.link(shared)
            frame.reject(refusals.CHANGED_ITEM_OF_LIST, node, name=text_of(node))
        places.rearranged(frame, root)
        out = frame.op("list_set", root, member.index, value, names=(root.name,), checked=True)
        frame.heap.write(root, out)
        frame.lowered.rewritten.add(root)
    frame.lowered.alters = True
    read_again(frame, member.lists, but=tree.identity)


def lists_of(frame: Frame, value: Value) -> set[Var]:
    """The lists that a value has items of."""
    found = (frame.members.get(tree.identity) for tree in trees(value))
    refs = {l for r in references_in(value) for l in r.lists}
    return refs.union(*(member.lists for member in found if member is not None))


def refuse_known_by_others(frame: Frame, root: Var, node: ast.AST) -> None:
    """Refuse to change an item of a list that may be another one, of which an item is known."""
    own = frame.of(root).own
    for _, value in frame.others():
        for other in lists_of(frame, value) - {root}:
            if not frame.of(other).own.isdisjoint(own):
                frame.reject(refusals.CHANGED_ONE_OF_SEVERAL, node, name=text_of(node))


def read_again(frame: Frame, lists: Iterable[Var], but: object) -> None:
    """Items of lists that were written to, as they are by now; they may be the one that changed."""
    changed = {*lists}
    for tree in live(frame, changed):
        if tree.identity is but:
            continue
        member = frame.members[tree.identity]
        atoms = [frame.op("list_get", root, member.index, checked=True) for root in member.lists]
        known = references.normal(frame, member.form, frame.latest(cast("Value", tree)))
        now = readings.read(frame, rebuild(unlike.placed(frame, known, member.form), atoms))
        frame.heap.change(tree.identity, now)


ON_CHANGES.append(write)
LED_TO.append(read)
ON_SEVERAL.append(references.demand_list)


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
def moving(frame: Frame, owner: Value) -> Iterator[None]:
    """What is put into lists meanwhile takes the place of what it was read from, in a list."""
    lists = rows.columns(owner) if rows.is_listed(owner) else []
    with _moves(frame, frame.moving.union(map(frame.heap.root, lists))):
        yield


def staying(frame: Frame) -> AbstractContextManager[None]:
    """What is put into lists meanwhile stays where it is, and stands in two places."""
    return _moves(frame, frozenset())


@contextmanager
def _moves(frame: Frame, lists: frozenset[Var]) -> Iterator[None]:
    before, frame.moving = frame.moving, lists
    try:
        yield
    finally:
        frame.moving = before


# ---- changes of lists


def resettled(frame: Frame, lists: Iterable[Var], appended: bool) -> None:
    """The items of lists stand elsewhere from here on: those that may still be read stay as they are."""
    roots = {*lists}
    for tree in live(frame, roots):
        if not (appended and frame.members[tree.identity].steady):
            frame.foreign_trees[tree.identity] = refusals.CHANGED_ONE_OF_SEVERAL
    if not appended:
        resettle(frame, roots, frame.stmt or frame.node)


def told_otherwise(frame: Frame, owner: Value) -> None:
    """A list gets other columns: its items that may still be read stay as they are."""
    if isinstance(owner, Rows):
        resettled(frame, map(frame.heap.root, rows.columns(owner)), False)


def resettle(frame: Frame, lists: set[Var], node: ast.AST) -> None:
    """The items of lists stand elsewhere from here on: no other list may refer to them."""
    frame.lowered.resettled |= lists
    if references.live(frame, lists) is not None:
        frame.reject(refusals.REFERRED_ITEMS_MOVE, node)


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
