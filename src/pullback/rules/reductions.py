"""Rows of reductions: sums, means, products, extremes and deviations over axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Atom, Block, Const, Op, Var
from pullback.ir.types import PY_INT, Array, Dim, Scalar, Type, elementwise_type, fresh_sym
from pullback.rules.ops import (
    count,
    dim,
    divide,
    expand_reduced,
    index,
    masked,
    mean,
    part,
    reversed_along,
    sum_,
    transpose,
    where,
)
from pullback.rules.table import Params, composite, inert, linear, special


def reduced_shape(shape: tuple[Dim, ...], axis: Any, keepdims: bool) -> tuple[Dim, ...]:
    """The shape after reducing over ``axis``; raises what NumPy raises for an axis out of range."""
    if axis is None:
        axes = set(range(len(shape)))
    else:
        given = axis if isinstance(axis, tuple) else (axis,)
        for k in given:
            if not -len(shape) <= k < len(shape):
                raise np.exceptions.AxisError(k, len(shape))
        axes = {k % len(shape) for k in given}
    kept = [1 if k in axes else n for k, n in enumerate(shape)]
    return tuple(kept) if keepdims else tuple(n for k, n in enumerate(kept) if k not in axes)


def reduction(func: Callable[..., Any]) -> Callable[[Op], Sequence[Type]]:
    """The type function of a reduction."""

    def infer(op: Op) -> Sequence[Type]:
        x = op.inputs[0].type
        element = elementwise_type(func, [x])
        if not isinstance(element, Scalar | Array):
            raise Unsupported(f"a reduction of {x!r}")
        shape = x.shape if isinstance(x, Array) else ()
        kept = reduced_shape(shape, op.params.get("axis"), bool(op.params.get("keepdims")))
        if kept:
            return [Array(element.cls, element.dtype, kept)]
        return [Scalar(element.cls, "np", element.dtype)]

    return infer


def _options(p: Params) -> dict[str, Any]:
    return {"axis": p.get("axis"), "keepdims": bool(p.get("keepdims"))}


def spread(g: Value, x: Value, p: Params) -> Value:
    """The cotangent of a reduction, given to each element that took part."""
    return expand_reduced(g, x, **_options(p)).broadcast_like(x)


def _mean_transpose(g: Value, x: Value, p: Params) -> Value:
    return spread(divide(g, count(x, p.get("axis"))), x, p)


def _extreme_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """The tangent at the extreme elements, split evenly among ties."""
    x, t = xs[0], ts[0]
    if not isinstance(x.type, Array):
        return t
    options = _options(p)
    chosen = x.equals(expand_reduced(y, x, **options))
    return sum_(where(chosen, t, 0.0), **options) / sum_(chosen, **options)


def _prod_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    x, t = xs[0], ts[0]
    if not isinstance(x.type, Array):
        return t
    others = x.apply("prod_others", axis=p.get("axis"))
    return sum_(others * t, **_options(p))


def _prod_others_definition(x: Value, p: Params) -> Value:
    """Products of all elements but each one, by running products from both ends; zeros are fine."""
    if p["axis"] is None:
        flat = x.apply("reshape", -1)
        return _prod_others_definition(flat, {"axis": 0}).reshape_like(x)
    if isinstance(p["axis"], tuple):
        return _over_axes(x, [k % x.ndim for k in p["axis"]])
    axis = p["axis"] % x.ndim
    before = _running_products(x, x, axis)
    return _running_products(x, before, axis, reverse=True)


def _over_axes(x: Value, axes: list[int]) -> Value:
    """The same over several axes: they go last, and are taken as one."""
    rest = [k for k in range(x.ndim) if k not in axes]
    order = (*rest, *axes)
    moved = transpose(x, order)
    flat = moved.apply("reshape", *(dim(moved, k) for k in range(len(rest))), -1)
    others = _prod_others_definition(flat, {"axis": len(rest)}).reshape_like(moved)
    return transpose(others, tuple(int(k) for k in np.argsort(order)))


def _running_products(
    x: Value, start: Value, axis: int, reverse: bool = False, inclusive: bool = False
) -> Value:
    """Products of all x before i, in a loop over the axis: of all up to i if it is ``inclusive``.

    In reverse start[.., i, ..] times all x after i.
    """
    b = x.builder
    at = (*(("s", False, False, False),) * axis, "i")
    first = reverse is False
    out = b.wrap(b.one("zeros_like", x.atom))
    nothing = b.wrap(b.zeros(part(x, axis, None, 0).atom))
    one = sum_(nothing, axis) + 1.0  # of the shape of a slice, also where there is none
    i = Var(PY_INT, "i")
    carried = [Var(out.type, "out"), Var(one.type, "product")]
    with b.block([i, *carried]) as body:
        product = b.wrap(carried[1])
        following = product * index(x, at, b.wrap(i))
        value = product if first else product * index(start, at, b.wrap(i))
        value = following if inclusive else value
        written = b.one("setitem", carried[0], value.atom, i, path=(at,))
        body.results = [written, following.atom]
    return b.wrap(_loop(b, dim(x, axis).atom, [out.atom, one.atom], body, reverse))


def _loop(b: Any, n: Atom, inits: list[Atom], body: Block, reverse: bool) -> Var:
    outputs = b.emit("for", [Const(0), n, Const(1), *inits], [body], exits=False, reverse=reverse)
    return outputs[0]  # type: ignore[no-any-return]


def _std_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """sum((x - mean) x_dot) / ((n - ddof) y), and 0 where all elements are equal."""
    x, t = xs[0], ts[0]
    axis, keepdims = p.get("axis"), bool(p.get("keepdims"))
    deviation = x - _mean_along(x, axis, keepdims)
    scale = divide(1.0, (count(x, axis) - p.get("ddof", 0)) * y)
    weights = masked(deviation, expand_reduced(scale, x, axis, keepdims))
    return sum_(weights * t, axis, keepdims)


def _var_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """2 g (x - mean) / (n - ddof)"""
    (x,) = xs
    if not isinstance(x.type, Array):
        return [0.0 * g]
    axis, keepdims = p.get("axis"), bool(p.get("keepdims"))
    factor = divide(2.0 * g, count(x, axis) - p.get("ddof", 0))
    return [expand_reduced(factor, x, axis, keepdims) * (x - _mean_along(x, axis, keepdims))]


def _mean_along(x: Value, axis: Any, keepdims: bool) -> Value:
    """The mean ready to broadcast to ``x``, asked for as the user's code does beside it."""
    return expand_reduced(mean(x, axis, keepdims), x, axis, keepdims)


# ---- running sums and products


def scanned(func: Callable[..., Any]) -> Callable[[Op], Sequence[Type]]:
    """The type function of what runs along an axis; without one, over all elements in order."""

    def infer(op: Op) -> Sequence[Type]:
        x, axis = op.inputs[0].type, op.params["axis"]
        if not isinstance(x, Array):
            raise Unsupported(refusals.NEEDS_ARRAY)
        if axis is not None:
            reduced_shape(x.shape, axis, False)
        element = elementwise_type(lambda v: func(v, axis=0), [Array(x.cls, x.dtype, (1,))])
        assert isinstance(element, Array)
        shape = x.shape if axis is not None or x.ndim == 1 else (fresh_sym(),)
        return [Array(element.cls, element.dtype, shape)]

    return infer


def _cumsum_transpose(g: Value, x: Value, p: Params) -> Value:
    axis = 0 if p["axis"] is None else p["axis"] % x.ndim
    backwards = reversed_along(g, axis).apply("cumsum", axis=p["axis"])
    total = reversed_along(backwards, axis)
    return total if total.ndim == x.ndim else total.reshape_like(x)


def _cumprod_definition(x: Value, p: Params) -> Value:
    """A loop over the axis, so that zeros among the factors do no harm."""
    if p["axis"] is None:
        return _cumprod_definition(x if x.ndim == 1 else x.apply("ravel"), {"axis": 0})
    return _running_products(x, x, p["axis"] % x.ndim, inclusive=True)


REDUCE = "x axis=None keepdims=False"
linear("sum", np.sum, reduction(np.sum), [spread], REDUCE, methods=("sum",))
linear("mean", np.mean, reduction(np.mean), [_mean_transpose], REDUCE, methods=("mean",))
for _name, _func in [("max", np.max), ("min", np.min)]:
    special(_name, _func, reduction(_func), REDUCE, jvp=_extreme_jvp, raises=True, selects=(0,),
            methods=(_name,), kink="split evenly among equal extremes",
            functions=(getattr(np, f"a{_name}"),))  # fmt: skip
special("prod", np.prod, reduction(np.prod), REDUCE, jvp=_prod_jvp, methods=("prod",))
composite("prod_others", None, _prod_others_definition, "x axis=None", raises=False)
special("std", np.std, reduction(np.std), "x axis=None ddof=0 keepdims=False", jvp=_std_jvp,
        methods=("std",), kink="0 where all elements are equal")  # fmt: skip
special("var", np.var, reduction(np.var), "x axis=None ddof=0 keepdims=False", vjp=_var_vjp,
        methods=("var",))  # fmt: skip
for _name in ("argmax", "argmin"):
    inert(_name, getattr(np, _name), reduction(getattr(np, _name)), "integer output", REDUCE,
          raises=True, methods=(_name,))  # fmt: skip
for _name in ("any", "all", "count_nonzero"):
    inert(_name, getattr(np, _name), reduction(getattr(np, _name)), "piecewise constant", REDUCE,
          methods=(_name,) if _name != "count_nonzero" else ())  # fmt: skip
linear("cumsum", np.cumsum, scanned(np.cumsum), [_cumsum_transpose], "x axis=None",
       methods=("cumsum",))  # fmt: skip
composite("cumprod", np.cumprod, _cumprod_definition, "x axis=None", infer=scanned(np.cumprod),
          raises=False, methods=("cumprod",))  # fmt: skip
