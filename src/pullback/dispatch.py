"""From a call to a specialisation: kinds select it, guards say whether it still holds.

A specialisation is compiled once for each signature. What the code reads from outside (functions,
strings, modules) is guarded by generated straight-line code; numbers and arrays from outside are read
anew at each call and passed as arguments.
"""

from __future__ import annotations

import ast
import itertools
import threading
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pullback.backend.load import annotate, load
from pullback.backend.numpy_ import Emitted
from pullback.errors import ArgumentError
from pullback.frontend.frame import Frame, Guard, Source
from pullback.frontend.kinds import Kind, kind_of
from pullback.frontend.lower import Main, lower_call
from pullback.frontend.values import Field, Value
from pullback.pipeline import Options, Stages, compile_main

Apply = Callable[[Frame, ast.Call, list[Value]], Value]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Program:
    """What to compile: a function, the names and kinds of arguments, and what is done with them."""

    function: Any
    names: tuple[str, ...]
    name: str
    apply: Apply


class Specialisation:
    """One compiled signature: its source, its stages, and how to run it."""

    def __init__(self, main: Main, emitted: Emitted, stages: Stages, run: Callable[..., Any]) -> None:
        self.main = main
        self.emitted = emitted
        self.stages = stages
        self.holds = guard_function(list(main.session.guards.values()), main.captures)
        self._run = run
        self._filename = run.__code__.co_filename
        self._sources = main.passed

    def __call__(self, args: Sequence[Any]) -> Any:
        try:
            return self._run(*args, *[source.read() for source in self._sources])
        except Exception as error:
            annotate(error, self.emitted, self._filename)
            raise


def compile_program(program: Program, kinds: Sequence[Kind], options: Options) -> Specialisation:
    """Lower, transform and load a program for arguments of these kinds."""
    main = lower_call(program.function, program.names, kinds, program.name, program.apply)
    stages = Stages()
    emitted = compile_main(main.func, options, stages)
    filename = f"<pullback {program.name} {next(_numbers)}>"
    return Specialisation(main, emitted, stages, load(emitted, filename))


class Cache:
    """The specialisations of one derivative, by the kinds of a call."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.found: dict[Any, Specialisation] = {}
        self.last: Specialisation | None = None
        self.lock = threading.RLock()

    def get(self, program: Callable[[], Program], extra: Any, args: Sequence[Any]) -> Specialisation:
        """The specialisation for a call, compiled if there is none that still holds."""
        kinds = tuple([kind_of(a) for a in args])
        found = self.found.get((extra, kinds))
        if found is None or not found.holds():
            found = self.compile(program, extra, kinds)
        self.last = found
        return found

    def compile(
        self, program: Callable[[], Program], extra: Any, kinds: Sequence[Kind]
    ) -> Specialisation:
        """Compile for arguments of these kinds, unless another thread just has."""
        with self.lock:
            found = self.found.get((extra, kinds))
            if found is None or not found.holds():
                found = compile_program(program(), kinds, self.options)
                self.found[(extra, tuple(kinds))] = found
            return found


def guard_function(
    guards: Sequence[Guard], captures: Sequence[tuple[Source, Kind]]
) -> Callable[[], bool]:
    """Straight-line code that tells whether all that was read from outside is as it was."""
    names: dict[str, Any] = {"kind_of": kind_of}
    tests: list[str] = []
    for k, guard in enumerate(guards):
        tests += _tests(guard, k, names)
    for k, (source, kind) in enumerate(captures):
        names |= {f"s{k}": source, f"k{k}": kind}
        tests.append(f"kind_of(s{k}.read()) == k{k}")
    text = "def holds():\n    try:\n        return "
    text += (" and ".join(tests) or "True") + "\n"
    text += "    except (KeyError, ValueError, AttributeError, TypeError):\n        return False\n"
    exec(compile(text, "<pullback guards>", "exec"), names)
    holds: Callable[[], bool] = names["holds"]
    return holds


def _tests(guard: Guard, k: int, names: dict[str, Any]) -> list[str]:
    """The conditions of one guard, as source."""
    names[f"h{k}"] = guard.source.holder
    names[f"e{k}"] = guard.expected
    key = guard.source.key
    holder = guard.source.holder
    if isinstance(holder, types.CellType):
        read = f"h{k}.cell_contents"
    elif isinstance(holder, dict):
        read = f"h{k}[{key!r}]"
    else:
        read = f"h{k}.{key}"
    read += "".join(
        f".{step.name}" if isinstance(step, Field) else f"[{step!r}]" for step in guard.source.path
    )
    if guard.what == "absent":
        return [f"{key!r} not in h{k}"]
    if guard.what == "value":
        return [f"type({read}) is type(e{k})", f"{read} == e{k}"]
    tests = [f"{read} is e{k}"]
    if guard.what == "code":
        function = guard.expected
        names |= {f"c{k}": function.__code__, f"d{k}": function.__defaults__}
        names[f"w{k}"] = function.__kwdefaults__
        tests = [
            f"{read}.__code__ is c{k}",
            f"{read}.__defaults__ is d{k}",
            f"{read}.__kwdefaults__ == w{k}",
        ]
        if function.__closure__:
            names[f"f{k}"] = function.__closure__
            tests.append(f"{read}.__closure__ == f{k}")
    return tests


def needs_kinds(name: str, missing: str) -> ArgumentError:
    """No call yet, and annotations do not tell the kinds of all arguments."""
    return ArgumentError(
        f"{name} has not been called yet, and argument {missing!r} has no annotation that tells its "
        "kind: call it once, or annotate the argument"
    )
