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
from pullback.rules.table import Params, inert, linear

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


def _frequencies(op: Op) -> Sequence[Type]:
    return [Array("float", "float64", (fresh_sym(),))]


for _name, _transpose in [
    ("fft", _whole("fft.fft")), ("ifft", _whole("fft.ifft")), ("rfft", _rfft_transpose),
    ("irfft", _irfft_transpose),
]:  # fmt: skip
    _func = getattr(np.fft, _name)
    linear(f"fft.{_name}", _func, _transformed(_func), [_transpose], "x|a n~ axis=-1 norm=None",
           path=f"np.fft.{_name}", raises=True)  # fmt: skip
for _name in ("fft2", "ifft2", "fftn", "ifftn"):
    _func = getattr(np.fft, _name)
    linear(f"fft.{_name}", _func, _shape_kept(_func), [_on_axes(f"fft.{_name}")],
           f"x|a s=None axes={'(-2,-1)' if _name[-1] == '2' else None} norm=None",
           path=f"np.fft.{_name}", raises=True,
           hint="pad or slice the array instead of giving s")  # fmt: skip
for _name, _other in [("fftshift", "ifftshift"), ("ifftshift", "fftshift")]:
    linear(f"fft.{_name}", getattr(np.fft, _name), lambda op: [op.inputs[0].type],
           [_on_axes(f"fft.{_other}")], "x axes=None", path=f"np.fft.{_name}", raises=True)  # fmt: skip
for _name in ("fftfreq", "rfftfreq"):
    inert(f"fft.{_name}", getattr(np.fft, _name), _frequencies, "its step has no rule", "n d?",
          path=f"np.fft.{_name}", raises=True, steps_only=False,
          hint="divide the frequencies of step 1 by the step")  # fmt: skip
