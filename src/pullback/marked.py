"""Functions that are marked, by identity: what a decorator copies of a function does not copy a mark."""

from __future__ import annotations

from types import FunctionType
from typing import Any
from weakref import WeakSet

# What ``checkpoint`` made: regions that the reverse sweep runs again.
CHECKPOINTED: WeakSet[FunctionType] = WeakSet()


def is_checkpointed(function: Any) -> bool:
    """Whether a call of a function is one of a region that is run again."""
    return isinstance(function, FunctionType) and function in CHECKPOINTED


__all__ = ["CHECKPOINTED", "is_checkpointed"]
