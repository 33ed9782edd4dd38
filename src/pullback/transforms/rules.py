"""Applying rows of the table: tangents and contributions of one simple op, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pullback import refusals
from pullback.errors import InternalError, Unsupported
from pullback.ir.build import Builder, Value, shape_of
from pullback.ir.core import Atom, Const, Op, Var, used
from pullback.ir.index import reshapes
from pullback.ir.types import Array, Scalar, spelled
from pullback.ir.writes import write
from pullback.rules.ops import masked
from pullback.rules.table import Row, Scatter, as_values, row_of

_SELECTIONS = ("where", "choose")
Contribution = Value | Scatter | None


@contextmanager
def applied_at(b: Builder, op: Op) -> Iterator[None]:
    """Ops that a rule builds inside belong to the op's place, and so does what has no type in it."""
    with b.at(op.loc):
        try:
            yield
        except Unsupported as error:
            kinds = ", ".join(spelled(a.type) for a in op.inputs)
            raise refusals.CANNOT_TAKE.at(
                op.loc, function=op.prim.path or op.name, kinds=kinds, why=error,
                instead=error.hint or refusals.FITTING,
            ) from None  # fmt: skip


def scale(g: Value, partial: Any, guard: bool) -> Value | None:
    """g times a partial: a value, a number, or a linear function that selects places of g."""
    if callable(partial):
        selected: Value = partial(g)
        return selected
    if isinstance(partial, Value) and isinstance(partial.atom, Const):
        partial = partial.atom.value
    if not isinstance(partial, Value):
        scaled: Value | None = None if partial == 0 else g * partial
        return scaled
    return masked(g, partial) if guard else g * partial


def contributions(
    b: Builder, op: Op, g: Value, wanted: Sequence[bool], guard: bool, tainted: bool
) -> list[Contribution]:
    """What the cotangent ``g`` of an elementwise or linear op gives to each wanted input.

    ``guard`` says that ``g`` may be zero where nothing was selected: singular partials, and those of
    ``tainted`` ops that follow from such, must not turn it into nan.
    """
    row = row_of(op)
    xs = as_values(op, b)
    if row.kind == "elementwise":
        assert row.partials is not None
        y = Value(b, op.out, row.math)
        guard = guard and (tainted or row.is_singular(op))
        partials = _gathered(op, row.partials(*xs, y))
        found: list[Contribution] = [scale(g, p, guard) if w else None
                                     for p, w in zip(partials, wanted, strict=True)]  # fmt: skip
    elif row.kind == "linear":
        found = _transposed(row, op, xs, g, wanted)
    else:
        raise InternalError(f"{row.kind} row {row.name} has no direct contributions")
    if row.broadcasts:
        return [_summed_back(c, x) for c, x in zip(found, xs, strict=True)]
    return found


def _gathered(op: Op, partials: Sequence[Any]) -> list[Any]:
    """Partials in which an argument that stands twice, as in x * x, has one for both places."""
    found = list(partials)
    if len(found) == 2 and op.inputs[0] is op.inputs[1]:
        p, q = found
        same = isinstance(p, Value) and isinstance(q, Value) and p.atom is q.atom
        found = [2 * p if same else _added(p, q), 0]
    return found


def _added(p: Any, q: Any) -> Any:
    if not callable(p) and not callable(q):
        return p + q
    given = [partial for partial in (p, q) if callable(partial) or partial != 0]
    return lambda g: _sum([c for c in (scale(g, partial, False) for partial in given) if c is not None])


def _transposed(
    row: Row, op: Op, xs: list[Value], g: Value, wanted: Sequence[bool]
) -> list[Contribution]:
    if not row.linear_in:  # linear in all inputs, with one rule for all
        found: list[Contribution] = row.transpose[0](g, *xs, op.params)
        return found if isinstance(found, list) else [found]
    out: list[Contribution] = [None] * len(xs)
    for i, rule in zip(row.linear_in, row.transpose, strict=True):
        if wanted[i]:
            out[i] = rule(g, *xs, op.params)
    return out


def _summed_back(c: Contribution, x: Value) -> Contribution:
    """A contribution in the shape of its input, where the op may have stretched it."""
    if not isinstance(c, Value) or shape_of(c.atom) == shape_of(x.atom):
        return c
    return c.unbroadcast(x)


def applied_vjp(
    row: Row, op: Op, gs: Sequence[Value | None], xs: list[Value], wanted: Sequence[bool]
) -> list[Value | None]:
    """What a special row's own rule gives to each wanted input; what only others need is not built."""
    assert row.vjp is not None
    b = xs[0].builder
    ys = tuple(Value(b, v, row.math) for v in op.outputs)
    several = op.prim.several is not None
    with b.block() as scratch:
        found = row.vjp(gs if several else gs[0], xs, ys if several else ys[0], op.params)
    parts = [part if w else None for part, w in zip(found, wanted, strict=True)]
    b.ops += _needed(scratch.ops, {part.atom for part in parts if part is not None})
    return parts


def _needed(ops: Sequence[Op], atoms: set[Atom]) -> list[Op]:
    """The ops that some values are computed by, in order, and what a rule of the user's does besides."""
    kept = []
    for op in reversed(ops):
        if not atoms.isdisjoint(op.outputs) or op.has_effect() or is_told(op):
            atoms |= set(used(op))
            kept.append(op)
    return kept[::-1]


def is_told(op: Op) -> bool:
    """Whether an op, or what it holds, raises an error that somebody wrote."""
    return op.name in ("raise", "assert") or any(is_told(o) for b in op.blocks for o in b.ops)


def tangents(
    b: Builder, op: Op, ts: Sequence[Value | None], guard: bool, tainted: bool
) -> list[Value | None]:
    """The tangents of an op's outputs, from the tangents of its inputs (None is zero).

    ``guard`` says that these may be zero where nothing was selected; see ``contributions``.
    """
    row = row_of(op)
    if row.jvp is not None:
        return applied_jvp(row, op, as_values(op, b), [
            t or Value(b, b.zeros(a)) for t, a in zip(ts, op.inputs, strict=True)
        ])  # fmt: skip
    return [_tangent(b, row, op, ts, guard and (tainted or row.is_singular(op)))]


def applied_jvp(row: Row, op: Op, xs: list[Value], ts: list[Value]) -> list[Value | None]:
    """What a special row's own rule gives for each output."""
    assert row.jvp is not None
    b = xs[0].builder
    ys = tuple(Value(b, v, row.math) for v in op.outputs)
    found = row.jvp(xs, ts, ys if op.prim.several else ys[0], op.params)
    return list(found) if op.prim.several else [found]


def _tangent(
    b: Builder, row: Row, op: Op, ts: Sequence[Value | None], guard: bool
) -> Value | None:
    """The tangent of an elementwise or linear op."""
    y = Value(b, op.out, row.math)
    if row.kind == "elementwise":
        assert row.partials is not None
        partials = row.partials(*as_values(op, b), y)
        terms = [
            None if t is None else scale(t, p, guard) for t, p in zip(ts, partials, strict=True)
        ]
        total = _sum([t for t in terms if t is not None])
        return None if total is None else _in_kind(_in_shape(total, y, _all_arrays(op, terms)), y)
    if row.kind == "linear":
        total = _sum(_linear_terms(b, row, op, ts))
        if total is None or not row.broadcasts:
            return total
        return _in_shape(total, y, bool(row.linear_in) or _all_arrays(op, ts))
    raise InternalError(f"{row.kind} row {row.name} has no direct tangent")


def _all_arrays(op: Op, terms: Sequence[Value | None]) -> bool:
    """Whether there is a term for each array among the inputs."""
    return all(t is not None or not shape_of(a) for a, t in zip(op.inputs, terms, strict=True))


def _in_shape(total: Value, y: Value, whole: bool) -> Value:
    """A tangent in the shape of its value; a ``whole`` one has it already, as its terms have those of
    theirs, also where types do not show it."""
    if not (whole and isinstance(y.type, Array) and total.ndim == y.ndim):
        return total.broadcast_like(y)
    made = total.builder.ops[-1].outputs if total.builder.ops else ()
    if isinstance(total.atom, Var) and isinstance(total.type, Array) and total.atom in made:
        total.atom.type = replace(total.type, shape=y.type.shape)
    return total


def _in_kind(t: Value, y: Value) -> Value:
    """The number in an array, where a function of numbers gives one of no dimensions, as np.i0 does."""
    number = isinstance(t.type, Scalar) and isinstance(y.type, Array)
    return t.apply("array") if number else t


def _sum(terms: Sequence[Value]) -> Value | None:
    total: Value | None = None
    for t in terms:
        total = t if total is None else total + t
    return total


def _linear_terms(b: Builder, row: Row, op: Op, ts: Sequence[Value | None]) -> list[Value]:
    """The op applied to tangents: one term an input it is linear in alone, or all at once."""
    together = not row.linear_in or op.name in ("setitem", "add_at", "accumulate", *_SELECTIONS)
    linear_in = row.linear_in or range(len(ts))
    if together:
        if all(ts[i] is None for i in linear_in):
            return []
        if op.name == "add_at" and ts[1] is None:
            return [t for t in ts[:1] if t is not None]
        inputs = list(op.inputs)
        for i in linear_in:
            t = ts[i]
            inputs[i] = t.atom if t is not None else _zero(b, op, i)
        if reshapes(op.params.get("path", ())):
            x, v, *indices = inputs
            return [Value(b, write(b, op.name, x, v, indices, op.params["path"]))]
        return [_applied(b, op, inputs)]
    given = [(i, t) for i in linear_in if (t := ts[i]) is not None]
    return [_applied(b, op, _replaced(op, i, t)) for i, t in given]


def _applied(b: Builder, op: Op, inputs: Sequence[Any]) -> Value:
    """An op once more, for inputs of the same shapes: where it did not raise this does not."""
    return Value(b, b.emit(op.name, inputs, checked=True, **op.params)[0])


def _zero(b: Builder, op: Op, i: int) -> Atom:
    """A zero tangent: a plain 0.0 where it is broadcast or written anyway."""
    if (op.name in ("setitem", "add_at") and i == 1) or op.name in _SELECTIONS:
        return Const(0.0)
    return b.zeros(op.inputs[i])


def _replaced(op: Op, i: int, t: Value) -> list[Any]:
    return [*op.inputs[:i], t.atom, *op.inputs[i + 1 :]]
