"""Dead code: what no result, effect or possible error depends on goes, loop carries included.

Live is what is reached from the results of the function and from ops that must stay; everything
else is dead, also what uses itself around a loop. Where only a clash of shapes could raise, the
check stays and the computation goes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from pullback.ir.alias import TRIED, carries
from pullback.ir.build import shape_of
from pullback.ir.core import PRIMS, Atom, Block, Const, Func, Op, Var, walk
from pullback.ir.prims import shapes_may_clash
from pullback.ir.types import Array, is_python_number
from pullback.passes.rewrite import keep_outputs
from pullback.passes.sizes import is_elementwise

_LOOPS = ("for", "while")


def dce(func: Func) -> None:
    """Drop dead ops, outputs and carries; ``%t = add %x, %y (unused) => check_shapes %x, %y``."""
    live = _Live(func)
    func.block = live.swept(func.block)
    while func.block.ops and func.block.ops[-1].name == "mark":
        func.block.ops.pop()


def live_variables(func: Func) -> set[Var]:
    """The variables that results, effects or possible errors depend on."""
    return _Live(func).live


class _Live:
    """The marks: live variables, ops that stay, and ops of which only the check of shapes stays."""

    def __init__(self, func: Func) -> None:
        self.made: dict[Var, tuple[Op, int]] = {}
        self.carried: dict[Var, tuple[Op, int]] = {}
        self.around: dict[Op, Op] = {}
        self.live: set[Var] = set()
        self.kept: set[Op] = set()
        self.checks: set[Op] = set()
        self.work: list[Var] = []
        self.raising = Raising()
        self.errors = SharedErrors(func)
        self.enter(func.block, None)
        for op in walk(func.block):
            self.root(op)
        self.spread(func.results)
        for op in self.errors.error:
            if op not in self.kept and not self.errors.is_covered(op, self.kept):
                self.keep(op)
                self.spread(())

    def spread(self, atoms: Iterable[Atom]) -> None:
        """Mark these and all that they follow from."""
        self.mark(atoms)
        while self.work:
            self.reach(self.work.pop())

    def enter(self, block: Block, around: Op | None) -> None:
        """Where each variable comes from."""
        for op in block.ops:
            if around is not None:
                self.around[op] = around
            self.made.update((v, (op, k)) for k, v in enumerate(op.outputs))
            for inner in op.blocks:
                if op.name in _LOOPS:
                    params = inner.params[len(inner.params) - len(op.outputs) :]
                    self.carried.update((p, (op, k)) for k, p in enumerate(params))
                self.enter(inner, op)

    # ---- marking

    def root(self, op: Op) -> None:
        """Keep an op that has to stay whatever becomes of its outputs."""
        if only_shapes_may_clash(op):
            self.checks.add(op)
            self.keep_around(op)
            self.mark(arrays_of(op))
        elif is_root(op) or (self.raising.op(op) and op not in self.errors.error):
            self.keep(op)

    def keep(self, op: Op) -> None:
        if op in self.kept:
            return
        self.kept.add(op)
        self.keep_around(op)
        match op.name:
            case "if":
                self.mark(op.inputs)
            case "try":
                pass
            case "for":
                self.mark(op.inputs[:3])
            case "while":
                self.mark(op.blocks[0].results)
            case _:
                self.mark(op.inputs)
        if op.params.get("exits"):
            self.mark(op.blocks[-1].results[:1])

    def keep_around(self, op: Op) -> None:
        if op in self.around:
            self.keep(self.around[op])

    def mark(self, atoms: Iterable[Atom]) -> None:
        for a in atoms:
            if isinstance(a, Var) and a not in self.live:
                self.live.add(a)
                self.work.append(a)

    def reach(self, v: Var) -> None:
        """Mark what a live variable follows from."""
        if v in self.made:
            op, k = self.made[v]
            self.keep(op)
            if op.blocks:
                self.flow(op, k)
        elif v in self.carried:
            self.flow(*self.carried[v])

    def flow(self, op: Op, k: int) -> None:
        """Mark what flows into an output of a structured op, or into a carry."""
        if op.name == "if":
            self.mark(block.results[k] for block in op.blocks)
        elif op.name == "try":
            if k >= TRIED:
                self.mark((op.inputs[k - TRIED], op.blocks[0].results[k - TRIED]))
        else:
            inits, params, yields = carries(op)
            self.mark((op.outputs[k], inits[k], params[k], yields[k]))

    # ---- sweeping

    def swept(self, block: Block) -> Block:
        ops = [new for op in block.ops for new in self.swept_op(op)]
        return Block(block.params, needed_checks(ops), block.results)

    def swept_op(self, op: Op) -> list[Op]:
        """What is left of an op."""
        if op not in self.kept:
            return [check_of(op, "check_shapes", arrays_of(op))] if op in self.checks else []
        if not op.blocks:
            return [op]
        kept = [k for k, v in enumerate(op.outputs) if v in self.live]
        rest = keep_outputs(op, kept)
        rest.blocks = tuple(map(self.swept, rest.blocks))
        if op.name == "if" and not kept and not any(block.ops for block in rest.blocks):
            return [_truth_check(op)] if is_root(op) else []
        return [rest]


def is_root(op: Op) -> bool:
    """Whether an op stays for what it does: an effect, an endless loop, a test that may raise."""
    if op.name == "if":
        return isinstance(op.inputs[0].type, Array) and not op.checked
    if op.name == "call":
        return op.has_effect()
    return op.prim.effect or op.name == "while"


def _truth_check(op: Op) -> Op:
    """Asking an array of several elements for its truth raises: that stays of an empty ``if``."""
    check = check_of(op, "bool", op.inputs)
    check.outputs = tuple(Var(t) for t in check.prim.infer(check))
    return check


def check_of(op: Op, name: str, inputs: Iterable[Atom]) -> Op:
    return Op(PRIMS[name], tuple(inputs), loc=op.loc)


def needed_checks(ops: Sequence[Op]) -> list[Op]:
    """The ops without checks of shapes that another op beside them makes as well."""
    effect = any(op.has_effect() for op in ops)
    kept: list[Op] = []
    for k, op in enumerate(ops):
        if op.name == "check_shapes":
            # An error may come later than it did, but not after an effect that it prevented.
            others = kept if effect else [*kept, *(o for o in ops[k:] if o.name != "check_shapes")]
            if any(_checks(o, op) for o in others):
                continue
        kept.append(op)
    return kept


def _checks(op: Op, check: Op) -> bool:
    """Whether an op raises wherever a check of shapes does."""
    if op.checked or op.blocks or not is_elementwise(op):
        return False
    return set(map(shape_of, check.inputs)) <= set(map(shape_of, op.inputs))


def arrays_of(op: Op) -> list[Atom]:
    """The arrays that an op broadcasts against each other, one of each shape."""
    shapes = {a.type.shape: a for a in reversed(op.inputs) if isinstance(a.type, Array)}
    return [a for shape, a in reversed(shapes.items()) if shape]


def only_shapes_may_clash(op: Op) -> bool:
    """Whether the one error that an op may raise is that its inputs do not broadcast."""
    if op.checked or op.blocks or op.prim.effect or "traps" in op.params:
        return False
    if not is_elementwise(op) or op.name == "check_shapes" or not shapes_may_clash(op):
        return False
    real = any(isinstance(a.type, Array) and a.type.cls == "float" for a in op.inputs)
    # Integers to negative powers raise, Python numbers divided by zero do; arrays of floats do not.
    return op.name != "pow" or real


class SharedErrors:
    """Ops that raise for the same inputs as others: of each kind, one is enough."""

    def __init__(self, func: Func) -> None:
        self.error: dict[Op, Hashable] = {}
        self.alike: dict[Hashable, list[Op]] = {}
        self.place: dict[Op, list[tuple[int, int]]] = {}
        self.effect = func.has_effect()
        self.enter(func.block, [])

    def enter(self, block: Block, around: list[tuple[int, int]]) -> None:
        """Note where ops stand: the places, in each block, of what leads to them."""
        for k, op in enumerate(block.ops):
            place = [*around, (id(block), k)]
            if (error := error_of(op)) is not None:
                self.error[op], self.place[op] = error, place
                self.alike.setdefault(error, []).append(op)
            for inner in op.blocks if op.name != "try" else ():  # one that is caught decides something
                self.enter(inner, place)

    def is_covered(self, op: Op, kept: set[Op]) -> bool:
        """Whether another op that stays raises as well."""
        return any(
            other in kept and other is not op and self.surely_runs(other, op)
            for other in self.alike[self.error[op]]
        )

    def surely_runs(self, other: Op, op: Op) -> bool:
        """Whether where one op runs another one runs too, before any effect that would not be."""
        *outer, (block, k) = self.place[other]
        around = self.place[op]
        if around[: len(outer)] != outer or len(around) == len(outer):
            return False
        beside, position = around[len(outer)]
        return beside == block and (k < position or not self.effect)


def error_of(op: Op) -> Hashable:
    """What the errors of an op depend on, if others may raise the same; None for all else."""
    if op.name not in ("div", "math.sin", "math.cos") or isinstance(op.inputs[-1], Const):
        return None
    if op.checked or not all(is_python_number(a.type) for a in op.inputs):
        return None
    if op.name != "div":
        return "infinite", op.inputs[0]
    x, y = (getattr(a.type, "cls", "") for a in op.inputs)
    real = x == "float" or (y == "float" and isinstance(op.inputs[0], Const))
    return ("zero", op.inputs[1]) if real else None


class Raising:
    """Which ops may raise by themselves, calls judged by what they call (recursion may)."""

    def __init__(self) -> None:
        self.known: dict[Func, bool] = {}

    def op(self, op: Op) -> bool:
        if op.checked:
            return False
        if op.name == "call":
            return self.func(op.params["callee"])
        return op.can_raise()

    def func(self, func: Func) -> bool:
        if func not in self.known:
            self.known[func] = True  # of a call to itself
            self.known[func] = any(map(self.matters, walk(func.block)))
        return self.known[func]

    def matters(self, op: Op) -> bool:
        """Whether an op of a callee is a reason to call it: an error, or an endless loop."""
        return op.name == "while" or (op.name != "mark" and self.op(op))
