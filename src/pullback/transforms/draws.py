"""Draws that depend on what is differentiated: a standard draw, and arithmetic with the parameters.

``rng.normal(mu, sigma)`` becomes ``mu + sigma * rng.standard_normal()``, which gives the same bits and
leaves the generator in the same state. It is done where a parameter is varied only; all other draws stay
the user's own calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback import refusals
from pullback.ir.build import Builder, Value, shape_of
from pullback.ir.core import Atom, Block, Const, Op, walk
from pullback.ir.types import Array, Scalar
from pullback.rules.effects import Family, Performed, performed
from pullback.transforms.activity import Varied

_INSTEAD = {"lognormal": refusals.LOGNORMAL, "multivariate_normal": refusals.MULTIVARIATE}


def pathwise(block: Block, seeds: Sequence[Atom]) -> Block:
    """A block in which draws that vary with ``seeds`` are computed from standard draws."""
    if not any(_may_vary(op) for op in walk(block)):
        return block
    varied = Varied(seeds)
    varied.block(block)
    return _rewritten(block, varied.found)


def _may_vary(op: Op) -> bool:
    return op.name == "perform" and any(isinstance(v.type, Scalar | Array) for v in op.outputs)


def _rewritten(block: Block, varied: set[Atom]) -> Block:
    ops = []
    for op in block.ops:
        if op.name == "perform" and any(v in varied for v in op.outputs):
            ops += _standard(op, varied)
        elif op.blocks:
            ops.append(op.with_blocks(_rewritten(inner, varied) for inner in op.blocks))
        else:
            ops.append(op)
    return Block(block.params, ops, block.results)


def _standard(op: Op, varied: set[Atom]) -> list[Op]:
    """The ops that a draw stands for."""
    call = performed(op)
    family = call.family if call is not None else None
    if call is None or family is None or any(call.given[k][1][0] in varied for k in family.kept):
        title = op.params["function"].rpartition(".")[2]
        instead = _INSTEAD.get(title, refusals.STANDARD_DRAW)
        raise refusals.DRAW_NOT_DIFFERENTIABLE.at(op.loc, function=title, instead=instead)
    b = Builder(op.loc)
    numbers = [_number(b, op, call, name) for name in family.parameters]
    _check(b, call, family, numbers)
    shape, out = _shape(b, op, call), op.outputs[0].type
    stretched = shape is None and isinstance(out, Array)
    z = _like(b, op, call, family) if stretched else _draw(b, op, call, family, shape)
    drawn = _computed(family, numbers, z)
    if isinstance(out, Array) and not out.ndim:
        drawn.apply("array")
    b.ops[-1].outputs = op.outputs
    return b.ops


def _number(b: Builder, op: Op, call: Performed, name: str) -> Value:
    """A parameter in double precision, in which draws are computed; the default if it is not given."""
    if name not in call.given:
        return Value(b, Const(1.0 if name in ("scale", "sigma", "high") else 0.0))
    (a,) = call.given[name][1]
    one = not isinstance(a.type, Array) or not a.type.ndim
    python = isinstance(a.type, Scalar) and a.type.origin == "py"
    drawn = call.home.startswith("np")
    return Value(b, b.one("float", a) if drawn and one and not python else a)


def _shape(b: Builder, op: Op, call: Performed) -> tuple[Any, tuple[Atom, ...]] | None:
    """How the size of the draw nests, and its integers.

    None for one number, and where no parameter alone has the shape of the draw.
    """
    if (given := call.given.get("size")) is not None and given[1] != (Const(None),):
        return given
    out = op.outputs[0].type
    if not isinstance(out, Array):
        return None
    for _, atoms in call.given.values():
        if atoms and isinstance(t := atoms[0].type, Array) and t.shape == out.shape:
            sizes = tuple(b.one("dim", atoms[0], axis=k) for k in range(t.ndim))
            return (None,) * t.ndim if t.ndim > 1 else None, sizes
    return None


def _like(b: Builder, op: Op, call: Performed, family: Family) -> Value:
    """The standard draw where parameters are broadcast: the same draw, of zeros and ones like them."""
    inputs = list(op.inputs[:1]) if op.params["method"] else []
    arguments: list[tuple[str, Any]] = []
    for name, (_, (a, *_)) in call.given.items():
        if name == "size":
            continue
        of_scale = name == family.parameters[-1]
        if name in family.parameters:
            a = _standing_in(b, a, "ones_like" if of_scale else "zeros_like")
        arguments.append((name, None))
        inputs.append(a)
    return Value(b, b.one("perform", *inputs, **{**op.params, "arguments": tuple(arguments)}))


def _standing_in(b: Builder, a: Atom, name: str) -> Atom:
    """Zeros or ones in the place of a parameter."""
    if not shape_of(a):
        return Const(float(name == "ones_like"))
    return b.one(name, a, dtype=None) if name == "ones_like" else b.zeros(a)


def _draw(
    b: Builder, op: Op, call: Performed, family: Family, shape: tuple[Any, tuple[Atom, ...]] | None
) -> Value:
    """The standard draw."""
    inputs = list(op.inputs[:1]) if op.params["method"] else []
    arguments: list[tuple[str, Any]] = []
    for name in family.kept:
        arguments.append(("", None))
        inputs += call.given[name][1]
    if family.form == "divided":
        arguments.append(("", None))
        inputs.append(Const(1.0))
    params = {k: v for k, v in op.params.items() if k not in ("sized", "broadcast")}
    if shape is not None:
        nesting, sizes = shape
        params["sized"] = len(inputs), len(sizes)
        first = family.standard != call.name  # its size is the first parameter, but for those kept
        arguments.append(("" if first else "size", nesting))
        inputs += sizes
    prefix = "" if op.params["method"] else f"{call.home}."
    params |= {"function": prefix + family.standard, "arguments": tuple(arguments), "gives": "float"}
    return Value(b, b.one("perform", *inputs, **params))


def _check(b: Builder, call: Performed, family: Family, numbers: Sequence[Value]) -> None:
    """What NumPy demands of the parameters."""
    if not call.home.startswith("np"):
        return
    if family.form != "between":
        _demand(b, numbers[-1] < 0, "ValueError", "scale < 0")
        return
    low, high = numbers
    width = high - low
    infinite = width.apply("isfinite").apply("logical_not" if width.ndim else "not")
    _demand(b, infinite, "OverflowError", "Range exceeds valid bounds")
    if call.home == "np.random.Generator":
        _demand(b, width < 0, "ValueError", "high - low < 0")


def _demand(b: Builder, wrong: Value, exception: str, message: str) -> None:
    if isinstance(wrong.atom.type, Array):
        wrong = wrong.apply("any", axis=None, keepdims=False)
    with b.block() as fail:
        b.emit("raise", [Const(message)], exception=exception)
    with b.block() as go_on:
        pass
    b.branch(wrong.atom, fail, go_on)


def _computed(family: Family, numbers: Sequence[Value], z: Value) -> Value:
    """The draw of a standard one, in the order of operations of NumPy and of Python's random."""
    match family.form:
        case "shifted":
            loc, scale = numbers
            scaled = z if scale.is_const(1) else scale.apply("mul", z)
            return loc.apply("add", scaled)
        case "between":
            low, high = numbers
            return low.apply("add", high.apply("sub", low).apply("mul", z))
        case "scaled":
            return numbers[0].apply("mul", z)
    return z.apply("div", numbers[0])


__all__ = ["pathwise"]
