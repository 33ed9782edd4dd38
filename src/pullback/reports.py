"""Compilations that fail: code that is nested too deep, and mistakes of our own.

Whatever goes wrong inside the compiler that is not a refusal is our bug, and is told as one, with a
report to paste: the function, the kinds of its arguments, the program as it was lowered, and versions.
Nothing is sent anywhere.
"""

from __future__ import annotations

import ast
import copy
import gc
import os
import platform
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from types import CodeType
from typing import Any, TypeVar

import numpy as np

from pullback import refusals
from pullback.backend import runtime
from pullback.backend.load import last_entry
from pullback.backend.numpy_ import Emitted
from pullback.errors import InternalError, Loc, PullbackError, SourceError
from pullback.frontend.frame import Frame
from pullback.frontend.kinds import Kind
from pullback.frontend.source import find_source
from pullback.frontend.spelling import spelled
from pullback.ir.core import Func, reachable, walk
from pullback.ir.text import to_text
from pullback.pipeline import Options, Stages
from pullback.transforms.dense import SWEEPS

Made = TypeVar("Made")
DEEP = 6000  # frames: expressions of some 800 terms, far below what the C stack holds
ENTRIES = 6  # of a traceback
MARKS = {f"# {text}" for text in SWEEPS.values()}


@dataclass(eq=False)
class Attempt:
    """A compilation, as far as it has come; ``primal`` calls the function itself."""

    name: str
    function: Any
    names: Sequence[str]
    kinds: Sequence[Kind]
    options: Options
    stages: Stages
    primal: Callable[[Sequence[Any]], Any] | None = None
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


    def has_rules(self) -> bool:
        """Whether the reverse sweep runs code of the user's, which may raise what it likes."""
        funcs = reachable(self.stages.program) if self.stages.program else ()
        return any(op.name in OF_USERS for f in funcs for op in walk(f.block))

    def passes(self, args: Sequence[Any]) -> bool:
        """Whether the function itself does not raise for these arguments, as far as may be tried."""
        if self.primal is None or self.func is None or self.func.has_effect() or self.has_rules():
            return False
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                self.primal(copy.deepcopy(args[: len(self.kinds)]))
            except Exception:
                return False
        return True


# Ops with rules and blocks of the user's.
OF_USERS = frozenset(("gradient_of", "custom_vjp", "custom_jvp"))
# What may be raised anywhere.
EXCUSED = (MemoryError, RecursionError, FloatingPointError, Warning, PullbackError)


def sweep_failure(
    error: Exception, emitted: Emitted, filename: str, attempt: Attempt, args: Sequence[Any]
) -> InternalError | None:
    """The report of an error that only the reverse sweep raises."""
    entry = last_entry(error.__traceback__, filename)
    excused = isinstance(error, EXCUSED) or entry is None
    if excused or not in_reverse(emitted.text, entry.tb_lineno):  # type: ignore[union-attr]
        return None
    raised_in = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)][-1]
    if not is_ours(raised_in, filename) or not attempt.passes(args):
        return None
    # Rules solve, by a transpose that may be singular, or by what SciPy does with finite numbers alone.
    finite_alone = raised_in.co_name == np.asarray_chkfinite.__name__
    if isinstance(error, np.linalg.LinAlgError) or finite_alone:
        error.add_note("the function itself does not raise: here it has no derivative")
        return None
    told = f"the derivative {attempt.name} fails where the function does not"
    failure = InternalError(f"{told}: {error!r}")
    reported(failure, attempt, error)
    return failure


def is_ours(code: CodeType, filename: str) -> bool:
    """Whether generated code raises by itself: no check, debugger or handler of signals does."""
    of_numpy = f"{os.sep}numpy{os.sep}" in code.co_filename
    helper = code.co_filename == runtime.__file__ and not code.co_name.startswith("check_")
    return code.co_filename == filename or helper or of_numpy


def in_reverse(text: str, line: int) -> bool:
    """Whether a line of emitted text belongs to a reverse sweep, or to one of a Jacobian."""
    before = text.split("\n")[:line]
    start = max(k for k, s in enumerate(before) if s.startswith("def "))
    name = before[start].partition("(")[0]
    return name.endswith("_backward") or any(s.strip() in MARKS for s in before[start:])


def versions() -> str:
    """What runs, in one line."""
    names = ("pullback", "numpy", "numba", "scipy")
    found = [f"{name} {sys.modules[name].__version__}" for name in names[1:] if name in sys.modules]
    try:
        found.insert(0, f"pullback {metadata.version('pullback')}")
    except metadata.PackageNotFoundError:
        found.insert(0, "pullback, not installed")
    return ", ".join([*found, f"Python {platform.python_version()}", platform.platform()])


def compiled(attempt: Attempt, compute: Callable[[], Made]) -> Made:
    """What a compilation makes; its errors are refusals, or reports."""
    __tracebackhide__ = True
    try:
        with compiling():
            return compute()
    except InternalError as error:
        reported(error, attempt, error)
        raise
    except SourceError as error:
        # How the compiler came to the user's line is nothing to the user.
        raise error.with_traceback(None) from error.__cause__
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
_collects = False


@contextmanager
def compiling() -> Iterator[None]:
    """Let trees of some depth be walked recursively, and look for garbage afterwards: what is made lives
    until the end, and to walk it, and all that the process holds, again and again takes a fifth of the
    time. The limit and the collector are those of all threads."""
    global _users, _limit, _collects
    with _depth:
        if _users == 0:
            _limit, _collects = sys.getrecursionlimit(), gc.isenabled()
            sys.setrecursionlimit(max(_limit, DEEP))
            gc.disable()
        _users += 1
    try:
        yield
    finally:
        with _depth:
            _users -= 1
            if _users == 0:
                sys.setrecursionlimit(_limit)
                if _collects:
                    gc.enable()
