"""Handlers: a branch on what a ``try`` caught, right behind it, is printed as its clauses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pullback.backend.plan import Do, If, Move, Plan, Stmt, Try, atoms_of, blocks_of, ends, everywhere
from pullback.ir.core import Atom, Const, Op, Var
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
            if isinstance(decision, If) and self.code(s, decision) is not None:
                between = behind[:k]
                if all(_waits(t, decision, self.tests) for t in between) and self.fill(s, decision):
                    kept = [t for t in between if not self.is_spent(t)]
                    return [*kept, *behind[k + 1 :]]
                return behind
            if not isinstance(decision, Do):
                return behind
        return behind

    def code(self, s: Try, decision: If) -> int | None:
        """The position of the handler that a branch is for."""
        caught = s.op.outputs[0]
        if len(s.handlers) == 1:
            return 0 if decision.cond is caught else None
        test = self.tests.get(decision.cond) if isinstance(decision.cond, Var) else None
        if test is None or test.inputs[0] is not caught or not isinstance(test.inputs[1], Const):
            return None
        return int(test.inputs[1].value) - 1

    def fill(self, s: Try, decision: If) -> bool:
        """Fill the clauses from a branch and those in its other sides, if there is one for each."""
        found: dict[int, list[Stmt]] = {}
        rest: list[Stmt] = [decision]
        while len(found) < len(s.handlers):
            last = rest[-1] if rest else None
            k = self.code(s, last) if isinstance(last, If) else None
            if not isinstance(last, If) or k is None or not _only_tests(rest[:-1], last):
                return False
            found[k], rest = last.then, last.orelse
        for k, handler in enumerate(s.handlers):
            handler += found[k]
        if ends(s.body):
            return True
        if all(isinstance(t, Move) for t in rest):  # which raise nothing
            s.body += rest
        else:
            s.orelse = rest
        return True

    def is_spent(self, s: Stmt) -> bool:
        """Whether a test has no use but in the branch that became clauses."""
        return isinstance(s, Do) and s.op.out in self.tests and self.uses[s.op.out] == 1


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
