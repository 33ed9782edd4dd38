"""Calls of functions that are defined by others, replaced by their definitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pullback.ir.core import Atom, Func, Op, reachable
from pullback.passes.rewrite import Rewriter
from pullback.rules.table import definition_of, row_of


def define_calls(main: Func, wanted: Callable[[Op], bool]) -> None:
    """Replace the wanted calls, and those in their definitions: for what compiles fewer functions."""
    for func in reachable(main):
        while _Defined(func, wanted).run():
            pass


class _Defined(Rewriter):
    def __init__(self, func: Func, wanted: Callable[[Op], bool]) -> None:
        super().__init__(func)
        self.wanted = wanted

    def rule(self, op: Op) -> Sequence[Atom] | None:
        if not self.wanted(op):
            return None
        with self.b.block() as scratch:
            results = [value.atom for value in definition_of(row_of(op), op, self.b)]
        for new in scratch.ops:
            self.append(new)
        return results


__all__ = ["define_calls"]
