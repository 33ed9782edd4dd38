"""Methods of ufuncs: most of them are functions of another name, as NumPy itself defines those."""

from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np

from pullback import refusals
from pullback.frontend import inline, outputs, subscripts
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import BUILTINS, Builtin, Keywords, as_atom, simple_op, static
from pullback.frontend.values import Static, Value
from pullback.frontend.walking import describe
from pullback.frontend.writing import bound_arguments  # whose methods ``at`` come before ours
from pullback.ir import index
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, Scalar
from pullback.rules.table import lookup, refuse
from pullback.rules.ufuncs import every_ufunc

_REDUCED: dict[Any, Any] = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min,
    np.logical_and: np.all, np.logical_or: np.any,
}  # fmt: skip
_HINTS = {
    "reduce": "accumulate in a loop, or with np.sum, np.prod, np.max",
    "accumulate": "accumulate in a loop, or with np.cumsum, np.cumprod, np.maximum.accumulate",
    "outer": "give it arrays that broadcast: f(x[:, None], y)",
    "at": "write to the elements in a loop",
    "reduceat": "reduce each slice in a loop, or use np.add.reduceat",
}
_ACCUMULATED: dict[Any, Any] = {np.add: np.cumsum, np.multiply: np.cumprod}


def _renamed(method: str, ufunc: np.ufunc, function: Any, names: str) -> Builtin:
    """A method whose axis is the first one where none is named, else as the function has it."""
    title = f"np.{ufunc.__name__}.{method}"

    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        given = bound_arguments(frame, node, title, names, args, keywords)
        array = given.pop("array")
        given.setdefault("axis", Const(0))
        row = lookup(function)
        assert row is not None
        return outputs.call(frame, node, function, row, [array], given)

    return handler


def _outer(ufunc: np.ufunc) -> Builtin:
    title = f"np.{ufunc.__name__}.outer"

    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        """``f(a[..., None], b)``, with a new axis for each of ``b``."""
        options: Keywords = {k: keywords[k] for k in ("out", "where") if k in keywords}
        rest = {k: v for k, v in keywords.items() if k not in options}
        given = bound_arguments(frame, node, title, "A B", args, rest)
        a, b = (_as_array(frame, node, v) for v in given.values())
        new = len(shape_of(b))
        if new and shape_of(a):
            entries = (*(index.FULL,) * len(shape_of(a)), *("n",) * new)
            a = simple_op(frame, node, "getitem", a, path=(entries,))
        row = lookup(ufunc)
        assert row is not None
        return outputs.call(frame, node, ufunc, row, [a, b], options)

    return handler


# Methods that NumPy computes one element after the other, as loops do.
REDUCE = """
rows = np.moveaxis(array, axis, 0)
if len(rows) == 0:
    raise ValueError("zero-size array to a reduction without identity")
out = rows[0] * 1
for k in range(1, len(rows)):
    out = function(out, rows[k])
"""
ACCUMULATE = """
out = np.copy(array)
rows = np.moveaxis(out, axis, 0)
for k in range(1, len(rows)):
    rows[k] = function(rows[k - 1], rows[k])
"""
REDUCE_AT = """
rows = np.moveaxis(array, axis, 0)
starts = np.asarray(indices)
parts = []
for start, stop in zip(starts, np.append(starts[1:], len(rows))):
    parts.append(reduce(rows[start:stop]) if start < stop else rows[start])
out = np.stack(parts, axis=axis)
"""

_MOVED = re.compile(r"np\.moveaxis\((\w+), axis, 0\)")


def _in_turn(ufunc: np.ufunc, method: str, names: str, lines: str) -> Builtin:
    title = f"np.{ufunc.__name__}.{method}"

    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        named = {k: v for k, v in keywords.items() if k != "keepdims"}
        given = bound_arguments(frame, node, title, names, args, named)
        x = _as_array(frame, node, given.pop("array"))
        axis, ndim = static(frame, node, given.pop("axis", Const(0))), len(shape_of(x))
        if not (isinstance(x, Var) and ndim and isinstance(axis, int) and -ndim <= axis < ndim):
            frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=title, arguments="an array and one axis")
        assert isinstance(x.type, Array)
        if x.type.cls != "float":
            frame.reject(refusals.WHERE_NEEDED, node, value=describe(x), what="an array of floats")
        kept = method == "reduce" and static(frame, node, keywords.get("keepdims", Const(False)))
        known: dict[str, Value] = {"array": x, "axis": Const(axis), "np": Static(np)}
        known |= {"function": Static(ufunc), "reduce": Static(ufunc.reduce)} | given
        text = lines if axis % ndim else _MOVED.sub(r"\1", lines)
        text = f"{text}out = np.expand_dims(out, axis)" if kept else text
        used = {name: v for name, v in known.items() if re.search(rf"\b{name}\b", text)}
        return inline.expand(frame, node, text, "out", None, None, **used)

    return handler


def _as_array(frame: Frame, node: ast.AST, value: Value) -> Atom:
    """Numbers of Python have a dtype here, by which that of the result goes."""
    atom = as_atom(frame, subscripts.array_like(frame, node, value), node)
    python = isinstance(atom.type, Scalar) and atom.type.origin != "np"
    return simple_op(frame, node, "array", atom) if python else atom


for _ufunc, _function in _REDUCED.items():
    BUILTINS[_ufunc.reduce] = _renamed(
        "reduce", _ufunc, _function, "array axis? dtype? out? keepdims? initial? where?"
    )
for _ufunc, _function in _ACCUMULATED.items():
    BUILTINS[_ufunc.accumulate] = _renamed("accumulate", _ufunc, _function, "array axis? dtype? out?")
for _ufunc in (np.subtract, np.divide):
    BUILTINS[_ufunc.reduce] = _in_turn(_ufunc, "reduce", "array axis?", REDUCE)
for _ufunc in (np.subtract, np.divide, np.fmax, np.fmin):
    BUILTINS[_ufunc.accumulate] = _in_turn(_ufunc, "accumulate", "array axis?", ACCUMULATE)
for _ufunc in (
    np.subtract, np.divide, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp
):  # fmt: skip
    BUILTINS[_ufunc.reduceat] = _in_turn(_ufunc, "reduceat", "array indices axis?", REDUCE_AT)
for _ufunc in every_ufunc():
    if _ufunc.nin == 2 and _ufunc.nout == 1 and _ufunc.signature is None and lookup(_ufunc) is not None:
        BUILTINS[_ufunc.outer] = _outer(_ufunc)
    for _method, _hint in _HINTS.items():
        if (_bound := getattr(_ufunc, _method)) not in BUILTINS and lookup(_bound) is None:
            refuse(_bound, "has no rule", _hint)
