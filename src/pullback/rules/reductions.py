"""Rows of reductions: sums, means, products, extremes and deviations over axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Dim, Scalar, Type, elementwise_type, fresh_sym
from pullback.rules.ops import (
    conjugate,
    count,
    divide,
    expand_reduced,
    mean,
    part,
    ratio,
    reversed_along,
    sum_,
    where,
)
from pullback.rules.table import Params, Rule, composite, inert, linear, special


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
        if len(axes) < len(given):
            raise Unsupported(refusals.AXIS_TWICE)
    kept = [1 if k in axes else n for k, n in enumerate(shape)]
    return tuple(kept) if keepdims else tuple(n for k, n in enumerate(kept) if k not in axes)


def reduction(func: Callable[..., Any]) -> Callable[[Op], Sequence[Type]]:
    """The type function of a reduction."""

    def infer(op: Op) -> Sequence[Type]:
        x = op.inputs[0].type
        element = elementwise_type(func, [x])
        assert isinstance(element, Scalar | Array)
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


def _std_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """sum(conj(x - mean) x_dot) / ((n - ddof) y), and 0 where all elements are equal."""
    x, t = xs[0], ts[0]
    axis, keepdims = p.get("axis"), bool(p.get("keepdims"))
    deviation = conjugate(x - _mean_along(x, axis, keepdims))
    return ratio(sum_(deviation * t, axis, keepdims), (count(x, axis) - p.get("ddof", 0)) * y)


def _var_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """2 g conj(x - mean) / (n - ddof)"""
    (x,) = xs
    if not isinstance(x.type, Array):
        return [0.0 * g]
    axis, keepdims = p.get("axis"), bool(p.get("keepdims"))
    factor = divide(2.0 * g, count(x, axis) - p.get("ddof", 0))
    deviation = conjugate(x - _mean_along(x, axis, keepdims))
    return [expand_reduced(factor, x, axis, keepdims) * deviation]


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


def cumulative(name: str) -> Rule:
    """np.cumsum or np.cumprod, behind what they begin with if that is asked for."""

    def definition(x: Value, p: Params) -> Value:
        if x.ndim != 1 and p["axis"] is None:
            raise Unsupported(refusals.NEEDS_AXIS)
        axis = 0 if p["axis"] is None else p["axis"] % x.ndim
        y = x.apply(name, axis=axis)
        if not p["include_initial"]:
            return y
        first = part(y, axis, 0, 1).apply("zeros_like" if name == "cumsum" else "ones_like")
        return first.apply("concatenate", y, axis=axis)

    return definition


def beyond(name: str, *arguments: str) -> dict[str, str]:
    """The arguments with which a reduction is another row, see ``rules.selected``."""
    return dict.fromkeys(arguments, f"{name}_of")


CUMULATIVE = "x * axis=None dtype=None include_initial=False"
REDUCE = "x axis=None * keepdims=False"
linear("sum", np.sum, reduction(np.sum), [spread], REDUCE, methods=("sum",),
       beyond=beyond("sum", "dtype", "initial", "where"))  # fmt: skip
linear("mean", np.mean, reduction(np.mean), [_mean_transpose], REDUCE, methods=("mean",),
       beyond=beyond("mean", "dtype", "where"))  # fmt: skip
for _name, _func in [("max", np.max), ("min", np.min)]:
    special(_name, _func, reduction(_func), REDUCE, jvp=_extreme_jvp, raises=True, selects=(0,),
            methods=(_name,), kink="split evenly among equal extremes",
            functions=(getattr(np, f"a{_name}"),),
            beyond=beyond(_name, "initial", "where"))  # fmt: skip
special("std", np.std, reduction(np.std), "x axis=None * ddof|correction=0 keepdims=False", jvp=_std_jvp,
        methods=("std",), beyond=beyond("std", "dtype", "where", "mean"),
        kink="0 where all elements are equal")  # fmt: skip
special("var", np.var, reduction(np.var), "x axis=None * ddof|correction=0 keepdims=False", vjp=_var_vjp,
        methods=("var",), beyond=beyond("var", "dtype", "where", "mean"))  # fmt: skip
for _name in ("argmax", "argmin"):
    inert(_name, getattr(np, _name), reduction(getattr(np, _name)), "integer output", REDUCE,
          raises=True, methods=(_name,))  # fmt: skip
for _name in ("any", "all", "count_nonzero"):
    inert(_name, getattr(np, _name), reduction(getattr(np, _name)), "piecewise constant", REDUCE,
          methods=(_name,) if _name != "count_nonzero" else (),
          beyond={} if _name == "count_nonzero" else beyond(_name, "where"))  # fmt: skip
linear("cumsum", np.cumsum, scanned(np.cumsum), [_cumsum_transpose], "x axis=None dtype=None",
       methods=("cumsum",))  # fmt: skip
composite("cumulative_sum", np.cumulative_sum, cumulative("cumsum"), CUMULATIVE, raises=True)
