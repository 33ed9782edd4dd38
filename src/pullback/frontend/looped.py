"""Lists and dicts of known items that a loop runs over: they are read where the loop begins.

Python reads each item in its turn. So a loop that may change an item before its turn is refused. (Where
items are taken one by one here, each is read in its turn, see ``walks``.)
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from pullback import refusals
from pullback.frontend.frame import Frame
from pullback.frontend.reaching import reachable
from pullback.frontend.session import StartOver, Told
from pullback.frontend.values import Dct, DictView, Tree, Tup, Value
from pullback.frontend.walking import leaves


@dataclass(frozen=True, eq=False, slots=True)
class Looped:
    """The containers that a loop runs over, as they were where it began."""

    frame: Frame
    loop: ast.For
    sources: Sequence[Tree]

    def demand_kept(self) -> None:
        """Refuse changes of what the loop has read its items from."""
        for tree in self.sources:
            now = self.frame.latest(cast("Value", tree))
            if not _is_kept(tree, now) and not self.changes_in_turn(tree, now):
                if isinstance(tree, Tup):
                    open_lists(self.frame, self.loop.iter)
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


def open_lists(frame: Frame, node: ast.AST) -> None:
    """Start over with run-time lists where a loop runs over lists that it changes: unless they are."""
    place = frame.loc(node)
    if place not in frame.session.told.looped:
        raise StartOver(Told(looped=frozenset([place])))


def _is_kept(before: Tree, now: Value) -> bool:
    """Whether what was read from a container is what it was: of a dict itself, that is its keys."""
    if isinstance(before, DictView) and isinstance(now, DictView):
        held, found = before.owner, now.owner
        kept = isinstance(held, Tree) and isinstance(found, Tree) and held.form == found.form
        return kept and (before.name == "keys" or _same(held, found))
    if not isinstance(now, Tree) or now.form != before.form:
        return False
    return isinstance(before, Dct) or all(map(_same, before.parts, now.parts))


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
