"""The NumPy backend: functions of the IR as the text of a Python module.

Ops that write are printed as updates in place: a pass before this one has put copies where the old
version is still read. What the statements are is decided by ``plan``, ``nest`` and ``naming``, what they
look like by ``function``, ``exprs``, ``syntax`` and ``updates``.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pullback.backend import syntax as _syntax  # noqa: F401  (fills the table of handlers)
from pullback.backend.classes import class_lines, class_names
from pullback.backend.exprs import Module
from pullback.backend.function import ERROR, Function, Line
from pullback.backend.runtime import HELPERS
from pullback.backend.text import WIDTH, free_name, identifier
from pullback.errors import Loc
from pullback.ir.core import PRIMS, Func, Var, reachable, walk
from pullback.ir.outside import Ref

_FUNCTIONS = """
    abs ascii bool complex float int isinstance iter len list next print range repr reversed set slice
    str tuple
"""
RESERVED = frozenset(
    (
        *keyword.kwlist, "_", ERROR, "np", "math", "cmath", "scipy", "random", "logging", "warnings",
        *_FUNCTIONS.split(), *HELPERS,
        *(n for n in dir(builtins) if n.endswith(("Error", "Exception", "Warning", "Iteration"))),
    )
)  # fmt: skip


class Decoration(NamedTuple):
    """What functions that are compiled get: a line that imports the decorator, which stands before each,
    the room that they import helpers from, and the decorator of those that divide ``by_numpy``."""

    line: str
    decorator: str
    helpers: str
    by_numpy: str = ""


NO_DECORATION = Decoration("", "", "pullback.backend.runtime")


@dataclass
class Emitted:
    """A module's text: its entry function, the helpers it uses, and the user's places of each line.

    The first place of a line is that of its statement, the others of values computed in it. ``parts``
    are expressions in lines, each with its place, ``nones`` the places of functions that set what is
    undefined to None.
    """

    text: str
    entry: str
    helpers: tuple[str, ...]
    lines: dict[int, tuple[Loc, ...]]
    classes: dict[str, Any] = field(default_factory=dict)
    parts: dict[int, tuple[tuple[str, Loc], ...]] = field(default_factory=dict)
    nones: tuple[Loc | None, ...] = ()

    def place(self, line: int, expression: str) -> Loc | None:
        """The user's place of an expression in a line, or of its statement."""
        found = dict(self.parts.get(line, ())).get(expression)
        return found or next(iter(self.lines.get(line, ())), None)


def emit_numpy(
    main: Func, standalone: bool = False, header: str = "",
    decoration: Decoration = NO_DECORATION, beside: Sequence[Func] = (),
    by_numpy: Collection[Func] = (), wide: Container[Var] = (),
) -> Emitted:  # fmt: skip
    """The text of a function and of all that it calls, callees first.

    Functions to stand ``beside`` it come before it, with what they call.
    With ``standalone`` the helpers' own source stands in the text, which then imports NumPy only.
    ``decoration`` is what functions that are compiled get, ``wide`` their integers of more than 64 bits.
    """
    funcs = list(dict.fromkeys(f for root in (*beside, main) for f in reachable(root)))
    taken = RESERVED | _modules(funcs)
    functions = _function_names(funcs, taken)
    classes = class_names(funcs, {*taken, *functions.values()})
    module = Module(functions, classes, typed=bool(decoration.decorator), wide=wide)
    bare = (p.path for p in PRIMS.values() if "." not in p.path)
    reserved = taken.union(module.functions.values(), module.classes.values(), bare)
    printed = [Function(f, module, reserved).run() for f in funcs]
    decorators = [decoration.by_numpy if f in by_numpy else decoration.decorator for f in funcs]
    used = "".join(line.text for f in printed for line in f)
    lines = [Line(line) for line in _head(module, standalone, header, used, decoration)]
    for body, decorator in zip(printed, decorators, strict=True):
        lines += [Line("")] * (2 if lines else 0)
        lines += [Line(decorator)] * bool(decorator) + body
    text = "".join(f"{line.text}\n" for line in lines)
    places = {k: line.places for k, line in enumerate(lines, 1) if line.places}
    parts = {k: line.parts for k, line in enumerate(lines, 1) if line.parts}
    held = {name: key.value if isinstance(key, Ref) else key for key, name in module.classes.items()}
    return Emitted(
        text, module.functions[main], tuple(module.helpers), places, held, parts, tuple(module.nones)
    )


def _modules(funcs: Sequence[Func]) -> frozenset[str]:
    """The modules from which functions are called."""
    ops = [op for f in funcs for op in walk(f.block)]
    performed = (op.params for op in ops if op.name == "perform")
    effects = frozenset(p["function"].partition(".")[0] for p in performed if not p["method"])
    return effects.union(op.prim.path.partition(".")[0] for op in ops if "." in op.prim.path)


def _function_names(funcs: Sequence[Func], reserved: frozenset[str]) -> dict[Func, str]:
    """A name for each function; the entry, which comes last, has the first choice."""
    names: dict[Func, str] = {}
    taken = set(reserved)
    for f in reversed(funcs):
        names[f] = free_name(identifier(f.name, "f"), taken)
        taken.add(names[f])
    return names


def _head(
    module: Module, standalone: bool, header: str, body: str, decoration: Decoration
) -> list[str]:
    """Comments and imports; blank lines and helpers if they are pasted."""
    lines = [h if h.startswith("#") or not h else f"# {h}" for h in header.splitlines()]
    pasted = [_source(name) for name in module.helpers] if standalone else []
    own = {m for m in module.imports if m in ("collections", "math")}
    others = [f"import {m}" for m in sorted({*module.imports} - own)]
    if "np." in body or any("np." in line for source in pasted for line in source):
        others.insert(0, "import numpy as np")
    others += [decoration.line] * bool(decoration.line)
    by_helpers = any("math." in line for source in pasted for line in source)
    imports = [f"import {m}" for m in sorted(own | ({"math"} if by_helpers else set()))]
    imports += [""] * bool(imports and others) + others
    imports += [""] * bool(imports and module.classes) + class_lines(module.classes)
    if module.helpers and not standalone:
        room = decoration.helpers
        one = f"from {room} import {', '.join(sorted(module.helpers))}"
        imports += [""] * bool(imports)
        imports += [one] if len(one) <= WIDTH else _import_lines(room, sorted(module.helpers))
    lines += [""] * bool(lines and imports) + imports
    for source in pasted:
        lines += ["", "", *source]
    return lines


def _import_lines(room: str, names: Sequence[str]) -> list[str]:
    return [f"from {room} import (", *(f"    {n}," for n in names), ")"]


def _source(name: str) -> list[str]:
    """The source of a helper, without annotations, whose names would need imports."""
    function = HELPERS[name]
    _, *rest = inspect.getsource(function).rstrip().split("\n")
    parameters = inspect.signature(function).parameters
    return [f"def {name}({', '.join(parameters)}):", *rest]
