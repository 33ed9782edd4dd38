"""What the public functions are asked for: what cannot be done is told with what to give instead."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from pullback.errors import ArgumentError
from pullback.frontend.kinds import Kind
from pullback.ir.types import class_of

INEXACT = ("float", "complex")


def no_function(given: Any) -> ArgumentError:
    """The error for what is differentiated and is no Python function."""
    if isinstance(given, functools.partial):
        return ArgumentError(f"{given!r} is not one of a Python function: write a lambda instead")
    if isinstance(given, type):
        instead = "give one that makes an object and uses it"
        return ArgumentError(f"{given!r} is not a Python function: {instead}")
    if isinstance(given, staticmethod | classmethod):
        return ArgumentError(f"{given!r} is not a function yet: decorate the other way round")
    if callable(given):
        name = getattr(given, "__name__", "it")
        return ArgumentError(
            f"{given!r} is not a Python function: give one that calls it, lambda x: {name}(x)"
        )
    if inspect.isgenerator(given) or inspect.iscoroutine(given):
        return ArgumentError(f"{given!r} is not a Python function: give one that returns a number")
    instead = "give the function itself, as in grad(f)(x)"
    return ArgumentError(f"{given!r} is not a Python function: {instead}")


def named_arguments(keywords: Any) -> dict[str, Any]:
    """Arguments that go by name."""
    if keywords is None:
        return {}
    if not isinstance(keywords, Mapping) or not all(isinstance(name, str) for name in keywords):
        raise ArgumentError(f"keywords is a dict of arguments by name, not {keywords!r}")
    return dict(keywords)


def pass_names(without: Any) -> Sequence[str]:
    """Names of passes to leave out."""
    if isinstance(without, str) or not isinstance(without, Sequence | frozenset | set):
        raise ArgumentError(f"without is a tuple of names, such as ('fold',), not {without!r}")
    return tuple(without)


def snapshot_count(checkpoint: Any) -> int:
    """How many snapshots loops are to keep, 0 if they are plain."""
    if checkpoint is None:
        return 0
    if type(checkpoint) is not int or checkpoint < 1:
        instead = "how many passes of a loop to keep, as in checkpoint=100"
        raise ArgumentError(f"checkpoint is a whole number from 1, not {checkpoint!r}: {instead}")
    return checkpoint


def refuse_without_gradient(name: str, kind: Kind) -> None:
    """An argument of which a gradient is asked for has to hold floats."""
    what = ""
    if isinstance(kind, tuple) and kind[0] == "array" and class_of(kind[1]) not in INEXACT:
        what = f"an array of {kind[1]}, which has no gradient: make it an array of floats"
    elif isinstance(kind, tuple) and kind[0] == "static" and not isinstance(kind[1], bool):
        held = kind[1]
        shown = "None" if held is None else f"a {type(held).__name__}"
        what = f"{shown}, which has no gradient: name another one in argnums"
    elif isinstance(kind, tuple) and kind[0] == "object":
        what = f"a {kind[1].__name__}, which has no gradient: name another one in argnums"
    if what:
        raise ArgumentError(f"argument {name!r} is {what}")
