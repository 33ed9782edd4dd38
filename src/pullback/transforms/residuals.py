"""Residuals: what crosses from the forward to the reverse sweep is what the latter is found to use.

Cheap values are computed again from what is at hand, all else is stored: in a loop on stacks, one
entry a pass. What may be overwritten before the reverse sweep comes back to it is never read again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pullback.ir.build import Builder
from pullback.ir.core import (
    Atom,
    Block,
    Env,
    Op,
    Var,
    clone_op,
    free_vars,
    substitute,
)
from pullback.ir.prims import DTYPE_TOO
from pullback.ir.types import Array, List, Scalar, Sym, has_memory
from pullback.rules.table import ROWS
from pullback.transforms.adjoints import Reverse

Available = Callable[[Var], bool]


def definitions(block: Block) -> dict[Var, Op | None]:
    """What a block itself defines: its parameters (None) and outputs of its ops."""
    found: dict[Var, Op | None] = dict.fromkeys(block.params)
    for op in block.ops:
        found.update((v, op) for v in op.outputs)
    return found


def needed(reverse: Block, forward: Block) -> list[Var]:
    """The variables of a forward block that its reverse block uses, in order of definition."""
    free = free_vars(reverse)
    return [v for v in definitions(forward) if v in free]


def is_cheap(op: Op) -> bool:
    """Whether computing again costs less than storing: arithmetic on numbers, views, sizes."""
    if op.blocks or op.prim.effect or op.prim.writes is not None or len(op.outputs) != 1:
        return False
    if isinstance(op.out.type, Scalar):
        row = ROWS.get(op.name)
        whole = any(isinstance(a.type, Array | List) for a in op.inputs)
        return op.prim.cheap or (row is not None and row.kind == "elementwise" and not whole)
    return bool(op.prim.cheap and op.views())


def may_repeat(rev: Reverse, op: Op) -> bool:
    """Whether an op is rather run again than its value stored: a cheap one, and any that the forward
    sweep would run for nothing else."""
    return is_cheap(op) or (rev.repeats and _is_pure(op))


def _is_pure(op: Op) -> bool:
    """Whether an op computes one value from others, and nothing else."""
    apart = op.name in ("undef", "list_new", "list_push", "pack", "call")
    single = not op.blocks and len(op.outputs) == 1 and not apart
    return single and not op.prim.effect and op.prim.writes is None


def choose(
    rev: Reverse, forward: Block, wanted: Sequence[Var], at_hand: Available
) -> tuple[list[Var], list[Op]]:
    """Which of the wanted variables to store, and the ops that compute the others again, in order."""
    defined = definitions(forward)
    defined.update((v, rev.standing[v].again) for v in defined if v in rev.standing)
    stored: dict[Var, None] = {}

    again = _Following(rev, defined, at_hand, {}).holds
    stored.update((v, None) for v in wanted if not again(v))
    for v in reversed(list(stored)):  # later ones may follow from earlier ones
        rest = _Following(rev, defined, at_hand, {w: None for w in stored if w is not v})
        op = defined[v]
        if op is not None and may_repeat(rev, op) and all(map(rest.holds, op.inputs)):
            del stored[v]
    roots = _Roots(rev, defined, again).of_all(list(stored))
    if len(roots) < len(stored):
        stored = roots
    return list(stored), _chain([v for v in wanted if v not in stored], stored, defined)


class _Following:
    """Which values can be computed from what is at hand and the stored ``base``, by ops that may be
    run again."""

    def __init__(
        self, rev: Reverse, defined: dict[Var, Op | None], at_hand: Available,
        base: Mapping[Var, None], repeat: Callable[[Op], bool] | None = None,
    ) -> None:  # fmt: skip
        self.rev = rev
        self.defined = defined
        self.at_hand = at_hand
        self.base = base
        self.repeat = repeat or partial(may_repeat, rev)
        self.known: dict[Atom, bool] = {}

    def holds(self, v: Atom) -> bool:
        if v not in self.known:
            self.known[v] = self._found(v)
        return self.known[v]

    def _found(self, v: Atom) -> bool:
        if not isinstance(v, Var) or v in self.base:
            return True
        if v not in self.defined:
            return self.at_hand(v) and not self.rev.may_be_overwritten(v)
        op = self.defined[v]
        if op is None:
            return self.at_hand(v)
        return self.repeat(op) and all(map(self.holds, op.inputs))


def free_arrays(rev: Reverse, forward: Block, at_hand: Available) -> list[Var]:
    """The arrays that a block defines and that can be had again for nothing, as views can."""
    defined = definitions(forward)
    arrays = (v for v in defined if isinstance(v.type, Array) and defined[v] is not None)
    free = _Following(rev, defined, at_hand, {}, is_cheap)
    return [v for v in arrays if free.holds(v)]


class _Roots:
    """What values follow from by cheap ops: usually the user's own variables, and fewer of them.

    A number read from an array is never replaced by the array, nor a part of one that is to be copied.
    """

    def __init__(
        self, rev: Reverse, defined: dict[Var, Op | None], free: Callable[[Var], bool]
    ) -> None:
        self.rev = rev
        self.defined = defined
        self.free = free
        self.known: dict[Var, dict[Var, None]] = {}

    def of_all(self, targets: Sequence[Var]) -> dict[Var, None]:
        kept = {r: None for v in targets for r in self.of(v)}
        return {v: None for v in self.defined if v in kept}

    def of(self, v: Atom) -> dict[Var, None]:
        if not isinstance(v, Var) or v not in self.defined or self.free(v):
            return {}
        if v not in self.known:
            self.known[v] = dict.fromkeys(self._found(v))
        return self.known[v]

    def _found(self, v: Var) -> Iterable[Var]:
        op = self.defined[v]
        repeats = op is not None and may_repeat(self.rev, op)
        if op is None or not repeats or (_is_small(op) and self.rev.may_be_overwritten(v)):
            return [v]
        roots = {r: None for a in op.inputs for r in self.of(a)}
        variables = (a for a in op.inputs if isinstance(a, Var))
        outer = any(a not in self.defined and not self.free(a) for a in variables)
        grows = not has_memory(v.type) and any(has_memory(r.type) for r in roots)
        return [v] if grows or outer else roots


def _is_small(op: Op) -> bool:
    """Whether an op reads a part of an array that may be much smaller than it: more than a few elements
    at the ends are left out."""
    if op.name != "getitem":
        return False
    whole, part = op.inputs[0].type, op.out.type
    if not (isinstance(whole, Array) and isinstance(part, Array)) or whole.ndim != part.ndim:
        return True
    pairs = zip(whole.shape, part.shape, strict=True)
    return not all(a == b or (isinstance(b, Sym) and b.whole == a) for a, b in pairs)


def _chain(
    targets: Iterable[Var],
    stored: dict[Var, None],
    defined: dict[Var, Op | None],
) -> list[Op]:
    """The ops that targets follow from, each behind those that it follows from."""
    chain: dict[Op, None] = {}
    for v in targets:
        _link(v, stored, defined, chain)
    return list(chain)


def _link(
    v: Atom, stored: dict[Var, None], defined: dict[Var, Op | None], chain: dict[Op, None]
) -> None:
    op = defined.get(v) if isinstance(v, Var) and v not in stored else None
    if op is not None and op not in chain:
        for a in op.inputs:
            _link(a, stored, defined, chain)
        chain[op] = None


def recompute(rev: Reverse, ops: Sequence[Op], env: Env, cover: bool) -> list[Op]:
    """Clones of forward ops for the reverse block; ``env`` maps what they use and gains outputs.

    With ``cover``, an error that a forward op may raise is left to its clone, which always runs: the
    forward op may then be dropped if its value is not used. Errors of arithmetic are not left to it.
    """
    clones = []
    for op in ops:
        clone = clone_op(op, env)
        clone.params = {k: v for k, v in op.params.items() if k != "traps"}
        clones.append(clone)
        if cover and "traps" not in op.params:
            standing = rev.standing.get(op.outputs[0])
            read = standing.read if standing is not None else op
            if read is not None:
                read.checked = True
    return clones


def has_run(block: Block) -> None:
    """Mark ops of code that has run, and not raised: in a ``try`` they may have."""
    for op in block.ops:
        if op.name != "try":
            op.checked = True
            for inner in op.blocks:
                has_run(inner)


def shape_stand_ins(reverse: Block, wanted: Sequence[Var], at_hand: Sequence[Var]) -> Env:
    """Wanted arrays of which only the shape is used, or dtype and shape, replaced by ones at hand of
    the same."""
    like: dict[object, Var] = {}
    for v in at_hand:
        if isinstance(v.type, Array):
            like.setdefault(v.type.shape, v)
            like.setdefault(v.type, v)
    env: Env = {}
    for v in wanted:
        if isinstance(v.type, Array) and not reads(reverse, v, frozenset()):
            key = v.type.shape if not reads(reverse, v) else v.type
            if key in like:
                env[v] = like[key]
    return env


def reads(block: Block, v: Var, more: Collection[str] = DTYPE_TOO) -> bool:
    """Whether a block uses more of a variable than its shape; ops named in ``more`` do."""
    if v in block.results:
        return True
    for op in block.ops:
        places = () if op.name in more else op.prim.shape_only
        if any(a is v and k not in places for k, a in enumerate(op.inputs)):
            return True
        if any(reads(inner, v, more) for inner in op.blocks):
            return True
    return False


# ---- storing on the stacks of a loop


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack on its way through a loop body: where it enters the forward and the reverse block."""

    forward: Var
    reverse: Var


def store(
    b: Builder, forward: Block, reverse: Block, stack: Stack, v: Var, used: Var, overwritten: bool
) -> tuple[Block, Atom, Atom]:
    """Push ``v`` in a forward block and pop it for what uses ``used`` in the reverse block.

    What is set in one branch only is pushed in that branch and popped in its reverse. Gives the new
    reverse block, the stack after the forward block, and the stack after the reverse block. What may
    be overwritten later is copied. Forward blocks are extended in place.
    """
    slot = _slot(forward, v)
    user = _only_user(reverse, used)
    if slot is not None and user is not None and _twins(slot, user):
        return _store_in_branch(b, reverse, stack, slot, user, used, overwritten)
    with b.block() as epilogue:
        value: Atom = b.one("copy", v) if overwritten else v
        pushed = b.one("list_push", stack.forward, value)
    pushed.name = stack.forward.name
    at = _behind(forward, v)
    forward.ops[at:at] = epilogue.ops
    with b.block() as prologue:
        names = [stack.reverse.name, v.name]
        rest, popped = b.emit("list_pop", [stack.reverse], names=names, checked=True)
    body = substitute(reverse, {used: popped})
    return Block(body.params, prologue.ops + body.ops, body.results), pushed, rest


def _behind(block: Block, v: Var) -> int:
    """The place right behind the definition of a variable, before anything can overwrite it."""
    for k, op in enumerate(block.ops):
        if v in op.outputs:
            return k + 1
    return 0


Slot = tuple[Op, int, int]


def _slot(block: Block, v: Var) -> Slot | None:
    """The branch that alone sets ``v``: the ``if``, its output, the side."""
    for op in block.ops:
        if op.name == "if" and v in op.outputs:
            k = op.outputs.index(v)
            unset = [is_undef(inner, inner.results[k]) for inner in op.blocks]
            if any(unset) and not all(unset):
                return op, k, unset.index(False)
    return None


def is_undef(block: Block, a: Atom) -> bool:
    """Whether a block leaves a value undefined."""
    return any(op.name == "undef" and a in op.outputs for op in block.ops)


def _only_user(block: Block, v: Var) -> tuple[Op, int] | None:
    """The branch that alone uses ``v``: the ``if`` and the side."""
    users = [op for op in block.ops if v in op.inputs or any(v in free_vars(x) for x in op.blocks)]
    if len(users) != 1 or users[0].name != "if" or v in users[0].inputs or v in block.results:
        return None
    sides = [i for i, inner in enumerate(users[0].blocks) if v in free_vars(inner)]
    return (users[0], sides[0]) if len(sides) == 1 else None


def _twins(slot: Slot, user: tuple[Op, int]) -> bool:
    """Whether the two are the same branch of one condition."""
    return slot[2] == user[1] and slot[0].inputs[0] is user[0].inputs[0]


def _store_in_branch(
    b: Builder,
    reverse: Block,
    stack: Stack,
    slot: Slot,
    user: tuple[Op, int],
    used: Var,
    overwritten: bool,
) -> tuple[Block, Atom, Atom]:
    (op, k, side), (twin, _) = slot, user
    inner = op.blocks[side]
    value = inner.results[k]
    assert isinstance(value, Var)
    # Conditions inside the branch are known to its reverse by the slots that carry them out.
    outward = {
        r: v for r, v in zip(inner.results, op.outputs, strict=True) if isinstance(r, Var)
    }
    aligned = substitute(twin.blocks[side], {v: r for r, v in outward.items() if v is not used})
    new, after, rest = store(b, inner, aligned, stack, value, used, overwritten)
    new = substitute(new, dict(outward))
    for i, branch in enumerate(op.blocks):
        branch.results.append(after if i == side else stack.forward)
    pushed = Var(stack.forward.type, stack.forward.name)
    op.outputs = (*op.outputs, pushed)
    branches = tuple(new if i == side else x for i, x in enumerate(twin.blocks))
    branches = tuple(
        Block(x.params, x.ops, [*x.results, rest if i == side else stack.reverse])
        for i, x in enumerate(branches)
    )
    left = Var(stack.reverse.type, stack.reverse.name)
    replaced = Op(twin.prim, twin.inputs, twin.params, branches, (*twin.outputs, left), twin.loc)
    ops = [replaced if o is twin else o for o in reverse.ops]
    return Block(reverse.params, ops, reverse.results), pushed, left
