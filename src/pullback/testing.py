"""Checking derivatives against central differences, in random directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from pullback import tree
from pullback.api import grad, jvp, vjp
from pullback.errors import PullbackError


class GradientError(PullbackError, AssertionError):
    """A derivative that differs from central differences."""


def check_grads(
    function: Callable[..., Any], *args: Any, modes: Sequence[str] = ("fwd", "rev"), order: int = 1,
    seed: int = 0, rtol: float = 1e-5, atol: float = 1e-6,
) -> None:  # fmt: skip
    """Check derivatives of a function at some arguments, up to an order.

    ``modes`` are "fwd" and "rev". Each float argument is moved alone in a random direction, and the
    change of the value compared with what each mode says. Raises GradientError that names the
    argument and how far apart both are. Orders above 1 check the directional derivative of the
    function likewise, and its gradient if it has one.
    """
    rng = np.random.default_rng(seed)
    for k, arg in enumerate(args):
        if any(_is_active(leaf) for leaf in tree.leaves(arg)):
            for mode in modes:
                _check_argument(function, args, k, mode, rng, rtol, atol)
    if order > 1:
        for derivative, arguments in _derivatives(function, args, rng):
            check_grads(
                derivative, *arguments, modes=modes, order=order - 1, seed=seed + 1,
                rtol=rtol * 10, atol=atol * 10,
            )  # fmt: skip


def _derivatives(
    function: Callable[..., Any], args: Sequence[Any], rng: np.random.Generator
) -> Iterator[tuple[Callable[..., Any], Sequence[Any]]]:
    """First derivatives as functions to check: a directional one, and the gradient if there is one."""

    def along(primals: Any, tangents: Any) -> Any:
        return jvp(function, primals, tangents)[1]

    yield along, [tuple(args), tuple(tree.mapped(_direction(rng), a) for a in args)]
    if np.shape(function(*args)) == () and not isinstance(function(*args), tuple | list | dict):
        active = tuple(k for k, a in enumerate(args) if any(map(_is_active, tree.leaves(a))))
        yield grad(function, active), args


def _is_active(leaf: Any) -> bool:
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind == "f"
    return type(leaf) is float


def _direction(rng: np.random.Generator) -> Callable[[Any], Any]:
    def draw(leaf: Any) -> Any:
        if not _is_active(leaf):
            return leaf
        if isinstance(leaf, np.ndarray | np.generic):
            drawn = rng.normal(size=leaf.shape).astype(leaf.dtype)
            return drawn if isinstance(leaf, np.ndarray) else leaf.dtype.type(drawn)
        return float(rng.normal())

    return draw


def _moved(arg: Any, direction: Any, step: float) -> Any:
    def move(leaf: Any, d: Any) -> Any:
        if not _is_active(leaf):
            return leaf
        return leaf + np.asarray(step).astype(getattr(leaf, "dtype", float)) * d

    moved = tree.mapped(move, arg, direction)
    return tree.mapped(lambda a, b: float(b) if type(a) is float else b, arg, moved)


def _check_argument(
    function: Callable[..., Any], args: Sequence[Any], k: int, mode: str, rng: np.random.Generator,
    rtol: float, atol: float,
) -> None:  # fmt: skip
    """Compare one argument's derivative with a central difference in a random direction."""
    direction = tree.mapped(_direction(rng), args[k])
    single = any(
        getattr(leaf, "dtype", None) == np.float32 for leaf in tree.leaves(args[k])
    )
    step = 1e-2 if single else 1e-6
    up = function(*args[:k], _moved(args[k], direction, step), *args[k + 1 :])
    down = function(*args[:k], _moved(args[k], direction, -step), *args[k + 1 :])
    cotangent = tree.mapped(_direction(rng), up)
    expected = _product(cotangent, up, step) - _product(cotangent, down, step)
    found = _found(function, args, k, mode, direction, cotangent)
    expected /= 2 * step
    scale = max(abs(expected), abs(found), 1.0)
    slack = 1e3 if single else 1.0
    if not abs(found - expected) <= slack * (atol + rtol * scale):
        raise GradientError(
            f"{mode} derivative of {getattr(function, '__name__', function)} in argument {k} is wrong: "
            f"{found:.8g} where central differences give {expected:.8g} "
            f"(difference {abs(found - expected):.3g})"
        )


def _product(cotangent: Any, value: Any, _: float) -> float:
    pairs = zip(tree.leaves(cotangent), tree.leaves(value), strict=True)
    return sum(float(np.sum(c * np.asarray(v))) for c, v in pairs if _is_active(v))


def _found(
    function: Callable[..., Any], args: Sequence[Any], k: int, mode: str, direction: Any,
    cotangent: Any,
) -> float:  # fmt: skip
    if mode == "rev":
        _, pullback = vjp(function, *args)
        return _inner(pullback(cotangent)[k], direction)
    if mode == "fwd":
        zero = tree.mapped(lambda a: a * 0 if _is_active(a) else a, tuple(args))
        tangents = (*zero[:k], direction, *zero[k + 1 :])
        _, y_dot = jvp(function, tuple(args), tangents)
        return _inner(cotangent, y_dot)
    raise ValueError(f"no mode {mode!r}: there are 'fwd' and 'rev'")


def _inner(a: Any, b: Any) -> float:
    pairs = zip(tree.leaves(a), tree.leaves(b), strict=True)
    return sum(float(np.sum(np.multiply(x, y))) for x, y in pairs if _is_active(x) or _is_active(y))


__all__ = ["GradientError", "check_grads"]
