"""Functions on IR values, for rules to be written with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pullback.ir.build import Value
from pullback.ir.core import Const
from pullback.ir.types import Array, Scalar, is_complex, is_python_number


def _call(name: str, x: Value) -> Value:
    """A function in the flavour of the values: of NumPy, or of the math or cmath module."""
    return x.apply(f"{x.math}.{name}" if x.math else name)


def exp(x: Value) -> Value:
    return _call("exp", x)


def log(x: Value) -> Value:
    # math.log raises where NumPy gives -inf, so adjoints take NumPy's.
    return x.apply("log")


def sin(x: Value) -> Value:
    return _call("sin", x)


def cos(x: Value) -> Value:
    return _call("cos", x)


def sqrt(x: Value) -> Value:
    return _call("sqrt", x)


def cosh(x: Value) -> Value:
    return _call("cosh", x)


def sinh(x: Value) -> Value:
    return _call("sinh", x)


def hypot(x: Value, y: Value) -> Value:
    return x.apply("math.hypot" if x.math else "hypot", y)


def sign(x: Value) -> Value:
    return x.apply("sign")


def divide(a: Any, b: Value) -> Value:
    """a / b that never raises: Python numbers are divided as NumPy does."""
    numerator = a if isinstance(a, Value) else Value(b.builder, Const(a), b.math)
    known = isinstance(b.atom, Const) and b.atom.value != 0
    return numerator.apply("divide" if is_python_number(b.type) and not known else "div", b)


def inverse(x: Value) -> Value:
    """1 / x in the partial of a function that the math module itself does not take at x = 0."""
    return over(1, x) if x.math else divide(1, x)


def over(a: Any, b: Value) -> Value:
    """a / b where b is not 0, or the function itself has raised."""
    (out,) = b.builder.emit("div", [b.lift(a), b.atom], checked=True)
    return Value(b.builder, out, b.math)


def ratio(a: Value, b: Value) -> Value:
    """a / b, but ``a`` where b is 0 (for norms: there the numerator is 0 as well)."""
    one = Value(b.builder, Const(1.0), b.math)
    return over(a, b.equals(0).apply("where" if b.ndim else "choose", one, b))


def conjugate(x: Value) -> Value:
    """The conjugate of complex numbers, real ones as they are."""
    if not is_complex(x.type):
        return x
    return x.apply("conj" if x.ndim else "conjugate")


def direction(x: Value, size: Value) -> Value:
    """How the absolute value ``size`` of x changes with x: its sign, or conj(x) / size; 0 at 0."""
    return ratio(conjugate(x), size) if is_complex(x.type) else sign(x)


def power(a: Value, b: Any) -> Value:
    """a ** b that never raises, and stays real where both are."""
    return a.apply("power", b)


def where(c: Value, a: Any, b: Any) -> Value:
    """a where c holds, else b; numbers stay numbers, of one kind."""
    x, y = (v if isinstance(v, Value) else Value(c.builder, Const(v), c.math) for v in (a, b))
    if any(isinstance(v.type, Array) for v in (c, x, y)):
        return c.apply("where", x, y)
    x, y = _alike(x, y), _alike(y, x)
    if x.type == y.type or not any(getattr(v.type, "dtype", None) for v in (x, y)):
        return c.apply("choose", x, y)
    return index(c.apply("where", x, y), ())


def _alike(x: Value, other: Value) -> Value:
    """A constant in the NumPy type of the number that it stands beside."""
    t = other.type
    if isinstance(x.atom, Const) and isinstance(t, Scalar) and t.origin == "np" and t.dtype:
        return Value(x.builder, Const(np.dtype(t.dtype).type(x.atom.value)), x.math)
    return x


def masked(g: Value, p: Value) -> Value:
    """g * p, but 0 wherever g is 0, whatever p is there."""
    return g.apply("masked_mul", p)


def sum_(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    if not isinstance(x.type, Array):
        return x
    return x.apply("sum", axis=axis, keepdims=keepdims)


def mean(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    return x.apply("mean", axis=axis, keepdims=keepdims)


def matmul(a: Value, b: Value) -> Value:
    return a.apply("matmul", b)


def outer(a: Value, b: Value) -> Value:
    return a.apply("outer", b)


def transpose(x: Value, axes: tuple[int, ...] | None = None) -> Value:
    return x if x.ndim < 2 else x.apply("transpose", axes=axes)


def swap_last(x: Value) -> Value:
    """The transpose of the last two axes."""
    if x.ndim <= 2:
        return transpose(x)
    axes = tuple(range(x.ndim))
    return transpose(x, (*axes[:-2], axes[-1], axes[-2]))


def adjoint(x: Value) -> Value:
    """The conjugate transpose of the last two axes."""
    return conjugate(swap_last(x))


def real_part(x: Value) -> Value:
    """The real part of complex numbers, real ones as they are."""
    return x.apply("real") if is_complex(x.type) else x


def index(x: Value, subscript: tuple[Any, ...], *inputs: Any) -> Value:
    """x[subscript] (see ``ir.index``), which is there: rules take what the function has. Only what a
    path needs as inputs is given."""
    (out,) = x.builder.emit(
        "getitem", [x.atom, *map(x.lift, inputs)], checked=True, path=(subscript,)
    )
    return Value(x.builder, out, x.math)


FULL = ("s", False, False, False)


def along(axis: int, entry: Any) -> tuple[Any, ...]:
    """The subscript that has an entry at one axis."""
    return (*(FULL,) * axis, entry)


def part(x: Value, axis: int, start: Any, stop: Any) -> Value:
    """x[start:stop] along an axis; None for an end that is left out."""
    entry = ("s", start is not None, stop is not None, False)
    return index(x, along(axis, entry), *(v for v in (start, stop) if v is not None))


def reversed_along(x: Value, axis: int) -> Value:
    return index(x, along(axis, ("s", False, False, True)), -1)


def dim(x: Value, axis: int) -> Value:
    return x.apply("dim", axis=axis)


def count(x: Value, axis: Any) -> Value:
    """How many elements a reduction over ``axis`` takes together."""
    if not isinstance(x.type, Array):
        return Value(x.builder, Const(1))
    if axis is None:
        return x.apply("size")
    n = Value(x.builder, Const(1))
    for k in axis if isinstance(axis, tuple) else (axis,):
        n = n * dim(x, k % x.ndim)
    return n


def size_along(x: Value, axes: Sequence[int]) -> Value:
    """The product of the sizes of some axes, of one at least."""
    return math.prod([dim(x, k) for k in axes[1:]], start=dim(x, axes[0]))


def axis_moved(x: Value, source: int, destination: int) -> Value:
    """``x`` with one axis at another place."""
    if source - destination in (0, x.ndim, -x.ndim):
        return x
    return x.apply("moveaxis", source=source, destination=destination)


def expand_reduced(g: Value, x: Value, axis: Any, keepdims: bool) -> Value:
    """What came out of a reduction with the axes put back as size 1, ready to broadcast to ``x``."""
    if keepdims or axis is None or not isinstance(g.type, Array):
        return g
    axes = {k % x.ndim for k in (axis if isinstance(axis, tuple) else (axis,))}
    return index(g, tuple("n" if k in axes else ("s", False, False, False) for k in range(x.ndim)))


def by_name(xs: Sequence[Value], p: Mapping[str, Any]) -> tuple[list[Value], dict[str, Value]]:
    """The inputs of an op that is always given them, and by name those that may be left out."""
    given = p.get("given", ())
    first = len(xs) - len(given)
    return list(xs[:first]), dict(zip(given, xs[first:], strict=True))


def between(x: Value, axis: int) -> tuple[Value, Value]:
    """What stands behind each gap between neighbours along an axis, and what stands before it."""
    return part(x, axis, 1, None), part(x, axis, None, -1)


def along_axis(v: Value, axis: int, ndim: int) -> Value:
    """A vector ready to broadcast against arrays of so many dimensions, along one axis of them."""
    behind = ndim - 1 - axis
    return index(v, (FULL, *("n",) * behind)) if v.ndim and behind else v
