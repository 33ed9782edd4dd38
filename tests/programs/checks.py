"""Comparisons of trees of results, with messages that say what differs and how to run it again."""

from __future__ import annotations

from typing import Any

from pullback.testing.comparing import (
    close,
    difference,
    directions,
    fresh,
    identical,
    inner,
    is_active,
    is_single,
    leaves,
    like_argument,
    moved,
    normals,
    owned,
)

__all__ = [
    "close",
    "difference",
    "directions",
    "fresh",
    "identical",
    "inner",
    "is_active",
    "is_single",
    "leaves",
    "like_argument",
    "moved",
    "normals",
    "owned",
    "same_value",
]


def same_value(found: Any, expected: Any, program: Any) -> None:
    """A value of a program is that of the function, bit for bit. One that comes of derivatives inside of
    it is to a few roundings, for these are rearranged where they are compiled with the rest."""
    if program.of_derivatives:
        close(found, expected, f"the value of {program}", 1e-11)
    else:
        identical(found, expected, f"the value of {program}")
