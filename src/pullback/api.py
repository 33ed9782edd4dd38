"""The public transforms: grad, value_and_grad and jvp of plain Python functions."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Hashable, Mapping, Sequence
from types import FunctionType
from typing import Any

from pullback import tree
from pullback.asked import named_arguments, no_function, pass_names, snapshot_count
from pullback.derivative import Argnums, Derivative, chain_of, clean, free, innermost
from pullback.dispatch import (
    MISS,
    Cache,
    Program,
    Specialisation,
    compile_program,
    kept_before,
    kept_on,
)
from pullback.errors import ArgumentError
from pullback.frontend import calls, directions, targets
from pullback.frontend.bound import as_method, named_of, object_of, title, unbound
from pullback.frontend.frame import Frame
from pullback.frontend.kinds import Kind
from pullback.frontend.values import Static, Tup, Value
from pullback.ir.bars import DOT
from pullback.pipeline import BACKENDS, SWITCHES, Options
from pullback.seeds import as_tangent, fit, moved_int, spelled_out
from pullback.switches import watching


def kept(
    function: Any, made_by: Hashable, compile: Callable[[Any, Sequence[Kind]], Specialisation]
) -> Cache:
    """The specialisations of jvp, vjp or linearize, kept on the innermost function: equal derivatives
    of it share them, so that ``jvp(grad(f), ..)`` in a loop compiles once."""
    key = (made_by, chain_of(function))
    return kept_on(unbound(innermost(function)), key, lambda: Cache(compile))


def check_function(function: Any) -> None:
    """Refuse what is differentiated and is no Python function."""
    inner = unbound(innermost(function))
    if not isinstance(inner, FunctionType):
        raise no_function(function)


def check_argnums(argnums: Any) -> None:
    """Refuse what names no arguments."""
    if type(argnums) in (int, str):
        return
    named = argnums if isinstance(argnums, tuple) else (argnums,)
    if not named or not all(type(a) in (int, str) for a in named):
        raise ArgumentError("argnums must be an int, a name, or a tuple of them")


def transform(
    function: Callable[..., Any] | None, mode: str, argnums: Argnums, options: Options, has_aux: bool,
    holomorphic: bool = False,
) -> Any:  # fmt: skip
    """A derivative of a function; without one, a decorator that makes it."""
    check_argnums(argnums)
    if function is None:
        return lambda f: transform(f, mode, argnums, options, has_aux, holomorphic)
    function = as_method(function)
    check_function(function)
    return Derivative(function, mode, argnums, options, bool(has_aux), bool(holomorphic))


def options_of(
    optimize: int = 2, without: Sequence[str] = (), backend: str = "numpy", fast: bool = False,
    debug_nans: bool = False, checkpoint: int | None = None,
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
    return _options(
        optimize, frozenset(without), False, "", backend, bool(fast), bool(debug_nans),
        snapshot_count(checkpoint),
    )  # fmt: skip


# Equal options are one object, by which what was compiled is found faster.
_options = functools.lru_cache(maxsize=256)(Options)


def grad(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, has_aux: bool = False,
    holomorphic: bool = False, optimize: int = 2, without: Sequence[str] = (), backend: str = "numpy",
    fast: bool = False, debug_nans: bool = False, checkpoint: int | None = None,
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

    `checkpoint=N` saves memory in loops: of each outermost loop the state at the start of at most N
    passes is kept, and all else computed again from there, in the order that takes the fewest passes.
    A loop of a million passes takes the memory of a thousand with `checkpoint=1000`, and runs its body
    three and a half times. Random numbers are saved and not drawn again; the gradient is the same.

    Nothing is compiled before the first call; each new kind of arguments (dtypes, numbers of
    dimensions, sizes that are 1) is compiled once. So make a derivative once, and call it often.

    Raises `SourceError` at the first call, for code that cannot be differentiated, and
    `ArgumentError` for arguments that are not supported or have no gradient and for a result that
    is not of size 1. What the function raises when it runs, its derivative raises.
    """
    options = options_of(optimize, without, backend, fast, debug_nans, checkpoint)
    return transform(function, "grad", argnums, options, has_aux, holomorphic)


def value_and_grad(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, has_aux: bool = False,
    holomorphic: bool = False, optimize: int = 2, without: Sequence[str] = (), backend: str = "numpy",
    fast: bool = False, debug_nans: bool = False, checkpoint: int | None = None,
) -> Any:  # fmt: skip
    """Like `grad`, for the pair of the function's value and its gradient.

    The value is the same, bit for bit, as that of the function (with `backend="numba"` and with
    `fast=True` to a few roundings). `scipy.optimize.minimize` takes this pair with `jac=True`.

    With `has_aux` it gives `((value, aux), gradient)`.
    """
    options = options_of(optimize, without, backend, fast, debug_nans, checkpoint)
    return transform(function, "value_and_grad", argnums, options, has_aux, holomorphic)


def jvp(
    function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], *,
    keywords: Mapping[str, Any] | None = None, has_aux: bool = False, optimize: int = 2,
    fast: bool = False, debug_nans: bool = False,
) -> Any:  # fmt: skip
    """The value of a function and its derivative in the direction `tangents`, by forward mode.

    `primals` is a tuple of the arguments. `tangents` has its form and shapes, and is converted to
    its dtypes; it has 0 for ints, and None may stand for what does not move. The function
    may have any result, also a tuple, list or dict, and the derivative has the form, the shapes and
    the dtypes of it. `keywords` are arguments by name, which are held fixed. `optimize`, `fast` and
    `debug_nans` are those of `grad`.

    With `has_aux` the function returns a pair `(value, aux)`, as for `grad`, and the result is
    `(value, derivative, aux)`.

    Raises `SourceError` for code that cannot be differentiated, and `ArgumentError` for arguments
    that are not supported or tangents of another form or shape.
    """
    __tracebackhide__ = True
    has_aux, fast, debug_nans = bool(has_aux), bool(fast), bool(debug_nans) or watching()
    way = Way(function, ("jvp", has_aux, optimize, fast, debug_nans))
    if keywords is None and (known := way.again(primals, tangents)) is not MISS:
        return known
    options = options_of(optimize, fast=fast, debug_nans=debug_nans)
    return pushed(function, primals, tangents, keywords, has_aux, options, way)


class Way:
    """The short way into what a plain function was compiled to by ``jvp`` or ``hvp``, for calls that
    ask for the same: looking at options and tangents takes as long as a small derivative."""

    __slots__ = ("asked", "function")

    def __init__(self, function: Any, asked: Hashable) -> None:
        self.function = function
        self.asked = asked

    def again(self, primals: Any, tangents: Any) -> Any:
        """What a call like one before gives, ``MISS`` if there was none."""
        __tracebackhide__ = True
        if type(primals) is not tuple or type(tangents) is not tuple:
            return MISS
        cache = kept_before(self.function, (self.asked, tuple([t is None for t in tangents])))
        if cache is None or not fit(tangents, primals):
            return MISS
        return cache.last.enter((*primals, *[t for t in tangents if t is not None]))

    def keep(self, tangents: Sequence[Any], cache: Cache) -> None:
        """Note what such calls lead to, of functions that may keep something."""
        if type(self.function) is FunctionType:
            key = (self.asked, tuple([t is None for t in tangents]))
            kept_on(self.function, key, lambda: cache)


def pushed(
    function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any],
    keywords: Mapping[str, Any] | None, has_aux: bool, options: Options, way: Way,
    of: str = "jvp",
) -> Any:  # fmt: skip
    """What `jvp` gives, or of that what ``hvp`` does; ``way`` is taken next time."""
    __tracebackhide__ = True
    function = as_method(function)
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
    cache = kept(function, made_by, compile)
    args = (*given, *primals, *[tangents[k] for k in moving], *by_name.values())
    names = lambda: jvp_names(unbound(innermost(function)), count, wrt, tuple(by_name))
    result = cache.run(args, names)
    if as_they_are and not given and not by_name:
        way.keep(tangents, cache)
    return result


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
    return Program(inner, every, clean(f"{title(function)}_{of}"), apply)


calls.TRANSFORMS |= {grad: "grad", value_and_grad: "value_and_grad", jvp: "jvp"}
