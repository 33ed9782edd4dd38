"""Rows of averages and order statistics, of covariances, and of reductions that leave nan out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value, shape_of
from pullback.ir.core import Op
from pullback.ir.types import Array, Scalar, Type, elementwise_type, is_complex, is_many
from pullback.rules.ops import (
    FULL,
    axis_moved,
    by_name,
    conjugate,
    count,
    dim,
    divide,
    expand_reduced,
    index,
    matmul,
    mean,
    part,
    ratio,
    real_part,
    size_along,
    sqrt,
    sum_,
    transpose,
    where,
)
from pullback.rules.reductions import REDUCE, beyond, reduction, scanned
from pullback.rules.shapes import at_least
from pullback.rules.sizes import axes_given, in_double
from pullback.rules.table import Params, Rule, built, composite, inert, special

Inference = Callable[[Op], Sequence[Type]]


def in_dtype_of(func: Callable[..., Any], definition: Rule) -> Inference:
    """The shape of a definition, with the dtype that NumPy gives vectors of one element."""

    def infer(op: Op) -> Sequence[Type]:
        (made,), _ = built(definition, op)
        types = (a.type for a in op.inputs)
        vectors = [Array(t.cls, t.dtype, (1,)) if isinstance(t, Array) else t for t in types]
        found = elementwise_type(func, vectors)
        assert isinstance(found, Scalar | Array)
        if isinstance(made.type, Array):
            return [Array(found.cls, found.dtype, made.type.shape)]
        return [Scalar(found.cls, "np", found.dtype)]

    return infer


# ---- averages


def _ptp_definition(x: Value, p: Params) -> Value:
    return x.apply("max", **p) - x.apply("min", **p)


def _average_definition(*args: Any) -> Value:
    return _averages_definition(*args)[0]


def _averages_definition(*args: Any) -> list[Value]:
    """The weighted sum over that of the weights, and these."""
    *inputs, p = args
    (x,), given = by_name(inputs, p)
    axis, keepdims = p["axis"], p["keepdims"]
    if "weights" not in given:
        y = mean(x, axis, keepdims)
        return [y, (count(x, axis) * 1.0) + y.apply("zeros_like")]
    w = _weights_beside(x, given["weights"], axis)
    total, weights = (sum_(v.broadcast_like(x), axis, keepdims) for v in (x * w, w))
    return [total / weights, weights]


def _weights_beside(x: Value, w: Value, axis: Any) -> Value:
    """Weights in the dimensions of x: they have all of these, or the ones that are reduced, in order."""
    axes = () if axis is None else axes_given(axis, x.ndim)
    turned_back = len(axes) == x.ndim and list(axes) != sorted(axes)  # unless w has the shape of x
    if w.ndim == x.ndim and not turned_back:
        return w
    if len(axes) != w.ndim or turned_back:
        raise Unsupported(refusals.WEIGHTS_ALONG_AXIS)
    turned = transpose(w, tuple(sorted(range(w.ndim), key=axes.__getitem__)))
    return index(turned, tuple(FULL if k in axes else "n" for k in range(x.ndim)))


# ---- places in the order of elements


def _front(x: Value, axis: Any) -> Value:
    """The axes that are reduced as one, the first."""
    if x.ndim == 0:
        return x.apply("reshape", 1)
    if axis is None:
        return x if x.ndim == 1 else x.apply("ravel")
    first = axes_given(axis, x.ndim)
    rest = [k for k in range(x.ndim) if k not in first]
    if len(first) == 1:
        return axis_moved(x, first[0], 0)
    turned = transpose(x, (*first, *rest))
    return turned.apply("reshape", size_along(x, first), *(dim(x, k) for k in rest))


def _kept(y: Value, x: Value, axis: Any, lead: int) -> Value:
    """The reduced axes put back as size 1, behind axes of its own that the result has in front."""
    if not x.ndim:
        return y
    gone = range(x.ndim) if axis is None else axes_given(axis, x.ndim)
    own = ("n" if k in gone else FULL for k in range(x.ndim))
    subscript = (*(FULL,) * lead, *own)
    if isinstance(y.type, Array):
        return index(y, subscript)
    return y.apply("reshape", *(1,) * x.ndim)


def _picked(x: Value, order: Value, places: Value, lead: int) -> Value:
    """The elements at these places in the order along the first axis.

    They have ``lead`` axes of their own; others say the place in each of the slices beside.
    """
    entry = ("a" if places.ndim else "i",)
    if x.ndim == 1:
        return index(x, entry, index(order, entry, places))
    new = () if lead else ("n",)
    if places.ndim > lead:
        chosen = order.apply("take_along_axis", index(places, new) if new else places, axis=0)
    else:
        chosen = index(index(order, entry, places), new) if new else index(order, entry, places)
    found = x.apply("take_along_axis", chosen, axis=0)
    return found if lead else found.apply("squeeze", axis=0)


def _order(x: Value, nan: bool) -> tuple[Value, Value]:
    """How the elements are ordered along the first axis, nan last; and how many there are."""
    order = x.apply("argsort", axis=0, kind=None)
    return order, sum_(x.apply("isnan").apply("invert"), 0) if nan else dim(x, 0)


def _median(nan: bool) -> Rule:
    def definition(x: Value, p: Params) -> Value:
        """The mean of the two elements in the middle, which may be one."""
        moved = _front(x, p["axis"])
        order, size = _order(moved, nan)
        middle = [_picked(moved, order, k.apply("floordiv", 2), 0) for k in (size - 1, size)]
        y = 0.5 * (middle[0] + middle[1])
        return _kept(y, x, p["axis"], 0) if p["keepdims"] else y

    return definition


# Of each method what its places are counted from (Hyndman and Fan, Sample quantiles in statistical
# packages, 1996), and how places between two elements are rounded.
_PLACED = {
    "linear": (1, 1), "hazen": (0.5, 0.5), "weibull": (0, 0), "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8), "interpolated_inverted_cdf": (0, 1),
}  # fmt: skip
_ROUNDED = {"lower": "floor", "higher": "ceil", "nearest": "rint", "midpoint": ""}
# Methods that take the element behind a place where it lies between two.
_STEPPED = {"inverted_cdf": 1.0, "averaged_inverted_cdf": 1.0, "closest_observation": 1.5}
_WHOLE = ("inverted_cdf", "closest_observation", "lower", "higher", "nearest")


def _quantile(parts: int, nan: bool) -> Rule:
    def definition(*args: Any) -> Value:
        """The element a share q of the way through all, between two of them linearly."""
        *inputs, p = args
        (x, q), given = by_name(inputs, p)
        if q.ndim > 1:
            y = definition(x, q.apply("ravel"), *given.values(), p)
            own = (dim(y, k) for k in range(1, y.ndim))
            return y.apply("reshape", *(dim(q, k) for k in range(q.ndim)), *own)
        y = _weighed(x, q / parts, given["weights"], nan, p) if given else among(x, q, p)
        return _kept(y, x, p["axis"], int(q.ndim > 0)) if p["keepdims"] else y

    def among(x: Value, q: Value, p: Params) -> Value:
        moved = _front(x, p["axis"])
        order, size = _order(moved, nan)
        if q.ndim and size.ndim:
            q = index(q, (FULL, *("n",) * size.ndim))
        place = _place(q if parts == 1 else q / parts, size, p["method"])
        if p["method"] in _WHOLE:
            return _picked(moved, order, _whole(_inside(place, size, p)), int(q.ndim > 0))
        low = place.apply("floor")
        share = _share(place, low, p["method"])
        behind = low + 1 if p["method"] == "averaged_inverted_cdf" else place.apply("ceil")
        ends = _whole(_inside(low, size, p)), _whole(_inside(behind, size, p))
        below, above = (_picked(moved, order, k, int(q.ndim > 0)) for k in ends)
        if isinstance(share, Value) and share.ndim == 1 < moved.ndim and not size.ndim:
            share = index(share, (FULL, *("n",) * (moved.ndim - 1)))
        y: Value = below + share * (above - below)
        return y

    return definition


def _weighed(x: Value, q: Value, weights: Value, nan: bool, p: Params) -> Value:
    """The first element up to which the weights add up to a share q of all."""
    if p["method"] != "inverted_cdf":
        raise Unsupported(refusals.QUANTILE_METHOD, method=p["method"])
    w = _weights_beside(x, weights, p["axis"]).broadcast_like(x)
    moved, w = (_front(v, p["axis"]) for v in (x, where(x.apply("isnan"), 0.0, w) if nan else w))
    order = moved.apply("argsort", axis=0, kind=None)
    shares = w.apply("take_along_axis", order, axis=0).apply("cumsum", axis=0)
    reached = shares / part(shares, 0, -1, None)
    reached = where(reached.equals(0), -1.0, reached)  # what weighs nothing is no element
    if q.ndim:
        q = index(q, (FULL, *("n",) * moved.ndim))
    places = sum_(reached < q, int(q.ndim > 0)).apply("minimum", dim(moved, 0) - 1)
    return _picked(moved, order, places, int(q.ndim > 0))


def _quantile_type(func: Callable[..., Any], definition: Rule) -> Inference:
    """As ``in_dtype_of`` has it, of the method that is asked for; weights do not count for the dtype."""

    def infer(op: Op) -> Sequence[Type]:
        method = "lower" if "given" in op.params else op.params["method"]
        (made,), _ = built(definition, op)
        alone = Op(op.prim, op.inputs[:2], op.params, (), (), op.loc)
        return in_dtype_of(_by_method(func, method), lambda *_: made)(alone)

    return infer


@lru_cache(None)
def _by_method(func: Callable[..., Any], method: str) -> Callable[..., Any]:
    return partial(func, method=method)


def _inside(place: Value, size: Value, p: Params) -> Value:
    """The one step that may lead out of the elements, taken back."""
    return place.apply("clip", 0, size - 1) if p["method"] in _STEPPED else place


def _place(q: Value, size: Value, method: str) -> Value:
    last = size - 1
    if method in _STEPPED:
        place = size * q - _STEPPED[method]
        if method == "closest_observation":  # of two that are as near the odd one, counted from 0
            return (place + 1 - ((place.apply("mod", 2.0)).equals(1.0))).apply("floor")
        return place if method == "averaged_inverted_cdf" else place.apply("ceil")
    if method in _ROUNDED or method == "linear":
        place = q * last
        return place.apply(_ROUNDED[method]) if _ROUNDED.get(method) else place
    if method not in _PLACED:
        raise Unsupported(refusals.QUANTILE_METHOD, method=method)
    a, b = _PLACED[method]
    return (size * q + (a + q * (1 - a - b)) - 1).apply("clip", 0, last)


def _share(place: Value, low: Value, method: str) -> Any:
    if method == "midpoint":
        return where(place.equals(low), 0.0, 0.5)
    if method == "averaged_inverted_cdf":
        return where(place.equals(low), 0.5, 1.0)
    return place - low


def _whole(place: Value) -> Value:
    return place.apply("astype", dtype="int64", spelling="method") if place.ndim else place.apply("int")


# ---- covariances


def _variables(x: Value, as_rows: bool, dtype: str | None) -> Value:
    """A row for each variable; of what has one row, that is one."""
    if x.ndim > 2:
        raise Unsupported(refusals.NEEDS_MATRICES)
    wide = dtype or in_double([x.type])[1]
    if getattr(x.type, "dtype", None if dtype else wide) != wide:  # NumPy computes in double precision
        x = x.apply("astype", dtype=wide, spelling="method") if x.ndim else x.apply(f"np.{wide}")
    return transpose(x) if x.ndim == 2 and not as_rows else at_least("atleast_2d", x)


def _is_row(y: Value) -> bool:
    """Whether a matrix has one row, which np.cov never takes for observations."""
    rows = shape_of(y.atom)[0] if y.ndim == 2 else 1
    if rows != 1 and not is_many(rows):
        raise Unsupported(refusals.SQUEEZED_AXES)
    return rows == 1


def _cov_definition(*args: Any) -> Value:
    """Products of the deviations, summed over all observations."""
    *inputs, p = args
    (m,), given = by_name(inputs, p)
    x = _variables(m, p["rowvar"], p["dtype"])
    if "y" in given:
        y = given["y"]
        x = x.apply("concatenate", _variables(y, p["rowvar"] or _is_row(y), p["dtype"]), axis=0)
    ddof = p["ddof"] if p["ddof"] is not None else int(not p["bias"])
    weights = [given[k] for k in ("fweights", "aweights") if k in given]
    if any(is_complex(v.type) for v in weights):
        raise Unsupported(refusals.NEEDS_REAL_WEIGHTS)
    w = weights[0] * weights[1] if len(weights) > 1 else weights[0] if weights else None
    if w is None:
        factor = dim(x, 1) - ddof
        deviation = x - mean(x, 1, True)
    else:
        total = sum_(w)
        spent = sum_(w * given["aweights"]) / total if "aweights" in given else 1
        factor = total - ddof * spent if ddof else total
        deviation = x - index(matmul(x, w) / total, (FULL, "n"))
    weighed = deviation if w is None else deviation * w
    c = divide(matmul(deviation, conjugate(transpose(weighed))), factor)
    return c if "y" in given else _squeezed(c)


def _squeezed(c: Value) -> Value:
    """The number in a matrix of one variable, as an array of no dimensions."""
    (rows, _) = shape_of(c.atom)
    if rows != 1 and not is_many(rows):
        raise Unsupported(refusals.SQUEEZED_AXES)
    return c.apply("squeeze", axis=None) if rows == 1 else c


def _corrcoef_definition(*args: Any) -> Value:
    """Covariances over the deviations of both variables."""
    *inputs, p = args
    c = _cov_definition(*inputs, {**p, "bias": False, "ddof": None})
    if c.ndim == 0:
        return c / c
    deviation = sqrt(real_part(c.apply("diag", k=0)))
    return c / index(deviation, (FULL, "n")) / deviation


# ---- without nan


def _filled(x: Value, value: float) -> Value:
    return where(x.apply("isnan"), value, x)


def _filled_in(name: str, value: float) -> Rule:
    """The function of this name, with a value that changes nothing in place of nan."""
    return lambda x, p: _filled(x, value).apply(name, **p)


def _number_of(x: Value, p: Params) -> Value:
    """How many elements are no nan."""
    return sum_(x.apply("isnan").apply("invert"), p["axis"], p["keepdims"])


def _nanmean_definition(x: Value, p: Params) -> Value:
    if not x.ndim:
        return x
    total = sum_(_filled(x, 0.0), p["axis"], p["keepdims"])
    return divide(total, _number_of(x, p))


def _deviations(x: Value, p: Params) -> Value:
    """The conjugates of deviations from the mean, 0 for nan."""
    centre = x.apply("nanmean", axis=p["axis"], keepdims=True)
    return conjugate(where(x.apply("isnan"), 0.0, x - centre))


def _nanvar_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Value]:
    """2 g conj(x - mean) / (n - ddof)"""
    (x,) = xs
    if not x.ndim:
        return [0.0 * g]
    factor = divide(2.0 * g, _number_of(x, p) - p["ddof"])
    return [expand_reduced(factor, x, p["axis"], p["keepdims"]) * _deviations(x, p)]


def _nanstd_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """sum(conj(x - mean) x_dot) / ((n - ddof) y), and 0 where all elements are equal."""
    x, t = xs[0], ts[0]
    if not x.ndim:
        return 0.0 * t
    summed = sum_(_deviations(x, p) * t, p["axis"], p["keepdims"])
    return ratio(summed, (_number_of(x, p) - p["ddof"]) * y)


def _nan_extreme_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """The tangent at the extreme elements, split evenly among ties."""
    x, t = xs[0], ts[0]
    if not x.ndim:
        return t
    chosen = x.equals(expand_reduced(y, x, p["axis"], p["keepdims"]))
    moved = sum_(where(chosen, t, 0.0), p["axis"], p["keepdims"])
    return ratio(moved, sum_(chosen, p["axis"], p["keepdims"]))


TIES = "split evenly among equal extremes"
composite("ptp", np.ptp, _ptp_definition, REDUCE, raises=True, kink=TIES)
AVERAGE = "x axis=None weights~ returned=False * keepdims=False"
composite("average", np.average, _average_definition, AVERAGE, raises=True)
composite("averages", None, _averages_definition, AVERAGE, raises=True, several=tuple, path="np.average")
for _nan in ("", "nan"):
    composite(f"{_nan}median", getattr(np, f"{_nan}median"), _median(bool(_nan)), REDUCE,
              infer=in_dtype_of(np.median, _median(bool(_nan))), raises=True,
              kink="of equal elements as argsort orders them")  # fmt: skip
    for _name, _parts in [("quantile", 1), ("percentile", 100)]:
        composite(f"{_nan}{_name}", getattr(np, f"{_nan}{_name}"), _quantile(_parts, bool(_nan)),
                  "x q axis=None * method='linear' keepdims=False weights~",
                  infer=_quantile_type(getattr(np, _name), _quantile(_parts, bool(_nan))), raises=True,
                  kink="of equal elements as argsort orders them; in q the slope behind",
                  hint="sort x, and read the places that are wanted")  # fmt: skip
composite("cov", np.cov, _cov_definition,
          "m y~ rowvar=True bias=False ddof=None fweights~ aweights~ * dtype=None")
composite("corrcoef", np.corrcoef, _corrcoef_definition, "x y~ rowvar=True * dtype=None")
for _name, _value in [("sum", 0.0), ("prod", 1.0)]:
    composite(f"nan{_name}", getattr(np, f"nan{_name}"), _filled_in(_name, _value), REDUCE,
              infer=reduction(getattr(np, f"nan{_name}")),
              beyond=beyond(f"nan{_name}", "dtype", "initial", "where"))  # fmt: skip
    composite(f"nancum{_name}", getattr(np, f"nancum{_name}"), _filled_in(f"cum{_name}", _value),
              "x axis=None dtype=None", infer=scanned(getattr(np, f"nancum{_name}")))  # fmt: skip
composite("nanmean", np.nanmean, _nanmean_definition, REDUCE, infer=reduction(np.nanmean),
          beyond=beyond("nanmean", "dtype", "where"))  # fmt: skip
special("nanvar", np.nanvar, reduction(np.nanvar), "x axis=None * ddof|correction=0 keepdims=False",
        vjp=_nanvar_vjp, beyond=beyond("nanvar", "dtype", "where", "mean"))  # fmt: skip
special("nanstd", np.nanstd, reduction(np.nanstd), "x axis=None * ddof|correction=0 keepdims=False",
        jvp=_nanstd_jvp, beyond=beyond("nanstd", "dtype", "where", "mean"),
        kink="0 where all elements are equal")  # fmt: skip
for _name in ("nanmax", "nanmin"):
    special(_name, getattr(np, _name), reduction(getattr(np, _name)), REDUCE, jvp=_nan_extreme_jvp,
            raises=True, selects=(0,), kink=TIES, beyond=beyond(_name, "initial", "where"))  # fmt: skip
for _name in ("nanargmax", "nanargmin"):
    inert(_name, getattr(np, _name), reduction(getattr(np, _name)), "integer output", REDUCE,
          raises=True)  # fmt: skip
