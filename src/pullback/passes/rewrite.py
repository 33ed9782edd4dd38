"""What passes share: rebuilding blocks, and when one value may stand for another.

A pass is a ``Rewriter`` with a ``rule`` that sees each op with its inputs looked up and its blocks
rebuilt, and says what its outputs are replaced by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from pullback.ir.alias import TRIED, analyse
from pullback.ir.build import Builder
from pullback.ir.core import Atom, Block, Const, Env, Func, Op, Var, look, walk
from pullback.ir.sizes import rewritten, substituted, symbols
from pullback.ir.types import (
    Array,
    Dim,
    List,
    Sym,
    Type,
    fresh_sym,
    has_memory,
    is_many,
    resized,
    same_up_to_sizes,
)

MAX_ROUNDS = 20


def definitions(block: Block) -> Iterator[Var]:
    """All that a block and the blocks in it define."""
    yield from block.params
    for op in walk(block):
        yield from op.outputs
        for inner in op.blocks:
            yield from inner.params


class Rewriter:
    """Rebuilds the block of a function op by op; ``changed`` says whether a rule fired."""

    def __init__(self, func: Func) -> None:
        self.func = func
        self.b = Builder(func.loc)
        self.env: Env = {}
        self.defs: dict[Var, Op] = {}
        self.fresh: set[Var] = set()
        self.replaced: list[tuple[Var, Var]] = []
        self.sizes = Sizes(func)
        self.changed = False

    @cached_property
    def sharing(self) -> Sharing:
        """Who shares memory: found when a rule asks first, for most never do."""
        sharing = Sharing(self.func)
        for old, new in self.replaced:
            sharing.replace(old, new)
        return sharing

    def run(self) -> bool:
        self.func.block = self.block(self.func.block)
        self.sizes.apply(self.func.block)
        return self.changed

    def rule(self, op: Op) -> Sequence[Atom] | None:
        """What stands for the outputs of an op, which is then dropped; None to keep it.

        Ops appended to the builder come in its place.
        """
        raise NotImplementedError

    def block(self, block: Block) -> Block:
        with self.b.block(block.params) as new:
            for op in block.ops:
                self.op(op)
        new.results = [look(self.env, r) for r in block.results]
        return block if new.ops == block.ops and new.results == block.results else new

    def op(self, op: Op) -> None:
        rebuilt = self.rebuilt(op)
        self.b.loc = op.loc or self.func.loc
        found = self.rule(rebuilt)
        self.b.loc = self.func.loc
        if found is None:
            self.append(rebuilt)
            return
        self.changed = True
        for v, a in zip(op.outputs, found, strict=True):
            self.replace(v, a)

    def rebuilt(self, op: Op) -> Op:
        """The op with its inputs looked up and its blocks rebuilt; itself if that changes nothing."""
        inputs = tuple([look(self.env, a) for a in op.inputs]) if self.env else op.inputs
        blocks = self.blocks(op, inputs)
        if inputs == op.inputs and blocks == op.blocks:
            return op
        return Op(op.prim, inputs, op.params, blocks, op.outputs, op.loc, op.checked)

    def blocks(self, op: Op, inputs: Sequence[Atom]) -> tuple[Block, ...]:
        """The blocks of an op, whose inputs are looked up, rebuilt."""
        return tuple(map(self.block, op.blocks))

    def append(self, op: Op) -> None:
        self.b.ops.append(op)
        for v in op.outputs:
            self.defs[v] = op

    def replace(self, v: Var, a: Atom) -> None:
        """From now on ``a`` stands for ``v``, and takes over its name where it has none."""
        if a is v:
            return
        if a.type == List(None) != v.type:  # an empty list for what would have filled it
            (a,) = self.b.emit("list_new", types=[v.type], names=[v.name])
        self.env[v] = a
        if isinstance(a, Const) or a not in self.fresh:  # whose sizes may be equal only from here on
            self.sizes.equate(v.type, a.type)
        if isinstance(a, Var):
            a.name = a.name or v.name
            self._note(v, a)

    def _note(self, old: Var, new: Var) -> None:
        if "sharing" in self.__dict__:
            self.sharing.replace(old, new)
        else:
            self.replaced.append((old, new))

    def definition(self, a: Atom, *names: str) -> Op | None:
        """The op that made a value, if it is one of these (of any, if none is named)."""
        op = self.defs.get(a) if isinstance(a, Var) else None
        return op if op is not None and (not names or op.name in names) else None

    def instead(self, op: Op, build: Callable[[], Atom | None]) -> Sequence[Atom] | None:
        """What ``build`` makes, known to have the shape of the output; None if its kind differs."""
        newest = fresh_sym().id
        with self.b.block() as scratch:
            result = build()
        if result is None or not same_up_to_sizes(result.type, op.out.type):
            return None
        if isinstance(result, Var):
            new_sizes = any(s.id > newest for n in dims(result.type) for s in symbols(n))
            result.type = op.out.type if new_sizes else result.type
            self.fresh.add(result)
        for new in scratch.ops:
            self.append(new)
        return [result]

    def same(self, op: Op, a: Atom) -> Sequence[Atom] | None:
        """An existing value that is equal to the output, if it may stand for it."""
        if not same_up_to_sizes(a.type, op.out.type):
            return None
        free = not has_memory(op.out.type)
        return [a] if free or self.sharing.may_stand_for(a, op.out) else None


def until_stable(rewriter: type[Rewriter], func: Func) -> None:
    """Rewrite until no rule fires."""
    for _ in range(MAX_ROUNDS):
        if not rewriter(func).run():
            return


class Sharing:
    """When a value in memory may stand for an equal one: nobody must see that they are now one."""

    def __init__(self, func: Func) -> None:
        self.aliases = analyse(func)
        self.laid_out = func.laid_out
        self.touched = set(self.aliases.written)
        for op in walk(func.block):
            if op.name == "list_add_at":  # adds to an element in place
                self.touched |= self.aliases.of(op.inputs[0]).held
        self.given = set(func.params)
        self.returned: set[Var] = set()
        for r in func.results:
            self.returned |= self.aliases.of(r).reach

    def is_settled(self, a: Atom) -> bool:
        """Whether no op writes to memory that this value can see."""
        return self.touched.isdisjoint(self.aliases.of(a).reach)

    def may_stand_for(self, new: Atom, old: Var) -> bool:
        """Whether ``new`` may replace ``old``, given that they are equal."""
        if not has_memory(old.type):
            return True
        if self.laid_out:  # an equal value may lie otherwise in memory
            return False
        if not (self.is_settled(new) and self.is_settled(old)):
            return False
        # Results share no memory with arguments or with each other.
        shared, before = self.aliases.of(new).reach, self.aliases.of(old).reach
        return self.returned.isdisjoint(before) or (self.returned | self.given).isdisjoint(shared)

    def replace(self, old: Var, new: Var) -> None:
        """``new`` stands for ``old`` from now on."""
        memory = self.aliases.memory
        if old not in memory:
            return
        if new not in memory:
            memory[new] = memory[old]
        elif not self.returned.isdisjoint(memory[old].reach):
            self.returned |= memory[new].reach


class Sizes:
    """Sizes found to be equal: one symbol stands for both from then on."""

    def __init__(self, func: Func) -> None:
        given = [n for p in func.params for n in dims(p.type)]
        self.fixed: set[Dim] = {*given, *(s for n in given for s in symbols(n))}
        self.known: dict[Dim, Dim] = {}

    def find(self, n: Dim) -> Dim:
        if self.known.keys().isdisjoint(symbols(n)):
            return n
        found = substituted(n, lambda s: self.find(self.known.get(s, s)))
        return n if found is None else found

    def equate(self, a: Type, b: Type) -> None:
        if isinstance(a, Array) and isinstance(b, Array) and a.ndim == b.ndim:
            for m, n in zip(a.shape, b.shape, strict=True):
                self.equate_dims(self.find(m), self.find(n))

    def equate_dims(self, m: Dim, n: Dim) -> None:
        """The less known of the two gives way; symbols of parameters never do."""
        if self._rank(m) > self._rank(n):
            m, n = n, m
        free = isinstance(m, Sym) and not m.less and m not in self.fixed
        if free and all(s != m for s in symbols(n)):
            self.known[m] = n

    def _rank(self, n: Dim) -> tuple[bool, bool, bool]:
        return (isinstance(n, int), n in self.fixed, is_many(n))

    def apply(self, block: Block) -> None:
        if self.known:
            for v in definitions(block):
                v.type = resized(v.type, self.find)
                v.size = None if v.size is None else rewritten(v.size, self.find)


def dims(t: Type | None) -> Iterator[Dim]:
    """The sizes that a type names."""
    if isinstance(t, Array):
        yield from t.shape
    elif isinstance(t, List):
        yield from dims(t.elem)


def keep_outputs(op: Op, kept: Sequence[int]) -> Op:
    """An op with blocks with only these of its outputs, their yields or carries.

    Those of a ``try`` that are no values stay.
    """
    if op.name == "try":
        return _keep_values(op, [k - TRIED for k in kept if k >= TRIED])
    head = {"if": 1, "for": 3, "while": 0}[op.name]
    carried = op.inputs[head:]
    inputs = (*op.inputs[:head], *(carried[k] for k in kept if op.name != "if"))
    blocks = tuple(_keep_results(op, block, kept) for block in op.blocks)
    outputs = tuple(op.outputs[k] for k in kept)
    return Op(op.prim, inputs, op.params, blocks, outputs, op.loc, op.checked)


def _keep_values(op: Op, kept: Sequence[int]) -> Op:
    (body,) = op.blocks
    block = Block([], body.ops, [body.results[k] for k in kept])
    inputs = tuple(op.inputs[k] for k in kept)
    outputs = (*op.outputs[:TRIED], *(op.outputs[TRIED + k] for k in kept))
    return Op(op.prim, inputs, op.params, (block,), outputs, op.loc, op.checked)


def _keep_results(op: Op, block: Block, kept: Sequence[int]) -> Block:
    if op.name == "if":
        return Block([], block.ops, [block.results[k] for k in kept])
    first = len(block.params) - len(op.outputs)
    params = block.params[:first] + [block.params[first + k] for k in kept]
    if block is not op.blocks[-1]:  # the condition of a while
        return Block(params, block.ops, block.results)
    first = len(block.results) - len(op.outputs)
    results = block.results[:first] + [block.results[first + k] for k in kept]
    return Block(params, block.ops, results)
