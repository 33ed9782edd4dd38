"""What the generator knows while it writes: expressions with bounds, and names with their kinds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

LIMIT = 8.0
USUAL = 3.0
# Names that a differentiator would like to use itself are among them.
NAMES = {
    "number": ("s", "t", "acc", "x_bar", "saved", "y", "a_dot", "stack"),
    "array": ("u", "v", "w_bar", "out", "u_s"),
    "counter": ("i", "j", "k", "m"),
    "list": ("path", "xs"),
    "rows": ("us", "states"),
    "part": ("left", "tail", "rev"),
    "grid": ("grid", "board"),
    "flag": ("seen", "flag"),
    "pair": ("pair", "state"),
    "dict": ("d", "params"),
    "zero": ("z0", "cell"),
    "local": ("g", "step"),
    "outer": ("combine", "inner_bar"),
    "act": ("act", "push"),
    "source": ("current", "fresh"),
    "grower": ("put", "keep"),
    "maker": ("make", "maker"),
    "functions": ("fs", "steps"),
    "named": ("ops",),
    "object": ("box", "other"),
    "objects": ("boxes",),
    "record": ("rec", "p_bar"),
    "named tuple": ("nt", "at0"),
    "complex": ("zc", "psi0"),
    "waves": ("psi", "phase"),
    "ints": ("index", "order"),
    "matrix": ("A", "M"),
}


@dataclass(frozen=True)
class Expr:
    """An expression and a rough bound of its values."""

    text: str
    bound: float


@dataclass(frozen=True)
class Signature:
    """A function of the module: the kinds of its parameters, and of what it returns.

    ``form`` says how arguments are written where it is not one after the other.
    """

    name: str
    takes: tuple[str, ...]
    gives: str
    form: str = ""


@dataclass
class Scope:
    """Names that surely have a value, by kind.

    Kinds are those of ``NAMES``: ``array`` is a vector of the length of all others, ``part`` one of
    any length, ``matrix`` a square of that length, ``grid`` any other, ``rows`` a list of vectors,
    ``pair`` a tuple of a number and an array, ``zero`` a 0-d array. ``fixed`` may be read, not written
    to; ``safe`` are indices in range.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    safe: set[str] = field(default_factory=set)

    def copy(self) -> Scope:
        return Scope(dict(self.kinds), set(self.fixed), set(self.safe))

    def names(self, *kinds: str) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind in kinds]

    def own(self, kind: str) -> list[str]:
        return [name for name in self.names(kind) if name not in self.fixed]

    def define(self, name: str, kind: str) -> None:
        """The name is of this kind from now on."""
        self.fixed.discard(name)
        self.safe.discard(name)
        self.kinds[name] = kind

    def forget(self, *names: str) -> None:
        for name in names:
            for known in [name, f"{name}.p", f"{name}.q"]:
                self.kinds.pop(known, None)

    def joined(self, others: list[Scope]) -> Scope:
        """What holds after a branch: names that every side leaves with one kind."""
        found = self.copy()
        for name, kind in self.kinds.items():
            if any(s.kinds.get(name) != kind for s in others):
                found.forget(name)
        for s in others:
            found.fixed |= s.fixed
            found.safe &= s.safe
        return found


class Writer:
    """Lines of one function, random choices, and a scope that blocks nest."""

    def __init__(
        self, rng: random.Random, scope: Scope, functions: list[Signature], on: Sequence[str] = ()
    ) -> None:
        self.rng = rng
        self.scope = scope
        self.functions = functions
        self.on = on  # elements that may be used, one that is to be used more than once more often
        self.used: set[str] = set()
        self.lines: list[str] = []
        self.indent = 1
        self.loops = 0
        self.repeated = False  # inside a function, which may be called in a loop
        self.budget = 0

    def emit(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)
        self.budget -= 1

    def pick(self, forms: dict[Callable[..., Any], int], *args: Any) -> Any:
        """One of several forms, each with a weight."""
        (form,) = self.rng.choices(list(forms), list(forms.values()))
        return form(*args)

    def choice(self, *options: str) -> str:
        return self.rng.choice(options)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def free(self, kind: str) -> str:
        """A name for a value of a kind, a used one or a new one."""
        return self.rng.choice(NAMES[kind])

    @contextmanager
    def inside(self, scope: Scope) -> Iterator[None]:
        """An indented block with names of its own."""
        outer, self.scope = self.scope, scope
        self.indent += 1
        yield
        self.indent -= 1
        self.scope = outer
