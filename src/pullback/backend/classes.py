"""Classes of the user's that generated code makes instances of, raises or catches, and objects that it
calls: their names, and how they are imported."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pullback.backend.text import free_name, identifier
from pullback.ir import exceptions
from pullback.ir.core import Func, Op, walk
from pullback.ir.outside import Made, Ref, imported_from
from pullback.tree import classes as tree_classes


def class_names(funcs: Sequence[Func], reserved: Collection[str]) -> dict[Any, str]:
    """A name for each class that results and arguments of calls are made of, or that is an exception,
    and for each object that is called as it is (by its ``Ref``)."""
    names: dict[Any, str] = {}
    for cls in (cls for func in funcs for cls in _classes_in(func)):
        if cls not in names:
            name = identifier(cls.__name__, "Record")
            names[cls] = free_name(name, {*reserved, *names.values()})
    for ref in (ref for func in funcs for op in walk(func.block) for ref in refs_in(op)):
        if ref not in names and not is_builtin(ref.value):
            names[ref] = free_name(identifier(ref.name, "f"), {*reserved, *names.values()})
    return names


def refs_in(op: Op) -> Iterator[Ref]:
    """The objects that an op refers to."""
    if "target" in op.params and op.params["target"] is not None and op.params["mode"] != "compare":
        yield op.params["target"]
    yield from _refs([form for _, form in op.params.get("arguments", ()) if not isinstance(form, str)])


def _refs(form: Any) -> Iterator[Ref]:
    if isinstance(form, Made):
        yield form.maker
        yield from _refs(form.values)
    elif isinstance(form, Ref):
        yield form
    elif isinstance(form, tuple | list | dict):
        for part in form.values() if isinstance(form, dict) else form:
            yield from _refs(part)


def is_builtin(value: Any) -> bool:
    """Whether a name of Python's own means an object."""
    name = getattr(value, "__name__", None)
    return isinstance(value, bytes) or (isinstance(name, str) and vars(builtins).get(name) is value)


def _classes_in(func: Func) -> Iterator[type]:
    for tree in (func.returns, *(t for _, t in func.arguments or ())):
        yield from tree_classes(tree)
    for op in walk(func.block):
        yield from (exceptions.class_of(n) for n in exceptions.named_by(op) if not spelled_alike(n))


def spelled_alike(name: str) -> bool:
    """Whether an exception has the same name in the text: one of Python's or NumPy's own."""
    return name.startswith("np.") or exceptions.is_builtin(exceptions.class_of(name))


def class_lines(classes: Mapping[Any, str]) -> list[str]:
    """Imports of the classes and objects; those that no import finds are named in a comment."""
    modules: dict[str, list[str]] = {}
    others = []
    for key, name in classes.items():
        held = key.value if isinstance(key, Ref) else key
        met = (key.name, key.module) if isinstance(key, Ref) else ()
        place = imported_from(held, *met)
        if place is not None:
            module, found = place
            renamed = "" if name == found else f" as {name}"
            modules.setdefault(module, []).append(found + renamed)
        elif isinstance(held, type):
            others.append(f"# {name} is the class {held.__module__}.{held.__qualname__}")
        else:
            others.append(f"# {name} is an object of class {type(held).__qualname__}, from outside")
    imports = [f"from {m} import {', '.join(sorted(names))}" for m, names in modules.items()]
    return sorted(imports) + sorted(others)
