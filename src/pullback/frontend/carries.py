"""What a loop hands from pass to pass: kinds, and what memory may be shared.

A carry is a name that the loop binds, an array or list that it writes to, or a container of which it
changes items. The first guess is read off the syntax; what a lowered pass is found to write to beside
that joins in, and the body is lowered again (``fixpoint.py``). Its cost does not depend on trips.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend import (
    alternatives,
    growing,
    members,
    permits,
    readings,
    references,
    replaced,
    unkept,
)
from pullback.frontend.frame import Frame
from pullback.frontend.heap import State
from pullback.frontend.homes import Homes, Lives
from pullback.frontend.labels import leaf_names
from pullback.frontend.liveness import bindings, bound, stored
from pullback.frontend.reaching import can_be_changed, reachable
from pullback.frontend.values import (
    UNSET,
    Cell,
    Either,
    Env,
    Reading,
    Tree,
    Unset,
    Value,
)
from pullback.frontend.walking import anew, leaves, rebuild, shown, trees, within
from pullback.ir.alias import NONE, Buffers, Memory
from pullback.ir.core import Atom, Block, Const, Var
from pullback.ir.types import (
    PY_INT,
    Array,
    List,
    Type,
    has_memory,
)

FLAGS = ("%returned", "%result")
# A name, the reference of an array or list, or the identity of a container.
Key = object
Place = tuple[Key, int]
Tokens = tuple[Var, Var, Var]
_ANY_ARRAY = Array("float", None, ())


@dataclass(eq=False)
class Pass:
    """The names and the heap where a pass ends, and where arrays live."""

    env: Env
    state: State
    tags: dict[Lives, Atom]


@dataclass(eq=False)
class Carries:
    """What is assumed in one round: initial values, and the trees and types assumed for each carry.

    ``places`` are the items of changed containers that are carried. What a leaf of a carry enters a
    pass with is named by ``tokens``, one for its own memory, one for that of the elements it holds, and
    one for that of arrays among these.
    Beside that it ``shares`` the memory of other carries and of what can be ``seen`` from elsewhere.
    ``unclear`` are names whose containers something else may know, ``foreign`` tells of containers in
    carries, as ``trees`` counts them, that are not to be changed. Carries of two kinds are taken to
    change kind together, but for those found ``alone``. ``left`` is what names are behind the loop.
    Names that are ``rebound`` are not bound to views that are all read in the same way. ``replaced`` are
    the places in changed containers where others stand at the end of a pass, and which.
    """

    frame: Frame
    node: ast.For | ast.While
    returns: bool
    keys: list[Key] = field(default_factory=list)
    inits: dict[Key, Value] = field(default_factory=dict)
    candidates: list[str] = field(default_factory=list)
    live: frozenset[str] = frozenset()
    assumed: dict[Key, Value] = field(default_factory=dict)
    places: set[Place] = field(default_factory=set)
    unset: set[Key] = field(default_factory=set)
    mixed: set[Place] = field(default_factory=set)
    unclear: set[Key] = field(default_factory=set)
    foreign: dict[Key, dict[int, Refusal]] = field(default_factory=dict)
    seen: Buffers = frozenset()
    shares: dict[Place, Memory] = field(default_factory=dict)
    tokens: dict[Place, Tokens] = field(default_factory=dict)
    params: dict[Key, Value] = field(default_factory=dict)
    alone: set[Key] = field(default_factory=set)
    left: dict[Key, Value] = field(default_factory=dict)
    rebound: set[Key] = field(default_factory=set)
    replaced: dict[Key, dict[int, dict[object, None]]] = field(default_factory=dict)
    known: tuple[object, ...] = ()
    viewed: set[Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        """The first guess: the names that a pass takes from the one before, or hands on."""
        frame, s = self.frame, self.node
        head = frame.liveness.head.get(s, frozenset()) | frame.liveness.always
        after = frame.liveness.live_after(s)
        live = head | after
        if isinstance(s, ast.For):
            live = frozenset(n for n in live if n not in bound(s.target) or n in after)
        # np.append(...) changes nothing: np is no name of this function.
        names = [n for n in stored([s]) if n in live and (n in frame.env or n in frame.local_names)]
        names = [n for n in names if not isinstance(frame.env.get(n), Cell)]  # objects that are changed
        plain, augmented = bindings([s])
        for name in names:
            value = frame.latest(frame.env.get(name, UNSET))
            array = isinstance(value, Var) and has_memory(value.type)
            if name in plain or (name in augmented and not (array or can_be_changed(value))):
                self.enter(name, value)
                continue
            self.candidates.append(name)
            if array:
                self.enter_root(frame.heap.root(value))  # type: ignore[arg-type]
        flags = [*(FLAGS if self.returns else ()), *(frame.region.flags if frame.region else ())]
        for name in flags:
            self.enter(name, frame.env.get(name, UNSET))
        self.live = live
        self.homes = Homes(frame, frame.loc(s))

    def beside(self) -> Iterator[Var]:
        """The arrays and lists that there are other names for than the carries."""
        frame = self.frame
        others = [v for n, v in frame.env.items() if n in self.live and n not in self.inits]
        around = [*others, *frame.lowered.around.values(), *frame.pending]
        for value in [*map(frame.latest, around), *permits.of_callers(frame)]:
            yield from self._not_handed_on(value)

    def _not_handed_on(self, value: Value) -> Iterator[Var]:
        """The arrays and lists in a value, but for the arrays that are handed on as items of it."""
        value = self.frame.heap.at_home(value)
        if isinstance(value, Var):
            yield value
        elif isinstance(value, Tree) and value.identity in self.inits:
            for k, a in enumerate(leaves(value)):
                handed_on = isinstance(a.type, Array) and self.is_carried(value.identity, k, value)
                if isinstance(a, Var) and not handed_on:
                    yield a
        else:
            for part in within(value):
                yield from self._not_handed_on(part)

    def look_around(self) -> None:
        """What others than the carries of names can reach."""
        frame = self.frame
        others = [v for n, v in frame.env.items() if n in self.live and n not in self.inits]
        others = [frame.latest(v) for v in (*others, *frame.lowered.around.values())]
        held = [self.seen_by(v) for v in self.beside()]
        held += [frame.of(v.root).own for v in self.inits.values() if isinstance(v, Reading)]
        every = [*others, *frame.pending, *self.inits.values()]
        held += [frame.of(l).own for v in every for l in members.lists_of(frame, v)]
        names = [self.inits[n] for n in self.keys if isinstance(n, str)]
        memories = [*map(frame.memory, names), *map(frame.memory, self.items_handed_on())]
        twice = [a & b for a, b in itertools.combinations(memories, 2)]
        self.seen = NONE.union(*held, *twice)
        known = {*reachable(frame, [*others, *frame.pending])}
        known.update(frame.lowered.trees if frame.is_called else ())
        for k, a in enumerate(names):
            beside = reachable(frame, names[:k] + names[k + 1 :]).keys() | known
            if any(tree.identity in beside or tree.identity in frame.members for tree in trees(a)):
                self.unclear.add([n for n in self.keys if isinstance(n, str)][k])
            self.belongs([n for n in self.keys if isinstance(n, str)][k], a)

    def belongs(self, key: Key, value: Value) -> bool:
        """Enter which containers in a value of a carry belong to somebody else; whether that is new."""
        rows = {
            k: self.frame.foreign_trees[tree.identity] for k, tree in enumerate(trees(value))
            if tree.identity in self.frame.foreign_trees
        }  # fmt: skip
        known = self.foreign.setdefault(key, {})
        news = rows.keys() - known.keys()
        known |= rows
        return bool(news)

    def seen_by(self, v: Var) -> Buffers:
        """The buffers that another name sees, but for those of an array that lives in a carry."""
        memory = self.frame.of(v)
        return memory.held if self.frame.heap.root(v) in self.homes.tags else memory.reach

    def items_handed_on(self) -> Iterator[Atom]:
        """The arrays in changed containers that are handed on."""
        for key, value in self.inits.items():
            if not isinstance(key, str | Var | Lives):
                atoms = enumerate(leaves(value))
                yield from (a for k, a in atoms if has_memory(a.type) and (key, k) in self.places)

    # ---- keys

    def enter(self, key: Key, init: Value) -> bool:
        """Carry something more; whether it was not carried before."""
        if key in self.inits:
            return False
        self.keys.append(key)
        self.inits[key] = init
        return True

    def enter_root(self, root: Var) -> bool:
        return self.enter(root, self.frame.heap.state.version(root))

    def carry_runtime(self, key: Key, value: Value) -> None:
        """A changed list or dict that another name of the loop made a run-time one of."""
        self.keys.remove(key)
        del self.inits[key]
        for a in leaves(value):
            if isinstance(a, Var):
                self.enter_root(a)

    def is_carried(self, key: Key, k: int, value: Value) -> bool:
        """Whether a leaf is handed from pass to pass: of changed containers, what is found to change."""
        always = isinstance(key, str | Var | Lives) or len(leaves(self.inits[key])) != len(leaves(value))
        return always or (key, k) in self.places

    def atoms(self, values: dict[Key, Value], like: dict[Key, Value]) -> Iterator[tuple[Place, Atom]]:
        """The leaves of values that are carried."""
        for key in self.keys:
            for k, a in enumerate(leaves(values[key])):
                if self.is_carried(key, k, like[key]):
                    yield (key, k), a

    # ---- parameters

    def start(self) -> list[Var]:
        """Parameters of the body for what is assumed of each carry."""
        for key, value in [*self.inits.items()]:
            self.inits[key] = now = self.coming_in(key, value)
            if not isinstance(key, str | Var) and growing.is_growing(value, now):
                self.carry_runtime(key, now)
        self.homes.enter(self)
        known = (len(self.keys), len(self.places), frozenset(self.homes.tags))
        if known != self.known:  # what others of fewer carries could see is out of date
            self.known, self.shares = known, {}
        self.look_around()
        self.params = {key: self.parameter(key) for key in self.keys}
        return [p for _, p in self.atoms(self.params, self.params) if isinstance(p, Var)]

    def coming_in(self, key: Key, value: Value) -> Value:
        """What a carry is before the loop: of a name that is followed, how it is read."""
        value = self.frame.latest(value)
        if isinstance(key, Var | Lives):
            return value
        if not isinstance(key, str):
            return self.inside_as_read(value, NONE)
        if not self.follows:
            return value
        value = references.kept(self.frame, value, NONE, self.frame.loc(self.node))
        return value if key in self.rebound else readings.kept(self.frame, value, NONE)

    @property
    def follows(self) -> bool:
        """Whether a write depends on it what the names of the loop stand for."""
        return self.frame.loc(self.node) in self.frame.session.told.followed

    def parameter(self, key: Key) -> Value:
        value, init = self.assumed.get(key, self.inits[key]), self.inits[key]
        atoms: list[Atom] = []
        labels = leaf_names(value, shown(key)) if isinstance(key, str) else []
        if isinstance(value, Cell):
            labels = leaf_names(value.value, value.name)
        for k, a in enumerate(leaves(value)):
            p: Atom = a
            if self.is_carried(key, k, value):
                p = Var(a.type, labels[k] if labels else getattr(key, "name", getattr(a, "name", "")))
                if has_memory(p.type):
                    self.frame.remember(p, self.entering((key, k), p.type, init))
                    self.may_follow(key, p)
                self.frame.mixes(p, *leaves(init)[k : k + 1])
                references.is_one_of(self.frame, p, *leaves(init)[k : k + 1])
                if (key, k) in self.mixed:
                    self.frame.mixed.add(p)
                if self.may_be_unset(key, k):
                    self.frame.maybe_unset.add(p)
            else:
                p = leaves(init)[k]
            atoms.append(p)
        made = rebuild(value, atoms)
        return self.apart(key, made) if isinstance(key, str) else self.inside_apart(key, made)

    def may_be_unset(self, key: Key, k: int) -> bool:
        """Whether a leaf of a carry has no value on some path to where the loop begins."""
        given = leaves(self.inits[key])[k : k + 1]
        return key in self.unset or any(map(self.frame.is_maybe_unset, given))

    def may_follow(self, key: Key, v: Var) -> None:
        """A name that was a view when the loop began may be followed from pass to pass, and so may an
        array that has another name."""
        seen = self.everywhere()
        known = any(not self.frame.of(a).own.isdisjoint(seen) for a in leaves(self.inits[key]))
        viewed = key in self.viewed or readings.is_view(self.frame, self.inits[key])
        if known or (isinstance(key, str) and viewed):
            self.frame.unfollowed[v] = self.frame.loc(self.node)

    def apart(self, key: Key, value: Value) -> Value:
        """Containers of a carried name, which are other ones in each pass."""
        new = anew(value)
        self.frame.session.unclear.update(tree.identity for tree in trees(new))
        if key in self.unclear:
            row = refusals.CHANGED_ONE_OF_SEVERAL
            self.frame.foreign_trees |= {tree.identity: row for tree in trees(new)}
        rows, displays = self.foreign.get(key, {}), self.frame.session.displays
        for k, (tree, other) in enumerate(zip(trees(value), trees(new), strict=True)):
            displays.enter(other.identity, displays.of(tree.identity))
            if k in rows:
                self.frame.foreign_trees.setdefault(other.identity, rows[k])
            if key in self.unclear or k in rows or tree.identity in self.frame.chosen:
                self.frame.decides(self.frame.loc(self.node), other, tree.identity)
        return new

    def inside_apart(self, key: Key, value: Value) -> Value:
        """A changed container, in which others stand in each pass."""
        found, rows = self.replaced.get(key, {}), self.foreign.get(key, {})
        loc = self.frame.loc(self.node)
        return replaced.apart(self.frame, value, found, key in self.unclear, rows, loc)

    def install(self, values: dict[Key, Value]) -> Env:
        """Make the heap hold what is carried; gives the names."""
        heap = self.frame.heap
        env: Env = {}
        carried = self.atoms(values, self.params)
        heap.state.local.update(a for (key, _), a in carried if not isinstance(key, Var))  # type: ignore[misc]
        for key, value in self.tied(values).items():
            if isinstance(key, Lives):
                continue
            if isinstance(key, Var):
                assert isinstance(value, Var)
                heap.write(key, value)
                continue
            if isinstance(key, str):
                env[key] = value
            else:
                heap.trees[key] = value
        self.homes.install(values)
        return self.with_views(env)

    def with_views(self, env: Env) -> Env:
        """Names with views in the place of how they are read."""
        return {name: readings.read(self.frame, value, name) for name, value in env.items()}

    def entering(self, place: Place, t: Type, init: Value) -> Memory:
        """The memory of a carry when a pass begins. What came in and only it can see is its own."""
        key, k = place
        given = leaves(init)
        before = self.frame.of(given[k]) if k < len(given) else Memory()
        token, element, arrays = self.tokens_of(place, t)
        shared = self.shares.get(place, Memory())
        flat = isinstance(t, List) and isinstance(t.elem, Array)
        elements = frozenset([arrays] if flat else [element, arrays])
        if isinstance(key, Var):
            own = self.frame.of(key).own
            held = before.held | elements if isinstance(key.type, List) else NONE
            return Memory(own, held | shared.held)
        own = frozenset([token]) | (before.own & self.everywhere())
        return Memory(own, before.held | elements) | shared

    def tokens_of(self, place: Place, t: Type) -> Tokens:
        """What stands for the memory of a carry; that of arrays is known to be no list's by its type."""
        is_array = isinstance(t, Array)
        known = self.tokens.get(place)
        if known is None or isinstance(known[0].type, Array) != is_array:
            known = (Var(t if is_array else PY_INT), Var(PY_INT), Var(_ANY_ARRAY))
            self.tokens[place] = known
        return known

    def everywhere(self) -> Buffers:
        """The buffers that others than one carry alone can see; those of other owners come up later."""
        return self.seen | self.frame.owners.keys()

    # ---- carries of two kinds

    def tied(self, values: dict[Key, Value]) -> dict[Key, Value]:
        """Values of the carries, in which one bool tells of all that change kind together."""
        told: dict[Atom, Atom] = {}
        tied = dict(values)
        for name, init, value in self.paired(values):
            is_first = told.setdefault(init.is_first, value.is_first)
            tied[name] = Either(is_first, value.first, value.second)
        return tied

    def paired(self, values: dict[Key, Value]) -> Iterator[tuple[Key, Either, Either]]:
        """Carries that are taken to change kind together, as they come in and as they are."""
        for name, init in self.inits.items():
            value = values.get(name)
            if isinstance(init, Either) and isinstance(value, Either) and name not in self.alone:
                yield name, init, value

    # ---- the end of a pass

    def end_of(self, end: Pass, key: Key) -> Value:
        """What a carry is at the end of a pass."""
        if isinstance(key, Lives):
            return end.tags.get(key, Const(False))  # of an array that is not followed any more
        with self.frame.heap.block(end.state):
            if isinstance(key, str):
                value = self.frame.latest(end.env.get(key, UNSET))
                unkept.demand_inside(value, end.state)
                return self.as_read(key, value, end.state)
            if isinstance(key, Var):
                return end.state.version(key)
            value = self.frame.latest(end.state.trees.get(key, self.params[key]))
            unkept.demand_inside(value, end.state)
            return self.inside_as_read(value, end.state.local)

    def inside_as_read(self, value: Value, local: Container[Var]) -> Value:
        """A changed container of a loop that is followed, with items of lists from before, which are not
        ``local`` to a pass, as references."""
        return references.kept_inside(self.frame, value, local, self.frame.loc(self.node))

    def as_read(self, key: str, value: Value, state: State) -> Value:
        """What a name stands for at the end of a pass: of one that is followed, how it is read."""
        p = self.params[key]
        value = references.kept(self.frame, value, state.local, self.frame.loc(self.node))
        if isinstance(p, Reading):
            found = readings.kept(self.frame, value, state.local)
            return readings.numbered(found) if p.numbers and isinstance(found, Reading) else found
        unset = isinstance(p, Unset) or key in self.unset
        array = isinstance(p, Var) and has_memory(p.type)
        if any(readings.is_view(self.frame, v) for v in alternatives.kinds(value)):
            self.viewed.add(key)
        found = readings.kept(self.frame, value, state.local) if self.follows and not array else value
        if not unset or not isinstance(found, Reading):
            return found
        return value if key in self.rebound else readings.numbered(found)

    # ---- the op

    def yields(self, end: Pass | None, body: Block) -> list[Atom]:
        """What a pass hands on."""
        if end is None:
            return [a for _, a in self.atoms(self.params, self.params)]
        found: list[Atom] = []
        ends = {key: self.end_of(end, key) for key in self.keys}
        bare = [k for k in self.keys if not leaves(self.params[k]) or not leaves(ends[k])]
        ends |= {key: self.params[key] for key in bare}
        with self.frame.heap.block(end.state), self.frame.b.block() as extra:
            found += [self.frame.heap.now(a) for _, a in self.atoms(ends, self.params)]
        body.ops += extra.ops
        return found

    def initial(self) -> list[Atom]:
        """What the first pass takes."""
        found: list[Atom] = []
        for key in self.keys:
            given, wanted = leaves(self.inits[key]), leaves(self.params[key])
            for k, p in enumerate(wanted):
                if self.is_carried(key, k, self.params[key]):
                    found.append(given[k] if len(given) == len(wanted) else self.frame.b.undef(p.type))
        return found

    def leave(self, outputs: Sequence[Var]) -> None:
        """What names stand for, and what the heap holds, behind the loop."""
        frame, rest = self.frame, list(outputs)
        behind: dict[Key, Value] = {}
        for key in self.keys:
            init, outs = leaves(self.inits[key]), list[Atom]()
            for k, p in enumerate(leaves(self.params[key])):
                if not self.is_carried(key, k, self.params[key]):
                    outs.append(p)
                    continue
                v = rest.pop(0)
                outs.append(v)
                before = frame.of(init[k]) if k < len(init) else Memory()
                frame.remember(v, frame.of(p) | self.homes.without(before))
                self.may_follow(key, v)
                frame.mixes(v, p)
                references.is_one_of(frame, v, p)
                if self.may_be_unset(key, k):
                    frame.maybe_unset.add(v)
            value = behind[key] = rebuild(self.params[key], outs)
            if isinstance(key, Lives):
                continue
            if isinstance(key, str):
                self.left[key] = self.apart(key, value)
            elif isinstance(key, Var):
                assert isinstance(value, Var)
                frame.heap.write(key, value)
            else:
                frame.heap.trees[key] = self.inside_apart(key, value)
        frame.env |= self.with_views({str(key): value for key, value in self.tied(self.left).items()})
        header = self.node.iter if isinstance(self.node, ast.For) else self.node.test
        self.homes.leave(behind, frame.loc(header))
