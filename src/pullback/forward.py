"""What forward mode is given: tangents, in the kinds of the arguments they belong to."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.errors import ArgumentError
from pullback.frontend.kinds import kind_of
from pullback.rules.effects import NAMES


def moved_int(primal: Any, tangent: Any) -> Any:
    """An int that is an argument itself, and moves, is taken as a float."""
    return float(primal) if type(primal) is int and np.ndim(tangent) == 0 and tangent else primal


def as_tangent(tangent: Any, primal: Any) -> Any:
    """A tangent in the kind of its primal."""
    if isinstance(primal, str) or primal is None or callable(primal) or type(primal) in NAMES:
        return tangent  # which nothing reads
    if np.iscomplexobj(tangent) and not np.iscomplexobj(primal):
        raise _wrong_tangent("that is complex for a real value: give its real part", primal)
    try:
        shape, moves = np.shape(tangent), tangent is not None and bool(np.any(tangent))
        number = np.asarray(tangent if moves else 0, complex if np.iscomplexobj(primal) else float)
    except (TypeError, ValueError):
        raise _wrong_tangent(f"of type {type(tangent).__name__}: give numbers", primal) from None
    if shape != np.shape(primal):
        what = f"an argument of shape {np.shape(primal)}" if np.ndim(primal) else "a number"
        raise _wrong_tangent(f"of shape {shape} for {what}", primal)
    if moves and not isinstance(primal, float) and np.asarray(primal).dtype.kind not in "fc":
        kind = type(primal).__name__
        raise _wrong_tangent(f"other than 0 for {kind}: make it a float, or floats", primal)
    if isinstance(primal, np.ndarray):
        return np.asarray(tangent, primal.dtype)
    if isinstance(primal, np.generic):
        return primal.dtype.type(number)
    return type(primal)(number) if type(primal) in (float, complex) else tangent


def _wrong_tangent(what: str, primal: Any) -> ArgumentError:
    kind_of(primal)  # raises if the primal itself is not supported
    return ArgumentError(f"a tangent {what}")
