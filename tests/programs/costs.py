"""What running a text costs, without a clock: lines executed, elements of arrays touched, and memory.

Functions run with ``np`` replaced, so that all arrays that they make count what is done with them.
"""

from __future__ import annotations

import re
import sys
import tracemalloc
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback import tree
from pullback.backend import jitted, runtime
from pullback.backend.runtime import HELPERS

_CREATED = {"zeros", "ones", "empty", "full", "arange", "array", "eye", "linspace"}
_IMPORTS = re.compile(
    r"^(import numpy as np|from (numba|pullback.backend.jitted) import .*|@njit\(.*\))\n", re.MULTILINE
)
Function = Callable[..., Any]
# Bytes of numbers and tuples that Python takes from what it has kept, which tracemalloc does not see.
KEPT_READY = 4096


class Counted(np.ndarray[Any, Any]):
    """An array that counts the elements that are read and written; views cost nothing.

    ``made`` are the sizes of the arrays that were made.
    """

    touched = 0
    made: list[int] = []

    def __array_finalize__(self, other: Any) -> None:
        if self.base is None:
            Counted.touched += self.size
            Counted.made.append(self.size)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = tuple(map(_plain, kwargs.pop("out", ()) or ()))
        if method == "at":
            array, place, *values = map(_plain, inputs)
            Counted.touched += int(np.size(array[place]))
            return getattr(ufunc, method)(array, place, *values)
        result = getattr(ufunc, method)(*map(_plain, inputs), **kwargs, **({"out": out} if out else {}))
        return self.counted(result, inputs, made=not out)

    def __array_function__(self, function: Any, kinds: Any, args: Any, kwargs: Any) -> Any:
        result = function(*_plain(args), **_plain(kwargs))
        return self.counted(result, tree.leaves(args))

    def counted(self, result: Any, inputs: Any, made: bool = True) -> Any:
        arrays = [a for a in inputs if isinstance(a, np.ndarray)]
        if isinstance(result, np.ndarray) and any(np.may_share_memory(result, a) for a in arrays):
            Counted.touched += result.size if result.base is None else 0
            return result.view(Counted)
        Counted.touched += max([np.size(result), *(a.size for a in arrays)])
        if not isinstance(result, np.ndarray):
            return result
        Counted.made += [result.size] if made else []
        return result.view(Counted)

    def __setitem__(self, key: Any, value: Any) -> None:
        Counted.touched += np.size(_plain(self)[key])
        super().__setitem__(key, value)


def _plain(value: Any) -> Any:
    match value:
        case Counted():
            return value.view(np.ndarray)
        case tuple() | list():
            return type(value)(map(_plain, value))
        case dict():
            return {k: _plain(v) for k, v in value.items()}
    return value


class _NumPy:
    """NumPy, but for arrays that count."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if name not in _CREATED:
            return found
        return lambda *args, **kwargs: _made(found(*_plain(args), **kwargs))


def _made(array: Any) -> Any:
    Counted.made.append(array.size)
    return array.view(Counted)


def instrumented(function: Function) -> Function:
    """A function of a module, and those that it calls there, with arrays that count."""
    names = dict(function.__globals__)
    names["np"] = _NumPy()
    for name, value in names.items():
        if isinstance(value, types.FunctionType) and value.__globals__ is function.__globals__:
            names[name] = types.FunctionType(value.__code__, names, name, value.__defaults__)
    found: Function = names[function.__name__]
    return found


def of_text(text: str) -> Function:
    """The last function of an emitted text, not compiled by Numba, with arrays that count."""
    compiled = {name: getattr(f, "py_func", f) for name, f in vars(jitted).items()}
    names: dict[str, Any] = {**compiled, **HELPERS, "np": _NumPy()}
    exec(compile(_IMPORTS.sub("", text), "<emitted>", "exec"), names)
    return instrumented(names[re.findall(r"^def (\w+)", text, re.MULTILINE)[-1]])


def work(function: Function, args: tuple[Any, ...]) -> int:
    """Lines executed in the file of a function and in helpers that it calls, and elements touched.

    ``Counted.made`` are the arrays that were made, afterwards.
    """
    lines = 0
    files = (function.__code__.co_filename, runtime.__file__)

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace if frame.f_code.co_filename in files else None

    given = _counted(args)
    Counted.touched = 0
    Counted.made.clear()
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*given)
    finally:
        sys.settrace(before)
    return lines + Counted.touched


def _counted(args: tuple[Any, ...]) -> tuple[Any, ...]:
    view = lambda a: a.copy().view(Counted) if isinstance(a, np.ndarray) else a
    return tuple(tree.mapped(view, a) for a in args)


def memory(function: Function, args: tuple[Any, ...]) -> int:
    """The largest number of bytes that a call holds at once: the least of some calls, for what other
    threads of the process allocate meanwhile is counted as well. Of what Python keeps ready for small
    objects some is counted, whatever the size."""
    return KEPT_READY + min(_peak(function, args) for _ in range(3))


def _peak(function: Function, args: tuple[Any, ...]) -> int:
    tracemalloc.start()
    try:
        function(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
