"""The user's own text beside a derivative: the function, and others that the derivative comes from."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import FunctionType

from pullback.errors import Loc
from pullback.frontend.source import find_source


@dataclass(frozen=True)
class Original:
    """Lines of a file of the user's, from the number ``first`` on."""

    name: str
    file: str
    first: int
    lines: tuple[str, ...]

    def holds(self, loc: Loc) -> bool:
        return loc.file == self.file and self.first <= loc.line < self.first + len(self.lines)

    @property
    def where(self) -> str:
        """The file's name, as IR has it."""
        return Loc(self.file, self.first).short_file


def original(function: FunctionType) -> Original:
    """The text of a function; raises SourceError where it is gone or is not what runs."""
    source = find_source(function)
    return cut(source.name, source.file, source.text, source.node)


def completed(known: Iterable[Original], places: Iterable[Loc]) -> list[Original]:
    """What is known, then the functions around places that are not in it, in order of appearance."""
    found = list(known)
    for loc in places:
        if not any(o.holds(loc) for o in found):
            found += around(loc)
    return found


def around(loc: Loc) -> Iterator[Original]:
    """The outermost function that holds a place, else the statement."""
    text = "".join(linecache.getlines(loc.file))
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return
    node = enclosing(body, loc.line)
    if node is not None:
        yield cut(getattr(node, "name", ""), loc.file, text, node)


def enclosing(body: Iterable[ast.stmt], line: int) -> ast.stmt | None:
    """The statement at a line; of classes the one in them."""
    for node in body:
        if first_line(node) <= line <= (node.end_lineno or node.lineno):
            return enclosing(node.body, line) if isinstance(node, ast.ClassDef) else node
    return None


def first_line(node: ast.stmt | ast.Lambda) -> int:
    """Where a definition begins, its decorators among it."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def cut(name: str, file: str, text: str, node: ast.stmt | ast.Lambda) -> Original:
    """The whole lines of a node, moved to the left as far as they go."""
    first = first_line(node)
    lines = text.split("\n")[first - 1 : node.end_lineno]
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return Original(name, file, first, tuple(line[margin:] for line in lines))
