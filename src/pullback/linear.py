"""``vjp`` and ``linearize``: the value of a function, and a linear map that may be applied often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pullback import tree
from pullback.api import check_function, kept, options_of
from pullback.asked import named_arguments
from pullback.derivative import chain_of, free, innermost
from pullback.dispatch import Specialisation
from pullback.errors import ArgumentError
from pullback.frontend import calls, targets
from pullback.frontend.bound import as_method, named_of, object_of, title, unbound
from pullback.frontend.kinds import Kind
from pullback.frontend.values import Static
from pullback.halves import Division, Halves, compile_halves
from pullback.inspected import Inspected
from pullback.pipeline import Options
from pullback.seeds import as_cotangent, as_tangent, form_of, has_inexact, spelled_out, stand_in
from pullback.switches import watching


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class _Map(Inspected):
    """A linear map with the residuals that it starts from; ``like`` is what it takes."""

    residuals: Any
    second: Specialisation
    like: Any

    def _compiled(self) -> Specialisation:
        return self.second


class Pullback(_Map):
    """A pullback: call it with a cotangent of the value, as often as you like.

    It returns a tuple with the cotangents of the arguments. Raises `ArgumentError` for a cotangent
    that has not the form and the shapes of the value.
    """

    __slots__ = ()
    __pullback_map__ = "vjp"

    def __call__(self, cotangent: Any) -> Any:
        __tracebackhide__ = True
        if not tree.same_form(self.like, cotangent):
            raise ArgumentError("the cotangent does not have the form of the value")
        return self.second((self.residuals, tree.mapped(as_cotangent, cotangent, self.like)))

    @property
    def source(self) -> str:
        """The code of the backward function."""
        return self.emitted.text

    def __repr__(self) -> str:
        return f"<pullback {self.emitted.entry}>"


class Pushforward(_Map):
    """A pushforward: call it with tangents of the arguments, as often as you like.

    It returns the tangent of the value. Raises `ArgumentError` for tangents that have not the form and
    the shapes of the arguments.
    """

    __slots__ = ()
    __pullback_map__ = "linearize"

    def __call__(self, *tangents: Any) -> Any:
        __tracebackhide__ = True
        tangents = spelled_out(tangents, self.like)
        if not tree.same_form(self.like, tangents):
            raise ArgumentError("the tangents do not have the form of the arguments")
        return self.second((self.residuals, *tree.mapped(as_tangent, tangents, self.like)))

    @property
    def source(self) -> str:
        """The code of the tangent function."""
        return self.emitted.text

    def __repr__(self) -> str:
        return f"<pushforward {self.emitted.entry}>"


def vjp(
    function: Callable[..., Any], *primals: Any, keywords: Mapping[str, Any] | None = None,
    has_aux: bool = False, optimize: int = 2, fast: bool = False,
    debug_nans: bool = False, checkpoint: int | None = None,
) -> Any:  # fmt: skip
    """The value of a function, and its pullback: from cotangents of the value to the arguments'.

    The function may have any result, also a tuple, list or dict. The pullback takes a cotangent
    with the form and shapes of the value, and returns a tuple with one for each argument, of the
    shape and dtype of the argument (0 for ints, unless no argument is a float: then they are taken
    as floats). It may be called any number of times: what it saved shares no memory with the
    arguments or the value. `keywords` are arguments by name, which are held fixed. `optimize`, `fast`,
    `debug_nans` and `checkpoint` are those of `grad`.

    With `has_aux` the function returns a pair `(value, aux)`, as for `grad`, and the result is
    `(value, pullback, aux)`.

    Raises `SourceError` for code that cannot be differentiated, and `ArgumentError` for arguments
    that are not supported; the pullback raises it for a cotangent of another form or shape.
    """
    __tracebackhide__ = True
    options = _options(optimize, fast, debug_nans, checkpoint)
    halves, _, made = _forward(function, primals, keywords, bool(has_aux), options, linear=False)
    value, residuals, *aux = made
    return value, Pullback(residuals, halves.second, tree.mapped(form_of, value)), *aux


def linearize(
    function: Callable[..., Any], *primals: Any, keywords: Mapping[str, Any] | None = None,
    has_aux: bool = False, optimize: int = 2, fast: bool = False,
    debug_nans: bool = False, checkpoint: Any = None,
) -> Any:  # fmt: skip
    """The value of a function, and its derivative there as a function of tangents alone.

    `value, push = linearize(f, x, y)` runs the function once; `push(x_dot, y_dot)` is then the
    derivative of `jvp(f, (x, y), (x_dot, y_dot))`, and each call costs what is linear in tangents
    alone: what it needs of the function was saved. It may be called any number of times. For one
    direction `jvp` is cheaper, and saves nothing.

    Arguments, options, `has_aux` and errors are those of `vjp`, tangents those of `jvp`; there is no
    `checkpoint`.
    """
    __tracebackhide__ = True
    if checkpoint is not None:
        instead = "jvp keeps nothing of loops, and vjp takes it"
        raise ArgumentError(f"linearize takes no checkpoint, its calls share what is kept: {instead}")
    options = _options(optimize, fast, debug_nans)
    halves, primals, made = _forward(function, primals, keywords, bool(has_aux), options, linear=True)
    value, residuals, *aux = made
    return value, Pushforward(residuals, halves.second, tree.mapped(stand_in, primals)), *aux


def _options(
    optimize: int, fast: bool, debug_nans: bool, checkpoint: int | None = None
) -> Options:
    debug_nans = debug_nans or watching()
    return options_of(optimize, fast=fast, debug_nans=debug_nans, checkpoint=checkpoint)


def _forward(
    function: Any, primals: tuple[Any, ...], keywords: Mapping[str, Any] | None, has_aux: bool,
    options: Options, linear: bool,
) -> tuple[Halves, tuple[Any, ...], tuple[Any, ...]]:  # fmt: skip
    """Both halves of a function, its arguments, and what the forward one gives for them."""
    __tracebackhide__ = True
    function = as_method(function)
    check_function(function)
    if not any(map(has_inexact, primals)):
        primals = tuple(float(p) if type(p) is int else p for p in primals)
    given = object_of(innermost(function))
    by_name = {**named_of(innermost(function)), **named_arguments(keywords)}
    inner, count = unbound(innermost(function)), len(given) + len(primals)
    names = (*targets.parameter_names(Static(inner), count), *by_name)
    chosen = range(len(given), count)

    def compile(key: Any, kinds: Sequence[Kind]) -> Halves:
        __tracebackhide__ = True
        division = Division(
            free(function), inner, chain_of(function), title(function), names, chosen, count, has_aux,
            linear,
        )  # fmt: skip
        return compile_halves(division, kinds, options)

    made_by = ("linear" if linear else "vjp", len(given), count, tuple(by_name), has_aux, options)
    args = (*given, *primals, *by_name.values())
    halves, outside = kept(function, made_by, compile).find(None, args, names)
    assert isinstance(halves, Halves)
    return halves, primals, halves(args, outside)


calls.TRANSFORMS |= {vjp: "vjp", linearize: "linearize"}
