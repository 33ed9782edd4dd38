"""The public transforms of functions of real results of size 1: grad and value_and_grad."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
from types import FunctionType
from typing import Any

from pullback.asked import no_function, pass_names, snapshot_count
from pullback.derivative import Argnums, Derivative, chain_of, innermost
from pullback.dispatch import Cache, Specialisation, kept_on
from pullback.errors import ArgumentError
from pullback.frontend import calls
from pullback.frontend.bound import as_method, unbound
from pullback.frontend.kinds import Kind
from pullback.pipeline import BACKENDS, SWITCHES, Options


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


calls.TRANSFORMS |= {grad: "grad", value_and_grad: "value_and_grad"}
