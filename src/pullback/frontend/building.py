"""The ops of a function in the making, and what is known of what they give where control is.

An op is built at a place in the user's code. What memory its outputs share is noted, of what they are
views, and which bools are known.
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, NoReturn, cast

from pullback import refusals
from pullback.errors import Loc, Refusal
from pullback.frontend import views
from pullback.frontend.heap import Heap, HeapBuilder, Places, View
from pullback.frontend.session import Session, StartOver, Told
from pullback.frontend.values import Either, Poison, Stream, Tree, Value
from pullback.frontend.walking import leaves, shown, with_parts, within
from pullback.ir.alias import NONE, NOTHING, Aliases, Buffers, Memory
from pullback.ir.core import Atom, Const, Op, Var
from pullback.ir.types import Array, Keys, List, Scalar, has_memory, type_of

NO_PLACES: set[Loc | None] = set()
Facts = dict[Atom, bool]


class Unreachable(Exception):
    """Raised where control does not go on: after ``raise``, or at a recursive call not yet typed."""


class Split(Exception):
    """Raised where a value is read of which only a run-time bool tells the kind."""

    def __init__(self, value: Either) -> None:
        super().__init__(value)
        self.value = value


# What all share that may be known by others: by what writes to it are refused with.
OF_OTHERS = {
    row: Var(Array("float", None, ()), "others")
    for row in (
        refusals.KEPT_RESULT, refusals.CHANGED_KEPT, refusals.CHANGED_ONE_OF_SEVERAL,
        refusals.WRITTEN_FROM_OUTSIDE,
    )
}  # fmt: skip


@dataclass(eq=False, repr=False)
class Building:
    """Building the ops of one function body.

    ``owners`` of memory that is not to be written to are told why. ``mixed`` are numbers that may be of
    a smaller class than their type, as ints that join floats are, ``items`` those read from lists.
    ``facts`` are bools whose value is known where control is, ``implied`` what follows from a bool if it
    is True or False. Arrays that are ``dense`` lie in C order without gaps. ``unfollowed`` are reshapes,
    and items that were read from lists, by their places; ``put_in`` what was put into lists while
    something else could still read it.
    """

    session: Session
    node: ast.FunctionDef | ast.Lambda
    file: str
    _: KW_ONLY
    aliases: Aliases = field(default_factory=Aliases)
    owners: dict[Var, Refusal] = field(default_factory=dict)
    mixed: set[Var] = field(default_factory=set)
    items: set[Var] = field(default_factory=set)
    facts: Facts = field(default_factory=dict)
    implied: dict[Atom, tuple[Facts, Facts]] = field(default_factory=dict)
    dense: set[Var] = field(default_factory=set)
    places: Places = field(default_factory=Places)
    unfollowed: dict[Var, Loc | None] = field(default_factory=dict)
    put_in: list[tuple[Var, Loc | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.b = HeapBuilder(self.loc(self.node))
        self.heap = self.b.heap = Heap(self.again, self.pick)

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

    def raises(self, exception: str, message: Any) -> NoReturn:
        """Control ends here, as it does at run time, with a text, a key or a value that is computed."""
        known = isinstance(message, Var | Const)
        told = message if known else Const(message if type_of(message) else str(message))
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
        shared = [locs for v, locs in found if not buffers.isdisjoint(self.of(v).own)]
        given_back = self.session.given_back.items()
        shared += [locs for v, locs in given_back if not buffers.isdisjoint(self.of(v).reach)]
        places = NO_PLACES.union(*shared)
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

    # ---- memory

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

    def beside(self, value: Value, root: Var) -> Buffers:
        """The buffers that a value can see by other ways than through an array and its views."""
        value = self.heap.at_home(value)
        if isinstance(value, Var):
            memory = self.of(value)
            alone = self.heap.root(value) is root
            return memory.held - self.of(root).own if alone else memory.reach
        return NONE.union(*(self.beside(v, root) for v in within(value)))

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

    def of_others(self, v: Atom) -> Memory:
        """What says that a value, and what it holds, may be known by others."""
        memory, tokens = self.of(v), frozenset(OF_OTHERS.values())
        return Memory(memory.own & tokens, memory.held & tokens)

    def leave_to_others(self, v: Var, row: Refusal | None) -> None:
        """A value, and what it holds, may be known by others, if that is what is told of it."""
        if row not in OF_OTHERS:
            return
        token = frozenset([OF_OTHERS[row]])
        self.share_with_others(v, Memory(token, token if isinstance(v.type, List) else NONE))

    def share_with_others(self, v: Var, tokens: Memory) -> None:
        if tokens != NOTHING:
            self.owners |= {token: row for row, token in OF_OTHERS.items() if token in tokens.reach}
            self.remember(v, self.of(v) | tokens)

    # ---- what is known where control is

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
        return with_parts(newest, parts)

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
                raise Split(value)
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
