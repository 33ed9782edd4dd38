"""Nesting: which values are printed inside the expression that uses them, which as statements.

A pure temporary that is used once, in the same block, moves to its use if nothing between the two
writes to memory that it reads, and an error that it may raise does not come to stand behind an effect.
Values that have the user's name keep their own statement. Short branches become conditional expressions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from pullback.backend.exprs import SELECT, Exprs, Module, evaluates_lazily, repeated
from pullback.backend.plan import (
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
    written_in_place,
)
from pullback.backend.text import identifier
from pullback.ir.alias import Aliases, Buffers
from pullback.ir.bars import is_derived
from pullback.ir.core import Atom, Op, Var
from pullback.ir.exceptions import Classes, raised_by
from pullback.ir.types import Record

NESTED_WIDTH = 70
ADJOINT_WIDTH = 40
TERNARY_WIDTH = 60
LINE_WIDTH = 92
INDENT = 4
NO_ERRORS: Classes = frozenset()


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What moving something past a statement has to mind.

    Nothing moves past a loop or a ``try``, or into the backward sweep, where it would be read out of
    its place. ``raises`` are the errors of what is printed there.
    """

    writes: Buffers
    barrier: bool
    wall: bool
    raises: Classes


def provisional(v: Var) -> str:
    return identifier(v.name) if v.name else "t1"


class Nester:
    """Decides about one function; the plan's statements that are nested disappear from it."""

    def __init__(self, plan: Plan, module: Module, aliases: Aliases) -> None:
        self.plan = plan
        self.aliases = aliases
        self.exprs = Exprs(plan, Module(module.functions), provisional)
        self.tried: frozenset[Var] = frozenset()
        self.uses: Counter[Atom] = Counter()
        for s in everywhere(plan.stmts):
            self.uses.update(a for a in atoms_of(s) if isinstance(a, Var))

    @contextmanager
    def attempting(self, s: Try) -> Iterator[None]:
        """Statements inside are of the body of a ``try``."""
        before, self.tried = self.tried, self.tried | set(s.op.outputs[1:])
        try:
            yield
        finally:
            self.tried = before

    def run(self) -> None:
        self.plan.stmts[:] = self.block(self.plan.stmts, 1)
        for s in everywhere(self.plan.stmts):
            if isinstance(s, Do) and (spare := s.op.params.get("spare")) is not None:
                self.take_over(s, spare)

    def take_over(self, s: Do, spare: int) -> None:
        """Let a value take the memory of one that only it is made of, if both have a line."""
        a = s.op.inputs[spare]
        if a not in self.plan.nested and self.uses[a] == 1:
            s.op = s.op.noting(into=spare)

    def block(self, stmts: Sequence[Stmt], depth: int) -> list[Stmt]:
        """The statements that remain."""
        stmts = [self.inner(s, depth) for s in stmts]
        return self.into_uses(stmts, depth, False)

    def inner(self, s: Stmt, depth: int) -> Stmt:
        """A compound statement with its blocks done, or the conditional expression it becomes."""
        match s:
            case If():
                if (expression := self.conditional(s, depth)) is not None:
                    return expression
                s.then = self.block(s.then, depth + 1)
                s.orelse = self.block(s.orelse, depth + 1)
            case For() | While() | With():
                s.body = self.block(s.body, depth + 1)
            case Try():
                with self.attempting(s):
                    s.body = self.block(s.body, depth + 1)
                s.handlers = [self.block(handler, depth + 1) for handler in s.handlers]
                s.orelse = self.block(s.orelse, depth + 1)
        return s

    # ---- into expressions

    def into_uses(self, stmts: list[Stmt], depth: int, moves: bool) -> list[Stmt]:
        users = {a: j for j, s in enumerate(stmts) for a in atoms_of(s)}
        facts = [self.conflicts(s) for s in stmts]
        for i, s in enumerate(stmts):
            self.shorten(s, depth)
            if not isinstance(s, Do) or len(s.op.outputs) != 1:
                continue
            user = users.get(s.op.outputs[0])
            if user is None or not self.candidate(s.op) or not self.fits(s.op, stmts[user]):
                continue
            passes = self.passes(s.op, facts[i + 1 : user])
            if passes and self.takes(stmts[user], s.op, moves):
                self.plan.nested[s.op.outputs[0]] = s.op
        return self.remaining(stmts)

    def remaining(self, stmts: Sequence[Stmt]) -> list[Stmt]:
        gone = self.plan.nested
        return [s for s in stmts if not (isinstance(s, Do) and s.op.outputs and s.op.outputs[0] in gone)]

    def candidate(self, op: Op) -> bool:
        """Whether a value is a pure temporary that is used once."""
        v = op.outputs[0]
        if self.uses[v] != 1 or not is_pure(op):
            return False
        return not v.name or is_derived(v.name) or isinstance(v.type, Record)

    def fits(self, op: Op, user: Stmt) -> bool:
        """Whether an expression is short enough to stand in a statement; a copy keeps the name."""
        name = op.outputs[0].name
        copied = isinstance(user, Do) and user.op.name == "copy"
        limit = ADJOINT_WIDTH if is_derived(name) and not copied else NESTED_WIDTH
        return len(self.exprs.op(op).text) <= limit

    def takes(self, s: Stmt, op: Op, moves: bool) -> bool:
        """Whether a statement can have the expression of an op in its text."""
        v = op.outputs[0]
        if not isinstance(s, Do):
            return moves or not isinstance(s, Move)
        if s.op.inputs[0] is not v and evaluates_lazily(s.op) and self.plan.may_raise(op):
            return False  # its error would be lost where it does not run
        return all(s.op.inputs[k] is not v for k in repeated(s.op))

    def passes(self, op: Op, between: Sequence[Conflicts]) -> bool:
        """Whether the op may be evaluated behind these statements."""
        reads, raises = self.reads(op), self.plan.may_raise(op)
        errors = self.errors(op) if self.tried else NO_ERRORS
        return all(
            reads.isdisjoint(c.writes)
            and not c.wall
            and not (raises and (c.barrier or (self.tried and c.writes)))  # seen by handlers
            and not (errors and c.raises and len(errors | c.raises) > 1)  # another comes first
            for c in between
        )

    def errors(self, op: Op) -> Classes:
        """The classes of what an op, or what is nested in it, may raise."""
        inner = (self.plan.nested.get(a) for a in op.inputs if isinstance(a, Var))
        return raised_by(op, frozenset()).union(*(self.errors(o) for o in inner if o is not None))

    def suits(self, op: Op, move: Move) -> bool:
        """Whether an op may be evaluated in a move: no error comes between what handlers see."""
        seen = [v for v, _ in move.pairs if v in self.tried]
        return len(seen) < 2 or not self.plan.may_raise(op)

    def reads(self, op: Op) -> Buffers:
        """The memory whose contents the op and what is nested in it read."""
        found: Buffers = frozenset()
        for k, a in enumerate(op.inputs):
            if isinstance(a, Var) and a in self.plan.nested:
                found |= self.reads(self.plan.nested[a])
            elif k not in op.prim.shape_only:
                found |= self.aliases.of(a).reach
        return found

    def conflicts(self, s: Stmt) -> Conflicts:
        """What a statement or one inside it writes to; whether it has an effect or checks something."""
        parts = [self.conflicts(t) for block in blocks_of(s) for t in block]
        written = frozenset[Var]().union(*(c.writes for c in parts))
        barrier = any(c.barrier for c in parts)
        wall = isinstance(s, For | While | Try | With) or (isinstance(s, Do) and s.op.name == "mark")
        raises = NO_ERRORS.union(*(c.raises for c in parts))
        if isinstance(s, Do):
            raises |= raised_by(s.op, frozenset()) if self.tried else NO_ERRORS
            written |= self.aliases.written_by(s.op)
            barrier |= s.op.has_effect() or not s.op.outputs
        return Conflicts(written, barrier, wall, raises)

    # ---- lines that get too long

    def shorten(self, s: Stmt, depth: int) -> None:
        """Give the longest operands of a statement lines of their own until it fits its line."""
        limit = LINE_WIDTH - INDENT * depth
        # Most statements hold nothing nested, and are not spelled out for this.
        while (nested := self.nested_in(s)) and self.width(s) > limit:
            longest = max(nested, key=lambda a: len(self.exprs.atom(a).text))
            del self.plan.nested[longest]

    def nested_in(self, s: Stmt) -> list[Var]:
        """The operands that could have lines of their own instead."""
        # The sides of a conditional expression have no other place to stand in.
        select = s.op if isinstance(s, Do) and s.op.prim is SELECT else None
        atoms = atoms_of(s) if select is None else select.inputs[:1]
        return [a for a in atoms if isinstance(a, Var) and a in self.plan.nested]

    def width(self, s: Stmt) -> int:
        """About how long the line of a statement gets."""
        targets = sum(len(provisional(v)) + 2 for v in s.op.outputs) if isinstance(s, Do) else 0
        if isinstance(s, Do) and len(s.op.outputs) == 1 and is_pure(s.op):
            return targets + 1 + len(self.exprs.op(s.op).text)
        texts = [self.exprs.atom(a).text for a in atoms_of(s)]
        around = targets + 4 if isinstance(s, Do) else 10
        return around + sum(len(t) + 2 for t in texts)

    # ---- conditional expressions

    def conditional(self, s: If, depth: int) -> Do | None:
        """``a if c else b`` for a branch whose sides are short expressions for one value."""
        if len(s.op.outputs) != 1:
            return None
        before = dict(self.plan.nested)
        values = [self.only_value(side, depth, s.op.outputs[0]) for side in (s.then, s.orelse)]
        if None not in values:
            inputs: tuple[Atom, ...] = (s.cond, *(v for v in values if v is not None))
            op = Op(SELECT, inputs, {}, (), s.op.outputs, s.loc, not s.op.may_raise())
            if len(self.exprs.op(op).text) <= TERNARY_WIDTH:
                return Do(op)
        self.plan.nested.clear()
        self.plan.nested.update(before)
        return None

    def only_value(self, side: list[Stmt], depth: int, out: Var) -> Atom | None:
        """The value that a branch gives, if all that it does nests into it."""
        stmts: list[Stmt] = []
        for s in side:
            done = self.conditional(s, depth) if isinstance(s, If) else s
            if done is None or isinstance(done, For | While | Try | With):
                return None
            stmts.append(done)
        left = self.into_uses(stmts, depth, True)
        if len(left) != 1 or not isinstance(left[0], Move) or len(left[0].pairs) != 1:
            return None
        target, value = left[0].pairs[0]
        if target is not out or value in self.plan.undefined:
            return None
        same_name = isinstance(value, Var) and value.name == out.name != ""
        return None if same_name else value


def is_pure(op: Op) -> bool:
    """Whether printing it is printing an expression, which may stand anywhere and be moved."""
    if op.name == "call":
        return len(op.outputs) == 1 and not op.params["callee"].taken and not op.has_effect()
    if op.blocks or op.has_effect() or not op.outputs or op.name in ("list_pop", "unpack", "derivative"):
        return False
    return not written_in_place(op)


# ---- after naming


def into_moves(plan: Plan, nester: Nester, wanted: set[Var]) -> bool:
    """Nest values into the moves that take them, where naming could not make them one variable."""
    before = len(plan.nested)
    _moves_of(plan, nester, plan.stmts, wanted)
    return len(plan.nested) > before


def _moves_of(plan: Plan, nester: Nester, stmts: list[Stmt], wanted: set[Var]) -> None:
    for s in stmts:
        for inner in blocks_of(s):
            with nester.attempting(s) if isinstance(s, Try) and inner is s.body else nullcontext():
                _moves_of(plan, nester, inner, wanted)
    facts = [nester.conflicts(s) for s in stmts]
    for j, move in enumerate(stmts):
        if not isinstance(move, Move):
            continue
        sources = {a for _, a in move.pairs}
        for i, s in enumerate(stmts[:j]):
            if isinstance(s, Do) and len(s.op.outputs) == 1 and s.op.outputs[0] in sources & wanted:
                if nester.uses[s.op.outputs[0]] != 1 or not is_pure(s.op):
                    continue
                short = len(nester.exprs.op(s.op).text) <= ADJOINT_WIDTH
                if short and nester.passes(s.op, facts[i + 1 : j]) and nester.suits(s.op, move):
                    plan.nested[s.op.outputs[0]] = s.op
    stmts[:] = nester.remaining(stmts)


__all__ = ["Nester", "Return", "Test", "into_moves", "is_pure"]
