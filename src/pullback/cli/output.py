"""What is printed or written: its head, its colours, and files that are whole or as they were."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import sys
import textwrap
from collections.abc import Callable, Mapping

import click

from pullback.cli.failure import Failure, shown, takes_colours
from pullback.cli.target import Target
from pullback.frontend.kinds import Kind
from pullback.frontend.spelling import spelled


def header(what: str, target: Target, kinds: Mapping[str, Kind]) -> str:
    """What the code computes, where it comes from, and for which kinds of arguments it is right."""
    listed = ", ".join(f"{name}: {spelled(kind)}" for name, kind in kinds.items())
    origin = f"{what}, written by pullback from {shown(target.place)}"
    wrap = functools.partial(textwrap.wrap, width=96, subsequent_indent="    ", break_long_words=False)
    return "\n".join([*wrap(origin), *wrap(f"for {listed}")])


def printer(language: str = "python") -> Callable[[str], None]:
    """What prints source: in colours on a terminal. Made before a user's module can hide others."""
    if not takes_colours(sys.stdout):
        return echo
    # Not imported where it is not used: it takes as long as the rest of a run.
    from rich.console import Console
    from rich.syntax import Syntax

    from pullback.ir.highlight import IRLexer

    lexer = IRLexer() if language == "ir" else language
    syntax = Syntax("", lexer, theme="ansi_dark", background_color="default")
    console = Console()
    return lambda text: console.print(syntax.highlight(text), soft_wrap=True, end="")


def echo(text: str) -> None:
    try:
        click.echo(text, nl=False, color=takes_colours(sys.stdout))
    except BrokenPipeError:
        raise  # click ends quietly
    except (OSError, UnicodeEncodeError) as error:
        raise Failure(f"cannot print: {error}", "-o writes to a file, in UTF-8") from error


def check_output(path: str, target: Target) -> None:
    """Raise the error for a file that should not be, or cannot be, written to."""
    inputs = [getattr(target.module, "__file__", None), target.python.__code__.co_filename]
    if os.path.exists(path):
        if any(p and os.path.exists(p) and os.path.samefile(p, path) for p in inputs):
            raise Failure(f"-o {shown(path)} would overwrite the function itself")
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Failure(f"-o {shown(path)} is not a regular file", "leave -o out to print")
    elif not os.path.isdir(os.path.dirname(os.path.realpath(path))):
        raise Failure(f"-o {shown(path)}: there is no such folder")


def write_file(path: str, text: str) -> None:
    """Write a file as a whole or not at all; a link stays one, and a file keeps its mode."""
    real = os.path.realpath(path)
    temporary = f"{real}.{os.getpid()}.tmp"
    try:
        with open(temporary, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if os.path.exists(real):
            shutil.copymode(real, temporary)
        os.replace(temporary, real)
    except OSError as error:
        raise Failure(f"cannot write {shown(path)}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
