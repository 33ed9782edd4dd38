"""Helpers that code compiled by Numba may call: those of ``runtime`` that have a form for it.

Only such code imports this room, for Numba is an optional extra.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import literal_unroll, njit, types
from numba.extending import overload

from pullback.backend import runtime
from pullback.backend.raising import DOMAINS, OVERFLOWS, ROUNDING

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


def zeros_tree(t: Any) -> Any:
    """A zero adjoint of a list, an array or a number; 0 for an integer."""
    return runtime.zeros_tree(t)


@overload(zeros_tree)
def _zeros_of(t: Any) -> Any:
    """What it is for Numba's kinds of items."""

    def number(t: Any) -> Any:
        return t * 0

    def array(t: Any) -> Any:
        return np.zeros_like(t)

    def complexes(t: Any) -> Any:
        return [0j for _ in t]

    def floats(t: Any) -> Any:
        return [0.0 for _ in t]

    def items(t: Any) -> Any:
        return [zeros_tree(item) for item in t]

    if isinstance(t, types.Array | types.Number):
        return array if isinstance(t, types.Array) else number
    if isinstance(t.dtype, types.Complex):
        return complexes
    return floats if isinstance(t.dtype, types.Float) else items


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


@njit(boundscheck=True)
def demand_64_bits(near: float) -> None:
    """Refuse an integer near a float that takes more."""
    if not abs(near) < 2.0**63:
        raise OverflowError("an integer is of more than 64 bits, which compiled code has not")


@njit(boundscheck=True)
def int_of(x: float) -> int:
    """The integer that Python cuts a float to, if it is one of 64 bits."""
    if math.isnan(x):
        raise ValueError("cannot convert float NaN to integer")
    demand_64_bits(x)
    return int(x)


@njit(boundscheck=True)
def plus(a: int, b: int) -> int:
    demand_64_bits(float(a) + float(b))
    return a + b


@njit(boundscheck=True)
def minus(a: int, b: int) -> int:
    demand_64_bits(float(a) - float(b))
    return a - b


@njit(boundscheck=True)
def times(a: int, b: int) -> int:
    demand_64_bits(float(a) * float(b))
    return a * b


@njit(boundscheck=True)
def power(x: float, n: float) -> float:
    """A power of a number of Python, which raises where it is too large, or no real number."""
    if x == 0 and n < 0:
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    y: float = x**n
    if math.isnan(y) and not (math.isnan(x) or math.isnan(n)):
        raise TypeError("a real number was expected, not a negative base to a broken power")
    if math.isinf(y) and not math.isinf(x):
        raise OverflowError("Numerical result out of range")
    return y


@njit(boundscheck=True)
def math_pow(x: float, y: float) -> float:
    z = math.pow(x, y)
    if math.isnan(z) and not (math.isnan(x) or math.isnan(y)):
        raise ValueError("math domain error")
    if math.isinf(z) and not (math.isinf(x) or math.isinf(y)):
        if x == 0:
            raise ValueError("math domain error")
        raise OverflowError("math range error")
    return z


def _in_domain(function: Callable[[float], float]) -> Any:
    """A function of ``math`` that raises, as Python's does, where it gives no number."""

    @njit(boundscheck=True)
    def checked(x: float) -> float:
        y = function(x)
        if not math.isfinite(y) and not math.isnan(x) and not (math.isinf(x) and math.isinf(y)):
            raise ValueError("math domain error")
        return y

    return checked


def _in_range(function: Callable[[float], float]) -> Any:
    """A function of ``math`` that raises, as Python's does, where what it gives is too large."""

    @njit(boundscheck=True)
    def checked(x: float) -> float:
        y = function(x)
        if math.isinf(y) and not math.isinf(x):
            raise OverflowError("math range error")
        return y

    return checked


def _rounding(function: Callable[[float], float]) -> Any:
    """A function of ``math`` that gives an integer, of 64 bits."""

    @njit(boundscheck=True)
    def rounded(x: float) -> int:
        if math.isinf(x):
            raise OverflowError("cannot convert float infinity to integer")
        return int_of(function(x))

    return rounded


globals().update({f"math_{name}": _rounding(getattr(np, name)) for name in ROUNDING})
globals().update({f"math_{name}": _in_domain(getattr(math, name)) for name in DOMAINS})
globals().update({f"math_{name}": _in_range(getattr(math, name)) for name in OVERFLOWS})
