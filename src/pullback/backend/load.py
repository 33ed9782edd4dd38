"""Running emitted text: the module is registered with linecache, so that tracebacks and pdb show it.

Exceptions and warnings that come out of it are told with the user's line that the generated one stands
for.
"""

from __future__ import annotations

import copy
import itertools
import linecache
import math
import re
import sys
import warnings
import weakref
from collections.abc import Callable, Sequence
from types import CodeType, FrameType, TracebackType
from typing import Any

import numpy as np

from pullback import refusals
from pullback.backend.numba_ import DECORATION
from pullback.backend.numpy_ import Emitted
from pullback.backend.runtime import HELPERS
from pullback.errors import Loc, SourceError, remember_text

_numbers = itertools.count(1)
# The texts that are loaded, by file name.
_LOADED: dict[str, Emitted] = {}


def file_name(name: str) -> str:
    """A name for the file that a text does not have, which no other text has."""
    return f"<pullback {name} {next(_numbers)}>"


def load(emitted: Emitted, filename: str, module: str = "") -> Callable[..., Any]:
    """Compile the text under a file name and give its entry function.

    ``module`` is the user's module, so that filters of warnings by module mean the derivative as well.
    """
    entry = _run(emitted, emitted.text, filename, module or "pullback.generated")
    _LOADED[filename] = emitted
    weakref.finalize(entry, _forget, filename)
    _show_warnings()
    return entry


def _run(
    emitted: Emitted, text: str, filename: str, module: str, **beside: Any
) -> Callable[..., Any]:
    """The entry of a text; ``beside`` are names in the place of builtins."""
    remember_text(filename, text)
    namespace: dict[str, Any] = {"__name__": module, "np": np, "math": math}
    namespace |= {name: HELPERS[name] for name in emitted.helpers if name in HELPERS}
    namespace |= emitted.classes | beside
    exec(compile(text, filename, "exec", dont_inherit=True), namespace)
    entry: Callable[..., Any] = namespace[emitted.entry]
    return entry


def _forget(filename: str) -> None:
    linecache.cache.pop(filename, None)
    _LOADED.pop(filename, None)


# ---- exceptions


def annotate(
    exc: BaseException, emitted: Emitted, filename: str, args: Sequence[Any] = ()
) -> None:
    """Add to an exception which line of the user's the generated code it came through stands for."""
    loc = _raised_at(exc, emitted, filename) or _raised_in_python(exc, emitted, args)
    if loc is None:
        return
    note = f"from {loc}: {loc.text().strip()}".rstrip(": ")
    if note not in getattr(exc, "__notes__", []):
        exc.add_note(note)


def not_compiled(
    exc: Exception, emitted: Emitted, filename: str, loc: Loc | None
) -> SourceError | None:
    """The refusal for what Numba has not compiled, at the user's line, if it tells one, else at ``loc``;
    None if it did, and what it compiled raised."""
    trace, rooms = exc.__traceback__, [type(exc).__module__]
    while trace is not None:
        rooms.append(str(trace.tb_frame.f_globals.get("__name__")))
        trace = trace.tb_next
    if not any(room.startswith("numba.core.") for room in rooms):
        return None
    lines = re.findall(rf'File "{re.escape(filename)}", line (\d+)', str(exc))
    place = emitted.place(int(lines[-1]), "") if lines else None
    return refusals.NUMBA_ITSELF.at(place or loc, why=_told_by_numba(exc))


def _told_by_numba(error: Exception) -> str:
    """The first line that Numba says of the code that it cannot compile."""
    lines = [line.strip() for line in re.sub(r"\x1b\[\d*m", "", str(error)).splitlines()]
    told = [line for line in lines if line and not line.startswith("Failed in nopython mode")]
    return told[0] if told else type(error).__name__


def last_entry(trace: TracebackType | None, filename: str) -> TracebackType | None:
    """The innermost entry of a traceback that is of a file."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            found = trace
        trace = trace.tb_next
    return found


def _raised_at(exc: BaseException, emitted: Emitted, filename: str) -> Loc | None:
    entry = last_entry(exc.__traceback__, filename)
    if entry is None:
        return None
    expression = _expression(entry.tb_frame.f_code, entry.tb_lasti)
    return emitted.place(entry.tb_lineno, expression)


def _expression(code: CodeType, instruction: int) -> str:
    """The text of the expression that an instruction evaluates; "" if it is not known."""
    places = itertools.islice(code.co_positions(), instruction // 2, None)
    line, end_line, start, end = next(places, (None,) * 4)
    if line is None or line != end_line or start is None:
        return ""
    return linecache.getline(code.co_filename, line).encode()[start:end].decode(errors="replace")


def _raised_in_python(exc: BaseException, emitted: Emitted, args: Sequence[Any]) -> Loc | None:
    """Where the text raises the same without Numba, which keeps no lines. It has no effects but prints,
    which are made once."""
    text = emitted.text
    for decorator in (DECORATION.decorator, DECORATION.by_numpy):
        text = text.replace(f"\n{decorator}\n", "\n\n")
    if text == emitted.text:
        return None
    filename = file_name("of numba")
    try:
        again = _run(emitted, text, filename, "pullback.generated", print=lambda *shown: None)
        again(*copy.deepcopy(args))
    except Exception as error:
        return _raised_at(error, emitted, filename) if type(error) is type(exc) else None
    finally:
        _forget(filename)
    return None


# ---- warnings


def _show_warnings() -> None:
    """Have warnings that come out of generated code shown, and recorded, with the user's line.

    Python's own code for warnings calls this function of the module for each one that is not filtered
    out: nothing is done before there is one.
    """
    show = getattr(warnings, "_showwarnmsg", None)
    if show is None or getattr(show, "of_pullback", False):
        return

    def showing(message: Any) -> None:
        of_numba = message.category.__module__.startswith("numba.")
        if of_numba and message.filename in _LOADED:  # of how to write what is not the user's text
            return
        _place_warning(message)
        show(message)

    showing.of_pullback = True  # type: ignore[attr-defined]
    warnings._showwarnmsg = showing  # type: ignore[attr-defined]


def _place_warning(message: Any) -> None:
    """Give a warning out of generated code the user's place; the line tells both."""
    emitted = _LOADED.get(message.filename)
    if emitted is None:
        return
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename != message.filename:
        frame = frame.f_back
    expression = "" if frame is None else _expression(frame.f_code, frame.f_lasti)
    place = emitted.place(message.lineno, expression)
    if place is not None:
        generated = linecache.getline(message.filename, message.lineno).strip()
        told = f"{message.filename}, line {message.lineno}: {generated}"
        message.line = f"{place.text().strip()}\n    {told}"
        message.filename, message.lineno = place.file, place.line


__all__ = ["annotate", "file_name", "last_entry", "load", "not_compiled"]
