"""Kinds that are written down: on the command line, as annotations, and in messages."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable
from typing import Any

from pullback.errors import ArgumentError
from pullback.frontend.kinds import Kind
from pullback.tree import fields_of

_SHORT = {"f64": "float64", "f32": "float32", "i64": "int64", "i32": "int32", "bool": "bool"}


def is_one(size: str) -> bool:
    """What a kind says of a size."""
    return size == "1"


Size = Callable[[str], Any]


def parse_kind(text: str, size: Size = is_one) -> Kind:
    """The kind spelled ``float``, ``f64``, ``f64[n,3]``, ``(float, f64[n])`` or ``list[float]``.

    ``size`` gives what stands in it for each size as written.
    """
    text = text.strip()
    if text in ("float", "int", "bool"):
        return text
    if text in _SHORT:
        return ("np", _SHORT[text])
    if match := re.fullmatch(r"(\w+)\[(.*)\]", text):
        return _bracketed(match[1], match[2], text, size)
    if text.startswith("(") and text.endswith(")"):
        return ("tuple", tuple(parse_kind(part, size) for part in _split_top(text[1:-1])))
    raise ArgumentError(
        f"cannot read the kind {text!r}: write float, int, bool, f64[n,3] or (float, f64[n])"
    )


def _bracketed(head: str, inner: str, text: str, size: Size) -> Kind:
    if head == "list":
        return ("elements", parse_kind(inner, size))
    if head == "tuple":
        return ("tuple", tuple(parse_kind(part, size) for part in _split_top(inner)))
    if head not in _SHORT:
        raise ArgumentError(f"unknown element type {head!r} in {text!r}: use {', '.join(_SHORT)}")
    sizes = [part.strip() for part in inner.split(",") if part.strip()]
    return ("array", _SHORT[head], tuple(map(size, sizes)))


def _split_top(text: str) -> list[str]:
    """The parts between commas outside all brackets."""
    parts, depth = [""], 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part.strip()]


def spelled(kind: Kind) -> str:
    """A kind as ``--arg`` takes it, as far as it can be written there."""
    match kind:
        case ("array", dtype, ones):
            return f"{_short(dtype)}[{', '.join('1' if one else ':' for one in ones)}]"
        case ("np", dtype):
            return _short(dtype)
        case ("elements", inner):
            return f"list[{spelled(inner)}]"
        case ("dict", items):
            return "{" + ", ".join(f"{key!r}: {spelled(item)}" for key, item in items) + "}"
        case ("struct", cls, tuple(kinds)):
            pairs = zip(fields_of(cls), kinds, strict=True)
            return f"{cls.__name__}({', '.join(f'{n}: {spelled(k)}' for n, k in pairs)})"
        case ("static", value):
            return str(getattr(value, "__name__", repr(value)))
        case ("list", tuple(kinds)):
            return f"[{', '.join(map(spelled, kinds))}]"
        case ("tuple", tuple(kinds)) | tuple(kinds):
            return f"({', '.join(map(spelled, kinds))})"
    return str(kind)


def _short(dtype: str) -> str:
    return re.sub(r"^(float|int)(?=\d)", lambda found: found[0][0], dtype)


def annotated_kind(annotation: Any, size: Size = is_one) -> Kind | None:
    """The kind that an annotation spells, None where it does not decide one."""
    if isinstance(annotation, str):
        return _spelled(annotation, size)
    if annotation in (float, int, bool):
        return annotation.__name__
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is tuple and args and Ellipsis not in args:
        kinds = [annotated_kind(a, size) for a in args]
        return None if None in kinds else ("tuple", tuple(kinds))
    if origin is list and args:
        kind = annotated_kind(args[0], size)
        return None if kind is None else ("elements", kind)
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, str) and (kind := _spelled(extra, size)) is not None:
            return kind
    return None


def _spelled(text: str, size: Size) -> Kind | None:
    """The kind that a string spells, also in quotes of its own, None where it spells none."""
    try:
        return parse_kind(text.strip().strip("\"'"), size)
    except ArgumentError:
        return None


__all__ = ["annotated_kind", "parse_kind", "spelled"]
