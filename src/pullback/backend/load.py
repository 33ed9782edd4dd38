"""Running emitted text: the module is registered with linecache, so that tracebacks and pdb show it."""

from __future__ import annotations

import itertools
import linecache
import math
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.backend.numpy_ import Emitted
from pullback.backend.runtime import HELPERS
from pullback.errors import remember_text

_numbers = itertools.count(1)


def file_name(name: str) -> str:
    """A name for the file that a text does not have, which no other text has."""
    return f"<pullback {name} {next(_numbers)}>"


def load(emitted: Emitted, filename: str) -> Callable[..., Any]:
    """Compile the text under a file name and give its entry function."""
    text = emitted.text
    remember_text(filename, text)
    namespace: dict[str, Any] = {"__name__": "pullback.generated", "np": np, "math": math}
    namespace |= {name: HELPERS[name] for name in emitted.helpers}
    namespace |= emitted.classes
    exec(compile(text, filename, "exec", dont_inherit=True), namespace)
    entry: Callable[..., Any] = namespace[emitted.entry]
    weakref.finalize(entry, linecache.cache.pop, filename, None)
    return entry


def annotate(exc: BaseException, emitted: Emitted, filename: str) -> None:
    """Add to an exception which line of the user's the generated code it came through stands for."""
    loc = None
    traceback = exc.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            loc = next(iter(emitted.lines.get(traceback.tb_lineno, ())), loc)
        traceback = traceback.tb_next
    if loc is None:
        return
    note = f"from {loc}: {loc.text().strip()}".rstrip(": ")
    if note not in getattr(exc, "__notes__", []):
        exc.add_note(note)
