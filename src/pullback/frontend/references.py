"""Objects in several lists: those of one list are known to the others by their places in it.

    heavy = [b for b in bodies if b.m > 1]      heavy_at = [k for k ... if bodies_m[k] > 1]
    for b in heavy: b.x += 1                    for k in heavy_at: bodies_x[k] += 1

Where a change depends on it that an item of a run-time list is put into another list, by itself or as a
part of something, lowering starts over, and there stands a reference (``Ref``) in its place: so objects
can be reached by slices, sorted lists, pairs, and by other objects that know them. A reference is taken
for the item itself wherever a name or an expression stands for it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Container, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pullback import refusals
from pullback.errors import Loc
from pullback.frontend import readings
from pullback.frontend.session import StartOver, Told
from pullback.frontend.values import Cell, Dct, Either, Reading, Ref, Rows, Struct, Tree, Tup, Value
from pullback.frontend.walking import references_in, steps, trees, with_parts
from pullback.ir.alias import NONE
from pullback.ir.core import Atom, Var
from pullback.ir.types import List

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame

Path = tuple[Any, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Member:
    """Where a container stands: the lists of its leaves, and the index there. It is ``steady`` if the
    index counts from the front, so that it does not change where something is appended; ``referred`` if
    it was read by a reference. ``form`` is what was read."""

    lists: tuple[Var, ...]
    index: Atom
    steady: bool
    form: Value
    referred: bool = False


def are_kept(frame: Frame) -> bool:
    """Whether what is put into a list where lowering stands is known by references."""
    told = frame.session.told
    return frame.b.loc in told.linked and frame.b.loc not in told.apart


def link(frame: Frame, tree: Tree) -> None:
    """Start over, if what else knows a container that is put into a list knows it as an item of one."""
    told = frame.session.told
    if tree.identity in frame.members and frame.b.loc not in told.linked | told.apart:
        raise StartOver(Told(linked=frozenset([frame.b.loc])))


def demand_list(frame: Frame, held: Value | Tree, but: object = None) -> None:
    """Start over with a list of known length that holds a container as a run-time list, so that others
    can refer to it; ``but`` is a list that it is put into."""
    if not isinstance(held, Tree):
        return
    found = (
        (name, *path) for name, value in frame.env.items()
        for path in _paths(frame.latest(value), held.identity, but)
    )  # fmt: skip
    path = next(found, None)
    if path is not None:
        demand_early(frame, path)


def demand_early(frame: Frame, path: Path) -> None:
    """Start over with a list of known length as a run-time list from the outermost statement on, by what
    leads to it."""
    outermost = (s for s in getattr(frame.node, "body", ()) if _covers(frame.loc(s), frame.b.loc))
    place = next((frame.loc(s) for s in outermost), None)
    if place is not None and (place, path) not in frame.session.told.listed:
        raise StartOver(Told(listed=frozenset([(place, path)])))


def chosen_from(frame: Frame, owner: Tup, items: Iterable[Value]) -> None:
    """Items of a list of known length were copied: where one is changed, that is a run-time list."""
    told = frame.session.told
    if frame.b.loc in told.followed:
        for item in owner.items:
            demand_list(frame, item, owner.identity)
    if frame.b.loc is not None:
        frame.chosen |= {tree.identity: frame.b.loc for item in items for tree in trees(item)}


def _covers(around: Loc, loc: Loc | None) -> bool:
    """Whether a place is in a statement."""
    first, last = (around.line, around.col), (around.end_line, around.end_col)
    return loc is not None and around.file == loc.file and first <= (loc.line, loc.col) <= last


def _paths(value: Value, identity: object, but: object) -> Iterator[Path]:
    """The ways to lists of known length that hold a container."""
    if isinstance(value, Tup) and value.is_list and value.identity is not but:
        own = [v.identity for v in value.items if isinstance(v, Tree)]
        yield from [()] if identity in own else []
    for step, part in steps(value):
        yield from ((step, *path) for path in _paths(part, identity, but))


def referred(frame: Frame, value: Value, always: bool = False) -> Value:
    """What is put into a list, with references in the place of items of others."""
    if not isinstance(value, Tree) or isinstance(value, Ref):
        return value
    if value.identity in frame.chosen and are_kept(frame):  # it is a copy so far
        frame.choose([value])
    member = frame.members.get(value.identity)
    if member is not None:
        moved = not frame.moving.isdisjoint(member.lists)
        kept = member.referred or always or are_kept(frame)
        known = member.steady and value.identity not in frame.foreign_trees
        return value if moved or not (kept and known) else _reference(frame, value, member)
    return with_parts(value, [referred(frame, part, always) for part in value.parts])


def passed(frame: Frame, value: Value) -> Value:
    """An argument of a call that may put it into lists: items of others in tuples as references."""
    if not isinstance(value, Tup) or value.is_list or not are_kept(frame):
        return value
    return with_parts(value, [referred(frame, part) for part in value.parts])


def is_referred(frame: Frame, tree: Tree) -> bool:
    """Whether a container is put into lists by a reference where lowering stands."""
    return isinstance(referred(frame, cast("Value", tree)), Ref)


def _reference(frame: Frame, value: Tree, member: Member) -> Ref:
    """A reference to an item, of the list that it was put into first."""
    frame.session.link(member.lists)
    return Ref(member.lists, cast("Value", value), member.index, frame.b.loc)


def item_of(frame: Frame, tree: Tree, lists: frozenset[Var]) -> Ref | None:
    """A reference to a container as an item of some lists, None if it is none."""
    member, loc = frame.members.get(tree.identity), frame.b.loc
    if member is None or not lists.issuperset(member.lists) or tree.identity in frame.foreign_trees:
        return None
    if not member.steady and loc not in frame.session.told.linked:
        raise StartOver(Told(linked=frozenset([loc])))
    return Ref(member.lists, member.form, member.index, loc)


def normal(frame: Frame, like: Value, value: Value) -> Value:
    """A value with references to items of other lists, and views as how they are read, where another
    one of its form has them."""
    if isinstance(like, Ref):
        return referred(frame, value, always=True)
    if isinstance(like, Reading):
        return readings.as_read(frame, value)
    if not (isinstance(like, Tree) and isinstance(value, Tree)) or len(like.parts) != len(value.parts):
        return value
    pairs = zip(like.parts, value.parts, strict=True)
    return with_parts(value, [normal(frame, *pair) for pair in pairs])


# ---- names for items


def kept(frame: Frame, value: Value, local: Container[Var], loc: Loc) -> Value:
    """What a block at a place hands on, which may be of two kinds: items of lists from before, which are
    not ``local`` to it, as references, where a write depends on it."""
    told = frame.session.told
    return _named(frame, value, local, loc) if loc in told.followed - told.apart else value


def kept_inside(frame: Frame, owner: Value, local: Container[Var], loc: Loc) -> Value:
    """The same for what a changed container holds, and containers in it."""
    if loc not in frame.session.told.followed - frame.session.told.apart:
        return owner
    if not isinstance(owner, Struct | Dct | Tup | Cell | Either):
        return owner
    found = [_named(frame, part, local, loc) for part in owner.parts]
    pairs = zip(found, owner.parts, strict=True)
    parts = [a if a is not b else kept_inside(frame, a, local, loc) for a, b in pairs]
    return with_parts(owner, parts)


def matched(
    frame: Frame, ends: list[Value], local: Sequence[Container[Var]], loc: Loc
) -> list[Value]:
    """What the sides of a branch leave under a name: items as references, if that of the other side is
    a reference to one of the same list, or where a write depends on it."""
    found = [kept(frame, end, made, loc) for end, made in zip(ends, local, strict=True)]
    forms = [{tree.form for tree in trees(end) if isinstance(tree, Ref)} for end in found]
    pairs = zip(found, local, reversed(forms), strict=True)
    found = [_named(frame, end, made, loc, known) if known else end for end, made, known in pairs]
    return ends if all(map(operator.is_, ends, found)) else found


def matched_inside(
    frame: Frame, ends: list[Value], local: Sequence[Container[Var]], loc: Loc
) -> list[Value]:
    """The same for what one changed container holds on both sides."""
    one, other = ends
    if not (isinstance(one, Tree) and isinstance(other, Tree)) or one.form != other.form:
        return ends
    if isinstance(one, Ref | Rows):
        return ends
    pairs = zip(one.parts, other.parts, strict=True)
    found = [[a, b] if a is b else matched(frame, [a, b], local, loc) for a, b in pairs]
    return [with_parts(end, [pair[k] for pair in found]) for k, end in enumerate((one, other))]


def _named(
    frame: Frame, value: Value, local: Container[Var], loc: Loc, forms: Container[Hashable] = ()
) -> Value:
    """A value of some kinds with references in the place of items, which are of the given forms."""
    if isinstance(value, Either):
        parts = [_named(frame, part, local, loc, forms) for part in (value.first, value.second)]
        return with_parts(value, [value.is_first, *parts])
    if isinstance(value, Tup) and not value.is_list:
        return with_parts(value, [_named(frame, part, local, loc, forms) for part in value.parts])
    member = frame.members.get(value.identity) if isinstance(value, Tree) else None
    if member is None or any(l in local for l in member.lists):
        return value
    if not member.steady and loc not in frame.session.told.linked:
        raise StartOver(Told(linked=frozenset([loc])))
    if not member.steady or cast("Tree", value).identity in frame.foreign_trees:
        return value
    found = Ref(member.lists, member.form, member.index, loc)
    return found if not forms or found.form in forms else value


# ---- lists that hold what others do


def overlapping(frame: Frame, lists: Iterable[Var], among: Iterable[Var]) -> set[Var]:
    """Those of some lists that are, or may be, one of others: what a loop begins with is the list that
    it hands from pass to pass."""
    lists = {*lists}
    own = NONE.union(*(frame.of(l).own for l in lists))
    return {l for l in among if l in lists or not frame.of(l).own.isdisjoint(own)}


def share(frame: Frame, node: ast.AST, lists: set[Var], places: Iterable[Loc | None] = ()) -> None:
    """The items of some lists may be items of others, since they were put there at some places."""
    for root in lists:
        frame.session.shared.setdefault(root, set()).update(places or [frame.b.loc])
    if overlapping(frame, lists, frame.lowered.rewritten):
        frame.session.link(lists)
        frame.reject(refusals.WRITTEN_ITEMS_SHARED, node, name="a list")


def rewrite(frame: Frame, node: ast.AST, lists: set[Var]) -> None:
    """Items of lists were changed, which no others may hold."""
    frame.lowered.rewritten |= lists
    frame.lowered.alters |= bool(lists)
    shared = overlapping(frame, lists, frame.session.shared)
    if shared:
        share(frame, node, shared, {place for root in shared for place in frame.session.shared[root]})


def is_one_of(frame: Frame, v: Atom, *sources: Atom) -> None:
    """A list is one of several: its items may be items of what theirs may be items of."""
    if not (isinstance(v, Var) and isinstance(v.type, List)):
        return
    shared, heap = frame.session.shared, frame.heap
    roots = [heap.root(a) for a in sources if isinstance(a, Var) and heap.root(a) in shared]
    if roots:
        places = {place for root in roots for place in shared[root]}
        share(frame, frame.stmt or frame.node, {heap.root(v)}, places)


# ---- where references lead


def live(frame: Frame, lists: Iterable[Var]) -> Ref | None:
    """A reference to an item of some lists that may still be read."""
    changed = {*lists}
    found = (r for _, value in frame.others() for r in references_in(frame.latest(value)))
    return next((r for r in found if not changed.isdisjoint(r.lists)), None)


def leading_out(values: Iterable[Value], known: Iterable[Var]) -> Ref | None:
    """A reference among values, or in a list, to an item of a list that is not known."""
    roots = {*known}
    found = (r for value in values for r in references_in(value))
    return next((r for r in found if not roots.issuperset(r.lists)), None)
