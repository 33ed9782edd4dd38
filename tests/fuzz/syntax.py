"""Syntax trees for rewriting: made of text, and asked for their names, blocks and values."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Block = list[ast.stmt]
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
INNER = ast.FunctionDef | ast.Lambda | ast.ClassDef | COMPREHENSIONS


# ---- text to syntax trees


def statements(text: str, **parts: ast.expr | Sequence[ast.stmt]) -> Block:
    """The statements of a text, in which names of parts stand for expressions, or for blocks."""
    return _Filled(parts).visit(ast.parse(text)).body


def expression(text: str, **parts: ast.expr) -> ast.expr:
    """The expression of a text, in which names of parts stand for others."""
    (only,) = statements(text, **parts)
    assert isinstance(only, ast.Expr)
    return only.value


class _Filled(ast.NodeTransformer):
    """Puts copies of expressions, and blocks themselves, where their names stand."""

    def __init__(self, parts: dict[str, Any]) -> None:
        self.parts = parts

    def visit_Expr(self, node: ast.Expr) -> Any:
        if isinstance(node.value, ast.Name) and isinstance(self.parts.get(node.value.id), list):
            return self.parts[node.value.id]
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.parts:
            return node
        new = copy.deepcopy(self.parts[node.id])
        return with_context(new, node.ctx) if hasattr(new, "ctx") else new


def with_context(node: ast.expr, context: ast.expr_context) -> ast.expr:
    """An expression that is read, as a target, or the other way round."""
    node = copy.deepcopy(node)
    for inner in [node, *getattr(node, "elts", ())]:
        if hasattr(inner, "ctx"):
            inner.ctx = context
    return node


# ---- what is in a function


def own(nodes: ast.AST | Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of a scope; of functions and comprehensions inside of it only they themselves."""
    todo = [nodes] if isinstance(nodes, ast.AST) else list(nodes)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, INNER):
            todo += ast.iter_child_nodes(node)


def has(nodes: ast.AST | Iterable[ast.AST], *kinds: type[ast.AST]) -> bool:
    """Whether there is a node of some kinds in a scope."""
    return any(isinstance(n, kinds) for n in own(nodes))


def parameters(function: ast.FunctionDef | ast.Lambda) -> list[str]:
    """The names of a function's parameters."""
    a = function.args
    stars = [s for s in (a.vararg, a.kwarg) if s is not None]
    return [x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs, *stars)]


def bound(nodes: ast.AST | Iterable[ast.AST]) -> list[str]:
    """The names that nodes of a scope bind, in some fixed order."""
    found: dict[str, None] = {}
    for node in own(nodes):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found[name] = None
            case (
                ast.FunctionDef(name=str(name)) | ast.ClassDef(name=str(name))
                | ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):  # fmt: skip
                found[name] = None
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found.update({n.asname or n.name.partition(".")[0]: None for n in names})
    return sorted(found)


def mentioned(nodes: Iterable[ast.AST]) -> list[str]:
    """The names in nodes and in all functions within."""
    return sorted({n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)})


def outer(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that nodes of a scope declare to be of another one."""
    return {x for n in own(nodes) if isinstance(n, ast.Nonlocal | ast.Global) for x in n.names}


def blocks(function: ast.FunctionDef) -> list[tuple[Block, bool]]:
    """All blocks of a function's own statements, and whether each is in a loop."""
    found: list[tuple[Block, bool]] = []

    def enter(block: Block, in_loop: bool) -> None:
        found.append((block, in_loop))
        for s in block:
            for inner in inner_blocks(s):
                enter(inner, in_loop or (isinstance(s, ast.For | ast.While) and inner is s.body))

    enter(function.body, False)
    return found


def inner_blocks(statement: ast.stmt) -> list[Block]:
    """The blocks of a statement that belong to the same function."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return []
    parts = (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
    found = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    return [b for b in [*found, *(part.body for part in parts)] if b]


READ = (
    ast.BinOp | ast.Call | ast.Name | ast.Subscript | ast.Attribute | ast.UnaryOp | ast.List | ast.Tuple
    | ast.Compare | ast.IfExp | ast.Dict | ast.ListComp
)  # fmt: skip
NO_VALUES_IN = ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.JoinedStr | ast.arguments
NOT_VALUES = ("annotation", "returns", "decorator_list", "keywords", "pattern", "format_spec")


def values(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions in a node that another one of the same value may stand for."""
    for name, field in ast.iter_fields(node):
        for child in field if isinstance(field, list) else [field]:
            if name in NOT_VALUES or not isinstance(child, ast.AST):
                continue
            if isinstance(child, NO_VALUES_IN):
                continue
            if isinstance(child, READ) and _may_change(child, node, name):
                yield child
            yield from values(child)


def _may_change(child: ast.expr, parent: ast.AST, field: str) -> bool:
    read = isinstance(getattr(child, "ctx", ast.Load()), ast.Load)
    method = isinstance(parent, ast.Call) and field == "func" and isinstance(child, ast.Attribute)
    indices = isinstance(parent, ast.Subscript) and field == "slice" and isinstance(child, ast.Tuple)
    bare = isinstance(child, ast.Name) and child.id in ("np", "math", "super")
    parent_class = isinstance(child, ast.Call) and ast.unparse(child.func) == "super"
    odd = has(child, ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Starred, ast.Slice)
    return read and not (method or indices or bare or parent_class or odd)
