"""Rows of products along axes, with derivatives that are right where factors are 0.

Of y = cumprod(x) the tangent T(t, x) and the cotangent A(g, x) are each other's transposes, so both come
from one trilinear form <g, T(t, x)>. Its gradient in x, for second derivatives, needs running sums
``s[i] = a[i] + b[i] * s[i - 1]`` (``recurrence``), whose derivatives are such sums again.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.ir.build import Value
from pullback.ir.prims import elementwise_infer
from pullback.ir.types import Array
from pullback.rules.ops import along, dim, part, reversed_along, size_along, sum_, transpose
from pullback.rules.reductions import CUMULATIVE, REDUCE, cumulative, reduction, scanned
from pullback.rules.table import Params, composite, special


def _prod_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    x, t = xs[0], ts[0]
    axis = p.get("axis")
    if not isinstance(x.type, Array) or axis == ():
        return t
    return sum_(x.apply("prod_others", axis=axis) * t, axis, bool(p.get("keepdims")))


def _prod_others_definition(x: Value, p: Params) -> Value:
    """Products of all elements but each one: of those before it, times of those behind it."""
    if p["axis"] is None:
        flat = x.apply("reshape", -1)
        return _prod_others_definition(flat, {"axis": 0}).reshape_like(x)
    if isinstance(p["axis"], tuple):
        return _over_axes(x, [k % x.ndim for k in p["axis"]])
    axis = p["axis"] % x.ndim
    behind = reversed_along(_products_before(reversed_along(x, axis), axis), axis)
    return _products_before(x, axis) * behind


def _products_before(x: Value, axis: int) -> Value:
    return moved_on(x.apply("cumprod", axis=axis), axis, x.apply("ones_like"))


def _over_axes(x: Value, axes: list[int]) -> Value:
    """The same over several axes: they go last, and are taken as one."""
    rest = [k for k in range(x.ndim) if k not in axes]
    order = (*rest, *axes)
    moved = transpose(x, order)
    count = size_along(x, axes)
    flat = moved.apply("reshape", *(dim(moved, k) for k in range(len(rest))), count)
    others = _prod_others_definition(flat, {"axis": len(rest)}).reshape_like(moved)
    return transpose(others, tuple(int(k) for k in np.argsort(order)))


def moved_on(x: Value, axis: int, into: Value, by: int = 1) -> Value:
    """``x`` moved one place along an axis, on or back; the end left free is that of ``into``."""
    open_end = ("s", by > 0, by < 0, False)
    source = part(x, axis, None, -1) if by > 0 else part(x, axis, 1, None)
    (out,) = x.builder.emit(
        "setitem", [into.atom, source.atom, x.lift(by)], path=(along(axis, open_end),), checked=True
    )
    return x.builder.wrap(out)


def _moved(x: Value, axis: int, by: int = 1) -> Value:
    return moved_on(x, axis, x.builder.wrap(x.builder.zeros(x.atom)), by)


# ---- running products


def _cumprod_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    x, t, axis = xs[0], ts[0], p["axis"]
    if axis is None:
        x, t = (v if v.ndim == 1 else v.apply("ravel") for v in (x, t))
    return t.apply("cumprod_tangent", x, y, axis=0 if axis is None else axis % x.ndim)


def _tangent_vjp(g: Value, xs: list[Value], out: Value, p: Params) -> list[Any]:
    t, x, y = xs
    return [g.apply("cumprod_adjoint", x, y, **p), _in_factors(g, t, x, y, p["axis"]), None]


def _adjoint_vjp(t: Value, xs: list[Value], out: Value, p: Params) -> list[Any]:
    g, x, y = xs
    return [t.apply("cumprod_tangent", x, y, **p), _in_factors(g, t, x, y, p["axis"]), None]


def _in_factors(g: Value, t: Value, x: Value, y: Value, axis: int) -> Value:
    """The gradient in x of <g, T(t, x)>, by reversing ``u[i] = x[i] * u[i - 1] + t[i] * y[i - 1]``.

    ``y`` is the running product of x, so what it contributes counts here.
    """
    u = t.apply("cumprod_tangent", x, y, axis=axis)
    u_bar = g.apply("recurrence", x, axis=axis, reverse=True)
    y_bar = _moved(t * u_bar, axis, -1)
    return _moved(u, axis) * u_bar + y_bar.apply("cumprod_adjoint", x, y, axis=axis)


def _recurrence_vjp(g: Value, xs: list[Value], s: Value, p: Params) -> list[Value]:
    """Of ``s[i] = a[i] + b[i] * s[i - 1]``, or backwards ``s[i] = a[i] + b[i + 1] * s[i + 1]``."""
    _, b = xs
    axis, reverse = p["axis"], p["reverse"]
    a_bar = g.apply("recurrence", b, axis=axis, reverse=not reverse)
    first, second = (s, a_bar) if reverse else (a_bar, s)
    return [a_bar, first * _moved(second, axis)]


def _product(*xs: Any) -> Any:
    return math.prod(xs)


special("prod", np.prod, reduction(np.prod), REDUCE, jvp=_prod_jvp, methods=("prod",), grows=True,
        beyond=dict.fromkeys(("dtype", "initial", "where"), "prod_of"))  # fmt: skip
composite("prod_others", None, _prod_others_definition, "x axis=None", raises=False, grows=True)
special("cumprod", np.cumprod, scanned(np.cumprod), "x axis=None dtype=None", jvp=_cumprod_jvp,
        methods=("cumprod",), grows=True)  # fmt: skip
composite("cumulative_prod", np.cumulative_prod, cumulative("cumprod"), CUMULATIVE, raises=True)
for _name, _vjp in [("cumprod_tangent", _tangent_vjp), ("cumprod_adjoint", _adjoint_vjp)]:
    special(_name, None, elementwise_infer(_product), "t x y axis=", vjp=_vjp)
special("recurrence", None, elementwise_infer(_product), "a b axis= reverse=", vjp=_recurrence_vjp)
