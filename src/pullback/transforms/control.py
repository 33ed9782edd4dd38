"""Reverse mode through branches and loops: the adjoint of a structured op is a structured op.

What a reverse block uses of its forward block becomes a slot of the branch or a stack of the loop.
Adjoints of outer values that a block contributes to are handed in and out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pullback.ir.alias import NONE, TRIED, carries
from pullback.ir.bars import bar_name
from pullback.ir.build import Value
from pullback.ir.core import Atom, Block, Const, Env, Op, Params, Var, free_vars, substitute
from pullback.ir.types import (
    PY_FLOAT,
    PY_INT,
    Array,
    List,
    Type,
    has_memory,
    join,
    loosened,
    same_up_to_sizes,
)
from pullback.transforms import residuals
from pullback.transforms.adjoints import MASKED, Reverse, reverses
from pullback.transforms.revolve import has_snapshots, reverse_with_snapshots
from pullback.transforms.standing import standing

NO_PARAMS: Params = {}


@reverses("if")
def reverse_if(rev: Reverse, op: Op) -> list[Op]:
    """Each branch reversed, under the same condition."""
    bars = rev.take(op)
    rev.settle()
    before = dict(rev.bars)
    sides = [_reverse_branch(rev, block, bars, before) for block in op.blocks]
    slots = _branch_back(rev, op.inputs[0], sides, before, _behind(op))
    blocks = tuple(side.forward for side in sides)
    return [Op(op.prim, op.inputs, op.params, blocks, (*op.outputs, *slots), op.loc)]


@reverses("try")
def reverse_try(rev: Reverse, op: Op) -> list[Op]:
    """What the block yielded reversed, or what came in where it raised.

    Its errors decide which: none of them is left to the reverse sweep.
    """
    bars = rev.take(op)[TRIED:]
    rev.settle()
    before, cover = dict(rev.bars), rev.cover
    rev.cover = False
    blocks = [Block([], [], list(op.inputs)), *op.blocks]
    sides = [_reverse_branch(rev, block, bars, before) for block in blocks]
    slots = _branch_back(rev, op.outputs[0], sides, before)
    rev.cover = cover
    kept, body = (side.forward for side in sides)
    outputs = (*op.outputs, *slots)
    return [*kept.ops, Op(op.prim, tuple(kept.results), op.params, (body,), outputs, op.loc)]


def _behind(op: Op) -> Params:
    """What the reverse of a branch has of it: the context that derivative code runs in, if it is one."""
    if "context" not in op.params:
        return {}
    return {**op.params, "context": op.params["behind"]}


def _branch_back(
    rev: Reverse, cond: Atom, sides: Sequence[_Side], before: dict[Var, Atom], params: Params = NO_PARAMS
) -> list[Var]:  # fmt: skip
    """The branch of the reverse sweep; what the sides of the forward one yield for it."""
    rev.bars = before
    ending = [any(op.name == "raise" for op in side.forward.ops) for side in sides]
    if not params and any(ending) and not all(ending):
        return _back_from(rev, sides, ending.index(False))
    changed: dict[Var, None] = {}
    for side in sides:
        outer = {v: b for v, b in side.bars.items() if v not in side.inner}
        changed.update((v, None) for v, b in outer.items() if before.get(v) is not b)
    zeros = [0] * len(changed)
    for side in sides[:1] if params else sides:
        for k, v in enumerate(changed):
            zeros[k] = max(zeros[k], _yield_bar(rev, side, v))
    slots = _slots(rev, sides)
    blocks = [side.backward for side in sides]
    names = list(map(bar_name, changed))
    outputs = (
        rev.b.context(blocks[0], names, **params)
        if params
        else rev.b.branch(cond, blocks[0], blocks[1], names)
    )
    for v, out, zero in zip(changed, outputs, zeros, strict=True):
        rev.bars[v] = out
        rev.mark(out, zero)
    return slots


def _back_from(rev: Reverse, sides: Sequence[_Side], place: int) -> list[Var]:
    """The reverse of the one side that control comes back from, where the other one raises."""
    side = sides[place]
    bars = {v: bar for v, bar in side.bars.items() if v not in side.inner}
    side.backward.results += bars.values()
    slots = _slots(rev, sides)
    rev.b.ops += side.backward.ops
    rev.bars = dict(zip(bars, side.backward.results, strict=True))
    return slots


@dataclass(eq=False)
class _Side:
    """One branch: its forward and reverse blocks, adjoints after it, and what it defines."""

    forward: Block
    backward: Block
    bars: dict[Var, Atom]
    inner: set[Var]


def _reverse_branch(
    rev: Reverse, block: Block, bars: Sequence[Atom | None], before: dict[Var, Atom]
) -> _Side:
    rev.bars = dict(before)
    with rev.b.block() as backward:
        for r, bar in zip(block.results, bars, strict=True):
            if bar is not None:
                rev.add(r, Value(rev.b, bar), rev.zero_by(bar))
        forward = Block(block.params, rev.block(block.ops), list(block.results))
        rev.settle()
    inner = set(residuals.definitions(forward))
    return _Side(forward, backward, rev.bars, inner)


def _yield_bar(rev: Reverse, side: _Side, v: Var) -> int:
    """Yield the adjoint of an outer value from a reverse branch; by what it may be zero."""
    bar = side.bars.get(v)
    if bar is None:
        with rev.b.block() as zero:
            bar = rev.zeros(v)
        side.backward.ops += zero.ops
        side.backward.results.append(bar)
        return MASKED
    side.backward.results.append(bar)
    return rev.zero_by(bar)


def _slots(rev: Reverse, sides: Sequence[_Side]) -> list[Var]:
    """Outputs for what the reverse branches use of their forward ones, which yield it."""
    slots = []
    for k, side in enumerate(sides):
        wanted = residuals.needed(side.backward, side.forward)
        inner = side.inner
        stored, again = residuals.choose(
            rev, side.forward, wanted, lambda v, inner=inner: v not in inner  # type: ignore[misc]
        )
        env: Env = {}
        for v in stored:
            slot = Var(v.type, v.name)
            env[v] = slot
            slots.append(slot)
            for i, other in enumerate(sides):
                other.forward.results.append(v if i == k else _unset(rev, other.forward, v))
        clones = residuals.recompute(rev, again, env, rev.cover)
        body = substitute(side.backward, env)
        side.backward = Block([], clones + body.ops, body.results)
    return slots


def _unset(rev: Reverse, block: Block, v: Var) -> Var:
    with rev.b.block() as scratch:
        unset = rev.b.undef(v.type, v.name)
    block.ops += scratch.ops
    return unset


# ---- loops


@dataclass(eq=False)
class _Body:
    """A reversed loop body: adjoint carries of the loop's carries (by position) and outer values."""

    forward: Block
    backward: Block
    positions: list[int]
    outer: list[Var]
    zeros: list[int]
    types: list[Type]


@reverses("for", "while")
def reverse_loop(rev: Reverse, op: Op) -> list[Op]:
    """The loop forward, storing what is needed; then a loop over its passes, last to first.

    A pass that is run again just before it is reversed is not changed by what is written later.
    """
    _note_standing(rev, op)
    out_bars = rev.take(op)
    rev.settle()
    before = dict(rev.bars)
    inits, params, yields = carries(op)
    positions = [k for k, p in enumerate(params) if p in rev.active]
    outer = [v for v in free_vars(op.blocks[-1]) if v in rev.active]
    starts = [out_bars[k] for k in positions]
    zeros = [0 if b is None else rev.zero_by(b) for b in starts]
    zeros += [rev.zero_by(before[v]) if v in before else MASKED for v in outer]
    types = [_start_type(b, yields[k]) for b, k in zip(starts, positions, strict=True)]
    types += [_start_type(before.get(v), v) for v in outer]
    cover, later = rev.cover, rev.later
    if has_snapshots(op):
        rev.cover, rev.later = False, NONE
    body = _settled_body(rev, op, positions, outer, zeros, types)
    rev.bars, rev.later = before, later
    _drop_untouched(body, len(positions))
    initial = [
        _start(rev, bar, op.outputs[k]) for bar, k in zip(starts, positions, strict=True)
    ]
    initial += [rev.bar_or_zero(v) for v in body.outer]
    forward, finals = _store_and_loop(rev, op, body, initial)
    rev.cover = cover
    zero_by = dict(zip([*positions, *outer], body.zeros, strict=True))
    for v, bar in zip(body.outer, finals[len(positions) :], strict=False):
        rev.bars[v] = bar
        rev.mark(bar, zero_by[v])
    for k, bar in zip(positions, finals, strict=False):
        rev.add(inits[k], Value(rev.b, bar), zero_by[k])
    return forward


def _note_standing(rev: Reverse, op: Op) -> None:
    """Enter what arrays still hold at the end of the loop that nothing overwrites afterwards."""
    changed = rev.after | rev.escaping
    kept = [changed.isdisjoint(rev.aliases.of(v).reach) for v in op.outputs]
    found = standing(op, kept)
    rev.standing |= found
    rev.finals.update(v for v, k in zip(op.outputs, kept, strict=True) if k)


def _start_type(bar: Atom | None, v: Atom) -> Type:
    """The type that an adjoint enters a reverse pass with, to be widened by what passes yield.

    That of a carry has the sizes of what the pass yielded, and leaves with those of what it took.
    """
    if has_memory(v.type):
        return loosened(v.type)
    return PY_FLOAT if bar is None else bar.type


def _start(rev: Reverse, bar: Atom | None, output: Var) -> Atom:
    if bar is not None:
        return bar
    return rev.zeros(output)


def _settled_body(
    rev: Reverse, op: Op, positions: Sequence[int], outer: Sequence[Var], zeros: list[int],
    types: list[Type],
) -> _Body:  # fmt: skip
    """One pass reversed with adjoints of the types that it hands on itself."""
    while True:
        body = _reverse_body(rev, op, positions, outer, zeros, types)
        if body.zeros == zeros and all(map(same_up_to_sizes, types, body.types)):
            return body
        zeros, types = body.zeros, body.types


def _reverse_body(
    rev: Reverse, op: Op, positions: Sequence[int], outer: Sequence[Var], zeros: Sequence[int],
    types: Sequence[Type],
) -> _Body:  # fmt: skip
    """Reverse one pass, with adjoints handed in.

    Their types, and by what they may be zero, are assumptions that the caller checks.
    """
    block = op.blocks[-1]
    _, params, yields = carries(op)
    named = [*(params[k] for k in positions), *outer]
    bars = [Var(t, bar_name(v)) for t, v in zip(types, named, strict=True)]
    carried, handed = bars[: len(positions)], bars[len(positions) :]
    rev.unset.update(bar for bar, v in zip(bars, named, strict=True) if v in rev.unset)
    for bar, zero in zip(bars, zeros, strict=True):
        rev.mark(bar, zero)
    rev.bars = dict(zip(outer, handed, strict=True))
    with rev.b.block([*carried, *handed]) as backward:
        for k, bar in zip(positions, carried, strict=True):
            rev.add(yields[k], Value(rev.b, bar), rev.zero_by(bar))
        forward = Block(list(block.params), rev.block(block.ops), list(block.results))
        rev.settle()
        results = [_final(rev, params[k], c) for k, c in zip(positions, carried, strict=True)]
        results += [rev.bars[v] for v in outer]
    backward.results = results
    found = [max(zero, rev.zero_by(r)) for zero, r in zip(zeros, results, strict=True)]
    widened = [join(t, r.type) or t for t, r in zip(types, results, strict=True)]
    return _Body(forward, backward, list(positions), list(outer), found, widened)


def _final(rev: Reverse, param: Var, carried: Var) -> Atom:
    """The adjoint of a carry at the start of a pass; its zero takes the shape of its successor, but of
    lists, whose types do not tell how long they are."""
    bar = rev.bar(param)
    if bar is None:
        array = isinstance(param.type, Array)
        same = not has_memory(param.type) or (array and param.type == carried.type)
        bar = rev.zero(carried if same else param)
        rev.label(bar, param)
    return bar


def _drop_untouched(body: _Body, first: int) -> None:
    """Outer adjoints that no pass contributes to need no carry."""
    params, results = body.backward.params, body.backward.results
    kept = [k for k in range(len(body.outer)) if results[first + k] is not params[first + k]]
    body.outer = [body.outer[k] for k in kept]
    params[first:] = [params[first + k] for k in kept]
    results[first:] = [results[first + k] for k in kept]


def _store_and_loop(
    rev: Reverse, op: Op, body: _Body, initial: Sequence[Atom]
) -> tuple[list[Op], Sequence[Var]]:
    """The forward loop with its stacks, and the reverse loop built behind it."""
    b = rev.b
    index = [Var(PY_INT, op.blocks[-1].params[0].name)] if op.name == "for" else [Var(PY_INT)]
    backward = Block([*index, *body.backward.params], body.backward.ops, body.backward.results)
    same = {body.forward.params[0]: index[0]} if op.name == "for" else {}
    stored, backward = _residuals_of_pass(rev, body, substitute(backward, dict(same)), same)
    if has_snapshots(op):
        return reverse_with_snapshots(rev, op, body.forward, backward, stored, initial)
    counted = op.name == "while" or op.params["exits"]
    prologue, forward, stacks, count = _forward_loop(rev, op, body.forward, stored, counted)
    entering = [Var(s.type, s.name) for s in stacks]
    backward = Block([*backward.params, *entering], backward.ops, list(backward.results))
    pushed, left = [], []
    within = forward.blocks[-1].params[-len(stored) :]
    for v, inner, outer in zip(stored, within, entering, strict=False):
        overwritten = rev.may_be_overwritten(v)
        flow = residuals.Stack(inner, outer)
        backward, after, rest = residuals.store(
            b, body.forward, backward, flow, v, v, overwritten
        )
        pushed.append(after)
        left.append(rest)
    forward.blocks[-1].results += pushed
    backward.results += left
    finals = b.emit(
        "for",
        [*_reverse_range(rev, op, count), *initial, *stacks],
        [backward],
        names=[p.name for p in backward.params[1:]],
        exits=False,
        reverse=op.name == "for" and not op.params["reverse"],
    )
    return [*prologue, forward], finals


def _residuals_of_pass(
    rev: Reverse, body: _Body, backward: Block, same: dict[Var, Var]
) -> tuple[list[Var], Block]:
    """What to store on stacks; the rest is computed again at the start of the reverse pass.

    ``same`` maps the index of the forward pass to that of the reverse pass.
    """
    wanted = residuals.needed(backward, body.forward)
    inside = set(residuals.definitions(body.forward)) - set(same)
    at_hand = lambda v: v not in inside
    free = residuals.free_arrays(rev, body.forward, at_hand)
    known = [v for v in (*backward.params, *free) if v not in rev.unset]
    backward = substitute(backward, residuals.shape_stand_ins(backward, wanted, known))
    wanted = residuals.needed(backward, body.forward)
    stored, again = residuals.choose(rev, body.forward, wanted, at_hand)
    env: Env = dict(same)
    clones = residuals.recompute(rev, again, env, rev.cover)
    backward = substitute(backward, env)
    return stored, Block(backward.params, clones + backward.ops, backward.results)


def _forward_loop(
    rev: Reverse, op: Op, body: Block, stored: Sequence[Var], counted: bool
) -> tuple[list[Op], Op, list[Var], Var | None]:
    """The forward loop extended by a count of its passes and by stacks (pushes come later)."""
    with rev.b.block() as prologue:
        empty = [_empty_stack(rev, v) for v in stored]
    count = [Var(PY_INT, "count")] if counted else []
    stacks = [Var(s.type, s.name) for s in empty]
    extra = [*count, *stacks]
    if counted:
        with rev.b.block() as step:
            body.results.append(rev.b.one("add", count[0], Const(1)))
        body.ops += step.ops
    blocks = [*op.blocks[:-1], Block([*body.params, *extra], body.ops, body.results)]
    if op.name == "while":
        spare = [Var(v.type, v.name) for v in extra]
        blocks[0] = Block([*blocks[0].params, *spare], blocks[0].ops, blocks[0].results)
    inputs = (*op.inputs, *([Const(0)] if counted else []), *empty)
    results = [Var(v.type, v.name) for v in extra]
    outputs = (*op.outputs, *results)
    forward = Op(op.prim, inputs, op.params, tuple(blocks), outputs, op.loc)
    return prologue.ops, forward, results[len(count) :], results[0] if counted else None


def _empty_stack(rev: Reverse, v: Var) -> Var:
    nested = "_stack" if isinstance(v.type, List) else "s"
    name = v.name + nested if v.name else "saved"
    return rev.b.emit("list_new", types=[List(v.type)], names=[name])[0]


def _reverse_range(rev: Reverse, op: Op, count: Var | None) -> list[Atom]:
    """The range of the reverse loop: the passes that the forward loop made."""
    if op.name == "while":
        assert count is not None
        return [Const(0), count, Const(1)]
    start, stop, step = op.inputs[:3]
    if count is None:
        return [start, stop, step]
    first = Value(rev.b, start)
    return [start, (first + Value(rev.b, count) * Value(rev.b, step)).atom, step]
