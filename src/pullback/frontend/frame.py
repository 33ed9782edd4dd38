"""The state of lowering one function: a frame.

A frame lowers one function body to one Func. Names that it reads from outside become parameters
(numbers, arrays) or static objects under guards (functions, modules, strings).
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, TypeVar, cast

from pullback import refusals
from pullback.errors import Loc, Refusal
from pullback.frontend import joined, unkept
from pullback.frontend.building import Building, Unreachable
from pullback.frontend.heap import Heap
from pullback.frontend.liveness import Liveness, liveness
from pullback.frontend.outside import Outside
from pullback.frontend.scopes import assigned_inside, bound_inside, local_names, nonlocal_names
from pullback.frontend.session import Lowered, StartOver, Told
from pullback.frontend.values import (
    UNSET,
    Cell,
    Dct,
    Either,
    Env,
    Local,
    Poison,
    Struct,
    Table,
    Tree,
    Unset,
    Value,
)
from pullback.frontend.walking import (
    as_known,
    bound_here,
    describe,
    leaves,
    rebuild,
    shown,
    text_of,
    trees,
    within,
)
from pullback.ir.alias import NONE, Buffers
from pullback.ir.core import Atom, Op, Var

# What rooms above follow of the ops that are built, and of the changes of containers.
ON_OPS: list[Callable[[Frame, Op], None]] = []
ON_CHANGES: list[Callable[[Frame, Tree, Value, ast.AST], None]] = []
# What may tell which one a container is that may be one of several.
ON_SEVERAL: list[Callable[[Frame, Tree], None]] = []
# What references lead to, which room above knows.
LED_TO: list[Callable[[Frame, Value], Value]] = []


@dataclass(eq=False)
class Replay:
    """The values that expressions of a statement have had in a block, so that it can be taken up anew.

    Expressions are numbered in the order in which their evaluation starts; with each value goes the
    number of the expression that comes next.
    """

    ops: list[Op]
    found: dict[int, tuple[Value, int]] = field(default_factory=dict)
    count: int = 0


Given = TypeVar("Given")


@dataclass(eq=False, repr=False)
class Frame(Building):
    """Lowering of one function body.

    Variables that are ``maybe_unset`` are checked where they are read, unless they are ``surely_set``
    where control is, or ``set_where`` a bool is True that is known to be.
    ``layouts`` are bools that tell whether a reshape is a view.
    ``asked`` are bools that tell whether a table has a key, by the keys and the key, or of which kind an
    item of a list is, by the list and the place.
    ``unfolded`` are the functions in whose code lowering stands, one in the other.
    ``tapped`` are arrays of whose adjoint a block is run.
    ``reads`` are groups of ops that read the columns of a list at one place. ``callees`` are nodes that
    are called. ``undefined`` stand for what is of another kind. ``chosen`` are the places of branches
    that decide which container a name stands for. ``as_kept`` has of views that were read from lists, of
    which each may be one of several, what the lists hold.
    ``empty`` are the places of lists of which nothing was known yet, by themselves and by the lists
    that they were put into. ``members`` tells where containers stand in run-time lists, ``copies`` of
    which lists they were items; items are ``moving`` within lists. ``spans`` are ranges that lists of
    places are. A frame ``asks_again`` while the condition of a loop is lowered.
    """

    python: types.FunctionType | None
    parent: Frame | None
    lowered: Lowered
    _: KW_ONLY
    caller: Frame | None = None
    is_users: bool = False
    remembers: bool = False
    asks_again: bool = False
    env: Env = field(default_factory=dict)
    maybe_unset: set[Var] = field(default_factory=set)
    surely_set: set[Var] = field(default_factory=set)
    set_where: dict[Atom, Atom] = field(default_factory=dict)
    hoped: dict[str, ast.AST | None] = field(default_factory=dict)
    stmt: ast.stmt | None = None
    pending: list[Value] = field(default_factory=list)
    empty: dict[Var, set[Loc | None]] = field(default_factory=dict)
    layouts: set[Atom] = field(default_factory=set)
    arguments: Sequence[Var] = ()
    foreign_trees: dict[object, Refusal] = field(default_factory=dict)
    made: set[object] = field(default_factory=set)
    older: dict[object, frozenset[object]] = field(default_factory=dict)
    made_in: dict[object, object] = field(default_factory=dict)
    returns_none: bool = False
    watched: dict[object, ast.AST] = field(default_factory=dict)
    resized: Buffers = NONE
    spoiled: Buffers = NONE
    members: dict[object, Any] = field(default_factory=dict)
    moving: frozenset[Var] = frozenset()
    spans: dict[Var, Any] = field(default_factory=dict)
    copies: dict[object, Sequence[Var]] = field(default_factory=dict)
    parts: dict[object, set[object]] = field(default_factory=dict)
    chosen: dict[object, Loc] = field(default_factory=dict)
    as_kept: dict[object, Value] = field(default_factory=dict)
    undefined: set[Var] = field(default_factory=set)
    kept: tuple[str, ...] = ()
    region: Any = None
    trapping: str = ""
    regions: list[Any] = field(default_factory=list)
    handling: list[Var] = field(default_factory=list)
    unfolded: tuple[object, ...] = ()
    callees: set[ast.AST] = field(default_factory=set)
    asked: dict[Var, tuple[Any, ...]] = field(default_factory=dict)
    reads: list[Sequence[Op]] = field(default_factory=list)
    tapped: set[Var] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.session.frames.append(self)
        self.liveness: Liveness = liveness(self.node)
        self.local_names = local_names(self.node)
        self.nonlocal_names = nonlocal_names(self.node)
        self.outside = Outside(self.session, self.python, self.captured, self.lowered.captured)
        self.replay = Replay(self.b.ops)

    @property
    def is_called(self) -> bool:
        """Whether there is a caller inside of what is differentiated, who sees what is written to."""
        return len(self.session.lowering) > 1 or self.lowered.recursive

    def note(self, op: Op) -> None:
        super().note(op)
        self.session.displays.note(op, self.heap)
        for follow in ON_OPS:
            follow(self, op)

    def decided(self, value: Value) -> Value:
        """A value of two kinds as the one that it is where control is, an item for a reference to it."""
        (led_to,) = LED_TO
        return led_to(self, super().decided(value))

    # ---- what is still to be read

    def live(self) -> frozenset[str]:
        """The names that may still be read."""
        if self.stmt is None:
            return frozenset()
        return self.liveness.live_after(self.stmt) | self.liveness.later(self.stmt, self.b.loc)

    def others(self) -> Iterator[tuple[str, Value]]:
        """What may still be read: live names, and what the statement has read so far."""
        live = self.live()
        for other, value in self.env.items():
            if other in live:
                yield repr(other), as_known(self.latest(value), self.facts)
        for key, value in self.lowered.around.items():
            yield repr(key[2]), as_known(self.latest(value), self.facts)
        for value in self.pending:
            yield "an earlier part of the statement", self.latest(value)

    def known(self, env: Env | None = None) -> list[Value]:
        """All that there are names for, here and in functions around, or that is still to be used."""
        around = self.lowered.around.values()
        return [*(self.env if env is None else env).values(), *around, *self.pending]

    @contextmanager
    def holding(self) -> Iterator[list[Value]]:
        """Values entered in the list are still to be used: nothing may change them meanwhile."""
        before = len(self.pending)
        try:
            yield self.pending
        finally:
            del self.pending[before:]

    # ---- what changes

    def name_of(self, tree: Tree) -> str:
        """A name by which a container is known, '' if there is none."""
        held = [v for v in self.env.values() if isinstance(v, Tree)]
        objects = [t.items for v in held for t in trees(self.latest(v)) if isinstance(t, Struct)]
        names = (
            n for names in (self.env, *objects) for n, v in names.items()
            if isinstance(v, Tree) and v.identity is tree.identity
        )  # fmt: skip
        return shown(next(names, ""))

    def change(self, tree: Tree, new: Value, node: ast.AST) -> None:
        """A container holds other items from here on, or is a run-time list."""
        parts = new.parts if isinstance(new, Tree) else ()
        inner = (t for part in parts for t in trees(self.latest(part)))
        if any(t.identity is tree.identity for t in inner):
            self.reject(refusals.HOLDS_ITSELF, node, value=describe(cast("Value", tree)))
        if tree.identity in self.foreign_trees:
            self.choose([tree])
            self.session.link(self.copies.get(tree.identity, ()))
            raise self.foreign_trees[tree.identity].at(self.loc(node), name=text_of(node))
        several = refusals.CHANGED_ONE_OF_SEVERAL
        others = () if tree.identity in self.made else self.others()
        older = self.older.get(tree.identity, frozenset())
        for _, value in others:  # which may be this one
            found = [t for t in trees(value) if self.foreign_trees.get(t.identity) is several
                     and t.identity not in older and _may_be_one(t, tree)]  # fmt: skip
            if found:
                for demand in ON_SEVERAL:  # before choices of each of its items are followed
                    demand(self, tree)
                self.choose(found)
                self.reject(several, node, name=text_of(node))
        if tree.identity in self.session.given:
            self.session.matters = True
        self.lowered.alters |= tree.identity in self.copies
        for follow in ON_CHANGES:
            follow(self, tree, new, node)
        self.lowered.parted |= self.parts.get(tree.identity, set())
        self.heap.change(tree.identity, new)

    def displayed(self, new: Value) -> Value:
        """What a display or a constructor gives: it is none of the containers that were known before."""
        if isinstance(new, Tree):
            self.made_here([new])
            if self.b.loc is not None:
                self.session.displays.enter(new.identity, frozenset([self.b.loc]))
        return new

    def made_here(self, news: Iterable[Tree]) -> None:
        """Containers have been made where lowering stands: they are none of those known before."""
        older = frozenset(self.foreign_trees)
        for tree in news:
            self.made_in[tree.identity] = self.session.block
            if older:
                self.older[tree.identity] = older

    @contextmanager
    def making(self, tree: Tree) -> Iterator[None]:
        """A container is made meanwhile: it is none of those that were there before."""
        self.made.add(tree.identity)
        try:
            yield
        finally:
            self.made.discard(tree.identity)

    def decides(self, loc: Loc, tree: Tree, *among: object) -> None:
        """What is at a place decides which container a name stands for, of some of which that may have
        been decided before."""
        followed = self.session.told.followed
        before = [self.chosen[i] for i in among if i in self.chosen]
        self.chosen[tree.identity] = next((p for p in (loc, *before) if p not in followed), loc)

    def choose(self, found: Sequence[Tree]) -> None:
        """Start over, if containers are each one of several that was not followed so far."""
        chosen = {self.chosen.get(tree.identity) for tree in found}
        if None not in chosen and not chosen <= self.session.told.followed:
            raise StartOver(Told(followed=frozenset(chosen)))

    # ---- blocks

    @contextmanager
    def scope(self, env: Env) -> Iterator[None]:
        """Statements inside run in a copy of the environment, which the caller picks up."""
        before, self.env = self.env, dict(env)
        facts, self.facts = self.facts, dict(self.facts)
        surely_set, self.surely_set = self.surely_set, set(self.surely_set)
        try:
            with self.heap.block():
                yield
        finally:
            self.env, self.facts, self.surely_set = before, facts, surely_set

    def on_trial(
        self, compute: Callable[[], Given], given_up: type[Exception],
        accepts: Callable[[Given], bool] = lambda found: True,
    ) -> Given | None:  # fmt: skip
        """What an attempt to lower something gives: with all that it did, or None and as if it had
        never been made, where it is given up or not accepted."""
        ended: Unreachable | None = None
        started = dict(self.session.started)
        with self.scope(self.env), self.b.block() as scratch:
            try:
                found = compute()
            except given_up:
                self.session.started = started
                return None
            except Unreachable as end:
                ended = end
            env, state = self.env, self.heap.state
        if ended is not None:
            self.b.ops += scratch.ops  # the last of which raises
            raise ended
        if not accepts(found):
            self.session.started = started
            return None
        self.b.ops += scratch.ops
        self.heap.adopt(state)
        self.env = env
        return found

    @contextmanager
    def hoping(self, names: Iterable[str]) -> Iterator[dict[str, ast.AST | None]]:
        """Inside, reading these names while they are not set ends a branch: another one may tell of
        which kind they are. Gives where they were read."""
        before, self.hoped = self.hoped, dict.fromkeys(names)
        try:
            yield self.hoped
        finally:
            self.hoped = before

    # ---- what is known where control is

    def rebound(self, before: Env) -> Env:
        """The names where a block ends; new values of them with what their containers hold there."""
        return {n: v if v is before.get(n) else self.latest(v) for n, v in self.env.items()}

    # ---- names

    def read(self, name: str, node: ast.AST) -> Value:
        """The value of a name, as Python looks it up."""
        found = self.look(name, node)
        value = self.decided(found)
        if isinstance(value, Poison):
            self.unknown(value, repr(name), node)
        if value is not found:
            self.demand_set(name, value)
        return value

    def demand_set(self, name: str, value: Value) -> None:
        """Raise at run time if a value is not set: of two, what tells which of them it is."""
        for part in [value.is_first] if isinstance(value, Either) else within(value):
            self.demand_set(name, part)
        if not (isinstance(value, Var) and self.is_maybe_unset(value)):
            return
        if self.heap.is_view(value):  # what it is read with is unset as well
            for a in self.heap.numbers(value):
                self.demand_set(name, a)
        elif not self.is_set(value):
            self.b.emit("defined", [value], name=name.lstrip("%"))
            self.surely_set.add(self.heap.reference(value))

    def is_set(self, v: Var) -> bool:
        """Whether a variable that is not set on all paths is known to be set where control is."""
        v = self.heap.reference(v)
        where = self.set_where.get(v)
        return v in self.surely_set or (where is not None and self.facts.get(where, False))

    def look(self, name: str, node: ast.AST) -> Value:
        """The value of a name, which may be of two kinds."""
        value = self.find(name)
        if isinstance(value, Cell):
            value = value.value
        if isinstance(value, Poison):
            self.unknown(value, repr(name), node)
        if isinstance(value, Unset):
            if name in self.hoped:
                self.hoped[name] = node
                raise Unreachable
            self.reject(refusals.READ_BEFORE_SET, node, name=name)
        if value is None:
            self.reject(refusals.NOT_DEFINED, node, name=name)
        self.demand_set(name, value)
        return value

    def is_maybe_unset(self, a: Atom) -> bool:
        """Whether there are paths on which a variable has no value."""
        return isinstance(a, Var) and self.heap.reference(a) in self.maybe_unset

    def bind(self, name: str, value: Value, node: ast.AST) -> None:
        """Assign a value to a name."""
        known = self.find(name) if name in self.nonlocal_names else self.env.get(name)
        if isinstance(known, Cell):
            self.change(known, Cell(name, value, known.identity), node)
        elif name in self.nonlocal_names:
            self.reject(refusals.NONLOCAL_OUTSIDE, node, name=name)
        else:
            self.env[name] = value

    def open_cells(self) -> None:
        """Names that functions inside assign to stand for cells from the beginning."""
        for name in assigned_inside(self.node):
            self.env[name] = Cell(name, self.env.get(name, UNSET))

    def find(self, name: str) -> Value | None:
        if name in self.env:
            found = self.latest(self.env[name])
            if isinstance(found, Local) and found.within:
                return found.opened({name: self.latest(self.env[name]) for name in self.kept})
            return found
        if name in self.local_names:
            return UNSET
        if self.parent is not None:
            return self.from_parent(name)
        return self.outside.named(name)

    def from_parent(self, name: str) -> Value | None:
        """A name of the function around this one: its leaves come in as extra parameters."""
        assert self.parent is not None
        return self.from_around(self.parent, name)

    def outermost(self) -> Frame:
        """The first of the functions of the user's that led here: what is differentiated, or called in
        that and differentiated by itself with what it remembers."""
        if (found := self.remembering()) is not None:
            return found
        return [f for f in self.callers() if f.is_users][-1]

    def remembering(self) -> Frame | None:
        """The innermost of the functions that led here which keeps tables of its own."""
        return next((f for f in self.callers() if f.remembers), None)

    def callers(self) -> Iterator[Frame]:
        """This function, the one that calls it, and so on."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.caller

    def heaps(self) -> list[Heap]:
        """What this function and those that led here know of their arrays and lists."""
        return [frame.heap for frame in self.callers()]

    def from_around(self, frame: Frame, name: str) -> Value | None:
        """A name of a function that is not done yet."""
        key = ("local", frame, name)
        value = self.around(frame, name)
        if value is not None and bound_here(value):
            return Poison(refusals.ITERATOR_FROM_AROUND)
        if value is None and name in bound_inside(frame.node):
            return Poison(refusals.LATE_IN_COMPREHENSION)
        if value is None or key in self.lowered.around:
            return value
        if not leaves(value):
            self.lowered.statics[key] = value
            self.same_owners(value, frame)
            return self.latest(value)
        return self.latest(self.captured(key, value))

    def around(self, frame: Frame, name: str) -> Value | None:
        """What a name of a function around stands for, with what calls up to this one changed."""
        if self is frame:
            return frame.find(name)
        key = ("local", frame, name)
        found = self.lowered.captured.get(key, self.lowered.statics.get(key))
        if found is not None:
            return self.latest(found)
        if self.caller is None:
            return frame.find(name)
        known = self.caller.around(frame, name)
        return None if known is None else self.latest(known)

    def captured(self, key: Any, outside: Value) -> Value:
        """Parameters for a value from outside, the same ones each time it is read."""
        if key not in self.lowered.captured:
            unkept.demand_inside(outside)
            unkept.demand_whole(outside)
            known = outside.name if isinstance(outside, Cell) else ""
            names = [known or getattr(a, "name", "") for a in leaves(outside)]
            params = [Var(a.type, n) for a, n in zip(leaves(outside), names, strict=True)]
            if key[0] == "local":
                before = [*self.arguments, *joined.parameters(self.lowered)]
                params = joined.captured(self.session, self.heaps(), before, outside, names)
            for a, p in zip(leaves(outside), params, strict=True):
                for around in (self.caller, key[1]):
                    if isinstance(around, Frame):
                        self.session.displays.passed(a, around.heap, p, self.heap)
                if isinstance(a, Var) and a in self.session.origins:
                    self.session.origins[p] = self.session.origins[a]
            self.lowered.captured[key] = rebuild(outside, params)
            self.comes_in(key)
        return self.lowered.captured[key]

    def comes_in(self, key: Any) -> None:
        """What was captured is memory that came in, and belongs to whom it belongs to outside."""
        inside = self.lowered.captured[key]
        params = [p for p in leaves(inside) if isinstance(p, Var)]
        for p in params:
            if p not in self.lowered.own:
                self.given(p)
        if key[0] == "local":
            self.same_owners(inside, key[1], key[1].find(key[2]))
        else:
            seen = NONE.union(*(self.of(p).reach for p in params))
            self.owners |= dict.fromkeys(seen, refusals.WRITTEN_FROM_OUTSIDE)
            self.foreign_inside(inside)

    def same_owners(self, inside: Value, around: Frame, value: Value | None = None) -> None:
        """What must not be changed in the function around must not be here, where it may be another."""
        rows = {t.identity: around.foreign_trees.get(t.identity) for t in trees(inside)}
        self.foreign_trees |= {i: row for i, row in rows.items() if row is not None}
        for p, a in zip(leaves(inside), leaves(value) if value is not None else [], strict=False):
            found = [around.owners[v] for v in around.of(a).reach if v in around.owners]
            if found and isinstance(p, Var):
                self.owners |= dict.fromkeys(self.of(p).reach, found[0])

    def foreign_inside(self, value: Value) -> None:
        """The containers in a value from outside must not be changed: dicts mostly keep results."""
        rows = refusals.RESULTS_KEPT_OUTSIDE, refusals.CHANGED_FROM_OUTSIDE
        self.foreign_trees |= {t.identity: rows[not isinstance(t, Dct | Table)] for t in trees(value)}


def _may_be_one(a: Tree, b: Tree) -> bool:
    """Whether two containers are of one class: no tuple is a list."""
    alike = all(getattr(a, name, None) is getattr(b, name, None) for name in ("cls", "is_list"))
    return type(a) is type(b) and alike
