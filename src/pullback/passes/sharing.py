"""What functions give back: which parameters and which other results it shares memory with."""

from __future__ import annotations

from dataclasses import dataclass, field

from pullback.ir.alias import NONE, Aliases, Memory, settle_summaries
from pullback.ir.core import Func, Op, Var, reachable
from pullback.ir.types import Array, List, Record, Text, has_memory

# Stands for memory that may not be written to whoever owns it: np.broadcast_to gives such, and np.diag.
READ_ONLY = Var(Text(), "read-only")
READ_ONLY_VIEWS = frozenset((
    "broadcast_like", "broadcast_to", "diag", "diagonal", "sliding_window_view",
))  # fmt: skip
# What hands its input through where there is nothing to do.
_MAY_PASS_THROUGH = {"unbroadcast": (0,)}


def views(op: Op) -> tuple[int, ...]:
    """The inputs that the outputs of an op may share memory with."""
    return op.views() or _MAY_PASS_THROUGH.get(op.name, ())


@dataclass(frozen=True, slots=True)
class Summary:
    """Of each result: parameters and earlier results that it may share memory with; read-only?"""

    params: tuple[frozenset[int], ...]
    results: tuple[frozenset[int], ...]
    read_only: tuple[bool, ...]


def summarise(func: Func) -> dict[Func, Summary]:
    """Summaries of all that a function calls: repeated until nothing is new."""
    found = {f: _nothing_shared(f) for f in reachable(func)}
    settle_summaries(found, lambda f: _summary(f, found))
    return found


def _nothing_shared(func: Func) -> Summary:
    nothing: tuple[frozenset[int], ...] = (frozenset(),) * len(func.results)
    return Summary(nothing, nothing, (False,) * len(func.results))


def _summary(func: Func, known: dict[Func, Summary]) -> Summary:
    aliases = _Sharing(summaries=known)
    for p in func.params:
        if has_memory(p.type):
            own = frozenset([p])
            aliases.memory[p] = Memory(own, NONE if isinstance(p.type, Array) else own)
    aliases.block(func.block)
    found = [aliases.of(r).reach for r in func.results]
    return Summary(
        tuple(frozenset(i for i, p in enumerate(func.params) if p in r) for r in found),
        tuple(frozenset(j for j in range(k) if found[j] & r) for k, r in enumerate(found)),
        tuple(READ_ONLY in r for r in found),
    )


@dataclass(eq=False)
class _Sharing(Aliases):
    """The analysis of aliases, with read-only memory and sharing between results of a call."""

    summaries: dict[Func, Summary] = field(default_factory=dict)

    def _result(self, op: Op, k: int, v: Var) -> Memory:
        if op.name == "call":
            return self.called(op, k, v)
        found = super()._result(op, k, v)
        for i in views(op):
            found |= Memory(NONE, self.of(op.inputs[i]).reach)
        if op.name == "copy":
            found |= Memory(NONE, self.of(op.inputs[0]).held)
        elif isinstance(v.type, List | Record) and not op.views() and op.prim.writes is None:
            found |= Memory(NONE, frozenset([v]))
        read_only = op.name in READ_ONLY_VIEWS and op.views()
        return found | Memory(frozenset([READ_ONLY])) if read_only else found

    def called(self, op: Op, k: int, v: Var) -> Memory:
        summary = self.summaries[op.params["callee"]]
        reached = frozenset([v]).union(
            *(self.of(op.inputs[i]).reach for i in summary.params[k]),
            *(self.of(op.outputs[j]).reach for j in summary.results[k]),
            [READ_ONLY] if summary.read_only[k] else [],
        )
        return Memory(reached, NONE if isinstance(v.type, Array) else reached)
