"""``debug_nans`` for all derivatives at once: a switch that costs nothing while it is off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

# What enters here has a method ``forget_entry``: it goes the long way at its next call, and asks.
HOLDERS: WeakSet[Any] = WeakSet()
_on = int(os.environ.get("PULLBACK_DEBUG_NANS", "0") not in ("", "0"))


def watching() -> bool:
    """Whether all values are looked at."""
    return _on > 0


@contextmanager
def debug_nans() -> Iterator[None]:
    """Inside, all derivatives are run with `debug_nans=True`, also those that were made before.

    They raise a `FloatingPointError` at the first value, adjoint or tangent that is nan, or infinite
    while nothing is that it was computed from. The environment variable `PULLBACK_DEBUG_NANS=1` does
    the same for a whole process.
    """
    global _on
    _on += 1
    for holder in list(HOLDERS):
        holder.forget_entry()
    try:
        yield
    finally:
        _on -= 1


__all__ = ["HOLDERS", "debug_nans", "watching"]
