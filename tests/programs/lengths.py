"""How long the programs of the corpus are, counted with the functions and classes that they use."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterator
from pathlib import Path

from tests.programs.registry import PROGRAMS, Program

Definition = ast.FunctionDef | ast.ClassDef


def whole_algorithms() -> list[Program]:
    """The programs of the modules that hold such."""
    return [p for p in PROGRAMS.values() if p.group.startswith("real_") or p.group == "objects_real"]


def lines(program: Program) -> int:
    """The lines of a program and of what its module defines for it; empty ones do not count."""
    path = Path(inspect.getfile(program.function))
    text, known = path.read_text().splitlines(), definitions(path)
    found: dict[str, Definition] = {}
    wanted = [program.function.__name__]
    while wanted:
        name = wanted.pop()
        if name in known and name not in found:
            found[name] = known[name]
            wanted += uses(known[name])
    spans = (text[d.lineno - 1 : d.end_lineno] for d in found.values())
    return sum(bool(line.strip()) for span in spans for line in span)


@functools.cache
def definitions(path: Path) -> dict[str, Definition]:
    """The functions and classes of a module by their names."""
    body = ast.parse(path.read_text()).body
    return {d.name: d for d in body if isinstance(d, ast.FunctionDef | ast.ClassDef)}


def uses(definition: Definition) -> Iterator[str]:
    """The names in a definition, without decorators: they draw the arguments."""
    if isinstance(definition, ast.ClassDef):
        yield from (base.id for base in definition.bases if isinstance(base, ast.Name))
    for node in (n for statement in definition.body for n in ast.walk(statement)):
        if isinstance(node, ast.Name):
            yield node.id
