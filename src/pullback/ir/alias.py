"""Which values may share memory: buffers that each value owns, and those that it holds inside.

A buffer is named by the variable that brought it into being. ``own`` are the buffers that a write to
the value itself would change, ``held`` those of elements of a list or fields of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pullback.ir.core import Atom, Block, Func, Op, Var, callees, reachable
from pullback.ir.index import level_written
from pullback.ir.types import List, Record, has_memory

# How many outputs of a ``try`` come before its values: what was caught, and the exception.
TRIED = 2
Buffers = frozenset[Var]
NONE: Buffers = frozenset()
Summaries = dict[Func, list[frozenset[int]]]
Found = TypeVar("Found")
NONE_SHARED: frozenset[int] = frozenset()
_HOLDING = frozenset(("list_push", "list_set", "list_new", "list_get", "list_pop", "pack", "unpack"))


@dataclass(frozen=True, slots=True)
class Memory:
    """The buffers of one value."""

    own: Buffers = NONE
    held: Buffers = NONE

    @property
    def reach(self) -> Buffers:
        return self.own | self.held if self.held else self.own

    def __or__(self, other: Memory) -> Memory:
        if other.own <= self.own and other.held <= self.held:
            return self
        return Memory(self.own | other.own, self.held | other.held)


NOTHING = Memory()


@dataclass(eq=False)
class Aliases:
    """What may alias in one function: memory of each variable, and the buffers that ops write to.

    ``known`` are the summaries of what it calls.
    """

    memory: dict[Var, Memory] = field(default_factory=dict)
    written: set[Var] = field(default_factory=set)
    known: Summaries = field(default_factory=dict)

    def of(self, atom: Atom) -> Memory:
        return self.memory.get(atom, NOTHING) if isinstance(atom, Var) else NOTHING

    def may_be_overwritten(self, atom: Atom) -> bool:
        """Whether some op writes to memory that this value can see."""
        return not self.written.isdisjoint(self.of(atom).reach)

    def written_by(self, op: Op) -> Buffers:
        """The buffers that an op, or any op in its blocks, writes to."""
        written = NONE
        for k in writes(op):
            written |= self.of(op.inputs[k]).own
        if level_written(op):
            written |= self.of(op.inputs[0]).held
        for block in op.blocks:
            written = written.union(*map(self.written_by, block.ops))
        return written

    def fresh(self, v: Var) -> None:
        """``v`` is memory of its own, shared with nothing known."""
        if has_memory(v.type):
            self.memory[v] = Memory(frozenset([v]), _inside(v))

    def block(self, block: Block) -> None:
        for op in block.ops:
            self.op(op)

    def op(self, op: Op) -> None:
        """Enter the outputs of an op, whose inputs are entered."""
        if op.name in ("for", "while"):
            self.loop(op)
        elif op.name == "if":
            for inner in op.blocks:
                self.block(inner)
            for v, *yielded in zip(op.outputs, *(b.results for b in op.blocks), strict=True):
                self.memory[v] = self.of(yielded[0]) | self.of(yielded[1])
        elif op.name == "try":
            self.block(op.blocks[0])
            for v, kept, result in attempts(op):
                self.memory[v] = self.of(kept) | self.of(result)
        else:
            self.simple(op)

    def simple(self, op: Op) -> None:
        """An op without blocks."""
        if written := self.written_by(op):
            self.written |= written
        for k, v in enumerate(op.outputs):
            if has_memory(v.type):
                self.memory[v] = self._result(op, k, v)

    def _result(self, op: Op, k: int, v: Var) -> Memory:
        if op.name in _HOLDING:
            return self._of_container(op, k, v)
        if op.name == "call":
            shared = [self.of(op.inputs[i]) for i in self.known[op.params["callee"]][k]]
            return _union([Memory(frozenset([v]), _inside(v)), *shared])
        if op.writes is not None:
            return self.of(op.inputs[op.writes])
        if viewed := op.views():
            return _union([self.of(op.inputs[i]) for i in viewed])
        copies = op.name == "copy" and not _is_flat(v)
        held = self.of(op.inputs[0]).held if copies else _inside(v)
        return Memory(frozenset([v]), held)

    def _of_container(self, op: Op, k: int, v: Var) -> Memory:
        """What is put into a list or record, and what is taken out."""
        inputs = [self.of(a) for a in op.inputs]
        if op.name == "list_pop":
            return inputs[0] if k == 0 else _taken_out(inputs[0], v)
        if op.name in ("list_get", "unpack"):
            return _taken_out(inputs[0], v) if op.views() else Memory(frozenset([v]), _inside(v))
        held = NONE.union(*(inputs[i].reach for i in op.views()))
        if op.writes is None:
            return Memory(frozenset([v]), held)
        return Memory(inputs[0].own, inputs[0].held | held)

    def loop(self, op: Op) -> None:
        """Carries may be what came in or what any pass yields: repeated until nothing is new."""
        inits, params, yields = carries(op)
        for p, init in zip(params, inits, strict=True):
            self.memory[p] = self.of(init)
        while True:
            before = [self.memory[p] for p in params]
            for inner in op.blocks:
                for p, q in zip(loop_params(op, inner), params, strict=True):
                    self.memory[p] = self.memory[q]
                self.block(inner)
            for p, y in zip(params, yields, strict=True):
                self.memory[p] |= self.of(y)
            if [self.memory[p] for p in params] == before:
                break
        for v, p in zip(op.outputs, params, strict=True):
            self.memory[v] = self.memory[p]


def _union(parts: Sequence[Memory]) -> Memory:
    out, *others = parts
    for part in others:
        out |= part
    return out


def _inside(v: Var) -> Buffers:
    """What a fresh container holds is named by the container as well."""
    return frozenset([v]) if isinstance(v.type, List | Record) else NONE


def _is_flat(v: Var) -> bool:
    """Whether a list is one of numbers or texts, so that a copy of it holds nothing that it does."""
    return isinstance(v.type, List) and v.type.elem is not None and not has_memory(v.type.elem)


def _taken_out(container: Memory, v: Var) -> Memory:
    nested = isinstance(v.type, List | Record)
    return Memory(container.held, container.held if nested else NONE)


def writes(op: Op) -> list[int]:
    """The inputs whose memory an op writes to or takes over."""
    if op.name == "call":
        return sorted(op.params["callee"].taken)
    return [] if op.writes is None else [op.writes]


def carries(op: Op) -> tuple[Sequence[Atom], Sequence[Var], Sequence[Atom]]:
    """Initial values, body parameters and yielded values of a loop's carries."""
    body = op.blocks[-1]
    first = 1 if op.params.get("exits") else 0
    inits = op.inputs[3:] if op.name == "for" else op.inputs
    return inits, loop_params(op, body), body.results[first:]


def attempts(op: Op) -> Iterator[tuple[Var, Atom, Atom]]:
    """Of each value of a ``try``: the output, what it is where the block raised, and what it yields."""
    return zip(op.outputs[TRIED:], op.inputs, op.blocks[0].results, strict=True)


def loop_params(op: Op, block: Block) -> list[Var]:
    """The parameters of a loop's block that are carries (a ``for`` body has its index first)."""
    return block.params[1:] if op.name == "for" else block.params


def analyse(func: Func) -> Aliases:
    """What may alias inside a function whose parameters share nothing."""
    return _analysed(func, summaries(func) if any(callees(func)) else {})


def _analysed(func: Func, known: Summaries) -> Aliases:
    aliases = Aliases(known=known)
    for p in func.params:
        aliases.fresh(p)
    aliases.block(func.block)
    return aliases


def summaries(func: Func) -> Summaries:
    """Of what a function calls: for each result, the parameters that it may share memory with."""
    found: Summaries = {f: [NONE_SHARED] * len(f.results) for f in reachable(func)}

    def look(f: Func) -> list[frozenset[int]]:
        aliases = _analysed(f, found)
        reached = [aliases.of(r).reach for r in f.results]
        places = [(k, p) for k, p in enumerate(f.params)]
        return [frozenset(k for k, p in places if p in reach) for reach in reached]

    settle_summaries(found, look)
    return found


def settle_summaries(found: dict[Func, Found], look: Callable[[Func], Found]) -> None:
    """Look at functions, of which callees come first, and again at those that call one of which
    something new was found: without recursion, at each once."""
    called = {f: set(callees(f)) for f in found}
    stale = dict.fromkeys(found)
    while stale:
        for f in list(stale):
            del stale[f]
            new = look(f)
            if new != found[f]:
                found[f] = new
                stale |= dict.fromkeys(g for g in found if f in called[g])
