"""How the helpers of compiled code are entered, and what they are made with.

A function that is entered is called while Numba finds the types of a call. It gets these, with
constants as literals, and gives the function to compile, which has the same parameters.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numba import njit, types
from numba.core.errors import TypingError
from numba.extending import overload

from pullback.backend import runtime

Typed = Callable[..., Any]
_NUMPY: Any = np
_FLAGS: Any = {"boundscheck": True, "error_model": "numpy"}
compiled: Callable[[Typed], Any] = njit(**_FLAGS)
HELPERS: dict[str, Callable[..., Any]] = {}


def entered(path: str) -> Callable[[Typed], Typed]:
    """Enter what is compiled for calls of a function of NumPy, or of a helper of ``runtime``."""
    steps = path.split(".")

    def enter(typed: Typed) -> Typed:
        found = runtime.HELPERS.get(path) or functools.reduce(getattr, steps[1:], _NUMPY)

        def helper(*args: Any, **keywords: Any) -> Any:
            return found(*args, **keywords)

        helper.__name__ = helper.__qualname__ = name = "_".join(steps)
        typed.__annotations__ = {}  # Numba compares the signatures of both

        @functools.wraps(typed)
        def found_for(*args: Any, **keywords: Any) -> Any:
            function = typed(*args, **keywords)
            if function is not None:
                function.__annotations__ = {}
            return function

        overload(helper, prefer_literal=True, jit_options=_FLAGS)(found_for)
        HELPERS[name] = helper
        return typed

    return enter


def constant(given: Any) -> Any:
    """The value of an argument that has to be a constant."""
    match given:
        case types.Literal():
            return given.literal_value
        case types.NoneType():
            return None
        case types.Omitted():
            return given.value
        case types.BaseTuple():
            return tuple(map(constant, tuple_items(given)))
        case types.Type():
            raise TypingError(f"a constant is needed, not {given}")
    return given


def tuple_items(given: Any) -> list[Any]:
    """The types of the items of a tuple."""
    return list(given)


def written(text: str, **names: Any) -> Any:
    """A compiled function of the text of a lambda, for what is written anew for each number of axes."""
    return compiled(eval(f"lambda {text}", {"np": np, **names}))


def defined(text: str, **names: Any) -> Any:
    """The same of the text of one function of several lines."""
    return compiled(plain(text, **names))


def plain(text: str, **names: Any) -> Any:
    """The function of a text, not yet compiled."""
    scope: dict[str, Any] = {}
    exec(text, {"np": np, **names}, scope)
    (function,) = scope.values()
    return function


def tuple_of(items: Iterable[str]) -> str:
    """The text of a tuple."""
    return f"({''.join(f'{item}, ' for item in items)})"


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that an argument ``axis`` names, in order."""
    given = constant(axis)
    if given is None:
        return tuple(range(ndim))
    several = given if isinstance(given, tuple) else (given,)
    if any(not -ndim <= k < ndim for k in several):
        raise TypingError(f"axis {given} is out of bounds")
    return tuple(sorted(k % ndim for k in several))


def elements_of(x: Any) -> Any:
    """The type of the elements of an array, or of a number."""
    unliteral: Any = types.unliteral
    return x.dtype if isinstance(x, types.Array) else unliteral(x)
