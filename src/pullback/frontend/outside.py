"""What a function reads from outside: parameters for numbers, arrays and trees, guards for all else."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import ArgumentError
from pullback.frontend.guards import UNREADABLE, Guard, Source, guard
from pullback.frontend.kinds import kind_of, value_of
from pullback.frontend.session import Session
from pullback.frontend.values import Method, Poison, Static, Unset, Value
from pullback.frontend.walking import Field, steps
from pullback.ir.core import Const, Var
from pullback.ir.types import Scalar
from pullback.rules.effects import NAMES
from pullback.tree import is_bound_method, is_object


@dataclass(frozen=True, eq=False, slots=True)
class Outside:
    """Where the names of a Python function lead to.

    ``capture`` makes parameters for a value, once for each key; ``captured`` are those made so far.
    """

    session: Session
    python: types.FunctionType | None
    capture: Callable[[Any, Value], Value]
    captured: dict[Any, Value]

    def named(self, name: str) -> Value | None:
        """A closure cell, global or builtin of the Python function."""
        python = self.python
        assert python is not None
        free = python.__code__.co_freevars
        if name in free:
            cell = (python.__closure__ or ())[free.index(name)]
            return self.value(Source(cell, name), name)
        if name in python.__globals__:
            return self.value(Source(python.__globals__, name), name)
        if hasattr(builtins, name):
            here, there = Source(python.__globals__, name), Source(vars(builtins), name)
            self.session.guards["absent", *here.identity()] = Guard(here, "absent", None)
            self.session.guards[there.identity()] = guard(there, there.read())
            return Static(there.read())
        return None

    def value(self, source: Source, name: str) -> Value:
        """A value read from outside: parameters if it is a number, an array or a tree, else guarded."""
        try:
            found = source.read()
        except UNREADABLE:
            return Unset()
        if is_bound_method(found):
            return self._method(source, name, found)
        map_ = hasattr(type(found), "__pullback_map__")
        if not map_ and (
            is_number(found) or isinstance(found, np.ndarray | list | tuple | dict)
            or is_object(type(found)) or type(found) in NAMES
        ):  # fmt: skip
            return self._tree(source, name, found)
        self.session.guards[source.identity()] = guard(source, found)
        return Static(found)

    def _method(self, source: Source, name: str, found: types.MethodType) -> Value:
        """A bound method: the object that it belongs to is read from it."""
        function = source.inside(Field("__func__"))
        self.session.guards[function.identity()] = guard(function, found.__func__)
        owner = self.value(source.inside(Field("__self__")), name)
        return owner if isinstance(owner, Poison) else Method(
            owner, found.__name__, function=Static(found.__func__)
        )

    def _tree(self, source: Source, name: str, found: Any) -> Value:
        if isinstance(found, bool):
            self.session.guards[source.identity()] = guard(source, found)
            return Const(found)
        try:
            kind = kind_of(found)
        except ArgumentError as error:
            library = (type(found).__module__ or "").partition(".")[0] in sys.stdlib_module_names
            if library and not isinstance(found, tuple | list | dict):
                self.session.guards[source.identity()] = guard(source, found)
                return Static(found)  # what is done with it is done when it runs
            return Poison(refusals.UNKNOWN_FROM_OUTSIDE, {"complaint": error})
        self.session.captures[source.identity()] = (source, kind)
        key = ("outside", *source.identity())
        if key not in self.captured:
            value = self.capture(key, self.session.enter(value_of(kind, name)))
            self.session.origins.update(_origins(value, source))
        return self.captured[key]

    def pinned(self, v: Var) -> Any:
        """The value of a captured number that must be known here, under a guard; None if it is none."""
        source = self.session.origins.get(v)
        if source is None:
            return None
        found = source.read()
        self.session.guards[source.identity()] = Guard(source, "value", found)
        return found


def _origins(value: Value, source: Source) -> Iterator[tuple[Var, Source]]:
    """Where each number of a captured tree is read from."""
    if isinstance(value, Var) and isinstance(value.type, Scalar):
        yield value, source
    for step, item in steps(value):
        yield from _origins(item, source.inside(step))


def is_number(value: Any) -> bool:
    return type(value) in (bool, int, float, complex) or isinstance(value, np.generic)
