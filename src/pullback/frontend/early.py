"""What a statement in a ``try`` changes, and whether it does so before something in it may raise."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Protocol

from pullback.frontend.desugar import Called, Suspended
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import Names, stored
from pullback.frontend.scopes import assigned_inside
from pullback.ir.core import Op, Var

_COMPOUND = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Match, Suspended, Called)
# Of each name what it holds: its containers, and versions of its arrays and lists.
Seen = dict[str, tuple[object, ...]]


class Region(Protocol):
    """What is asked here of the body of a ``try``: what its handlers may read, and catch."""

    frame: Frame
    visible: Names

    def may_catch(self, ops: Sequence[Op]) -> bool: ...


def changed(region: Region, piece: Sequence[ast.stmt], start: Seen, end: Seen | None) -> list[str]:
    """What a handler may read that some statements change, also on ways that lead nowhere."""
    found = set(stored(piece)) & region.visible if end is None or _is_compound(piece) else set()
    if end is not None:
        found |= {n for n in region.visible if not _same(end.get(n, ()), start.get(n, ()))}
    return sorted(found)


def _same(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    """Whether the values are the same, and the containers of the same form."""
    pairs = zip(a, b, strict=True) if len(a) == len(b) else [(a, None)]
    return all(x is y or (isinstance(x, tuple) and x == y) for x, y in pairs)


def _is_compound(piece: Sequence[ast.stmt]) -> bool:
    return len(piece) > 1 or isinstance(piece[0], _COMPOUND)


def is_late(
    region: Region, piece: Sequence[ast.stmt], ops: Sequence[Op], changed: Sequence[str],
    held: dict[str, set[object]], now: Seen,
) -> bool:  # fmt: skip
    """Whether all changes come behind all that may raise."""
    if not changed and not held:
        return True
    if _is_compound(piece):  # its parts tell
        return False
    touched = set[object]().union(*held.values())
    first = _before_error(region, piece[0], ops, touched)
    if first is None:
        return True
    if any(_writes(region, op, touched) for op in ops[:first]):
        return False
    if _binds_names(piece[0]):
        return True
    made: dict[object, int] = {v: k for k, op in enumerate(ops) for v in op.outputs}
    places = [max([made.get(a, -1) for a in now.get(n, ())], default=-1) for n in changed]
    return all(k >= first for k in places)


def _before_error(
    region: Region, s: ast.stmt, ops: Sequence[Op], touched: set[object]
) -> int | None:
    """How many ops of a statement come before its last error, with the op that may raise it if something
    may change inside of that before it does; None without an error."""
    caught = [k for k, op in enumerate(ops) if region.may_catch([op])]
    return caught[-1] + _may_be_early(region, s, ops[caught[-1]], touched) if caught else None


def _may_be_early(region: Region, s: ast.stmt, op: Op, touched: set[object]) -> bool:
    """Whether inside of an op something may change before something may raise."""
    if op.name == "if" and not may_bind(s):  # a value of two kinds
        firsts = [b.ops[: _before_error(region, s, b.ops, touched) or 0] for b in op.blocks]
        return any(_writes(region, o, touched) for first in firsts for o in first)
    if op.name == "call" and region.frame.session.changes(op.params["callee"]):
        return True
    if op.name != "call" or not op.params["callee"].taken:
        return bool(op.blocks)
    ops = op.params["callee"].block.ops
    writes = [k for k, o in enumerate(ops) if o.writes is not None or o.blocks or o.name == "call"]
    raises = [k for k, o in enumerate(ops) if region.may_catch([o])]
    first, last = min(writes, default=len(ops)), max(raises, default=-1)
    if not ops:  # it is still being lowered
        return True
    return last > first or (last == first and ops[first].writes is None)


def _writes(region: Region, op: Op, touched: set[object]) -> bool:
    """Whether an op leaves a new version of something, or a function writes to it by a view or changes
    containers."""
    heap = region.frame.heap
    if any(heap.reference(v) in touched for v in op.outputs):
        return True
    if op.name != "call":
        return False
    if touched and region.frame.session.changes(op.params["callee"]):
        return True
    taken = op.params["callee"].taken
    return bool(taken) and any(heap.root(a) in touched for a in op.inputs if isinstance(a, Var))


def _binds_names(s: ast.stmt) -> bool:
    """Whether all that a statement changes is names, when their values are known."""
    if may_bind(s):
        return False
    single = [s.target] if isinstance(s, ast.AnnAssign) else []
    targets = s.targets if isinstance(s, ast.Assign) else single
    plain = (ast.Name, ast.Tuple, ast.List, ast.Store)
    return bool(targets) and all(isinstance(n, plain) for t in targets for n in ast.walk(t))


def may_bind(node: ast.AST) -> bool:
    """Whether evaluating something may change names or what they hold."""
    return any(isinstance(n, ast.NamedExpr) or _may_mutate(n) for n in ast.walk(node))


def rebound_by_calls(frame: Frame, name: str) -> bool:
    """Whether functions that are called may bind a name of a frame anew."""
    return name in frame.nonlocal_names or name in assigned_inside(frame.node)


def _may_mutate(n: ast.AST) -> bool:
    return isinstance(n, ast.Call) and bool(stored([ast.Expr(n)]))
