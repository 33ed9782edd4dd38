"""The ways through a program whose conditions are on symbols, explored one after the other.

A program is run again for each way, with the answers to the conditions that it meets. The answer to
one follows from what was answered before where that is the sign of the same difference, or where it
bounds one symbol; else both are explored. Two expressions that are not the same are taken to be
different: that a derivative at a tie follows its convention is not a matter of formulas.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

import sympy
from sympy.logic.inference import satisfiable

from pullback.errors import ArgumentError

T = TypeVar("T")
LIMIT = 256  # ways through a program
FREE = 40  # conditions on one way that symbols leave open: else a loop that they do not end
LARGE = 100  # operations in a condition
ENDLESS = "a loop whose end depends on the symbols has no formula"


class Path:
    """One way: the answers given in advance, and the conditions met so far as relations that hold."""

    def __init__(self, answers: list[bool]) -> None:
        self.answers = answers
        self.relations: list[Any] = []
        self.open: list[list[bool]] = []  # beginnings of the ways that branch off
        self._signs: dict[sympy.Expr, bool] = {}
        self._free: list[bool] = []

    def answer(self, relation: Any) -> bool:
        """Whether a condition holds on this way."""
        if isinstance(relation, bool) or relation in (sympy.true, sympy.false):
            return bool(relation)
        if sympy.count_ops(relation) > LARGE:
            raise ArgumentError(f"{ENDLESS}, and a condition of {LARGE} operations none to read")
        difference = sympy.expand(relation.lhs - relation.rhs)
        if isinstance(relation, sympy.Eq | sympy.Ne):
            differs = not (difference.is_number and difference.equals(0))
            return differs != isinstance(relation, sympy.Eq)
        if difference.is_number:
            return bool(relation.func(difference, 0))
        above = bool(isinstance(relation, sympy.Gt | sympy.Ge))
        positive = self._sign(difference, relation if above else ~relation)
        return positive is above

    def _sign(self, difference: sympy.Expr, positive: Any) -> bool:
        """Whether a difference is positive; ``positive`` is the relation that says so."""
        flipped = bool(difference.could_extract_minus_sign())
        key = -difference if flipped else difference
        if key not in self._signs:
            self._signs[key] = self._decided(difference, positive) != flipped
        return self._signs[key] != flipped

    def _decided(self, difference: sympy.Expr, positive: Any) -> bool:
        if difference.is_nonnegative or difference.is_nonpositive:
            return bool(difference.is_nonnegative)
        if not possible([*self.relations, positive]):
            return False
        if not possible([*self.relations, ~positive]):
            return True
        if len(self._free) == FREE:
            raise ArgumentError(ENDLESS)
        found = self._next()
        self.relations.append(positive if found else ~positive)
        return found

    def _next(self) -> bool:
        """The next answer that is free: one given in advance, else True, and False another time."""
        place = len(self._free)
        found = self.answers[place] if place < len(self.answers) else True
        if place >= len(self.answers):
            self.open.append([*self._free, False])
        self._free.append(found)
        return found


def possible(relations: Sequence[Any]) -> bool:
    """False if the last excludes the others, all as linear inequalities of their terms; else True."""
    *others, last = relations
    near, terms = [last], {*_terms(last)} - {1}
    while more := [r for r in others if r not in near and not terms.isdisjoint(_terms(r))]:
        near += more
        terms = {*terms, *itertools.chain(*map(_terms, more))} - {1}
    return len(near) == 1 or _satisfiable(tuple(near))


@lru_cache(4096)
def _terms(relation: Any) -> dict[sympy.Expr, sympy.Expr]:
    """The terms of a relation's difference, with their coefficients."""
    difference = sympy.expand(relation.lhs - relation.rhs)
    parts = [part.as_coeff_Mul(rational=True) for part in sympy.Add.make_args(difference)]
    return {term: factor for factor, term in parts}


@lru_cache(4096)
def _satisfiable(relations: tuple[Any, ...]) -> bool:
    symbols = {t: sympy.Dummy(real=True) for r in relations for t in _terms(r) if t != 1}
    sums = [sum(c * symbols.get(t, t) for t, c in _terms(r).items()) for r in relations]
    linear = [r.func(s, 0) for r, s in zip(relations, sums, strict=True)]
    return bool(satisfiable(sympy.And(*linear), use_lra_theory=True))


_CURRENT: list[Path] = []


def decide(relation: Any) -> bool:
    """Whether a condition holds on the way that is explored."""
    return _CURRENT[-1].answer(relation)


@contextmanager
def _exploring(path: Path) -> Iterator[None]:
    _CURRENT.append(path)
    try:
        yield
    finally:
        _CURRENT.pop()


def explore(run: Callable[[], T]) -> list[tuple[Path, T]]:
    """What a program gives on each way through it; raises `ArgumentError` if there are too many."""
    found: list[tuple[Path, T]] = []
    ahead: list[list[bool]] = [[]]
    while ahead:
        if len(found) == LIMIT:
            raise ArgumentError(f"there are more than {LIMIT} ways through the branches")
        path = Path(ahead.pop())
        with _exploring(path):
            result = run()
        found.append((path, result))
        ahead += path.open
    return found


__all__ = ["Path", "decide", "explore"]
