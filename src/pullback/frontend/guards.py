"""What code reads from outside, and how a change of it is noticed at the next call.

A ``Source`` says where a value is read: a dictionary of globals, a cell, a class, and from there along
a path into a tree. A ``Guard`` says what must be there. Neither ever evaluates a property or a
``__getattr__``: modules and classes are read through their dictionaries.
"""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass
from typing import Any

from pullback.frontend.walking import Field
from pullback.marked import REGISTERED, REGISTRY


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where a value is read from: a key of a dict, a cell, an entry of a class (or a function itself,
    with an empty key, or that of a parameter that has a default), and from there along a path of keys
    and fields into a tree."""

    holder: Any
    key: str
    path: tuple[Any, ...] = ()

    def read(self) -> Any:
        """The value that is there now."""
        return eval(self.text("holder"), {"holder": self.holder})

    def text(self, holder: str) -> str:
        """The expression that reads it, with a name for the holder."""
        match self.holder:
            case types.CellType():
                read = f"{holder}.cell_contents"
            case dict():
                read = f"{holder}[{self.key!r}]"
            case type():
                read = f"{holder}.__dict__[{self.key!r}]"
            case _:
                read = holder
        return read + "".join(map(_step, self.path))

    def identity(self) -> tuple[Any, ...]:
        return id(self.holder), self.key, *self.path

    def inside(self, step: Any) -> Source:
        """A part of the tree that is there."""
        return Source(self.holder, self.key, (*self.path, step))

    def __str__(self) -> str:
        if self.holder is sys.modules:
            return f"module {self.key!r}"
        whole = f"{self.key}{''.join(map(_step, self.path))}"
        match self.holder:
            case types.CellType():
                return f"{whole!r} of the enclosing function"
            case dict():
                return f"global {whole!r} of {self.holder.get('__name__', 'a namespace')}"
            case type():
                return f"{whole!r} of class {self.holder.__qualname__}"
        name = getattr(self.holder, "__qualname__", type(self.holder).__name__)
        if self.path:
            return f"{self.key or str(self.path[0].name)!r} of function {name!r}"
        return f"function {name!r}"


def _step(step: Any) -> str:
    return f".{step.name}" if isinstance(step, Field) else f"[{step!r}]"


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """Something read from outside that the compiled code depends on.

    ``what`` is "absent", "value", "identity", "values" or "code"; ``expected`` is what was there, for
    "values" what a mapping held, for "code" the ``Signature`` of the function.
    """

    source: Source
    what: str
    expected: Any


class Signature:
    """What a function consists of: its code, and its defaults, whose containers may change later."""

    def __init__(self, function: types.FunctionType) -> None:
        self.code = function.__code__
        self.defaults = function.__defaults__
        self.kwdefaults = None if function.__kwdefaults__ is None else dict(function.__kwdefaults__)


def guard(source: Source, found: Any) -> Guard:
    """How to notice that something static has changed."""
    by_value = found is None or isinstance(found, str | bool)
    return Guard(source, "value" if by_value else "identity", found)


def code_guard(function: types.FunctionType) -> Guard:
    """How to notice that a function has got other code or defaults, as reloading gives it."""
    return Guard(Source(function, ""), "code", Signature(function))


def registry_guard() -> Guard:
    """How to notice that primitives have been registered, or are no longer."""
    return Guard(Source(REGISTRY, REGISTERED), "identity", REGISTRY[REGISTERED])


# ---- guards as straight-line code


class Names:
    """Names for the objects that generated checks refer to."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self._known: dict[int, str] = {}

    def __call__(self, value: Any) -> str:
        """The name of an object, the same one each time."""
        if id(value) not in self._known:
            name = self._known[id(value)] = f"e{len(self._known)}"
            self.objects[name] = value
        return self._known[id(value)]


def tests(guard: Guard, names: Names) -> list[str]:
    """The conditions of a guard, as source."""
    holder = names(guard.source.holder)
    read = guard.source.text(holder)
    expected = guard.expected
    match guard.what:
        case "absent":
            inside = f"{holder}.__dict__" if isinstance(guard.source.holder, type) else holder
            return [f"{guard.source.key!r} not in {inside}"]
        case "value" if expected is None or isinstance(expected, bool):
            return [f"{read} is {expected}"]
        case "value":
            return [f"type({read}) is {names(type(expected))}", f"{read} == {names(expected)}"]
        case "values":
            return [f"(*{read}.values(),) == {names(expected)}"]
        case "code":
            return _code_tests(read, expected, names)
    return [f"{read} is {names(expected)}"]


def _code_tests(read: str, expected: Signature, names: Names) -> list[str]:
    found = [f"{read}.__code__ is {names(expected.code)}"]
    found.append(f"{read}.__defaults__ is {names(expected.defaults) if expected.defaults else None}")
    if expected.kwdefaults is None:
        return [*found, f"{read}.__kwdefaults__ is None"]
    found.append(f"len({read}.__kwdefaults__) == {len(expected.kwdefaults)}")
    return found + [
        f"{read}.__kwdefaults__[{key!r}] is {names(value)}" for key, value in expected.kwdefaults.items()
    ]


def failure(guard: Guard) -> str:
    """In words, what is no longer as it was, '' where all is."""
    names = Names()
    for test in tests(guard, names):
        if not _holds(test, names):
            return _told(guard, test)
    return ""


def _holds(test: str, names: Names) -> bool:
    try:
        return bool(eval(test, dict(names.objects)))
    except UNREADABLE:
        return False


def _told(guard: Guard, test: str) -> str:
    source = guard.source
    match guard.what:
        case "absent":
            return f"{source} is there now"
        case "value":
            return f"{source} was {guard.expected!r}, and is {_now(source)}"
        case "values":
            return f"{source} has other entries"
        case "code":
            part = "code" if "__code__" in test else "default values"
            return f"the {part} of {source} changed"
    return f"{source} is another object: {_now(source)}"


def _now(source: Source) -> str:
    try:
        return repr(source.read())
    except UNREADABLE:
        return "no longer there"


# What reading may raise where something was deleted, or is of another type now.
UNREADABLE = (KeyError, IndexError, ValueError, AttributeError, TypeError)
