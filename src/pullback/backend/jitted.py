"""Helpers that code compiled by Numba may call: those of ``runtime`` that have a form for it.

Only such code imports this room, for Numba is an optional extra.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import literal_unroll, njit

from pullback.backend import runtime

snapshot_distance = njit(boundscheck=True)(runtime.snapshot_distance)


@njit(boundscheck=True)
def check_apart(name: str, x: Any, *others: Any) -> None:
    """Refuse an argument that is written to and may share memory with another one."""
    low, high = extent(x)
    for other in literal_unroll(others):
        start, end = extent(other)
        if low < end and start < high:
            raise TypeError(
                name + " is written to, and may share memory with another argument: pass a copy"
            )


@njit(boundscheck=True)
def zeros_if_there(x: Any) -> Any:
    """A zero adjoint of an array: one that is not there is an empty one."""
    return np.zeros_like(x)


@njit(boundscheck=True)
def extent(x: Any) -> tuple[int, int]:
    """Where the memory of an array begins and ends, as NumPy's ``may_share_memory`` compares it."""
    low = high = x.ctypes.data
    for step, n in zip(x.strides, x.shape):  # noqa: B905  (Numba has no ``strict``)
        if n == 0:
            return 0, 0
        if step < 0:
            low += step * (n - 1)
        else:
            high += step * (n - 1)
    return low, high + x.itemsize


@njit(boundscheck=True)
def unbroadcast(g: Any, shape: tuple[int]) -> Any:
    """The cotangent of a vector that was stretched to that of ``g``, if it was."""
    if shape[0] == 1 and len(g) != 1:
        return np.full(1, np.sum(g))
    return g


@njit(error_model="numpy")
def divided(x: Any, y: Any) -> Any:
    """``x / y`` of numbers of Python, which raises at 0."""
    if y == 0:
        raise ZeroDivisionError("division by zero")
    return x / y


@njit(error_model="numpy")
def floor_divided(x: Any, y: Any) -> Any:
    """``x // y`` of numbers of Python, which raises at 0."""
    if y == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
    return x // y


@njit(error_model="numpy")
def remainder(x: Any, y: Any) -> Any:
    """``x % y`` of numbers of Python, which raises at 0."""
    if y == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
    return x % y
