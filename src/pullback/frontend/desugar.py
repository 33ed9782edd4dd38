"""Loops and ``match`` in simpler words: ``else`` becomes a flag, cases become a chain of ``if``.

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

Names of flags begin with ``%``, which no name of the user does. Syntax trees belong to the files that
they were read from, so what changes is a copy.
"""

from __future__ import annotations

import ast
import copy
from functools import lru_cache
from typing import TypeVar

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
    if isinstance(node, ast.Match):
        return True
    return isinstance(node, Loop) and bool(node.orelse or _assigns(node))


def _assigns(node: Loop) -> bool:
    return isinstance(node, ast.While) and any(isinstance(n, ast.NamedExpr) for n in ast.walk(node.test))


def simpler(block: list[ast.stmt], flag: str) -> list[ast.stmt]:
    """The same statements with loops in simpler words; names of flags begin with ``flag``."""
    return _Simpler(flag).stmts(copy.deepcopy(block))


class Matches(ast.expr):
    """Whether a ``subject`` is like a ``pattern``; if so, ``captures`` are bound to parts of it."""

    _fields = ("subject", "pattern", "captures")

    def __init__(self, subject: ast.Name, pattern: ast.pattern, captures: list[ast.Name]) -> None:
        super().__init__()
        self.subject = subject
        self.pattern = pattern
        self.captures = captures


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


def _set(place: ast.AST, flag: str, value: bool) -> ast.stmt:
    target = _at(place, ast.Name(flag, ast.Store()))
    return _at(place, ast.Assign([target], _at(place, ast.Constant(value))))


def _at(place: ast.AST, new: N) -> N:
    return ast.copy_location(new, place)


__all__ = ["FLAG", "Matches", "desugared", "simpler"]
