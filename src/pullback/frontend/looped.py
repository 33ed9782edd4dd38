"""Lists and dicts of known items that a loop runs over: they are read where the loop begins.

Python reads each item in its turn. So a loop that may change an item before its turn is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from pullback import refusals
from pullback.frontend.frame import Frame
from pullback.frontend.merge import reachable
from pullback.frontend.values import Dct, Items, Tree, Tup, Value
from pullback.frontend.walking import leaves
from pullback.ir.core import Const


@dataclass(frozen=True, eq=False)
class Looped:
    """The containers that a loop runs over, as they were where it began."""

    frame: Frame
    loop: ast.For
    sources: Sequence[Tree]

    def demand_kept(self, items: Sequence[Value]) -> None:
        """Refuse changes of what these items, whose turn is still to come, were read from."""
        still = set(_read(items))
        for tree in self.sources:
            now = self.frame.latest(cast("Value", tree))
            if still and not _is_kept(tree, now, still) and not self.changes_in_turn(tree, now):
                name = self.frame.name_of(tree) or ast.unparse(self.loop.iter)
                self.frame.reject(refusals.CHANGES_WHILE_LOOPED_OVER, self.loop.iter, name=name)

    def changes_in_turn(self, tree: Tree, now: Value) -> bool:
        """Whether all that is done with a list that became a run-time one is ``l[i] = ..`` for the
        item whose turn it is: ``for i, v in enumerate(l)``."""
        match self.loop:
            case ast.For(
                target=ast.Tuple(elts=[ast.Name(id=i), _]),
                iter=ast.Call(func=ast.Name("enumerate"), args=[ast.Name(id=name)], keywords=[]),
            ):
                others = [v for n, v in self.frame.env.items() if n != name]
                alone = tree.identity not in reachable(self.frame, others)
                return alone and not isinstance(now, Tup) and _only_in_turn(self.loop.body, name, i)
        return False


def looped(frame: Frame, s: ast.For, items: Items | Tup) -> Looped:
    """What a loop over some items runs over: lists and dicts that the expression leads to, and that
    hold these items."""
    known = items if isinstance(items, Tup) else items.known
    if not known:
        return Looped(frame, s, ())
    read = set(_read(known.items))
    names = {n.id for n in ast.walk(s.iter) if isinstance(n, ast.Name)}
    found = reachable(frame, [v for n, v in frame.env.items() if n in names]).values()
    trees = [v for v in map(frame.latest, found) if isinstance(v, Dct | Tup) and _is_display(v)]
    return Looped(frame, s, [tree for tree in trees if not read.isdisjoint(_read(tree.parts))])


def _is_display(value: Dct | Tup) -> bool:
    return isinstance(value, Dct) or value.is_list


def _read(values: Sequence[Value]) -> Iterator[int]:
    """The values that are read for some items, each by the object that it is."""
    for value in values:
        if not isinstance(value, Const):
            yield id(value)
        if isinstance(value, Tree):
            yield from _read([*value.parts])


def _is_kept(before: Tree, now: Value, still: set[int]) -> bool:
    """Whether what is still to be read from a container is what it was."""
    if not isinstance(now, Tree) or now.form != before.form:
        return False
    pairs = zip(before.parts, now.parts, strict=True)
    return all(id(a) not in still or _same(a, b) for a, b in pairs)


def _same(a: Value, b: Value) -> bool:
    if not (isinstance(a, Tree) and isinstance(b, Tree)):
        return a is b
    pairs = zip(leaves(a), leaves(b), strict=False)
    return a.identity is b.identity and all(x is y for x, y in pairs)


def _only_in_turn(body: Sequence[ast.stmt], name: str, index: str) -> bool:
    nodes = [n for s in body for n in ast.walk(s)]
    items = [n for n in nodes if isinstance(n, ast.Subscript) and _is_name(n.value, name)]
    stored = [n for n in items if not isinstance(n.ctx, ast.Load)]
    rebound = any(_is_name(n, index) and not isinstance(n.ctx, ast.Load) for n in nodes)  # type: ignore[attr-defined]
    uses = sum(_is_name(n, name) for n in nodes)
    return not rebound and uses == len(items) and all(_is_name(n.slice, index) for n in stored)


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


__all__ = ["Looped", "looped"]
