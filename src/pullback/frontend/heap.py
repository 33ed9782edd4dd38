"""What arrays and lists hold by now: names stand for references, writes make new versions.

A *reference* is the variable by which an array or a list was first known. Names, items of containers
and values on their way keep it for good; what it holds by now is looked up when an op takes it. So
whatever leads to an array sees each write to it, by whichever name or view it was made, as in Python.

A view is a reference that remembers how it was read from its parent. A write through it is a write
to the array at the bottom, its *root*, and it is read from the root anew when that has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from pullback.frontend.values import Either, Value
from pullback.frontend.walking import with_both
from pullback.ir.build import Builder
from pullback.ir.core import Atom, Block, Op, Var, look
from pullback.ir.types import Type, has_memory

# Views that are read with numbers alike, whether these are constants or not.
_BY_PLACES = frozenset(("getitem", "list_get", "reshape"))


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """How a view was read: the op, whose first input is the parent by any version; which output."""

    parent: Var
    op: Op
    output: int = 0

    @property
    def sources(self) -> Sequence[Atom]:
        """The parent, and the numbers that it is read with."""
        return (self.parent, *self.op.inputs[1:])

    @property
    def varied(self) -> Sequence[bool]:
        """Which of its numbers views that are read in the same way may differ in: not in how many parts
        an array is split."""
        places = self.op.name in _BY_PLACES
        return [places or isinstance(a, Var) for a in self.op.inputs[1:]]

    @property
    def fixed(self) -> tuple[Atom | None, ...]:
        """The numbers that they may not differ in, each at its place."""
        return tuple(None if v else a for a, v in zip(self.op.inputs[1:], self.varied, strict=True))

    def moved(self, env: Mapping[Var, Atom]) -> View:
        """The same view, where its parent and what it was read with go by other names."""
        inputs = tuple(look(env, a) for a in self.op.inputs)
        op = Op(self.op.prim, inputs, self.op.params, (), self.op.outputs, self.op.loc)
        return View(cast("Var", look(env, self.parent)), op, self.output)


@dataclass(eq=False)
class State:
    """What holds where lowering stands: newest versions, readings of views, what this block made.

    ``homes`` has for each array that lives in others by now which of them, or what tells which.
    ``compared`` are bools that tell whether two indices are equal, and
    ``shown`` has for each view the version of its root that it was last read from, and the reading.
    """

    versions: dict[Var, Var] = field(default_factory=dict)
    trees: dict[object, Value] = field(default_factory=dict)
    shown: dict[Var, tuple[Var, Var]] = field(default_factory=dict)
    homes: dict[Var, Value] = field(default_factory=dict)
    compared: dict[frozenset[Atom], Var] = field(default_factory=dict)
    local: set[Var] = field(default_factory=set)

    def entered(self) -> State:
        """The state where a block begins."""
        known = (self.versions, self.trees, self.shown, self.homes, self.compared)
        return State(*map(dict, known))  # type: ignore[arg-type]

    def version(self, reference: Var) -> Var:
        return self.versions.get(reference, reference)

    def written_since(self, before: State) -> list[Var]:
        """The references from outside of the block that were written to in it."""
        written = (r for r, v in self.versions.items() if v is not before.version(r))
        return [r for r in written if r not in self.local]

    def changed_since(self, before: State) -> list[object]:
        """The identities of containers that were changed in the block, those made in it included."""
        return [i for i, tree in self.trees.items() if before.trees.get(i) is not tree]

    def moved_since(self, before: State) -> list[Var]:
        """The arrays from outside of the block that came to live in others in it."""
        return [r for r, home in self.homes.items() if before.homes.get(r) is not home]


@dataclass(eq=False)
class Places:
    """The lists of one function that hold each item once (``separate``), or at least each list
    (``branching``); those of which items were ``written`` to, or lists ``changed``; numbers of items
    that surely are ``counted`` from the start."""

    separate: set[Var] = field(default_factory=set)
    branching: set[Var] = field(default_factory=set)
    written: set[Var] = field(default_factory=set)
    changed: set[Var] = field(default_factory=set)
    counted: set[Atom] = field(default_factory=set)

    def enter(self, l: Var) -> None:
        """A list holds each item once."""
        self.separate.add(l)
        self.branching.add(l)

    def share(self, l: Var) -> None:
        """A list may hold an item twice, or one that something else holds."""
        self.separate.discard(l)
        self.branching.discard(l)


class Heap:
    """References, views and versions of one function."""

    def __init__(
        self, emit: Callable[[Op], Sequence[Var]], pick: Callable[[Value], Var]
    ) -> None:
        self.state = State()
        self.references: dict[Var, Var] = {}
        self.views: dict[Var, View] = {}
        self.touched: list[object] = []  # roots written to and containers changed, on all ways so far
        self.moves: dict[tuple[Var, Var], Var] = {}
        self.emit = emit
        self.pick = pick

    @property
    def trees(self) -> dict[object, Value]:
        """The newest form of containers that were changed, by identity."""
        return self.state.trees

    # ---- references

    def reference(self, v: Var) -> Var:
        """What a version, or a reading of a view, is known by."""
        return self.references.get(v, v)

    def root(self, v: Var) -> Var:
        """The array at the bottom of a view; any other reference is its own root."""
        r = self.reference(v)
        while r in self.views:
            r = self.reference(self.views[r].parent)
        return r

    def chain(self, v: Var) -> Iterator[Var]:
        """A view, what it was read from, and so on down to its root."""
        r = self.reference(v)
        while r in self.views:
            yield r
            r = self.reference(self.views[r].parent)
        yield r

    def numbers(self, v: Var) -> list[Atom]:
        """What a view is read with from its root."""
        return [a for r in self.chain(v) if r in self.views for a in self.views[r].op.inputs[1:]]

    def is_view(self, v: Var) -> bool:
        return self.reference(v) in self.views

    def leave_views(self, views: dict[Var, View]) -> None:
        """Views that were made in a block are read behind it in these ways."""
        self.views.update(views)
        self.state.local.update(views)

    def keep(self, a: Atom) -> None:
        """A view that was made in a block that is not built is read where it is used."""
        if isinstance(a, Var):
            self.state.local.update(r for r in self.chain(a) if self.is_view(r))

    def same(self, a: Atom, b: Atom) -> bool:
        """Whether two atoms are one array or list, or the same number."""
        if isinstance(a, Var) and isinstance(b, Var):
            return self.reference(a) is self.reference(b)
        return a is b

    # ---- arrays that live in others

    def at_home(self, v: Value) -> Value:
        """The array that an array lives in, or that a view of it is of: one, or either of some."""
        if not self.state.homes or not isinstance(v, Var):
            return v
        home = self.state.homes.get(self.root(v))
        return v if home is None else self._moved(self.reference(v), home)

    def _moved(self, r: Var, home: Value) -> Value:
        """A reference, whose root lives elsewhere, as it is known there."""
        if isinstance(home, Either):
            return with_both(home, self._moved(r, home.first), self._moved(r, home.second))
        assert isinstance(home, Var)
        return self.at_home(self._view_of(r, home))

    def _view_of(self, r: Var, home: Var) -> Var:
        """A view of an array that lives elsewhere, read there."""
        if r not in self.views:
            return home
        key = (r, home)
        if key not in self.moves:
            view = self.views[r]
            new = self.moves[key] = Var(r.type, r.name)
            parent = self._view_of(self.reference(view.parent), home)
            self.views[new] = view.moved({view.parent: parent})
        return self.moves[key]

    # ---- versions

    def now(self, a: Atom) -> Atom:
        """What an atom holds by now."""
        if not isinstance(a, Var) or not has_memory(a.type):
            return a
        home = self.at_home(a)
        if home is not a:
            return self.pick(home)
        r = self.reference(a)
        return self.reading(r) if r in self.views else self.state.version(r)

    def newest(self, a: Var) -> Var:
        """What a list holds by now, by whichever of its versions it is asked for: of one that was put
        into another, the newest from before, which knows what it holds."""
        r = self.reference(a)
        return self.state.versions.get(r, a if r in self.views else r)

    def version(self, a: Var) -> Var:
        """The newest version of the array that a view is of, or of an array itself."""
        return self.state.version(self.root(a))

    def reading(self, r: Var) -> Var:
        """A view as it is by now, read again where its root has changed."""
        if self.is_shown(r):
            return self.state.shown[r][1]
        view = self.views[r]
        outputs = self.emit(Op(view.op.prim, (self.now(view.parent), *view.op.inputs[1:]),
                               view.op.params, (), view.op.outputs, view.op.loc, True))  # fmt: skip
        found = outputs[view.output]
        found.name = r.name
        self.show(r, found)
        return found

    def is_shown(self, r: Var) -> bool:
        """Whether a view has been read since its root was written to."""
        known = self.state.shown.get(r)
        return known is not None and known[0] is self.state.version(self.root(r))

    def show(self, r: Var, found: Var) -> None:
        """A view was read."""
        self.references[found] = r
        self.state.shown[r] = (self.state.version(self.root(r)), found)

    def made(self, op: Op) -> None:
        """Enter the outputs of an op just built: new references, of which some are views."""
        self.state.local.update(v for v in op.outputs if has_memory(v.type))

    def viewed(self, op: Op) -> None:
        """Enter the outputs of an op as views of its first input."""
        parent = op.inputs[0]
        assert isinstance(parent, Var)
        for k, v in enumerate(op.outputs):
            self.views[v] = View(self.reference(parent), op, k)
            self.state.shown[v] = (self.state.version(self.root(v)), v)

    def write(self, r: Var, version: Var) -> None:
        """A root holds something else from here on."""
        assert r not in self.state.homes, "what lives in another array is written to there"
        self.references[version] = r
        self.state.versions[r] = version
        self.touched.append(r)

    def kept(self, r: Var, before: Var) -> None:
        """A root holds something else than before, yet its views read the same."""
        for view, (version, reading) in self.state.shown.items():
            if version is before and self.root(view) is r:
                self.state.shown[view] = (self.state.version(r), reading)

    def change(self, identity: object, new: Value) -> None:
        """A container holds something else from here on."""
        self.trees[identity] = new
        self.touched.append(identity)

    # ---- blocks

    def mark(self) -> State:
        """The state as it is now, to go back to."""
        copy = self.state.entered()
        copy.local = set(self.state.local)
        return copy

    def adopt(self, state: State) -> None:
        """What was lowered on trial in a block belongs to the one around it."""
        state.local |= self.state.local
        self.state = state

    @contextmanager
    def block(self, state: State | None = None) -> Iterator[State]:
        """Lowering goes on in a block, in a state of its own."""
        before = self.state
        self.state = before.entered() if state is None else state
        try:
            yield self.state
        finally:
            self.state = before


class HeapBuilder(Builder):
    """A builder whose ops take what their inputs hold by now."""

    heap: Heap

    def emit(
        self, prim: str, /, inputs: Sequence[Atom] = (), blocks: Sequence[Block] = (),
        types: Sequence[Type] | None = None, names: Sequence[str] = (), checked: bool = False,
        **params: Any,
    ) -> tuple[Var, ...]:  # fmt: skip
        now = [self.heap.now(a) for a in inputs]
        outputs = super().emit(prim, now, blocks, types, names, checked, **params)
        self.heap.made(self.ops[-1])
        return outputs
