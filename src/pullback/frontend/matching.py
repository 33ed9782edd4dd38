"""Patterns of ``match``: decided here as far as kinds tell, at run time where numbers do.

What a pattern captures is bound where all of it fits, and only there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pullback import refusals
from pullback.frontend import comparisons, conditions, operators
from pullback.frontend.alternatives import may_miss
from pullback.frontend.desugar import Matches
from pullback.frontend.exprs import value_attribute
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import handles, item_at, length_of, lower, simple_op, static
from pullback.frontend.reflection import is_instance
from pullback.frontend.rows import Listed, is_listed
from pullback.frontend.values import MISSING, Dct, Sparse, Static, Struct, Table, Tup, Value
from pullback.frontend.walking import leaves, plain
from pullback.ir.core import Const, Var
from pullback.ir.types import Scalar

Captures = dict[str, Callable[[], Value]]
Test = Callable[[Frame, Any, Value, Captures], Value]
YES, NO = Const(True), Const(False)
# Classes whose one positional pattern is for the whole of the subject.
WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


@handles(Matches)
def matches(frame: Frame, node: Matches) -> Value:
    """Whether a subject is like a pattern, with its captures bound if it is."""
    captures: Captures = {}
    truth = fits(frame, node.pattern, lower(frame, node.subject), captures)

    def bind() -> None:
        for name, part in captures.items():
            frame.bind(name, part(), node)

    if truth == YES:
        bind()
    elif isinstance(truth, Var) and captures:
        conditions.branch(frame, truth, bind, lambda: None, dict(frame.env), frame.loc(node))
        bound = [a for name in captures for a in leaves(frame.env[name])]
        frame.set_where.update((a, truth) for a in bound)
    return truth


def fits(frame: Frame, pattern: ast.pattern, subject: Value, captures: Captures) -> Value:
    """Whether a value is like a pattern: a constant where that is known here."""
    return PATTERNS[type(pattern)](frame, pattern, frame.decided(subject), captures)


def _value(frame: Frame, pattern: ast.MatchValue, subject: Value, captures: Captures) -> Value:
    node = ast.copy_location(ast.Compare(pattern.value, [ast.Eq()], [pattern.value]), pattern)
    wanted = lower(frame, pattern.value)
    return comparisons.compare_two(frame, node, ast.Eq(), subject, wanted)


def _singleton(
    frame: Frame, pattern: ast.MatchSingleton, subject: Value, captures: Captures
) -> Value:
    """None, True and False are compared by identity: no number is True but a bool of Python's."""
    if isinstance(subject, Const):
        return Const(subject.value is pattern.value)
    if not isinstance(subject, Var):
        return Const(isinstance(subject, Static) and subject.value is pattern.value)
    if pattern.value is None or subject.type != Scalar("bool"):
        return NO
    return subject if pattern.value else operators.negated(frame, subject, pattern)


def _as(frame: Frame, pattern: ast.MatchAs, subject: Value, captures: Captures) -> Value:
    truth = YES if pattern.pattern is None else fits(frame, pattern.pattern, subject, captures)
    if pattern.name is not None:
        captures[pattern.name] = lambda: subject
    return truth


def _or(frame: Frame, pattern: ast.MatchOr, subject: Value, captures: Captures) -> Value:
    found: Value = NO
    for choice in pattern.patterns:
        own: Captures = {}
        truth = fits(frame, choice, subject, own)
        if truth == NO:
            continue
        if own and (truth != YES or found != NO):
            frame.reject(refusals.CAPTURE_OF_ALTERNATIVE, choice, name=next(iter(own)))
        captures |= own
        if truth == YES:
            return YES
        found = conditions.short_circuit(frame, choice, False, found, lambda t=truth: t)  # type: ignore[misc]
    return found


def _all(
    frame: Frame, pattern: ast.pattern, truth: Value, parts: Sequence[ast.pattern],
    values: Sequence[Callable[[], Value]], captures: Captures,
) -> Value:  # fmt: skip
    """Whether all parts fit, each looked at only if those before it do."""
    for part, value in zip(parts, values, strict=True):
        if truth == NO:
            break
        rest = lambda p=part, v=value: fits(frame, p, v(), captures)
        truth = conditions.short_circuit(frame, pattern, True, truth, rest)
    return truth


def _sequence(
    frame: Frame, pattern: ast.MatchSequence, subject: Value, captures: Captures
) -> Value:
    """Tuples and lists; arrays and strings are no sequences here."""
    subject = plain(subject)
    stars = [k for k, p in enumerate(pattern.patterns) if isinstance(p, ast.MatchStar)]
    if is_listed(subject):
        return _run_time_list(frame, pattern, subject, bool(stars), captures)
    if not isinstance(subject, Tup):
        return NO
    items, wanted = list(subject.items), list(pattern.patterns)
    if stars:
        extra = len(items) - (len(wanted) - 1)
        if extra < 0:
            return NO
        at = stars[0]
        star = wanted.pop(at)
        rest, items[at : at + extra] = items[at : at + extra], []
        if isinstance(star, ast.MatchStar) and star.name is not None:
            captures[star.name] = lambda: Tup(tuple(rest), is_list=True)
    if len(items) != len(wanted):
        return NO
    return _all(frame, pattern, YES, wanted, [lambda v=v: v for v in items], captures)  # type: ignore[misc]


def _run_time_list(
    frame: Frame, pattern: ast.MatchSequence, subject: Listed, starred: bool, captures: Captures
) -> Value:
    """A list whose length is known at run time only: its parts are captured, not looked into."""
    parts = pattern.patterns
    if starred or not all(isinstance(p, ast.MatchAs) and p.pattern is None for p in parts):
        frame.reject(refusals.PARTS_OF_LIST, pattern)
    for k, p in enumerate(parts):
        if isinstance(p, ast.MatchAs) and p.name is not None:
            captures[p.name] = lambda k=k: item_at(frame, pattern, subject, Const(k))  # type: ignore[misc]
    return simple_op(frame, pattern, "eq", length_of(frame, subject), Const(len(parts)))


def _mapping(frame: Frame, pattern: ast.MatchMapping, subject: Value, captures: Captures) -> Value:
    if isinstance(subject, Table):
        frame.reject(refusals.PARTS_OF_LIST, pattern)
    if isinstance(subject, Sparse):
        frame.reject(refusals.ENTRIES_UNKNOWN, pattern)
    if not isinstance(subject, Dct):
        return NO
    keys = [static(frame, key, lower(frame, key)) for key in pattern.keys]
    if any(key not in subject.items for key in keys):
        return NO
    if pattern.rest is not None:
        rest = {key: v for key, v in subject.items.items() if key not in keys}
        captures[pattern.rest] = lambda: Dct(rest)
    values = [lambda key=key: subject.items[key] for key in keys]
    return _all(frame, pattern, YES, pattern.patterns, values, captures)


def _class(frame: Frame, pattern: ast.MatchClass, subject: Value, captures: Captures) -> Value:
    node = ast.copy_location(ast.Call(pattern.cls, [pattern.cls, pattern.cls], []), pattern)
    wanted = lower(frame, pattern.cls)
    truth = is_instance(frame, node, [subject, wanted], {})
    if truth == NO or not isinstance(wanted, Static):
        return NO
    names = list(pattern.kwd_attrs)
    parts = [*pattern.patterns, *pattern.kwd_patterns]
    if pattern.patterns and wanted.value in WHOLE:
        values = [lambda: subject]
    else:
        names = [*getattr(wanted.value, "__match_args__", ())[: len(pattern.patterns)], *names]
        values = []
    if len(values) + len(names) != len(parts):
        frame.reject(refusals.POSITIONS_OF_CLASS, pattern, cls=wanted.value.__name__)
    values += [partial(_attribute, frame, pattern, subject, name) for name in names]
    return _all(frame, pattern, truth, parts, values, captures)


def _attribute(frame: Frame, pattern: ast.MatchClass, subject: Value, name: str) -> Value:
    if isinstance(subject, Struct) and name in subject.items:
        held = subject.items[name]
        held = frame.decided(held) if may_miss(held) else held
        if held is not MISSING:
            return held
    node = ast.copy_location(ast.Attribute(pattern.cls, name, ast.Load()), pattern)
    return value_attribute(frame, node, subject)


PATTERNS: dict[type, Test] = {
    ast.MatchValue: _value,
    ast.MatchSingleton: _singleton,
    ast.MatchAs: _as,
    ast.MatchOr: _or,
    ast.MatchSequence: _sequence,
    ast.MatchMapping: _mapping,
    ast.MatchClass: _class,
}
