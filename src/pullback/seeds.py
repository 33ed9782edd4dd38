"""What derivatives are given: tangents and cotangents, in the kinds of the values they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback import tree
from pullback.errors import ArgumentError
from pullback.frontend.kinds import kind_of
from pullback.rules.effects import NAMES


def moved_int(primal: Any, tangent: Any) -> Any:
    """An int that is an argument itself, and moves, is taken as a float."""
    return float(primal) if type(primal) is int and np.ndim(tangent) == 0 and tangent else primal


def as_tangent(tangent: Any, primal: Any) -> Any:
    """A tangent in the kind of its primal."""
    if _is_of_kind(tangent, primal):
        return tangent
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


def fit(tangents: Sequence[Any], primals: Sequence[Any]) -> bool:
    """Whether nothing has to be done to any of the tangents; None stands for what does not move."""
    if len(tangents) != len(primals):
        return False
    return all(t is None or _is_of_kind(t, p) for t, p in zip(tangents, primals, strict=True))


def _is_of_kind(tangent: Any, primal: Any) -> bool:
    """Whether nothing has to be done to a tangent, as is the case for most."""
    if type(primal) is not np.ndarray:
        return type(primal) is type(tangent) is float
    return (
        type(tangent) is np.ndarray and tangent.dtype == primal.dtype and primal.dtype.kind in "fc"
        and tangent.shape == primal.shape
    )  # fmt: skip


def spelled_out(tangents: Any, primals: Any) -> Any:
    """Tangents with zeros where None, or an array of JAX's dtype ``float0``, stands for what does not
    move: a number, an array or a container."""
    if tangents is None or getattr(tangents, "dtype", None) == _FLOAT0:
        return tree.mapped(_still, primals)
    given, like = tree.children(tangents), tree.children(primals)
    if given is None or like is None or given.keys() != like.keys():
        return tangents
    return tree.with_children(tangents, {k: spelled_out(t, like[k]) for k, t in given.items()})


_FLOAT0 = np.dtype([("float0", "V")])


def _still(primal: Any) -> Any:
    if isinstance(primal, np.ndarray):
        return np.zeros(np.shape(primal))
    return 0 if isinstance(primal, int | float | complex | np.generic) else None


def _wrong_tangent(what: str, primal: Any) -> ArgumentError:
    kind_of(primal)  # raises if the primal itself is not supported
    return ArgumentError(f"a tangent {what}")


def as_cotangent(given: Any, like: Any) -> Any:
    """A cotangent in the kind of the value, ``like``: an array of its shape, a number."""
    if (isinstance(like, Shape) or like in (float, complex)) and not _holds_numbers(given):
        raise ArgumentError(f"a cotangent of type {type(given).__name__}: give numbers")
    if isinstance(like, Shape):
        if np.shape(given) != like.shape:
            raise ArgumentError(
                f"a cotangent of shape {np.shape(given)} for a value of shape {like.shape}"
            )
        _check_real(given, like.dtype.kind == "c")
        array = np.asarray(given, like.dtype)
        return array if like.is_array else array[()]
    if np.ndim(given):
        raise ArgumentError(f"a cotangent of shape {np.shape(given)} for a value that is a number")
    if like in (float, complex):
        _check_real(given, like is complex)
        return like(given)
    return given


def _check_real(given: Any, may_be_complex: bool) -> None:
    if np.iscomplexobj(given) and not may_be_complex:
        raise ArgumentError("a complex cotangent for a real value: give its real part")


def _holds_numbers(given: Any) -> bool:
    try:
        return np.asarray(given).dtype.kind in "biufc"
    except (TypeError, ValueError):
        return False


class Shape:
    """What is remembered of a value (never the value itself): a leaf, hence no dataclass."""

    __slots__ = ("dtype", "is_array", "shape")

    def __init__(self, value: np.ndarray[Any, Any] | np.generic) -> None:
        self.shape = value.shape
        self.dtype = value.dtype
        self.is_array = isinstance(value, np.ndarray)


def form_of(value: Any) -> Any:
    """What of a value tells its cotangents."""
    if isinstance(value, np.ndarray | np.generic):
        return Shape(value)
    return type(value)


def stand_in(value: Any) -> Any:
    """What stands for an array where only its shape and dtype matter, and takes no memory."""
    if not isinstance(value, np.ndarray):
        return value
    return np.broadcast_to(np.zeros((), value.dtype), value.shape)


def has_inexact(value: Any) -> bool:
    """Whether a value holds floats or complex numbers, or an array."""
    active = float | complex | np.inexact | np.ndarray
    return any(isinstance(leaf, active) for leaf in tree.leaves(value))
