"""What a ``try`` op gives: names, and what arrays and containers hold, behind it and in handlers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pullback import refusals
from pullback.frontend import alternatives, fixed, growing, references
from pullback.frontend.frame import Frame
from pullback.frontend.heap import State, View
from pullback.frontend.liveness import Names
from pullback.frontend.reaching import reachable
from pullback.frontend.values import UNSET, Env, Poison, Tree, Value
from pullback.frontend.walking import alike, leaves, rebuild, substituted, trees, within
from pullback.ir.alias import Memory
from pullback.ir.core import Atom, Block, Const, Var
from pullback.ir.types import Array, List, Type, has_memory, join


@dataclass(eq=False)
class Exports:
    """The values of a ``try`` op in the making, for which stand-ins are used at first.

    What a handler may read is the value from before where the op raises, if both are of one kind:
    then ``kept`` has it under its name. All else has no value there.
    """

    frame: Frame
    visible: Names
    block: Block
    before: Env
    state: State
    inputs: list[Atom] = field(default_factory=list)
    types: list[Type] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    stand_ins: list[Var] = field(default_factory=list)
    known: dict[tuple[Atom, Atom | None], Var] = field(default_factory=dict)
    kept: Env = field(default_factory=dict)
    views: dict[Var, View] = field(default_factory=dict)
    written: dict[Var, Var] = field(default_factory=dict)
    homes: dict[Var, Var] = field(default_factory=dict)
    changed: dict[object, Value] = field(default_factory=dict)
    places: dict[object, Var] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inside: set[Atom] = {v for op in self.block.ops for v in op.outputs}

    def export(self, end: Env) -> Env:
        """The names behind the op, those that handlers read first: others may share their values."""
        order = sorted(end, key=lambda n: n not in self.visible)
        found = {n: self.value(n, end[n]) for n in order}
        for value in found.values():
            self.export_places(value)
        return {n: found[n] for n in end}

    def export_places(self, value: Value) -> None:
        """Containers that are items of lists are known behind the op by their places there."""
        for tree in trees(value):
            member = self.frame.members.get(tree.identity)
            if member is not None and self.is_made_inside(member.index):
                self.places[tree.identity] = self.atom_of(member.index, None, "")

    def value(self, name: str, v: Value) -> Value:
        before = self.frame.latest(self.before.get(name, UNSET))
        if v is self.before.get(name) or not self.is_inside(v):
            return v
        if not isinstance(v, Var | Const | Tree):
            return Poison(refusals.MADE_IN_TRY)
        kept = self.alternatives(before, v) if name in self.visible else None
        old: list[Atom | None] = [None] * len(leaves(v)) if kept is None else [*kept]
        new = [self.atom(a, b, name) for a, b in zip(leaves(v), old, strict=True)]
        if kept is not None:
            found = zip(leaves(v), kept, new, strict=True)
            stays = [c if a in self.inside else b for a, b, c in found]
            self.kept[name] = rebuild(before, stays)
        return rebuild(v, new)

    def export_contents(self) -> None:
        """What arrays and containers from before hold, where nothing is raised: else what they held."""
        frame = self.frame
        heap = frame.heap
        for root in self.state.written_since(heap.state):
            with heap.block(self.state):
                now = heap.state.version(root)
            self.written[root] = self.atom_of(now, heap.state.version(root), root.name)
        for r in self.state.moved_since(heap.state):
            before = heap.now(r)
            with heap.block(self.state), frame.b.block() as extra:
                inside = heap.now(r)
            self.block.ops += extra.ops
            self.homes[r] = self.atom_of(inside, before, r.name)
        changed = self.state.changed_since(heap.state)
        known = reachable(frame, frame.known(self.before)) if changed else {}
        for identity in changed:
            if identity in known:
                with heap.block(self.state):
                    now_held = frame.latest(known[identity])
                self.changed[identity] = self.contents(known[identity], now_held)

    def contents(self, before: Value, v: Value) -> Value:
        """What a container holds that was changed: of the same kind as before, for handlers see it."""
        if growing.is_growing(before, v):
            before = fixed.grown(self.frame, before, v) or before
        old = leaves(before) if alternatives.kin(before, v) else None
        if old is None:
            if self.visible:
                self.frame.reject(refusals.CHANGED_BEFORE_ERROR, self.frame.stmt
                                         or self.frame.node, name="a container")  # fmt: skip
            old = [None] * len(leaves(v))  # type: ignore[list-item]
        pairs = zip(leaves(v), old, strict=True)
        names = (getattr(a, "name", "") for a in leaves(v))
        found = zip(pairs, names, strict=True)
        return rebuild(v, [a if a is b else self.atom(a, b, name) for (a, b), name in found])

    def settle(self, final: dict[Var, Var]) -> None:
        """Enter what the heap holds behind the op."""
        heap = self.frame.heap
        for root, stand_in in self.written.items():
            heap.write(root, final[stand_in])
        heap.state.homes.update((r, final[stand_in]) for r, stand_in in self.homes.items())
        for identity, value in self.changed.items():
            heap.trees[identity] = substituted(value, final)
        known = self.frame.members
        for identity, place in self.places.items():
            known[identity] = replace(known[identity], index=final[place])
        heap.leave_views({r: view.moved(final) for r, view in self.views.items()})

    def is_inside(self, v: Value) -> bool:
        return any(map(self.is_made_inside, leaves(v))) or (
            not isinstance(v, Var | Const) and any(map(self.is_inside, within(v)))
        )

    def is_made_inside(self, a: Atom) -> bool:
        """Whether an atom, or what a view is read with, is from the op."""
        heap = self.frame.heap
        chain = [*heap.chain(a)] if isinstance(a, Var) else []
        read = (i for r in chain if r in heap.views for i in heap.views[r].sources)
        return not self.inside.isdisjoint([*chain, *read])

    def alternatives(self, before: Value, v: Value) -> list[Atom] | None:
        """The leaves of the value from before, if the new one is of the same kind."""
        if not alike(before, v):
            return None
        pairs = list(zip(leaves(before), leaves(v), strict=True))
        same = all(isinstance(b, Var) and _joins(b.type, a.type) for b, a in pairs)
        return [b for b, _ in pairs] if same else None

    def atom(self, a: Atom, kept: Atom | None, name: str) -> Atom:
        heap = self.frame.heap
        if not self.is_made_inside(a):
            return a
        if kept is None and isinstance(a, Var) and heap.is_view(a):
            return self.view(heap.reference(a))
        with heap.block(self.state), self.frame.b.block() as extra:
            a = heap.now(a)
        self.block.ops += extra.ops
        self.inside.update(v for op in extra.ops for v in op.outputs)
        return self.atom_of(a, kept, name)

    def view(self, r: Var) -> Var:
        """A view stays one, which is read behind the op by numbers that the op gives."""
        if r not in self.views:
            view = self.frame.heap.views[r]
            given = {a: self.atom(a, None, a.name) for a in view.sources if isinstance(a, Var)}
            self.views[r] = view.moved(given)
        return r

    def atom_of(self, a: Atom, kept: Atom | None, name: str) -> Var:
        shared = [v for (x, _), v in self.known.items() if x is a] if kept is None else []
        if shared:
            return shared[0]
        if (a, kept) not in self.known:
            self.block.results.append(a)
            b = self.frame.b
            self.inputs.append(b.undef(a.type) if kept is None else kept)
            joined = None if kept is None else join(kept.type, a.type)
            self.types.append(joined or a.type)
            self.names.append(name if name.isidentifier() else "")
            self.known[a, kept] = Var(self.types[-1], name)
            self.stand_ins.append(self.known[a, kept])
        return self.known[a, kept]

    def enter(self, outputs: Sequence[Var]) -> None:
        """What memory the values of the op share, and which of them may be unset."""
        frame = self.frame
        for v, kept, yielded, (_, old) in zip(
            outputs, self.inputs, self.block.results, self.known, strict=True
        ):
            memory = Memory() if old is None else frame.of(kept)
            if has_memory(v.type):
                frame.remember(v, memory | frame.of(yielded))
            references.is_one_of(frame, v, yielded, kept)
            if frame.is_maybe_unset(yielded) or frame.is_maybe_unset(kept):
                frame.maybe_unset.add(v)


def _joins(before: Type, now: Type) -> bool:
    joined = join(before, now)
    return joined is not None and (isinstance(now, Array | List) or joined == now)
