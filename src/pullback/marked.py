"""Functions that are marked, by identity: what a decorator copies of a function does not copy a mark."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

# What ``checkpoint`` made: regions that the reverse sweep runs again.
CHECKPOINTED: WeakSet[FunctionType] = WeakSet()


@dataclass(eq=False)
class Ruled:
    """A function with a rule of the user's, and the ``form`` of that: "vjp", "jvp", "partials" or
    "composite", of which the last two are written as ones by tangents."""

    function: Any
    form: str = ""
    rule: Any = None

    @property
    def mode(self) -> str:
        """Whether the rule takes a cotangent or tangents."""
        return self.form if self.form in ("", "vjp") else "jvp"


# The primitives that are registered for functions, by these: another dict after each change.
REGISTERED = "registered primitives"
REGISTRY: dict[str, dict[Any, Any]] = {REGISTERED: {}}
# What ``custom_vjp`` and ``custom_jvp`` made.
RULED: WeakKeyDictionary[FunctionType, Ruled] = WeakKeyDictionary()
# What the user wrote, by the rule that was made of it.
WRITTEN: WeakKeyDictionary[FunctionType, FunctionType] = WeakKeyDictionary()


def is_checkpointed(function: Any) -> bool:
    """Whether a call of a function is one of a region that is run again."""
    return isinstance(function, FunctionType) and function in CHECKPOINTED


def twin(function: FunctionType) -> FunctionType:
    """Another function of the same code, to be marked."""
    new = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__,
        function.__closure__,
    )  # fmt: skip
    new.__kwdefaults__ = function.__kwdefaults__
    functools.update_wrapper(new, function)
    del new.__wrapped__  # type: ignore[attr-defined]
    return new


__all__ = [
    "CHECKPOINTED", "REGISTERED", "REGISTRY", "RULED", "WRITTEN", "Ruled", "is_checkpointed", "twin",
]  # fmt: skip
