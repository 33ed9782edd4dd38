"""Rows of Fourier transforms, which are linear; the matrices of whole ones are their own transposes.

Nothing is conjugated where a transform is linear in complex numbers (see ``rules.complex_``). The
inverse of a real one knows half of a spectrum, of which each place but the ends stands for two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Op
from pullback.ir.prims import elementwise_infer
from pullback.ir.types import Array, Dim, Type, elementwise_type, fresh_sym, is_complex
from pullback.rules.ops import along, by_name, conjugate, dim, part
from pullback.rules.sizes import axis_of, demand_integers, dims_of
from pullback.rules.table import Params, Rule, composite, linear, special

AXES = {"2": "(-2,-1)", "n": None}
# The scaling with which a transform goes the other way.
_INVERSE = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def _transformed(func: Callable[..., Any]) -> Callable[[Op], Sequence[Type]]:
    """The type function of a transform along one axis, in so many points if they are given."""

    def infer(op: Op) -> Sequence[Type]:
        x, *points = (a.type for a in op.inputs)
        if not (isinstance(x, Array) and x.ndim):
            raise Unsupported(refusals.NEEDS_DIMENSIONS)
        for t in points:
            demand_integers(t)
        axis = axis_of(op.params["axis"], x.ndim)
        element = elementwise_type(lambda v: func(v, 2), [Array(x.cls, x.dtype, (1,))])
        assert isinstance(element, Array)
        size: Dim = fresh_sym()
        if op.name in ("fft.fft", "fft.ifft"):
            size = dims_of(op.inputs[1:])[0] if points else x.shape[axis]
        return [Array(element.cls, element.dtype, (*x.shape[:axis], size, *x.shape[axis + 1 :]))]

    return infer


def _taken(found: Value, x: Value, p: Params) -> Value:
    """The cotangent of the points that were taken, 0 of those that were left out."""
    if not is_complex(x.type) and is_complex(found.type):
        found = found.apply("real")
    if "n" not in p.get("given", ()):
        return found
    axis = axis_of(p["axis"], x.ndim)
    taken = dim(found, axis).apply("min_int", dim(x, axis))
    zeros = x.builder.wrap(x.builder.zeros(x.atom))
    path = (along(axis, ("s", False, True, False)),)
    return zeros.apply("setitem", part(found, axis, None, taken), taken, path=path)


def _whole(name: str) -> Any:
    def transpose(g: Value, *args: Any) -> Value:
        *inputs, p = args
        (x,), _ = by_name(inputs, p)
        return _taken(g.apply(name, axis=p["axis"], norm=p["norm"]), x, p)

    return transpose


def _rfft_transpose(g: Value, *args: Any) -> Value:
    """The whole transform of half of the spectrum, zeros behind it."""
    *inputs, p = args
    (x,), given = by_name(inputs, p)
    points = given.get("n", dim(x, axis_of(p["axis"], x.ndim)))
    found = g.apply("fft.fft", points, given=("n",), axis=p["axis"], norm=p["norm"])
    return _taken(found, x, p)


def _irfft_transpose(g: Value, *args: Any) -> Value:
    """The conjugate of the spectrum, twice that of places that stand for two."""
    *inputs, p = args
    (x,), _ = by_name(inputs, p)
    axis = axis_of(p["axis"], x.ndim)
    found = conjugate(g.apply("fft.rfft", axis=p["axis"], norm=_INVERSE[p["norm"]]))
    last = (dim(g, axis) + 1).apply("floordiv", 2)
    inside = 2.0 * part(found, axis, 1, last)
    path = (along(axis, ("s", True, True, False)),)
    return _taken(found.apply("setitem", inside, 1, last, path=path), x, p)


def _on_axes(name: str) -> Any:
    return lambda g, x, p: g.apply(name, **p)


def _shape_kept(func: Callable[..., Any]) -> Callable[[Op], Sequence[Type]]:
    """The type function of a transform over several axes."""

    def infer(op: Op) -> Sequence[Type]:
        x = op.inputs[0].type
        if not (isinstance(x, Array) and x.ndim >= (2 if op.name.endswith("2") else 1)):
            raise Unsupported(refusals.NEEDS_DIMENSIONS)
        return elementwise_infer(func)(op)

    return infer


# ---- over several axes, as NumPy itself composes them


def _points(x: Value, sizes: Sequence[Value], p: Params) -> list[tuple[int, tuple[Value, ...]]]:
    """The axes, and for each the number of points if it is given."""
    axes = p["axes"] if p["axes"] is not None else tuple(range(-(len(sizes) or x.ndim), 0))
    if sizes and len(sizes) != len(axes):
        raise Unsupported(refusals.POINTS_FOR_AXES, points=len(sizes), axes=len(axes))
    return [(axis, (sizes[k],) if sizes else ()) for k, axis in enumerate(axes)]


def _one(x: Value, name: str, axis: int, points: tuple[Value, ...], p: Params) -> Value:
    given = {"given": ("n",)} if points else {}
    return x.apply(f"fft.{name}", *points, axis=axis, norm=p["norm"], **given)


def _along_each(name: str, real: str = "") -> Rule:
    """The transform of each axis from the last one on, which may be a real one."""

    def definition(x: Value, *rest: Any) -> Value:
        *sizes, p = rest
        *others, (axis, points) = _points(x, sizes, p)
        y = _one(x, real or name, axis, points, p)
        for axis, points in reversed(others):
            y = _one(y, name, axis, points, p)
        return y

    return definition


def _irfftn_definition(x: Value, *rest: Any) -> Value:
    *sizes, p = rest
    *others, (axis, points) = _points(x, sizes, p)
    for other, count in others:
        x = _one(x, "ifft", other, count, p)
    return _one(x, "irfft", axis, points, p)


# ---- of Hermitian signals


def _hfft_definition(x: Value, *rest: Any) -> Value:
    *points, p = rest
    found: Value = conjugate(x).apply("fft.irfft", *points, **{**p, "norm": _INVERSE[p["norm"]]})
    return found


def _ihfft_definition(x: Value, *rest: Any) -> Value:
    *points, p = rest
    return conjugate(x.apply("fft.rfft", *points, **{**p, "norm": _INVERSE[p["norm"]]}))


# ---- frequencies


def _frequencies(op: Op) -> Sequence[Type]:
    return [Array("float", "float64", (fresh_sym(),))]


def _frequencies_jvp(xs: list[Value], ts: list[Any], y: Value, p: Params) -> Value:
    d_dot: Value = ts[1]
    return -(y / xs[1]) * d_dot


for _name, _transpose in [
    ("fft", _whole("fft.fft")), ("ifft", _whole("fft.ifft")), ("rfft", _rfft_transpose),
    ("irfft", _irfft_transpose),
]:  # fmt: skip
    _func = getattr(np.fft, _name)
    linear(f"fft.{_name}", _func, _transformed(_func), [_transpose], "x|a n~ axis=-1 norm=None",
           path=f"np.fft.{_name}", raises=True)  # fmt: skip
for _name in ("hfft", "ihfft"):
    composite(f"fft.{_name}", getattr(np.fft, _name),
              _hfft_definition if _name == "hfft" else _ihfft_definition, "x|a n~ axis=-1 norm=None",
              path=f"np.fft.{_name}", raises=True)  # fmt: skip
for _name in ("fft2", "ifft2", "fftn", "ifftn"):
    _func, _spec = getattr(np.fft, _name), f"x|a s+ axes={AXES[_name[-1]]} norm=None"
    linear(f"fft.{_name}", _func, _shape_kept(_func), [_on_axes(f"fft.{_name}")], _spec,
           path=f"np.fft.{_name}", raises=True)  # fmt: skip
    composite(f"fft.{_name}_in", None, _along_each(_name[:-1]), _spec,
              path=f"np.fft.{_name}", raises=True)  # fmt: skip
for _name in ("rfft2", "rfftn", "irfft2", "irfftn"):
    composite(f"fft.{_name}", getattr(np.fft, _name),
              _along_each("fft", "rfft") if _name[0] == "r" else _irfftn_definition,
              f"x|a s+ axes={AXES[_name[-1]]} norm=None", path=f"np.fft.{_name}",
              raises=True)  # fmt: skip
for _name, _other in [("fftshift", "ifftshift"), ("ifftshift", "fftshift")]:
    linear(f"fft.{_name}", getattr(np.fft, _name), lambda op: [op.inputs[0].type],
           [_on_axes(f"fft.{_other}")], "x axes=None", path=f"np.fft.{_name}", raises=True)  # fmt: skip
for _name in ("fftfreq", "rfftfreq"):
    special(f"fft.{_name}", getattr(np.fft, _name), _frequencies, "n d?", jvp=_frequencies_jvp,
            path=f"np.fft.{_name}", raises=True)  # fmt: skip
