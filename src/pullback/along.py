"""Derivatives in a direction, by forward mode: ``jvp``, and what it shares with ``hvp``."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

from pullback import tree
from pullback.api import check_function, kept, options_of
from pullback.asked import named_arguments
from pullback.derivative import chain_of, clean, free, innermost, reduced
from pullback.dispatch import MISS, Cache, Program, Specialisation, compile_program, kept_before, kept_on
from pullback.errors import ArgumentError
from pullback.frontend import calls, directions, targets
from pullback.frontend.bound import as_method, named_of, object_of, title, unbound
from pullback.frontend.frame import Frame
from pullback.frontend.kinds import Kind
from pullback.frontend.source import carry
from pullback.frontend.values import Partial, Static, Tup, Value
from pullback.inspected import Inspected
from pullback.ir.bars import DOT
from pullback.ir.core import Const
from pullback.seeds import as_tangent, fit, moved_int, spelled_out
from pullback.switches import watching

# The transform, the type of argnums and these, has_aux, optimize, fast, debug_nans, checkpoint.
Asked = tuple[str, type, Any, bool, int, bool, bool, int | None]


def jvp(
    function: Callable[..., Any] | None = None, primals: Sequence[Any] | None = None,
    tangents: Sequence[Any] | None = None, *, keywords: Mapping[str, Any] | None = None,
    has_aux: bool = False, optimize: int = 2, fast: bool = False, debug_nans: bool = False,
) -> Any:  # fmt: skip
    """The value of a function and its derivative in the direction `tangents`, by forward mode.

    `primals` is a tuple of the arguments. `tangents` has its form and shapes, and is converted to
    its dtypes; it has 0 for ints, and None may stand for what does not move. The function
    may have any result, also a tuple, list or dict, and the derivative has the form, the shapes and
    the dtypes of it. `keywords` are arguments by name, which are held fixed. `optimize`, `fast` and
    `debug_nans` are those of `grad`.

    With `has_aux` the function returns a pair `(value, aux)`, as for `grad`, and the result is
    `(value, derivative, aux)`.

    Without primals and tangents it gives a function of these, which has `source` and `ir`; so it
    works as a decorator, with or without arguments.

    Raises `SourceError` for code that cannot be differentiated, and `ArgumentError` for arguments
    that are not supported or tangents of another form or shape.
    """
    __tracebackhide__ = True
    asked = ("jvp", type(None), None, bool(has_aux), optimize, bool(fast), bool(debug_nans), None)
    return along(Along, function, primals, tangents, keywords, asked)


def along(
    cls: type[Along], function: Any, primals: Any, tangents: Any, keywords: Any, asked: Asked
) -> Any:
    """A derivative in a direction, or what takes directions; without a function, what makes that."""
    __tracebackhide__ = True
    if not (primals is None and tangents is None and keywords is None):
        return cls(function, asked)(primals, tangents, keywords=keywords)
    if function is None:
        return lambda f: along(cls, f, primals, tangents, keywords, asked)
    made = cls(function, asked)
    made.check()
    functools.update_wrapper(made, function)
    return made


class Along(Inspected):
    """``jvp(f)``: it takes primals and tangents, and gives what ``jvp`` does; `primal` is ``f``."""

    def __init__(self, function: Any, asked: Asked) -> None:
        self.primal = function
        self.asked = asked
        self._cache: Cache | None = None

    def __call__(
        self, primals: Any, tangents: Any, *, keywords: Mapping[str, Any] | None = None
    ) -> Any:
        __tracebackhide__ = True
        if watching() and not self.asked[6]:
            asked = (*self.asked[:6], True, self.asked[7])
            return type(self)(self.primal, asked)(primals, tangents, keywords=keywords)
        if keywords is None and (known := self._again(primals, tangents)) is not MISS:
            return known
        return self._pushed(primals, tangents, keywords)

    def differentiated(self) -> Any:
        """The function of which it is the derivative."""
        return as_method(self.primal)

    def check(self) -> None:
        """Refuse what is no function, and what there is not of options."""
        _, _, _, _, optimize, fast, debug_nans, _ = self.asked
        options_of(optimize, fast=fast, debug_nans=debug_nans)
        check_function(self.differentiated())

    def __pullback_derived__(self) -> Value:
        """What the front end sees when it meets this object in code that it lowers."""
        of, _, argnums, has_aux, _, _, _, checkpoint = self.asked
        asked: dict[str, Value] = {"has_aux": Const(has_aux)}
        if of == "hvp":
            asked |= {"argnums": Static(argnums), "checkpoint": Static(checkpoint)}
        return Partial(Static(calls.transform_named(of)), (Static(self.primal),), asked)

    def _again(self, primals: Any, tangents: Any) -> Any:
        """What a call like one before gives, ``MISS`` if there was none: looking at options and tangents
        takes as long as a small derivative."""
        __tracebackhide__ = True
        if type(primals) is not tuple or type(tangents) is not tuple:
            return MISS
        cache = kept_before(self.primal, (self.asked, tuple([t is None for t in tangents])))
        if cache is None or not fit(tangents, primals):
            return MISS
        self._cache = cache
        return cache.last.enter((*primals, *[t for t in tangents if t is not None]))

    def _keep(self, tangents: Sequence[Any], cache: Cache) -> None:
        """Note what such calls lead to, of functions that may keep something."""
        if type(self.primal) is FunctionType:
            key = (self.asked, tuple([t is None for t in tangents]))
            kept_on(self.primal, key, lambda: cache)

    def _pushed(self, primals: Any, tangents: Any, keywords: Mapping[str, Any] | None) -> Any:
        """The result of a call that is not known."""
        __tracebackhide__ = True
        of, _, _, has_aux, optimize, fast, debug_nans, _ = self.asked
        options = options_of(optimize, fast=fast, debug_nans=debug_nans)
        function = self.differentiated()
        check_function(function)
        if not (isinstance(primals, tuple | list) and isinstance(tangents, tuple | list)):
            instead = f"write {of}(f, (x,), (v,))"
            raise ArgumentError(f"{of} takes tuples of primals and of tangents: {instead}")
        primals, tangents = tuple(primals), tuple(tangents)
        given = object_of(innermost(function))
        moving = [k for k, t in enumerate(tangents) if t is not None]
        as_they_are = bool(moving) and fit(tangents, primals)
        if not as_they_are:
            moving = moving or [*range(len(tangents))]
            primals, tangents = _made_to_fit(primals, tangents)
        by_name = {**named_of(innermost(function)), **named_arguments(keywords)}
        count = len(given) + len(primals)
        wrt = tuple(len(given) + k for k in moving)

        def compile(key: Any, kinds: Sequence[Kind]) -> Specialisation:
            __tracebackhide__ = True
            program = jvp_program(function, count, wrt, tuple(by_name), has_aux, of)
            return compile_program(program, kinds, options)

        made_by = ("jvp", len(given), len(primals), wrt, tuple(by_name), has_aux, of, options)
        self._cache = cache = kept(function, made_by, compile)
        args = (*given, *primals, *[tangents[k] for k in moving], *by_name.values())
        names = lambda: jvp_names(unbound(innermost(function)), count, wrt, tuple(by_name))
        result = cache.run(args, names)
        if as_they_are and not given and not by_name:
            self._keep(tangents, cache)
        return result

    def _compiled(self) -> Specialisation:
        if self._cache is None or self._cache.last is None:
            raise ArgumentError(f"{self!r} has not been called yet: call it once")
        return self._cache.last

    def __reduce__(self) -> Any:
        function = unbound(innermost(as_method(self.primal)))
        return reduced(self, function, _restored, self.asked)

    def __repr__(self) -> str:
        return f"<{self.asked[0]} of {getattr(self.primal, '__qualname__', self.primal)}>"


def _restored(
    cls: type[Along], function: Any, asked: Asked, texts: Sequence[tuple[str, str]]
) -> Any:
    """One as it arrives in a pickle."""
    carry(texts)
    return along(cls, function, None, None, None, asked)


def _made_to_fit(
    primals: tuple[Any, ...], tangents: tuple[Any, ...]
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Primals and tangents of one form, the tangents of the dtypes of the primals."""
    tangents = spelled_out(tangents, primals)
    if not tree.same_form(primals, tangents):
        raise ArgumentError("the tangents do not have the form of the primals")
    primals = tuple(map(moved_int, primals, tangents))
    return primals, tree.mapped(as_tangent, tangents, primals)


def jvp_names(
    function: Any, count: int, wrt: Sequence[int], keywords: tuple[str, ...]
) -> tuple[str, ...]:
    """The names of the arguments, of their tangents, and of what goes by name."""
    names = targets.parameter_names(Static(function), count)
    return *names, *(names[k] + DOT for k in wrt), *keywords


def jvp_program(
    function: Callable[..., Any], count: int, wrt: Sequence[int], keywords: tuple[str, ...] = (),
    has_aux: bool = False, of: str = "jvp",
) -> Program:  # fmt: skip
    """What ``jvp`` compiles, or of that what ``hvp`` or ``value_and_hvp`` gives.

    It takes ``count`` arguments, then tangents of those at places ``wrt``, and then arguments by name,
    which are held fixed.
    """
    inner = unbound(innermost(function))
    first = count + len(wrt)

    def apply(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
        given = dict(zip(wrt, values[count:first], strict=True))
        tangents = Tup(tuple(given.get(k, Static(None)) for k in range(count)))
        args: list[Value] = [free(function), Tup(tuple(values[:count])), tangents]
        by_name = dict(zip(keywords, values[first:], strict=True))
        found = directions.call_jvp(frame, node, args, by_name, has_aux, known=True)
        return directions.picked(found, of)

    every = jvp_names(inner, count, wrt, keywords)
    asked = (of, count, tuple(wrt), keywords, has_aux, chain_of(function))
    return Program(inner, every, clean(f"{title(function)}_{of}"), apply, asked)


calls.TRANSFORMS[jvp] = "jvp"
