"""What the command line says when it cannot do what was asked."""

from __future__ import annotations

import contextlib
import difflib
import functools
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import IO, Any, ClassVar

import click

from pullback.errors import InternalError, Loc, PullbackError, SourceError, render


class Failure(click.ClickException):
    """What is shown as one message on stderr; the exit status is 2."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, hint: str = "", loc: Loc | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.loc = loc

    def format_message(self) -> str:
        return render(self.message, self.loc, self.hint, relative(self.loc.file) if self.loc else "")

    def show(self, file: IO[Any] | None = None) -> None:
        stream = file or sys.stderr
        text = f"Error: {self.format_message()}"
        click.echo(coloured(text) if takes_colours(stream) else text, file=stream)


@contextlib.contextmanager
def failures() -> Iterator[None]:
    """Errors that pullback raises on purpose become messages."""
    try:
        yield
    except InternalError as error:
        told = error.report or "This is a bug in pullback, not in your code."
        raise Failure(f"{error}\n{told}") from error
    except SourceError as error:
        raise Failure(error.message, error.hint, error.loc) from error
    except PullbackError as error:
        raise Failure(f"{error}") from error


def relative(path: str) -> str:
    """A path as the user would write it: from this folder on, where it leads into it."""
    folder = os.getcwd().rstrip(os.sep) + os.sep
    return path.removeprefix(folder)


def takes_colours(stream: IO[Any]) -> bool:
    """Whether a stream is a terminal whose user has not asked for plain text."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and stream.isatty()


# How the lines of a message look, by what they begin with (the first that fits).
LINES = [
    (r"Error:", functools.partial(click.style, fg="red", bold=True)),
    (r" +--> .*", functools.partial(click.style, fg="cyan")),
    (r" +\|\s*\^+$", functools.partial(click.style, fg="red", bold=True)),
    (r" +\d* \|", functools.partial(click.style, fg="cyan")),
    (r"  help:", functools.partial(click.style, fg="green", bold=True)),
]


def coloured(text: str) -> str:
    """A message with its parts in colours."""
    return "\n".join(map(_coloured_line, text.split("\n")))


def _coloured_line(line: str) -> str:
    for pattern, style in LINES:
        if found := re.match(pattern, line):
            return style(found[0]) + line[found.end() :]
    return line


def suggestion(name: str, names: Iterable[str]) -> str:
    """Which of the names was meant, or all of them where there are few."""
    names = list(names)
    close = difflib.get_close_matches(name, names, n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"it has {', '.join(names)}" if 0 < len(names) <= 12 else ""


def shown(path: str) -> str:
    """A path as text that can be printed everywhere."""
    return click.format_filename(path)
