"""What rewrites of programs are made of: the function to rewrite, and places in it that fit.

A rewrite is a function of a ``Site`` that changes the syntax tree, or raises ``NotHere``. It stands in
the table ``REWRITES`` with the first line of its docstring; ``keeps`` and ``changes`` enter it.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.fuzz.syntax import (
    Block,
    blocks,
    bound,
    expression,
    has,
    mentioned,
    outer,
    own,
    parameters,
    values,
)

Place = tuple[Block, int]


class NotHere(Exception):
    """A rewrite that has nothing to change in a function."""


@dataclass(frozen=True)
class Rewrite:
    """A change of a function: what it does, in a sentence, and whether the meaning stays the same."""

    name: str
    does: str
    apply: Callable[[Site], None]
    keeps_meaning: bool


REWRITES: dict[str, Rewrite] = {}


def keeps(apply: Callable[[Site], None]) -> Callable[[Site], None]:
    """Enter a rewrite after which a program gives the same value and the same gradient."""
    return _enter(apply, True)


def changes(apply: Callable[[Site], None]) -> Callable[[Site], None]:
    """Enter a rewrite that may make another program."""
    return _enter(apply, False)


def _enter(apply: Callable[[Site], None], keeps_meaning: bool) -> Callable[[Site], None]:
    does = (apply.__doc__ or "").partition("\n")[0]
    REWRITES[apply.__name__] = Rewrite(apply.__name__, does, apply, keeps_meaning)
    return apply


class Site:
    """A function that is rewritten, and the draws of what is changed in it, and where."""

    def __init__(self, function: ast.FunctionDef, rng: random.Random, number: Iterator[int]) -> None:
        self.function = function
        self.rng = rng
        self.number = number

    def fresh(self, stem: str) -> str:
        """A name that the program does not have."""
        return f"{stem}_{next(self.number)}_"

    def choice(self, options: Iterable[Any]) -> Any:
        """One of some things, of which there must be one."""
        found = list(options)
        if not found:
            raise NotHere
        return self.rng.choice(found)

    @property
    def start(self) -> int:
        """Where the body begins behind a docstring."""
        return int(ast.get_docstring(self.function) is not None and len(self.function.body) > 1)

    @property
    def is_generator(self) -> bool:
        return has(self.function.body, ast.Yield, ast.YieldFrom)

    @property
    def local(self) -> list[str]:
        """The names that are the function's own."""
        names = {*parameters(self.function), *bound(self.function.body)} - outer(self.function.body)
        return sorted(names)

    def place(self, in_loop: bool = False) -> Place:
        """A statement: its block, and where it stands there."""
        found = [
            (b, k) for b, looped in blocks(self.function) if looped or not in_loop
            for k in range(self.start if b is self.function.body else 0, len(b))
        ]  # fmt: skip
        block, k = self.choice(found)
        return block, k

    def run(self, longest: int = 3) -> tuple[Block, int, int]:
        """Some statements that follow each other: their block, the first, and the end."""
        block, first = self.place()
        return block, first, min(len(block), first + self.rng.randint(1, longest))

    def name(self) -> str:
        name: str = self.choice(self.local)
        return name

    def near(self, block: Block, place: int) -> str:
        """A local name that the statements before some place have, or any."""
        local = set(self.local)
        names = [n for s in block[max(0, place - 2) : place + 1] for n in mentioned([s]) if n in local]
        return self.rng.choice(names) if names else self.name()

    def condition(self) -> str:
        """A condition that data decide."""
        n = self.name()
        bound = self.rng.choice([0, 0.5, 0.8, 1, 2])
        forms = ("np.sum({n}) > {b}", "np.max({n}) > {b}", "len({n}) > 2", "{n}[0] > {b}", "{n} > {b}")
        return self.rng.choice(forms).format(n=n, b=bound)

    def statement(self, *kinds: type[ast.stmt]) -> tuple[Block, int, Any]:
        """A statement of some kind: its block, where it stands, and itself."""
        every = [(b, k, s) for b, _ in blocks(self.function) for k, s in enumerate(b)]
        block, k, found = self.choice(x for x in every if isinstance(x[2], kinds))
        return block, k, found

    def assignment(self) -> tuple[Block, int, ast.Assign]:
        """An assignment to one name."""
        found = [
            (b, k, s) for b, _ in blocks(self.function) for k, s in enumerate(b)
            if isinstance(s, ast.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], ast.Name)
            and not has(s.value, ast.Yield, ast.YieldFrom)
        ]  # fmt: skip
        block, k, assigned = self.choice(found)
        return block, k, assigned

    def value(self, *kinds: type[ast.expr]) -> ast.expr:
        """An expression (of some kinds) that another one of the same value may stand for."""
        every = values(ast.Module(self.function.body, []))
        found: ast.expr = self.choice(v for v in every if isinstance(v, kinds or ast.expr))
        return found

    def put(self, old: ast.AST, new: ast.AST) -> None:
        """Put a node in the place of another."""
        for parent in ast.walk(self.function):
            for name, field in ast.iter_fields(parent):
                if field is old:
                    setattr(parent, name, new)
                elif isinstance(field, list):
                    field[:] = [new if item is old else item for item in field]

    def read_instead(self, statements: Block, name: str, text: str, share: float) -> None:
        """In some statements, read something else for a share of the readings of a name."""
        for s in statements:
            if isinstance(s, ast.FunctionDef | ast.ClassDef):
                continue
            for n in list(own(s)):
                if _reads(n, name) and self.rng.random() < share:
                    self.put(n, expression(text))


def _reads(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
