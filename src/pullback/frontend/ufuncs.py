"""Methods of ufuncs: most of them are functions of another name, as NumPy itself defines those."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from pullback.frontend import indexing, outputs
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import BUILTINS, Builtin, Keywords, as_atom, simple_op
from pullback.frontend.values import Value
from pullback.frontend.writing import bound_arguments  # whose methods ``at`` come before ours
from pullback.ir import index
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const
from pullback.ir.types import Scalar
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


def _as_array(frame: Frame, node: ast.AST, value: Value) -> Atom:
    """Numbers of Python have a dtype here, by which that of the result goes."""
    atom = as_atom(frame, indexing.array_like(frame, node, value), node)
    python = isinstance(atom.type, Scalar) and atom.type.origin != "np"
    return simple_op(frame, node, "array", atom) if python else atom


for _ufunc, _function in _REDUCED.items():
    BUILTINS[_ufunc.reduce] = _renamed(
        "reduce", _ufunc, _function, "array axis? dtype? out? keepdims? initial? where?"
    )
for _ufunc, _function in _ACCUMULATED.items():
    BUILTINS[_ufunc.accumulate] = _renamed("accumulate", _ufunc, _function, "array axis? dtype? out?")
for _ufunc in every_ufunc():
    if _ufunc.nin == 2 and _ufunc.nout == 1 and _ufunc.signature is None and lookup(_ufunc) is not None:
        BUILTINS[_ufunc.outer] = _outer(_ufunc)
    for _method, _hint in _HINTS.items():
        if (_bound := getattr(_ufunc, _method)) not in BUILTINS and lookup(_bound) is None:
            refuse(_bound, "has no rule", _hint)
