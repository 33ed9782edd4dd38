"""The state of lowering one function: a frame.

A frame lowers one function body to one Func. Names that it reads from outside become parameters
(numbers, arrays) or static objects under guards (functions, modules, strings).
"""

from __future__ import annotations

import ast
import functools
import operator
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar, cast

from pullback import refusals
from pullback.errors import Loc, Refusal
from pullback.frontend import unkept, views
from pullback.frontend.heap import Heap, HeapBuilder, Places, View
from pullback.frontend.liveness import Liveness, liveness
from pullback.frontend.outside import Outside
from pullback.frontend.scopes import assigned_inside, bound_inside, local_names, nonlocal_names
from pullback.frontend.session import Lowered, Session, StartOver, Told
from pullback.frontend.values import (
    UNSET,
    Cell,
    Either,
    Env,
    Local,
    Poison,
    Stream,
    Struct,
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
from pullback.ir.alias import NONE, Aliases, Buffers, Memory
from pullback.ir.core import Atom, Const, Op, Var
from pullback.ir.types import Keys, List, Scalar, has_memory

# What rooms above follow of the ops that are built, and of the changes of containers.
ON_OPS: list[Callable[[Frame, Op], None]] = []
ON_CHANGES: list[Callable[[Frame, Tree, Value, ast.AST], None]] = []


class Unreachable(Exception):
    """Raised where control does not go on: after ``raise``, or at a recursive call not yet typed."""


class Split(Exception):
    """Raised where a value is read of which only a run-time bool tells the kind."""

    def __init__(self, is_first: Var) -> None:
        super().__init__(is_first)
        self.is_first = is_first


@dataclass(eq=False)
class Replay:
    """The values that expressions of a statement have had in a block, so that it can be taken up anew.

    Expressions are numbered in the order in which their evaluation starts; with each value goes the
    number of the expression that comes next.
    """

    ops: list[Op]
    found: dict[int, tuple[Value, int]] = field(default_factory=dict)
    count: int = 0


NO_PLACES: set[Loc | None] = set()
Facts = dict[Atom, bool]
Given = TypeVar("Given")


class Frame:
    """Lowering of one function body.

    ``mixed`` are numbers that may be of a smaller class than their type, as ints that join floats are.
    Variables that are ``maybe_unset`` are checked where they are read, unless they are ``surely_set``
    where control is, or ``set_where`` a bool is True that is known to be. ``facts`` are bools whose
    value is known where control is, ``implied`` what follows from a bool if it is True or False.
    ``layouts`` are bools that tell whether a reshape is a view.
    ``asked`` are bools that tell whether a table has a key, by the keys and the key.
    ``unfolded`` are the functions in whose code lowering stands, one in the other.
    ``tapped`` are arrays of whose adjoint a block is run.
    ``reads`` are groups of ops that read the columns of a list at one place. ``callees`` are nodes that
    are called. ``undefined`` stand for what is of another kind. ``chosen`` are the places of branches
    that decide which container a name stands for.
    ``unfollowed`` are reshapes, and items that were read from lists, by their places;
    ``put_in`` what was put into lists while something else could still read it. ``empty`` are the places
    of lists of which nothing was known yet, by themselves and by the lists that they were put into.
    """

    def __init__(
        self,
        session: Session,
        node: ast.FunctionDef | ast.Lambda,
        file: str,
        python: types.FunctionType | None,
        parent: Frame | None,
        lowered: Lowered,
    ) -> None:
        self.session = session
        self.node = node
        self.file = file
        self.python = python
        self.parent = parent
        self.caller: Frame | None = None
        self.is_users = False
        self.remembers = False
        self.lowered = lowered
        self.b = HeapBuilder(self.loc(node))
        self.heap = self.b.heap = Heap(self.again, self.pick)
        self.env: Env = {}
        self.liveness: Liveness = liveness(node)
        self.aliases = Aliases()
        self.owners: dict[Var, Refusal] = {}
        self.maybe_unset: set[Var] = set()
        self.mixed: set[Var] = set()
        self.surely_set: set[Var] = set()
        self.set_where: dict[Atom, Atom] = {}
        self.hoped: dict[str, ast.AST | None] = {}
        self.facts: Facts = {}
        self.implied: dict[Atom, tuple[Facts, Facts]] = {}
        self.replay = Replay(self.b.ops)
        self.stmt: ast.stmt | None = None
        self.pending: list[Value] = []
        self.dense: set[Var] = set()
        self.places = Places()
        self.unfollowed: dict[Var, Loc | None] = {}
        self.put_in: list[tuple[Var, Loc | None]] = []
        self.empty: dict[Var, set[Loc | None]] = {}
        self.layouts: set[Atom] = set()
        self.arguments: Sequence[Var] = ()
        self.foreign_trees: dict[object, Refusal] = {}
        self.made: set[object] = set()
        self.older: dict[object, frozenset[object]] = {}
        self.made_in: dict[object, object] = {}
        self.returns_none = False
        self.watched: dict[object, ast.AST] = {}
        self.resized: Buffers = NONE
        self.spoiled: Buffers = NONE
        self.members: dict[object, Any] = {}
        self.moving = False
        self.parts: dict[object, set[object]] = {}
        self.chosen: dict[object, Loc] = {}
        self.undefined: set[Var] = set()
        self.local_names = local_names(node)
        self.nonlocal_names = nonlocal_names(node)
        self.kept: tuple[str, ...] = ()
        self.outside = Outside(session, python, self.captured, lowered.captured)
        self.region: Any = None
        self.trapping = ""
        self.regions: list[Any] = []
        self.handling: list[Var] = []
        self.unfolded: tuple[object, ...] = ()
        self.callees: set[ast.AST] = set()
        self.asked: dict[Var, tuple[Atom, ...]] = {}
        self.reads: list[Sequence[Op]] = []
        self.tapped: set[Var] = set()

    @property
    def is_called(self) -> bool:
        """Whether there is a caller inside of what is differentiated, who sees what is written to."""
        return len(self.session.lowering) > 1 or self.lowered.recursive

    # ---- places and errors

    def loc(self, node: ast.AST) -> Loc:
        line = getattr(node, "lineno", 0)
        return Loc(
            getattr(node, "file", self.file),
            line,
            getattr(node, "col_offset", 0),
            getattr(node, "end_lineno", line) or line,
            getattr(node, "end_col_offset", 0) or 0,
        )

    def reject(self, row: Refusal, node: ast.AST, /, **fields: object) -> NoReturn:
        """Refuse the code of a node."""
        raise row.at(self.loc(node), **fields)

    def unknown(self, value: Poison, name: str, node: ast.AST) -> NoReturn:
        """Refuse to read a value that cannot be known."""
        self.reject(value.row, node, name=name, **value.fields)

    def raises(self, exception: str, message: str | Atom) -> NoReturn:
        """Control ends here, as it does at run time."""
        told = Const(message) if isinstance(message, str) else message
        self.b.emit("raise", [told], exception=exception)
        raise Unreachable

    def raises_if_caught(self, exception: type[BaseException], message: str) -> None:
        """Control ends here if a handler waits for such an error."""
        if self.catches(exception):
            self.raises(exception.__name__, message)

    def catches(self, exception: type[BaseException]) -> bool:
        """Whether a handler around what is lowered waits for such errors."""
        return any(region.names(exception) for region in self.session.catching)

    # ---- ops

    def op(self, prim: str, /, *inputs: Atom, names: tuple[str, ...] = (), **params: Any) -> Var:
        """Build an op with one output, and note what memory the output shares."""
        (out,) = self.emit(prim, *inputs, names=names, **params)
        return out

    def emit(
        self, prim: str, /, *inputs: Atom, names: tuple[str, ...] = (), **params: Any
    ) -> tuple[Var, ...]:
        """Build an op, and note what memory its outputs share."""
        if prim in views.OF_PARTS and (part := self.part_of(inputs[0])) is not None:
            (whole,) = self.emit(prim, part.parent, *inputs[1:], **params)
            return self.emit(part.op.name, whole, names=names)
        outputs = self.b.emit(prim, inputs, names=[shown(name) for name in names], **params)
        self.note(self.b.ops[-1])
        return outputs

    def part_of(self, a: Atom) -> View | None:
        """How an array was read as the real or imaginary part of another, whose elements can be read
        in its place: one of them at a time, and not all for one."""
        view = self.heap.views.get(self.heap.reference(a)) if isinstance(a, Var) else None
        return view if view is not None and views.is_part(view.op) else None

    def note(self, op: Op) -> None:
        """Enter which memory the outputs of an op share, and of what they are views."""
        self.aliases.simple(op)
        for follow in ON_OPS:
            follow(self, op)
        if views.is_contiguous(op, self.is_dense):
            self.dense.add(op.out)
        if views.is_exact(op, self.is_dense):
            self.heap.viewed(op)
        elif views.is_reshape(op):
            self.unfollowed[op.out] = op.loc
        if views.is_read_only(op):
            self.owners |= dict.fromkeys(op.outputs, refusals.WRITTEN_READ_ONLY)
        if len(op.outputs) == 1 and (views.is_read_only(op) or views.is_part(op)):
            self.heap.viewed(op)

    def is_dense(self, a: Atom) -> bool:
        """Whether an array surely lies in C order without gaps, in all its versions."""
        return isinstance(a, Var) and self.heap.reference(a) in self.dense

    def sure_view(self, op: Op) -> None:
        """An op gives a view here, whatever else it may give elsewhere."""
        if any(v not in self.heap.views for v in op.outputs):
            self.heap.viewed(op)
        for v in op.outputs:
            self.unfollowed.pop(v, None)

    def ask(self, buffers: Buffers) -> None:
        """Start over, if what shares these buffers may be a reshape, or an item of a list, that was not
        followed so far."""
        told = self.session.told
        found = [(v, {loc}) for v, loc in [*self.unfollowed.items(), *self.put_in]]
        places = NO_PLACES.union(*(
            locs for v, locs in [*found, *self.session.given_back.items()]
            if not buffers.isdisjoint(self.of(v).own)
        ))  # fmt: skip
        if not places <= told.followed | told.apart:
            raise StartOver(Told(followed=frozenset(places)))

    def again(self, op: Op) -> Sequence[Var]:
        """Build an op once more, which reads a view of what an array holds by now."""
        outputs = self.b.emit(op.prim.name, op.inputs, checked=True, **op.params)
        self.aliases.simple(self.b.ops[-1])
        return outputs

    def pick(self, value: Value) -> Var:
        """What an array holds that is one of several."""
        if not isinstance(value, Either):
            return cast("Var", self.heap.now(cast("Var", value)))
        if (known := self.the_one(value)) is not None:
            return self.pick(known)
        blocks = []
        for part in (value.first, value.second):
            with self.heap.block(), self.b.block() as block:
                block.results = [self.pick(part)]
            blocks.append(block)
        (found,) = self.b.branch(value.is_first, blocks[0], blocks[1])
        self.remember(found, self.of(blocks[0].results[0]) | self.of(blocks[1].results[0]))
        return found

    def of(self, atom: Atom) -> Memory:
        """The memory of an atom, and of the arrays that it may live in."""
        home = self.heap.at_home(atom)
        if home is atom:
            return self._kept(atom)
        return functools.reduce(operator.or_, map(self._kept, leaves(home)), self._kept(atom))

    def _kept(self, a: Atom) -> Memory:
        """The memory of an atom; a view that was moved to where its array lives has that of its root."""
        moved = isinstance(a, Var) and a not in self.aliases.memory
        return self.aliases.of(self.heap.root(a) if moved else a)  # type: ignore[arg-type]

    def memory(self, value: Value) -> frozenset[Var]:
        """All buffers that a value can see."""
        own = self.of(value).reach if isinstance(value, Var) else frozenset[Var]()
        return own.union(*map(self.memory, within(value)))

    def others(self) -> Iterator[tuple[str, Value]]:
        """What may still be read: live names, and what the statement has read so far."""
        live = frozenset[str]()
        if self.stmt is not None:
            live = self.liveness.live_after(self.stmt) | self.liveness.later(self.stmt, self.b.loc)
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

    def beside(self, value: Value, root: Var) -> Buffers:
        """The buffers that a value can see by other ways than through an array and its views."""
        value = self.heap.at_home(value)
        if isinstance(value, Var):
            memory = self.of(value)
            alone = self.heap.root(value) is root
            return memory.held - self.of(root).own if alone else memory.reach
        return NONE.union(*(self.beside(v, root) for v in within(value)))

    @contextmanager
    def holding(self) -> Iterator[list[Value]]:
        """Values entered in the list are still to be used: nothing may change them meanwhile."""
        before = len(self.pending)
        try:
            yield self.pending
        finally:
            del self.pending[before:]

    def remember(self, v: Var, memory: Memory) -> None:
        """Enter the memory of a variable that no simple op makes."""
        if has_memory(v.type):
            self.aliases.memory[v] = memory

    def fresh(self, v: Var) -> None:
        """``v`` is memory of its own."""
        self.aliases.fresh(v)

    def mixes(self, v: Atom, *sources: Atom) -> None:
        """``v`` holds one of other numbers, as it is."""
        classes = {a.type.cls for a in (v, *sources) if isinstance(a.type, Scalar)}
        if isinstance(v, Var) and (len(classes) > 1 or not self.mixed.isdisjoint(sources)):
            self.mixed.add(v)

    def given(self, v: Var, separate: bool = True) -> None:
        """``v`` is memory that came in: nothing else in this function leads to it. A list is taken to
        hold each of its items once; who passes it demands that where they are written to."""
        nested = frozenset([Var(v.type, v.name)]) if isinstance(v.type, List) else NONE
        self.remember(v, Memory(frozenset([v]), nested))
        if nested and separate:
            self.places.enter(v)

    def foreign(self, v: Var, row: Refusal) -> None:
        """``v`` is memory that belongs to somebody else, so that writes to it are refused."""
        self.given(v)
        self.owners |= dict.fromkeys(self.of(v).reach, row)

    # ---- what changes

    def latest(self, value: Value) -> Value:
        """A value with the items that its containers hold by now."""
        if isinstance(value, Var):
            return self.heap.newest(value) if isinstance(value.type, List | Keys) else value
        if isinstance(value, Stream):
            first = self.latest(value.first)
            return value if first is value.first else Stream(value.node, first)
        if not isinstance(value, Tree):
            return value
        newest = self.heap.trees.get(value.identity, value)
        if not isinstance(newest, Tree) or newest.identity is not value.identity:
            return self.latest(newest)  # what a list display has become
        parts = [self.latest(item) for item in newest.parts]
        same = all(a is b for a, b in zip(parts, newest.parts, strict=True))
        return newest if same else cast("Value", newest.remade(parts))

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
        inner = (t for part in (new.parts if isinstance(new, Tree) else ()) for t in trees(part))
        if any(t.identity is tree.identity for t in inner):
            self.reject(refusals.HOLDS_ITSELF, node, value=describe(cast("Value", tree)))
        if tree.identity in self.foreign_trees:
            self.choose([tree])
            raise self.foreign_trees[tree.identity].at(self.loc(node), name=text_of(node))
        several = refusals.CHANGED_ONE_OF_SEVERAL
        others = () if tree.identity in self.made else self.others()
        older = self.older.get(tree.identity, frozenset())
        for _, value in others:  # which may be this one
            found = [t for t in trees(value) if self.foreign_trees.get(t.identity) is several
                     and t.identity not in older and _may_be_one(t, tree)]  # fmt: skip
            if found:
                self.choose(found)
                self.reject(several, node, name=text_of(node))
        if tree.identity in self.session.given:
            self.session.matters = True
        for follow in ON_CHANGES:
            follow(self, tree, new, node)
        self.lowered.parted |= self.parts.get(tree.identity, set())
        self.heap.change(tree.identity, new)

    def displayed(self, new: Value) -> Value:
        """What a display gives: it is none of the containers that were known before."""
        if isinstance(new, Tree):
            self.made_in[new.identity] = self.session.block
            if self.foreign_trees:
                self.older[new.identity] = frozenset(self.foreign_trees)
        return new

    @contextmanager
    def making(self, tree: Tree) -> Iterator[None]:
        """A container is made meanwhile: it is none of those that were there before."""
        self.made.add(tree.identity)
        try:
            yield
        finally:
            self.made.discard(tree.identity)

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

    def learn(self, truth: Atom | bool, value: bool) -> None:
        """From here on a condition is known."""
        self.facts |= self.following(truth, value)

    def following(self, truth: Atom | bool, value: bool) -> Facts:
        """What is known where a condition is True, or False."""
        if not isinstance(truth, Var):
            return {}
        return {truth: value} | self.implied.get(truth, ({}, {}))[not value]

    def decided(self, value: Value) -> Value:
        """A value of two kinds as the one that it is where control is; others as they are."""
        while isinstance(value, Either):
            known = self.the_one(value)
            if known is None:
                assert isinstance(value.is_first, Var)
                raise Split(value.is_first)
            value = known
        return value

    def settled(self, value: Value) -> Value:
        """A value, of which elements are read or written to: an array is the one that it lives in."""
        value = self.decided(value)
        home = self.heap.at_home(value)
        return value if home is value else self.settled(home)

    def the_one(self, value: Either) -> Value | None:
        """The one that a value of two kinds is where control is, if that is known."""
        tag = value.is_first
        first = bool(tag.value) if isinstance(tag, Const) else self.facts.get(tag)
        return None if first is None else value.first if first else value.second

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
            known = outside.name if isinstance(outside, Cell) else ""
            names = [known or getattr(a, "name", "") for a in leaves(outside)]
            params = [Var(a.type, n) for a, n in zip(leaves(outside), names, strict=True)]
            for a, p in zip(leaves(outside), params, strict=True):
                self.given(p)
                if isinstance(a, Var) and a in self.session.origins:
                    self.session.origins[p] = self.session.origins[a]
            inside = self.lowered.captured[key] = rebuild(outside, params)
            if key[0] == "local":
                self.same_owners(inside, key[1], key[1].find(key[2]))
            else:
                seen = NONE.union(*(self.of(p).reach for p in params))
                self.owners |= dict.fromkeys(seen, refusals.WRITTEN_FROM_OUTSIDE)
                self.foreign_inside(inside)
        return self.lowered.captured[key]

    def same_owners(self, inside: Value, around: Frame, value: Value | None = None) -> None:
        """What must not be changed in the function around must not be here, where it may be another."""
        rows = {t.identity: around.foreign_trees.get(t.identity) for t in trees(inside)}
        self.foreign_trees |= {i: row for i, row in rows.items() if row is not None}
        for p, a in zip(leaves(inside), leaves(value) if value is not None else [], strict=False):
            found = [around.owners[v] for v in around.of(a).reach if v in around.owners]
            if found and isinstance(p, Var):
                self.owners |= dict.fromkeys(self.of(p).reach, found[0])

    def foreign_inside(self, value: Value) -> None:
        """The containers in a value from outside must not be changed."""
        row = refusals.CHANGED_FROM_OUTSIDE
        self.foreign_trees |= dict.fromkeys((t.identity for t in trees(value)), row)


def _may_be_one(a: Tree, b: Tree) -> bool:
    """Whether two containers are of one class: no tuple is a list."""
    alike = all(getattr(a, name, None) is getattr(b, name, None) for name in ("cls", "is_list"))
    return type(a) is type(b) and alike
