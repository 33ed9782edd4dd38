"""``import`` inside functions: the module is imported here, and guarded like other modules."""

from __future__ import annotations

import ast
import importlib
import sys
from typing import Any

from pullback import refusals
from pullback.frontend import exprs
from pullback.frontend.desugar import Imported
from pullback.frontend.frame import Frame
from pullback.frontend.guards import Guard, Source
from pullback.frontend.lowering import handles
from pullback.frontend.values import Static, Value


@handles(Imported)
def imported(frame: Frame, node: Imported) -> Value:
    """A module, or what of it is imported by its name."""
    name = _absolute(frame, node)
    held = _loaded(frame, node, name)
    if node.member is None:
        return held
    if not hasattr(held.value, node.member):  # a submodule that nobody has imported so far
        return _loaded(frame, node, f"{name}.{node.member}", ImportError)
    place = ast.copy_location(ast.Attribute(ast.Name(name, ast.Load()), node.member, ast.Load()), node)
    return exprs.module_attribute(frame, place, held.value)


def _absolute(frame: Frame, node: Imported) -> str:
    """The name of a module as ``sys.modules`` has it."""
    if not node.level:
        return node.module
    assert frame.python is not None
    package = frame.python.__globals__.get("__package__") or ""
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [node.module])])


def _loaded(
    frame: Frame, node: Imported, name: str, raised: type[ImportError] = ModuleNotFoundError
) -> Static:
    """A module by its name in ``sys.modules``; ``raised`` is what Python raises where there is none."""
    source = Source(sys.modules, name)
    try:
        importlib.import_module(name)
    except Exception as error:
        if isinstance(error, ImportError):
            frame.session.guards[source.identity()] = Guard(source, "absent", None)
            missing = isinstance(error, ModuleNotFoundError)
            frame.raises_if_caught(raised if missing else ImportError, str(error))
        frame.reject(refusals.IMPORT_FAILS, node, name=name, error=error)
    held = frame.outside.value(source, name)
    if not isinstance(held, Static):
        frame.reject(refusals.IMPORT_FAILS, node, name=name, error=f"it is a {_kind(source.read())}")
    return held


def _kind(found: Any) -> str:
    return type(found).__name__
