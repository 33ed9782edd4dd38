"""Make a failing program small: fewer statements, and parts of expressions for the whole."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

ROUNDS = 8


def smallest(text: str, fails: Callable[[str], bool]) -> str:
    """The text after all simplifications under which it still fails."""
    for _ in range(ROUNDS):
        before = text
        for change in (_without_statement, _with_smaller):
            text = _pass(text, change, fails)
        if text == before:
            break
    return text


Change = Callable[[ast.Module, ast.AST], Iterator[ast.Module]]


def _pass(text: str, change: Change, fails: Callable[[str], bool]) -> str:
    """Try one sort of change at each node, outer ones first; go on where one succeeded."""
    place = 0
    while place < len(list(ast.walk(ast.parse(text)))):
        for candidate in _changed(text, place, change):
            if fails(candidate):
                text = candidate
                break
        else:
            place += 1
    return text


def _changed(text: str, place: int, change: Change) -> Iterator[str]:
    tree = ast.parse(text)
    node = list(ast.walk(tree))[place]
    whole = len(ast.unparse(tree))
    for new in change(tree, node):
        smaller = ast.unparse(ast.fix_missing_locations(new))
        if len(smaller) < whole:
            yield smaller + "\n"


def _without_statement(tree: ast.Module, node: ast.AST) -> Iterator[ast.Module]:
    """Without a statement, or with what is in it instead."""
    if not isinstance(node, ast.stmt) or isinstance(node, ast.Import):
        return
    if isinstance(node, ast.FunctionDef):
        if node.name != "f":
            yield _replaced(tree, node, [])
        return
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
        blocks = ast.If | ast.For | ast.While | ast.FunctionDef
        if isinstance(node, blocks) and not node.body:
            node.body = [ast.Pass()]
        return node
