"""Names: which variables are one Python variable, and what it is called.

Liveness runs backwards over the plan: what a statement assigns interferes with all that is read later,
but a copy does not interfere with what it copies. Variables that moves connect are coalesced where they
do not interfere; then each class gets the user's name, or the next free one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pullback.backend.plan import (
    RAISES,
    Break,
    Do,
    For,
    If,
    Move,
    Plan,
    Return,
    Stmt,
    Test,
    Try,
    While,
    With,
    atoms_of,
    blocks_of,
    everywhere,
    is_new_version,
)
from pullback.backend.text import identifier
from pullback.ir.bars import is_derived
from pullback.ir.core import Atom, Op, Var
from pullback.ir.exceptions import caught_by, may_be_caught

Live = frozenset[Var]
NOTHING: Live = frozenset()
INDICES = ("i", "j", "k")
_BASES = {"dim": "n", "size": "n", "list_len": "n"}


class Classes:
    """Variables that are one Python variable, as a union-find with interference."""

    def __init__(self, merged: Iterable[tuple[Var, Var]]) -> None:
        self.parent: dict[Var, Var] = {}
        self.clashes: dict[Var, set[Var]] = {}
        for a, b in merged:
            a, b = self.find(a), self.find(b)
            if a is not b:
                self.parent[a] = b

    def find(self, v: Var) -> Var:
        root = v
        while root in self.parent:
            root = self.parent[root]
        while v is not root:
            self.parent[v], v = root, self.parent[v]
        return root

    def clash(self, a: Var, others: Iterable[Var]) -> None:
        mine = self.clashes.setdefault(a, set())
        new = set(others) - mine - {a}
        mine |= new
        for b in new:
            self.clashes.setdefault(b, set()).add(a)

    def interfering(self, root: Var) -> set[Var]:
        return self.clashes.get(root, set())

    def merge(self, a: Var, b: Var) -> None:
        """Make two roots that do not interfere one, which is ``a``."""
        self.parent[b] = a
        theirs = self.clashes.pop(b, set())
        for other in theirs:
            self.clashes[other].discard(b)
        self.clash(a, theirs)


@dataclass(eq=False)
class Liveness:
    """Finds what interferes, and which assignments are read by nobody."""

    plan: Plan
    classes: Classes
    read_moves: set[tuple[Move, int]] = field(default_factory=set)
    read: set[Var] = field(default_factory=set)
    exits: list[Live] = field(default_factory=list)
    catching: list[tuple[Try, Live]] = field(default_factory=list)
    outlived: set[Try] = field(default_factory=set)
    handling: list[Var] = field(default_factory=list)

    def run(self) -> Live:
        """The variables that are read before they are assigned: parameters."""
        live = self.block(self.plan.stmts, NOTHING)
        params = [self.classes.find(p) for p in self.plan.func.params]
        for p in params:
            self.classes.clash(p, [*params, *live])
        return live

    def uses(self, atoms: Sequence[Atom]) -> Live:
        return frozenset(map(self.classes.find, self.plan.leaves(atoms)))

    def block(self, stmts: Sequence[Stmt], live: Live) -> Live:
        for s in reversed(stmts):
            live = self.stmt(s, live)
        return live

    def stmt(self, s: Stmt, after: Live) -> Live:
        """What is live before a statement, given what is live after it."""
        return self.before(s, after) | self.handled(s)

    def handled(self, s: Stmt) -> Live:
        """What handlers read that an error of a statement by itself may lead to."""
        ops = list(self.plan.printed(s)) if self.catching else []
        return NOTHING.union(
            *(live for t, live in self.catching if any(may_be_caught(op, caught_by(t.op)) for op in ops))
        )

    def before(self, s: Stmt, after: Live) -> Live:
        match s:
            case Do():
                return self.do(s, after)
            case Move():
                return self.move(s, after)
            case If():
                sides = self.block(s.then, after) | self.block(s.orelse, after)
                return sides | self.uses([s.cond])
            case With():
                return self.block(s.body, after)
            case Try():
                return self.attempt(s, after)
            case For() | While():
                return self.loop(s, after)
            case Test():
                return after | self.exits[-1] | self.uses([s.cond])
            case Break():
                return self.exits[-1]
            case Return():
                return self.uses(s.results)

    def attempt(self, s: Try, after: Live) -> Live:
        """Each handler follows whatever raised in the body; the exception is assigned there."""
        error = self.classes.find(s.error)
        if any(error in live for live in (after, *self.exits)):
            self.outlived.add(s)
        handlers = NOTHING
        self.handling.append(s.error)
        for block in s.handlers:
            live = self.block(block, after)
            if error in live:
                self.read.add(s.error)
                self.classes.clash(error, live)
            handlers |= live - {error}
        self.handling.pop()
        orelse = self.block(s.orelse, after)
        self.catching.append((s, handlers))
        live = self.block(s.body, orelse)
        self.catching.pop()
        return live | handlers

    def do(self, s: Do, after: Live) -> Live:
        op, find = s.op, self.classes.find
        if op.name == "reraise" and op.inputs[0] in self.handling[-1:]:
            return NOTHING  # ``raise`` alone says it
        if op.name in RAISES:
            return self.uses(op.inputs)
        self.read.update(v for v in op.outputs if find(v) in after)
        assigned = op.outputs[1:] if is_new_version(op) else op.outputs
        targets = [find(v) for v in assigned]
        for t in targets:
            self.classes.clash(t, after.union(targets, self.read_behind(op)))
        return (after - set(targets)) | self.uses(op.inputs)

    def read_behind(self, op: Op) -> Live:
        """What is read when the target has been assigned: ``y = t`` stands before ``y *= x``."""
        if "into" not in op.params:
            return NOTHING
        taken = self.uses(op.inputs[op.params["into"] :][:1])
        return self.uses([a for k, a in enumerate(op.inputs) if k != op.params["into"]]) - taken

    def move(self, s: Move, after: Live) -> Live:
        find = self.classes.find
        targets = [find(v) for v, _ in s.pairs]
        sources: Live = NOTHING
        if len(targets) > 1:
            for t in targets:
                self.classes.clash(t, self.handled(s))
        for k, (t, (_, a)) in enumerate(zip(targets, s.pairs, strict=True)):
            nested = self.plan.nested.get(a) if isinstance(a, Var) else None
            if t in after or (nested is not None and self.plan.may_raise(nested)):
                copied = find(a) if isinstance(a, Var) and nested is None else None
                self.classes.clash(t, (v for v in after if v is not copied))
                self.read_moves.add((s, k))
                sources |= self.uses([a])
        return (after - set(targets)) | sources

    def loop(self, s: For | While, after: Live) -> Live:
        index = self.classes.find(s.index) if isinstance(s, For) else None
        left = after if index is not None else NOTHING
        head = left
        self.exits.append(after)
        while True:
            inside = self.block(s.body, head)
            if index is not None:
                self.classes.clash(index, inside)
                if index in inside:
                    self.read.add(index)
                inside -= {index}
            if inside | left <= head:
                break
            head |= inside
        self.exits.pop()
        return head | self.uses(atoms_of(s))


# ---- coalescing


@dataclass(eq=False)
class Naming:
    """Names of the variables of one function, and what of the plan needs no text."""

    plan: Plan
    classes: Classes
    liveness: Liveness
    names: dict[Var, str]
    live_in: Live

    def name(self, v: Var) -> str:
        return self.names[self.classes.find(v)]

    def is_read(self, v: Var) -> bool:
        return v in self.liveness.read

    def visible(self, move: Move) -> list[tuple[Var, Atom]]:
        """The pairs of a move that need text (those from ``undef`` are decided by the printer)."""
        return [
            (v, a)
            for k, (v, a) in enumerate(move.pairs)
            if (move, k) in self.liveness.read_moves and not self.same(v, a)
        ]

    def same(self, v: Var, a: Atom) -> bool:
        if not isinstance(a, Var) or a in self.plan.nested or a in self.plan.undefined:
            return False
        return self.name(v) == self.name(a)


def assign(
    plan: Plan, fixed: dict[Var, str], reserved: frozenset[str], typed: bool = False
) -> Naming:
    """Names for all variables; ``fixed`` are those of parameters, which keep theirs."""
    classes = Classes(plan.merged)
    liveness = Liveness(plan, classes)
    live_in = liveness.run()
    entering = [classes.find(p) for p in (*fixed, *plan.func.params)]
    for p in entering:
        classes.clash(p, entering)
    _coalesce(plan, classes, {classes.find(p) for p in plan.func.params})
    # Numba calls the second version of ``x`` x.1, which within an expression becomes x_1 as well.
    mark = "" if typed else "_"
    names = _Namer(plan, classes, fixed, reserved, liveness.read, mark).run()
    live_in = frozenset(map(classes.find, live_in))
    return Naming(plan, classes, liveness, names, live_in)


def _coalesce(plan: Plan, classes: Classes, params: set[Var]) -> None:
    """Make the two sides of moves one variable where that is right, in inner loops first."""
    labels: dict[Var, set[str]] = {}
    for v in _defined(plan):
        labels.setdefault(classes.find(v), set()).update([v.name] if v.name else [])
    forward = set(map(classes.find, before_mark(plan)))
    reused = {s.op.out for s in everywhere(plan.stmts) if isinstance(s, Do) and "into" in s.op.params}
    caught = {s.error for s in everywhere(plan.stmts) if isinstance(s, Try)}  # known in handlers alone
    for _, v, a in sorted(_copies(plan, plan.stmts, 0), key=lambda copy: -copy[0]):
        x, y = classes.find(v), classes.find(a)
        if x is y or y in classes.interfering(x) or a in caught:
            continue
        if v in reused and v.name != a.name and y in forward:
            continue  # a value of the forward sweep is not called after an adjoint
        names = labels.get(x, set()) | labels.get(y, set())
        soft = all(map(is_derived, names)) and not {x, y} & params
        if len(names) <= 1 or soft:
            classes.merge(x, y)
            labels[x] = names
            for kind in (params, forward):
                kind.update([x] if y in kind else [])


def _copies(plan: Plan, stmts: Sequence[Stmt], depth: int) -> list[tuple[int, Var, Var]]:
    """What would best be one variable: the sides of moves, what is updated before and after it."""
    found = []
    for s in stmts:
        pairs = s.pairs if isinstance(s, Move) else _updated(s)
        for v, a in pairs:
            if isinstance(a, Var) and a not in plan.nested and a not in plan.undefined:
                found.append((depth, v, a))
        for inner in blocks_of(s):
            found += _copies(plan, inner, depth + isinstance(s, For | While))
    return found


def _updated(s: Stmt) -> list[tuple[Var, Atom]]:
    """What an update takes and gives, where one name says both: an adjoint has its own."""
    if not isinstance(s, Do) or (s.op.name != "accumulate" and "into" not in s.op.params):
        return []
    v, a = s.op.outputs[0], s.op.inputs[s.op.writes or 0]
    named = a.name if isinstance(a, Var) else None
    return [(v, a)] if named == v.name or (named == "" and "into" in s.op.params) else []


def before_mark(plan: Plan) -> list[Var]:
    """What the forward sweep of a joint derivative assigns."""
    marks = [k for k, s in enumerate(plan.stmts) if isinstance(s, Do) and s.op.name == "mark"]
    return [*plan.func.params, *_assigned(plan.stmts[: marks[0]])] if marks else []


def _assigned(stmts: Sequence[Stmt]) -> Iterator[Var]:
    """The variables that statements assign to, in order."""
    for s in everywhere(stmts):
        match s:
            case Do():
                yield from s.op.outputs
            case Move():
                yield from (v for v, _ in s.pairs)
            case For():
                yield s.index
            case Try():
                yield s.error


def _defined(plan: Plan) -> list[Var]:
    """All variables that get a name, in the order in which they appear."""
    merged = (v for pair in plan.merged for v in pair)
    found = dict.fromkeys([*plan.func.params, *_assigned(plan.stmts), *merged])
    return [v for v in found if v not in plan.nested]


# ---- names


@dataclass(eq=False)
class _Namer:
    plan: Plan
    classes: Classes
    fixed: dict[Var, str]
    reserved: frozenset[str]
    read: set[Var]
    mark: str
    names: dict[Var, str] = field(default_factory=dict)

    def run(self) -> dict[Var, str]:
        members: dict[Var, list[Var]] = {}
        unread = self.unread_indices()
        for v in _defined(self.plan):
            if v in unread:
                self.names[v] = "_"
                continue
            members.setdefault(self.classes.find(v), []).append(v)
        bases = {root: self.base(group) for root, group in members.items()}
        self.taken = frozenset(bases.values())
        for p, name in self.fixed.items():
            self.names[self.classes.find(p)] = name
        derived = [r for r in members if is_derived(bases[r])]
        temporary = [r for r in members if not bases[r]]
        rest = [r for r in members if bases[r] and not is_derived(bases[r])]
        for root in rest:
            self.give(root, self.suffixed(bases[root]))
        # A user's own x_bar is not the adjoint of x.
        before = dict.fromkeys(map(self.classes.find, before_mark(self.plan)))
        forward = [r for r in before if is_derived(bases.get(r, ""))]
        for root in (*forward, *derived):
            self.give(root, self.suffixed(bases[root]), () if root in forward else forward)
        hints, operands = self.hints(), self.operands()
        for root in temporary:
            base = next((hints[v] for v in members[root] if v in hints), "t")
            self.give(root, self.numbered(base), operands.get(root, ()))
        return self.names

    def unread_indices(self) -> set[Var]:
        loops = (s for s in everywhere(self.plan.stmts) if isinstance(s, For))
        return {s.index for s in loops} - self.read

    def base(self, group: Sequence[Var]) -> str:
        names = [v.name for v in group if v.name]
        plain = [n for n in names if not is_derived(n)]
        chosen = (plain or names or [""])[0]
        return identifier(chosen) if chosen else ""

    def hints(self) -> dict[Var, str]:
        """Better names than t for unnamed indices, sizes, and the value that a gradient is of."""
        found: dict[Var, str] = {}
        joint = False
        forward: set[Var] = set()
        for s in everywhere(self.plan.stmts):
            match s:
                case For():
                    found[s.index] = "i"
                case Try():
                    found[s.op.outputs[0]] = "caught" if len(s.handlers) > 1 else "failed"
                    found[s.error] = "error"
                case Do(op=op) if op.name in _BASES:
                    found[op.outputs[0]] = _BASES[op.name]
                case Do(op=op):
                    joint |= op.name == "mark"
                    forward.update(() if joint else op.outputs)
                case Return() if joint:
                    values = (a for a in s.results[:1] if a in forward and isinstance(a, Var))
                    found |= {v: "value" for v in values if v not in found and not v.name}
        return found

    def operands(self) -> dict[Var, set[Var]]:
        """What each temporary is computed from: ``t = f(t)`` would be right, but hard to read."""
        found: dict[Var, set[Var]] = {}
        for s in everywhere(self.plan.stmts):
            for v in s.op.outputs if isinstance(s, Do) else ():
                leaves = set(map(self.classes.find, self.plan.leaves(atoms_of(s))))
                found.setdefault(self.classes.find(v), set()).update(leaves)
                for leaf in leaves:
                    found.setdefault(leaf, set()).add(self.classes.find(v))
        return found

    def give(self, root: Var, candidates: Iterable[str], avoided: Iterable[Var] = ()) -> None:
        if root in self.names:
            return
        near = {*self.classes.interfering(root), *avoided} - {root}
        used = {self.names.get(c) for c in near}
        self.names[root] = next(
            name for name in candidates if name not in used and name not in self.reserved
        )

    def suffixed(self, base: str) -> Iterable[str]:
        yield base
        for k in itertools.count(1):
            if (name := f"{base}{self.mark}{k}") not in self.taken:
                yield name

    def numbered(self, base: str) -> Iterable[str]:
        plain = INDICES if base == "i" else (base,)
        for name in itertools.chain(plain, (f"{base}{k}" for k in itertools.count(1))):
            if name not in self.taken:
                yield name
