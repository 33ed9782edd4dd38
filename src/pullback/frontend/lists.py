"""Run-time lists: methods that change one, and what operators make of two.

What moves items about is written in Python, as loops over the list.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from pullback import refusals
from pullback.frontend import (
    assorted,
    changing,
    conditions,
    fixed,
    inline,
    members,
    orders,
    permits,
    places,
    readings,
    rows,
    sequences,
    unkept,
    unlike,
)
from pullback.frontend.frame import Frame
from pullback.frontend.list_reads import (
    READING,
    as_index,
    clamped,
    from_start,
    index_of,
    refuse_deques,
    sliced,
    taken,
)
from pullback.frontend.lowering import (
    ON_LISTS,
    ON_WALKS,
    Keywords,
    as_atom,
    entered,
    item_at,
    length_of,
    lower,
    made,
    simple_op,
)
from pullback.frontend.operators import LONGEST, apply_binary
from pullback.frontend.rows import Listed, is_listed
from pullback.frontend.values import NONE, Method, Rows, Tree, Tup, Value, skeleton
from pullback.frontend.walking import describe, has_two, shown
from pullback.ir.core import Atom, Const, Var

Handler = Callable[[Frame, ast.Call, "Changed", list[Value], Keywords], Value]
METHODS: dict[str, Handler] = {}
# What lists alone can do, and deques alone.
_OF_LISTS = frozenset(("insert", "remove", "reverse", "sort"))
_OF_DEQUES = frozenset(("appendleft", "popleft"))

EXTEND = """
for item in source:
    target.append(item)
"""
DOUBLE = """
for k in range(size):
    target.append(target[k])
"""
# The part of a list before a place, and the part from it on.
UNTIL = """
for k in range(place):
    out.append(source[k])
"""
FROM = """
for k in range(place, size):
    out.append(source[k])
"""
class Changed:
    """A list that a method changes."""

    def __init__(self, frame: Frame, node: ast.AST, held: ast.AST, owner: Value) -> None:
        self.frame = frame
        self.node = node
        self.held = held
        self.owner = frame.latest(owner)
        self.name = frame.name_of(self.owner) if isinstance(self.owner, Tree) else ""
        if not self.is_empty:
            self.opened()

    @property
    def is_empty(self) -> bool:
        """Whether it is a list display to which nothing has been added yet."""
        return isinstance(self.owner, Tup) and not self.owner.items

    def opened(self, first: Value | None = None) -> Listed:
        """The list as a run-time list; ``first`` is what an empty one is to hold."""
        frame, node = self.frame, self.node
        if isinstance(self.owner, Tup):
            self.owner = changing.list_variable(frame, self.owner, node, self.held, first)
        owner = self.value
        assert is_listed(owner)
        for column in rows.columns(owner):
            self.name = self.name or frame.heap.root(column).name
            if not places.is_item(frame, column):
                permits.may_write(frame, frame.heap.root(column), node)
        return owner

    @property
    def value(self) -> Value:
        """The list as it is by now."""
        return self.frame.latest(self.owner)

    @property
    def size(self) -> Atom:
        return Const(0) if self.is_empty else length_of(self.frame, self.opened())

    def becomes(self, value: Value) -> Value:
        """The list holds what another one does, which nothing else knows."""
        value = self.frame.latest(value)
        if isinstance(value, Tup) and not value.items and self.is_empty:
            return NONE
        if isinstance(value, Tup):
            value = fixed.runtime(self.frame, value, functions=True) or value
        assert is_listed(value)
        owner, heap = self.opened(rows.like(value)), self.frame.heap
        value = self.in_its_form(value)
        if isinstance(value, Rows):
            owner, _ = changing.taking(self.frame, self.node, owner, value.pattern)
            value = unlike.like_another(self.frame, value, owner)
        if skeleton(rows.like(owner) or NONE) != skeleton(rows.like(value) or NONE):
            unkept.demand_kept(self.frame.session.told, self.frame.b.loc, owner, value)
        if len(rows.columns(owner)) != len(rows.columns(value)):
            assorted.demand_alike(self.frame, owner, value)
            row, held = refusals.APPENDED_UNLIKE, describe(rows.like(value) or value)
            self.frame.reject(row, self.node, value=held, owner=describe(owner))
        members.resettled(self.frame, map(heap.root, rows.columns(owner)), False)
        for column, new in zip(rows.columns(owner), rows.columns(value), strict=True):
            changing.may_resize(self.frame, column)
            now = heap.now(new)
            assert isinstance(now, Var)
            if places.is_item(self.frame, column):
                permits.may_change_lists(self.frame, heap.root(column), self.node, column.name)
            places.replace(
                self.frame, column, now, heap.reference(now) in self.frame.places.separate
            )
        return NONE

    def in_its_form(self, value: Listed) -> Listed:
        """A list of items of one kind as one of the kinds that this list holds."""
        owner = self.value
        if not isinstance(owner, Rows) or not has_two(owner.pattern) or rows.like(value) is not None:
            return value
        out = rows.emptied(self.frame, owner)
        found = inline.expand(self.frame, self.node, EXTEND, "target", target=out, source=value)
        assert is_listed(found)
        return found

    def refuse_empty(self, message: str) -> None:
        """Nothing was put into a list whose kind of items is not known."""
        if self.is_empty or rows.is_unknown(self.opened()):
            self.frame.raises("IndexError", message)


def changes(name: str) -> Callable[[Handler], Handler]:
    return entered(METHODS, name)


def call_method(
    frame: Frame, node: ast.Call, m: Method, owner: Value, args: list[Value], keywords: Keywords
) -> Value:
    """A method of a list."""
    if keywords and m.name != "sort":
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=m.name, arguments="no keywords")
    if m.name in READING:
        return READING[m.name](frame, node, owner, args)
    if m.name != "extend":
        args = [ON_WALKS["paused"](frame, node, a) for a in args]
    if m.name not in METHODS or m.name in (_OF_LISTS if rows.is_deque(owner) else _OF_DEQUES):
        frame.reject(refusals.LIST_METHOD, node, name=m.name)
    if m.name in ("append", "extend") and len(args) == 1:
        items = Tup(tuple(args)) if m.name == "append" else args[0]
        if grows_once(frame, owner, items):
            return longer(frame, owner, items, m.node.value)
    target = Changed(frame, node, m.node.value, owner)
    if m.name in ("append", "extend"):
        return METHODS[m.name](frame, node, target, args, keywords)
    with members.moving(frame, target.value):  # within the list
        found = METHODS[m.name](frame, node, target, args, keywords)
    if is_listed(now := target.value):
        for value in args:
            rows.put(frame, node, value, map(frame.heap.root, rows.columns(now)))
    return found


# ---- at the end


def grows_once(frame: Frame, owner: Value, items: Value) -> bool:
    """Whether objects or other containers, items of unlike kinds, or none at all, are put at the end of
    a list of known length by what runs once, or once for each time that the list is made: its length
    stays known then, and its items may be of any kinds."""
    session, now, items = frame.session, frame.latest(owner), frame.latest(items)
    known = isinstance(now, Tup) and now.is_list and now.identity not in frame.watched
    runs_once = not session.inner or _is_made_here(frame, now)
    runs_once = runs_once and not session.catching and frame.region is None
    if not (known and runs_once and isinstance(now, Tup) and isinstance(items, Tup)):
        return False
    if len(now.items) + len(items.items) > LONGEST:
        return False
    if frame.b.loc in session.told.unlike:
        session.unlike.add(now.identity)
    known = not items.items or now.identity in session.unlike
    return known or any(any(rows.changeable(item)) for item in items.items)


def _is_made_here(frame: Frame, now: Value) -> bool:
    """Whether a list was made in this pass of the innermost loop, and on this side of branches."""
    return isinstance(now, Tup) and frame.made_in.get(now.identity) is frame.session.block


def longer(frame: Frame, owner: Value, items: Value, held: ast.AST) -> Value:
    """A list of known length with other items at its end."""
    now, items = frame.latest(owner), frame.latest(items)
    assert isinstance(now, Tup)
    assert isinstance(items, Tup)
    frame.change(now, replace(now, items=(*now.items, *items.items)), held)
    if _is_made_here(frame, now):
        return NONE
    for _, key in frame.session.lowering:  # which are lowered anew where they run more often
        if (around := frame.session.functions.get(key)) is not None:
            around.once = True
    return NONE


@changes("append")
def append(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    return push(frame, node, target, taken(frame, node, args, "append", range(1, 2))[0])


def push(frame: Frame, node: ast.AST, target: Changed, value: Value, **params: Any) -> Value:
    stands = not params and members.may_stand(frame, value)
    v = changing.as_item(frame, value, node, target.value, stands)
    owner, v = changing.taking(frame, node, target.opened(v), v)
    _make_room(frame, node, owner, **params)
    place = length_of(frame, owner) if stands else None
    if not rows.holds(owner, v):
        if isinstance(owner, Var) and unkept.is_kept(v):
            places.tell_form(frame, owner, v)
        unkept.demand_kept(frame.session.told, frame.b.loc, owner, v)
        if isinstance(value, Tree) and value.identity in frame.members:
            frame.reject(refusals.HELD_CONTAINER, node, value=describe(value))
        if isinstance(owner, Var):
            places.tell_form(frame, owner, v)
        opened = (frame.session.opened.get(frame.heap.root(c), frame.b.loc) for c in rows.columns(owner))
        frame.session.keep_lengths(frame.b.loc, *opened)
        assorted.demand_inside(frame, owner, v)
        assorted.demand(frame, owner, v)
        frame.reject(refusals.APPENDED_UNLIKE, node, value=describe(v), owner=describe(owner))
    changing.change_list(frame, node, owner, "list_push", value=v, **params)
    rows.put(frame, node, value, map(frame.heap.root, rows.columns(owner)))
    if place is not None:
        members.stands(frame, cast("Rows", owner), place, cast("Tree", v))
    return NONE


def _make_room(frame: Frame, node: ast.AST, owner: Listed, **params: Any) -> None:
    """A deque that is full loses the item at the other end."""
    most = rows.kind_of(owner).most
    if most is None or rows.is_unknown(owner):
        return

    def drop() -> None:
        other: dict[str, Any] = {} if params else {"front": True}
        changing.change_list(frame, node, owner, "list_pop", **other)

    full = simple_op(frame, node, "ge", length_of(frame, owner), Const(most))
    conditions.branch(frame, full, drop, lambda: None, dict(frame.env), frame.loc(node))


@changes("extend")
def extend(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    (source,) = taken(frame, node, args, "extend", range(1, 2))
    return extended(frame, node, target, source)


def extended(frame: Frame, node: ast.AST, target: Changed, source: Value) -> Value:
    """The items of an iterable are appended one by one."""
    if is_listed(source) and _same_list(frame, source, target.value):
        inline.expand(frame, node, DOUBLE, "target", target=target.value, size=target.size)
        return NONE
    if (few := sequences.short(frame, node, source)) is not None:
        with frame.holding() as pending:
            pending += few.items
            for item in few.items:
                push(frame, node, target, item)
        return NONE
    inline.expand(frame, node, EXTEND, "target", target=target.value, source=source)
    return NONE


def _same_list(frame: Frame, a: Listed, b: Value) -> bool:
    ours, theirs = rows.columns(a), rows.columns(b) if is_listed(b) else []
    return bool(theirs) and frame.heap.root(ours[0]) is frame.heap.root(theirs[0])


@changes("pop")
def pop(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    taken(frame, node, args, "pop", range(1 if rows.is_deque(target.owner) else 2))
    target.refuse_empty("pop from empty list")
    if not args:
        return popped(frame, node, target)
    i = as_index(frame, node, args[0])
    owner = target.opened()
    item = members.removed(frame, owner, item_at(frame, node, owner, i))
    target.becomes(without(frame, node, target, i))
    return item


def popped(frame: Frame, node: ast.AST, target: Changed, **params: Any) -> Value:
    """The item at an end of a list, which it loses."""
    owner = target.opened()
    item = rows.item_of(owner, changing.change_list(frame, node, owner, "list_pop", **params))
    members.taken_out(frame, owner, item)
    return members.read(frame, readings.read(frame, item))


def without(frame: Frame, node: ast.AST, target: Changed, i: Atom) -> Value:
    """A list without one of its items, an index that is in it."""
    size = target.size
    place = from_start(frame, node, i, size)
    after = as_atom(frame, apply_binary(frame, node, ast.Add, place, Const(1)), node)
    return spliced(frame, node, target, place, [], after, size)


def spliced(
    frame: Frame, node: ast.AST, target: Changed, place: Value, items: list[Value], after: Value,
    size: Value,
) -> Value:  # fmt: skip
    """A new list: what stands before a place, other items, and what stands from another place on."""
    source, name = target.value, shown(target.name)
    out = inline.expand(
        frame, node, UNTIL, "out", name, source=source, place=place, out=made(frame, (), True)
    )
    with members.staying(frame):
        for item in items:
            out = inline.expand(frame, node, "out.append(item)", "out", name, out=out, item=item)
    return inline.expand(frame, node, FROM, "out", name, source=source, place=after, size=size, out=out)


# ---- anywhere


@changes("insert")
def insert(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    where, item = taken(frame, node, args, "insert", range(2, 3))
    size = target.size
    place = clamped(frame, node, as_index(frame, node, where), size, Const(0), size)
    return target.becomes(spliced(frame, node, target, place, [item], place, size))


@changes("remove")
def remove(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    place = index_of(frame, node, target.value, taken(frame, node, args, "remove", range(1, 2)))
    return target.becomes(without(frame, node, target, as_atom(frame, place, node)))


@changes("clear")
def clear(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    taken(frame, node, args, "clear", range(1))
    return NONE if target.is_empty else target.becomes(rows.emptied(frame, target.opened()))


@changes("reverse")
def reverse(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    taken(frame, node, args, "reverse", range(1))
    if target.is_empty:
        return NONE
    return target.becomes(sliced(frame, node, target.opened(), [None, None, Const(-1)]))


@changes("sort")
def sort(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    taken(frame, node, args, "sort", range(1))
    return target.becomes(orders.in_order_of(frame, node, target.value, keywords))


def delete(frame: Frame, target: ast.Subscript, owner: Value) -> Value:
    """``del l[i]``."""
    if isinstance(target.slice, ast.Slice):
        return ON_LISTS[ast.Del](frame, target, owner)
    changed = Changed(frame, target, target.value, owner)
    changed.refuse_empty("list assignment index out of range")
    refuse_deques(frame, target, changed.value)
    i = as_index(frame, target, lower(frame, target.slice))
    item_at(frame, target, changed.opened(), i)  # raises where the index is out of range
    with members.moving(frame, changed.value):
        return changed.becomes(without(frame, target, changed, i))




ON_LISTS[ast.Delete] = delete
