"""The verifier: what must hold of a function between any two phases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pullback.errors import InternalError
from pullback.ir import index
from pullback.ir.alias import TRIED
from pullback.ir.core import Atom, Block, Func, Op, Var, reachable
from pullback.ir.types import Array, List, Scalar, Type, join, same_up_to_sizes


def verify(func: Func) -> Func:
    """Check a function and all that it calls; returns it, raises InternalError."""
    with index.asked_only():
        for f in reachable(func):
            _Verifier(f).run()
    return func


class _Verifier:
    def __init__(self, func: Func) -> None:
        self.func = func
        self.defined: set[Var] = set()

    def run(self) -> None:
        self.block(self.func.block, set())

    def fail(self, message: str, op: Op | None = None) -> None:
        where = f" in op {op.name} ({op.loc})" if op else ""
        raise InternalError(f"invalid IR: {message}{where} of function {self.func.name}")

    def define(self, variables: Sequence[Var], scope: set[Var], op: Op | None) -> None:
        for v in variables:
            if v in self.defined:
                self.fail(f"{v} is defined twice", op)
            self.defined.add(v)
            scope.add(v)

    def use(self, atoms: Sequence[Atom], scope: set[Var], op: Op | None) -> None:
        for a in atoms:
            if isinstance(a, Var) and a not in scope:
                self.fail(f"{a} is used where it is not defined", op)

    def block(self, block: Block, scope: set[Var], owner: Op | None = None) -> None:
        scope = set(scope)
        self.define(block.params, scope, owner)
        for op in block.ops:
            self.use(op.inputs, scope, op)
            for inner in op.blocks:
                self.block(inner, scope, op)
            self.structure(op)
            self.types(op)
            self.define(op.outputs, scope, op)
        self.use(block.results, scope, owner)

    def structure(self, op: Op) -> None:
        match op.name:
            case "if":
                counts = [len(b.results) for b in op.blocks]
                expected = [len(op.outputs)] * 2
            case "try":
                counts = [len(op.inputs), len(op.blocks[0].results)]
                expected = [len(op.outputs) - TRIED] * 2
            case "for" | "while":
                header = 3 if op.name == "for" else 0
                carried = len(op.outputs)
                exits = bool(op.params.get("exits"))
                body = op.blocks[-1]
                counts = [len(op.inputs) - header, len(body.results) - exits, len(body.params)]
                expected = [carried, carried, carried + (op.name == "for")]
            case "call":
                counts, expected = [len(op.inputs)], [len(op.params["callee"].params)]
            case _:
                return
        if counts != expected:
            self.fail(f"counts {counts} where {expected} are due", op)

    def types(self, op: Op) -> None:
        inferred = list(op.prim.infer(op))
        if len(inferred) != len(op.outputs):
            self.fail(f"{len(op.outputs)} outputs where {len(inferred)} are due", op)
        if "into" in op.params and op.inputs[op.params["into"]].type != op.out.type:
            self.fail(f"{op.out} is no array like the one it takes the memory of", op)
        for v, t in zip(op.outputs, inferred, strict=True):
            if not (same_up_to_sizes(v.type, t) or holds(v.type, t)):
                self.fail(f"{v} has type {v.type!r} where {t!r} is inferred", op)


def holds(wide: Type, narrow: Type) -> bool:
    """Whether a variable of one type may hold values of another."""
    if isinstance(wide, Scalar) and wide.origin != "py" and isinstance(narrow, Array):
        return narrow.ndim == 0  # derivatives of numbers may come as 0-d arrays
    if isinstance(wide, List) and isinstance(narrow, List) and wide.elem and narrow.elem:
        return holds(wide.elem, narrow.elem)
    if (
        isinstance(wide, Scalar | Array)
        and isinstance(narrow, Scalar | Array)
        and narrow.dtype is None
        and wide.dtype is not None
    ):  # an equal value of which less is known was put in
        return type(wide) is type(narrow) and holds(replace(wide, dtype=None), narrow)
    joined = join(wide, narrow)
    return joined is not None and same_up_to_sizes(joined, wide)
