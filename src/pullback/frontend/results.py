"""What a recursive function gives, by a fixpoint: each round knows what the one before has found.

    if not l: return []           list_new()
    return f(l[1:]) + [l[0]]      list_push(f(l[1:]), l[0])

Where lists of a known length turn out to have others in other rounds, all that the function gives are
run-time lists.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import TypeGuard

from pullback import refusals
from pullback.frontend import changing, fixed, growing, rows
from pullback.frontend.alternatives import kinds
from pullback.frontend.frame import Frame
from pullback.frontend.session import Lowered
from pullback.frontend.values import Dct, Either, Env, Tree, Tup, Value
from pullback.frontend.walking import alike, leaves, rebuild, with_parts
from pullback.ir.core import Atom, Var
from pullback.ir.types import join, same_up_to_sizes


def given(frame: Frame, s: ast.Return, value: Value) -> Value:
    """What is returned, its lists as run-time lists where the function gives these."""
    lowered = frame.lowered
    return _opened(frame, s.value or s, value, lowered.result) if lowered.gives_lists else value


def _opened(frame: Frame, node: ast.AST, value: Value, known: Value | None) -> Value:
    """The same with run-time lists; an empty one is to hold what others do that are ``known``."""
    if _is_list(value):
        value = frame.decided(value)
    if _holds_parts(value):
        same = isinstance(known, Tree) and known.form == value.form
        others = known.parts if isinstance(known, Tree) and same else [None] * len(value.parts)
        pairs = zip(value.parts, others, strict=True)
        parts = [_opened(frame, node, part, other) for part, other in pairs]
        if isinstance(value, Tup):  # another one for each kind of list in it
            return Tup(tuple(parts))
        made = value.remade(parts)
        frame.change(value, made, node)
        return made
    if not (isinstance(value, Tup) and value.is_list):
        return value
    value = value.remade(map(rows.as_text, value.items))
    told = known if known is not None and rows.is_listed(known) else None
    first = rows.like(told) if told is not None else None
    if not (value.items or told) or fixed.runtime(frame, value, first=first) is None:
        return value
    return changing.list_variable(frame, value, node, first=first)


def _holds_parts(value: Value) -> TypeGuard[Tup | Dct]:
    """Whether a value is a tuple or a dict, which is returned with lists in it."""
    return isinstance(value, Dct) or (isinstance(value, Tup) and not value.is_list)


def lengthened(frame: Frame, node: ast.AST, bound: Env) -> Env:
    """Arguments of a recursion that makes lists longer: lists that can be are run-time lists."""
    opened: Env = {}
    for name, value in bound.items():
        if isinstance(value, Tup) and value.is_list and fixed.runtime(frame, value) is not None:
            opened[name] = changing.list_variable(frame, value, node)
    return {name: frame.latest(opened.get(name, value)) for name, value in bound.items()}


def found(frame: Frame, lowered: Lowered, result: Value) -> Value:
    """What a round has found: where it gives an empty list or another one, that other, in the form of
    which the next round gives both."""
    if not lowered.gives_lists:
        return result
    full = _full(result)
    if full is not result and lowered.result is not None and alike(lowered.result, full):
        frame.reject(refusals.RECURSION_STRUCTURES, frame.node)
    return full


def settle(frame: Frame, lowered: Lowered, now: Value) -> None:
    """Join what was found in a round with what was known before."""
    before = lowered.result
    if before is None:
        lowered.result = now
    elif alike(before, now):
        lowered.result = _joined(frame, before, now)
    elif lowered.gives_lists and _alike_but(before, now, growing.is_growing):
        lowered.result = now
    elif lowered.gives_lists or not _alike_but(before, now, _are_lists):
        frame.reject(refusals.RECURSION_STRUCTURES, frame.node)
    if lowered.recursive and not lowered.gives_lists and not _are_alike(before or now, now):
        lowered.gives_lists, lowered.result = True, None


def _full(value: Value) -> Value:
    if isinstance(value, Either) and _is_list(value):
        full = [v for v in kinds(value) if not (isinstance(v, Tup) and not v.items)]
        return full[0] if len(full) == 1 else value
    if _holds_parts(value):
        return with_parts(value, [*map(_full, value.parts)])
    return value


def changed(before: Value, now: Value | None) -> bool:
    """Whether a round has found another kind of value."""
    if now is None or not alike(before, now):
        return True
    pairs = zip(leaves(before), leaves(now), strict=True)
    return not all(same_up_to_sizes(a.type, b.type) for a, b in pairs)


def _joined(frame: Frame, before: Value, now: Value) -> Value:
    joined: list[Atom] = []
    for x, y in zip(leaves(before), leaves(now), strict=True):
        t = join(x.type, y.type)
        if t is None:
            frame.reject(refusals.RECURSION_STRUCTURES, frame.node)
        joined.append(y if y.type == t else Var(x.type if same_up_to_sizes(t, x.type) else t))
    return rebuild(now, joined)


def _are_alike(a: Value, b: Value) -> bool:
    """Whether no lists in two values tell that run-time lists are needed."""
    return alike(a, b) and not (isinstance(a, Either) and _is_list(a))


def _alike_but(a: Value, b: Value, for_these: Callable[[Value, Value], bool]) -> bool:
    """Whether two values are alike, but for parts that may be other ones."""
    if for_these(a, b):
        return True
    if not (isinstance(a, Tree) and isinstance(b, Tree)):
        return alike(a, b)
    return a.form == b.form and all(map(partial(_alike_but, for_these=for_these), a.parts, b.parts))


def _are_lists(a: Value, b: Value) -> bool:
    return _is_list(a) and _is_list(b)


def _is_list(value: Value) -> bool:
    """Whether a value is a list, of one length or of several."""
    if isinstance(value, Either):
        return all(map(_is_list, kinds(value)))
    return rows.is_list(value)


__all__ = ["changed", "found", "given", "lengthened", "settle"]
