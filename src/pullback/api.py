"""The public transforms: grad, value_and_grad, jvp and vjp of plain Python functions."""

from __future__ import annotations

import ast
import functools
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pullback import tree
from pullback.backend.numpy_ import Emitted
from pullback.dispatch import Cache, Program, needs_kinds
from pullback.errors import ArgumentError
from pullback.frontend import calls, derivatives, targets
from pullback.frontend.frame import Frame
from pullback.frontend.kinds import Kind, annotated_kind, kind_of
from pullback.frontend.values import Derived, Static, Tup, Value
from pullback.hooks import Shown
from pullback.ir.core import Func
from pullback.ir.text import from_text
from pullback.pipeline import BACKENDS, PASSES, Options
from pullback.reverse import Pullback, compile_pullback

Argnums = int | str | tuple[int | str, ...]


class Derivative(Shown):
    """A derivative of a function, compiled at the first call for each kind of arguments.

    It is called as the function is, and has its name, docstring and signature; `primal` is the
    function.
    """

    def __init__(
        self, function: Callable[..., Any], mode: str, argnums: Argnums, options: Options
    ) -> None:
        functools.update_wrapper(self, function)
        self.primal = function
        self.mode = mode
        self.argnums = argnums
        self._signature = inspect.signature(function)
        self._simple = [
            p.name for p in self._signature.parameters.values()
            if p.kind is p.POSITIONAL_OR_KEYWORD
        ]  # fmt: skip
        if len(self._simple) != len(self._signature.parameters):
            self._simple = []
        self._cache = Cache(options)

    def __pullback_derived__(self) -> tuple[str, Any, Argnums]:
        """What the front end sees when it meets this object in code that it lowers."""
        return self.mode, self.primal, self.argnums

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        names, values, positional = self._arguments(args, kwargs)
        found = self._cache.get(lambda: self._program(names, positional), (names, positional), values)
        return found(values)

    def _arguments(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[str, ...], Sequence[Any], int]:
        """Names and values of all arguments with defaults, and how many are positional."""
        if not kwargs and len(args) == len(self._simple):
            return tuple(self._simple), args, len(args)
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        names = _names(self._signature, bound)
        return names, [*bound.args, *bound.kwargs.values()], len(bound.args)

    def _program(self, names: Sequence[str], positional: int) -> Program:
        def apply(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
            derived = Derived(self.mode, Static(self.primal), self.argnums)
            keywords = dict(zip(names[positional:], values[positional:], strict=True))
            return derivatives.call_derived(frame, node, derived, values[:positional], keywords)

        name = f"{getattr(self.primal, '__name__', 'function')}_{self.mode}"
        return Program(innermost(self.primal), tuple(names), clean(name), apply)

    def compile(self, kinds: Sequence[Kind], keywords: Mapping[str, Kind] | None = None) -> Derivative:
        """Compile for arguments of these kinds, without a call; ``source`` is then there."""
        bound = self._signature.bind_partial(*kinds, **(keywords or {}))
        names = _names(self._signature, bound)
        program = functools.partial(self._program, names, len(bound.args))
        every = (*bound.args, *bound.kwargs.values())
        self._cache.last = self._cache.compile(program, (names, len(bound.args)), every)
        return self

    def _compiled(self) -> Any:
        if self._cache.last is None:
            bound = self._annotated()
            self.compile(bound.args, bound.kwargs)
        return self._cache.last

    def _annotated(self) -> inspect.BoundArguments:
        """The kinds that annotations tell; defaults tell theirs."""
        bound = self._signature.bind_partial()
        name = getattr(self.primal, "__name__", "the function")
        hints = _annotations(self.primal)
        for p in self._signature.parameters.values():
            kind = annotated_kind(hints[p.name]) if p.name in hints else None
            if kind is None and p.default is not p.empty:
                kind = kind_of(p.default)
            if kind is None:
                raise needs_kinds(name, p.name)
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
        """The code for all kinds of arguments compiled so far."""
        return [found.emitted.text for found in self._cache.found.values()]

    def ir(self, stage: str = "optimised") -> str:
        """The intermediate form after a named phase, as text.

        The phases are "lowered" (the function as read), "vjp" (with its derivative), "optimised"
        (after all passes) and "owned" (with the copies that writes in place need). Raises
        `ArgumentError` for another name.
        """
        texts: dict[str, str] = self._compiled().stages.texts
        if stage not in texts:
            raise ArgumentError(f"no stage {stage!r}: there are {', '.join(texts)}")
        return texts[stage]

    def func(self, stage: str = "optimised") -> Func:
        """The IR after a named phase as an object, which notebooks show in colours."""
        return from_text(self.ir(stage))

    def __repr__(self) -> str:
        return f"<{self.mode} of {getattr(self.primal, '__qualname__', self.primal)}>"


def _names(signature: inspect.Signature, bound: inspect.BoundArguments) -> tuple[str, ...]:
    """Names of the arguments of a call, numbered where ``*args`` takes them; keywords come last."""
    names: list[str] = []
    for p in signature.parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}_{k}" for k in range(len(bound.arguments.get(p.name, ())))]
        elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            names.append(p.name)
    return (*names[: len(bound.args)], *bound.kwargs)


def _annotations(function: Any) -> dict[str, Any]:
    """Annotations, those written as strings evaluated as far as they can be."""
    plain = innermost(function)
    try:
        return typing.get_type_hints(plain, include_extras=True)
    except Exception:  # a name that exists only for type checkers, a kind spelled as a string
        return dict(plain.__annotations__)


def clean(name: str) -> str:
    return name if name.isidentifier() else name.replace("<lambda>", "lambda_")


def innermost(function: Any) -> Any:
    """The Python function that a derivative of a derivative starts from."""
    while isinstance(function, Derivative):
        function = function.primal
    return function


def _check_function(function: Any) -> None:
    if not isinstance(innermost(function), type(_check_function)):
        raise ArgumentError(
            f"{function!r} is not a Python function: write one that takes what it needs as arguments"
        )


def _transform(
    function: Callable[..., Any] | None, mode: str, argnums: Argnums, options: Options
) -> Any:  # fmt: skip
    if not isinstance(argnums, int | str | tuple):
        raise ArgumentError("argnums must be an int, a name, or a tuple of them")
    if function is None:
        return lambda f: _transform(f, mode, argnums, options)
    _check_function(function)
    return Derivative(function, mode, argnums, options)


def _options(optimize: int, without: Sequence[str], backend: str) -> Options:
    if optimize not in (0, 1, 2):
        raise ArgumentError(f"optimize is 0, 1 or 2, not {optimize!r}")
    if backend not in BACKENDS:
        raise ArgumentError(f"no backend {backend!r}: there are {', '.join(BACKENDS)}")
    for name in without:
        if name not in PASSES:
            raise ArgumentError(f"no pass {name!r}: there are {', '.join(PASSES)}")
    return Options(optimize, frozenset(without), backend=backend)


def grad(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, optimize: int = 2,
    without: Sequence[str] = (), backend: str = "numpy",
) -> Any:  # fmt: skip
    """The gradient of a function with a real result of size 1, as a function of the same arguments.

    `argnums` says what to differentiate with respect to: the position of an argument, its name, or
    a tuple of them, and then the gradient is a tuple. Arguments are floats, ints, bools, strings,
    plain NumPy arrays, and containers of these.

    A gradient has the shape, the dtype and the container of its argument: `float32` gives
    `float32`, a Python float a Python float, a dict a dict. An int that `argnums` names is taken as
    a float; ints and bools inside containers have 0 there. Results share no memory with arguments,
    and arguments are not changed.

    `optimize` is 0 (only what right code needs), 1 (drop what is not used) or 2 (all), and
    `without` names passes to leave out. `backend="numba"` has Numba compile the derivative, for
    functions that spend their time in loops over numbers. Works as a decorator, with or without
    arguments.

    Nothing is compiled before the first call; each new kind of arguments (dtypes, numbers of
    dimensions, sizes that are 1) is compiled once. So make a derivative once, and call it often.

    Raises `SourceError` at the first call, for code that cannot be differentiated, and
    `ArgumentError` for arguments that are not supported or have no gradient and for a result that
    is not of size 1. What the function raises when it runs, its derivative raises.
    """
    return _transform(function, "grad", argnums, _options(optimize, without, backend))


def value_and_grad(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, optimize: int = 2,
    without: Sequence[str] = (), backend: str = "numpy",
) -> Any:  # fmt: skip
    """Like `grad`, for the pair of the function's value and its gradient.

    The value is the same, bit for bit, as that of the function (with `backend="numba"` to a few
    roundings). `scipy.optimize.minimize` takes this pair with `jac=True`.
    """
    return _transform(function, "value_and_grad", argnums, _options(optimize, without, backend))


_jvps: dict[Any, Cache] = {}
_vjps: dict[Any, Any] = {}


def jvp(
    function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], *,
    optimize: int = 2,
) -> tuple[Any, Any]:  # fmt: skip
    """The value of a function and its derivative in the direction `tangents`, by forward mode.

    `primals` is a tuple of the arguments. `tangents` has its form and shapes, and is converted to
    its dtypes; it has 0 for ints. The function may have any result, also a tuple, list or dict, and
    the derivative has the form, the shapes and the dtypes of it.

    Raises `SourceError` for code that cannot be differentiated, and `ArgumentError` for arguments
    that are not supported or tangents of another form or shape.
    """
    _check_function(function)
    if not (isinstance(primals, tuple | list) and isinstance(tangents, tuple | list)):
        raise ArgumentError("jvp takes tuples of primals and of tangents: write jvp(f, (x,), (v,))")
    primals, tangents = tuple(primals), tuple(tangents)
    if not tree.same_form(primals, tangents):
        raise ArgumentError("the tangents given to jvp do not have the form of the primals")
    tangents = tree.mapped(_as_tangent, tangents, primals)
    cache = _jvps.setdefault((function, optimize), Cache(Options(optimize)))
    args = (*primals, *tangents)
    program = functools.partial(jvp_program, function, len(primals), range(len(primals)))
    y, y_dot = cache.get(program, len(primals), args)(args)
    return y, y_dot


def jvp_program(function: Callable[..., Any], count: int, wrt: Sequence[int]) -> Program:
    """What ``jvp`` compiles: it takes ``count`` arguments, then tangents of those at places ``wrt``."""
    names = targets.parameter_names(Static(innermost(function)), count)
    every = (*names, *(f"{names[k]}_dot" for k in wrt))

    def apply(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
        given = dict(zip(wrt, values[count:], strict=True))
        tangents = Tup(tuple(given.get(k, Static(None)) for k in range(count)))
        args: list[Value] = [Static(function), Tup(tuple(values[:count])), tangents]
        return derivatives.call_jvp(frame, node, args)

    name = clean(f"{getattr(function, '__name__', 'function')}_jvp")
    return Program(innermost(function), every, name, apply)


def _as_tangent(tangent: Any, primal: Any) -> Any:
    """A tangent in the kind of its primal."""
    if isinstance(primal, np.ndarray):
        if np.shape(tangent) != primal.shape:
            raise ArgumentError(
                f"a tangent of shape {np.shape(tangent)} for an argument of shape {primal.shape}"
            )
        return np.asarray(tangent, primal.dtype)
    if np.ndim(tangent):
        raise ArgumentError(f"a tangent of shape {np.shape(tangent)} for an argument that is a number")
    if isinstance(primal, np.generic):
        return primal.dtype.type(tangent)
    if type(primal) is float:
        return float(tangent)
    return tangent


def vjp(function: Callable[..., Any], *primals: Any, optimize: int = 2) -> tuple[Any, Pullback]:
    """The value of a function, and its pullback: from cotangents of the value to the arguments'.

    The function may have any result, also a tuple, list or dict. The pullback takes a cotangent
    with the form and shapes of the value, and returns a tuple with one for each argument, of the
    shape and dtype of the argument (0 for ints, unless no argument is a float: then they are taken
    as floats). It may be called any number of times: what it saved shares no memory with the
    arguments or the value.

    Raises `SourceError` for code that cannot be differentiated, and `ArgumentError` for arguments
    that are not supported; the pullback raises it for a cotangent of another form or shape.
    """
    _check_function(function)
    if not any(isinstance(leaf, float | np.floating | np.ndarray) for leaf in tree.leaves(primals)):
        primals = tuple(float(p) if type(p) is int else p for p in primals)
    key = (function, optimize)
    caches = _vjps.setdefault(key, {})
    kinds = tuple(kind_of(p) for p in primals)
    found = caches.get(kinds)
    if found is None or not found.holds():
        names = targets.parameter_names(Static(innermost(function)), len(primals))
        found = caches[kinds] = compile_pullback(
            function, innermost(function), names, kinds, Options(optimize)
        )
    result: tuple[Any, Pullback] = found(primals)
    return result


calls.TRANSFORMS |= {grad: "grad", value_and_grad: "value_and_grad", jvp: "jvp"}
