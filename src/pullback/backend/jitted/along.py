"""What is computed along axes of arrays: each vector along them by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import as_dtype

from pullback.backend.jitted.entered import (
    axes_of,
    compiled,
    constant,
    defined,
    elements_of,
    entered,
    tuple_of,
    written,
)

Compiled = Any


def _order(axes: Sequence[int], ndim: int) -> tuple[int, ...]:
    """All axes, those that are worked along behind the others."""
    return (*(k for k in range(ndim) if k not in axes), *axes)


def _rows(axes: Sequence[int], ndim: int) -> Compiled:
    """A function that lays the vectors along some axes out as the rows of a matrix."""
    order = _order(axes, ndim)
    count = " * ".join(["1", *(f"x.shape[{k}]" for k in order[: ndim - len(axes)])])
    length = " * ".join(["1", *(f"x.shape[{k}]" for k in axes)])
    moved = "x" if order == tuple(range(ndim)) else f"x.transpose({order})"
    return written(f"x: np.ascontiguousarray({moved}).reshape(({count}, {length}))")


def _dtype_of(of: Callable[..., Any], x: Any, *options: Any) -> np.dtype[Any]:
    """The dtype of what NumPy makes of a vector."""
    found: np.dtype[Any] = np.asarray(of(np.ones(2, as_dtype(elements_of(x))), *options)).dtype
    return found


def reduced(x: Any, axis: Any, keepdims: Any, of: Callable[..., Any], dtype: np.dtype[Any]) -> Compiled:
    """A function that reduces each vector along some axes to a number."""
    axes, kept = axes_of(axis, x.ndim), constant(keepdims)
    sizes = ["1" if k in axes else f"x.shape[{k}]" for k in range(x.ndim) if kept or k not in axes]
    rows = _rows(axes, x.ndim)
    if not sizes:
        return compiled(lambda x: of(rows(x)[0]))
    shape = written(f"x: {tuple_of(sizes)}")

    @compiled
    def along(x: Any) -> Any:
        table = rows(x)
        out = np.empty(len(table), dtype)
        for i in range(len(table)):
            out[i] = of(table[i])
        return out.reshape(shape(x))

    return along


def scanned(axes: Sequence[int], of: Callable[..., Any], dtype: np.dtype[Any], *xs: Any) -> Compiled:
    """A function that makes of each vector along some axes one of the same length; of several arrays, of
    the vectors that stand in the same place."""
    order = _order(axes, xs[0].ndim)
    back = tuple(order.index(k) for k in range(xs[0].ndim))
    names = "xyz"[: len(xs)]
    shape = tuple_of(f"x.shape[{k}]" for k in order)
    text = f"""
def along({", ".join(names)}):
    {", ".join(f"{name}s" for name in names)}, = {", ".join(f"rows({name})" for name in names)},
    out = np.empty(xs.shape, dtype)
    for i in range(len(xs)):
        out[i] = of({", ".join(f"{name}s[i]" for name in names)})
    return out.reshape({shape}).transpose({back})
"""
    return defined(text, rows=_rows(axes, xs[0].ndim), of=of, dtype=dtype)


def _enter_reduction(path: str, of: Callable[..., Any]) -> None:
    name = path.rpartition(".")[2]

    @entered(path)
    def typed(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
        if not isinstance(x, types.Array):  # of a number
            return lambda x, axis=None, keepdims=False: x
        reduce = reduced(x, axis, keepdims, of, _dtype_of(getattr(np, name), x))
        return lambda x, axis=None, keepdims=False: reduce(x)


for _name in ("sum", "mean", "max", "min", "prod", "any", "all", "argmax", "argmin", "count_nonzero"):
    _enter_reduction(f"np.{_name}", getattr(np, _name))


def _enter_deviation(name: str, of: Callable[..., Any]) -> None:
    @entered(f"np.{name}")
    def typed(x: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
        free = constant(ddof)
        spread = compiled(lambda v: of(v) * (len(v) / (len(v) - free)))
        reduce = reduced(x, axis, keepdims, spread, _dtype_of(np.var, x))
        root = name == "std"
        if root:
            return lambda x, axis=None, ddof=0, keepdims=False: np.sqrt(reduce(x))
        return lambda x, axis=None, ddof=0, keepdims=False: reduce(x)


for _name in ("std", "var"):
    _enter_deviation(_name, np.var)


@entered("np.linalg.norm")
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    degree = 2 if constant(ord) in (None, "fro") else constant(ord)
    of = compiled(lambda v: np.linalg.norm(v, degree))
    reduce = reduced(x, axis, keepdims, of, _dtype_of(np.linalg.norm, x))
    return lambda x, ord=None, axis=None, keepdims=False: reduce(x)


@entered("np.sort")
def _sort(x: Any, axis: Any = -1, kind: Any = None, stable: Any = None) -> Any:
    scan = scanned(axes_of(axis, x.ndim), np.sort, as_dtype(x.dtype), x)
    return lambda x, axis=-1, kind=None, stable=None: scan(x)


@entered("np.cumprod")
def _cumprod(x: Any, axis: Any = None, dtype: Any = None) -> Any:
    scan = scanned(axes_of(axis, x.ndim), np.cumprod, _dtype_of(np.cumprod, x), x)
    return lambda x, axis=None, dtype=None: scan(x)


@entered("np.argsort")
def _argsort(x: Any, axis: Any = -1, kind: Any = None, stable: Any = None) -> Any:
    of = compiled(lambda v: np.argsort(v, kind="mergesort"))
    scan = scanned(axes_of(axis, x.ndim), of, np.dtype(np.int64), x)
    return lambda x, axis=-1, kind=None, stable=None: scan(x)


# ---- running products


@compiled
def _prefixes(v: Any) -> Any:
    """The products of all elements before each one."""
    out = np.ones_like(v)
    for i in range(1, len(v)):
        out[i] = out[i - 1] * v[i - 1]
    return out


@compiled
def _others(v: Any) -> Any:
    return _prefixes(v) * _prefixes(v[::-1])[::-1]


@compiled
def _tangent_of_products(t: Any, x: Any, y: Any) -> Any:
    """The rule of products, step by step."""
    out = t * y
    for i in range(len(x)):
        out[i] = t[i] if i == 0 else out[i - 1] * x[i] + y[i - 1] * t[i]
    return out


@compiled
def _adjoint_of_products(g: Any, x: Any, y: Any) -> Any:
    """What hangs on the product up to an element, by Horner's scheme from the end."""
    out, before = g * y, _prefixes(x)
    for i in range(len(x) - 1, -1, -1):
        out[i] = g[i] if i == len(x) - 1 else g[i] + x[i + 1] * out[i + 1]
    return out * before


@compiled
def _forwards(a: Any, b: Any) -> Any:
    out = a * b
    for i in range(len(a)):
        out[i] = a[i] if i == 0 else a[i] + b[i] * out[i - 1]
    return out


@compiled
def _backwards(a: Any, b: Any) -> Any:
    out = a * b
    for i in range(len(a) - 1, -1, -1):
        out[i] = a[i] if i == len(a) - 1 else a[i] + b[i + 1] * out[i + 1]
    return out


@entered("prod_others")
def _prod_others(x: Any, axis: Any) -> Any:
    scan = scanned(axes_of(axis, x.ndim), _others, as_dtype(x.dtype), x)
    return lambda x, axis: scan(x)


@entered("cumprod_tangent")
def _cumprod_tangent(t: Any, x: Any, y: Any, axis: Any) -> Any:
    scan = scanned(axes_of(axis, x.ndim), _tangent_of_products, _common(t, x), t, x, y)
    return lambda t, x, y, axis: scan(t, x, y)


@entered("cumprod_adjoint")
def _cumprod_adjoint(g: Any, x: Any, y: Any, axis: Any) -> Any:
    scan = scanned(axes_of(axis, x.ndim), _adjoint_of_products, _common(g, x), g, x, y)
    return lambda g, x, y, axis: scan(g, x, y)


@entered("recurrence")
def _recurrence(a: Any, b: Any, axis: Any, reverse: Any) -> Any:
    of = _backwards if constant(reverse) else _forwards
    scan = scanned(axes_of(axis, a.ndim), of, _common(a, b), a, b)
    return lambda a, b, axis, reverse: scan(a, b)


def _common(*xs: Any) -> np.dtype[Any]:
    return np.result_type(*(as_dtype(x.dtype) for x in xs))
