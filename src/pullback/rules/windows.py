"""The row of windows that slide over an array: a view with axes for the places inside of each."""

from __future__ import annotations

from typing import Any

from numpy.lib.stride_tricks import sliding_window_view

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir import sizes
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.types import Array, Dim
from pullback.rules.ops import axis_moved, dim, part, sum_
from pullback.rules.sizes import arranged, axes_given, dims_of
from pullback.rules.table import Params, linear


def _axes(p: Params, windows: int, ndim: int) -> tuple[int, ...]:
    """The axis that each window runs along, which may be one for several."""
    axes = tuple(range(ndim)) if p["axis"] is None else axes_given(p["axis"], ndim)
    if len(axes) != windows:
        raise Unsupported(refusals.WINDOWS_AND_AXES, windows=windows, axes=len(axes))
    return axes


def _windows(op: Op, x: Array) -> tuple[Dim, ...]:
    shape, inner = list(x.shape), dims_of(op.inputs[1:])
    for axis, w in zip(_axes(op.params, len(inner), x.ndim), inner, strict=True):
        gone = sizes.add(sizes.value_of(w), sizes.Size((), 1), -1)
        shape[axis] = sizes.dim_of(sizes.add(sizes.value_of(shape[axis]), gone, -1))
    return (*shape, *inner)


def _windows_transpose(g: Value, x: Value, *rest: Any) -> Value:
    """Sums over the windows that an element is in, for the last window first."""
    *windows, p = rest
    for axis, w in reversed([*zip(_axes(p, len(windows), x.ndim), windows, strict=True)]):
        g = _summed(g, axis, w)
    return g


def _summed(g: Value, axis: int, w: Value) -> Value:
    """The last axis, of the places in a window, summed into the axis along which it runs.

    In rows that are longer by the window, read in rows that are one shorter, each is one place further
    to the right than that above it.
    """
    last = g.ndim - 1
    places = axis_moved(g, axis, last)  # in the window, for all windows
    widths: Any = [0] * (2 * last + 1)
    pairs = ((None, None),) * g.ndim
    longer = places.apply("pad", *widths, w, pad_width=pairs, mode="constant", constant_values=0)
    others = [dim(longer, k) for k in range(last - 1)]
    length = dim(longer, last) - 1
    flat = longer.apply("reshape", *others, w * (length + 1))
    shifted = part(flat, last - 1, None, w * length).apply("reshape", *others, w, length)
    return axis_moved(sum_(shifted, last - 1), last - 1, axis)


linear("sliding_window_view", sliding_window_view, arranged(_windows), [_windows_transpose],
       "x window_shape... axis=None", raises=True, views=(0,),
       path="np.lib.stride_tricks.sliding_window_view",
       hint="leave it out: windows are not written to, and of plain arrays")  # fmt: skip
