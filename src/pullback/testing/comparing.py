"""Trees of results, in comparison: forms, bits, tolerances, memory; directions and inner products.

What differs raises a ``GradientError`` that says of what, and how.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any

import numpy as np

from pullback import tree
from pullback.backend.runtime import copy_as_laid_out
from pullback.errors import PullbackError

Draw = Callable[[Any], Any]


class GradientError(PullbackError, AssertionError):
    """What `check_grads` and `check_primitive` raise where a derivative differs. It is an
    `AssertionError` too."""


def leaves(value: Any) -> list[Any]:
    return list(tree.leaves(value))


def is_active(leaf: Any) -> bool:
    """Whether a leaf has a derivative of its own."""
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind in "fc"
    return type(leaf) in (float, complex)


def is_single(*values: Any) -> bool:
    """Whether any leaf is of single precision."""
    return any(getattr(leaf, "dtype", None) in (np.float32, np.complex64) for leaf in leaves(values))


def identical(found: Any, expected: Any, what: str) -> None:
    """Both trees have the same types, shapes, dtypes and bits."""
    if not tree.same_form(found, expected):
        raise GradientError(f"{what}: the form of {found!r} is not that of {expected!r}")
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        if type(a) is not type(b):
            raise GradientError(f"{what}: {a!r} is a {type(a).__name__}, not a {type(b).__name__}")
        if _bits(a) != _bits(b):
            raise GradientError(f"{what}: {a!r} is not {b!r} bit for bit")


def _bits(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.shape, leaf.dtype, np.asarray(leaf).tobytes()
    if isinstance(leaf, MethodType):  # of an object that is compared by what it holds
        return leaf.__func__
    return np.asarray(leaf).tobytes() if type(leaf) in (float, complex) else leaf


def close(found: Any, expected: Any, what: str, rtol: float = 1e-10, atol: float = 1e-12) -> None:
    """Both trees agree to a tolerance; nan and infinities must stand in the same places."""
    if not tree.same_form(found, expected):
        raise GradientError(f"{what}: the form of {found!r} is not that of {expected!r}")
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        if a is None or b is None or isinstance(b, str):
            if a != b:
                raise GradientError(f"{what}: {a!r} is not {b!r}")
            continue
        if np.shape(a) != np.shape(b):
            raise GradientError(f"{what}: shape {np.shape(a)} is not {np.shape(b)}")
        if not np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True):
            raise GradientError(f"{what}: {a!r} is not close to {b!r}")


def like_argument(gradient: Any, argument: Any, what: str) -> None:
    """A gradient has the container, shape and dtype of its argument; a float for a float."""
    if not tree.same_form(gradient, argument):
        raise GradientError(f"{what}: {gradient!r} has not the form of {argument!r}")
    for g, x in zip(leaves(gradient), leaves(argument), strict=True):
        if not is_active(x):
            continue
        if type(g) is not type(x) or np.shape(g) != np.shape(x):
            raise GradientError(
                f"{what}: {g!r} for an argument of type {type(x).__name__}, shape {np.shape(x)}"
            )
        if getattr(g, "dtype", None) != getattr(x, "dtype", None):
            raise GradientError(f"{what}: dtype {g.dtype} for an argument of dtype {x.dtype}")


def owned(results: Any, arguments: Any, what: str) -> None:
    """Arrays in results are writable, and share no memory with arguments or with each other."""
    arrays = [a for a in leaves(results) if isinstance(a, np.ndarray)]
    given = [a for a in leaves(arguments) if isinstance(a, np.ndarray)]
    for k, a in enumerate(arrays):
        if not a.flags.writeable:
            raise GradientError(f"{what}: array {k} of the result is read-only")
        if any(np.shares_memory(a, b) for b in given):
            raise GradientError(f"{what}: array {k} of the result shares memory with an argument")
        if any(np.shares_memory(a, b) for b in arrays[:k]):
            raise GradientError(f"{what}: array {k} of the result shares memory with another")


def directions(rng: np.random.Generator, args: tuple[Any, ...], wrt: Sequence[int]) -> Any:
    """A random direction in the arguments ``wrt``, zero in all others."""
    draw = normals(rng)
    return tuple(tree.mapped(draw if k in wrt else still, a) for k, a in enumerate(args))


def normals(rng: np.random.Generator) -> Draw:
    """Random numbers in the place of floats, zeros in that of other numbers."""

    def draw(leaf: Any) -> Any:
        if not is_active(leaf):
            return still(leaf)
        if isinstance(leaf, np.ndarray | np.generic):
            drawn = number(leaf.shape, leaf.dtype.kind == "c").astype(leaf.dtype)
            return drawn if isinstance(leaf, np.ndarray) else leaf.dtype.type(drawn)
        return type(leaf)(number((), type(leaf) is complex))

    def number(shape: tuple[int, ...], is_complex: bool) -> Any:
        real = np.asarray(rng.normal(size=shape))
        return real + 1j * rng.normal(size=shape) if is_complex else real

    return draw


def still(leaf: Any) -> Any:
    """The direction of a leaf that does not move: 0 for numbers."""
    if isinstance(leaf, np.ndarray):
        return np.zeros_like(leaf)
    if isinstance(leaf, np.generic):
        return leaf.dtype.type(0)
    return type(leaf)(0) if isinstance(leaf, int | float | complex) else leaf


def moved(args: Any, direction: Any, step: float) -> Any:
    """Arguments moved along a direction, each leaf in its own type, and arrays as they are laid out: of
    some a reshape is a view, of others a copy."""

    def move(leaf: Any, d: Any) -> Any:
        if not is_active(leaf):
            return leaf
        by = np.asarray(step).astype(getattr(leaf, "dtype", float)) * d
        if isinstance(leaf, np.ndarray):
            there = copy_as_laid_out(leaf)
            there += by
            return there
        return type(leaf)(leaf + by) if type(leaf) in (float, complex) else leaf + by

    return tree.mapped(move, args, direction)


def inner(a: Any, b: Any) -> float:
    """The inner product of two trees over the leaves that are active in both: of complex numbers the
    real part of their products, without conjugation."""
    pairs = zip(leaves(a), leaves(b), strict=True)
    products = (np.sum(np.multiply(x, y)) for x, y in pairs if is_active(x) and is_active(y))
    return float(np.real(sum(products)))


def fresh(args: Any) -> Any:
    """A deep copy (functions stay as they are)."""
    return copy.deepcopy(args)


def difference(
    function: Callable[..., Any], args: tuple[Any, ...], direction: Any, cotangent: Any,
    step: float = 1e-6,
) -> float:  # fmt: skip
    """The central difference of the inner product of a function's value with a cotangent."""
    up = function(*moved(fresh(args), direction, step))
    down = function(*moved(fresh(args), direction, -step))
    return (inner(cotangent, up) - inner(cotangent, down)) / (2 * step)
