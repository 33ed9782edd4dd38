"""Adjoints and tangents of lists and records: that of consuming is producing, and the reverse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pullback.ir.build import Builder, Value
from pullback.ir.core import Atom, Const, Op
from pullback.ir.index import leads_into_array
from pullback.ir.types import List, Text, differentiable, has_memory, loosened
from pullback.rules.memory import fitted
from pullback.transforms.adjoints import MASKED, Reverse, reverses

Bars = Sequence[Atom | None]
Rule = Callable[[Reverse, Op, Bars], None]
CONTAINERS: set[str] = {"list_get"}


def container(name: str) -> Callable[[Rule], Rule]:
    """Enter a rule for a container op, which gets the adjoints of its outputs; the op itself stays."""

    def enter(rule: Rule) -> Rule:
        @reverses(name)
        def handler(rev: Reverse, op: Op) -> list[Op]:
            rule(rev, op, rev.take(op))
            return [op]

        CONTAINERS.add(name)
        return rule

    return enter


@reverses("undef")
def reverse_undef(rev: Reverse, op: Op) -> list[Op]:
    return [op]


def _give(rev: Reverse, v: Atom, bar: Atom) -> None:
    """Hand an adjoint over to a value; what comes out of a container may be zero by a guard."""
    rev.add(v, Value(rev.b, bar), MASKED)


@container("list_new")
def reverse_list_new(rev: Reverse, op: Op, bars: Bars) -> None:
    (bar,) = bars
    for k, item in enumerate(op.inputs):
        if bar is not None and item in rev.active:
            _give(rev, item, rev.b.one("list_get", bar, Const(k)))


@container("list_push")
def reverse_list_push(rev: Reverse, op: Op, bars: Bars) -> None:
    (bar,) = bars
    assert bar is not None
    l, *indices, v = op.inputs
    rest, last = rev.b.emit("list_pop", [bar, *indices], checked=True, **op.params)
    _give(rev, v, last)
    _give(rev, l, rest)


@container("list_pop")
def reverse_list_pop(rev: Reverse, op: Op, bars: Bars) -> None:
    rest, last = op.outputs
    bar = bars[0] if bars[0] is not None else rev.zero(rest)
    popped = bars[1] if bars[1] is not None else rev.zero(last)
    l, *indices = op.inputs
    _give(rev, l, rev.b.one("list_push", bar, *indices, popped, **op.params))


@reverses("list_set")
def reverse_list_set(rev: Reverse, op: Op) -> list[Op]:
    (bar,) = rev.take(op)
    assert bar is not None
    l, *indices, v = op.inputs
    into_array = leads_into_array(op)
    part = Value(rev.b, rev.b.one("list_get", bar, *indices, **op.params))
    if v in rev.active:
        _give(rev, v, fitted(part, Value(rev.b, v)).atom if into_array else part.atom)
    forward = [op]
    zeros: Atom = Const(0.0) if into_array else rev.zero(v)
    if not into_array and has_memory(v.type) and l in rev.active:
        # What stood there before may have another size, or hold more or less. Where items are written
        # to in place it is not kept alive, so that the list holds them alone.
        with rev.b.block() as before:
            old = rev.b.one("list_get", l, *indices, **op.params)
            kept = rev.aliases.written.isdisjoint(rev.aliases.of(l).held)
            zeros = old if kept else rev.zero(old)
        forward = [*before.ops, op]
        zeros = rev.zero(old) if kept else zeros
    _give(rev, l, rev.b.one("list_set", bar, *indices, zeros, **op.params))
    return forward


CONTAINERS.add("list_set")


@container("list_add_at")
def reverse_list_add_at(rev: Reverse, op: Op, bars: Bars) -> None:
    (bar,) = bars
    assert bar is not None
    l, *indices, v = op.inputs
    part = Value(rev.b, rev.b.one("list_get", bar, *indices, **op.params))
    if v in rev.active:
        _give(rev, v, fitted(part, Value(rev.b, v)).atom if leads_into_array(op) else part.atom)
    _give(rev, l, bar)


@container("pack")
def reverse_pack(rev: Reverse, op: Op, bars: Bars) -> None:
    (bar,) = bars
    assert bar is not None
    types = [loosened(a.type) if differentiable(a.type) else Text() for a in op.inputs]
    fields = rev.b.emit("unpack", [bar], types=types)
    for a, field in zip(op.inputs, fields, strict=True):
        _give(rev, a, field)


@container("unpack")
def reverse_unpack(rev: Reverse, op: Op, bars: Bars) -> None:
    fields = [
        (bar if bar is not None else rev.zero(v)) if differentiable(v.type) else Const(None)
        for v, bar in zip(op.outputs, bars, strict=True)
    ]
    (packed,) = rev.b.emit("pack", fields, types=[op.inputs[0].type])
    _give(rev, op.inputs[0], packed)


@container("add_trees")
def reverse_add_trees(rev: Reverse, op: Op, bars: Bars) -> None:
    (bar,) = bars
    assert bar is not None
    for a in op.inputs:
        _give(rev, a, bar)


# ---- tangents: the same op on tangents, zeros where an input has none


def _no_tangent(b: Builder, op: Op, a: Atom) -> Atom:
    """What stands for the tangent of a value that has none: 0.0 for an int among floats in a list."""
    if differentiable(a.type):
        return b.zeros(a)
    among_floats = isinstance(op.outputs[0].type, List) and differentiable(op.outputs[0].type)
    if among_floats and isinstance(a.type, List):
        return b.one("zeros_tree", a)
    return Const(0.0) if among_floats else Const(None)


def forward(b: Builder, op: Op, ts: Sequence[Atom | None]) -> Sequence[Atom]:
    """Tangents of the outputs of a container op, given those of its inputs (None is zero)."""
    if op.name == "list_get":
        assert ts[0] is not None
        return b.emit("list_get", [ts[0], *op.inputs[1:]], checked=True, **op.params)
    at_path = op.name in ("list_push", "list_pop", "list_set", "list_add_at")
    ends = (0,) if op.name == "list_pop" else (0, len(ts) - 1)
    positions = ends if at_path else range(len(ts))
    inputs = list(op.inputs)
    for k in positions:
        t = ts[k]
        inputs[k] = t if t is not None else _no_tangent(b, op, inputs[k])
    types = None
    if op.name in ("unpack", "pack", "list_new"):
        types = [loosened(v.type) if differentiable(v.type) else Text() for v in op.outputs]
    params = op.params if at_path else {}
    return b.emit(op.name, inputs, types=types, checked=True, **params)

