"""Reverse mode: the joint derivative of a function, forward then backward.

The sweep itself is in ``adjoints``; control flow, calls and containers, imported here, are in
``control``, ``split`` and ``containers``.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullback import refusals
from pullback.errors import ArgumentError
from pullback.ir.bars import BAR
from pullback.ir.build import Builder, Value
from pullback.ir.core import Block, Const, Func, Op, Var, clone
from pullback.ir.types import Array, Scalar, is_complex, is_many, loosened, spelled
from pullback.transforms import containers, control, split  # noqa: F401  (enter their handlers)
from pullback.transforms.adjoints import Reverse, sweep

BACKWARD = "backward"


def vjp(
    func: Func, wrt: Sequence[int], value: bool, seeded: bool, aux: int = 0, each: bool = False,
    holomorphic: bool = False, before: Func | None = None,
) -> Func:  # fmt: skip
    """The joint derivative of a function: forward, then backward, in one function.

    Parameters are those of ``func``, followed by a cotangent for each differentiable result if
    ``seeded``. Otherwise the one result, with ``aux`` the first, must have size 1, unless ``each`` of
    its elements is meant, and the cotangent is 1; it is real, or complex if ``holomorphic``. Results are
    those of ``func`` if ``value``, then an adjoint for each parameter in ``wrt``. ``before`` makes the
    residuals that it takes, if it is the second half of something.
    """
    func = Func(func.name, clone(func.block), func.loc, doc=func.doc)
    b = Builder(func.loc)
    chosen = [i in wrt for i in range(len(func.params))]
    outputs = [isinstance(r, Var) and not (aux and k) for k, r in enumerate(func.results)]
    rev = sweep(b, func, chosen, outputs, not func.has_effect(), before)
    with b.block() as backward:
        seeds = seed_given(rev, func) if seeded else []
        if not seeded:
            seed_one(rev, func, aux, each, holomorphic)
        forward = rev.block(func.block.ops)
        bars = [rev.in_width(func.params[i]) for i in wrt]
    results = [*func.results, *bars] if value else bars
    ops = [*forward, mark(b), *backward.ops]
    return Func(f"{func.name}_vjp", Block([*func.params, *seeds], ops, results), func.loc)


def mark(b: Builder, text: str = BACKWARD) -> Op:
    """Where the backward sweep begins, or others: a comment in the emitted text."""
    with b.block() as block:
        b.emit("mark", text=text)
    block.ops[0].loc = None
    return block.ops[0]


def seed_one(rev: Reverse, func: Func, aux: int, each: bool, holomorphic: bool) -> None:
    """The cotangent of a single result (or of the first, before auxiliary ones) is 1.

    It must have size 1, unless ``each`` of its elements is to have that cotangent.
    """
    result = func.results[0] if len(func.results) == 1 or aux else None
    many = "a tuple or dict" if func.results else "no number"
    kind = many if result is None else spelled(result.type)
    wanted = "complex" if holomorphic else "float"
    if result is None or not isinstance(result.type, Array | Scalar) or result.type.cls != wanted:
        of_complex = result is not None and is_complex(result.type)
        other = refusals.NOT_HOLOMORPHIC if holomorphic else refusals.NO_GRADIENT_OF_RESULT
        row = refusals.COMPLEX_RESULT if of_complex else other
        raise row.at(func.loc, function=func.name, kind=kind, instead="")
    if isinstance(result.type, Array) and any(map(is_many, result.type.shape)) and not each:
        raise ArgumentError(
            f"the result of {func.name} is an array that is not of size 1, and a gradient needs one "
            "of size 1: use jacobian, elementwise_grad or vjp"
        )
    if isinstance(result.type, Array):
        if not each:
            rev.b.emit("check_one", [result], name=func.name)
        ones = Value(rev.b, Const(1.0)).broadcast_like(Value(rev.b, result))
        rev.add(result, ones)
    else:
        rev.add(result, Value(rev.b, Const(1.0)))


def seed_given(rev: Reverse, func: Func) -> list[Var]:
    """A parameter for the cotangent of each differentiable result."""
    seeds = []
    for k, result in enumerate(func.results):
        name = result.name if isinstance(result, Var) and result.name else f"y{k}"
        seed = Var(loosened(result.type), name + BAR)
        seeds.append(seed)
        rev.add(result, Value(rev.b, seed))
    return seeds

