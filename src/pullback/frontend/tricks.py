"""What NumPy makes of subscripts: ``np.r_[...]`` and ``np.c_``, ``np.mgrid`` and ``np.ogrid``.

They are lowered as the calls that NumPy itself makes of them, with elements of the same dtype.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from pullback import refusals
from pullback.frontend import inline, slices, subscripts
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import as_atom
from pullback.frontend.values import Static, Value
from pullback.frontend.walking import plain
from pullback.ir.core import Atom, Const
from pullback.ir.types import (
    Array,
    Scalar,
    Type,
    elementwise_type,
    is_complex,
    is_python_number,
)

_NAMES = ("r_", "c_", "mgrid", "ogrid")


def name_of(value: Value) -> str | None:
    """Which of them a value is."""
    if not isinstance(value, Static):
        return None
    return next((name for name in _NAMES if value.value is getattr(np, name)), None)


def read(frame: Frame, node: ast.Subscript, name: str) -> Value:
    """What is made of a subscript."""
    entries = [slices.entry(frame, part) for part in _parts(node.slice)]
    if name in ("r_", "c_"):
        return _joined(frame, node, name, entries)
    given = [slices.parts_of(v) for v in entries]
    if any(parts is None for parts in given):
        refuse(frame, node, name)
    axes = [_Axis(frame, node, parts, f"{k}") for k, parts in enumerate(given) if parts is not None]
    if not isinstance(node.slice, ast.Tuple):
        return inline.expand(frame, node, _line(axes[0]), "out", None, None, **axes[0].given)
    return _grid(frame, node, axes, name == "ogrid")


def refuse(frame: Frame, node: ast.AST, name: str) -> NoReturn:
    frame.reject(refusals.INDEX_TRICK, node, name=name, instead=refusals.INSTEAD_OF_TRICK[name])


def _parts(node: ast.expr) -> Sequence[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


# ---- ranges


class _Axis:
    """The numbers that a slice stands for: by steps from one to below another one, or so many evenly
    between two where the step is an imaginary number."""

    def __init__(self, frame: Frame, node: ast.AST, parts: Sequence[Value], suffix: str) -> None:
        known = [None if _is_none(v) else as_atom(frame, frame.decided(v), node) for v in parts]
        start, stop, step = known
        if stop is None:
            frame.reject(refusals.ENDLESS_RANGE, node)
        self.start: Atom = Const(0) if start is None else start
        self.stop: Atom = stop
        self.step: Atom = Const(1) if step is None else step
        self.count: int | None = None
        if is_complex(self.step.type):
            if not isinstance(self.step, Const):
                frame.reject(refusals.NEEDS_CONSTANT, node)
            self.count = int(abs(self.step.value))
            self.step = Const(abs(self.step.value))
        self.names = [f"{name}{suffix}" for name in ("start", "stop", "step", "n")]
        self.given: dict[str, Value] = {"np": Static(np), "math": Static(math)}
        self.given |= dict(zip(self.names, (self.start, self.stop, self.step), strict=False))

    @property
    def types(self) -> list[Any]:
        return [self.start.type, self.stop.type, self.step.type]

    def size(self) -> str:
        """How many numbers there are."""
        start, stop, step, _ = self.names
        if self.count is not None:
            return str(self.count)
        whole = all(t.cls == "int" for t in self.types) and self.step == Const(1)
        if whole:
            return stop if self.start == Const(0) else f"{stop} - {start}"
        return f"math.ceil(({stop} - {start}) / {step})"

    def scaled(self, places: str) -> str:
        """The numbers at places that count from 0."""
        start, stop, step, _ = self.names
        if self.count is None and (self.start, self.step) == (Const(0), Const(1)):
            return places
        if self.count is not None:
            step = f"(({stop} - {start}) / {float(self.count - 1)})" if self.count != 1 else "1"
        return f"{places} * {step} + {start}"


def _is_none(value: Value) -> bool:
    return isinstance(value, Static) and value.value is None


def _line(axis: _Axis) -> str:
    """A grid of one axis, without an axis for its number."""
    start, stop, step, _ = axis.names
    if axis.count is None:
        return f"out = np.arange({start}, {stop}, {step})"
    return f"out = {axis.scaled(f'np.arange(0, {axis.count}, 1, dtype={_dtype([axis])!r})')}"


def _dtype(axes: Sequence[_Axis]) -> str:
    """The dtype of the numbers of a grid, which may be floats."""
    types = [t for axis in axes for t in axis.types]
    found = elementwise_type(_together, [Scalar("int"), *types])
    return getattr(found, "dtype", None) or "float64"


def _together(*xs: Any) -> np.ndarray:
    return np.zeros(1, np.result_type(*xs))


def _grid(frame: Frame, node: ast.AST, axes: Sequence[_Axis], open_: bool) -> Value:
    given: dict[str, Value] = {}
    for axis in axes:
        given |= axis.given
    given["dtype"] = Static(np.dtype(_dtype(axes)))
    lines = [f"{axis.names[3]} = {axis.size()}" for axis in axes]
    if open_:
        for k, axis in enumerate(axes):
            place = ", ".join(":" if j == k else "None" for j in range(len(axes)))
            line = axis.scaled(f"np.arange({axis.names[3]}, dtype=dtype)")
            lines.append(f"line{k} = ({line})[{place}]")
        lines.append(f"out = ({''.join(f'line{k}, ' for k in range(len(axes)))})")
    else:
        sizes = ", ".join(axis.names[3] for axis in axes)
        lines.append(f"out = np.indices(({sizes},), dtype=dtype)")
        for k, axis in enumerate(axes):
            if (scaled := axis.scaled(f"out[{k}]")) != f"out[{k}]":
                lines.append(f"out[{k}] = {scaled}")
    return inline.expand(frame, node, "\n".join(lines), "out", None, None, **given)


# ---- what is joined


def _joined(frame: Frame, node: ast.Subscript, name: str, entries: Sequence[Value]) -> Value:
    """Numbers, ranges and arrays one behind the other, or beside each other as columns."""
    given: dict[str, Value] = {"np": Static(np)}
    lines: list[str] = []
    types: list[Type] = []
    for k, value in enumerate(entries):
        if (bounds := slices.parts_of(value)) is not None:
            axis = _Axis(frame, node, bounds, str(k))
            given |= axis.given
            lines.append(_range(axis, f"v{k}"))
            types.append(Array("float", "float64" if axis.count else _dtype([axis]), (1,)))
            continue
        if isinstance(value, Static):  # "0,2" tells of axes
            refuse(frame, node, name)
        a = as_atom(frame, subscripts.array_like(frame, node, plain(value)), node)
        given[f"a{k}"] = a
        lines.append(f"v{k} = np.array([a{k}])" if isinstance(a.type, Scalar) else f"v{k} = a{k}")
        types.append(a.type)
    if (dtype := _in_one_dtype(frame, node, name, types)) is not None:
        weak = [k for k, t in enumerate(types) if is_python_number(t)]
        lines += [f"v{k} = v{k}.astype({dtype!r})" for k in weak]
    arrange = _column if name == "c_" else _line_of
    arranged = ", ".join(arrange(f"v{k}", ndim_of(t)) for k, t in enumerate(types))
    lines.append(f"out = np.concatenate(({arranged},), axis={-1 if name == 'c_' else 0})")
    return inline.expand(frame, node, "\n".join(lines), "out", None, None, **given)


def ndim_of(t: Type) -> int:
    """The axes of what NumPy makes of a value here: a vector of a number."""
    return t.ndim if isinstance(t, Array) else 1


def _range(axis: _Axis, name: str) -> str:
    start, stop, step, _ = axis.names
    if axis.count is not None:
        return f"{name} = np.linspace({start}, {stop}, num={axis.count})"
    return f"{name} = np.arange({start}, {stop}, {step})"


def _line_of(name: str, ndim: int) -> str:
    return name if ndim else f"np.atleast_1d({name})"


def _column(name: str, ndim: int) -> str:
    return f"{name}[:, None]" if ndim == 1 else name if ndim else f"np.atleast_2d({name})"


def _in_one_dtype(
    frame: Frame, node: ast.Subscript, name: str, types: Sequence[Type]
) -> str | None:
    """The dtype that numbers of Python take from the arrays beside them, as in arithmetic; None where
    they have it."""
    every = elementwise_type(_together, types)
    strong = [t for t in types if not is_python_number(t)]
    if not strong or len(strong) == len(types) or not isinstance(every, Array):
        return None
    if every.dtype is None:
        refuse(frame, node, name)
    own = np.dtype(every.dtype) == np.result_type(every.dtype, _KEPT.get(every.cls, every.dtype))
    return None if own else every.dtype


# The dtypes in which numbers of Python come alone.
_KEPT = {"int": "int64", "float": "float64", "complex": "complex128"}


__all__ = ["name_of", "read"]
