"""Loops, ``match`` and ``import`` in simpler words: ``else`` becomes a flag, cases a chain of ``if``.

    for i in r: ..; break ..        broke = False
    else: E                         for i in r: ..; broke = True; break ..
                                    if broke: pass
                                    else: E

    while (v := f()) < c: ..        while True:
                                        if not (v := f()) < c: break
                                        ..

    match f():                      subject = f()
        case [a, b] if a < b: ..    if <subject is like [a, b]> and a < b: ..
        case _: ..                  elif <subject is like _>: ..

    [l.append(v) for v in x]        for v in x: l.append(v)

    from numpy import linalg as la  la = <linalg of numpy>

Names of flags begin with ``%``, which no name of the user does. Syntax trees belong to the files that
they were read from, so what changes is a copy.
"""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

FLAG, SUBJECT = "%broke", "%subject"
Loop = ast.For | ast.While
Definition = TypeVar("Definition", bound=ast.AST)
N = TypeVar("N", bound=ast.AST)


@lru_cache(maxsize=256)
def desugared(node: Definition) -> Definition:
    """A function in simpler words; the same node where it is so already."""
    if not any(_is_sugar(n) for n in ast.walk(node)):
        return node
    changed: Definition = _Simpler().visit(copy.deepcopy(node))
    return changed


def _is_sugar(node: ast.AST) -> bool:
    if isinstance(node, ast.Match | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.ListComp)
    return isinstance(node, Loop) and bool(node.orelse or _assigns(node))


def _assigns(node: Loop) -> bool:
    return isinstance(node, ast.While) and any(isinstance(n, ast.NamedExpr) for n in ast.walk(node.test))


def nested(
    node: ast.AST, generators: Sequence[ast.comprehension], first: ast.expr, body: list[ast.stmt],
    left: bool = False,
) -> list[ast.stmt]:  # fmt: skip
    """The loops and conditions of a comprehension around what is done for each element.

    ``left`` says that the body may leave the innermost loop by ``break``: then all are left.
    """
    for k, g in reversed(list(enumerate(generators))):
        for test in reversed(g.ifs):
            body = [_at(test, ast.If(test, body, []))]
        onward: list[ast.stmt] = [ast.Continue()] if k and left else []
        loop = ast.For(g.target, g.iter if k else first, body, onward)
        body = [_at(node, loop), *([ast.Break()] if k and left else [])]
    return body


def simpler(block: list[ast.stmt], flag: str) -> list[ast.stmt]:
    """The same statements with loops in simpler words; names of flags begin with ``flag``."""
    return _Simpler(flag).stmts(copy.deepcopy(block))


class Own(ast.AST):
    """A node that Python has not, whose class takes arguments: copies are made without calling it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return self.__new__, (type(self),), self.__dict__


class Matches(Own, ast.expr):
    """Whether a ``subject`` is like a ``pattern``; if so, ``captures`` are bound to parts of it."""

    _fields = ("subject", "pattern", "captures")

    def __init__(self, subject: ast.Name, pattern: ast.pattern, captures: list[ast.Name]) -> None:
        super().__init__()
        self.subject = subject
        self.pattern = pattern
        self.captures = captures


class Imported(Own, ast.expr):
    """A module, ``level`` packages up (0 for absolute names), or what it has by the name ``member``."""

    def __init__(self, module: str, level: int = 0, member: str | None = None) -> None:
        super().__init__()
        self.module = module
        self.level = level
        self.member = member


class Elsewhere(Own, ast.expr):
    """A name as a Python function reads it from outside of itself."""

    def __init__(self, name: str, python: types.FunctionType) -> None:
        super().__init__()
        self.id = name
        self.python = python


class Suspended(ast.stmt):
    """Statements whose exits wait: names for the ``ways`` they go are set, and control goes on.

    They stand in code of generators, ``around`` which is code of those.
    """

    _fields = ("body", "ways")

    def __init__(
        self, body: list[ast.stmt], ways: list[ast.Name], around: tuple[object, ...]
    ) -> None:
        super().__init__()
        self.body = body
        self.ways = ways
        self.around = around


class Resumed(ast.stmt):
    """Control goes on where ``Suspended`` statements sent it."""

    _fields = ("ways",)

    def __init__(self, ways: list[ast.Name]) -> None:
        super().__init__()
        self.ways = ways


class Called(ast.stmt):
    """A ``call`` of a ``target``, with what it takes ``first`` and other ``args``, names and constants,
    the last of which go to ``keywords``; what it returns goes to the name ``result``."""

    _fields = ("args", "result")

    def __init__(
        self, call: ast.Call, target: Any, first: list[Any], args: list[ast.expr], keywords: list[str],
        result: ast.Name,
    ) -> None:  # fmt: skip
        super().__init__()
        self.call = call
        self.target = target
        self.first = first
        self.args = args
        self.keywords = keywords
        self.result = result


class Entered(ast.Try):
    """A ``try`` whose ``finally`` is another one where it fails: ``failing``, with the error by a name.

    ``told`` says that what is done there shows.
    """

    _fields = (*ast.Try._fields, "failing")

    def __init__(
        self, body: list[ast.stmt], final: list[ast.stmt], failing: list[ast.stmt], error: str,
        told: bool,
    ) -> None:  # fmt: skip
        super().__init__(body, [], [], final)
        self.failing = failing
        self.error = error
        self.told = told


class _Simpler(ast.NodeTransformer):
    """``flags`` are those of the loops around, innermost last; None for loops without ``else``."""

    def __init__(self, name: str = FLAG) -> None:
        self.flags: list[str | None] = []
        self.name = name
        self.count = 0

    def visit_For(self, node: ast.For) -> list[ast.stmt]:
        return self.loop(node)

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        return self.loop(node)

    def loop(self, node: Loop) -> list[ast.stmt]:
        self.flags.append(self.flag() if node.orelse and _breaks(node.body) else None)
        node.body = self.stmts(node.body)
        flag = self.flags.pop()
        orelse, node.orelse = self.stmts(node.orelse), []
        if isinstance(node, ast.While) and _assigns(node):
            done = _at(node.test, ast.UnaryOp(ast.Not(), node.test))
            leave = _at(node.test, ast.If(done, [_at(node, ast.Break())], []))
            node.test, node.body = _at(node.test, ast.Constant(True)), [leave, *node.body]
        if flag is None:
            return [node, *orelse]
        test = _at(orelse[0], ast.Name(flag, ast.Load()))
        behind = _at(orelse[0], ast.If(test, [_at(orelse[0], ast.Pass())], orelse))
        return [_set(node, flag, False), node, behind]

    def visit_Match(self, node: ast.Match) -> list[ast.stmt]:
        self.count += 1
        name = f"{SUBJECT}{self.count}"
        chain: list[ast.stmt] = []
        for case in reversed(node.cases):
            test: ast.expr = _matches(name, case.pattern)
            if case.guard is not None:
                test = _at(case.pattern, ast.BoolOp(ast.And(), [test, case.guard]))
            chain = [_at(case.pattern, ast.If(test, self.stmts(case.body), chain))]
        subject = _at(node.subject, ast.Name(name, ast.Store()))
        return [_at(node.subject, ast.Assign([subject], node.subject)), *chain]

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        return [s for a in node.names for s in _imports(node, a)]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        return [
            _bound(node, a.asname or a.name, Imported(node.module or "", node.level, a.name))
            for a in node.names
        ]

    def visit_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        """A list that nobody looks at need not be made."""
        if not isinstance(node.value, ast.ListComp):
            return [node]
        element, generators = node.value.elt, node.value.generators
        done = _at(element, ast.Expr(element))
        return nested(node, generators, generators[0].iter, [done])

    def stmts(self, body: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for s in body:
            new = self.visit(s)
            found += new if isinstance(new, list) else [new]
        return found

    def flag(self) -> str:
        self.count += 1
        return f"{self.name}{self.count}"

    def visit_Break(self, node: ast.Break) -> list[ast.stmt]:
        flag = self.flags[-1]
        return [node] if flag is None else [_set(node, flag, True), node]


def _matches(name: str, pattern: ast.pattern) -> Matches:
    names = [
        getattr(n, "name", None) or getattr(n, "rest", None)
        for n in ast.walk(pattern)
        if isinstance(n, ast.MatchAs | ast.MatchStar | ast.MatchMapping)
    ]
    captures = [_at(pattern, ast.Name(n, ast.Store())) for n in names if n is not None]
    return _at(pattern, Matches(_at(pattern, ast.Name(name, ast.Load())), pattern, captures))


def _breaks(body: list[ast.stmt]) -> bool:
    """Whether a ``break`` in these statements leaves the loop that they are the body of."""
    todo: list[ast.AST] = list(body)
    while todo:
        n = todo.pop()
        if isinstance(n, ast.Break):
            return True
        if isinstance(n, Loop):
            todo += n.orelse
        elif not isinstance(n, ast.FunctionDef | ast.Lambda):
            todo += ast.iter_child_nodes(n)
    return False


def _imports(node: ast.Import, a: ast.alias) -> list[ast.stmt]:
    """``import a.b`` binds ``a``, ``import a.b as c`` the submodule."""
    if a.asname is not None:
        return [_bound(node, a.asname, Imported(a.name))]
    package, *inner = a.name.split(".")
    loaded: list[ast.stmt] = [_at(node, ast.Expr(_at(node, Imported(a.name))))] if inner else []
    return [*loaded, _bound(node, package, Imported(package))]


def _bound(place: ast.AST, name: str, value: ast.expr) -> ast.stmt:
    return _at(place, ast.Assign([_at(place, ast.Name(name, ast.Store()))], _at(place, value)))


def _set(place: ast.AST, flag: str, value: bool) -> ast.stmt:
    target = _at(place, ast.Name(flag, ast.Store()))
    return _at(place, ast.Assign([target], _at(place, ast.Constant(value))))


def _at(place: ast.AST, new: N) -> N:
    return ast.copy_location(new, place)


__all__ = [
    "FLAG", "Called", "Elsewhere", "Entered", "Imported", "Matches", "Resumed", "Suspended", "desugared",
    "simpler",
]  # fmt: skip
