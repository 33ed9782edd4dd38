"""What NumPy tells of dtypes is known while lowering: ``x.dtype.kind``, ``np.finfo(x.dtype).eps``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.frontend import foreign
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import BUILTINS, Builtin, Keywords
from pullback.frontend.values import Static, Value
from pullback.ir.core import Const, Var
from pullback.ir.types import Array, Scalar

_TELLING = (np.finfo, np.iinfo, np.dtype, np.issubdtype, np.promote_types, np.result_type, np.can_cast)


def attribute(told: Any, name: str) -> Value | None:
    """An attribute of a dtype, or of its limits, None where it is no number, name or type."""
    if not isinstance(told, np.dtype | np.finfo | np.iinfo):
        return None
    return _known(getattr(told, name, None))


def _known(found: Any) -> Value | None:
    if isinstance(found, bool | np.bool_):
        return Const(bool(found))
    if isinstance(found, int | float | np.floating) and not isinstance(found, np.longdouble):
        return Const(found)
    telling = isinstance(found, str | type | np.dtype | np.finfo | np.iinfo)
    return Static(found) if telling else None


def _argument(value: Value) -> Any:
    """What an argument tells of dtypes: itself, or the dtype of an array or number; None for nothing."""
    match value:
        case Static(str() | type() | np.dtype() as given):
            return given
        case Var(type=Array(dtype=str() as dtype) | Scalar(origin="np", dtype=str() as dtype)):
            return np.dtype(dtype)
        case Var(type=Scalar(cls="float", origin="py")):
            return 1.0
        case Var(type=Scalar(cls="int", origin="py")):
            return 1
    return None


def _told(function: Callable[..., Any]) -> Builtin:
    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        given = list(map(_argument, args))
        known = not keywords and given and all(v is not None for v in given)
        if known and not (function is np.can_cast and any(isinstance(v, int | float) for v in given)):
            try:
                found = _known(function(*given))
            except (TypeError, ValueError):  # which it raises again when it runs
                found = None
            if found is not None:
                return found
        return foreign.call(frame, node, Static(function), args, keywords)

    return handler


BUILTINS |= {function: _told(function) for function in _TELLING}
