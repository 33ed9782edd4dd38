"""Activity: which values depend on the inputs asked for (varied) and reach the output (useful).

Both are sets of variables of one function; a value needs a tangent if it is varied, an adjoint if it
is varied and useful. Loops are iterated until nothing is added, calls use summaries of their callee.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from pullback import refusals
from pullback.ir.alias import attempts, carries
from pullback.ir.core import Atom, Block, Func, Op, Var
from pullback.ir.outside import title
from pullback.ir.types import differentiable
from pullback.rules.spec import slots
from pullback.rules.table import ROWS, Row, instead_of

Mask = tuple[bool, ...]
_CONTAINERS = frozenset(
    ("list_new", "list_push", "list_pop", "list_set", "list_add_at", "pack", "unpack", "add_trees")
)


def depends_on(op: Op) -> Sequence[Atom]:
    """The inputs on which the outputs of a simple op depend differentiably."""
    row = ROWS.get(op.name)
    if row is None:
        return op.inputs if op.name in (*_CONTAINERS, "perform") else ()
    if row.kind == "inert":
        return ()
    if row.kind == "linear" and row.linear_in:
        return [op.inputs[i] for i in row.linear_in]
    return op.inputs


class Varied:
    """Forward propagation of dependence on some variables."""

    def __init__(self, seeds: Iterable[Atom] = ()) -> None:
        self.found: set[Atom] = {v for v in seeds if isinstance(v, Var) and differentiable(v.type)}

    def block(self, block: Block) -> None:
        for op in block.ops:
            self.op(op)

    def mark(self, v: Var) -> None:
        if differentiable(v.type):
            self.found.add(v)

    def op(self, op: Op) -> None:
        match op.name:
            case "if":
                for inner in op.blocks:
                    self.block(inner)
                for v, *results in zip(op.outputs, *(b.results for b in op.blocks), strict=True):
                    if any(r in self.found for r in results):
                        self.mark(v)
            case "try":
                self.block(op.blocks[0])
                for v, *ways in attempts(op):
                    if not self.found.isdisjoint(ways):
                        self.mark(v)
            case "for" | "while":
                self.loop(op)
            case "call":
                mask = tuple(a in self.found for a in op.inputs)
                for v, varied in zip(
                    op.outputs, varied_results(op.params["callee"], mask), strict=True
                ):
                    if varied:
                        self.mark(v)
            case _:
                refuse_if_not_steps(op, self.found)
                if any(a in self.found for a in depends_on(op)):
                    for v in op.outputs:
                        self.mark(v)

    def loop(self, op: Op) -> None:
        inits, params, yields = carries(op)
        for p, init in zip(params, inits, strict=True):
            if init in self.found:
                self.mark(p)
        size = -1
        while size != len(self.found):
            size = len(self.found)
            self.block(op.blocks[-1])
            for p, y in zip(params, yields, strict=True):
                if y in self.found:
                    self.mark(p)
        for v, p in zip(op.outputs, params, strict=True):
            if p in self.found:
                self.mark(v)


def refuse_if_not_steps(op: Op, varied: set[Atom]) -> None:
    """An inert function whose result depends on its argument other than by steps is refused."""
    row = ROWS.get(op.name)
    if row is not None:
        _refuse_if_fixed(op, row, varied)
    if row is not None and not row.steps_only and any(a in varied for a in op.inputs):
        if op.name == "outside":
            held = op.params["target"]
            instead = instead_of(held.value) if held else ""
            if held is not None and hasattr(held.value, "defvjp"):
                instead = "give it one, by its defvjp or defjvp"
            if made_by := held and getattr(type(held.value), "__pullback_map__", None):
                instead = f"call {made_by} in what is differentiated: what it made outside is fixed"
            raise refusals.NO_RULE.at(op.loc, function=title(op), instead=instead or row.hint)
        raise refusals.NOT_DIFFERENTIABLE.at(
            op.loc, function=row.prim.path or row.name, instead=row.hint
        )


def _refuse_if_fixed(op: Op, row: Row, varied: set[Atom]) -> None:
    """An argument in which a function has no closed derivative is refused where it varies."""
    place = next((k for k in row.fixed if k < len(op.inputs) and op.inputs[k] in varied), None)
    if place is not None:
        name = slots(row.spec)[place].name
        raise refusals.FIXED_ARGUMENT.at(
            op.loc, function=row.prim.path, name=name, instead=row.hint
        )


class Useful:
    """Backward propagation: which variables reach some results."""

    def __init__(self, seeds: Iterable[Atom] = ()) -> None:
        self.found: set[Atom] = set()
        for a in seeds:
            self.mark(a)

    def mark(self, a: Atom) -> None:
        if isinstance(a, Var) and differentiable(a.type):
            self.found.add(a)

    def block(self, block: Block) -> None:
        for op in reversed(block.ops):
            self.op(op)

    def op(self, op: Op) -> None:
        if not any(v in self.found for v in op.outputs):
            return
        match op.name:
            case "if":
                for inner in op.blocks:
                    for v, r in zip(op.outputs, inner.results, strict=True):
                        if v in self.found:
                            self.mark(r)
                    self.block(inner)
            case "try":
                for v, *ways in attempts(op):
                    if v in self.found:
                        for a in ways:
                            self.mark(a)
                self.block(op.blocks[0])
            case "for" | "while":
                self.loop(op)
            case "call":
                mask = tuple(v in self.found for v in op.outputs)
                for a, useful in zip(
                    op.inputs, useful_params(op.params["callee"], mask), strict=True
                ):
                    if useful:
                        self.mark(a)
            case _:
                for a in depends_on(op):
                    self.mark(a)

    def loop(self, op: Op) -> None:
        inits, params, yields = carries(op)
        for v, p, y in zip(op.outputs, params, yields, strict=True):
            if v in self.found:
                self.mark(y)
                self.mark(p)  # a loop that runs zero times hands the initial value on
        size = -1
        while size != len(self.found):
            size = len(self.found)
            self.block(op.blocks[-1])
            for p, y in zip(params, yields, strict=True):
                if p in self.found:
                    self.mark(y)
        for p, init in zip(params, inits, strict=True):
            if p in self.found:
                self.mark(init)


Key = tuple[str, Func, Mask]


class _Summaries(threading.local):
    """The summaries that a thread is about to find, and what finds each from the others."""

    def __init__(self) -> None:
        self.found: dict[Key, Mask] = {}
        self.asked: dict[Key, Callable[[], Mask]] = {}

    def stable(self) -> bool:
        """Look at all once more; whether none has changed."""
        before = dict(self.found)
        for key, once in list(self.asked.items()):
            self.found[key] = once()
        return before == self.found


_SUMMARIES = _Summaries()


def varied_results(func: Func, params: Mask) -> Mask:
    """Which results of a function vary if some of its parameters do."""

    def once() -> Mask:
        varied = Varied(p for p, active in zip(func.params, params, strict=True) if active)
        varied.block(func.block)
        return tuple(r in varied.found for r in func.results)

    return _fixpoint(("varied", func, params), len(func.results), once)


def useful_params(func: Func, results: Mask) -> Mask:
    """Which parameters of a function reach some of its results."""

    def once() -> Mask:
        useful = Useful(r for r, wanted in zip(func.results, results, strict=True) if wanted)
        useful.block(func.block)
        return tuple(p in useful.found for p in func.params)

    return _fixpoint(("useful", func, results), len(func.params), once)


def _fixpoint(key: Key, size: int, once: Callable[[], Mask]) -> Mask:
    """A summary that may ask for itself, and for others that do: nothing is assumed at first.

    All that are asked for meanwhile are found together, and added to until they are stable. So each is
    looked at a few times, however many calls of functions that call each other lead to it.
    """
    found, asked = _SUMMARIES.found, _SUMMARIES.asked
    if key in found:
        return found[key]
    outermost = not found
    found[key], asked[key] = (False,) * size, once
    try:
        found[key] = once()
        while outermost and not _SUMMARIES.stable():
            pass
        return found[key]
    finally:
        if outermost:
            found.clear()
            asked.clear()


def active(func: Func, params: Mask, results: Mask) -> set[Atom]:
    """The variables of a function that need adjoints."""
    varied = Varied(p for p, wanted in zip(func.params, params, strict=True) if wanted)
    varied.block(func.block)
    useful = Useful(r for r, wanted in zip(func.results, results, strict=True) if wanted)
    useful.block(func.block)
    return varied.found & useful.found
