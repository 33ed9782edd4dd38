"""From a call to a specialisation: kinds select it, guards say whether it still holds.

A specialisation is compiled once for each signature. What the code reads from outside is guarded;
numbers and arrays from outside are read anew at each call and passed as arguments. All checks are
generated straight-line code: for the call that is like the last one, they and the call are one function.

What stands between the user's call and generated code has ``__tracebackhide__``, by which IPython and
pytest leave it out of tracebacks.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import threading
import weakref
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any, TypeVar

from pullback.backend.load import annotate, file_name, load, not_compiled
from pullback.backend.numpy_ import Emitted
from pullback.backend.runtime import check_apart
from pullback.errors import ArgumentError, SourceError, remember_text
from pullback.frontend.annotations import left_open, shown
from pullback.frontend.checks import containers, kind_tests
from pullback.frontend.frame import Frame
from pullback.frontend.guards import UNREADABLE, Names, failure, tests
from pullback.frontend.kinds import Kind, kind_of
from pullback.frontend.lower import Main, lower_call
from pullback.frontend.spelling import difference
from pullback.frontend.values import Value
from pullback.ir.core import copy_program
from pullback.pipeline import Options, Stages, compile_main
from pullback.reports import Attempt, compiled, sweep_failure

Apply = Callable[[Frame, ast.Call, list[Value]], Value]
MISS = object()
MAX_SIBLINGS = 8  # specialisations of one signature, for globals that change to and fro


@dataclass(frozen=True)
class Program:
    """What to compile: a function, the names of arguments, and what is done with them.

    ``asked`` is a key for what is done: lowering depends on that and on kinds, and on no option.
    ``primal`` calls the function itself with the arguments of a call.
    """

    function: Any
    names: tuple[str, ...]
    name: str
    apply: Apply
    asked: Hashable
    primal: Callable[[Sequence[Any]], Any] | None = None

    def lowered(self, kinds: Sequence[Kind]) -> Main:
        """The program lowered for arguments of these kinds: a copy of what it was for other options, if
        that still holds."""
        found = self._lowerings().get(self._key(kinds))
        if found is not None and found.stages.program is not None and found.outside() is not None:
            return replace(found.main, func=copy_program(found.stages.program))
        return lower_call(self.function, self.names, kinds, self.name, self.apply)

    def keep(self, kinds: Sequence[Kind], made: Specialisation) -> None:
        """Note a specialisation, whose program serves for other options."""
        self._lowerings()[self._key(kinds)] = made

    def _lowerings(self) -> weakref.WeakValueDictionary[Hashable, Specialisation]:
        return kept_on(self.function, Program, weakref.WeakValueDictionary)

    def _key(self, kinds: Sequence[Kind]) -> Hashable:
        return self.asked, self.name, self.names, tuple(kinds)


class Specialisation:
    """One compiled signature: its source, its stages, and how to run it.

    ``enter`` runs it on a tuple of arguments if their kinds and all guards hold, else gives ``MISS``;
    ``outside`` checks the guards alone, and gives what is read from outside, or None.
    """

    def __init__(
        self, main: Main, emitted: Emitted, stages: Stages, run: Callable[..., Any],
        kinds: Sequence[Kind],
    ) -> None:  # fmt: skip
        self.main = main
        self.emitted = emitted
        self.stages = stages
        self.kinds = tuple(kinds)
        self.attempt: Attempt | None = None
        text, names = entry_text(main, kinds)
        self._apart = apart_test(main, kinds)
        names |= {"run": run, "note": self._note, "MISS": MISS, "UNREADABLE": UNREADABLE}
        names["__name__"] = __name__  # by which debuggers and filters of warnings know it as ours
        names["apart"] = self._apart
        file = f"<entry of {run.__code__.co_filename.strip('<>')}>"
        remember_text(file, text)
        exec(compile(text, file, "exec"), names)
        self.enter: Callable[[Sequence[Any]], Any] = names["enter"]
        self.outside: Callable[[], tuple[Any, ...] | None] = names["outside"]
        self._run = run
        weakref.finalize(self, linecache.cache.pop, file, None)

    def __call__(self, args: Sequence[Any], outside: tuple[Any, ...] | None = None) -> Any:
        """Run it for arguments of its kinds, on what ``outside`` gave."""
        __tracebackhide__ = True
        if outside is None:
            outside = tuple(source.read() for source in self.main.passed)
        if self._apart is not None and not self._apart(*args, *outside):
            raise ArgumentError(TWICE)
        try:
            return self._run(*args, *outside)
        except Exception as error:
            self._note(error, (*args, *outside))
            raise

    def _note(self, error: Exception, args: Sequence[Any]) -> None:
        """Tell of the user's line; a call that is refused at run time is one with wrong arguments.

        What the reverse sweep raises where the function does not is our mistake.
        """
        filename = self._run.__code__.co_filename
        if refusal := not_compiled(error, self.emitted, filename, self.main.func.loc):
            raise refusal from error
        annotate(error, self.emitted, filename, args)
        if isinstance(error, TypeError) and _raised_in(error) is check_apart.__code__:
            refused = ArgumentError(*error.args)
            for note in getattr(error, "__notes__", ()):
                refused.add_note(note)
            raise refused from None
        failure = self.attempt and sweep_failure(error, self.emitted, filename, self.attempt, args)
        if failure:
            raise failure from error

    def changed(self) -> str:
        """In words, what of the outside is no longer as it was when this was compiled."""
        told = [failure(guard) for guard in self.main.guards]
        for source, kind in self.main.captures:
            try:
                now = kind_of(source.read())
            except (ArgumentError, *UNREADABLE):
                told.append(f"{source} is gone")
            else:
                told.append(difference(f"{source}", kind, now))
        return "; ".join(filter(None, told))


def _raised_in(error: BaseException) -> Any:
    """The code of the function that raised."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return None if at is None else at.tb_frame.f_code


def entry_text(main: Main, kinds: Sequence[Kind]) -> tuple[str, dict[str, Any]]:
    """The functions that check and run a specialisation, as source, and the objects they refer to."""
    names = Names()
    args = [f"a{k}" for k in range(len(kinds))]
    given = [t for a, kind in zip(args, kinds, strict=True) for t in kind_tests(kind, a, names)]
    guards = [t for guard in main.guards for t in tests(guard, names)]
    reads: dict[int, str] = {}
    for k, (source, kind) in enumerate(main.captures):
        reads[id(source)] = f"v{k}"
        guards.append(f"(v{k} := {source.text(names(source.holder))}) is not MISS")
        guards += kind_tests(kind, f"v{k}", names)
    passed = [reads[id(source)] for source in main.passed]
    everything = ", ".join([*args, *passed])
    apart = [f"apart({everything})"] if main.apart else []
    lines = [
        "def enter(args):",
        "    __tracebackhide__ = True",
        # Fewer arguments are no rarity (defaults), and an exception would take its time.
        f"    if len(args) != {len(args)}:",
        "        return MISS",
        *_checked([f"[{', '.join(args)}] = args"], [*given, *guards, *apart], "MISS"),
        "    try:",
        f"        return run({everything})",
        "    except Exception as error:",
        f"        note(error, [{', '.join([*args, *passed])}])",
        "        raise",
        "",
        "def outside():",
        *_checked([], guards, "None"),
        f"    return ({' '.join(f'{p},' for p in passed)})",
    ]
    return "\n".join(lines) + "\n", names.objects


TWICE = (
    "an object, list or dict stands in two places of the arguments, and the function changes it or asks "
    "whether it is another one: pass a copy"
)


def apart_test(main: Main, kinds: Sequence[Kind]) -> Callable[..., bool] | None:
    """A function that tells whether all containers in arguments and captures are different objects,
    None where it does not matter."""
    if not main.apart:
        return None
    known = {id(source): kind for source, kind in main.captures}
    every = [*kinds, *(known[id(source)] for source in main.passed)]
    names = Names()
    args = [f"a{k}" for k in range(len(every))]
    found = [f"id({c})" for a, kind in zip(args, every, strict=True) for c in containers(kind, a, names)]
    test = f"len({{{', '.join(found)}}}) == {len(found)}" if found else "True"
    test_of: Callable[..., bool] = eval(f"lambda {', '.join(args)}: {test}", names.objects)
    return test_of


def _checked(first: list[str], conditions: list[str], otherwise: str) -> list[str]:
    """Lines that return unless all conditions hold."""
    test = "\n            and ".join(conditions) or "True"
    return [
        "    try:",
        *(f"        {line}" for line in first),
        f"        if not (\n            {test}\n        ):",
        f"            return {otherwise}",
        "    except UNREADABLE:",
        f"        return {otherwise}",
    ]


def compile_program(program: Program, kinds: Sequence[Kind], options: Options) -> Specialisation:
    """Lower, transform and load a program for arguments of these kinds."""
    __tracebackhide__ = True
    stages = Stages()
    attempt = Attempt(
        program.name, program.function, program.names, kinds, options, stages, program.primal
    )

    def compute() -> tuple[Main, Emitted]:
        main = program.lowered(kinds)
        attempt.func = main.func
        emitted = compile_main(main.func, options, stages)
        # What is kept is the program as it was lowered.
        return replace(main, func=stages.program or main.func), emitted

    main, emitted = compiled(attempt, compute)
    attempt.func = main.func
    run = load(emitted, file_name(program.name), getattr(program.function, "__module__", ""))
    found = Specialisation(main, emitted, stages, run, kinds)
    found.attempt = attempt
    program.keep(kinds, found)
    return found


Found = dict[tuple[Hashable, tuple[Kind, ...]], tuple[Specialisation, ...]]
T = TypeVar("T")


class Cache:
    """The specialisations of one derivative, by names and kinds of the arguments of a call.

    ``compile`` makes one for a tuple of names (a key of any sort) and kinds. Calls take no lock:
    entries are only ever added, or replaced whole. What was ``found`` may be shared with equal
    derivatives, so that ``grad(f)(x)`` in a loop compiles once; ``met`` is what this one has used.
    """

    def __init__(
        self, compile: Callable[[Any, Sequence[Kind]], Specialisation], found: Found | None = None
    ) -> None:
        self.found: Found = {} if found is None else found
        self.met: weakref.WeakSet[Specialisation] = weakref.WeakSet()
        self.last: Specialisation | None = None
        self.reason = ""
        self._compile = compile
        self._lock = threading.RLock()

    def run(self, args: Sequence[Any], names: Callable[[], Sequence[str]]) -> Any:
        """The result of a call, where one key is all there is; what ran last is tried first."""
        __tracebackhide__ = True
        if self.last is not None and (result := self.last.enter(args)) is not MISS:
            return result
        found, outside = self.find(None, args, names())
        return found(args, outside)

    def find(
        self, key: Hashable, args: Sequence[Any], names: Sequence[str]
    ) -> tuple[Specialisation, tuple[Any, ...] | None]:
        """The specialisation for a call, compiled if there is none that still holds, and what it reads
        from outside, if that is known."""
        __tracebackhide__ = True
        kinds = tuple([kind_of(a) for a in args])
        found, outside = self.held(key, kinds)
        if found is None:
            try:
                found = self.compile(key, kinds, names)
            except SourceError as error:  # nor is how it was called
                raise error.with_traceback(None) from error.__cause__
        elif found is not self.last:
            self.met.add(found)
        self.last = found
        return found, outside

    def every(self) -> list[Specialisation]:
        """All specialisations in use, those of one signature from the newest to the oldest."""
        return [s for group in list(self.found.values()) for s in group if s in self.met]

    def held(
        self, key: Hashable, kinds: tuple[Kind, ...]
    ) -> tuple[Specialisation | None, tuple[Any, ...] | None]:
        """A specialisation of a signature whose guards hold, and what it reads from outside."""
        for found in self.found.get((key, kinds), ()):
            if (outside := found.outside()) is not None:
                return found, outside
        return None, None

    def compile(self, key: Hashable, kinds: Sequence[Kind], names: Sequence[str]) -> Specialisation:
        """Compile for arguments of these kinds, unless another thread just has."""
        __tracebackhide__ = True
        with self._lock:
            signature = (key, tuple(kinds))
            found, _ = self.held(key, tuple(kinds))
            if found is None:
                reason = self._reason(signature, names)
                found = self._compile(key, kinds)
                self.reason = reason
                before = self.found.get(signature, ())
                self.found[signature] = (found, *before[: MAX_SIBLINGS - 1])
            self.met.add(found)
            return found

    def _reason(self, signature: Any, names: Sequence[str]) -> str:
        """Why what was compiled before does not serve, '' if nothing was."""
        if siblings := [s for s in self.found.get(signature, ()) if s in self.met]:
            return siblings[0].changed()
        key, kinds = signature
        before = self.last or next(iter(self.every()), None)
        if before is None:
            return ""
        known = {k for (k, _), group in list(self.found.items()) if self.met.intersection(group)}
        if key not in known or len(before.kinds) != len(kinds):
            return f"it is called with the arguments {', '.join(names)}"
        pairs = zip(names, before.kinds, kinds, strict=True)
        told = [difference(f"argument {n!r}", a, b) for n, a, b in pairs]
        return "; ".join(filter(None, told))


# ---- caches that live as long as the function they belong to


class _Owned(dict[Any, Any]):
    """What a function carries in its ``__dict__``, and what no other function believes:
    functools.wraps copies that dictionary. It is pickled as an empty dict."""

    def __init__(self, owner: Any) -> None:
        super().__init__()
        self.owner = weakref.ref(owner)

    def __reduce__(self) -> Any:
        return dict, ()


def _held(function: Any) -> _Owned | None:
    """What a function carries, None if it carries nothing of its own."""
    held = function.__dict__.get("__pullback__")
    return held if isinstance(held, _Owned) and held.owner() is function else None


def kept_before(function: Any, key: Hashable) -> Any:
    """What is kept on a plain function, None if nothing is."""
    if type(function) is not FunctionType or (held := _held(function)) is None:
        return None
    try:
        return held.get(key)
    except TypeError:  # of a key that has no hash, nothing is kept
        return None


def kept_on(function: Any, key: Hashable, make: Callable[[], T]) -> T:
    """Something kept on a function, so that both die together."""
    held = _held(function)
    if held is None:
        held = function.__dict__["__pullback__"] = _Owned(function)
    kept: T = held[key] if key in held else held.setdefault(key, make())
    return kept


def needs_kinds(name: str, missing: str, annotation: Any) -> ArgumentError:
    """No call yet, and annotations do not tell the kinds of all arguments."""
    what = f"argument {missing!r} has no annotation that tells its kind"
    if annotation not in (inspect.Parameter.empty, Any):
        what = f"the annotation {missing}: {shown(annotation)} {left_open(annotation)}"
    return ArgumentError(
        f"{name} has not been called yet, and\n  {what}\n"
        f'  help: call it once, or annotate as in {missing}: Annotated[np.ndarray, "f64[n, m]"]'
    )
