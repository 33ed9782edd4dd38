"""Errors that users meet, and the places in their source that these point at.

Everything pullback raises on purpose is a ``PullbackError``: a ``SourceError`` carries the span of the
user's code that cannot be differentiated and says what to write instead, an ``ArgumentError`` is about
the values or kinds handed in. ``InternalError`` marks a broken invariant of our own.
"""

from __future__ import annotations

import linecache
import re
import sys
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loc:
    """A span of the user's source: lines count from 1, columns from 0, the end column is exclusive."""

    file: str
    line: int
    col: int = 0
    end_line: int = 0
    end_col: int = 0

    def text(self) -> str:
        """The first source line of the span, without its newline ('' where the file is gone)."""
        linecache.checkcache(self.file)
        return linecache.getline(self.file, self.line).rstrip("\n")

    def segment(self) -> str:
        """The source of the span, on one line ('' where the file is gone)."""
        linecache.checkcache(self.file)
        lines = linecache.getlines(self.file)[self.line - 1 : self.end_line or self.line]
        encoded = "".join(lines).encode()
        last = len(lines[-1].encode()) if lines else 0
        end = len(encoded) - last + self.end_col if self.end_col else len(encoded)
        return " ".join(encoded[self.col : end].decode(errors="replace").split())

    @property
    def shown_file(self) -> str:
        """The file's name; for a cell of a notebook, whose files have only numbers, ``In [3]``."""
        return cell_name(self.file) or self.file

    @property
    def short_file(self) -> str:
        """The last part of the file's name, or the cell."""
        return cell_name(self.file) or re.split(r"[\\/]", self.file)[-1]

    def __str__(self) -> str:
        return f"{self.shown_file}:{self.line}"


def remember_text(file: str, text: str) -> None:
    """Show a text that no file holds under a name, to tracebacks, pdb and error messages."""
    lines = re.findall(r".*\n|.+", text)  # lines of Python: str.splitlines knows other ends
    # Without a modification time, linecache.checkcache leaves the entry alone.
    linecache.cache[file] = (len(text), None, lines, file)


def cell_name(file: str) -> str:
    """What IPython calls the cell that a file stands for, ``cell`` if it has forgotten; "" for files."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and (told := shell.compile.format_code_name(file)) is not None:
        return str(told[1]).replace("[", " [")  # a label and "In[3]"
    return "cell" if re.search(r"[\\/]ipykernel_\d+[\\/]", file) else ""


class PullbackError(Exception):
    """Base of all errors that pullback raises on purpose."""


class SourceError(PullbackError):
    """Code that cannot be differentiated: what was met, where, and what to write instead.

    `message` says what was met, and `hint` what to write instead ("" where there is nothing to
    say). `loc` is the span of the user's code, with `file`, `line`, `col`, `end_line` and
    `end_col`, or None where the source itself is what is missing. `refusal` is the row of the table
    in `pullback.refusals` that both texts are from. As text it shows the line with a caret under
    the span.
    """

    def __init__(
        self, message: str, loc: Loc | None = None, hint: str = "", refusal: Refusal | None = None
    ) -> None:
        super().__init__(message, loc, hint, refusal)
        self.message = message
        self.loc = loc
        self.hint = hint
        self.refusal = refusal

    def __str__(self) -> str:
        return render(self.message, self.loc, self.hint)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sort of code that is refused: how the error reads, and what to write instead.

    Both are templates for ``str.format``, whose fields are told where such code is met.
    """

    message: str
    hint: str = ""

    def at(self, loc: Loc | None, /, **fields: object) -> SourceError:
        """The error for code that is met at a place."""
        return SourceError(self.message.format(**fields), loc, self.hint.format(**fields), self)


class ArgumentError(PullbackError, TypeError):
    """A value, kind or option that a derivative cannot take. It is a `TypeError` too."""


class InternalError(PullbackError):
    """An invariant of the compiler does not hold: a bug in pullback, not in the user's code.

    `report` is a text to report it with, which tracebacks show too.
    """

    report: str = ""


def render(message: str, loc: Loc | None, hint: str, file: str = "") -> str:
    """The message with its source line, a caret under the span, and the hint.

    ``file`` is what to call the file, by default by its name.
    """
    lines = [message]
    if loc is not None:
        source = loc.text()
        start, end = covered(loc, source)
        lines.append(f"  --> {file or loc.shown_file}:{loc.line}:{start + 1}")
        if source.strip():
            lines += excerpt(loc.line, source, start, end)
    if hint:
        lines.append(f"  help: {hint}")
    return "\n".join(lines)


def covered(loc: Loc, source: str) -> tuple[int, int]:
    """The characters of its first line that a span covers; ast counts columns in UTF-8 bytes."""
    encoded = source.encode()
    start = len(encoded[: loc.col].decode(errors="replace"))
    if loc.end_line == loc.line and loc.end_col > loc.col:
        return start, len(encoded[: loc.end_col].decode(errors="replace"))
    return start, len(source.rstrip())


WIDEST, BEFORE = 100, 30  # columns of a line that are shown, and of what stands before a span
TAB = " " * 4


def excerpt(line: int, source: str, start: int, end: int) -> list[str]:
    """The source line with its number, and carets under some of its characters.

    Carets stand by columns of a terminal, where characters are of several widths. Of a long line only
    what is around the carets is shown.
    """
    first, last = 0, len(source)
    if columns(source) > WIDEST:
        first = max(0, start - BEFORE) if start + BEFORE > WIDEST else 0
        last = min(last, max(first + WIDEST, min(end, start + WIDEST)))
    shown = visible(source[first:last])
    before = f"{'...' * (first > 0)}{visible(source[first:start])}"
    shown = f"{'...' * (first > 0)}{shown}{'...' * (last < len(source))}"
    carets = "^" * max(1, columns(visible(source[start : min(end, last)])))
    margin = " " * len(str(line))
    return [f" {margin} |", f" {line} | {shown}", f" {margin} | {' ' * columns(before)}{carets}"]


def visible(text: str) -> str:
    """Text as it can be shown on a line: tabs as spaces, other control characters left out."""
    return "".join(
        TAB if c == "\t" else c for c in text if c == "\t" or unicodedata.category(c) != "Cc"
    )


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters two, combining marks none."""
    return sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Unsupported(TypeError):
    """What a rule has no type for, raised where an op is typed; the front end puts a place to it."""

    def __init__(self, refusal: Refusal, /, **fields: object) -> None:
        super().__init__(refusal.message.format(**fields))
        self.hint = refusal.hint.format(**fields)
        self.refusal = refusal
