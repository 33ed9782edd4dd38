"""Python text in place of an expression: what has no syntax of its own is lowered as statements.

Names that such text uses for itself begin with "%%", so that they clash with none of the user's.
"""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Sequence
from functools import lru_cache

from pullback.frontend import conditions, stmts
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import Names, bound, extend, loads
from pullback.frontend.values import Env, Static, Value
from pullback.frontend.walking import shown
from pullback.ir.core import Const


def free(frame: Frame, name: str, ending: str = "") -> str:
    """A name like this that no expression around the one that is lowered has taken."""
    candidate = f"%%{name}"
    while candidate + ending in frame.env:
        candidate = f"%{candidate}"
    return candidate


def distinct(frame: Frame, hints: dict[str, str]) -> dict[str, str]:
    """Free names like these, each another."""
    names: dict[str, str] = {}
    for name, hint in hints.items():
        candidate = free(frame, hint)
        while candidate in names.values() or candidate in frame.env:
            candidate = f"%{candidate}"
        names[name] = candidate
    return names


def title(frame: Frame, node: ast.AST, otherwise: str = "") -> str:
    """What a value in the making is called: the name that it is assigned to, if any."""
    match frame.stmt:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is node:
            return shown(name)
    return otherwise


def run(frame: Frame, node: ast.AST, block: Sequence[ast.stmt], given: Env, wanted: str) -> Value:
    """Run statements in place of an expression, with ``given`` names; the value of a name after them."""
    around = frame.stmt
    live = loads(frame.node) if around is None else loads(around) | frame.liveness.live_after(around)
    enter(frame, node, block, live | {wanted})
    before = frozenset(frame.env)
    frame.env |= given
    frame.env.setdefault("%live", Const(True))
    stmts.run(frame, block)
    frame.stmt = around
    result = conditions.take(frame, wanted, node)
    _leave(frame, block, before)
    return result


def enter(frame: Frame, node: ast.AST, block: Sequence[ast.stmt], live: Names) -> None:
    """Make statements those of the function: each has a place in the source and what is live after."""
    for s in block:
        ast.fix_missing_locations(ast.copy_location(s, node) if not hasattr(s, "lineno") else s)
    extend(frame.liveness, block, live)


def _leave(frame: Frame, block: Sequence[ast.stmt], before: Names) -> None:
    """Forget the names that statements in place of an expression have for themselves; what was there
    before may be a name of a function whose statements stand here."""
    nodes = [n for s in block for n in ast.walk(s)]
    own = {n.id for n in nodes if isinstance(n, ast.Name) and n.id.startswith("%%")} - before
    own = own.union(*(bound(n.target) for n in nodes if isinstance(n, ast.For)))
    for name in frame.env.keys() & own:
        del frame.env[name]


def expand(
    frame: Frame, node: ast.AST, text: str, wanted: str, called: str | None = None,
    own: dict[str, str] | None = None, **given: Value,
) -> Value:  # fmt: skip
    """Run a piece of Python with names of its own; the value of one of them after it.

    ``own`` are names of it that stand for names of the function. The value is ``called`` what it is
    assigned to unless this says otherwise.
    """
    block = _parsed(text)
    used = dict.fromkeys(n.id for n in ast.walk(block) if isinstance(n, ast.Name))
    hints = {name: "" if name == "out" else name for name in used}
    hints[wanted] = title(frame, node, hints[wanted]) if called is None else called
    names = distinct(frame, hints) | (own or {})
    given |= {n: Static(vars(builtins)[n]) for n in used if n not in given and n in vars(builtins)}
    module = placed(block, names, node)
    assert isinstance(module, ast.Module)
    known = {names[n]: v for n, v in given.items() if n in names}
    return run(frame, node, module.body, known, names[wanted])


@lru_cache(maxsize=256)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def placed(text: ast.AST, names: dict[str, str], node: ast.AST) -> ast.AST:
    """A piece of syntax that stands for ``node``, with other names."""
    own: ast.AST = _Placed(names, node).visit(copy.deepcopy(text))
    return own


def function_of(text: str, node: ast.AST, **renamed: str) -> ast.FunctionDef:
    """The function that a text defines, which stands for ``node``; names in it stay, but for those that
    are ``renamed``."""
    module = ast.parse(text)
    names = {n.id: n.id for n in ast.walk(module) if isinstance(n, ast.Name)}
    own = placed(module, names | renamed, node)
    assert isinstance(own, ast.Module)
    (function,) = own.body
    assert isinstance(function, ast.FunctionDef)
    return function


class _Placed(ast.NodeTransformer):
    """Gives nodes their names, and the place in the source that they stand for."""

    def __init__(self, names: dict[str, str], node: ast.AST) -> None:
        self.names = names
        self.node = node

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Name):
            node.id = self.names[node.id]
        if isinstance(node, ast.stmt | ast.expr):
            ast.copy_location(node, self.node)
            node.stands_for = getattr(self.node, "stands_for", self.node)  # type: ignore[union-attr]
        seen: ast.AST = super().visit(node)
        return seen
