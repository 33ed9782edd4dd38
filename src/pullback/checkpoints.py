"""``checkpoint``: functions of which the arguments are saved, and that the reverse sweep runs again."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any, TypeVar

from pullback.asked import no_function
from pullback.derivative import Derivative
from pullback.frontend import calls
from pullback.frontend.bound import as_method
from pullback.marked import CHECKPOINTED, twin

F = TypeVar("F", bound=Callable[..., Any])


def checkpoint(function: F) -> F:
    """The same function, as a region that takes less memory to differentiate.

    Where it is called in code that is differentiated, the forward sweep saves its arguments and nothing
    from inside of it, and the reverse sweep runs it again just before its part of the sweep: at the cost
    of one more run of the function, memory is that of one call at a time. Random numbers that it draws,
    and results of other effects, are saved and not drawn again; what it prints is printed once.

    It is called as the function is, and works as a decorator, also of methods, around a function or
    method at the place of a call, and in functions that are checkpointed themselves. Derivatives are the
    same with it and without.

    Raises `ArgumentError` for what is not a Python function.
    """
    made: Any = _marked(function)
    return made  # type: ignore[no-any-return]


def _marked(function: Any) -> Any:
    function = as_method(function)
    if isinstance(function, functools.partial):
        return functools.partial(_marked(function.func), *function.args, **function.keywords)
    if isinstance(function, MethodType):
        return MethodType(_marked(function.__func__), function.__self__)
    if isinstance(function, Derivative):
        return _marked(functools.wraps(function)(lambda *args, **by_name: function(*args, **by_name)))
    if not isinstance(function, FunctionType):
        raise no_function(function)
    new = twin(function)
    CHECKPOINTED.add(new)
    return new


calls.TRANSFORMS[checkpoint] = "checkpoint"
