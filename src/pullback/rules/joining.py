"""Rows that join arrays into one, repeat one, or take one apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir import sizes
from pullback.ir.build import Value
from pullback.ir.core import Atom, Infer, Op
from pullback.ir.types import (
    Array,
    Dim,
    List,
    Scalar,
    Type,
    elementwise_type,
    fresh_sym,
)
from pullback.rules.ops import FULL, along, dim, index, part, sum_
from pullback.rules.shapes import at_least
from pullback.rules.sizes import arranged, axis_of, class_made, demand_integers, element_of
from pullback.rules.table import Params, Rule, Scatter, built, composite, linear


def _joined(op: Op) -> Sequence[Type]:
    """The elements of all inputs in one dtype."""
    return [_concatenated(op)]


def _concatenated(op: Op) -> Type:
    if isinstance(op.inputs[0].type, List):
        if op.params["axis"] is None:
            raise Unsupported(refusals.LIST_NEEDS_AXIS)
        cls, dtype = element_of(op.inputs[0].type)
        elem = op.inputs[0].type.elem
        shape = elem.shape if isinstance(elem, Array) else ()
    else:
        cls, dtype, shape = _common(op.inputs)
    given = [a.type for a in op.inputs]
    if op.params["axis"] is None:
        counts = [sizes.product_of(t.shape if isinstance(t, Array) else ()) for t in given]
        return Array(cls, dtype, (sizes.joined([sizes.dim_of(n) for n in counts]),))
    axis = axis_of(op.params["axis"], len(shape))
    size = sizes.joined([t.shape[axis] if isinstance(t, Array) else None for t in given])
    return Array(cls, dtype, (*shape[:axis], size, *shape[axis + 1 :]))


def _common(atoms: Sequence[Atom]) -> tuple[str, str | None, tuple[Dim, ...]]:
    """Class, dtype and shape (sizes of the first) of arrays that are joined."""
    element = elementwise_type(lambda *xs: np.concatenate([np.ravel(x) for x in xs]), [
        Array(*element_of(a.type), (1,)) for a in atoms
    ])  # fmt: skip
    assert isinstance(element, Array)
    first = atoms[0].type
    return element.cls, element.dtype, first.shape if isinstance(first, Array) else ()


def _stacked(op: Op) -> Sequence[Type]:
    if not op.inputs:
        raise ValueError("it needs at least one array")
    if len({x.type.ndim if isinstance(x.type, Array) else 0 for x in op.inputs}) > 1:
        raise ValueError("they have different numbers of dimensions")
    first = op.inputs[0].type
    size: Dim
    if isinstance(first, List):
        (cls, dtype), size = element_of(first), fresh_sym()
        shape = first.elem.shape if isinstance(first.elem, Array) else ()
    else:
        (cls, dtype, shape), size = _common(op.inputs), len(op.inputs)
    axis = op.params.get("axis", 0) % (len(shape) + 1)
    return [Array(cls, dtype, (*shape[:axis], size, *shape[axis:]))]


def _concatenate_transpose(g: Value, *inputs_and_p: Any) -> list[Value]:
    """The part of the cotangent that each input gave rise to."""
    *xs, p = inputs_and_p
    if isinstance(xs[0].type, List):
        return [g.apply("split_like", xs[0], axis=p["axis"])]
    flat = p["axis"] is None
    axis = 0 if flat else p["axis"] % g.ndim
    parts, start = [], None
    for x in xs[:-1]:
        size = x.apply("size") if flat else dim(x, axis)
        stop = size if start is None else start + size
        parts.append(part(g, axis, start, stop))
        start = stop
    parts.append(part(g, axis, start, None))
    return [c.reshape_like(x) for c, x in zip(parts, xs, strict=True)] if flat else parts


def _stack_transpose(g: Value, *inputs_and_p: Any) -> list[Value]:
    *xs, p = inputs_and_p
    axis = p.get("axis", 0) % g.ndim
    if isinstance(xs[0].type, List):
        return [g.apply("unstack", axis=axis)]
    return [index(g, (*(FULL,) * axis, "i"), k) for k in range(len(xs))]


def _unstack(op: Op) -> Sequence[Type]:
    x, axis = op.inputs[0].type, op.params["axis"]
    assert isinstance(x, Array)
    rest = (*x.shape[:axis], *x.shape[axis + 1 :])
    return [List(Array(x.cls, x.dtype, rest) if rest else Scalar(x.cls, "np", x.dtype))]


def _unstack_transpose(g: Value, x: Value, p: Any) -> Value:
    """Also of a list that is empty, which `np.stack` does not take."""
    if p["axis"]:
        return g.apply("stack", axis=p["axis"])
    return g.apply("array") if x.ndim == 1 else g.apply("array").reshape_like(x)


def _array(op: Op) -> Sequence[Type]:
    """np.array of a number, an array, or a sequence of either."""
    dtype = op.params.get("dtype")
    if not op.inputs:  # of an empty list
        cls = class_made("float", dtype)
        return [Array(cls, dtype or "float64", (0,))]
    x = op.inputs[0].type
    if op.params.get("nested") or isinstance(x, List):
        (made,) = _stacked(op)
        assert isinstance(made, Array)
    else:
        made = Array(*element_of(x), x.shape if isinstance(x, Array) else ())
    return [Array(class_made(made.cls, dtype), dtype, made.shape) if dtype else made]


def _array_raises(op: Op) -> bool:
    """Only parts may be of different sizes."""
    return bool(op.params.get("nested")) or (bool(op.inputs) and isinstance(op.inputs[0].type, List))


def _array_transpose(g: Value, *inputs_and_p: Any) -> list[Any]:
    *xs, p = inputs_and_p
    if p.get("nested") or isinstance(xs[0].type, List):
        return _stack_transpose(g, *xs, {"axis": 0})
    return [g.reshape_like(xs[0])]


# ---- other ways to join


def _join(xs: Sequence[Value], axis: int) -> Value:
    first, *rest = xs
    return first.apply("concatenate", *rest, axis=axis)


def _elements(xs: Sequence[Value]) -> int | None:
    """The number of dimensions of the elements of a run-time list, None if there is none."""
    if not isinstance(xs[0].type, List):
        return None
    elem = xs[0].type.elem
    return elem.ndim if isinstance(elem, Array) else 0


def _hstack_definition(*args: Any) -> Value:
    xs: list[Value] = list(args[:-1])
    ndim = _elements(xs)
    if ndim == 0:
        return xs[0].apply("array")
    if ndim is not None:
        return _join(xs, int(ndim > 1))
    xs = [at_least("atleast_1d", x) for x in xs]  # vectors of numbers
    return _join(xs, int(xs[0].ndim > 1))


def _vstack_definition(*args: Any) -> Value:
    xs: list[Value] = list(args[:-1])
    ndim = _elements(xs)
    if ndim == 0:
        return index(xs[0].apply("array"), (FULL, "n"))
    if ndim is not None:
        return xs[0].apply("stack", axis=0) if ndim == 1 else _join(xs, 0)
    return _join([at_least("atleast_2d", x) for x in xs], 0)


def _columns_definition(*args: Any) -> Value:
    xs: list[Value] = list(args[:-1])
    ndim = _elements(xs)
    if ndim == 0:
        return index(xs[0].apply("array"), ("n", FULL))
    if ndim is not None:
        return xs[0].apply("stack", axis=1) if ndim == 1 else _join(xs, 1)
    xs = [at_least("atleast_1d", x) for x in xs]
    return _join([index(x, (FULL, "n")) if x.ndim == 1 else x for x in xs], 1)


def _dstack_definition(*args: Any) -> Value:
    xs: list[Value] = list(args[:-1])
    ndim = _elements(xs)
    if ndim == 0:
        return index(xs[0].apply("array"), ("n", "n", FULL))
    if ndim is not None and ndim < 3:
        stacked = xs[0].apply("stack", axis=ndim)
        return index(stacked, ("n",)) if ndim == 1 else stacked
    return _join(xs if ndim else [at_least("atleast_3d", x) for x in xs], 2)


def _append_definition(x: Value, v: Value, p: Params) -> Value:
    if p["axis"] is None:
        return _join([y.apply("ravel") for y in (x, v)], 0)
    return _join([x, v], p["axis"])


# ---- repeating


def _tile_shape(op: Op, x: Array) -> tuple[Dim, ...]:
    reps = op.inputs[1:]
    return tuple(fresh_sym() for _ in range(max(len(reps), x.ndim)))


def _tile_transpose(g: Value, x: Value, *rest: Any) -> Value:
    """Summed over the copies, which reshaping brings to axes of their own."""
    reps = rest[:-1]
    shape: list[Any] = [1] * (g.ndim - len(reps)) + list(reps)
    parts: list[Any] = []
    for axis, n in enumerate(shape):
        own = axis - (g.ndim - x.ndim)
        parts += [n, 1 if own < 0 else dim(x, own)]
    if not parts:
        return g
    copies = tuple(range(0, 2 * g.ndim, 2))
    total = sum_(g.apply("reshape", *parts), copies if len(copies) > 1 else 0)
    return total if total.ndim == x.ndim else total.reshape_like(x)


def _repeat_shape(op: Op, x: Array) -> tuple[Dim, ...]:
    demand_integers(op.inputs[1].type)
    if op.params["axis"] is None:
        if isinstance(op.inputs[1].type, Array) and x.ndim != 1:
            raise Unsupported(refusals.COUNTS_WITHOUT_AXIS)
        return (fresh_sym(),)
    axis = axis_of(op.params["axis"], x.ndim)
    return (*x.shape[:axis], fresh_sym(), *x.shape[axis + 1 :])


def _repeat_transpose(g: Value, x: Value, n: Value, p: Params) -> Any:
    """Summed over the copies of each element."""
    flat = p["axis"] is None
    axis = 0 if flat else p["axis"] % x.ndim
    if n.ndim:
        places = n.apply("size").apply("arange").apply("repeat", n, axis=None)
        return Scatter("add_at", (g, places), {"path": (along(axis, "a"),)})
    sizes: list[Any] = [-1, n] if flat else [dim(x, k) for k in range(x.ndim)]
    if not flat:
        sizes.insert(axis + 1, n)
    total = sum_(g.apply("reshape", *sizes), axis + 1)
    return total if total.ndim == x.ndim else total.reshape_like(x)


# ---- taking apart


def _split_definition(x: Value, *rest: Any) -> list[Value]:
    """Equal parts, or parts that end at given places."""
    *places, p = rest
    axis = axis_of(p["axis"], x.ndim)
    if p["indices_or_sections"] is None:
        count = _count_of_parts(places[0])
        if count > 1:
            size = dim(x, axis).apply("floordiv", count)
        places = [k * size for k in range(1, count)]
    return _parts(x, axis, places)


def _parts(x: Value, axis: int, places: Sequence[Any]) -> list[Value]:
    """The slices along an axis between places, and those before and behind them."""
    ends = zip([None, *places], [*places, None], strict=True)
    return [part(x, axis, start, stop) for start, stop in ends]


def _array_split_definition(x: Value, *rest: Any) -> list[Value]:
    """Of parts that cannot be equal, the first ones are longer by one."""
    *places, p = rest
    axis = axis_of(p["axis"], x.ndim)
    if p["indices_or_sections"] is None:
        count = _count_of_parts(places[0])
        size = dim(x, axis)
        each, longer = (size.apply(name, count) for name in ("floordiv", "mod"))
        places = [k * each + longer.apply("min_int", k) for k in range(1, count)]
    return _parts(x, axis, places)


def _split_along(axis: int) -> Rule:
    """np.split along an axis; np.hsplit takes the only one of a vector."""

    def definition(x: Value, *rest: Any) -> list[Value]:
        *places, p = rest
        along_axis = 0 if axis == 1 and x.ndim == 1 else axis
        return _split_definition(x, *places, {**p, "axis": along_axis})

    return definition


def _slices(definition: Rule, alike: bool = True) -> Infer:
    """The types of the slices, which are equal where the parts are ``alike``."""

    def infer(op: Op) -> Sequence[Type]:
        parts, _ = built(definition, op)
        equal = alike and op.params["indices_or_sections"] is None
        return [(parts[0] if equal else part).type for part in parts]

    return infer


def _count_of_parts(sections: Value) -> int:
    n = getattr(sections.atom, "value", None)
    if type(n) is not int or n < 1:
        raise Unsupported(refusals.COMPUTED_PARTS)
    return n


linear("concatenate", np.concatenate, _joined, [_concatenate_transpose], "*xs|arrays axis=0",
       raises=True, linear_in=())  # fmt: skip
linear("stack", np.stack, _stacked, [_stack_transpose], "*xs axis=0", raises=True, linear_in=())
linear("array", np.array, _array, [_array_transpose], "*xs dtype=None * copy=True ndmin=0",
       raises=_array_raises, linear_in=())  # fmt: skip
linear("unstack", None, _unstack, [_unstack_transpose], "x")
linear("split_like", None, lambda op: [op.inputs[1].type],
       [lambda g, x, like, p: g.apply("concatenate", axis=p["axis"])], "x like")  # fmt: skip
for _name, _definition in [
    ("hstack", _hstack_definition), ("vstack", _vstack_definition),
    ("column_stack", _columns_definition), ("dstack", _dstack_definition),
]:  # fmt: skip
    composite(_name, getattr(np, _name), _definition, "*xs", raises=True)
composite("append", np.append, _append_definition, "x v axis=None", raises=True)
linear("tile", np.tile, arranged(_tile_shape), [_tile_transpose], "x reps[]", raises=True)
linear("repeat", np.repeat, arranged(_repeat_shape), [_repeat_transpose], "x repeats axis=None",
       raises=True, methods=("repeat",))  # fmt: skip
for _name, _definition in [
    ("split", _split_definition), ("array_split", _array_split_definition),
    ("hsplit", _split_along(1)), ("vsplit", _split_along(0)), ("dsplit", _split_along(2)),
]:  # fmt: skip
    composite(_name, getattr(np, _name), _definition,
              f"x indices_or_sections[]{' axis=0' if _name in ('split', 'array_split') else ''}",
              infer=_slices(_definition, _name != "array_split"), raises=True, views=(0,),
              several=list)  # fmt: skip
