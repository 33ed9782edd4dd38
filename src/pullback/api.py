"""The public transforms: grad, value_and_grad, jvp and vjp of plain Python functions."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from pullback import tree
from pullback.asked import named_arguments, no_function, pass_names, refuse_without_gradient
from pullback.backend.numpy_ import Emitted
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
from pullback.forward import as_tangent, moved_int
from pullback.frontend import calls, derivatives, targets
from pullback.frontend.annotations import annotated_kind, annotations_of
from pullback.frontend.bound import as_method, named_of, object_of, shifted, title, unbound
from pullback.frontend.carried import pickled_by_value, texts_of
from pullback.frontend.frame import Frame
from pullback.frontend.kinds import Kind, kind_of
from pullback.frontend.parameters import Parameters
from pullback.frontend.source import carry
from pullback.frontend.spelling import spelled
from pullback.frontend.values import Derived, Static, Tup, Value
from pullback.hooks import Shown
from pullback.ir.core import Func
from pullback.ir.text import from_text
from pullback.pipeline import BACKENDS, SWITCHES, Options, Stages
from pullback.reverse import compile_pullback
from pullback.switches import HOLDERS, watching

Argnums = int | str | tuple[int | str, ...]


class Derivative(Shown):
    """A derivative of a function, compiled at the first call for each kind of arguments.

    It is called as the function is, and has its name, docstring and signature; `primal` is the
    function. It can be pickled if the function can. A notebook shows it beside the function.
    """

    def __init__(
        self, function: Callable[..., Any], mode: str, argnums: Argnums, options: Options,
        has_aux: bool = False, holomorphic: bool = False,
    ) -> None:  # fmt: skip
        functools.update_wrapper(self, function)
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
        self._watched: Derivative | None = None
        HOLDERS.add(self)

    def __pullback_derived__(self) -> Derived:
        """What the front end sees when it meets this object in code that it lowers."""
        return Derived(self.mode, Static(self.primal), self.argnums, self.has_aux, self.holomorphic)

    def _chain(self) -> tuple[Any, ...]:
        """What makes derivatives of one function equal, outermost first."""
        count = len(self._given)
        own = (self.mode, self.argnums, self._options, self.has_aux, self.holomorphic, count)
        return own, *_chain_of(self.primal)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
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

    def forget_entry(self) -> None:
        """At the next call, ask again how it is run."""
        self._enter = _no_entry

    def _watching(self) -> Derivative:
        """The same derivative with all its values looked at."""
        if self._watched is None:
            options = replace(self._options, debug_nans=True, backend="numpy")
            self._watched = Derivative(
                self.primal, self.mode, self.argnums, options, self.has_aux, self.holomorphic
            )
        return self._watched

    def _specialise(self, key: tuple[tuple[str, ...], int], kinds: Sequence[Kind]) -> Specialisation:
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

        program = Program(self._function, names, name, apply, primal)
        return compile_program(program, kinds, self._options)

    def _check_chosen(self, names: Sequence[str], kinds: Sequence[Kind]) -> None:
        """Refuse argnums that name no argument, or one that can have no gradient."""
        function = getattr(self.primal, "__name__", "the function")
        count = len(self._given)
        for told in self.argnums if isinstance(self.argnums, tuple) else (self.argnums,):
            chosen = shifted(told, count)
            place = names.index(chosen) if chosen in names else chosen
            if not isinstance(place, int) or not -len(names) <= place < len(names):
                there = ", ".join(names[count:])
                raise ArgumentError(f"{function} has no argument {told!r}: it has {there}")
            refuse_without_gradient(names[place], kinds[place])

    def compile(self, kinds: Sequence[Kind], keywords: Mapping[str, Kind] | None = None) -> Derivative:
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
    def emitted(self) -> Emitted:
        """The code that the last call ran, with the user's places that its lines stand for."""
        found: Emitted = self._compiled().emitted
        return found

    @property
    def source(self) -> str:
        """The code that the last call ran.

        Before the first call it is compiled for the kinds that annotations and defaults tell.
        Raises `ArgumentError` where they do not.
        """
        return self.emitted.text

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

    def ir(self, stage: str = "optimised", *, after: str | None = None, round: int | None = None) -> str:
        """The intermediate form after a named phase, as text.

        The phases are "lowered" (the function as read), "vjp" (with its derivative), "optimised"
        (after all passes) and "owned" (with the copies that writes in place need). `after` names a
        pass instead, as `without` does: the form is that behind its last run, or behind the one in
        `round`, from 1. Nothing is recorded while compiling: the first question is
        answered by compiling once more. Raises `ArgumentError` for another name.
        """
        stages: Stages = self._compiled().stages
        if after is not None:
            return _after(stages, after, round)
        if stage not in stages.texts:
            raise ArgumentError(f"no stage {stage!r}: there are {', '.join(stages.texts)}")
        return stages.texts[stage]

    def ir_changes(self) -> str:
        """What each pass removed, added and moved in the IR, pass by pass."""
        stages: Stages = self._compiled().stages
        return stages.changes()

    def func(
        self, stage: str = "optimised", *, after: str | None = None, round: int | None = None
    ) -> Func:
        """What `ir` gives as text, as an object, which notebooks show in colours."""
        return from_text(self.ir(stage, after=after, round=round))

    def __reduce__(self) -> Any:
        """Pickled as its function, with source texts where the function goes by value."""
        name = getattr(self, "__qualname__", "")
        decorated = _named(self.__module__, name) is self
        if decorated and self.__module__ != "__main__" and not pickled_by_value(self.__module__):
            return name
        if decorated:
            # An import finds the function through this object, which took over its name.
            self.primal.__qualname__ = f"{name}.primal"
        texts = texts_of(self._function)
        return _restored, (
            self.primal, self.mode, self.argnums, self._options, self.has_aux, self.holomorphic, texts,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<{self.mode} of {getattr(self, '__qualname__', self.primal)}>"


def _after(stages: Stages, name: str, round: int | None) -> str:
    if name not in SWITCHES:
        raise ArgumentError(f"no pass {name!r}: there are {', '.join(SWITCHES)}")
    text = stages.after(name, round)
    if text is None:
        when = "" if round is None else f" in round {round}"
        raise ArgumentError(f"pass {name!r} did not run{when}: optimize, without and round decide")
    return text


def _no_entry(args: Sequence[Any]) -> Any:
    """The way in where there was no call yet."""
    return MISS


def _restored(
    function: Any, mode: str, argnums: Argnums, options: Options, has_aux: bool, holomorphic: bool,
    texts: Sequence[tuple[str, str]],
) -> Derivative:  # fmt: skip
    """A derivative as it arrives in a pickle."""
    carry(texts)
    return Derivative(function, mode, argnums, options, has_aux, holomorphic)


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
    return Derived(function.mode, inner, argnums, function.has_aux, function.holomorphic)


def innermost(function: Any) -> Any:
    """The Python function, or bound method, that a derivative of a derivative starts from."""
    while isinstance(function, Derivative):
        function = function.primal
    return function


def _chain_of(function: Any) -> tuple[Any, ...]:
    """The derivatives that a function is of its innermost one, outermost first."""
    return function._chain() if isinstance(function, Derivative) else ()


def _kept(
    function: Any, made_by: Hashable, compile: Callable[[Any, Sequence[Kind]], Specialisation]
) -> Cache:
    """The specialisations of jvp or vjp, kept on the innermost function: equal derivatives of it share
    them, so that ``jvp(grad(f), ..)`` in a loop compiles once."""
    key = (made_by, _chain_of(function))
    return kept_on(unbound(innermost(function)), key, lambda: Cache(compile))


def _check_function(function: Any) -> None:
    inner = unbound(innermost(function))
    if not isinstance(inner, FunctionType):
        raise no_function(function)


def transform(
    function: Callable[..., Any] | None, mode: str, argnums: Argnums, options: Options, has_aux: bool,
    holomorphic: bool = False,
) -> Any:  # fmt: skip
    """A derivative of a function; without one, a decorator that makes it."""
    named = argnums if isinstance(argnums, tuple) else (argnums,)
    if not named or not all(type(a) in (int, str) for a in named):
        raise ArgumentError("argnums must be an int, a name, or a tuple of them")
    if function is None:
        return lambda f: transform(f, mode, argnums, options, has_aux, holomorphic)
    function = as_method(function)
    _check_function(function)
    return Derivative(function, mode, argnums, options, bool(has_aux), bool(holomorphic))


def options_of(
    optimize: int = 2, without: Sequence[str] = (), backend: str = "numpy", fast: bool = False,
    debug_nans: bool = False,
) -> Options:  # fmt: skip
    """The options of a derivative; raises `ArgumentError` for what there is not."""
    if optimize not in (0, 1, 2):
        raise ArgumentError(f"optimize is 0, 1 or 2, not {optimize!r}")
    if backend not in BACKENDS:
        raise ArgumentError(f"no backend {backend!r}: there are {', '.join(BACKENDS)}")
    without = pass_names(without)
    for name in without:
        if name not in SWITCHES:
            raise ArgumentError(f"no pass {name!r}: there are {', '.join(SWITCHES)}")
    if debug_nans and backend != "numpy":
        raise ArgumentError(f"debug_nans is not for backend={backend!r}: leave the backend out")
    return Options(
        optimize, frozenset(without), backend=backend, fast=bool(fast), debug_nans=bool(debug_nans)
    )


def grad(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, has_aux: bool = False,
    holomorphic: bool = False, optimize: int = 2, without: Sequence[str] = (), backend: str = "numpy",
    fast: bool = False, debug_nans: bool = False,
) -> Any:  # fmt: skip
    """The gradient of a function with a real result of size 1, as a function of the same arguments.

    `argnums` says what to differentiate with respect to: the position of an argument, its name, or
    a tuple of them, and then the gradient is a tuple. Arguments are floats, ints, bools, strings,
    plain NumPy arrays, and containers of these.

    A gradient has the shape, the dtype and the container of its argument: `float32` gives
    `float32`, a Python float a Python float, a dict a dict. An int that `argnums` names is taken as
    a float; ints and bools inside containers have 0 there. Results share no memory with arguments,
    and arguments are not changed.

    With `has_aux` the function returns a pair `(value, aux)`, where `aux` is any container of arrays,
    numbers, strings and None, and the result is `(gradient, aux)`, in which arrays are copies.

    Of complex arguments `z = x + iy` the gradient is `df/dx - i df/dy`, and the result must be real.
    With `holomorphic` both are complex, the function is holomorphic, and this is its derivative.

    `optimize` is 0 (only what right code needs), 1 (drop what is not used) or 2 (all), and
    `without` names passes to leave out. `backend="numba"` has Numba compile the derivative, for
    functions that spend their time in loops over numbers. `fast=True` allows rewrites that change
    rounding, also of the function's own value, and rewrites that suppose finite values: `x - x`
    becomes 0, `log(exp(x))` becomes `x`. `debug_nans=True` raises a `FloatingPointError` at the first
    value or adjoint that is nan or turns infinite (see `debug_nans`). Works as a decorator, with or
    without arguments.

    Nothing is compiled before the first call; each new kind of arguments (dtypes, numbers of
    dimensions, sizes that are 1) is compiled once. So make a derivative once, and call it often.

    Raises `SourceError` at the first call, for code that cannot be differentiated, and
    `ArgumentError` for arguments that are not supported or have no gradient and for a result that
    is not of size 1. What the function raises when it runs, its derivative raises.
    """
    options = options_of(optimize, without, backend, fast, debug_nans)
    return transform(function, "grad", argnums, options, has_aux, holomorphic)


def value_and_grad(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, has_aux: bool = False,
    holomorphic: bool = False, optimize: int = 2, without: Sequence[str] = (), backend: str = "numpy",
    fast: bool = False, debug_nans: bool = False,
) -> Any:  # fmt: skip
    """Like `grad`, for the pair of the function's value and its gradient.

    The value is the same, bit for bit, as that of the function (with `backend="numba"` and with
    `fast=True` to a few roundings). `scipy.optimize.minimize` takes this pair with `jac=True`.

    With `has_aux` it gives `((value, aux), gradient)`.
    """
    options = options_of(optimize, without, backend, fast, debug_nans)
    return transform(function, "value_and_grad", argnums, options, has_aux, holomorphic)


def jvp(
    function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], *,
    keywords: Mapping[str, Any] | None = None, has_aux: bool = False, optimize: int = 2,
    fast: bool = False, debug_nans: bool = False,
) -> Any:  # fmt: skip
    """The value of a function and its derivative in the direction `tangents`, by forward mode.

    `primals` is a tuple of the arguments. `tangents` has its form and shapes, and is converted to
    its dtypes; it has 0 for ints. The function may have any result, also a tuple, list or dict, and
    the derivative has the form, the shapes and the dtypes of it. `keywords` are arguments by name,
    which are held fixed. `optimize`, `fast` and `debug_nans` are those of `grad`.

    With `has_aux` the function returns a pair `(value, aux)`, as for `grad`, and the result is
    `(value, derivative, aux)`.

    Raises `SourceError` for code that cannot be differentiated, and `ArgumentError` for arguments
    that are not supported or tangents of another form or shape.
    """
    function = as_method(function)
    _check_function(function)
    if not (isinstance(primals, tuple | list) and isinstance(tangents, tuple | list)):
        raise ArgumentError("jvp takes tuples of primals and of tangents: write jvp(f, (x,), (v,))")
    primals, tangents = tuple(primals), tuple(tangents)
    given = object_of(innermost(function))
    if not tree.same_form(primals, tangents):
        raise ArgumentError("the tangents given to jvp do not have the form of the primals")
    primals = tuple(map(moved_int, primals, tangents))
    tangents = tree.mapped(as_tangent, tangents, primals)

    by_name = {**named_of(innermost(function)), **named_arguments(keywords)}
    options = options_of(optimize, fast=fast, debug_nans=debug_nans or watching())

    def program() -> Program:
        count = len(given) + len(primals)
        return jvp_program(function, count, range(len(given), count), tuple(by_name), bool(has_aux))

    def compile(key: Any, kinds: Sequence[Kind]) -> Specialisation:
        return compile_program(program(), kinds, options)

    made_by = ("jvp", len(given), len(primals), tuple(by_name), bool(has_aux), options)
    cache = _kept(function, made_by, compile)
    return cache.run(None, (*given, *primals, *tangents, *by_name.values()), program().names)


def jvp_program(
    function: Callable[..., Any], count: int, wrt: Sequence[int], keywords: tuple[str, ...] = (),
    has_aux: bool = False,
) -> Program:  # fmt: skip
    """What ``jvp`` compiles: it takes ``count`` arguments, then tangents of those at places ``wrt``,

    and then arguments by name, which are held fixed.
    """
    inner = unbound(innermost(function))
    names = targets.parameter_names(Static(inner), count)
    every = (*names, *(f"{names[k]}_dot" for k in wrt), *keywords)
    first = count + len(wrt)

    def apply(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
        given = dict(zip(wrt, values[count:first], strict=True))
        tangents = Tup(tuple(given.get(k, Static(None)) for k in range(count)))
        args: list[Value] = [free(function), Tup(tuple(values[:count])), tangents]
        by_name = dict(zip(keywords, values[first:], strict=True))
        return derivatives.call_jvp(frame, node, args, by_name, has_aux)

    return Program(inner, every, clean(f"{title(function)}_jvp"), apply)


def vjp(
    function: Callable[..., Any], *primals: Any, keywords: Mapping[str, Any] | None = None,
    has_aux: bool = False, optimize: int = 2, fast: bool = False,
    debug_nans: bool = False,
) -> Any:  # fmt: skip
    """The value of a function, and its pullback: from cotangents of the value to the arguments'.

    The function may have any result, also a tuple, list or dict. The pullback takes a cotangent
    with the form and shapes of the value, and returns a tuple with one for each argument, of the
    shape and dtype of the argument (0 for ints, unless no argument is a float: then they are taken
    as floats). It may be called any number of times: what it saved shares no memory with the
    arguments or the value. `keywords` are arguments by name, which are held fixed. `optimize`, `fast`
    and `debug_nans` are those of `grad`.

    With `has_aux` the function returns a pair `(value, aux)`, as for `grad`, and the result is
    `(value, pullback, aux)`.

    Raises `SourceError` for code that cannot be differentiated, and `ArgumentError` for arguments
    that are not supported; the pullback raises it for a cotangent of another form or shape.
    """
    function = as_method(function)
    _check_function(function)
    active = float | complex | np.inexact | np.ndarray
    if not any(isinstance(leaf, active) for leaf in tree.leaves(primals)):
        primals = tuple(float(p) if type(p) is int else p for p in primals)
    given = object_of(innermost(function))
    by_name = {**named_of(innermost(function)), **named_arguments(keywords)}
    inner, count = unbound(innermost(function)), len(given) + len(primals)
    names = (*targets.parameter_names(Static(inner), count), *by_name)
    options = options_of(optimize, fast=fast, debug_nans=debug_nans or watching())

    def compile(key: Any, kinds: Sequence[Kind]) -> Specialisation:
        chosen = range(len(given), count)
        return compile_pullback(
            free(function), inner, names, kinds, options, title(function), chosen, count, has_aux
        )

    made_by = ("vjp", len(given), count, tuple(by_name), bool(has_aux), options)
    cache = _kept(function, made_by, compile)
    return cache.run(None, (*given, *primals, *by_name.values()), names)


calls.TRANSFORMS |= {grad: "grad", value_and_grad: "value_and_grad", jvp: "jvp"}
