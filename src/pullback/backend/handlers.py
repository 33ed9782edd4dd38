"""Handlers: a branch on what a ``try`` caught, right behind it, is printed as its clauses."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

from pullback.backend.plan import Do, If, Move, Plan, Stmt, Try, atoms_of, blocks_of, ends, everywhere
from pullback.ir.core import Atom, Const, Env, Op, Var, look
from pullback.ir.types import has_memory


def into_clauses(plan: Plan) -> None:
    """Put branches on what was caught into the ``try`` statements before them."""
    _Clauses(plan).block(plan.stmts)


class _Clauses:
    """``tests`` are the comparisons of what was caught with the number of a handler."""

    def __init__(self, plan: Plan) -> None:
        every = list(everywhere(plan.stmts))
        caught = {s.op.outputs[0] for s in every if isinstance(s, Try)}
        ops = [s.op for s in every if isinstance(s, Do)]
        self.tests = {op.out: op for op in ops if op.name == "eq" and op.inputs[0] in caught}
        self.uses = Counter(a for s in every for a in atoms_of(s))

    def block(self, stmts: list[Stmt]) -> None:
        for k in range(len(stmts) - 1, -1, -1):
            if isinstance(s := stmts[k], Try):
                stmts[k:] = [s, *self.folded(s, stmts[k + 1 :])]
        for s in stmts:
            for inner in blocks_of(s):
                self.block(inner)

    def folded(self, s: Try, behind: list[Stmt]) -> list[Stmt]:
        """What still follows a ``try`` when its clauses are filled."""
        for k, decision in enumerate(behind):
            if isinstance(decision, If) and decision.cond is s.op.outputs[0]:
                between = behind[:k]
                if all(_waits(t, decision, self.tests) for t in between) and self.fill(s, decision):
                    kept = [t for t in between if not self.is_spent(t)]
                    return [*kept, *behind[k + 1 :]]
                return behind
            if not isinstance(decision, Do):
                return behind
        return behind

    def fill(self, s: Try, decision: If) -> bool:
        """Fill the clauses from a branch and those in it, if these leave one for each."""
        found = self.clauses(s, decision.then, 1)
        if found is None:
            return False
        for handler, stmts in zip(s.handlers, found, strict=True):
            handler += stmts
        if ends(s.body):
            return True
        if all(isinstance(t, Move) for t in decision.orelse):  # which raise nothing
            s.body += decision.orelse
        else:
            s.orelse = decision.orelse
        return True

    def clauses(self, s: Try, stmts: list[Stmt], number: int) -> list[list[Stmt]] | None:
        """What the handlers from a number on do, as branches in some statements tell them apart."""
        left = len(s.handlers) - number + 1
        if left == 1:
            return [stmts]
        moves = list(itertools.takewhile(lambda t: isinstance(t, Move), reversed(stmts)))
        if len(moves) == len(stmts):
            return [_copied(moves, {}) for _ in range(left)]
        *tests, last = stmts[: len(stmts) - len(moves)]
        test = self.tests.get(last.cond) if isinstance(last, If) and isinstance(last.cond, Var) else None
        if not isinstance(last, If) or test is None or not _only_tests(tests, last):
            return None
        if test.inputs != (s.op.outputs[0], Const(number)):
            return None
        rest = self.clauses(s, last.orelse, number + 1)
        told = sum(a is test.out for m in moves for a in atoms_of(m))
        if rest is None or self.uses[test.out] > 1 + told:
            return None
        found = zip((last.then, *rest), [True, *[False] * len(rest)], strict=True)
        return [[*block, *_copied(moves, {test.out: Const(here)})] for block, here in found]

    def is_spent(self, s: Stmt) -> bool:
        """Whether a test has no use but in the branch that became clauses."""
        return isinstance(s, Do) and s.op.out in self.tests and self.uses[s.op.out] == 1


def _copied(moves: Sequence[Stmt], known: Env) -> list[Stmt]:
    """Moves, given in reverse, once more for another way that leads to them."""
    return [
        Move([(v, look(known, a)) for v, a in m.pairs], m.loc)
        for m in reversed(moves)
        if isinstance(m, Move)
    ]


def _only_tests(stmts: Sequence[Stmt], decision: If) -> bool:
    return all(isinstance(s, Do) and s.op.outputs[:1] == (decision.cond,) for s in stmts)


def _waits(s: Stmt, decision: If, tests: dict[Var, Op]) -> bool:
    """Whether a statement may as well run behind the branch that follows it."""
    if not isinstance(s, Do) or s.op.blocks or s.op.may_raise() or s.op.has_effect():
        return False
    op = s.op
    written = set() if op.writes is None else {op.inputs[op.writes]}
    if any(isinstance(a, Var) and has_memory(a.type) and a not in written for a in op.inputs):
        return False
    touched = {*op.outputs, *written} - tests.keys()
    return touched.isdisjoint(_read([decision]))


def _read(stmts: Sequence[Stmt]) -> Iterator[Atom]:
    for s in everywhere(stmts):
        yield from atoms_of(s)


__all__ = ["into_clauses"]
