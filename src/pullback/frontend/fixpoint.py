"""The fixpoint of a loop's carries: whether a pass yields what it takes, and what it takes if not.

What a pass is found to bind, write to or change is carried as well, and what is assumed of a carry
becomes wider. All of it only grows, so that rounds end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from pullback.frontend import alternatives, assorted, growing, references, replaced, unkept
from pullback.frontend.carries import Carries, Key, Pass
from pullback.frontend.grown import Grown
from pullback.frontend.heap import State
from pullback.frontend.reaching import reachable
from pullback.frontend.values import (
    UNSET,
    Cell,
    Either,
    Local,
    Poison,
    Reading,
    Static,
    Tree,
    Unset,
    Value,
)
from pullback.frontend.walking import alike, leaves, rebuild, trees
from pullback.ir.alias import NONE, NOTHING, Buffers, Memory
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, Dim, List, Scalar, Sym, Type, fresh_sym, has_memory, is_many, join


@dataclass(eq=False)
class Fixpoint(Carries):
    """The carries of a loop, as assumed in one round after the other.

    Sizes that are ``widened`` were found to change. Views that lists come to hold are ``lost`` where the
    arrays that they are of are made in the pass.
    """

    grown: Grown = field(init=False)
    lost: list[Value] = field(default_factory=list)
    widened: set[Sym] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.grown = Grown(self.frame, self.node, self.inits, self.joined)

    def settled(self, end: Pass | None) -> bool:
        """Whether a pass yields what it takes; if not, carry more, or widen what is assumed."""
        if end is None:
            return True
        self.lost = []
        if self.found(end) or self.homes.news:
            return False
        stable = True
        for key in self.keys:
            p, e = self.params[key], self.end_of(end, key)
            for pair in zip(leaves(p), leaves(e), strict=False):
                references.is_one_of(self.frame, *pair)
            wide = self.widen(key, p, e)
            if wide is not p:
                self.assumed[key] = wide
                stable = False
            stable = self.stays_clear(end, key, e) and self.stays_whole(end, key, e) and stable
        stable = self.share(end) and self.together(end) and stable
        if stable:
            for value in self.lost:
                unkept.demand_inside(value, end.state)
        return stable

    # ---- what is carried beside

    def found(self, end: Pass) -> bool:
        """Enter what a pass was found to bind, write to or change; whether that is news."""
        frame, news = self.frame, False
        before = frame.heap.state
        for name in [*self.candidates]:
            start = frame.env.get(name, UNSET)
            if name not in self.inits and not self.same(end.env.get(name, UNSET), start):
                news |= self.enter(name, frame.latest(start))
        known_to_move = end.state.local | self.homes.tags.keys()
        moved = [r for r in end.state.moved_since(before) if r not in known_to_move]
        for root in (*end.state.written_since(before), *moved):
            news |= root not in self.inits and self.enter_root(root)
        changed = [i for i in end.state.changed_since(before) if i not in self.inits]
        known = reachable(frame, frame.known()) if changed else {}
        for identity in changed:
            if identity in known:
                news |= self.found_tree(known[identity], end.state.trees[identity], end.state)
        return news

    def found_tree(self, before: Value, after: Value, state: State) -> bool:
        """A list or dict display that the loop adds to becomes a run-time one before the loop; what is
        local to a pass may be known from before the loop on in the next round."""
        if growing.is_growing(before, after):
            if self.grown.is_lost(before, after, state.local):
                self.lost.append(after)
                return False
            runtime = self.grown.runtime(before, after, state.local)
            roots = [a for a in leaves(runtime) if isinstance(a, Var)]
            news = any([self.enter_root(a) for a in roots])  # noqa: C419
            self.fill(runtime, after, state)
            return news
        assert isinstance(before, Tree)
        return self.enter(before.identity, before)

    def fill(self, empty: Value, after: Value, state: State) -> None:
        """Run-time lists of no items yet are assumed to hold what a pass has put into them."""
        with self.frame.heap.block(state):
            filled = self.frame.latest(after)
        if not alike(empty, filled):
            return
        for root, last in zip(leaves(empty), leaves(filled), strict=True):
            if isinstance(root, Var) and root in self.inits and root.type == List(None):
                self.assumed[root] = Var(last.type)

    def same(self, a: Value, b: Value) -> bool:
        """Whether two values of a name are the same object."""
        match a, b:
            case Var(), Var():
                return self.frame.heap.same(a, b)
            case Tree(), Tree():
                return a.identity is b.identity
            case Static(x), Static(y):
                return x is y
        return a is b or (isinstance(a, Const) and a == b)

    # ---- kinds

    def widen(self, key: Key, p: Value, e: Value) -> Value:
        """What holds both the value that came in and the one a pass yields; ``p`` itself if it does."""
        if isinstance(p, Reading) and not alike(p, e):
            return self.widen_reading(key, p, e)
        held = p.value if isinstance(p, Cell) else p
        if isinstance(held, Unset) and (leaves(e) if isinstance(e, Local | Cell) else _is_known(e)):
            self.unset.add(key)
            return e
        if p is e or isinstance(p, Poison):
            return p
        if growing.is_growing(p, e):
            return self.grown.as_runtime(key, p, e)
        if isinstance(key, str) and (longer := self.grown.longer(p, e)) is not None:
            return self.grown.as_runtime(key, p, longer)
        if (wide := self.grown.inside(key, self.inits[key], p, e)) is not p:
            return wide
        if not alike(p, e):
            return self.of_two_kinds(key, p, e)
        return self.widen_leaves(key, p, e) if leaves(p) else p

    def widen_reading(self, key: Key, p: Reading, e: Value) -> Value:
        """What holds a view that a name was bound to, and what a pass binds it to."""
        if isinstance(e, Reading | Either):  # views that are read in several ways
            return self.of_two_kinds(key, p, e)
        self.rebound.add(key)
        if key in self.unset:
            return e if _is_known(e) else p.view
        self.inits[key] = p.view
        return p.view

    def widen_leaves(self, key: Key, p: Value, e: Value) -> Value:
        """The same for values of one form, leaf by leaf."""
        a, b = leaves(p), leaves(e)
        types: list[Type] = []
        news = False
        for k, (x, y) in enumerate(zip(a, b, strict=True)):
            if not self.is_carried(key, k, p):
                if not self.same(x, y):
                    self.places.add((key, k))
                    news = True
                types.append(x.type)
                continue
            if y in self.frame.mixed or _class_of(x) != _class_of(y):
                self.mixed.add((key, k))
            joined = self.joined(x.type, y.type)
            if joined is None:
                return self.of_two_kinds(key, p, e)
            types.append(joined)
        if not news and all(t == x.type for t, x in zip(types, a, strict=True)):
            return p
        return rebuild(p, [Var(t, "") for t in types])

    def joined(self, p: Type, e: Type) -> Type | None:
        """The joined type; sizes once found to change stay free."""
        if isinstance(p, Array) and isinstance(e, Array):
            if p.ndim != e.ndim or p.cls != e.cls:
                return None
            dims = tuple(self.joined_dim(m, n) for m, n in zip(p.shape, e.shape, strict=True))
            return Array(p.cls, p.dtype if p.dtype == e.dtype else None, dims)
        if isinstance(p, List) and isinstance(e, List) and p.elem is not None and e.elem is not None:
            elem = self.joined(p.elem, e.elem)
            return None if elem is None or not p.is_like(e) else p.holding(elem)
        return join(p, e)

    def joined_dim(self, m: Dim, n: Dim) -> Dim:
        if m == n or (isinstance(m, Sym) and m in self.widened and (is_many(n) or not is_many(m))):
            return m
        new = fresh_sym(is_many(m) and is_many(n))
        self.widened.add(new)
        return new

    def of_two_kinds(self, key: Key, p: Value, e: Value) -> Value:
        """What holds both kinds of value that a carry has, from before the loop on."""
        if isinstance(p, Unset) and isinstance(e, Unset):
            return p
        if isinstance(p, Static) and isinstance(e, Static) and p.value == e.value:
            return p
        held = isinstance(key, str) or alternatives.of_one_form(p, e)
        form = alternatives.united(p, e) if held else None
        if form is None:
            assorted.demand_alike(self.frame, p, e)
            return alternatives.changed_kind(p, e)
        if key not in self.unset:
            unset = alternatives.unset(self.frame)
            init = self.inits[key] = alternatives.fitted(self.frame, self.inits[key], form, unset)
            for tree in trees(init):
                if tree.identity is key or tree.identity in self.frame.heap.trees:
                    self.frame.heap.trees[tree.identity] = cast("Value", tree)
        return rebuild(form, [Var(a.type, "") for a in leaves(form)])

    def together(self, end: Pass) -> bool:
        """Whether those that were taken to change kind together do; if not, enter them as alone."""
        told: dict[Atom, Atom] = {}
        for name, init, value in self.paired({key: self.end_of(end, key) for key in self.keys}):
            if told.setdefault(init.is_first, value.is_first) != value.is_first:
                self.alone.add(name)
                return False
        return True

    # ---- containers and memory

    def stays_clear(self, end: Pass, key: Key, e: Value) -> bool:
        """Whether no other name is newly found to know a container that a name is bound to."""
        if not isinstance(key, str) or key in self.unclear or not isinstance(e, Tree):
            return True
        live = self.frame.liveness.head.get(self.node, frozenset()) | self.frame.liveness.always
        live |= self.frame.liveness.live_after(self.node)
        others = [v for n, v in end.env.items() if n in live and n != key]
        others += self.frame.lowered.around.values()
        known = reachable(self.frame, others).keys()
        if all(tree.identity not in {*known, *self.frame.members} for tree in trees(e)):
            return not self.belongs(key, e)
        self.unclear.add(key)
        return False

    def stays_whole(self, end: Pass, key: Key, e: Value) -> bool:
        """Whether a changed container holds no other containers at the end of a pass than is known."""
        if isinstance(key, str | Var):
            return True
        found = self.replaced.setdefault(key, {})
        places = replaced.places(self.params[key], e)
        news = places - found.keys()
        for value in (self.inits[key], e):
            identities = [tree.identity for tree in trees(value)]
            for k in places:
                found.setdefault(k, {}).update(dict.fromkeys(identities[k : k + 1]))
        if not found or key in self.unclear:
            return not news
        news |= {k for value in (self.inits[key], e) if self.belongs(key, value) for k in places}
        before = [v for n, v in self.frame.env.items() if n in self.live]
        after = [v for n, v in end.env.items() if n in self.live]
        others = [*self.frame.lowered.around.values(), *self.frame.pending]
        known = replaced.known_elsewhere(self.frame, self.inits[key], found, [*before, *others])
        with self.frame.heap.block(end.state):
            if known or replaced.known_elsewhere(self.frame, e, found, [*after, *others]):
                self.unclear.add(key)
                return False
        return not news

    def share(self, end: Pass) -> bool:
        """Enter which memory the carries of the next pass share, with each other and with others;
        whether a pass began with that."""
        seen = self.everywhere()
        ends = {key: self.end_of(end, key) for key in self.keys}
        atoms = [(place, a) for place, a in self.atoms(ends, self.params) if has_memory(a.type)]
        memories = {place: self.frame.of(a) for place, a in atoms}
        roots = {p: p[0] for p in memories if isinstance(p[0], Var) and p[0] not in self.homes.tags}
        with self.frame.heap.block(end.state):  # where an array lives that was moved by the pass
            memories |= {place: self.frame.of(a) for place, a in atoms if place in roots}
        begun = {place: self.frame.of(a) for place, a in self.atoms(self.params, self.params)}
        known = True
        for place, memory in memories.items():
            shared = Memory(memory.own & seen, memory.held & seen)
            for other, theirs in memories.items():
                if other != place:
                    tokens = self.tokens.get(other, ())
                    for mine, beside in self.homes.pairs(place, memory, other, theirs):
                        shared |= _overlap(mine, beside, *tokens)
                    if other in roots:
                        shared |= _seen_in(memory, theirs, self.frame.of(roots[other]).own)
            if isinstance(place[0], Var):  # a root, which begins each pass with its own memory
                shared = Memory(held=shared.held)
            self.shares[place] = self.shares.get(place, NOTHING) | shared
            before = begun.get(place, NOTHING)
            known = known and before | shared == before
        return known


def _class_of(a: Atom) -> str:
    return a.type.cls if isinstance(a.type, Scalar) else ""


def _is_known(value: Value) -> bool:
    return isinstance(value, Var | Const | Tree)


def _seen_in(memory: Memory, theirs: Memory, buffers: Buffers) -> Memory:
    """The buffers of an array, by its own name, in what overlaps with where it lives."""
    own, held = (buffers if seen & theirs.own else NONE for seen in (memory.own, memory.held))
    return Memory(own, held)


def _overlap(memory: Memory, theirs: Memory, *tokens: Var) -> Memory:
    """What of another carry a carry can see, where they overlap at the end of a pass."""
    if not tokens:  # seen for the first time: it has tokens in the next round
        return Memory()
    own, element, arrays = tokens
    both = memory.held & theirs.held
    held = {arrays} if both else set()
    if any(not isinstance(b.type, Array) for b in both):
        held.add(element)
    if memory.held & theirs.own:
        held.add(own)
    return Memory(frozenset([own]) if memory.own & theirs.own else NONE, frozenset(held))
