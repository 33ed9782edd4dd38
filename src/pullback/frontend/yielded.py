"""Loops over generators whose statements stand for the loop, where a write depends on it.

    for row in rows_of(m):          for i in range(len(m)):      # the body of rows_of
        row *= 2                        row = m[i]               # where it yields m[i]
                                        row *= 2

Else the body of the loop is a function that the generator calls (see ``generators``): it does not know
of which array an item is a view.
"""

from __future__ import annotations

import ast
import copy
from typing import Any

from pullback.frontend import generators, stmts, unfolded
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import EMPTY, exits, extend
from pullback.frontend.scopes import own_nodes
from pullback.frontend.targets import Target
from pullback.frontend.values import NONE, UNSET, Env, Generator


def is_opened(frame: Frame, s: ast.For, generator: Generator) -> bool:
    """Whether the statements of a generator stand for a loop over it, where a write depends on it."""
    followed = frame.loc(s.iter) in frame.session.told.followed and frame.region is None
    if not followed or not _may_open(frame, generator.target):
        return False
    ways, nodes = exits(s.body), own_nodes(generator.target.node)
    handed_on = any(isinstance(n, ast.YieldFrom) for n in nodes)  # in a loop of its own
    return not ways or ("continue" not in ways and not handed_on)


def _may_open(frame: Frame, target: Target) -> bool:
    """Whether a generator yields in statements of its own, where nothing is caught or cleaned up."""
    node = target.node
    if target.scope or not unfolded.may_open(frame, target) or generators.gives(node):
        return False
    nodes = [*own_nodes(node)]
    yields = [n for n in nodes if isinstance(n, ast.Yield | ast.YieldFrom)]
    plain = [n for n in nodes if isinstance(n, ast.Expr) and any(n.value is y for y in yields)]
    return len(plain) == len(yields) and not any(isinstance(n, ast.Try | ast.With) for n in nodes)


def run(frame: Frame, s: ast.For, generator: Generator) -> None:
    """Lower the body of a generator, with that of the loop where it yields."""
    target, node = generator.target, generator.target.node
    assert isinstance(node, ast.FunctionDef)
    generators.start(frame, s.iter, generator)
    own = unfolded.own_names(frame, node)
    left, kept = generators.exit_names(s)
    loop = copy.copy(s)
    loop.body = _Leaving(left, kept).stmts(s.body)
    block = _Yielding(own, target, frame, loop).body(node)
    live = frame.liveness.live_after(s) | frame.liveness.head.get(s, EMPTY) | {left, kept}
    extend(frame.liveness, block, live, leaving=live)
    ways = {way: frame.env[way] for way in unfolded.WAYS}
    given: Env = {own[n]: generator.bound.get(n, UNSET) for n in own}
    frame.env |= given | {"%returned": stmts.NO, "%result": NONE, left: stmts.NO, kept: NONE}
    with unfolded.unfolding(frame, (*frame.unfolded, node)):
        stmts.run(frame, block)
    frame.env |= ways
    if "return" in exits(s.body):
        frame.env |= {"%returned": frame.env[left], "%result": frame.env[kept]}
    for name in (*given, left, kept):
        frame.env.pop(name, None)


class _Leaving(generators.Leaving):
    """Exits of the body of the loop as those of the generator, whose statements end with it."""

    def told(self, node: ast.AST, ends: bool) -> ast.stmt:
        return ast.copy_location(ast.Return(None), node)


class _Yielding(unfolded.Unfolder):
    """The body of a generator, with statements for each item where it yields one."""

    def __init__(self, names: dict[str, str], target: Target, frame: Frame, s: ast.For) -> None:
        python = None if target.parent is frame else target.python
        super().__init__(names, python, target.file)
        self.loop = s

    def body(self, node: ast.FunctionDef) -> list[ast.stmt]:
        found = [s if isinstance(s, list) else [s] for s in super().body(node)]
        return [s for part in found for s in part]

    def visit_Expr(self, node: ast.Expr) -> Any:
        match node.value:
            case ast.Yield(value=value):
                given = ast.Constant(None) if value is None else self.visit(value)
                take = ast.copy_location(ast.Assign([self.loop.target], given), node)
                take.file = self.file  # type: ignore[attr-defined]
                return [ast.fix_missing_locations(take), *self.loop.body]
            case ast.YieldFrom(value=value):
                loop = copy.copy(self.loop)
                loop.iter = self.visit(value)
                return loop
        return self.generic_visit(node)
