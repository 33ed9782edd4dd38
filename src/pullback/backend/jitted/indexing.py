"""Reads and writes at places that data tell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from pullback.backend.jitted.entered import defined, entered, plain


@entered("np.add.at")
def _add_at(a: Any, indices: Any, b: Any) -> Any:
    """Place by place. Arrays of integers go together; their axes come first if a slice is between."""
    several = isinstance(indices, types.BaseTuple)
    entries = tuple(indices) if several else (indices,)
    names = [f"indices[{k}]" for k in range(len(entries))] if several else ["indices"]
    data = [k for k, e in enumerate(entries) if isinstance(e, types.Array)]
    told = [k for k, e in enumerate(entries) if not isinstance(e, types.SliceType)]
    depth = max(entries[k].ndim for k in data)
    ahead = told[0] if len(told) == told[-1] - told[0] + 1 else 0
    value = _part(getattr(b, "ndim", 0), a.ndim - len(told) + depth, ahead, depth)
    place = ", ".join(f"at_{k}[at]" if k in data else names[k] for k in range(len(entries)))
    lines = [
        "def added(a, indices, b):",
        f"    shape = np.broadcast_shapes({', '.join(f'{names[k]}.shape' for k in data)})",
        *(f"    at_{k} = np.broadcast_to({names[k]}, shape)" for k in data),
        "    for at in np.ndindex(shape):",
        f"        a[{place}] += {value}",
    ]
    added = defined("\n".join(lines))
    return lambda a, indices, b: added(a, indices, b)


def _part(given: int, selected: int, ahead: int, depth: int) -> str:
    """The text of what is added in one place, of an array that may lack axes in front."""
    if given == 0:
        return "b"
    entries = [":"] * ahead + [f"at[{j}]" for j in range(depth)]
    if given < selected:
        entries = entries[selected - given :]
    return f"b[{', '.join(entries)}]" if entries else "b"


@entered("set_where")
def _set_where(x: Any, mask: Any, value: Any) -> Any:
    return _at_mask(value, "=")


@entered("add_where")
def _add_where(x: Any, mask: Any, value: Any) -> Any:
    return _at_mask(value, "+=")


def _at_mask(value: Any, symbol: str) -> Any:
    """A loop over all places, that takes the values one after the other."""
    several = isinstance(value, types.Array)
    sizes = "len(value) != np.count_nonzero(mask)" if several else "False"
    return plain(
        f"""
def write(x, mask, value):
    if x.shape != mask.shape or {sizes}:
        raise IndexError("an array is of another size than the places of a mask")
    k = 0
    for at in np.ndindex(x.shape):
        if mask[at]:
            x[at] {symbol} {"value[k]" if several else "value"}
            k += 1
"""
    )


@entered("last_written")
def _last_written(x: Any, index: Any) -> Any:
    def winners(x: Any, index: Any) -> Any:
        numbers = np.empty(x.shape, np.int64)
        own = np.arange(numbers[index].size).reshape(numbers[index].shape)
        numbers[index] = own
        return numbers[index] == own

    return winners
