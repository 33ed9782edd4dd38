"""What type functions share, axes and shapes above all; and rows of integer helpers of the compiler."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir import sizes
from pullback.ir.core import Atom, Op
from pullback.ir.types import (
    PY_INT,
    Array,
    Dim,
    List,
    Scalar,
    Type,
    class_of,
    elementwise_type,
    is_complex,
)
from pullback.rules.table import inert


def dims_of(atoms: Sequence[Atom], of: Type | None = None) -> tuple[Dim, ...]:
    """The shape that integer atoms spell, for the elements of ``of``, of which -1 takes what is left."""
    total = sizes.product_of(of.shape) if isinstance(of, Array) else None
    return sizes.dims_of([a.size for a in atoms], total)


def element_of(t: Type) -> tuple[str, str | None]:
    """Class and dtype of the elements that a value has, or gives to an array."""
    if isinstance(t, Array):
        return t.cls, t.dtype
    if isinstance(t, List) and t.elem is not None:
        return element_of(t.elem)
    found = elementwise_type(_in_numpy, [t])
    assert isinstance(found, Scalar)
    return found.cls, found.dtype


def in_double(types: Iterable[Type]) -> tuple[str, str]:
    """Class and dtype of the results of what computes in double precision, whatever it is given."""
    return ("complex", "complex128") if any(map(is_complex, types)) else ("float", "float64")


def class_made(cls: str, dtype: str | None) -> str:
    """The class of a dtype in which elements of a class are asked for, None for their own."""
    made = (class_of(dtype) or cls) if dtype else cls
    if cls == "complex" and made != cls:
        raise Unsupported(refusals.MADE_REAL)
    return made


def _in_numpy(x: Any) -> Any:
    return np.asarray(x)[()]


def arranged(shape: Callable[[Op, Array], tuple[Dim, ...]]) -> Callable[[Op], Sequence[Type]]:
    """The type function of what gives the elements of its first input in another shape."""

    def infer(op: Op) -> Sequence[Type]:
        x = op.inputs[0].type
        given = x if isinstance(x, Array) else Array(*element_of(x), ())
        made = Array(given.cls, given.dtype, shape(op, given))
        if getattr(x, "origin", "") == "any" and not made.shape:
            raise Unsupported(refusals.NEEDS_ARRAY)  # a number of NumPy may stay one
        return [made]

    return infer


def array_or_number(cls: str, dtype: str | None, of: Type) -> Type:
    """An array in the shape of another one, which is a number of NumPy's if that has no axes."""
    if isinstance(of, Array) and of.ndim:
        return Array(cls, dtype, of.shape)
    return Scalar(cls, "np", dtype)


def axis_of(axis: int, ndim: int) -> int:
    """An axis counted from the front; raises what NumPy raises if there is none."""
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(axis, ndim)
    return axis % ndim


def demand_integers(t: Type) -> None:
    """Refuse counts and indices that are no integers, which NumPy truncates or refuses."""
    if getattr(t, "cls", "") not in ("bool", "int"):
        raise Unsupported(refusals.NEEDS_INTEGERS)


def axes_given(axis: int | tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """One axis or several, counted from the front."""
    return tuple(axis_of(k, ndim) for k in (axis if isinstance(axis, tuple) else (axis,)))


inert("range_len", None, lambda op: [PY_INT], "integer output", cheap=True)
inert("min_int", None, lambda op: [PY_INT], "integer output", cheap=True, path="min")
# How many passes of a loop before the next snapshot of it: of the passes that are left, and of how many
# snapshots may still be taken.
inert("snapshot_distance", None, lambda op: [PY_INT], "integer output")
