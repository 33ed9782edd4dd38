"""Make a failing program small: fewer statements, and parts of expressions for the whole."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

ROUNDS = 2000


def smallest(text: str, fails: Callable[[str], bool]) -> str:
    """The text after all simplifications under which it still fails."""
    tried = 0
    changed = True
    while changed and tried < ROUNDS:
        changed = False
        for candidate in candidates(text):
            tried += 1
            if fails(candidate):
                text, changed = candidate, True
                break
    return text


def candidates(text: str) -> Iterator[str]:
    """Simpler texts: first fewer statements, then smaller expressions."""
    tree = ast.parse(text)
    for change in (_without_statement, _with_smaller):
        places = [k for k, node in enumerate(ast.walk(tree)) if not isinstance(node, ast.Module)]
        for k in places:
            yield from _changed(tree, k, change)


def _changed(
    tree: ast.Module, place: int, change: Callable[[ast.Module, ast.AST], Iterator[ast.Module]]
) -> Iterator[str]:
    node = list(ast.walk(tree))[place]
    for new in change(tree, node):
        text = ast.unparse(ast.fix_missing_locations(new)) + "\n"
        if len(text) < len(ast.unparse(tree)) + 1:
            yield text


def _without_statement(tree: ast.Module, node: ast.AST) -> Iterator[ast.Module]:
    """Without a statement, or with what is in it instead."""
    if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.Import):
        yield _replaced(tree, node, [])
        for name in ("body", "orelse"):
            if inner := getattr(node, name, None):
                yield _replaced(tree, node, inner)
        if isinstance(node, ast.If) and node.orelse:
            yield _replaced(tree, node, [ast.If(node.test, node.body, [])])


def _with_smaller(tree: ast.Module, node: ast.AST) -> Iterator[ast.Module]:
    """With a part of an expression for all of it, or a number."""
    if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        parts = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
        parts = parts[1:] if isinstance(node, ast.Call) else parts
        if node not in _functions(tree):
            for part in [*parts, ast.Constant(0.5)]:
                yield _replaced(tree, node, part)


def _functions(tree: ast.Module) -> list[ast.expr]:
    """What is called, which no number can stand for."""
    return [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _replaced(tree: ast.Module, old: ast.AST, new: ast.AST | list[ast.stmt]) -> ast.Module:
    """A copy of the tree with a node put for another."""
    memo = {id(old): _Marker()}
    marked = copy.deepcopy(tree, memo)
    filled = _Fill(new).visit(marked)
    assert isinstance(filled, ast.Module)
    return filled


class _Marker(ast.Pass):
    """Stands where a node is replaced."""


class _Fill(ast.NodeTransformer):
    """Puts a node, or statements, in the place of the marker; a block is never empty."""

    def __init__(self, new: ast.AST | list[ast.stmt]) -> None:
        self.new = new

    def visit__Marker(self, node: _Marker) -> ast.AST | list[ast.stmt]:
        return copy.deepcopy(self.new)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.If | ast.For | ast.While) and not node.body:
            node.body = [ast.Pass()]
        return node
