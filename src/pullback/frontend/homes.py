"""Arrays that a loop hands on by several names, and that are known by yet another name.

    u, un = x, np.zeros_like(x)                   x_is_u = True
    for _ in range(n):                            for _ in range(n):
        un[1:-1] = u[2:] + u[:-2]                     un[1:-1] = u[2:] + u[:-2]
        u, un = un, u                                 u, un = un, u
    return u @ x                                      x_is_u = not x_is_u
                                                  x = u if x_is_u else un

From the second pass on ``x`` may be the array that ``un`` writes to. Where a write depends on it, what
the loop hands on are arrays of their own; ``x`` *lives* in one of these *rooms*, and bools tell which.
An array that may be in none of them at the end of a pass has a room of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from pullback.errors import Loc
from pullback.frontend import alternatives
from pullback.frontend.values import Either, Value
from pullback.frontend.walking import alike, has_two, leaves, with_both
from pullback.ir.alias import NONE, Memory
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, join

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame

Place = tuple[object, int]
# In so many ways, at most, arrays may have changed places at the end of a pass.
MOST_WAYS = 64


class Carries(Protocol):
    """What is asked here of the carries of a loop."""

    inits: dict[object, Value]
    assumed: dict[object, Value]
    params: dict[object, Value]

    def enter(self, key: object, init: Value) -> bool: ...
    def beside(self) -> Iterator[Var]: ...
    def is_carried(self, key: object, k: int, value: Value) -> bool: ...
    def atoms(
        self, values: dict[object, Value], like: dict[object, Value]
    ) -> Iterator[tuple[Place, Atom]]: ...


@dataclass(frozen=True, slots=True)
class Lives:
    """A carry of a loop: whether an array lives at a place, if it does at none before."""

    root: Var
    place: Place

    @property
    def name(self) -> str:
        key = self.place[0]
        named = isinstance(key, str) and key.isidentifier() and self.root.name
        return f"{self.root.name}_is_{key}" if named else ""


@dataclass(eq=False)
class Homes:
    """The arrays that live in what a loop hands on.

    ``rooms`` are the arrays that it begins with, by their places; ``tags`` has for each array that
    lives in them a carry for each room, of which the last is told by the others. Arrays that ``stay``
    cannot be followed; the hidden names of those that are ``left`` by all others are rooms as well.
    ``parted`` are rooms that end a pass as either of some. ``news`` is whether a pass found more of all
    that.
    """

    frame: Frame
    loc: Loc
    rooms: dict[Place, Var] = field(default_factory=dict)
    tags: dict[Var, list[Lives]] = field(default_factory=dict)
    stay: set[Var] = field(default_factory=set)
    left: dict[Var, str] = field(default_factory=dict)
    parted: dict[Place, Value] = field(default_factory=dict)
    news: bool = False

    # ---- where a loop begins

    def enter(self, carries: Carries) -> None:
        """Find the arrays that live in what the loop hands on, and carry what tells where."""
        self.rooms, self.tags, self.parted, self.news = {}, {}, {}, False
        if self.loc not in self.frame.session.told.followed:
            return
        for r, name in self.left.items():
            if name not in carries.inits:
                undefined = self.frame.b.undef(r.type)
                self.frame.fresh(undefined)
                carries.enter(name, undefined)
        self.rooms = dict(self._rooms(carries))
        beside = {self.frame.heap.root(a) for a in carries.beside()}
        for place, r in self.rooms.items():
            if r in beside and r not in self.stay and self._is_alone(carries, place, r):
                self._house(carries, place, r)

    def _rooms(self, carries: Carries) -> Iterator[tuple[Place, Var]]:
        heap = self.frame.heap
        for key, value in carries.inits.items():
            plain = not isinstance(key, Var | Lives) and not has_two(value)
            if plain and alike(value, carries.assumed.get(key, value)):
                for k, a in enumerate(leaves(value)):
                    array = isinstance(a, Var) and isinstance(a.type, Array) and not heap.is_view(a)
                    if array and carries.is_carried(key, k, value) and heap.at_home(a) is a:
                        yield (key, k), heap.reference(cast("Var", a))

    def _is_alone(self, carries: Carries, place: Place, r: Var) -> bool:
        """Whether an array is ours, and nothing else that is handed on shares its memory."""
        handed_on = carries.atoms(carries.inits, carries.inits)
        others = (a for other, a in handed_on if other != place and other[0] is not r)
        shared = NONE.union(*(self.frame.of(a).reach for a in others), self.frame.owners)
        return self.frame.of(r).own.isdisjoint(shared)

    def _house(self, carries: Carries, place: Place, r: Var) -> None:
        fitting = [p for p, a in self.rooms.items() if p != place and join(a.type, r.type) is not None]
        fitting = [p for p in fitting if p[0] not in self.left.values() or p[0] == self.left.get(r)]
        self.tags[r] = [Lives(r, p) for p in (place, *fitting)]
        for tag in self.tags[r][:-1]:
            carries.enter(tag, Const(tag.place == place))

    def install(self, values: Mapping[object, Value]) -> None:
        """Make the heap know where arrays live, by what is carried."""
        for r, tags in self.tags.items():
            rooms = [leaves(values[key])[k] for key, k in (tag.place for tag in tags)]
            told = [cast("Atom", values[tag]) for tag in tags[:-1]]
            self.frame.heap.state.homes[r] = alternatives.one_of(rooms, [*told, Const(True)])

    def without(self, memory: Memory) -> Memory:
        """Memory but for that of arrays that live in what the loop hands on."""
        own = NONE.union(*(self.frame.aliases.of(r).own for r in self.tags))
        return Memory(memory.own - own, memory.held)

    # ---- where a pass ends

    def settle(self, carries: Carries) -> dict[Lives, Atom]:
        """Where arrays live at the end of a pass, which is where lowering stands."""
        if not self.tags:
            return {}
        ends = {place: self._end(carries, place) for place in self.rooms}
        homes = {r: self.frame.heap.at_home(r) for r in self.tags}
        for r, home in homes.items():
            self._look_after(carries, r, home, ends)
        found = {
            tag: self._is_at(homes[r], ends[tag.place]) for r, tags in self.tags.items() for tag in tags
        }
        for place, end in ends.items():
            self._choose(carries, place, end)
        return found

    def _end(self, carries: Carries, place: Place) -> Value:
        """The array at a place, as a reference: one, or either of some."""
        key, k = place
        heap = self.frame.heap
        value = self.frame.env[key] if isinstance(key, str) else heap.trees.get(key, carries.params[key])
        value = self.frame.latest(value)
        if not isinstance(value, Var | Either):
            atoms = leaves(value)
            value = atoms[k] if k < len(atoms) else value
        return self._at_home(value)

    def _at_home(self, value: Value) -> Value:
        """A reference, or either of some, as the rooms that they live in."""
        if isinstance(value, Either):
            return Either(value.is_first, self._at_home(value.first), self._at_home(value.second))
        heap = self.frame.heap
        return heap.at_home(heap.reference(value)) if isinstance(value, Var) else value

    def _look_after(self, carries: Carries, r: Var, home: Value, ends: dict[Place, Value]) -> None:
        """An array that may be in none of the rooms needs one of its own."""
        ways = [*together([home, *ends.values()])]
        gone = {way[0] for way in ways if way[0] not in way[1:]}
        if len(ways) > MOST_WAYS or not all(isinstance(a, Var) for way in ways for a in way):
            self.stay.add(r)
            self.news = True
        elif gone and r not in self.left:
            self.left[r] = f"%home of {r.name} {len(self.left)}"
            self.news = True
        elif r in self.left:
            place = (self.left[r], 0)
            others = [end for p, end in ends.items() if p != place]
            ends[place] = self._left_at([home, *others], cast("Var", ends[place]))

    def _left_at(self, values: Sequence[Value], own: Var) -> Value:
        """An array, the first of the values, where it is none of the others; else what its room has."""
        tag = _undecided(values)
        if tag is None:
            return own if values[0] in values[1:] else values[0]
        first, second = (self._left_at(_where(values, tag, truth), own) for truth in (True, False))
        return first if first is second else Either(tag, first, second)

    def _is_at(self, v: Value, end: Value) -> Atom:
        """Whether an array is the one that stands at a place."""
        if isinstance(v, Either):
            return self._select(v.is_first, self._is_at(v.first, end), self._is_at(v.second, end))
        if isinstance(end, Either):
            return self._select(end.is_first, self._is_at(v, end.first), self._is_at(v, end.second))
        return Const(v is end)

    def _select(self, tag: Atom, a: Atom, b: Atom) -> Atom:
        return alternatives.selected(self.frame, tag, a, b)

    def _choose(self, carries: Carries, place: Place, end: Value) -> None:
        """A name that is either of some arrays becomes what that one holds."""
        key, _ = place
        if isinstance(key, str) and isinstance(end, Either) and isinstance(carries.params[key], Var):
            self.parted[place] = end
            self.frame.env[key] = self.frame.pick(end)

    def pairs(
        self, place: Place, mine: Memory, other: Place, theirs: Memory
    ) -> Iterator[tuple[Memory, Memory]]:
        """The memory at two places at the end of a pass, in all ways that there are."""
        ends = [self.parted.get(place), self.parted.get(other)]
        if ends == [None, None]:
            yield mine, theirs
            return
        known = [end for end in ends if end is not None]
        for way in together(known):
            found = [self.frame.of(cast("Var", a)) for a in way]
            first = found[0] if ends[0] is not None else mine
            yield first, found[-1] if ends[1] is not None else theirs

    # ---- behind the loop

    def leave(self, values: Mapping[object, Value], loc: Loc) -> None:
        """Arrays live in what the loop has handed on; as either of some where a write depends on it."""
        self.install(values)
        if loc in self.frame.session.told.followed:
            return
        for r in self.tags:
            found = self.frame.pick(self.frame.heap.at_home(r))
            found.name = r.name
            self.frame.unfollowed[found] = loc
            self.frame.heap.state.homes[r] = found


def together(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """What values may be at one time, each of which is one or either of some."""
    tag = _undecided(values)
    if tag is None:
        yield values
        return
    for truth in (True, False):
        if not isinstance(tag, Const) or tag.value is truth:
            yield from together(_where(values, tag, truth))


def _undecided(values: Sequence[Value]) -> Atom | None:
    """What tells which of some arrays one of the values is."""
    return next((v.is_first for v in values if isinstance(v, Either)), None)


def _where(values: Sequence[Value], tag: Atom, truth: bool) -> list[Value]:
    return [_known(v, tag, truth) for v in values]


def _known(v: Value, tag: Atom, truth: bool) -> Value:
    if not isinstance(v, Either):
        return v
    first, second = _known(v.first, tag, truth), _known(v.second, tag, truth)
    if v.is_first == tag:
        return first if truth else second
    return with_both(v, first, second)


__all__ = ["Homes", "Lives"]
