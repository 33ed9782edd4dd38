"""Rows of methods of ufuncs that no function stands for: running extremes, sums of slices, reductions.

``np.add.reduce`` is np.sum, ``np.multiply.accumulate`` is np.cumprod, and so on (``frontend.ufuncs``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Dim, Type
from pullback.rules.ops import along, dim, exp, expand_reduced, part, ratio, sum_, where
from pullback.rules.products import moved_on
from pullback.rules.reductions import reduction, scanned
from pullback.rules.sizes import arranged, axis_of, demand_integers
from pullback.rules.table import Params, Scatter, linear, special

METHODS = ("reduce", "accumulate", "outer", "at", "reduceat")
REDUCE = "array axis=0 * keepdims=False"

# ---- reductions


def _of_logarithms(scale: float) -> Any:
    def jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
        """The sum weighed by exponentials, which y scales: it cancels, and so does its rounding."""
        x, t = xs[0], ts[0]
        options = {"axis": p["axis"], "keepdims": p["keepdims"]}
        weights = exp(scale * (x - expand_reduced(y, x, **options)))
        return sum_(weights * t, **options) / sum_(weights, **options)

    return jvp


def _lengths_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    return ratio(sum_(xs[0] * ts[0], p["axis"], p["keepdims"]), y)


def _known_extreme_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """The tangent at the extreme elements, split evenly among ties; one that is nan is none."""
    x, t = xs[0], ts[0]
    options = {"axis": p["axis"], "keepdims": p["keepdims"]}
    chosen = x.equals(expand_reduced(y, x, **options))
    return ratio(sum_(where(chosen, t, 0.0), **options), sum_(chosen, **options))


# ---- running along an axis


def _running_extreme_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """The tangent at the last element that was an extreme one."""
    x, t = xs[0], ts[0]
    axis = p["axis"] % x.ndim
    steps = dim(x, axis).apply("arange")
    if axis < x.ndim - 1:
        steps = steps.apply("reshape", -1, *(1,) * (x.ndim - 1 - axis))
    places = where(x.equals(y), steps, 0).apply("maximum.accumulate", axis=axis)
    return t.apply("take_along_axis", places, axis=axis)


def _running_logarithm(scale: float) -> Any:
    def jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
        """``y_dot[i]`` from ``x_dot[i]`` and ``y_dot[i - 1]``, by their shares."""
        x, t = xs[0], ts[0]
        axis = p["axis"] % x.ndim
        before = exp(scale * (moved_on(y, axis, y) - y))
        return (exp(scale * (x - y)) * t).apply("recurrence", before, axis=axis, reverse=False)

    return jvp


# ---- slices


def _slices(op: Op, x: Array) -> tuple[Dim, ...]:
    places = op.inputs[1].type
    demand_integers(places)
    if not (isinstance(places, Array) and places.ndim == 1):
        raise Unsupported(refusals.NEEDS_VECTORS)
    axis = axis_of(op.params["axis"], x.ndim)
    return (*x.shape[:axis], places.shape[0], *x.shape[axis + 1 :])


def _reduceat_transpose(g: Value, x: Value, starts: Value, p: Params) -> Any:
    """The cotangent of a sum to each element of its slice, which has one at least."""
    axis = p["axis"] % x.ndim
    ends = part(starts, 0, 1, None).apply("append", dim(x, axis), axis=None)
    lengths = (ends - starts).apply("maximum", 1)
    before = lengths.apply("cumsum", axis=0) - lengths
    total = sum_(lengths)
    places = total.apply("arange") + (starts - before).apply("repeat", lengths, axis=0)
    spread = g.apply("repeat", lengths, axis=axis)
    return Scatter("add_at", (spread, places), {"path": (along(axis, "a"),)})


def _scanned(ufunc: np.ufunc) -> Callable[[Op], Sequence[Type]]:
    return scanned(ufunc.accumulate)


for _name in ("maximum", "minimum"):
    _ufunc = getattr(np, _name)
    special(f"{_name}.accumulate", _ufunc.accumulate, _scanned(_ufunc), "array axis=0",
            jvp=_running_extreme_jvp, raises=True, path=f"np.{_name}.accumulate",
            kink="of equal extremes the last")  # fmt: skip
for _name, _scale in [("logaddexp", 1.0), ("logaddexp2", math.log(2))]:
    _ufunc = getattr(np, _name)
    special(f"{_name}.reduce", _ufunc.reduce, reduction(_ufunc.reduce), REDUCE,
            jvp=_of_logarithms(_scale), raises=True, path=f"np.{_name}.reduce")  # fmt: skip
    special(f"{_name}.accumulate", _ufunc.accumulate, _scanned(_ufunc), "array axis=0",
            jvp=_running_logarithm(_scale), raises=True, path=f"np.{_name}.accumulate")  # fmt: skip
for _name in ("fmax", "fmin"):
    _ufunc = getattr(np, _name)
    special(f"{_name}.reduce", _ufunc.reduce, reduction(_ufunc.reduce), REDUCE,
            jvp=_known_extreme_jvp, raises=True, path=f"np.{_name}.reduce", selects=(0,),
            kink="split evenly among equal extremes")  # fmt: skip
special("hypot.reduce", np.hypot.reduce, reduction(np.hypot.reduce), REDUCE, jvp=_lengths_jvp,
        raises=True, path="np.hypot.reduce", kink="0 at 0")  # fmt: skip
linear("add.reduceat", np.add.reduceat, arranged(_slices), [_reduceat_transpose],
       "array indices axis=0", raises=True, path="np.add.reduceat")  # fmt: skip


def every_ufunc() -> list[np.ufunc]:
    """NumPy's public ufuncs, each once."""
    found = {id(f): f for f in vars(np).values() if isinstance(f, np.ufunc)}
    return list(found.values())
