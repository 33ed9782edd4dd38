"""Expansion of ``derivative`` ops: innermost first, each becomes a call of a transformed function."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pullback.errors import InternalError
from pullback.ir.core import PRIMS, Block, Func, Op, copy_program, reachable, walk
from pullback.ir.types import Record, differentiable
from pullback.transforms.blocks import without_blocks
from pullback.transforms.dense import JACOBIANS, jacobian
from pullback.transforms.jvp import jvp
from pullback.transforms.revolve import mark_loops
from pullback.transforms.split import split
from pullback.transforms.tangents import linearized
from pullback.transforms.vjp import vjp

Simplify = Callable[[Func], None]


def expand(main: Func, simplify: Simplify, around: int | None = None) -> None:
    """Replace all derivatives in a program; ``simplify`` readies a function to be transformed.

    If the program itself is reversed behind that, ``around`` is how many snapshots its loops keep then.
    """
    _fit_snapshots(main, around)
    for func in _with_rules(main, set()):
        if any(op.name == "derivative" for op in walk(func.block)):
            func.block = _expanded(func.block, simplify)
            func.effect = None


def _with_rules(main: Func, seen: set[Func]) -> Iterator[Func]:
    """The functions of a program, and before each those of the rules in it, which are put in place."""
    for func in reachable(main):
        if func not in seen:
            seen.add(func)
            for op in walk(func.block):
                if "rule" in op.params:
                    yield from _with_rules(op.params["rule"].func, seen)
            yield func


def _fit_snapshots(main: Func, around: int | None) -> None:
    """Sweeps inside of one that keeps snapshots keep as many, and none inside of one that stores all.

    That would store what the snapshots are made by as well, and the former would take snapshots of all
    that the sweep inside stores: each is several times as much.
    """
    seen: dict[Func, set[int | None]] = {}
    ahead = [(main, around)]
    while ahead:
        func, around = ahead.pop()
        if around in (ways := seen.setdefault(func, set())):
            continue
        ways.add(around)
        for op in walk(func.block):
            if isinstance(callee := op.params.get("callee"), Func):
                region = op.params.get("checkpoint")  # which runs again by itself
                ahead.append((callee, None if region else _kept_inside(op, around)))
    for func, ways in seen.items():
        (kept,) = ways if len(ways) == 1 else [None]
        for op in walk(func.block) if kept is not None else ():
            if op.name == "derivative":
                op.params = {k: v for k, v in op.params.items() if kept or k != "snapshots"}
                if kept and _takes_snapshots(op):
                    op.params.setdefault("snapshots", kept)


def _kept_inside(op: Op, around: int | None) -> int | None:
    """How many snapshots are kept around what an op calls, None if no sweep goes back over it."""
    if op.name != "derivative" or op.params["mode"] == "jvp" or around == 0:
        return around
    return op.params.get("snapshots") or (around if around and _takes_snapshots(op) else 0)


def _takes_snapshots(op: Op) -> bool:
    return op.params["mode"] in ("grad", "holomorphic_grad", *JACOBIANS)


def _expanded(block: Block, simplify: Simplify) -> Block:
    ops = []
    for op in block.ops:
        if op.name == "derivative":
            ops.append(_call(op, simplify))
            continue
        ops.append(op.with_blocks(_expanded(inner, simplify) for inner in op.blocks))
    return Block(block.params, ops, block.results)


def _call(op: Op, simplify: Simplify) -> Op:
    """The call that a ``derivative`` op stands for."""
    callee: Func = op.params["callee"]
    mode, wrt, aux = op.params["mode"], op.params["wrt"], op.params.get("aux", 0)
    snapshots = op.params.get("snapshots", 0)
    key = (mode, wrt, op.params["value"], aux, snapshots)
    if key not in callee.derived:
        simplify(callee)
        marked = _marked(callee, snapshots)
        if "record" in op.params:
            made = in_two(marked, mode.split()[0], wrt, aux, op.params["record"])
            callee.derived |= {(*half, snapshots): func for half, func in made.items()}
        else:
            callee.derived[key] = transformed(marked, *key)
    return Op(PRIMS["call"], op.inputs, {"callee": callee.derived[key]}, (), op.outputs, op.loc)


def _marked(func: Func, snapshots: int) -> Func:
    """A function whose loops keep snapshots, if any are asked for."""
    if not snapshots:
        return func
    copy = copy_program(func)
    mark_loops(copy, snapshots)
    return copy


def in_two(
    func: Func, mode: str, wrt: tuple[int, ...], aux: int, record: Record
) -> dict[tuple[object, ...], Func]:
    """Both halves of a derivative, by what they are asked for as."""
    linear = mode == "linearize"
    chosen = tuple(k in wrt for k in range(len(func.params)))
    wanted = tuple(differentiable(r.type) and (not aux or k < aux) for k, r in enumerate(func.results))
    func = without_blocks(func) if linear else func
    made = split(func, chosen, wanted, "seeds", None if linear else record)
    forward, second = linearized(made, record) if linear else (made.forward, made.backward)
    return {(f"{mode} forward", wrt, True, aux): forward, (f"{mode} second", wrt, False, aux): second}


def transformed(
    func: Func, mode: str, wrt: tuple[int, ...], value: bool, aux: int, snapshots: int
) -> Func:
    """The function that computes a derivative of ``func``; ``aux``: of so many results alone, if any.

    Where loops keep ``snapshots``, columns of Jacobians keep nothing, and a Hessian, whose rows are
    columns as well, is made of these.
    """
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
            return jvp(without_blocks(func), wrt)
        case _ if mode in JACOBIANS:
            by = "columns" if snapshots and mode == "hessian" else JACOBIANS[mode]
            return jacobian(func, wrt, by, value, aux, again=bool(snapshots))
    raise InternalError(f"no derivative mode {mode!r}")
