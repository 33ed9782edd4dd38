"""Inlining: a call becomes the ops of its callee."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from pullback.ir.core import Atom, Block, Func, Op, Var, callees, clone, reachable, walk
from pullback.ir.sizes import rewritten
from pullback.ir.types import Dim, Sym, match_sizes, renaming, with_sizes
from pullback.passes.rewrite import Rewriter, definitions

SMALL = 30


def inline(func: Func, should: Callable[[Func], bool]) -> None:
    """``%y = call @f(%x) => the ops of f on %x``, for the callees that ``should`` names.

    Calls in what is inlined are left as they are: go through callees first. Marks of sweeps are
    only kept where one call is all that the function does. What is checkpointed stays apart: if both
    runs of it stood in one function, they would be found to compute the same.
    """
    _Inline(func, should, is_wrapper(func)).run()


# What makes the kind of a result that of its argument, as ``grad`` does with what it gives.
CONVERSIONS = ("float", "complex", "floats", "cast", "array")


def is_wrapper(func: Func) -> bool:
    """Whether a function hands its arguments on to one call, and only converts the results."""
    names = [op.name for op in func.block.ops]
    return names.count("call") == 1 and set(names) <= {"call", "mark", *CONVERSIONS}


def small_or_single(main: Func) -> Callable[[Func], bool]:
    """The default criterion: not recursive, and small or called once in the whole program."""
    funcs = reachable(main)
    calls = Counter(op.params["callee"] for f in funcs for op in walk(f.block) if op.name == "call")
    recursive = {f for f in funcs if is_recursive(f)}

    def should(callee: Func) -> bool:
        if callee in recursive:
            return False
        return calls[callee] == 1 or sum(1 for _ in walk(callee.block)) <= SMALL

    return should


def is_recursive(func: Func) -> bool:
    """Whether a function can be reached from itself."""
    return any(func in reachable(g) for g in callees(func))


class _Inline(Rewriter):
    def __init__(self, func: Func, should: Callable[[Func], bool], marks: bool) -> None:
        super().__init__(func)
        self.should = should
        self.marks = marks

    def rule(self, op: Op) -> Sequence[Atom] | None:
        if op.name != "call" or "checkpoint" in op.params or not self.should(op.params["callee"]):
            return None
        body = body_of(op, self.marks)
        given = set(op.inputs)
        for v, a in zip(op.outputs, body.results, strict=True):
            if v.name and isinstance(a, Var) and a not in given:
                a.name = v.name  # the caller's name for it
                given.add(a)
        for inner in body.ops:
            self.append(inner)
        return body.results


def body_of(call: Op, marks: bool) -> Block:
    """The body of the callee on the inputs of a call, with sizes of its own."""
    callee: Func = call.params["callee"]
    sizes: dict[Sym, Dim] = {}
    for p, a in zip(callee.params, call.inputs, strict=True):
        match_sizes(p.type, a.type, sizes)
    inner = Block([], [op for op in callee.block.ops if marks or op.name != "mark"], callee.results)
    body = clone(inner, dict(zip(callee.params, call.inputs, strict=True)))
    for v in definitions(body):
        v.type = with_sizes(v.type, sizes)
        v.size = None if v.size is None else rewritten(v.size, renaming(sizes))
    return body
