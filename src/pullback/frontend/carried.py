"""The text of functions that are pickled by value: it travels with them.

cloudpickle sends the byte code of functions of ``__main__``, of notebooks and of those defined inside
others. Where they arrive, their file may be missing or be another one. So a derivative carries the
texts of such functions, and ``frontend.source`` looks there last.
"""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterator
from typing import Any

from pullback.errors import PullbackError
from pullback.frontend.source import PICKLED, code_tree, find_source


def texts_of(function: types.FunctionType) -> list[tuple[str, str]]:
    """Files of a function, and of those that it names, with their texts, as far as they go by value."""
    texts: dict[tuple[str, str], None] = {}
    seen: set[int] = set()
    todo: list[Any] = [function]
    while todo:
        found = todo.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, type):
            todo += [f for f in map(plain_function, vars(found).values()) if f is not None]
        elif isinstance(found, types.FunctionType) and goes_by_value(found):
            todo += named_by(found)
            with contextlib.suppress(PullbackError):
                source = find_source(found)
                texts[source.file.partition(PICKLED)[0], source.text] = None
    return list(texts)


def goes_by_value(function: types.FunctionType) -> bool:
    """Whether a pickle of a function holds its code: no import would find it."""
    module = sys.modules.get(function.__module__)
    if module is None or function.__module__ == "__main__" or pickled_by_value(function.__module__):
        return True
    found: Any = module
    for part in function.__qualname__.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return plain_function(found) is not function


def pickled_by_value(module: str) -> bool:
    """Whether cloudpickle has been told to send a module, or a package around it, by value."""
    cloudpickle = sys.modules.get("cloudpickle")
    registered = cloudpickle.list_registry_pickle_by_value() if cloudpickle is not None else ()
    return any(module == name or module.startswith(f"{name}.") for name in registered)


def named_by(function: types.FunctionType) -> Iterator[Any]:
    """The functions and classes that a function reads from its globals and cells."""
    names = {name for code in code_tree(function.__code__) for name in code.co_names}
    held = [function.__globals__.get(name) for name in names]
    for cell in function.__closure__ or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:
            continue
    for value in held:
        if (found := value if isinstance(value, type) else plain_function(value)) is not None:
            yield found


def plain_function(value: Any) -> types.FunctionType | None:
    """The Python function that an object is or stands for, if any."""
    while hasattr(type(value), "__pullback_derived__"):
        value = value.primal
    value = getattr(value, "__func__", value) if isinstance(value, staticmethod | classmethod) else value
    value = value.fget if isinstance(value, property) else value
    return value if isinstance(value, types.FunctionType) else None
