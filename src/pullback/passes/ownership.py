"""Who owns which memory: buffers by levels, and what each op does to them.

The memory of a value is a tuple of levels: the buffers of the value itself, those of its elements,
those of their elements, as far as its type goes (of a record: itself, its fields, all below). A
buffer is named by the variable that brought it into being. What was moved into a container, so that
nobody else can reach it and no two elements share it, is *private* and named after the container;
what a container holds and others may hold as well is *shared*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from pullback.ir.alias import NONE, Buffers
from pullback.ir.core import Atom, Env, Func, Op, Var, look
from pullback.ir.index import leads_into_array, lists_in, through_lists, to_list
from pullback.ir.types import Array, Keys, List, Record, Type, has_memory
from pullback.passes.liveness import Live
from pullback.passes.sharing import READ_ONLY, READ_ONLY_VIEWS, Summary, views

Levels = tuple[Buffers, ...]


def depth(t: Type | None) -> int:
    """How many levels of memory values of a type have."""
    match t:
        case Array() | Keys():
            return 1
        case List():
            return 1 + depth(t.elem)
        case Record():
            return 3
    return 0


def reach(levels: Levels) -> Buffers:
    return NONE.union(*levels)


def merge(a: Levels, b: Levels) -> Levels:
    """The memory of what may be either of two values."""
    return tuple(x | y for x, y in zip_longest(a, b, fillvalue=NONE))


def steps_below(op: Op) -> int:
    """How many levels below a container an op finds, or puts, a value."""
    if op.name in ("list_get", "list_set"):
        return lists_in(op.inputs[0].type, through_lists(op))
    return 1 + len(to_list(op)) if op.name in ("list_push", "list_pop") else 1


@dataclass(eq=False)
class Names:
    """Names of the buffers that containers hold, made as they are asked for."""

    known: dict[tuple[Var, int, bool], Var] = field(default_factory=dict)
    base: dict[Var, Var] = field(default_factory=dict)

    def private(self, owners: Iterable[Var], level: int) -> Buffers:
        """What some buffers hold at a level and nobody else does; at level 0 the buffers."""
        return frozenset(self.get(v, level, True) for v in owners) if level else frozenset(owners)

    def shared(self, owner: Var, level: int) -> Buffers:
        """What a value holds at a level, and perhaps others too."""
        return frozenset([self.get(owner, level, False)])

    def get(self, owner: Var, level: int, private: bool) -> Var:
        key = (owner, level, private)
        if key not in self.known:
            self.known[key] = new = Var(owner.type, owner.name)
            self.base[new] = owner
        return self.known[key]

    def owner(self, buffer: Var) -> Var:
        """The variable that a name was derived from."""
        while buffer in self.base:
            buffer = self.base[buffer]
        return buffer

    def fresh(self, v: Var, private: bool = True) -> Levels:
        """The memory of a new value that shares nothing with others."""
        deeper = range(1, depth(v.type))
        held = (self.private([v], t) if private else self.shared(v, t) for t in deeper)
        return (frozenset([v]), *held) if has_memory(v.type) else ()


@dataclass(eq=False)
class Memory:
    """The memory of each value of a function, as far as its ops were walked, and who may write.

    ``env`` maps values to the copies that replace them. ``frozen`` buffers may not be written to;
    those of carries may be (which makes the carries exclusive) and are from then on ``written``.
    What carries hold is frozen as well; ``held`` are the names of what they alone hold, which may be
    written to through them, and is then ``written``. ``local`` are the owners
    of what was allocated in this pass of the loop around, ``views`` those made in this block.
    """

    live: dict[Op, Live]
    summaries: dict[Func, Summary]
    names: Names = field(default_factory=Names)
    levels: dict[Var, Levels] = field(default_factory=dict)
    env: Env = field(default_factory=dict)
    frozen: set[Var] = field(default_factory=lambda: {READ_ONLY})
    carried: set[Var] = field(default_factory=set)
    written: set[Var] = field(default_factory=set)
    held: set[Var] = field(default_factory=set)
    local: set[Var] = field(default_factory=set)
    views: set[Var] = field(default_factory=set)

    def of(self, atom: Atom) -> Levels:
        return self.levels.get(atom, ()) if isinstance(atom, Var) else ()

    def own(self, atom: Atom) -> Buffers:
        return (self.of(atom) or (NONE,))[0]

    def fresh(self, v: Var, private: bool = True) -> Levels:
        self.local.add(v)
        return self.names.fresh(v, private)

    def now(self, atoms: Iterable[Atom]) -> list[Atom]:
        """What stands for some values by now."""
        return [look(self.env, a) for a in atoms]

    def reaching(self, buffers: Buffers, atoms: Iterable[Atom]) -> list[Var]:
        """Which of some values can see one of some buffers."""
        found: dict[Var, None] = {}
        for a in atoms:
            v = look(self.env, a)
            levels = self.of(v)  # none for numbers, which are most of what is asked about
            if levels and isinstance(v, Var) and not all(map(buffers.isdisjoint, levels)):
                found[v] = None
        return list(found)

    def is_private(self, v: Var, level: int) -> bool:
        """Whether what a value holds is held by itself alone (if the value itself is)."""
        levels = self.of(v)
        return level == 0 or levels[level] <= self.names.private(levels[0], level)

    def is_frozen(self, v: Atom, level: int) -> bool:
        """Whether a value's memory at a level may not be written to through the value."""
        buffers = self.at(v, level)
        if level == 0 or not isinstance(v, Var):
            return bool(buffers & self.frozen)
        return not (self.is_private(v, level) and buffers.isdisjoint(self.frozen - self.held))

    def at(self, v: Atom, level: int) -> Buffers:
        """The buffers of a value at a level, none if it does not go as deep."""
        levels = self.of(v)
        return levels[level] if level < len(levels) else NONE

    def unclaimed(self) -> set[Var]:
        """The buffers of carries that may be anyone's: nothing in the loop wrote to them so far."""
        return self.carried - self.written

    # ---- the outputs of an op

    def enter(self, op: Op, inputs: Sequence[Atom]) -> None:
        """Enter the outputs of an op without blocks that takes these inputs."""
        for k, v in enumerate(op.outputs):
            if has_memory(v.type):
                self.levels[v] = self._result(op, inputs, k, v)

    def _result(self, op: Op, inputs: Sequence[Atom], k: int, v: Var) -> Levels:
        match op.name:
            case "undef":
                return ()
            case "list_new" | "pack" | "list_push" | "list_set":
                return self.filled(op, inputs, v)
            case "list_add_at":
                return merge(self.of(inputs[0]), self.inside(inputs[0]))
            case "list_pop":
                return self.of(inputs[0]) if k == 0 else self.taken_out(op, inputs[0], v, True)
            case "list_get" if op.views():
                if leads_into_array(op):
                    self.views.add(v)
                return self.taken_out(op, inputs[0], v, False)
            case "unpack":
                return self.taken_out(op, inputs[0], v, not self.own(inputs[0]) & self.unclaimed())
            case "call":
                return self.returned(op, inputs, k, v)
            case "copy" if not op.params.get("deep"):
                return (*self.fresh(v)[:1], *self.of(inputs[0])[1:])
        if op.writes is not None:
            return self.of(inputs[op.writes])
        return self.viewed(op, [inputs[i] for i in views(op)], v)

    def viewed(self, op: Op, viewed: Sequence[Atom], v: Var) -> Levels:
        """The memory of a view, or of a value of its own."""
        found: Levels = ()
        for a in viewed:
            found = merge(found, self.of(a))
        if viewed and op.name in READ_ONLY_VIEWS:
            found = merge(found, (frozenset([READ_ONLY]),))
        if not isinstance(v.type, Array) and found:  # a list of views
            own, *held = self.fresh(v, private=False)
            return (own, *(level | reach(found) for level in held))
        if found:
            self.views.add(v)
        return found or self.fresh(v)

    # ---- containers

    def inside(self, container: Atom) -> Levels:
        """New memory that a container is the only one to hold."""
        deeper = range(1, depth(container.type))
        return (NONE, *(self.names.private(self.own(container), t) for t in deeper))

    def filled(self, op: Op, inputs: Sequence[Atom], v: Var) -> Levels:
        """A container with what is put in: moved, where nobody else can reach it."""
        levels = self.fresh(v) if op.prim.writes is None else self.of(inputs[op.prim.writes])
        own, *held = [*levels, *[NONE] * (depth(v.type) - len(levels))]
        last, below = len(held), steps_below(op)
        for i in op.views():
            moved = self.moved(op, inputs[i], [*inputs[:i], *inputs[i + 1 :]])
            for j, buffers in enumerate(self.of(inputs[i])):
                t = min(j + below, last)
                alone = self.names.private(own, t)
                held[t - 1] |= alone if j < moved else buffers | self.names.shared(v, t)
        self.local.add(v)
        return (own, *held)

    def moved(self, op: Op, v: Atom, others: Sequence[Atom]) -> int:
        """How many levels of a value an op may move: owned, and out of reach of all else."""
        levels = self.of(v)
        if not isinstance(v, Var) or self.own(v) & self.frozen:
            return 0
        for t, buffers in enumerate(levels):
            seen = self.reaching(buffers, [*self.live[op], *others])
            if seen or buffers & self.unclaimed() or not self.is_private(v, t):
                return t
        return len(levels)

    def taken_out(self, op: Op, container: Atom, v: Var, left: bool) -> Levels:
        """An element: if it left a container that held it alone, it is as good as new."""
        levels, new = self.of(container), self.fresh(v)
        last, below = len(levels) - 1, steps_below(op)
        found: list[Buffers] = []
        for j in range(depth(v.type) if last > 0 else 0):
            t = min(j + below, last)
            left = left and self.is_out_of_reach(op, container, t)
            found.append(new[j] if left else levels[t])
        return tuple(found) or new

    def is_out_of_reach(self, op: Op, container: Atom, level: int) -> bool:
        """Whether only what a container held at a level leads there, each element to its own."""
        levels = self.of(container)
        assert isinstance(container, Var)
        alone = self.is_private(container, level)
        return alone and not self.reaching(levels[level], self.live[op])

    # ---- calls

    def returned(self, op: Op, inputs: Sequence[Atom], k: int, v: Var) -> Levels:
        """What a callee gives back."""
        summary = self.summaries[op.params["callee"]]
        levels = self.fresh(v, private=False)
        given = [inputs[i] for i in sorted(summary.params[k])]
        given += [op.outputs[j] for j in sorted(summary.results[k])]
        for a in given:
            alike = type(a.type) is type(v.type) and len(self.of(a)) == len(levels)
            everything = (reach(self.of(a)),) * len(levels)
            levels = merge(levels, self.of(a) if alike else everything)
        if summary.read_only[k]:
            levels = tuple(level | {READ_ONLY} for level in levels)
        return levels
