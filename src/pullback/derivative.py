"""What is made of a function, as an object that compiles for each kind of arguments of its calls."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from pullback.asked import refuse_without_gradient
from pullback.dispatch import (
    MISS,
    Cache,
    Program,
    Specialisation,
    compile_program,
    kept_on,
    needs_kinds,
)
from pullback.errors import ArgumentError
from pullback.frontend import derivatives
from pullback.frontend.annotations import annotated_kind, annotations_of
from pullback.frontend.bound import named_of, object_of, shifted, title, unbound
from pullback.frontend.carried import pickled_by_value, texts_of
from pullback.frontend.frame import Frame
from pullback.frontend.kinds import Kind, kind_of
from pullback.frontend.parameters import Parameters
from pullback.frontend.source import carry
from pullback.frontend.spelling import spelled
from pullback.frontend.values import Derived, Static, Value
from pullback.inspected import Inspected
from pullback.pipeline import Options
from pullback.switches import HOLDERS, watching

Argnums = int | str | tuple[int | str, ...]


class Transformed(Inspected):
    """What is made of a function, compiled at the first call for each kind of arguments.

    It is called as the function is, and has its name, docstring and signature; `primal` is the
    function. It can be pickled if the function can.
    """

    def __init__(
        self, function: Callable[..., Any], mode: str, argnums: Any, options: Options,
        has_aux: bool = False, holomorphic: bool = False,
    ) -> None:  # fmt: skip
        functools.update_wrapper(self, function)  # type: ignore[arg-type]
        self.primal = function
        self.mode = mode
        self.argnums = argnums
        self.has_aux = has_aux
        self.holomorphic = holomorphic
        self._options = options
        self._given = object_of(innermost(function))
        self._named = named_of(innermost(function))
        self._function = unbound(innermost(function))
        self._parameters = Parameters(self._function)
        self._cache = Cache(self._specialise, kept_on(self._function, self._chain(), dict))
        # What runs a call like the last one, if that had positional arguments only.
        self._enter: Callable[[Sequence[Any]], Any] = _no_entry
        self._watched: Self | None = None
        HOLDERS.add(self)

    def _chain(self) -> tuple[Any, ...]:
        """What makes derivatives of one function equal, outermost first."""
        return self._options, *self._asked()

    def _asked(self) -> tuple[Any, ...]:
        """What is asked of the function, with whatever options, and of which it is a derivative."""
        count, snapshots = len(self._given), self._options.checkpoint
        own = (self.mode, self.argnums, self.has_aux, self.holomorphic, count, snapshots)
        return own, *chain_of(self.primal)

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Names and values of the arguments of a call, and how many are positional."""
        return self._parameters.bind((*self._given, *args), {**self._named, **kwargs})

    def forget_entry(self) -> None:
        """At the next call, ask again how it is run."""
        self._enter = _no_entry

    def _watching(self) -> Self:
        """The same derivative with all its values looked at."""
        if self._watched is None:
            options = replace(self._options, debug_nans=True, backend="numpy")
            self._watched = type(self)(
                self.primal, self.mode, self.argnums, options, self.has_aux, self.holomorphic
            )
        return self._watched

    def _specialise(self, key: tuple[tuple[str, ...], int], kinds: Sequence[Kind]) -> Specialisation:
        """Compile for a tuple of names, so many of them positional, and kinds."""
        raise NotImplementedError

    def _check_chosen(self, names: Sequence[str], kinds: Sequence[Kind]) -> None:
        """Refuse argnums that name no argument, or one that can have no gradient."""
        for told in self.argnums if isinstance(self.argnums, tuple) else (self.argnums,):
            place = self._place(names, told)
            refuse_without_gradient(names[place], kinds[place])

    def _place(self, names: Sequence[str], told: int | str) -> int:
        """The place among the arguments of one that ``argnums`` tells."""
        count = len(self._given)
        chosen = shifted(told, count)
        place = names.index(chosen) if chosen in names else chosen
        if not isinstance(place, int) or not -len(names) <= place < len(names):
            function = getattr(self.primal, "__name__", "the function")
            there = ", ".join(names[count:]) or "none"
            raise ArgumentError(f"{function} has no argument {told!r}: it has {there}")
        return place % len(names)

    def compile(self, kinds: Sequence[Kind], keywords: Mapping[str, Kind] | None = None) -> Self:
        """Compile for arguments of these kinds, without a call; ``source`` is then there."""
        kinds = [*map(kind_of, self._given), *kinds]
        held = {name: kind_of(v) for name, v in self._named.items()}
        names, every, positional = self._parameters.bind_kinds(kinds, {**held, **(keywords or {})})
        self._cache.last = self._cache.compile((names, positional), every, names)
        self._enter = _no_entry
        return self

    def _compiled(self) -> Specialisation:
        if self._cache.last is None:
            bound = self._annotated()
            self.compile(bound.args[len(self._given) :], bound.kwargs)
        assert self._cache.last is not None
        return self._cache.last

    def _annotated(self) -> inspect.BoundArguments:
        """The kinds that annotations tell; defaults tell theirs."""
        signature = self._parameters.signature
        bound = signature.bind_partial(*map(kind_of, self._given))
        name = getattr(self.primal, "__name__", "the function")
        hints = annotations_of(self._function)
        for p in list(signature.parameters.values())[len(self._given) :]:
            if p.name in self._named:
                continue
            kind = annotated_kind(hints[p.name]) if p.name in hints else None
            if kind is None and p.default is not p.empty:
                kind = kind_of(p.default)
            if kind is None:
                raise needs_kinds(name, p.name, hints.get(p.name, p.empty))
            bound.arguments[p.name] = kind
        return bound

    @property
    def sources(self) -> list[str]:
        """The code of all signatures compiled so far, in order; `signatures` tells which they are."""
        return [s.emitted.text for s in self._cache.every()]

    @property
    def signatures(self) -> list[str]:
        """The kinds of the arguments that each of `sources` is for."""
        return [f"({', '.join(map(spelled, s.kinds))})" for s in self._cache.every()]

    def why_recompiled(self) -> str:
        """Why the newest specialisation was needed beside, or in place of, those before it.

        Either which argument was of a new kind, or what of the outside (a global, a default, the code
        of a function) had changed; empty if there was only one compilation.
        """
        return self._cache.reason

    def __reduce__(self) -> Any:
        asked = self.mode, self.argnums, self._options, self.has_aux, self.holomorphic
        return reduced(self, self._function, _restored, *asked)

    def __repr__(self) -> str:
        return f"<{self.mode} of {getattr(self, '__qualname__', self.primal)}>"


class Derivative(Transformed):
    """A derivative of a function, compiled at the first call for each kind of arguments.

    It is called as the function is, and has its name, docstring and signature; `primal` is the
    function. It can be pickled if the function can. A notebook shows it beside the function.
    """

    def __pullback_derived__(self) -> Derived:
        """What the front end sees when it meets this object in code that it lowers."""
        return _derived(self, Static(self.primal), self.argnums)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        args = (*self._given, *args)
        kwargs = {**self._named, **kwargs}
        if not kwargs and (result := self._enter(args)) is not MISS:
            return result
        if watching() and not self._options.debug_nans:
            return self._watching()(*args[len(self._given) :], **kwargs)
        names, values, positional = self._parameters.bind(args, kwargs)
        plain = positional == len(names)
        if plain and (result := self._enter(values)) is not MISS:
            return result
        found, outside = self._cache.find((names, positional), values, names)
        self._enter = found.enter if plain else _no_entry
        return found(values, outside)

    def _specialise(self, key: tuple[tuple[str, ...], int], kinds: Sequence[Kind]) -> Specialisation:
        __tracebackhide__ = True
        names, positional = key
        self._check_chosen(names, kinds)

        def apply(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
            keywords = dict(zip(names[positional:], values[positional:], strict=True))
            return derivatives.call_derived(frame, node, free(self), values[:positional], keywords)

        name = clean(f"{title(self.primal)}_{self.mode}")
        count = len(self._given)

        def primal(args: Sequence[Any]) -> Any:
            by_name = dict(zip(names[positional:], args[positional:], strict=True))
            return self.primal(*args[count:positional], **by_name)

        program = Program(self._function, names, name, apply, (self._asked(), positional), primal)
        return compile_program(program, kinds, self._options)


def _no_entry(args: Sequence[Any]) -> Any:
    """The way in where there was no call yet."""
    return MISS


def _restored(
    cls: type[Transformed], function: Any, mode: str, argnums: Any, options: Options, has_aux: bool,
    holomorphic: bool, texts: Sequence[tuple[str, str]],
) -> Transformed:  # fmt: skip
    """One as it arrives in a pickle."""
    carry(texts)
    return cls(function, mode, argnums, options, has_aux, holomorphic)


def reduced(made: Any, function: Any, restore: Callable[..., Any], *asked: Any) -> Any:
    """How what was made of a function is pickled: by the name that it took over, else as the function,
    with source texts where that goes by value."""
    name = getattr(made, "__qualname__", "")
    decorated = _named(made.__module__, name) is made
    if decorated and made.__module__ != "__main__" and not pickled_by_value(made.__module__):
        return name
    if decorated:
        # An import finds the function through this object, which took over its name.
        made.primal.__qualname__ = f"{name}.primal"
    return restore, (type(made), made.primal, *asked, texts_of(function))


def _named(module: str, name: str) -> Any:
    """What an import finds under a dotted name, None if nothing."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def clean(name: str) -> str:
    return name if name.isidentifier() else name.replace("<lambda>", "lambda_")


def free(function: Any) -> Any:
    """What the front end sees of a function that is called with the object it is bound to in front."""
    if not isinstance(function, Derivative):
        return Static(unbound(function))
    argnums = shifted(function.argnums, len(function._given))
    inner = free(function.primal)
    return _derived(function, inner, argnums)


def _derived(made: Derivative, function: Value, argnums: Any) -> Derived:
    return Derived(
        made.mode, function, argnums, made.has_aux, made.holomorphic, made._options.checkpoint
    )


def innermost(function: Any) -> Any:
    """The Python function, or bound method, that a derivative of a derivative starts from."""
    while isinstance(function, Derivative):
        function = function.primal
    return function


def chain_of(function: Any) -> tuple[Any, ...]:
    """The derivatives that a function is of its innermost one, outermost first."""
    return function._chain() if isinstance(function, Derivative) else ()
