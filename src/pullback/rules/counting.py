"""Rows of sums over equal values: counts, histograms, values that are unlike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Const, Op
from pullback.ir.types import Array, Type, class_of, fresh_sym
from pullback.rules.ops import between, by_name, dim, index, sum_, where
from pullback.rules.shapes import at_least
from pullback.rules.sizes import demand_integers, element_of
from pullback.rules.table import Params, composite, special

T = TypeVar("T")

# ---- counts of integers


def _bincount(op: Op) -> Sequence[Type]:
    x = op.inputs[0].type
    demand_integers(x)
    if not isinstance(x, Array) or x.ndim != 1:
        raise Unsupported(refusals.NEEDS_VECTORS)
    dtype = "float64" if "weights" in op.params.get("given", ()) else "int64"
    return [Array(class_of(dtype) or "", dtype, (fresh_sym(),))]


def _bincount_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Any]:
    """To each weight the cotangent of the sum that it is in."""
    (x,), given = by_name(xs, p)
    bars = {"weights": index(g, ("a",), x)} if "weights" in given else {}
    return [None, *(bars.get(name) for name in given)]


# ---- histograms


def _by_name(inputs: Sequence[T], p: Params) -> dict[str, T]:
    """The array, and of bins, the ends of a range and weights those that are given."""
    names = [k for k in ("bins", "low", "high", "weights")
             if k in p.get("given", ()) or (k in ("low", "high") and p.get("range"))]  # fmt: skip
    return dict(zip(["a", *names], inputs, strict=True))


def _edges(a: Value, given: dict[str, Value]) -> Value:
    """The edges of bins: as given, or evenly spaced over a range."""
    bins = given.get("bins", Value(a.builder, Const(10)))
    if bins.ndim:
        return bins
    if "low" in given:
        low, high = given["low"], given["high"]
    else:
        low, high = (a.apply(name, axis=None, keepdims=False) for name in ("min", "max"))
        apart = where(low.equals(high), 0.5, 0.0)
        low, high = low - apart, high + apart
    return low.apply("linspace", high, bins + 1, endpoint=True, dtype=None, axis=0)


def _histogram_definition(*args: Any) -> list[Value]:
    """The weights of what lies between two edges, the last of which is inside."""
    *inputs, p = args
    given: dict[str, Value] = _by_name(inputs, p)
    edges, a = _edges(given["a"], given), _flat(given["a"])
    count = dim(edges, 0) - 1
    places = edges.apply("searchsorted", a, side="right") - 1
    places = where(a.equals(index(edges, ("i",), -1)), count - 1, places)
    inside = (places >= 0) & (places < count)
    weights = where(inside, _flat(given["weights"]) if "weights" in given else 1, 0)
    places = places.apply("clip", 0, count - 1)
    found = places.apply("bincount", weights, count, given=("weights", "minlength"))
    if p["density"]:
        behind, before = between(edges, 0)
        found = found / (behind - before) / sum_(found)
    return [found, edges]


def _flat(x: Value) -> Value:
    return x.apply("ravel") if x.ndim > 1 else at_least("atleast_1d", x)


def _histogram(op: Op) -> Sequence[Type]:
    given = _by_name(op.inputs, op.params)
    counts: tuple[str, str | None] = ("int", "int64")
    if "weights" in given:
        counts = element_of(given["weights"].type)
    if op.params["density"]:
        counts = "float", "float64"
    if "bins" in given and isinstance(given["bins"].type, Array):
        return [Array(*counts, (fresh_sym(),)), given["bins"].type]
    wide = element_of(given["a"].type)
    found = wide if wide[0] == "float" else ("float", "float64")
    return [Array(*counts, (fresh_sym(),)), Array(*found, (fresh_sym(),))]


# ---- values that are unlike


def _unique(op: Op) -> Sequence[Type]:
    """The values, then places of their first appearance, which of them each element is, how many."""
    t, p = op.inputs[0].type, op.params
    if p["axis"] is not None:
        raise Unsupported(refusals.UNIQUE_ALONG_AXIS)
    size = fresh_sym()
    whole = t.shape if isinstance(t, Array) else ()
    places = Array("int", "int64", (size,))
    inverse = Array("int", "int64", whole)
    further = {"return_index": places, "return_inverse": inverse, "return_counts": places}
    return [Array(*element_of(t), (size,)), *(v for k, v in further.items() if p.get(k))]


def _unique_vjp(g: Any, xs: list[Value], y: Any, p: Params) -> list[Value]:
    """To the first of equal elements."""
    x = xs[0]
    bar = g[0] if isinstance(g, tuple | list) else g
    _, first = x.builder.emit("uniques", [x.atom], return_index=True, return_inverse=False,
                              return_counts=False, axis=None)  # fmt: skip
    flat = _flat(x)
    zeros = x.builder.wrap(x.builder.zeros(flat.atom))
    return [zeros.apply("setitem", bar, x.builder.wrap(first), path=(("a",),)).reshape_like(x)]


special("bincount", np.bincount, _bincount, "x weights~ minlength~", vjp=_bincount_vjp, raises=True)
composite("histogram", np.histogram, _histogram_definition, "a bins~ range+ density=None weights~",
          infer=_histogram, raises=True, several=tuple, kink="0 of the counts in the elements",
          hint="give it edges or a number of bins")  # fmt: skip
RETURNS = "return_index=False return_inverse=False return_counts=False"
special("unique", np.unique, _unique, f"ar {RETURNS} axis=None", vjp=_unique_vjp, raises=True,
        kink="of equal elements the first")  # fmt: skip
special("uniques", None, _unique, f"ar {RETURNS} axis=None", vjp=_unique_vjp, raises=True,
        several=tuple, path="np.unique", kink="of equal elements the first")  # fmt: skip
