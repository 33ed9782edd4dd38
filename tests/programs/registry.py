"""The registry of the corpus: small programs as scientists write them, with inputs beside each.

The programs are plain modules, since pytest changes the code of test modules. ``PROGRAMS`` holds
all that can be differentiated, ``REFUSALS`` all that must be refused, once ``load`` has run.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import tree
from pullback.errors import Refusal as Row
from pullback.errors import Unsupported

SEED = 20250
Inputs = Callable[[np.random.Generator, int], tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Program:
    """A program that can be differentiated, and what is known of it.

    ``inputs(rng, n)`` draws arguments of a size; ``sizes`` are tried in order with one compiled
    derivative. ``argnums`` are the arguments to differentiate in. ``smooth`` says that central
    differences apply at drawn inputs. ``orders`` is the highest order to check. ``points`` are
    further arguments, each with the gradients in ``argnums`` expected there (None: only that the
    modes agree). The value may come ``of_derivatives``, whose last
    bits are not promised. ``numba`` says that the Numba backend takes it whole.
    """

    name: str
    group: str
    function: Callable[..., Any]
    inputs: Inputs
    sizes: tuple[int, ...] = (4, 6)
    argnums: tuple[int, ...] = (0,)
    numba: bool = False
    smooth: bool = True
    single: bool = False
    orders: int = 1
    of_derivatives: bool = False
    points: tuple[tuple[tuple[Any, ...], tuple[Any, ...] | None], ...] = ()

    def arguments(self, size: int | None = None) -> tuple[Any, ...]:
        """Arguments of a size (the first by default), the same at each call."""
        rng = self.rng(0)
        return self.inputs(rng, self.sizes[0] if size is None else size)

    @functools.cached_property
    def has_gradient(self) -> bool:
        """Whether grad takes the result: a number, or an array of size 1."""
        try:
            with contextlib.redirect_stdout(None):
                value = self.function(*self.arguments())
        except Exception:  # of a derivative that it calls: its own tests tell
            return True
        return tree.children(value) is None and np.size(value) == 1 and not np.iscomplexobj(value)

    def rng(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([SEED, purpose, zlib.crc32(self.name.encode())])

    def __str__(self) -> str:
        return f"program {self.name!r} of corpus/{self.group}.py (seed {SEED})"


@dataclass(frozen=True, eq=False)
class Refusal:
    """A program that must be refused: how the error reads, and the code that it points at.

    ``caret`` is the source text over the carets, in the line marked ``# refused`` (of ``inside``,
    if that is another function). ``any_mode`` says that vjp and jvp refuse it as well. ``options``
    are those of ``grad``.
    """

    name: str
    group: str
    function: Callable[..., Any]
    inputs: Inputs
    message: str
    hint: str
    caret: str
    inside: Callable[..., Any]
    argnums: tuple[int, ...] = (0,)
    any_mode: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    @functools.cached_property
    def error(self) -> pullback.SourceError | None:
        """The error of the gradient, without what was running; None if there is none."""
        try:
            pullback.grad(self.function, self.argnums, **self.options)(*self.arguments())
        except pullback.SourceError as error:
            cause: BaseException | None = error
            while cause is not None:
                cause = cause.with_traceback(None).__context__
            return error
        return None

    def arguments(self) -> tuple[Any, ...]:
        return self.inputs(np.random.default_rng(SEED), 4)

    @functools.cached_property
    def rows(self) -> list[Row]:
        """The row of the table that it is refused by, then that of a rule's reason, if this is why."""
        found = []
        error: BaseException | None = self.error
        while isinstance(error, pullback.SourceError | Unsupported):
            found += [error.refusal] if error.refusal is not None else []
            error = error.__context__
        return found

    def marked_line(self) -> int:
        """The line with the marker, in the file of the program."""
        lines, first = inspect.getsourcelines(self.inside)
        marked = [first + k for k, line in enumerate(lines) if "# refused" in line]
        if len(marked) != 1:
            raise ValueError(f"{self.name} needs exactly one line marked '# refused'")
        return marked[0]


PROGRAMS: dict[str, Program] = {}
REFUSALS: dict[str, Refusal] = {}
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def program(inputs: Inputs, *, wrt: Sequence[int] = (0,), **facts: Any) -> Decorator:
    """Enter a program; the function itself stays as it is."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        name, group = _place(function)
        PROGRAMS[name] = Program(name, group, function, inputs, argnums=tuple(wrt), **facts)
        return function

    return enter


def refused(
    message: str, caret: str, inputs: Inputs, *, hint: str = "", wrt: Sequence[int] = (0,),
    inside: Callable[..., Any] | None = None, any_mode: bool = True,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Decorator:  # fmt: skip
    """Enter a program that must be refused."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        name, group = _place(function)
        REFUSALS[name] = Refusal(
            name, group, function, inputs, message, hint, caret, inside or function, tuple(wrt),
            any_mode, options,
        )  # fmt: skip
        return function

    return enter


def _place(function: Callable[..., Any]) -> tuple[str, str]:
    name = function.__name__
    if name in PROGRAMS or name in REFUSALS:
        raise ValueError(f"two programs are called {name!r}")
    return name, function.__module__.rpartition(".")[2]


def load() -> None:
    """Import all modules of the corpus."""
    for path in sorted(Path(__file__).with_name("corpus").glob("*.py")):
        importlib.import_module(f"tests.programs.corpus.{path.stem}")


load()


def turn(program: Program, every: int) -> int:
    """Which of so many turns is a program's, by its name alone, so that new programs move none."""
    return zlib.crc32(program.name.encode()) % every


def by_turns(programs: Iterable[Program], every: int, first: int = 0) -> list[Any]:
    """Parameters for a test of all programs that runs on one in so many by default, those whose turn is
    the ``first``, and on all with ``-m slow``: for properties that do not hang on what the program
    exercises."""
    marks = lambda p: () if turn(p, every) == first % every else (pytest.mark.slow,)
    return [pytest.param(p, marks=marks(p), id=p.name) for p in programs]
