"""The command line: ``pullback grad FILE.py:FUNC`` prints the derivative of a function as source.

The user's module is imported to find the function; nothing that it prints gets into the output.
What goes wrong is one message on stderr and exit status 2, and a file that was to be overwritten is
then as it was.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import functools
import importlib
import importlib.util
import inspect
import math
import os
import re
import shutil
import stat
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import FunctionType, ModuleType
from typing import Any, ClassVar

import click
import numpy as np

from pullback.api import Derivative, innermost
from pullback.errors import ArgumentError, InternalError, Loc, PullbackError, render
from pullback.frontend.kinds import Kind, annotated_kind, kind_of, parse_kind
from pullback.pipeline import PASSES, Options

STAGES = ("lowered", "vjp", "optimised", "owned")
USAGE = "write FILE.py:FUNC or package.module:FUNC"
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Failure(click.ClickException):
    """What is shown as one message on stderr; the exit status is 2."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, hint: str = "", loc: Loc | None = None) -> None:
        super().__init__(render(message, loc, hint))


@dataclass(frozen=True)
class Request:
    """What the options of a command ask for."""

    target: str
    wrt: tuple[str, ...]
    arg: tuple[str, ...]
    call: str | None
    value: bool
    optimize: str
    without: tuple[str, ...]

    def options(self, standalone: bool, header: str) -> Options:
        return Options(int(self.optimize), frozenset(self.without), standalone, header)


@dataclass(frozen=True)
class Target:
    """The function that FILE.py:FUNC names; ``place`` is the file or module as it was written."""

    place: str
    name: str
    module: ModuleType
    function: FunctionType

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        return dict(inspect.signature(self.function).parameters)


# ---- the commands

SHARED = [
    click.argument("target", metavar="FILE.py:FUNC"),
    click.option(
        "--wrt", multiple=True, metavar="ARGUMENT",
        help="Differentiate with respect to this argument: its name, or its number from 0. Several "
        "are repeated or separated by commas; the gradient is then a tuple.  [default: the first]",
    ),
    click.option(
        "--arg", multiple=True, metavar="NAME=KIND",
        help="The kind of an argument: float, int, bool, f64[n,3], f64[n,1], f64[], f32[n], "
        "i64[n], bool[n], list[float], (float, f64[n]). A size says only whether it is 1. "
        "Repeatable.",
    ),
    click.option(
        "--call", metavar="ARGUMENTS",
        help='The kinds are those of an example call, as in --call "np.ones(3), b=2.0": Python, '
        "evaluated with np, math and the names of the module.",
    ),
    click.option("--value", is_flag=True, help="Return the function's value and the gradient."),
    click.option(
        "-O", "optimize", type=click.Choice(["0", "1", "2"]), default="2", show_default=True,
        help="0: only what right code needs; 1: drop what is not used; 2: all.",
    ),
    click.option(
        "--without", multiple=True, metavar="PASS",
        type=click.Choice(sorted({*PASSES, "inline"})),
        help=f"Leave out one optimisation: {', '.join(sorted({*PASSES, 'inline'}))}. Repeatable.",
    ),
]  # fmt: skip


def with_shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """The argument and the options that all commands take."""
    for option in reversed(SHARED):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pullback", prog_name="pullback")
def main() -> None:
    """Read a Python function, and write its derivative as Python.

    \b
    pullback grad examples/neuron.py:neuron
    pullback grad --help
    """


@main.command()
@with_shared
@click.option(
    "--standalone", is_flag=True, help="Write helpers into the text, so that it imports only NumPy."
)
@click.option(
    "-o", "output", metavar="OUT.py", type=click.Path(dir_okay=False, writable=True),
    help="Write to this file, which a failure leaves as it was.  [default: print]",
)  # fmt: skip
def grad(standalone: bool, output: str | None, **options: Any) -> None:
    """Write the gradient of a function, whose result has size 1, as NumPy code.

    This runs the module, to find the function: its __name__ is not "__main__", the file's folder
    (for a dotted name: this folder) is on sys.path, and what it prints goes to stderr.

    The code is made for one kind of each argument. A kind is told by --arg, else by --call, else by
    the argument's annotation or default. A function that is decorated with a derivative stands for
    the function inside.

    \b
    Examples:
      pullback grad examples/neuron.py:neuron
      pullback grad loss.py:loss --wrt w --arg "w=f64[n]" --arg "X=f64[m,n]" \\
          --arg "y=f64[m]"
      pullback grad loss.py:loss --call "np.ones(3), np.ones((5, 3)), np.ones(5)"
      pullback grad package.module:energy --standalone -o energy_grad.py
    """
    write = printer() if output is None else functools.partial(write_file, output)
    write(compiled(Request(**options), standalone, output).source)


@main.command()
@with_shared
@click.option(
    "--stage", type=click.Choice(STAGES), default="optimised", show_default=True,
    help="lowered: the function as read; vjp: with its derivative; optimised: after all passes; "
    "owned: with the copies that writes in place need.",
)  # fmt: skip
def ir(stage: str, **options: Any) -> None:
    """Print the intermediate form of a derivative at one stage of its compilation.

    This runs the module, and takes the same options as "pullback grad".

    \b
    Example:
      pullback ir examples/neuron.py:neuron --stage vjp
    """
    echo(compiled(Request(**options)).ir(stage).rstrip() + "\n")


def compiled(request: Request, standalone: bool = False, output: str | None = None) -> Derivative:
    """The derivative that is asked for, compiled."""
    place, name = split_target(request.target)
    with running_as_script(place), stdout_to_stderr():
        target = find_function(place, name)
        if output is not None:
            check_output(output, target)
        wrt = chosen_arguments(target, request.wrt)
        kinds = argument_kinds(target, request)
        options = request.options(standalone, header(target, wrt, kinds.arguments, request.value))
        mode = "value_and_grad" if request.value else "grad"
        argnums = wrt[0] if len(wrt) == 1 else wrt
        try:
            derivative = Derivative(target.function, mode, argnums, options)
            return derivative.compile(kinds.args, kinds.kwargs)
        except InternalError as error:
            raise Failure(f"{error}", "this is a bug in pullback, not in your code") from error
        except PullbackError as error:
            raise Failure(f"{error}") from error


# ---- finding the function


def split_target(text: str) -> tuple[str, str]:
    """``FILE.py:FUNC`` as its two parts."""
    place, _, name = text.rpartition(":")
    if place and all(part.isidentifier() for part in name.split(".")):
        return place, name
    if os.path.isfile(text):
        found = defined_in(text)
        names = f"; it has {', '.join(found)}" if found else ""
        raise Failure(f"which function of {shown(text)}?", f"write {shown(text)}:FUNC{names}")
    raise Failure(f"{shown(text)!r} does not name a function", USAGE)


def defined_in(path: str) -> list[str]:
    """The functions that a file defines, as far as can be told without running it."""
    try:
        with open(path, "rb") as file:
            body = ast.parse(file.read()).body
    except (OSError, SyntaxError, ValueError):
        return []
    return [node.name for node in body if isinstance(node, ast.FunctionDef)]


def is_file_name(place: str) -> bool:
    return place.endswith(".py") or os.path.basename(place) != place or os.path.isfile(place)


@contextlib.contextmanager
def running_as_script(place: str) -> Iterator[None]:
    """``sys.path`` and ``sys.argv`` as Python sets them for a script; the folder stays the same."""
    path, argv = sys.path[:], sys.argv
    folder = os.path.dirname(os.path.realpath(place)) if is_file_name(place) else os.getcwd()
    sys.path.insert(0, folder)
    sys.argv = [place]
    try:
        with contextlib.chdir(os.getcwd()):
            yield
    finally:
        sys.path[:], sys.argv = path, argv


@contextlib.contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Nothing gets to stdout meanwhile, nor from child processes and C code."""
    out = sys.stdout
    out.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        out.flush()
        os.dup2(kept, 1)
        os.close(kept)


def find_function(place: str, name: str) -> Target:
    """Import the module, and look the function up."""
    module = import_place(place)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise missing_name(place, found, part)
        found = getattr(found, part)
    function = innermost(found)
    if not isinstance(function, FunctionType):
        kind = type(function).__name__
        raise Failure(
            f"{name} in {shown(place)} is no Python function, but of type {kind}",
            "give one made with def or lambda; it may call a method or any other object",
        )
    return Target(place, name, module, function)


def missing_name(place: str, holder: object, name: str) -> Failure:
    """The error for a name that is not there, with those that it could be."""
    members = getattr(holder, "__dict__", {}).items()
    found = [n for n, member in members if isinstance(innermost(member), FunctionType)]
    return Failure(f"there is no {name!r} in {shown(place)}", suggestion(name, found))


def suggestion(name: str, names: Iterable[str]) -> str:
    """Which of the names was meant, or all of them where there are few."""
    names = list(names)
    close = difflib.get_close_matches(name, names, n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"it has {', '.join(names)}" if 0 < len(names) <= 12 else ""


def import_place(place: str) -> ModuleType:
    """The module that a file or a dotted name stands for."""
    load = import_file if is_file_name(place) else importlib.import_module
    if is_file_name(place):
        check_file(place)
    elif not all(part.isidentifier() for part in place.split(".")):
        raise Failure(f"{shown(place)!r} is no file and no module", USAGE)
    try:
        return load(place)
    except PullbackError as error:
        raise Failure(f"{error}") from error
    except (Exception, SystemExit) as error:
        raise import_failure(place, error) from error


def check_file(path: str) -> None:
    """Raise the error for a file that is not there, with names that are."""
    if os.path.isdir(path):
        raise Failure(f"{shown(path)} is a folder", "name a file in it")
    if path.endswith(".ipynb"):
        raise Failure(f"{shown(path)} is a notebook", "put the function into a file.py")
    if os.path.exists(path):
        return
    folder, name = os.path.split(path)
    found = os.listdir(folder or ".") if os.path.isdir(folder or ".") else []
    close = difflib.get_close_matches(name, [f for f in found if f.endswith(".py")], n=3)
    hint = f"did you mean {' or '.join(os.path.join(folder, c) for c in close)}?" if close else ""
    raise Failure(f"there is no file {shown(path)}", hint)


def import_file(path: str) -> ModuleType:
    """Run a file as a module; byte code is neither read, as it may be stale, nor written."""
    path = os.path.abspath(path)
    name = os.path.splitext(os.path.basename(path))[0].replace(".", "_")
    while name in sys.modules:
        name += "_"
    loader = SourceFileLoader(name, path)
    spec = ModuleSpec(name, loader, origin=path)
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    code = loader.source_to_code(loader.get_data(path), path)
    sys.modules[name] = module
    exec(code, vars(module))
    return module


def import_failure(place: str, error: BaseException) -> Failure:
    """The error for a module that cannot be run: the exception, and the line of the user's."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    reason = f"{type(error).__name__}: {text}".removesuffix(": ")
    loc, hint = user_place(error)
    if isinstance(error, ImportError) and "relative import" in text:
        hint = "write package.module:FUNC, from the folder that the package is in"
    elif isinstance(error, ModuleNotFoundError) and error.name in (place, place.split(".")[0]):
        hint = f"modules are looked for in {os.getcwd()} and where Python has its own; {USAGE}"
    return Failure(f"cannot import {shown(place)}: {reason}", hint, loc)


def user_place(error: BaseException) -> tuple[Loc | None, str]:
    """The last line reached in the file that was run, and whether the error is from another."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        start, end = error.offset or 1, error.end_offset or 0
        return Loc(error.filename, error.lineno, start - 1, error.end_lineno or 0, end - 1), ""
    every = traceback.extract_tb(error.__traceback__)
    ours = (__file__, importlib.__file__)
    frames = [f for f in every if f.filename not in ours and not f.filename.startswith("<frozen")]
    if not frames:
        return None, ""
    f = [frame for frame in frames if frame.filename == frames[0].filename][-1]
    deepest = f"{frames[-1].filename}:{frames[-1].lineno}"
    elsewhere = "" if frames[-1].filename == f.filename else f"it was raised at {deepest}"
    span = (f.lineno or 1, f.colno or 0, f.end_lineno or 0, f.end_colno or 0)
    return Loc(f.filename, *span), elsewhere


# ---- what to differentiate, and the kinds of the arguments


def chosen_arguments(target: Target, wrt: Sequence[str]) -> tuple[str, ...]:
    """The names of the arguments to differentiate with respect to."""
    names = [n for n, p in target.parameters.items() if p.kind not in VARIADIC]
    if not names:
        raise Failure(f"{target.name} takes no argument to differentiate with respect to")
    wanted = [part.strip() for text in wrt for part in text.split(",") if part.strip()]
    return tuple(chosen_argument(target.name, names, w) for w in wanted or ["0"])


def chosen_argument(function: str, names: Sequence[str], wanted: str) -> str:
    if wanted in names:
        return wanted
    with contextlib.suppress(ValueError, IndexError):
        return names[int(wanted)]
    hint = suggestion(wanted, names)
    raise Failure(f"--wrt {wanted}: {function} has no such argument", hint)


def argument_kinds(target: Target, request: Request) -> inspect.BoundArguments:
    """The kinds of all arguments: from --arg, else --call, else annotations and defaults."""
    written = dict(written_kind(target, text) for text in request.arg)
    bound = example_kinds(target, request.call or "")
    missing = []
    for name, parameter in target.parameters.items():
        if name in written:
            bound.arguments[name] = written[name]
        elif name not in bound.arguments and parameter.kind not in VARIADIC:
            kind = known_kind(parameter)
            if kind is None:
                missing.append(name)
            bound.arguments[name] = kind
    if missing:
        raise missing_kinds(target.name, missing)
    return bound


def written_kind(target: Target, text: str) -> tuple[str, Kind]:
    """The name and kind of one ``--arg``."""
    name, equals, kind = text.partition("=")
    name = name.strip()
    if not equals:
        raise Failure(f"--arg {text}: there is no '='", "write it as in --arg 'x=f64[n,3]'")
    parameter = target.parameters.get(name)
    if parameter is None:
        hint = suggestion(name, target.parameters)
        raise Failure(f"--arg {text}: {target.name} has no argument {name!r}", hint)
    if parameter.kind in VARIADIC:
        hint = "give an example call with --call"
        raise Failure(f"--arg {text}: {name} takes any number of arguments", hint)
    try:
        return name, parse_kind(kind)
    except ArgumentError as error:
        raise Failure(f"--arg {text}: {error}") from error


def example_kinds(target: Target, call: str) -> inspect.BoundArguments:
    """The kinds of the arguments of an example call."""
    args, keywords = example_arguments(target, call)
    try:
        kinds = [kind_of(a) for a in args]
        keyword_kinds = {name: kind_of(a) for name, a in keywords.items()}
        return inspect.signature(target.function).bind_partial(*kinds, **keyword_kinds)
    except TypeError as error:  # an ArgumentError is one, too
        raise Failure(f"--call: {error}") from error


def example_arguments(target: Target, call: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Evaluate ``np.ones(3), b=2.0``; the whole call, with the function's name, may be written."""
    try:
        node = ast.parse(f"_({call}\n)", mode="eval").body
        if not isinstance(node, ast.Call):
            raise SyntaxError("these are no arguments")
        inner = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if isinstance(inner, ast.Call) and ast.unparse(inner.func) == target.name:
            node = inner
        node.func = ast.copy_location(ast.Name("__arguments__", ast.Load()), node.func)
        names = {"np": np, "math": math, **vars(target.module)}
        names["__arguments__"] = lambda *args, **keywords: (args, keywords)
        found: tuple[tuple[Any, ...], dict[str, Any]]
        found = eval(compile(ast.Expression(node), "<--call>", "eval"), names)
    except SyntaxError as error:
        hint = "write arguments as in a call: --call 'np.ones(3), b=2.0'"
        raise Failure(f"--call {call!r}: {error.msg}", hint) from error
    except Exception as error:
        raise Failure(f"--call {call!r}: {type(error).__name__}: {error}") from error
    return found


def known_kind(parameter: inspect.Parameter) -> Kind | None:
    """The kind that an annotation or else a default tells."""
    kind = None
    try:
        if parameter.annotation is not parameter.empty:
            kind = annotated_kind(parameter.annotation)
        if kind is None and parameter.default is not parameter.empty:
            kind = kind_of(parameter.default)
    except ArgumentError as error:
        raise Failure(f"argument {parameter.name!r}: {error}") from error
    return kind


def missing_kinds(function: str, names: Sequence[str]) -> Failure:
    """The error for arguments of which nothing tells the kind."""
    listed = ", ".join(names[:-1]) + " and " * (len(names) > 1) + names[-1]
    what = "arguments" if len(names) > 1 else "argument"
    options = " ".join(f"--arg '{name}=KIND'" for name in names)
    hint = (
        f"write {options}, with float, int, f64[n,3] or another KIND,\n"
        "        or an example call, as in --call 'np.ones(3), 2.0', or annotate the function"
    )
    return Failure(f"{function} does not tell the kind of its {what} {listed}", hint)


# ---- what is written


def header(target: Target, wrt: Sequence[str], kinds: dict[str, Kind], value: bool) -> str:
    """Where the code comes from, and for which kinds it is right."""
    what = f"d {target.name} / d {wrt[0] if len(wrt) == 1 else '(' + ', '.join(wrt) + ')'}"
    what = f"{target.name} and {what}" if value else what
    listed = ", ".join(f"{n}: {spelled(kinds[n])}" for n in target.parameters if n in kinds)
    lines = textwrap.wrap(f"for {listed}", 96, subsequent_indent="    ", break_long_words=False)
    return "\n".join([f"{what}, written by pullback from {shown(target.place)}", *lines])


def spelled(kind: Kind) -> str:
    """A kind as ``--arg`` takes it, as far as it can be written there."""
    match kind:
        case ("array", dtype, ones):
            return f"{short(dtype)}[{', '.join('1' if one else ':' for one in ones)}]"
        case ("np", dtype):
            return short(dtype)
        case ("elements", inner):
            return f"list[{spelled(inner)}]"
        case ("dict", items):
            return "{" + ", ".join(f"{key!r}: {spelled(item)}" for key, item in items) + "}"
        case ("static", value):
            return getattr(value, "__name__", repr(value))
        case ("list", tuple(kinds)):
            return f"[{', '.join(map(spelled, kinds))}]"
        case ("tuple", tuple(kinds)) | tuple(kinds):
            return f"({', '.join(map(spelled, kinds))})"
    return str(kind)


def short(dtype: str) -> str:
    return re.sub(r"^(float|int)(?=\d)", lambda found: found[0][0], dtype)


def shown(path: str) -> str:
    """A path as text that can be printed everywhere."""
    return click.format_filename(path)


def printer() -> Callable[[str], None]:
    """What prints source: in colours on a terminal. Made before a user's module can hide others."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty():
        return echo
    # Not imported where it is not used: it takes as long as the rest of a run.
    from rich.console import Console
    from rich.syntax import Syntax

    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    console = Console()
    return lambda text: console.print(syntax.highlight(text), soft_wrap=True, end="")


def echo(text: str) -> None:
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        raise  # click ends quietly
    except (OSError, UnicodeEncodeError) as error:
        raise Failure(f"cannot print: {error}", "-o writes to a file, in UTF-8") from error


def check_output(path: str, target: Target) -> None:
    """Raise the error for a file that should not be, or cannot be, written to."""
    inputs = [getattr(target.module, "__file__", None), target.function.__code__.co_filename]
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


if __name__ == "__main__":
    main()
