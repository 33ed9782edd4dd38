"""Rows of neighbours along an axis: differences, slopes, areas, and values between known ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Type, differentiable, elementwise_type, is_complex
from pullback.rules.ops import (
    along,
    along_axis,
    between,
    by_name,
    dim,
    index,
    part,
    ratio,
    sum_,
    where,
)
from pullback.rules.shapes import at_least
from pullback.rules.sizes import array_or_number, axes_given, axis_of, element_of, in_double
from pullback.rules.table import Params, built, composite, special

# ---- differences


def _diff_definition(*args: Any) -> Value:
    """Differences of neighbours, so many times over."""
    *inputs, p = args
    (x,), ends = by_name(inputs, p)
    if not x.ndim:
        raise Unsupported(refusals.NEEDS_DIMENSIONS)
    if p["n"] < 1:
        raise Unsupported(refusals.ORDER_OF_DIFFERENCES)
    axis = axis_of(p["axis"], x.ndim)
    parts = [_end(ends[k], x, axis) if k else x for k in _in_turn(ends)]
    y = parts[0].apply("concatenate", *parts[1:], axis=axis) if ends else x
    for _ in range(p["n"]):
        behind, before = between(y, axis)
        y = behind.apply("ne" if _is_bool(y) else "sub", before)
    return y


def _in_turn(ends: Any) -> list[str]:
    return [k for k in ("prepend", "", "append") if not k or k in ends]


def _end(v: Value, x: Value, axis: int) -> Value:
    """What is put before or behind x: a number stands in each of its lines."""
    if v.ndim:
        return v
    sizes = [1 if k == axis else dim(x, k) for k in range(x.ndim)]
    return v.apply("broadcast_to", *sizes)


def _is_bool(x: Value) -> bool:
    return getattr(x.type, "cls", "") == "bool"


def _flat(x: Value) -> Value:
    return x.apply("ravel") if x.ndim > 1 else at_least("atleast_1d", x)


def _ediff1d_definition(*args: Any) -> Value:
    *inputs, p = args
    (x,), ends = by_name(inputs, p)
    behind, before = between(_flat(x), 0)
    first, last = ([_flat(ends[k])] if k in ends else [] for k in ("to_begin", "to_end"))
    parts = [*first, behind - before, *last]
    return parts[0].apply("concatenate", *parts[1:], axis=0) if len(parts) > 1 else parts[0]


def _like_first(op: Op) -> Sequence[Type]:
    """The dtype of the first input, in the shape of the definition."""
    (made,), _ = built(_ediff1d_definition, op)
    assert isinstance(made.type, Array)
    return [Array(*element_of(op.inputs[0].type), made.type.shape)]


def _gradient_definition(*args: Any) -> list[Value]:
    """Slopes of second order inside, one-sided ones of the first or second order at both ends."""
    f, *spacings, p = args
    if not f.ndim:
        raise Unsupported(refusals.NEEDS_DIMENSIONS)
    if not differentiable(f.type):
        f = f.apply("astype", dtype="float64", spelling="method")
    axis = p["axis"]
    axes = range(f.ndim) if axis is None else axes_given(axis, f.ndim)
    if len(spacings) not in (0, 1, len(axes)) or (len(spacings) == 1 < len(axes) and spacings[0].ndim):
        raise Unsupported(refusals.SPACINGS, count=len(axes))
    each = [None] * len(axes) if not spacings else spacings * (1 if len(spacings) > 1 else len(axes))
    slopes = _slopes_between_numbers, _slopes_between_points
    return [
        slopes[bool(h is not None and h.ndim)](f, k, h, p["edge_order"])
        for k, h in zip(axes, each, strict=True)
    ]


def _slopes_between_numbers(f: Value, axis: int, h: Value | None, order: int) -> Value:
    """The slopes where all steps are alike."""
    inside = 0.5 * (part(f, axis, 2, None) - part(f, axis, None, -2))
    ends = []
    for sign, places in ((1, (0, 1, 2)), (-1, (-1, -2, -3))):
        x0, x1, *more = (index(f, along(axis, "i"), k) for k in places[: order + 1])
        slope = x1 - x0 if order == 1 else -1.5 * x0 + 2.0 * x1 - 0.5 * more[0]
        ends.append(slope if sign > 0 else -slope)
    scaled = [v if h is None else v / h for v in (ends[0], inside, ends[1])]
    return _put_together(f, axis, *scaled)


def _slopes_between_points(f: Value, axis: int, points: Value, order: int) -> Value:
    """The slopes where steps differ: those on either side, the nearer one with the larger weight."""
    behind, before = between(points, 0)
    steps = behind - before
    f_behind, f_before = between(f, axis)
    slopes = (f_behind - f_before) / along_axis(steps, axis, f.ndim)
    left, right = between(slopes, axis)[::-1]
    h_right, h_left = (along_axis(v, axis, f.ndim) for v in between(steps, 0))
    inside = (h_right * left + h_left * right) / (h_left + h_right)
    ends = []
    for k, second in ((0, 1), (-1, -2)):
        end = index(slopes, along(axis, "i"), k)
        if order == 2:
            next_to_it = index(slopes, along(axis, "i"), second)
            near, far = (index(steps, ("i",), i) for i in (k, second))
            end = end + (end - next_to_it) * (near / (near + far))
        ends.append(end)
    return _put_together(f, axis, ends[0], inside, ends[1])


def _put_together(f: Value, axis: int, first: Value, inside: Value, last: Value) -> Value:
    """An array like f of what stands at both ends along an axis, and between them."""
    out = f.builder.wrap(f.builder.zeros(f.atom))
    out = out.apply("setitem", inside, 1, -1, path=(along(axis, ("s", True, True, False)),))
    for k, end in ((0, first), (-1, last)):
        out = out.apply("setitem", end, k, path=(along(axis, "i"),))
    return out


# ---- areas, and values between known ones


def _trapezoid_definition(*args: Any) -> Value:
    """Sums of the areas between neighbours."""
    *inputs, p = args
    (y,), given = by_name(inputs, p)
    axis = axis_of(p["axis"], y.ndim)
    steps = given.get("dx")
    if "x" in given:
        x = given["x"]
        along = 0 if x.ndim == 1 else axis_of(p["axis"], x.ndim)
        behind, before = between(x, along)
        steps = along_axis(behind - before, axis, y.ndim) if x.ndim == 1 else behind - before
    behind, before = between(y, axis)
    heights = 0.5 * (behind + before)
    return sum_(heights if steps is None else steps * heights, axis)


def _interp_definition(*args: Any) -> Value:
    """Between two known points the straight line through them."""
    *inputs, p = args
    (x, xp, fp), given = by_name(inputs, p)
    if xp.ndim != 1 or fp.ndim != 1:
        raise Unsupported(refusals.NEEDS_VECTORS)
    if "period" in given:
        x, xp, fp = _periodic(x, xp, fp, given["period"])
    place = xp.apply("searchsorted", x, side="right") - 1
    last = dim(xp, 0) - 1
    left = place.apply("clip", 0, last - 1)
    right = (left + 1).apply("minimum", last)
    entry = ("a" if x.ndim else "i",)
    x0, x1, f0, f1 = (index(v, entry, k) for v in (xp, fp) for k in (left, right))
    line = f0 + ratio(f1 - f0, x1 - x0) * (x - x0)
    if "period" in given:
        return line
    below, above = given.get("left", _first(fp)), given.get("right", _first(fp, -1))
    inside = where(x > _first(xp, -1), above, line)
    return where(x < _first(xp), below, inside)


def _first(v: Value, k: int = 0) -> Value:
    return index(v, ("i",), k)


def _periodic(x: Value, xp: Value, fp: Value, period: Value) -> tuple[Value, Value, Value]:
    """All within one period, ordered, with a point of the neighbouring ones at each end."""
    period = period.apply("abs")
    x, xp = x.apply("mod", period), xp.apply("mod", period)
    order = xp.apply("argsort", axis=-1, kind=None)
    xp, fp = (index(v, ("a",), order) for v in (xp, fp))
    ends = [(part(v, 0, -1, None), part(v, 0, 0, 1)) for v in (xp, fp)]
    (x_before, x_behind), (f_before, f_behind) = ends
    xp = (x_before - period).apply("concatenate", xp, x_behind + period, axis=0)
    return x, xp, f_before.apply("concatenate", fp, f_behind, axis=0)


def _interp(op: Op) -> Sequence[Type]:
    """NumPy computes in double precision, whatever it is given."""
    x, xp, fp = (a.type for a in op.inputs[:3])
    if is_complex(x) or is_complex(xp):
        raise Unsupported(refusals.NEEDS_REAL_POINTS)
    return [array_or_number(*in_double([fp]), x)]


def _unwrapped(op: Op) -> Sequence[Type]:
    (p,), given = by_name(op.inputs, op.params)  # type: ignore[arg-type]
    with_period = [given["period"].type] if "period" in given else []
    return [elementwise_type(_without_jumps, [p.type, *with_period])]


def _without_jumps(p: Any, *period: Any) -> Any:
    return np.unwrap(p, **dict(zip(["period"], period, strict=False)))


def _unwrap_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """With the periods that were added, as many as there are."""
    (x, *_), given = by_name(xs, p)
    (t, *_), moves = by_name(ts, p)
    return t + (y - x) / given["period"] * moves["period"] if "period" in given else t


composite("diff", np.diff, _diff_definition, "x n=1 axis=-1 prepend~ append~")
composite("ediff1d", np.ediff1d, _ediff1d_definition, "x to_end~ to_begin~", infer=_like_first)
SPACED = "f **varargs * axis=None edge_order=1"
composite("gradient", np.gradient, _gradient_definition, SPACED, raises=True)
composite("gradients", None, _gradient_definition, SPACED, raises=True, several=tuple,
          path="np.gradient")  # fmt: skip
composite("trapezoid", np.trapezoid, _trapezoid_definition, "y x~ dx~ axis=-1")
composite("interp", np.interp, _interp_definition, "x xp fp left~ right~ period~", infer=_interp,
          raises=True,
          kink="at a known point the slope behind it, at the last one that before it")  # fmt: skip
special("unwrap", np.unwrap, _unwrapped, "p discont~ axis=-1 * period~", jvp=_unwrap_jvp, raises=True,
        kink="1 at jumps")  # fmt: skip
