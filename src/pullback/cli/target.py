"""From FILE.py:FUNC to a function: the module is run as a script would be, and kept quiet."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import FunctionType, ModuleType
from typing import Any

import pullback
from pullback.cli.completion import functions_in
from pullback.cli.failure import Failure, shown, suggestion
from pullback.derivative import innermost
from pullback.errors import Loc, PullbackError
from pullback.frontend.annotations import annotations_of
from pullback.frontend.bound import as_method, named_of, unbound

USAGE = "write FILE.py:FUNC or package.module:FUNC"


@dataclass(frozen=True)
class Target:
    """The function that FILE.py:FUNC names; ``place`` is the file or module as it was written."""

    place: str
    name: str
    module: ModuleType
    function: Any

    @property
    def python(self) -> FunctionType:
        """The function itself, of a method or of one with some of its arguments."""
        found: FunctionType = unbound(self.function)
        return found

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The parameters, with annotations that are written as strings evaluated where they can be."""
        hints = annotations_of(self.python)
        found = inspect.signature(self.function, follow_wrapped=False).parameters
        held = named_of(self.function)
        kept = {n: p for n, p in found.items() if n not in held}
        return {n: p.replace(annotation=hints.get(n, p.empty)) for n, p in kept.items()}


def split_target(text: str) -> tuple[str, str]:
    """``FILE.py:FUNC`` as its two parts."""
    place, _, name = text.rpartition(":")
    if place and all(part.isidentifier() for part in name.split(".")):
        return place, name
    if os.path.isfile(text):
        found = [name for name in functions_in(text) if "." not in name]
        names = f"; it has {', '.join(found)}" if found else ""
        raise Failure(f"which function of {shown(text)}?", f"write {shown(text)}:FUNC{names}")
    raise Failure(f"{shown(text)!r} does not name a function", USAGE)


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
    function = as_method(innermost(found))
    if not isinstance(unbound(function), FunctionType):
        raise no_function(place, name, function)
    return Target(place, name, module, function)


def no_function(place: str, name: str, found: object) -> Failure:
    """The error for a name that is there, but is no function; a class, or an object, may have some."""
    kind = type(found).__name__
    hint = "give one made with def or lambda; it may call any other object"
    held = vars(found if isinstance(found, type) else type(found)).items()
    inside = [n for n, v in held if isinstance(v, FunctionType | staticmethod | classmethod)]
    known = [f"{name}.{n}" for n in inside if n[:2] != "__"]
    hint = f"name a method: {', '.join(known)}" if known else hint
    return Failure(f"{name} in {shown(place)} is no Python function, but of type {kind}", hint)


def missing_name(place: str, holder: object, name: str) -> Failure:
    """The error for a name that is not there, with those that it could be."""
    members = getattr(holder, "__dict__", {}).items()
    found = [n for n, member in members if isinstance(innermost(member), FunctionType)]
    return Failure(f"there is no {name!r} in {shown(place)}", suggestion(name, found))


def import_place(place: str) -> ModuleType:
    """The module that a file or a dotted name stands for."""
    load = import_file if is_file_name(place) else importlib.import_module
    if is_file_name(place):
        check_file(place)
    elif not all(part.isidentifier() for part in place.split(".")):
        raise Failure(f"{shown(place)!r} is no file and no module", USAGE)
    try:
        return load(place)
    except PullbackError:
        raise  # from a derivative that the module calls: a message of its own
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


def is_ours(filename: str) -> bool:
    """Whether a frame is of this package, of what it generated, or of Python's import system."""
    ours = os.path.dirname(pullback.__file__) + os.sep
    return filename.startswith((ours, "<pullback ", "<frozen ")) or filename == importlib.__file__


def user_place(error: BaseException) -> tuple[Loc | None, str]:
    """The last line reached in the file that was run, and whether the error is from another."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        start, end = error.offset or 1, error.end_offset or 0
        return Loc(error.filename, error.lineno, start - 1, error.end_lineno or 0, end - 1), ""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not is_ours(f.filename)]
    if not frames:
        return None, ""
    f = [frame for frame in frames if frame.filename == frames[0].filename][-1]
    deepest = f"{frames[-1].filename}:{frames[-1].lineno}"
    elsewhere = "" if frames[-1].filename == f.filename else f"it was raised at {deepest}"
    return place_of(f), elsewhere


def place_of(frame: traceback.FrameSummary) -> Loc:
    """What a frame was evaluating."""
    span = (frame.lineno or 1, frame.colno or 0, frame.end_lineno or 0, frame.end_colno or 0)
    return Loc(frame.filename, *span)
