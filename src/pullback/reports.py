"""Compilations that fail: code that is nested too deep, and mistakes of our own.

Whatever goes wrong inside the compiler that is not a refusal is our bug, and is told as one, with a
report to paste: the function, the kinds of its arguments, the program as it was lowered, and versions.
Nothing is sent anywhere.
"""

from __future__ import annotations

import ast
import platform
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from pullback import refusals
from pullback.errors import InternalError, Loc, PullbackError
from pullback.frontend.frame import Frame
from pullback.frontend.kinds import Kind
from pullback.frontend.source import find_source
from pullback.frontend.spelling import spelled
from pullback.ir.core import Func
from pullback.ir.text import to_text
from pullback.pipeline import Options, Stages

DEEP = 6000  # frames: expressions of some 800 terms, far below what the C stack holds
ENTRIES = 6  # of a traceback


@dataclass(eq=False)
class Attempt:
    """A compilation, as far as it has come."""

    name: str
    function: Any
    names: Sequence[str]
    kinds: Sequence[Kind]
    options: Options
    stages: Stages
    func: Func | None = None

    def report(self, error: BaseException) -> str:
        """All that is needed to look for the mistake."""
        parts = {
            "versions": versions(),
            "options": repr(self.options),
            "signature": f"{self.name}({self.signature()})",
            "source": self.source(),
            "IR": self.ir(),
            "error": "".join(traceback.format_exception(error, limit=-ENTRIES, chain=False)),
        }
        text = "\n\n".join(f"{name}:\n{text.rstrip()}" for name, text in parts.items() if text)
        return (
            "This is a bug in pullback, not in your code. Please report it with the lines below, which "
            f"hold your function.\n{'-' * 72}\n{text}\n{'-' * 72}"
        )

    def signature(self) -> str:
        return ", ".join(f"{n}: {spelled(k)}" for n, k in zip(self.names, self.kinds, strict=True))

    def source(self) -> str:
        """The text of the function, where it is known."""
        try:
            found = find_source(self.function)
        except PullbackError:
            return ""
        return ast.get_source_segment(found.text, found.node, padded=True) or ""

    def ir(self) -> str:
        """The lowered program, or what has become of it, if it can be printed."""
        func = self.stages.program or self.func
        try:
            return "" if func is None else to_text(func)
        except Exception as error:
            return f"cannot be printed: {error!r}"


def versions() -> str:
    """What runs, in one line."""
    names = ("pullback", "numpy", "numba", "scipy")
    found = [f"{name} {sys.modules[name].__version__}" for name in names[1:] if name in sys.modules]
    try:
        found.insert(0, f"pullback {metadata.version('pullback')}")
    except metadata.PackageNotFoundError:
        found.insert(0, "pullback, not installed")
    return ", ".join([*found, f"Python {platform.python_version()}", platform.platform()])


@contextmanager
def compiling(attempt: Attempt) -> Iterator[None]:
    """Errors inside that are no refusals become a refusal of deep nesting, or a report."""
    try:
        with deep_recursion():
            yield
    except InternalError as error:
        reported(error, attempt, error)
        raise
    except (PullbackError, MemoryError, ImportError, Warning):
        raise
    except RecursionError as error:
        raise refusals.NESTED_CODE.at(lowered_place(error)) from None
    except Exception as error:
        place = lowered_place(error)
        where = f" at {place}: {place.text().strip()}" if place is not None else ""
        failure = InternalError(f"pullback fails to compile {attempt.name}{where}: {error!r}")
        reported(failure, attempt, error)
        raise failure from error


def reported(failure: InternalError, attempt: Attempt, cause: BaseException) -> None:
    """Attach the report, once."""
    if not failure.report:
        failure.report = attempt.report(cause)
        failure.add_note(failure.report)


def lowered_place(error: BaseException) -> Loc | None:
    """The innermost statement that was being lowered when an error was raised."""
    place = None
    for entry, _ in traceback.walk_tb(error.__traceback__):
        frame = entry.f_locals.get("frame")
        if isinstance(frame, Frame):
            place = frame.loc(frame.stmt or frame.node)
    return place


# ---- depth

_depth = threading.Lock()
_users = 0
_limit = 0


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let trees of some depth be walked recursively; the limit is that of all threads."""
    global _users, _limit
    with _depth:
        if _users == 0:
            _limit = sys.getrecursionlimit()
            sys.setrecursionlimit(max(_limit, DEEP))
        _users += 1
    try:
        yield
    finally:
        with _depth:
            _users -= 1
            if _users == 0:
                sys.setrecursionlimit(_limit)
