"""Classes of the user's that generated code makes instances of, raises or catches: their names, and how
they are imported."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence

from pullback.backend.text import free_name, identifier
from pullback.ir import exceptions
from pullback.ir.core import Func, walk
from pullback.tree import classes as tree_classes


def class_names(funcs: Sequence[Func], reserved: Collection[str]) -> dict[type, str]:
    """A name for each class that results and arguments of calls are made of, or that is an exception."""
    names: dict[type, str] = {}
    for cls in (cls for func in funcs for cls in _classes_in(func)):
        if cls not in names:
            name = identifier(cls.__name__, "Record")
            names[cls] = free_name(name, {*reserved, *names.values()})
    return names


def _classes_in(func: Func) -> Iterator[type]:
    for tree in (func.returns, *(t for _, t in func.arguments or ())):
        yield from tree_classes(tree)
    for op in walk(func.block):
        yield from (exceptions.class_of(n) for n in exceptions.named_by(op) if not spelled_alike(n))


def spelled_alike(name: str) -> bool:
    """Whether an exception has the same name in the text: one of Python's or NumPy's own."""
    return name.startswith("np.") or exceptions.is_builtin(exceptions.class_of(name))


def class_lines(classes: Mapping[type, str]) -> list[str]:
    """Imports of the classes; those that no import finds are named in a comment."""
    modules: dict[str, list[str]] = {}
    others = []
    for cls, name in classes.items():
        if is_importable(cls):
            renamed = "" if name == cls.__qualname__ else f" as {name}"
            modules.setdefault(cls.__module__, []).append(cls.__qualname__ + renamed)
        else:
            others.append(f"# {name} is the class {cls.__module__}.{cls.__qualname__}")
    imports = [f"from {m} import {', '.join(sorted(names))}" for m, names in modules.items()]
    return sorted(imports) + sorted(others)


def is_importable(cls: type) -> bool:
    """Whether an import finds this class under its name."""
    module = sys.modules.get(cls.__module__)
    return module is not None and vars(module).get(cls.__qualname__) is cls
