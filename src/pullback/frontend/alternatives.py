"""Values of two kinds or more: which of them a name holds is known at run time only.

    best = None                     s = 0
    for v in x:                     for row in X:
        if best is None or v < best:    s = s + row
            best = v

Such a value is kept as both, side by side, with a bool that tells which of them it is: ``best is
None`` is that bool. Code that reads it is lowered twice, on either side of a branch, unless the bool is
known there from a condition (``Building.facts``). Of more kinds, the second is one of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from pullback import refusals
from pullback.frontend import growing, references, rows, unkept
from pullback.frontend.values import (
    MISSING,
    Dct,
    Either,
    Env,
    Ordered,
    Poison,
    Sparse,
    Static,
    Struct,
    Tree,
    Value,
)
from pullback.frontend.walking import (
    alike,
    anew,
    as_known,
    describe,
    has_two,
    in_both,
    kinds,
    leaves,
    rebuild,
    trees,
)
from pullback.ir.core import Atom, Block, Const, Var
from pullback.ir.types import Array, List, join
from pullback.tree import has_dict

if TYPE_CHECKING:
    from pullback.errors import Loc
    from pullback.frontend.building import Facts
    from pullback.frontend.frame import Frame
    from pullback.frontend.heap import State

Fill = Callable[[Value], Value]
# Of how many kinds a value may be; more are taken for kinds that do not come to an end.
MOST_KINDS = 16


def united(a: Value, b: Value) -> Value | None:
    """The form of what holds either of two values, None if nothing does."""
    if kin(a, b):
        return a
    if isinstance(b, Either) and not isinstance(a, Either):
        return united(b, a)
    a, b = padded(a, b), padded(b, a)
    if not isinstance(a, Either) and isinstance(a, Tree) and isinstance(b, Tree) and a.form == b.form:
        parts = [united(x, y) for x, y in zip(a.parts, b.parts, strict=True)]
        return None if None in parts else cast("Value", a.remade(cast("list[Value]", parts)))
    known = kinds(a)
    news = [v for v in kinds(b) if not any(kin(v, k) for k in known)]
    if not news:
        return a
    fits = all(map(_can_stand, known + news)) and len(known + news) <= MOST_KINDS
    return one_of(known + news) if fits else None


def padded(v: Value, other: Value) -> Value:
    """An object with the attributes that another one of its class has, too, as missing; a dict with the
    entries of another one."""
    if isinstance(v, Dct | Sparse) and isinstance(other, Dct | Sparse):
        return _with_entries(v, other)
    if not (isinstance(v, Struct) and isinstance(other, Struct)) or v.cls is not other.cls:
        return v
    given = sorted((tuple(v.items), tuple(other.items)), key=lambda names: (-len(names), names))
    names = dict.fromkeys([name for known in given for name in known])
    same = tuple(v.items) == tuple(names) or not has_dict(v.cls)
    return v if same else replace(v, items={name: v.items.get(name, MISSING) for name in names})


def _with_entries(v: Dct | Sparse, other: Dct | Sparse) -> Value:
    if isinstance(v, Ordered) or isinstance(other, Ordered):
        return v
    plain = isinstance(v, Dct) and isinstance(other, Dct)
    if plain and (v.items.keys() == other.items.keys() or growing.is_growing(v, other)):
        return v
    given = sorted((tuple(v.items), tuple(other.items)), key=lambda keys: (-len(keys), repr(keys)))
    keys = dict.fromkeys([key for known in given for key in known])
    return Sparse({key: v.items.get(key, MISSING) for key in keys}, v.identity)


def may_miss(v: Value) -> bool:
    """Whether an attribute may not be there."""
    return any(k is MISSING for k in kinds(v))


def is_missing(frame: Frame, v: Value) -> Atom:
    """What tells whether an attribute or an entry is not there."""
    if not isinstance(v, Either):
        return Const(v is MISSING)
    rest = is_missing(frame, v.second)
    if v.first is MISSING:
        return opposite(frame, both(frame, opposite(frame, v.is_first), opposite(frame, rest)))
    return both(frame, opposite(frame, v.is_first), rest)


def is_nothing(v: Value) -> bool:
    """Whether a value is None, as all are that its list has been seen to hold so far."""
    return all(isinstance(k, Static) and k.value is None for k in kinds(v))


def one_of(values: Sequence[Value], tags: Sequence[Atom] | None = None) -> Value:
    """One of several values: the first of which the tag is True, the last if none is."""
    first, *rest = values
    tag, *others = tags or [Const(True)] * len(values)
    return Either(tag, first, one_of(rest, others)) if rest else first


def is_choice(values: Sequence[Value]) -> bool:
    """Whether values are arrays or lists of one kind, of which each may be one of several."""
    arrays = [v for value in values for v in kinds(value)]
    if not len(values) < len(arrays) <= MOST_KINDS:
        return False
    return all(
        isinstance(v, Var) and isinstance(v.type, Array | List) and kin(v, arrays[0]) for v in arrays
    )


def kin(a: Value, b: Value) -> bool:
    """Whether two values are of one kind: the same containers, with leaves of kinds that join."""
    if not alike(a, b):
        return False
    pairs = zip(leaves(a), leaves(b), strict=True)
    return all(join(x.type, y.type) is not None for x, y in pairs)


def _can_stand(v: Value) -> bool:
    """Whether a value is no more than its leaves, so that it can be one of two."""
    match v:
        case Either():
            return False
        case Tree():
            return all(map(_can_stand, v.parts))
    return isinstance(v, Var | Const | Static)


def fitted(frame: Frame, v: Value, form: Value, fill: Fill) -> Value:
    """A value in a form that holds it; ``fill`` gives what stands in the place of the other ones.

    The value itself where it does not fit.
    """
    if isinstance(form, Either):
        places = _places(kinds(v), kinds(form))
        return v if places is None else _placed(frame, v, form, places, fill)
    if isinstance(v, Struct) and isinstance(form, Struct):
        compare_order(frame, v, form)
    v = padded(v, form)
    if isinstance(form, Tree) and isinstance(v, Tree) and v.form == form.form:
        pairs = zip(v.parts, form.parts, strict=True)
        return cast("Value", v.remade([fitted(frame, x, f, fill) for x, f in pairs]))
    return v


def compare_order(frame: Frame, a: Struct, b: Struct) -> None:
    """Note if attributes that two objects have were set in another order, of which a run takes one."""
    if [n for n in a.items if n in b.items] != [n for n in b.items if n in a.items]:
        lose_order(frame, a.cls)


def lose_order(frame: Frame, cls: type) -> None:
    """The attributes of an object of a class may be in another order than they are known in."""
    frame.session.unordered.add(cls)
    if not frame.session.gone_through.get(cls, set()).isdisjoint((None, *frame.session.looping)):
        frame.reject(refusals.ORDER_OF_ATTRIBUTES, frame.stmt or frame.node, cls=cls.__name__)


def _places(values: Sequence[Value], known: Sequence[Value]) -> list[int] | None:
    """Where values of the same kinds stand among others; None if one of them does not."""
    places: list[int] = []
    for k, v in enumerate(values):
        here = [n for n, other in enumerate(known) if kin(v, other)]
        if not here:
            return None
        places.append(k if k in here else here[0])
    return places


def _placed(frame: Frame, v: Value, form: Either, places: Sequence[int], fill: Fill) -> Value:
    values, known, tags = kinds(v), kinds(form), tags_of(v)
    if len(values) == len(known) and list(places) == list(range(len(known))):
        return v
    if any(m > n for m, n in pairwise(places)):  # each tag has to tell by itself
        tags = _alone(frame, tags)
    found: dict[int, tuple[Value, Atom]] = {}
    for n, value, tag in zip(places, values, tags, strict=True):
        found[n] = _joined(frame, *found[n], value, tag) if n in found else (value, tag)
    placed = [found[n] if n in found else (fill(v), Const(False)) for n, v in enumerate(known)]
    return one_of([value for value, _ in placed], [tag for _, tag in placed])


def _joined(frame: Frame, a: Value, is_a: Atom, b: Value, is_b: Atom) -> tuple[Value, Atom]:
    """One of two values of a kind, and what tells that it is either."""
    with frame.heap.block(), frame.b.block() as then:
        then.results = [frame.heap.now(x) for x in leaves(a)]
    with frame.heap.block(), frame.b.block() as orelse:
        orelse.results = [frame.heap.now(x) for x in leaves(b)]
    outputs = frame.b.branch(is_a, then, orelse, [""] * len(then.results))
    for v, x, y in zip(outputs, then.results, orelse.results, strict=True):
        frame.remember(v, frame.of(x) | frame.of(y))
        if frame.is_maybe_unset(x) or frame.is_maybe_unset(y):
            frame.maybe_unset.add(v)
    neither = both(frame, opposite(frame, is_a), opposite(frame, is_b))
    return _one_of_two(frame, a, outputs), opposite(frame, neither)


def _one_of_two(frame: Frame, a: Value, atoms: Sequence[Atom]) -> Value:
    """A value like one of two, which may be either: containers in it are not changed."""
    found = anew(rebuild(a, atoms))
    several = {tree.identity: refusals.CHANGED_ONE_OF_SEVERAL for tree in rows.changeable(found)}
    frame.session.unclear.update(several)
    frame.foreign_trees |= several
    return found


def tags_of(v: Value) -> list[Atom]:
    """What tells which of its kinds a value is, where it is none of those before."""
    return [v.is_first, *tags_of(v.second)] if isinstance(v, Either) else [Const(True)]


def _alone(frame: Frame, tags: Sequence[Atom]) -> list[Atom]:
    """Of each kind whether a value is of it."""
    found: list[Atom] = []
    none: Atom = Const(True)  # of those before
    for tag in tags:
        found.append(both(frame, none, tag))
        none = both(frame, none, opposite(frame, tag))
    return found


def both(frame: Frame, a: Atom, b: Atom) -> Atom:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Const):
            return other if one.value else one
    (both,) = frame.b.branch(a, Block([], [], [b]), Block([], [], [Const(False)]), [""])
    return both


def selected(frame: Frame, tag: Atom, a: Atom, b: Atom) -> Atom:
    """One of two bools."""
    if isinstance(tag, Const) or a == b:
        return a if not isinstance(tag, Const) or tag.value else b
    if isinstance(a, Const) and isinstance(b, Const):
        return tag if a.value else opposite(frame, tag)
    (found,) = frame.b.branch(tag, Block([], [], [a]), Block([], [], [b]), [""])
    return found


def opposite(frame: Frame, tag: Atom) -> Atom:
    return Const(not tag.value) if isinstance(tag, Const) else frame.op("not", tag)


def unset(frame: Frame) -> Fill:
    """What stands in the place of a value that is not there: constants, and undefined variables."""

    def fill(v: Value) -> Value:
        atoms: list[Atom] = [a if isinstance(a, Const) else frame.b.undef(a.type) for a in leaves(v)]
        frame.undefined.update(a for a in atoms if isinstance(a, Var))
        return anew(rebuild(v, atoms))

    return fill


def settle(sides: Sequence[Env | None], facts: Sequence[Facts]) -> None:
    """Names that the two sides of a branch leave different are of the kind that is known there, but for
    containers that both have: they hold what they held before, or what is joined apart."""
    a, b = sides
    if a is None or b is None:
        return
    for name in (n for n in a if n in b):
        if a[name] is not b[name]:
            kept = in_both(a[name], b[name])
            a[name] = as_known(a[name], facts[0], kept)
            b[name] = as_known(b[name], facts[1], kept)


def make_alike(
    frame: Frame, places: Sequence[tuple[Block, State]], envs: Sequence[Env], loc: Loc
) -> None:
    """Give names that have values of two kinds on the sides of a branch one form on both of them."""
    one, other = envs
    states = [state for _, state in places]
    for name in (n for n in one if n in other):
        if one[name] is not other[name]:
            pairs = zip(states, (one[name], other[name]), strict=True)
            ends = [_grown(frame, state, value) for state, value in pairs]
            matched = references.matched(frame, ends, [state.local for state in states], loc)
            found = in_one_form(frame, places, matched)
            if found is not ends:
                one[name], other[name] = found


def _grown(frame: Frame, state: State, value: Value) -> Value:
    """A list or dict as the run-time list or table that the side of a branch has made of it."""
    with frame.heap.block(state):
        newest = frame.latest(value)
    return newest if growing.is_growing(value, newest) and not isinstance(newest, Dct) else value


def of_one_form(a: Value, b: Value) -> bool:
    """Whether two containers differ in what they hold at most."""
    a, b = padded(a, b), padded(b, a)
    return isinstance(a, Tree) and isinstance(b, Tree) and a.form == b.form


def _classes(value: Value) -> set[type]:
    """The classes of objects that a value may be."""
    return {k.cls for k in kinds(value) if isinstance(k, Struct)}


def in_one_form(
    frame: Frame, places: Sequence[tuple[Block, State]], ends: list[Value]
) -> list[Value]:
    """What two blocks end with, in a form that holds either, if they differ in kind."""
    form = None if is_choice(ends) else united(*ends)
    if form is None or not has_two(form):
        return ends
    found = []
    for (block, state), value in zip(places, ends, strict=True):
        with frame.heap.block(state), frame.b.block() as extra:
            found.append(fitted(frame, value, form, unset(frame)))
        block.ops += extra.ops
    return found


def changed_kind(p: Value, e: Value) -> Value:
    """What is refused where a carry of a loop, which is ``p``, is of another kind after a pass."""
    unkept.demand_one_form(p, e)
    if isinstance(p, Struct) and isinstance(e, Struct) and p.items.keys() != e.items.keys():
        names = sorted(p.items.keys() ^ e.items.keys())
        return Poison(refusals.ATTRIBUTE_SET_IN_LOOP, {"attribute": names[0]})
    if isinstance(p, Dct) and isinstance(e, Dct) and p.items.keys() != e.items.keys():
        key = next(k for k in p.items | e.items if k not in p.items or k not in e.items)
        return Poison(refusals.ENTRY_ADDED_IN_LOOP, {"key": key})
    for value in (e, p):
        inner = (t for k in kinds(value) for t in trees(k) if t is not k and isinstance(k, Struct))
        if any(isinstance(t, Struct) and t.cls in _classes(value) for t in inner):
            return Poison(refusals.NESTED_IN_LOOP, {"value": describe(value)})
    return Poison(refusals.CHANGES_IN_LOOP, {"before": describe(p), "after": describe(e)})


__all__ = [
    "both", "changed_kind", "fitted", "in_one_form", "is_choice", "is_missing", "kin", "kinds",
    "make_alike", "may_miss", "of_one_form", "one_of", "opposite", "selected", "settle", "tags_of",
    "united", "unset",
]  # fmt: skip
