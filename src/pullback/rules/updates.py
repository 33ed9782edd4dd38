"""Rows of updates in place at indices that may repeat: ``np.multiply.at`` and its like.

Each takes the array, the values, and the inputs of a path (see ``ir.index``), and takes over the array.
"""

from __future__ import annotations

from typing import Any

from pullback.ir.build import Value
from pullback.ir.prims import same, write_may_raise
from pullback.rules.memory import fitted
from pullback.rules.ops import over, where
from pullback.rules.table import Params, special


def _at(x: Value, indices: list[Value], p: Params) -> Value:
    return x.apply("getitem", *indices, path=p["path"])


def _multiplied(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value | None]:
    """The product of all other factors of a place: one that is 0 leaves only its own slope."""
    x, v, *indices = xs
    zero = v.equals(0)
    factor = where(zero, 1.0, v)
    ones = x.apply("ones_like", dtype=None)
    product = _at(ones.apply("mul_at", factor, *indices, path=p["path"]), indices, p)
    zeros = Value(x.builder, x.builder.zeros(x.atom))
    count = zeros.apply("add_at", where(zero, 1.0, 0.0), *indices, path=p["path"])
    others = _at(count, indices, p) - where(zero, 1.0, 0.0)
    slope = where(others.equals(0), over(product, factor), 0.0)
    to_v = _at(g, indices, p) * _at(x, indices, p) * slope
    return [g * ones.apply("mul_at", v, *indices, path=p["path"]), fitted(to_v, v), *_none(indices)]


def _divided(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value | None]:
    x, v, *indices = xs
    ones = x.apply("ones_like", dtype=None)
    to_v = -_at(g, indices, p) * _at(y, indices, p) / v
    return [g * ones.apply("div_at", v, *indices, path=p["path"]), fitted(to_v, v), *_none(indices)]


def _largest(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value | None]:
    """Evenly to what equals the result at a place: what was there, and values."""
    x, v, *indices = xs
    stays, wins = y.equals(x), _at(y, indices, p).equals(v)
    count = where(stays, 1.0, 0.0).apply("add_at", where(wins, 1.0, 0.0), *indices, path=p["path"])
    share = over(g, count.apply("maximum", 1.0))
    to_v = where(wins, _at(share, indices, p), 0.0)
    return [where(stays, share, 0.0), fitted(to_v, v), *_none(indices)]


def _none(indices: list[Value]) -> list[Any]:
    return [None] * len(indices)


_TIES = "split evenly at ties"
for _name, _vjp, _kink in (
    ("mul_at", _multiplied, ""), ("div_at", _divided, "infinite or nan where the divisor is 0"),
    ("max_at", _largest, _TIES),
    ("min_at", _largest, _TIES),
):  # fmt: skip
    special(_name, None, same(0), "x v", vjp=_vjp, writes=0, raises=write_may_raise, kink=_kink,
            singular=_name == "div_at")  # fmt: skip
