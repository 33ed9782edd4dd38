"""Kinds from annotations: Python's, NumPy's and jaxtyping's, and kinds spelled as strings.

jaxtyping is not imported: its annotations are known by their attributes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import typing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError
from pullback.frontend.kinds import Kind, kind_of
from pullback.frontend.spelling import Size, is_one, parse_kind
from pullback.rules.effects import NAMES
from pullback.tree import fields_of, has_fields, is_named_tuple

# What an annotation that names a class of dtypes means, the first that it allows.
_PREFERRED = ("float64", "float32", "complex128", "complex64", "int64", "int32", "bool")
# Scalar types that have a width; np.floating and its like have none.
_CONCRETE = tuple(np.dtype(name).type for name in (*_PREFERRED, "float16", "int16", "int8", "uint8"))

_ANY_SHAPE = typing.get_args(NDArray[Any])[0]  # the first argument of what NDArray[...] stands for


def annotations_of(function: Any) -> dict[str, Any]:
    """The annotations of a function or of a class, those in strings evaluated where they can be."""
    module = sys.modules.get(getattr(function, "__module__", ""))
    names = getattr(function, "__globals__", None) or vars(module or typing)
    found: dict[str, Any] = {}
    for name, annotation in getattr(function, "__annotations__", {}).items():
        if isinstance(annotation, typing.ForwardRef):
            annotation = annotation.__forward_arg__
        if isinstance(annotation, str):
            # A name that exists only for type checkers, or a kind spelled as a string, stays one.
            with contextlib.suppress(Exception):
                annotation = eval(annotation, dict(names))
        found[name] = annotation
    return found

def annotated_kind(annotation: Any, size: Size = is_one) -> Kind | None:
    """The kind that an annotation spells, None where it does not decide one."""
    if isinstance(annotation, str):
        return _spelled(annotation, size)
    if annotation in (float, int, bool, complex):
        return annotation.__name__
    if annotation is None or annotation is type(None):
        return ("static", None)
    if annotation in _CONCRETE:
        return ("np", np.dtype(annotation).name)
    if _is_jaxtyping(annotation):
        return _jaxtyping_kind(annotation, size)
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, str) and (kind := _spelled(extra, size)) is not None:
            return kind
    if isinstance(annotation, type) and annotation in NAMES:
        return ("object", annotation)
    if isinstance(annotation, type) and has_fields(annotation):
        return _struct_kind(annotation, size)
    return _generic_kind(typing.get_origin(annotation), typing.get_args(annotation), size)


def _spelled(text: str, size: Size) -> Kind | None:
    """The kind that a string spells, also in quotes of its own, None where it spells none."""
    try:
        return parse_kind(text.strip().strip("\"'"), size)
    except ArgumentError:
        return None


def _generic_kind(origin: Any, args: tuple[Any, ...], size: Size) -> Kind | None:
    """``tuple[float, int]``, ``list[float]``, ``np.ndarray[tuple[int, int], np.dtype[np.float64]]``."""
    if origin is tuple and args and Ellipsis not in args:
        kinds = [annotated_kind(a, size) for a in args]
        return None if None in kinds else ("tuple", tuple(kinds))
    if origin is list and args:
        kind = annotated_kind(args[0], size)
        return None if kind is None else ("elements", kind)
    if origin is np.ndarray:
        dtype, shape = _dtype_of(args), typing.get_args(args[0])
        if dtype is not None and Ellipsis not in shape and typing.get_origin(args[0]) is tuple:
            return ("array", dtype, tuple(size(f"n{k}") for k in range(len(shape))))
    if origin is typing.Literal and len(args) == 1 and isinstance(args[0], str | bool):
        return ("static", args[0])
    return None


def _dtype_of(args: tuple[Any, ...]) -> str | None:
    """The dtype in the arguments of ``np.ndarray[shape, np.dtype[...]]``."""
    scalar = (*typing.get_args(args[1]), None)[0] if len(args) == 2 else None
    return np.dtype(scalar).name if scalar in _CONCRETE else None


def _struct_kind(cls: type, size: Size) -> Kind | None:
    """A named tuple or dataclass whose fields all are annotated, or have defaults of inactive kinds."""
    hints = {n: a for c in reversed(cls.__mro__) for n, a in annotations_of(c).items()}
    defaults: dict[str, Any] = getattr(cls, "_field_defaults", {})
    if not is_named_tuple(cls):
        defaults = {f.name: f.default for f in dataclasses.fields(cls)}
    kinds = []
    for name in fields_of(cls):
        kind = annotated_kind(hints.get(name, ""), size)
        default = defaults.get(name, dataclasses.MISSING)
        if isinstance(default, str | bool) or (kind is None and default is not dataclasses.MISSING):
            kind = kind_of(default)
        if kind is None:
            return None
        kinds.append((name, kind))
    return ("struct", cls, tuple(kinds))


# ---- jaxtyping


def _is_jaxtyping(annotation: Any) -> bool:
    return isinstance(annotation, type) and all(
        hasattr(annotation, name) for name in ("dim_str", "dims", "dtypes", "array_type")
    )


def _jaxtyping_kind(annotation: Any, size: Size) -> Kind | None:
    """``Float[np.ndarray, "n m"]``: float64, if nothing narrower is asked for."""
    if annotation.array_type is not np.ndarray or not isinstance(annotation.dtypes, tuple | list):
        return None
    dtype = next((name for name in _PREFERRED if name in annotation.dtypes), None)
    sizes = [part.lstrip("#?").rpartition("=")[2] for part in annotation.dim_str.split()]
    if dtype is None or any(part.startswith(("*", "...")) for part in sizes):
        return None
    return ("array", dtype, tuple(map(size, sizes)))


# ---- what an annotation leaves open


def left_open(annotation: Any) -> str:
    """What an annotation that decides no kind does not tell, for messages."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is np.ndarray or (origin is np.ndarray and _dtype_of(args) is None):
        return "does not tell the dtype and the number of dimensions"
    if origin is np.ndarray or _is_jaxtyping(annotation):
        return "does not tell the number of dimensions"
    return "does not tell the kind"


def shown(annotation: Any) -> str:
    """An annotation as it may have been written."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is np.ndarray and len(args) == 2 and args[0] == _ANY_SHAPE:
        (scalar,) = typing.get_args(args[1]) or (Any,)
        return f"NDArray[{shown(scalar)}]"
    if isinstance(annotation, type) and origin is None:
        module = {"builtins": "", "numpy": "np."}.get(annotation.__module__, f"{annotation.__module__}.")
        return f"{module}{annotation.__qualname__}"
    return str(annotation)


__all__ = ["annotated_kind", "annotations_of", "left_open", "shown"]
