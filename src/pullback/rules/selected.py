"""Rows of reductions of the elements that ``where`` selects, that begin with ``initial``, or in a dtype.

They stand for calls with arguments that the plain reductions have no slot for (``Row.beyond``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Type
from pullback.rules.ops import (
    by_name,
    conjugate,
    count,
    divide,
    expand_reduced,
    ratio,
    sum_,
    where,
)
from pullback.rules.reductions import reduction
from pullback.rules.sizes import class_made, element_of
from pullback.rules.table import Params, Rule, composite, inert, special

Given = dict[str, Value]


def _reduced(op: Op) -> Sequence[Type]:
    """The type of a reduction, in the dtype that is asked for."""
    name, dtype = op.name.removesuffix("_of"), op.params.get("dtype")
    class_made(element_of(op.inputs[0].type)[0], dtype)
    return reduction(_in_dtype(getattr(np, name), dtype) if dtype else getattr(np, name))(op)


@lru_cache(None)
def _in_dtype(func: Callable[..., Any], dtype: str) -> Callable[..., Any]:
    return partial(func, dtype=dtype)


def _parts(inputs: Sequence[Value], p: Params) -> tuple[Value, Given, dict[str, Any]]:
    """The array in the dtype that is asked for, what else is given, and how it is reduced."""
    (x,), given = by_name(inputs, p)
    if dtype := p.get("dtype"):
        x = x.apply("astype", dtype=dtype, spelling="method") if x.ndim else x.apply(f"np.{dtype}")
    return x, given, {"axis": p["axis"], "keepdims": p["keepdims"]}


def _over(name: str, empty: float, joined: str) -> Rule:
    """The reduction of this name, of ``empty`` where nothing is selected; joined with the initial."""

    def definition(*args: Any) -> Value:
        *inputs, p = args
        x, given, options = _parts(inputs, p)
        y = _selected(x, given, empty).apply(name, **options)
        return y.apply(joined, given["initial"]) if "initial" in given else y

    return definition


def _selected(x: Value, given: Given, empty: float) -> Value:
    return where(given["where"], x, empty) if "where" in given else x


def _number(x: Value, given: Given, axis: Any, keepdims: bool) -> Value:
    """How many elements are selected."""
    if "where" not in given:
        return count(x, axis)
    return sum_(given["where"].broadcast_like(x), axis, keepdims)


def _known(name: str) -> Rule:
    """The reduction of this name of the elements that are selected, and are not nan."""

    def definition(*args: Any) -> Value:
        *inputs, p = args
        (x,), given = by_name(inputs, p)
        mask = x.apply("isnan").apply("invert")
        if "where" in given:
            mask = mask & given["where"]
        named = given | {"where": mask}
        names = tuple(k for k in ("initial", "where", "mean") if k in named)  # as rows have them
        cleaned, rest = where(x.apply("isnan"), 0.0, x), [named[k] for k in names]
        found: Value = cleaned.apply(f"{name}_of", *rest, **{**p, "given": names})
        return found

    return definition


def _mean_definition(*args: Any) -> Value:
    *inputs, p = args
    x, given, options = _parts(inputs, p)
    return divide(sum_(_selected(x, given, 0.0), **options), _number(x, given, **options))


def _deviations(x: Value, given: Given, axis: Any) -> Value:
    """The deviations from the mean, or from what is given for it; 0 of what is not selected."""
    if "mean" in given:
        return _selected(x - given["mean"], given, 0.0)
    total = sum_(_selected(x, given, 0.0), axis, True)
    return _selected(x - divide(total, _number(x, given, axis, True)), given, 0.0)


def _var_definition(*args: Any) -> Value:
    *inputs, p = args
    x, given, options = _parts(inputs, p)
    d = _deviations(x, given, p["axis"])
    squares = (d * conjugate(d)).apply("real") if conjugate(d) is not d else d * d
    return divide(sum_(squares, **options), _number(x, given, **options) - p["ddof"])


def _std_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """sum(conj(x - mean) x_dot) / ((n - ddof) y), and 0 where all elements are equal."""
    x, given, options = _parts(xs, p)
    if not x.ndim and "mean" not in given:
        return 0.0 * ts[0]
    (t,), moves = by_name(ts, p)
    t = t - moves["mean"] if "mean" in moves else t  # the mean of x itself changes nothing
    d = conjugate(_deviations(x, given, p["axis"]))
    return ratio(sum_(d * t, **options), (_number(x, given, **options) - p["ddof"]) * y)


def _extreme_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """The tangent at the extremes that are selected, split evenly among equal ones; half of it that of
    the initial, if that is equal, and all of it where nothing is selected."""
    x, given, options = _parts(xs, p)
    (t,), moves = by_name(ts, p)
    chosen = x.equals(expand_reduced(y, x, **options))
    number = sum_(_selected(where(chosen, 1.0, 0.0), given, 0.0), **options)
    none = number.equals(0)
    inside = sum_(_selected(where(chosen, t, 0.0), given, 0.0), **options) / where(none, 1.0, number)
    if "initial" not in given:
        return inside
    first = where(given["initial"].equals(y), 1.0, 0.0)
    share = divide(first, first + where(none, 0.0, 1.0))
    return where(none, 0.0, inside) * (1.0 - share) + moves["initial"] * share


BEYOND = "x axis=None * dtype=None keepdims=False initial~ where~"
for _name, _empty, _joined in [("sum", 0.0, "add"), ("prod", 1.0, "mul")]:
    composite(f"{_name}_of", None, _over(_name, _empty, _joined), BEYOND, infer=_reduced, raises=True,
              path=f"np.{_name}")  # fmt: skip
for _name in ("max", "min"):
    special(f"{_name}_of", None, _reduced, "x axis=None * keepdims=False initial~ where~",
            jvp=_extreme_jvp, raises=True, path=f"np.{_name}", selects=(0,),
            kink="split evenly among equal extremes, and between them and initial")  # fmt: skip
composite("mean_of", None, _mean_definition, "x axis=None * dtype=None keepdims=False where~",
          infer=_reduced, raises=True, path="np.mean")  # fmt: skip
SPREAD = "x axis=None * dtype=None ddof|correction=0 keepdims=False where~ mean~"
composite("var_of", None, _var_definition, SPREAD, infer=_reduced, raises=True, path="np.var")
special("std_of", None, _reduced, SPREAD, jvp=_std_jvp, raises=True, path="np.std",
        kink="0 where all elements are equal")  # fmt: skip
for _name, _spec in [
    ("sum", BEYOND), ("prod", BEYOND), ("max", "x axis=None * keepdims=False initial~ where~"),
    ("min", "x axis=None * keepdims=False initial~ where~"),
    ("mean", "x axis=None * dtype=None keepdims=False where~"), ("var", SPREAD), ("std", SPREAD),
]:  # fmt: skip
    composite(f"nan{_name}_of", None, _known(_name), _spec, infer=_reduced, raises=True,
              path=f"np.nan{_name}")  # fmt: skip
for _name in ("any", "all"):
    inert(f"{_name}_of", None, _reduced, "piecewise constant", "x axis=None * keepdims=False where~",
          raises=True, path=f"np.{_name}")  # fmt: skip
