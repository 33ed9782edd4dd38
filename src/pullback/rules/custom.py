"""Functions that are not compiled: without a rule they are inert, with one of the user's special.

A rule of the user's is lowered for the kinds of one call; differentiating the call puts it in place.
Inputs from ``count`` on are what it captures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pullback.ir.build import Builder, Value
from pullback.ir.core import Atom, Block, Func, clone
from pullback.ir.outside import given
from pullback.ir.types import Scalar, Type
from pullback.rules.table import inert, linear, special

Params = Mapping[str, Any]
RULE_MISSING = "write it with functions that have rules, or give it one with pullback.primitive"


def put_in(b: Builder, func: Func, inputs: Sequence[Atom]) -> list[Atom]:
    """The results of a function whose code is put here."""
    fitting = [_in_kind(b, a, p.type) for p, a in zip(func.params, inputs, strict=True)]
    env = dict(zip(func.params, fitting, strict=True))
    body = clone(Block([], func.block.ops, func.block.results), env)
    b.ops += body.ops
    return body.results


def _in_kind(b: Builder, a: Atom, t: Type) -> Atom:
    """A number in the kind for which the rule was lowered: an adjoint may be of Python or NumPy."""
    if not (isinstance(t, Scalar) and isinstance(a.type, Scalar)) or a.type == t:
        return a
    if t.origin == "py":
        return b.one(t.cls, a)
    return b.one("cast", a, dtype=t.dtype) if t.dtype else a


def _read(xs: Sequence[Value], p: Params) -> list[Atom]:
    """The inputs that a rule reads: not what the function reads around it."""
    return [x.atom for x in xs[: len(xs) - p.get("around", 0)]]


def _vjp(g: Value, xs: Sequence[Value], y: Value, p: Params) -> list[Value | None]:
    results = put_in(g.builder, p["rule"].func, [g.atom, y.atom, *_read(xs, p)])
    found = [None if k is None else Value(g.builder, results[k]) for k in p["rule"].places]
    summed = [c and c.unbroadcast(x) for c, x in zip(found, xs, strict=False)]
    return [*summed, *[None] * (len(xs) - p["count"])]


def _jvp(xs: Sequence[Value], ts: Sequence[Value], y: Value, p: Params) -> Value:
    moved = [t.atom for t, place in zip(ts, p["rule"].places, strict=False) if place is not None]
    (result,) = put_in(y.builder, p["rule"].func, [*moved, y.atom, *_read(xs, p)])
    return Value(y.builder, result)


inert("outside", None, given, "it is run as it is", steps_only=False, effect=True, raises=True,
      hint=RULE_MISSING)  # fmt: skip
inert("held", None, lambda op: [op.inputs[0].type], "it is held constant", "x")
for _name in ("gradient_of", "passed"):  # the first of which has a reverse of its own
    linear(_name, None, lambda op: [op.inputs[0].type], [lambda g, *xs: g], "", views=(0,), cheap=True)
special("custom_vjp", None, given, "", vjp=_vjp, raises=True)
special("custom_jvp", None, given, "", jvp=_jvp, raises=True)
