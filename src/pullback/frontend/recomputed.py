"""Functions with a cache that are called again where Python may give what it has kept.

Nobody can tell the difference where the function does nothing but compute, where what it reads around
it holds what it held when it was first called, and where nobody changes what it gave. All three are
demanded here: a function has no effect, before and behind each call the same things are around it, and
what it gives belongs to somebody else. Where it is called from other functions than the one around it,
what is around it is looked at again when that one ends.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn, TypeGuard, cast

from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend import members, ranges, rows
from pullback.frontend.frame import Frame
from pullback.frontend.scopes import free_names
from pullback.frontend.session import MEMORY, Session
from pullback.frontend.signatures import identity_of
from pullback.frontend.targets import Target
from pullback.frontend.values import Local, Partial, Static, Struct, Tree, Value
from pullback.frontend.walking import bare, leaves, trees
from pullback.ir.alias import NONE
from pullback.ir.core import Const, Func, Op, Var, reachable, walk
from pullback.ir.types import has_memory

Complain = Callable[[Refusal], NoReturn]
Place = tuple[Local, str]


def forget(session: Session, node: ast.AST) -> None:
    """A function is made anew, and has kept nothing."""
    known = session.computed_anew
    for key in [key for key in known if key[1] is node]:
        del known[key]
    for checks in session.at_end.values():
        checks[:] = [(made, check) for made, check in checks if made is not node]


def call(
    frame: Frame, function: Local | Static, target: Target, given: list[Value],
    compute: Callable[[], Value], complain: Complain,
) -> Value:  # fmt: skip
    """What a function gives that may have been called before, and with what it was given then."""
    _demand_same(frame, function, target, given, complain)
    start = len(frame.b.ops)
    value = compute()
    _demand_same(frame, function, target, given, complain)
    recursive = any(found == identity_of(target) for found, _ in frame.session.lowering)
    if not recursive and any(map(_has_effect, frame.b.ops[start:])):
        complain(refusals.KEPT_WITH_EFFECT)
    around = [held for _, held in _around(frame, function, set())]
    return _belonging(frame, value, [*around, *given])


def unchanged(
    frame: Frame, owner: Struct, compute: Callable[[], Value], complain: Complain
) -> Value:
    """What a function gives that may have forgotten what it gave for an object, and then computes it
    anew: nobody changes that meanwhile, nor from here on."""
    before = ranges.held(frame, bare(frame.latest(owner)))
    value = compute()
    now = bare(frame.latest(owner))
    if ranges.held(frame, now) != before:
        complain(refusals.KEPT_BY_WHAT_VARIES)
    members.asked(frame, now)
    return value


def _belonging(frame: Frame, value: Value, known: Sequence[Value]) -> Value:
    """A result that may be given again: of it, what is among no values that are known is not changed."""
    theirs = NONE.union(*(frame.memory(a) for v in known for a in leaves(v)))
    own = {id(t.identity) for v in known for t in trees(v)}
    for a in leaves(value):
        if isinstance(a, Var) and has_memory(a.type) and not frame.memory(a) <= theirs:
            first, *behind = frame.heap.chain(a)
            for v in (first, *behind[:-1]):  # not the table that it is read from
                frame.leave_to_others(v, refusals.KEPT_RESULT)
                if behind:
                    frame.owners[v] = refusals.KEPT_RESULT
    row = refusals.CHANGED_KEPT
    frame.foreign_trees |= {t.identity: row for t in trees(value) if id(t.identity) not in own}
    return value


def _has_effect(op: Op) -> bool:
    """Whether an op does more than compute; of functions that are still being lowered, so far."""
    called = [f for v in (op, *_inside(op)) if isinstance(f := v.params.get("callee"), Func)]
    every = (inner for f in called for known in reachable(f) for inner in walk(known.block))
    return any(v.prim.effect for v in (op, *_inside(op), *every))


def _inside(op: Op) -> Iterator[Op]:
    return (inner for block in op.blocks for inner in walk(block))


def _demand_same(
    frame: Frame, function: Local | Static, target: Target, given: list[Value], complain: Complain
) -> None:
    """Demand that what the function reads around it, and objects that it is given, are as at first."""
    known = frame.session.computed_anew
    for tree in (tree for value in given for tree in rows.changeable(value)):
        if tree.identity in _from_callers(frame):
            complain(refusals.KEPT_BY_WHAT_VARIES)
        now = ranges.stood(frame, cast("Value", tree))
        if known.setdefault((frame, target.node, tree.identity), now) != now:
            complain(refusals.KEPT_BY_WHAT_VARIES)
    seen: set[object] = set()
    for (inner, name), value in (found for v in (function, *given) for found in _around(frame, v, seen)):
        now = ranges.stood(frame, value)
        if known.setdefault((frame, target.node, (inner.identity, name)), now) != now:
            complain(refusals.KEPT_BY_WHAT_VARIES)
        home = inner.frame
        if name not in inner.scope and home is not None and home is not frame:
            _demand_at_end(frame.session, home, target.node, name, complain)


def _from_callers(frame: Frame) -> set[object]:
    """The objects that a function may have been given for several of its calls."""
    if frame is frame.outermost():
        return set()
    around = frame.lowered.around.values()
    return {*frame.lowered.trees, *(tree.identity for value in around for tree in trees(value))}


def _demand_at_end(
    session: Session, home: Frame, node: ast.AST, name: str, complain: Complain
) -> None:
    """Demand that a name of the function around holds the same when that one ends."""
    value = home.find(name)
    if not _may_change(value):
        return
    before = ranges.stood(home, value)

    def check() -> None:
        now = home.find(name)
        if now is None or ranges.stood(home, now) != before:
            complain(refusals.KEPT_BY_WHAT_VARIES)

    session.at_end.setdefault(home, []).append((node, check))


def _may_change(value: Value | None) -> TypeGuard[Value]:
    return isinstance(value, Var | Const | Tree)


def _around(frame: Frame, function: Value, seen: set[object]) -> Iterator[tuple[Place, Value]]:
    """What a function, and those that it knows from around it, read there: by function and name."""
    for inner in _functions(function):
        if inner.identity in seen:
            continue
        seen.add(inner.identity)
        for name in sorted(free_names(inner.node)):
            if name.startswith(MEMORY):
                continue
            value = inner.scope.get(name) or (inner.frame and frame.around(inner.frame, name))
            if isinstance(value, Local | Partial):
                yield from _around(frame, value, seen)
            elif _may_change(value):
                yield (inner, name), value


def _functions(value: Value) -> Iterator[Local]:
    """The functions that were made inside in a value."""
    return (tree for tree in trees(value) if isinstance(tree, Local))
