"""Shapes: reshapes, axes that come, go and change places, tiles, edges, and cotangents of these."""

from __future__ import annotations

from collections.abc import Sequence
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
    tuple_items,
    tuple_of,
    written,
)


def _dense(x: Any, name: str = "x") -> str:
    """The text of an array that can be reshaped."""
    return name if x.layout == "C" else f"np.ascontiguousarray({name})"


@entered("np.reshape")
def _reshape(x: Any, shape: Any) -> Any:
    if not isinstance(x, types.Array):  # a number
        return lambda x, shape: np.full(1, x).reshape(shape)
    return eval(f"lambda x, shape: {_dense(x)}.reshape(shape)", {"np": np})


@entered("np.squeeze")
def _squeeze(x: Any, axis: Any = None) -> Any:
    gone = axes_of(axis, x.ndim)
    sizes = tuple_of(f"x.shape[{k}]" for k in range(x.ndim) if k not in gone)
    check = written(f"x: {' and '.join([f'x.shape[{k}] == 1' for k in gone] or ['True'])}")
    reshaped = written(f"x: {_dense(x)}.reshape({sizes})")

    def squeeze(x: Any, axis: Any = None) -> Any:
        if not check(x):
            raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
        return reshaped(x)

    return squeeze


@entered("np.expand_dims")
def _expand_dims(x: Any, axis: Any) -> Any:
    given = constant(axis)
    new = axes_of(given, x.ndim + len(given if isinstance(given, tuple) else (given,)))
    rest = iter(range(x.ndim))
    sizes = ["1" if k in new else f"x.shape[{next(rest)}]" for k in range(x.ndim + len(new))]
    expanded = written(f"x: {_dense(x)}.reshape({tuple_of(sizes)})")
    return lambda x, axis: expanded(x)


@entered("np.rot90")
def _rot90(x: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    """By exchanging two axes and reversing one of them, or both."""
    first, second = (j % x.ndim for j in constant(axes))
    order = list(range(x.ndim))
    turns = constant(k) % 4
    if turns % 2:
        order[first], order[second] = second, first
    backwards = {0: (), 1: (first,), 2: (first, second), 3: (second,)}[turns]
    slices = ", ".join("::-1" if j in backwards else ":" for j in range(x.ndim))
    turned = written(f"x: x.transpose({tuple(order)})[{slices}]")
    return lambda x, k=1, axes=(0, 1): turned(x)


@entered("np.rollaxis")
def _rollaxis(x: Any, axis: Any, start: Any = 0) -> Any:
    order = np.rollaxis(np.empty(range(x.ndim)), constant(axis), constant(start)).shape
    rolled = written(f"x: x.transpose({order})")
    return lambda x, axis, start=0: rolled(x)


@entered("np.matrix_transpose")
def _matrix_transpose(x: Any) -> Any:
    order = (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2)
    return lambda x: x.transpose(order)


@entered("np.clip")
def _clip(x: Any, a_min: Any, a_max: Any) -> Any:
    """Of numbers."""
    return lambda x, a_min, a_max: np.minimum(np.maximum(x, a_min), a_max)


def _sliced(x: Any, slices: Sequence[str]) -> Any:
    return written(f"x: x[{', '.join(slices)}]")


@entered("np.flip")
def _flip(x: Any, axis: Any = None) -> Any:
    axes = axes_of(axis, x.ndim)
    flipped = _sliced(x, ["::-1" if k in axes else ":" for k in range(x.ndim)])
    return lambda x, axis=None: flipped(x)


@entered("np.roll")
def _roll(x: Any, shift: Any, axis: Any = None) -> Any:
    given = constant(axis)
    axes = given if isinstance(given, tuple) else (given,)
    shifts = [f"shift[{k}]" for k in range(len(axes))]
    shifts = shifts if isinstance(shift, types.BaseTuple) else ["shift"] * len(axes)
    lines = ["def roll(x, shift):"]
    for k, by in zip(axes, shifts, strict=True):
        before = ":, " * (k % x.ndim)
        lines += [
            f"    n, out = x.shape[{k}], np.empty_like(x)",
            f"    k = {by} % n if n else 0",
            f"    out[{before}k:] = x[{before}: n - k]",
            f"    out[{before}:k] = x[{before}n - k :]",
            "    x = out",
        ]
    roll = defined("\n".join([*lines, "    return x"]))
    return lambda x, shift, axis=None: roll(x, shift)


@entered("np.repeat")
def _repeat(x: Any, repeats: Any, axis: Any = None) -> Any:
    (k,) = axes_of(axis, x.ndim)
    repeat = written(
        f"x, repeats: np.take(x, np.repeat(np.arange(x.shape[{k}]), repeats), axis={k})"
    )
    return lambda x, repeats, axis=None: repeat(x, repeats)


@entered("np.tile")
def _tile(x: Any, reps: Any) -> Any:
    if not isinstance(x, types.Array):
        return None
    count = len(reps) if isinstance(reps, types.BaseTuple) else 1
    times = [f"reps[{k}]" for k in range(count)] if isinstance(reps, types.BaseTuple) else ["reps"]
    sizes = [f"x.shape[{k}]" for k in range(x.ndim)]
    width = max(x.ndim, count)
    times = ["1"] * (width - count) + times
    sizes = ["1"] * (width - x.ndim) + sizes
    thin = tuple_of(part for n in sizes for part in ("1", n))
    wide = tuple_of(part for t, n in zip(times, sizes, strict=True) for part in (t, n))
    whole = tuple_of(f"{t} * {n}" for t, n in zip(times, sizes, strict=True))
    tile = written(
        f"x, reps: np.broadcast_to({_dense(x)}.reshape({thin}), {wide}).copy().reshape({whole})"
    )
    return lambda x, reps: tile(x, reps)


# Which element of a vector of n stands at a place i beyond its ends.
_MIRRORED = {
    "edge": "np.minimum(np.maximum(i, 0), n - 1)",
    "wrap": "i % n",
    "symmetric": "np.minimum(i % (2 * n), 2 * n - 1 - i % (2 * n))",
    "reflect": "np.minimum(i % max(2 * n - 2, 1), max(2 * n - 2, 1) - i % max(2 * n - 2, 1)) % n",
}


@entered("np.pad")
def _pad(x: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = 0) -> Any:
    if constant(mode) != "constant":
        places = _MIRRORED[constant(mode)]
        before, after = _width(pad_width, 0)
        mirrored = defined(
            f"""
def mirrored(x, pad_width):
    n = len(x)
    i = np.arange(-pad_width{before}, n + pad_width{after})
    return x[{places}]
"""
        )
        return lambda x, pad_width, mode="constant", constant_values=0: mirrored(x, pad_width)
    widths = [_width(pad_width, k) for k in range(x.ndim)]
    ends = [(f"pad_width{a}", f"pad_width{b}") for a, b in widths]
    sizes = tuple_of(f"{a} + x.shape[{k}] + {b}" for k, (a, b) in enumerate(ends))
    middle = ", ".join(f"{a}:{a} + x.shape[{k}]" for k, (a, _) in enumerate(ends))
    pad = defined(
        f"""
def pad(x, pad_width, value):
    out = np.full({sizes}, value, dtype)
    out[{middle}] = x
    return out
""",
        dtype=as_dtype(x.dtype),
    )
    return lambda x, pad_width, mode="constant", constant_values=0: pad(x, pad_width, constant_values)


def _width(pad_width: Any, k: int) -> tuple[str, str]:
    """The subscripts of the width in front of an axis and behind it."""
    if not isinstance(pad_width, types.BaseTuple):
        return "", ""
    widths = tuple_items(pad_width)
    if not isinstance(widths[0], types.BaseTuple):
        return ("[0]", "[1]") if len(widths) == 2 else ("[0]", "[0]")
    row = k if len(widths) > 1 else 0
    return f"[{row}][0]", f"[{row}][{len(tuple_items(widths[row])) - 1}]"


@entered("np.diagonal")
def _diagonal(x: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    first, second = constant(axis1) % x.ndim, constant(axis2) % x.ndim
    rest = [k for k in range(x.ndim) if k not in (first, second)]
    order = (*rest, first, second)
    sizes = tuple_of([*(f"x.shape[{k}]" for k in rest), "n"])
    diagonal = defined(
        f"""
def diagonal(x, offset):
    moved = x.transpose({order})
    row, column = max(-offset, 0), max(offset, 0)
    n = max(min(moved.shape[-2] - row, moved.shape[-1] - column), 0)
    out = np.empty({sizes}, x.dtype)
    for i in range(n):
        out[..., i] = moved[..., row + i, column + i]
    return out
"""
    )
    return lambda x, offset=0, axis1=0, axis2=1: diagonal(x, offset)


@entered("np.broadcast_to")
def _broadcast_to(x: Any, shape: Any) -> Any:
    """Written to by nobody, but of one type with arrays that are."""
    return lambda x, shape: np.broadcast_to(x, shape).copy()


# ---- cotangents


@entered("unbroadcast")
def _unbroadcast(g: Any, shape: Any) -> Any:
    """Each element is added to the one that it comes from."""
    ndim, ahead = g.ndim, g.ndim - len(shape)
    names = [f"i{k}" for k in range(ndim)]
    loops = "\n".join(f"{'    ' * (k + 1)}for i{k} in range(g.shape[{k}]):" for k in range(ndim))
    place = ", ".join(f"i{k} if shape[{k - ahead}] > 1 else 0" for k in range(ahead, ndim))
    summed = defined(
        f"""
def summed(g, shape):
    out = np.zeros(shape, g.dtype)
{loops}
{"    " * (ndim + 1)}out[{place or "()"}] += g[{", ".join(names)}]
    return out
"""
    )
    return lambda g, shape: summed(g, shape)


@entered("masked_mul")
def _masked_mul(g: Any, p: Any) -> Any:
    if isinstance(g, types.Array):
        return lambda g, p: np.where(g == 0, 0, g * p)
    dtype = np.result_type(as_dtype(elements_of(g)), as_dtype(elements_of(p)))
    return lambda g, p: g * p if g != 0 else np.zeros(p.shape, dtype)


@entered("np.nan_to_num")
def _nan_to_num(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    dtype = as_dtype(elements_of(x))
    ends = np.finfo(dtype)
    kept = compiled(lambda given: given)
    high, low = (
        compiled(lambda given, end=end: end) if told in (None, types.none) else kept
        for told, end in ((posinf, float(ends.max)), (neginf, float(ends.min)))
    )

    def replaced(x, copy=True, nan=0.0, posinf=None, neginf=None):  # type: ignore[no-untyped-def]
        bounded = np.where(x == np.inf, high(posinf), np.where(x == -np.inf, low(neginf), x))
        return np.where(x == x, bounded, nan).astype(dtype)

    return replaced


@entered("cast_like")
def _cast_like(x: Any, like: Any) -> Any:
    dtype = as_dtype(elements_of(like))
    if isinstance(x, types.Array):
        return lambda x, like: x.astype(dtype)
    number = dtype.type
    return lambda x, like: number(x)


@entered("copy_as_laid_out")
def _copy_as_laid_out(t: Any) -> Any:
    return lambda t: np.copy(t)
