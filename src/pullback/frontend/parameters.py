"""How the arguments of a call are bound to the parameters of a function, without compiling anything."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from pullback.frontend.kinds import Kind


class Parameters:
    """How a function binds the arguments of a call, as its code and defaults are at the time."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self._code: Any = None
        self._defaults: Any = None

    @property
    def signature(self) -> inspect.Signature:
        """The signature as it is now; what a wrapper claims to wrap is not looked at."""
        function = self.function
        known = function.__code__ is self._code and function.__defaults__ is self._defaults
        if not known or function.__kwdefaults__ is not None:
            code, defaults = function.__code__, function.__defaults__
            signature = inspect.signature(function, follow_wrapped=False)
            kinds = [p.kind for p in signature.parameters.values()]
            plain = all(k is inspect.Parameter.POSITIONAL_OR_KEYWORD for k in kinds)
            self._plain = tuple(signature.parameters) if plain else None
            self._signature = signature
            # Last, for another thread believes what is there once these are known.
            self._defaults, self._code = defaults, code
        return self._signature

    def bind(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[str, ...], Sequence[Any], int]:
        """Names and values of all arguments with defaults, and how many are positional."""
        signature = self.signature
        if not kwargs and self._plain is not None:
            missing = len(self._plain) - len(args)
            defaults = self.function.__defaults__ or ()
            if 0 <= missing <= len(defaults):
                args = (*args, *defaults[len(defaults) - missing :])
                return self._plain, args, len(args)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return _names(signature, bound), [*bound.args, *bound.kwargs.values()], len(bound.args)

    def bind_kinds(
        self, kinds: Sequence[Kind], keywords: Mapping[str, Kind]
    ) -> tuple[tuple[str, ...], Sequence[Kind], int]:
        """The same for kinds, without defaults."""
        bound = self.signature.bind_partial(*kinds, **keywords)
        names = _names(self.signature, bound)
        return names, [*bound.args, *bound.kwargs.values()], len(bound.args)


def _names(signature: inspect.Signature, bound: inspect.BoundArguments) -> tuple[str, ...]:
    """Names of the arguments of a call, numbered where ``*args`` takes them; keywords come last."""
    names: list[str] = []
    for p in signature.parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}_{k}" for k in range(len(bound.arguments.get(p.name, ())))]
        elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            names.append(p.name)
    return (*names[: len(bound.args)], *bound.kwargs)
