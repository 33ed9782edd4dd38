"""Expansion of ``derivative`` ops: innermost first, each becomes a call of a transformed function."""

from __future__ import annotations

from collections.abc import Callable

from pullback.errors import InternalError
from pullback.ir.core import PRIMS, Block, Func, Op, reachable
from pullback.transforms.dense import JACOBIANS, jacobian
from pullback.transforms.jvp import jvp
from pullback.transforms.vjp import vjp

Simplify = Callable[[Func], None]


def expand(main: Func, simplify: Simplify) -> None:
    """Replace all derivatives in a program; ``simplify`` readies a function to be transformed."""
    for func in reachable(main):
        if any(op.name == "derivative" for op in _all_ops(func.block)):
            func.block = _expanded(func.block, simplify)
            func.effect = None


def _all_ops(block: Block) -> list[Op]:
    found = []
    for op in block.ops:
        found.append(op)
        for inner in op.blocks:
            found += _all_ops(inner)
    return found


def _expanded(block: Block, simplify: Simplify) -> Block:
    ops = []
    for op in block.ops:
        if op.name == "derivative":
            ops.append(_call(op, simplify))
            continue
        blocks = tuple(_expanded(inner, simplify) for inner in op.blocks)
        ops.append(Op(op.prim, op.inputs, op.params, blocks, op.outputs, op.loc, op.checked))
    return Block(block.params, ops, block.results)


def _call(op: Op, simplify: Simplify) -> Op:
    """The call that a ``derivative`` op stands for."""
    callee: Func = op.params["callee"]
    key = (op.params["mode"], op.params["wrt"], op.params["value"], op.params.get("aux", 0))
    if key not in callee.derived:
        simplify(callee)
        callee.derived[key] = transformed(callee, *key)
    return Op(PRIMS["call"], op.inputs, {"callee": callee.derived[key]}, (), op.outputs, op.loc)


def transformed(func: Func, mode: str, wrt: tuple[int, ...], value: bool, aux: int) -> Func:
    """The function that computes a derivative of ``func``; ``aux``: of so many results alone, if any."""
    match mode:
        case "grad":
            return vjp(func, wrt, value, seeded=False, aux=aux)
        case "elementwise_grad":
            return vjp(func, wrt, value, seeded=False, aux=aux, each=True)
        case "holomorphic_grad":
            return vjp(func, wrt, value, seeded=False, aux=aux, holomorphic=True)
        case "vjp":
            return vjp(func, wrt, value, seeded=True)
        case "jvp":
            return jvp(func, wrt)
        case _ if mode in JACOBIANS:
            return jacobian(func, wrt, JACOBIANS[mode], value, aux)
    raise InternalError(f"no derivative mode {mode!r}")
