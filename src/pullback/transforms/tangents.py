"""Tangent maps behind a split derivative: from residuals and tangents of parameters to those of results.

The backward half of a split function is linear in its cotangents, so its transpose is the tangent map
(transposing twice: J. Townsend, "A new trick for calculating Jacobian vector products", 2017). It reads
the residuals of the forward half, which is not run again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pullback.ir.bars import as_tangent
from pullback.ir.build import Builder
from pullback.ir.core import (
    Atom,
    Block,
    Const,
    Env,
    Func,
    Op,
    Var,
    clone,
    free_vars,
    reachable,
    substitute,
    walk,
)
from pullback.ir.types import Array, Record, Scalar, is_complex
from pullback.transforms.adjoints import check
from pullback.transforms.linearity import check_rules
from pullback.transforms.split import Split
from pullback.transforms.stacks import index_stacks
from pullback.transforms.vjp import vjp


def tangent_map(halves: Split, k: int) -> Func:
    """From residuals, cotangents (which do not matter) and a tangent of the parameter that has the
    ``k``-th adjoint to tangents of the results."""
    backward = halves.backward
    key = ("tangent map", k)
    if key not in backward.derived:
        backward.derived[key] = _transposed(halves, [k])
    found: Func = backward.derived[key]
    return found


def _transposed(halves: Split, chosen: Collection[int]) -> Func:
    """The transpose of a backward half, or of those of its results that are ``chosen``."""
    check_rules(reachable(halves.func))
    backward = halves.backward
    alone = Func(backward.name, clone(backward.block), backward.loc)
    alone.block.results = [r for k, r in enumerate(alone.block.results) if k in chosen]
    check(alone.block)  # where it runs, the function has not raised
    index_stacks(alone.block)
    made = vjp(
        alone, range(1, len(alone.params)), value=False, seeded=True, before=halves.forward
    )
    made.name = f"{halves.func.name}_tangents"
    made.block.ops = [op for op in made.block.ops if op.name != "mark"]  # it runs forward
    for v in (v for op in walk(made.block) for v in (*op.outputs, *_params_of(op))):
        v.name = as_tangent(v.name)
    for v in made.params:
        v.name = as_tangent(v.name)
    return made


def _params_of(op: Op) -> list[Var]:
    return [p for block in op.blocks for p in block.params]


def linearized(halves: Split, record: Record | None = None) -> tuple[Func, Func]:
    """A forward function, and one from its residuals and tangents of all active parameters to tangents
    of the results that are differentiated.

    ``halves`` are a public split. The cotangents that its transpose takes are zeros here; what tells
    their sizes is saved with the residuals, until ``pruned`` drops what nothing reads. ``record`` is the
    type of all that is saved, if that is known.
    """
    block = halves.forward.block
    *results, _ = block.results
    moving = [r for r, w in zip(results, halves.wanted, strict=True) if w]
    b = Builder(halves.func.loc)
    record = record or Record(f"{halves.record.name}.linear")
    with b.block() as packing:
        told = [_zero_like(b, r) for r in moving]
        fields = [*block.ops[-1].inputs, *(a for one in told for a in one)]
        (packed,) = b.emit("pack", fields, types=[record], names=["residuals"])
    ops = [*block.ops[:-1], *packing.ops]
    forward = Func(halves.forward.name, Block(block.params, ops, [*results, packed]), halves.func.loc)
    forward.taken = halves.forward.taken
    return forward, _of_tangents(b, halves, fields, record, list(map(len, told)))


def _zero_like(b: Builder, r: Atom) -> list[Atom]:
    """What tells a zero like a result: the sizes of an array, a list whole."""
    if isinstance(r.type, Scalar):
        return []
    if isinstance(r.type, Array):
        return [b.one("dim", r, axis=k) for k in range(len(r.type.shape))]
    return [b.one("copy", r)]


def _zero(b: Builder, seed: Var, told: Sequence[Atom]) -> Atom:
    """A zero in the place of a cotangent, from what was saved for it."""
    if isinstance(seed.type, Scalar):
        none = Const(0j if is_complex(seed.type) else 0.0)
        return b.one("cast", none, dtype=seed.type.dtype) if seed.type.dtype else none
    if not isinstance(seed.type, Array):
        return b.zeros(told[0])
    (zero,) = b.emit("zeros", told, checked=True, dtype=seed.type.dtype)
    zero.type = seed.type  # whose sizes are these
    return zero


def _of_tangents(
    b: Builder, halves: Split, fields: Sequence[Atom], record: Record, counts: Sequence[int]
) -> Func:
    """The transpose of the backward half as a function of residuals and tangents alone."""
    made = _transposed(halves, range(len(halves.backward.results)))
    inner, *rest = made.params
    seeds, dots = rest[: len(counts)], rest[len(counts) :]
    residuals = Var(record, "residuals")
    with b.block() as before:
        names = [a.name if isinstance(a, Var) else "" for a in fields]
        found = list(b.emit("unpack", [residuals], types=[a.type for a in fields], names=names))
        first = len(found) - sum(counts)
        env: Env = {inner: b.emit("pack", found[:first], types=[halves.record])[0]}
        for seed, n in zip(seeds, counts, strict=True):
            env[seed] = _zero(b, seed, found[first : first + n])
            first += n
    body = substitute(made.block, env)
    return Func(made.name, Block([residuals, *dots], before.ops + body.ops, body.results), made.loc)


def pruned(forward: Func, second: Func) -> None:
    """Drop the residuals that the second half does not read."""
    (pack,) = (op for op in forward.block.ops if forward.results[-1] in op.outputs)
    unpacks = [op for op in second.block.ops if op.inputs == (second.params[0],)]
    rest = Block([], [op for op in second.block.ops if op not in unpacks], second.results)
    used = free_vars(rest)
    kept = [k for op in unpacks for k, v in enumerate(op.outputs) if v in used]
    pack.inputs = tuple(pack.inputs[k] for k in kept)
    for op in unpacks:
        op.outputs = tuple(op.outputs[k] for k in kept)
