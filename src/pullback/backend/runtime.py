"""The functions that generated code may call: a closed list, each short and on its own.

Nothing here interprets a program or keeps a tape. Each helper is self-contained, so that it can be
pasted into text that is to run without pullback.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum ``g`` over the axes along which something of this shape was broadcast to that of ``g``."""
    g = np.asarray(g)
    if g.ndim > len(shape):
        g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    axes = tuple(k for k, n in enumerate(shape) if n == 1 and np.shape(g)[k] != 1)
    return np.asarray(np.sum(g, axis=axes, keepdims=True) if axes else g)


def masked_mul(g: Any, p: Any) -> Any:
    """``g * p``, but 0 wherever ``g`` is 0, whatever ``p`` is there."""
    with np.errstate(invalid="ignore"):
        product = np.multiply(g, p)
    if product.ndim == 0:
        return product if g != 0 else product.dtype.type(0)
    np.copyto(product, 0, where=np.equal(g, 0))
    return product


def check_square(x: Any, like: Any, told: str) -> Any:
    """``x``, if matrices are square: what has a derivative of others is ``told``."""
    if like.shape[-1] != like.shape[-2]:
        raise ValueError(told)
    return x


def cast_like(x: Any, like: Any) -> Any:
    """A number in the type of another; of arrays a copy in its dtype, if both are there."""
    if isinstance(x, np.ndarray):
        return x.astype(getattr(like, "dtype", x.dtype))
    return np.asarray(like).dtype.type(x) if isinstance(like, np.generic | np.ndarray) else float(x)


def copy_tree(t: Any) -> Any:
    """A copy of nested lists and tuples that shares no memory with the original."""
    if isinstance(t, list | tuple) or hasattr(t, "popleft"):
        return type(t)([copy_tree(item) for item in t])
    return t.copy() if isinstance(t, np.ndarray | dict) else t


def copy_as_laid_out(t: Any) -> Any:
    """A copy of an array, or of nested ones, with the strides of the original: what is a view of one
    is a view of the other."""
    if isinstance(t, list | tuple) or hasattr(t, "popleft"):
        return type(t)([copy_as_laid_out(item) for item in t])
    if not isinstance(t, np.ndarray):
        return t.copy() if isinstance(t, dict) else t
    repeats = any(n > 1 and stride == 0 for n, stride in zip(t.shape, t.strides, strict=True))
    if t.size == 0 or t.dtype.hasobject or repeats:
        return t.copy()
    ends = [(n - 1) * stride for n, stride in zip(t.shape, t.strides, strict=True)]
    before = -sum(end for end in ends if end < 0)
    memory = np.empty(before + sum(end for end in ends if end > 0) + t.itemsize, np.uint8)
    copy: Any = np.ndarray(t.shape, t.dtype, memory, before, t.strides)
    copy[...] = t
    return copy


def zeros_if_there(x: Any) -> Any:
    """A zero adjoint of an array, or of a list of arrays or numbers; a number for what is not there:
    whatever is added to that is what it is."""
    if isinstance(x, list) or hasattr(x, "popleft"):
        return type(x)([zeros_if_there(item) for item in x])
    return np.zeros_like(x) if isinstance(x, np.ndarray) else 0.0


def zeros_tree(t: Any) -> Any:
    """A zero adjoint of nested lists, tuples, arrays and numbers; 0 for an integer."""
    if isinstance(t, list | tuple) or hasattr(t, "popleft"):
        return type(t)([zeros_tree(item) for item in t])
    if isinstance(t, np.ndarray):
        return np.zeros_like(t)
    if isinstance(t, float | complex | np.inexact):
        return type(t)(0)
    return None if t is None or isinstance(t, str) else 0


def add_trees(a: Any, b: Any) -> Any:
    """The sum of two adjoints of one value; None counts as nothing."""
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, list | tuple) or hasattr(a, "popleft"):
        return type(a)([add_trees(x, y) for x, y in zip(a, b, strict=True)])
    return a + b


def instance(cls: Any, /, **attributes: Any) -> Any:
    """An object that holds these attributes; no code of its class is run."""
    new = object.__new__(cls)
    for name, value in attributes.items():
        object.__setattr__(new, name, value)
    return new


def check_one(y: Any, name: str) -> None:
    """Refuse a result that has no gradient because it is not one number."""
    if np.size(y) != 1:
        raise TypeError(
            f"the result of {name} has shape {np.shape(y)}, and a gradient needs a result of size 1: "
            "use jacobian, elementwise_grad or vjp"
        )


def call_outside(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """Call what is not compiled with arrays and lists of its own, which it must not write to."""

    def copied(t: Any) -> Any:
        if isinstance(t, list | tuple):
            return type(t)([copied(item) for item in t])
        if isinstance(t, dict):
            return {key: copied(item) for key, item in t.items()}
        return t.copy() if isinstance(t, np.ndarray) else t

    def same(a: Any, b: Any) -> bool:
        if isinstance(a, list | tuple):
            return len(a) == len(b) and all(map(same, a, b))
        if isinstance(a, dict):
            return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
        if isinstance(a, np.ndarray):
            return np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        return a is b

    given = copied([list(args), keywords])
    result = function(*given[0], **given[1])
    if not same([list(args), keywords], given):
        name = getattr(function, "__name__", function)
        raise TypeError(f"{name} writes to an argument: let it return a new array or list")
    return result


def as_number(value: Any, kind: str) -> Any:
    """What a call that is not compiled has given, if it is the number that it is taken for."""
    classes: Any = {"float": (float, np.float64), "int": (int, np.int64), "bool": (bool, np.bool_)}
    if type(value) in classes.get(kind, ()) or type(value).__name__ == kind:
        return value
    if kind == "float" and type(value) is np.ndarray and value.ndim == 0 and value.dtype == np.float64:
        return value[()]
    found = type(value).__name__
    if isinstance(value, np.ndarray):
        found = f"an array of {value.ndim} dimensions and dtype {value.dtype}"
    raise TypeError(f"{found} was given where a {kind} is needed: convert it, or annotate what is given")


def as_list(value: Any) -> Any:
    """The items of a container that a call that is not compiled has given."""
    if isinstance(value, list | tuple | dict | str | set | frozenset | np.ndarray):
        return list(value)
    raise TypeError(f"{type(value).__name__} was given where a list is needed: write list(...) of it")


def as_array(value: Any, dtype: str, ndim: int) -> Any:
    """What a call that is not compiled has given, if it is an array of this kind; a copy of it."""
    if type(value) is np.ndarray and value.dtype == dtype and value.ndim == ndim:
        return value.copy()
    found = type(value).__name__
    if isinstance(value, np.ndarray):
        found = f"an array of {value.ndim} dimensions and dtype {value.dtype}"
    raise TypeError(f"{found} was given where an array of {ndim} dimensions and dtype {dtype} is needed")


def check_finite(value: Any, what: str, operands: dict[str, Any]) -> None:
    """Tell of a value that is nan, or infinite while none is that it was computed from."""
    if np.isfinite(value).all():
        return
    nans = np.isnan(value)
    if not nans.any() and any(np.isinf(x).any() for x in operands.values()):
        return
    places = np.argwhere(nans if nans.any() else np.isinf(value))
    at = tuple(map(int, places[0]))
    told = [f"{what} is {'nan' if nans.any() else 'infinite'}"]
    if np.ndim(value):
        told[0] += f" at {list(at)}, one of {len(places)} such elements of {np.size(value)}"
    for name, x in operands.items():
        if np.ndim(x) == 0:
            told.append(f"{name} = {x!r}")
        elif np.shape(x) == np.shape(value):
            told.append(f"{name} at {list(at)} = {x[at]!r}")
        elif np.size(x) <= 8:
            told.append(f"{name} = {x!r}")
        else:
            told.append(f"{name} has shape {np.shape(x)}, from {np.min(x)!r} to {np.max(x)!r}")
    raise FloatingPointError("\n  ".join(told))


def check_apart(name: str, x: Any, *others: Any) -> None:
    """Refuse an argument that is written to and may share memory with another one, or a list of it."""

    def arrays(t: Any) -> list[Any]:
        if isinstance(t, list | tuple):
            return [a for item in t for a in arrays(item)]
        return [t] if isinstance(t, np.ndarray) else []

    def lists(t: Any) -> list[int]:
        inner = [i for item in t for i in lists(item)] if isinstance(t, list | tuple) else []
        return [id(t), *inner] if isinstance(t, list) else inner

    mine, known = arrays(x), lists(x)
    pairs = [(a, b) for a in mine for b in arrays(others)]
    pairs += [(a, b) for k, a in enumerate(mine) for b in mine[:k]]
    twice = len({*known}) < len(known) or not {*known}.isdisjoint(lists(others))
    if twice or any(np.may_share_memory(a, b) for a, b in pairs):
        raise TypeError(f"{name} is written to, and may share memory with another argument: pass a copy")


def check_real(y: Any) -> None:
    """Refuse a power of a negative number, which Python makes complex."""
    if isinstance(y, complex):
        raise TypeError(f"a real number was expected, got {y}: a negative base to a broken power")


def check_int(y: Any) -> None:
    """Refuse a power of an integer, which Python makes a float where the exponent is negative."""
    if isinstance(y, float):
        raise TypeError(f"an integer was expected, got {y}: write the base as a float")


def prod_others(x: Any, axis: Any) -> Any:
    """For each element, the product of all others along the axes, without dividing."""
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    last = range(-len(axes), 0)
    moved = np.moveaxis(x, tuple(axes), tuple(last))
    rest = moved.shape[: x.ndim - len(axes)]
    flat = moved.reshape(*rest, math.prod(moved.shape[len(rest) :]))
    before, after = np.ones_like(flat), np.ones_like(flat)
    np.cumprod(flat[..., :-1], axis=-1, out=before[..., 1:])
    np.cumprod(flat[..., :0:-1], axis=-1, out=after[..., -2::-1])
    return np.moveaxis((before * after).reshape(moved.shape), tuple(last), tuple(axes))


def cumprod_tangent(t: Any, x: Any, y: Any, axis: int) -> Any:
    """The tangent of ``y = np.cumprod(x, axis)``; up to the first zero it is ``y * cumsum(t / x)``."""
    zero = x == 0
    if not zero.any():
        found = t / x
        np.cumsum(found, axis=axis, out=found)
        found *= y
        return found
    first = zero & (np.cumsum(zero, axis=axis) == 1)
    without = np.cumprod(np.where(first, 1, x), axis=axis)
    found = y * np.cumsum(t / np.where(zero, 1, x), axis=axis)
    return found + without * np.cumsum(np.where(first, t, 0), axis=axis)


def cumprod_adjoint(g: Any, x: Any, y: Any, axis: int) -> Any:
    """The cotangent of x in ``y = np.cumprod(x, axis)``; without zeros sums of ``g * y``, over x."""
    zero = x == 0
    found = np.flip(np.cumsum(np.flip(g * y, axis), axis=axis), axis)
    if not zero.any():
        return found / x
    first = zero & (np.cumsum(zero, axis=axis) == 1)
    without = np.cumprod(np.where(first, 1, x), axis=axis)
    at_zero = np.flip(np.cumsum(np.flip(g * without, axis), axis=axis), axis)
    return np.where(first, at_zero, found / np.where(zero, 1, x))


def recurrence(a: Any, b: Any, axis: int, reverse: bool) -> Any:
    """``s[i] = a[i] + b[i] * s[i - 1]``, or ``a[i] + b[i + 1] * s[i + 1]``, in pairs of pairs."""

    def solve(a: Any, b: Any) -> Any:
        if len(a) < 2:
            return a.copy()
        s = np.empty_like(a)
        s[0] = a[0]
        s[1::2] = solve(a[1::2] + b[1::2] * a[:-1:2], b[1::2] * b[:-1:2])
        s[2::2] = a[2::2] + b[2::2] * s[1:-1:2]
        return s

    a = np.moveaxis(a, axis, 0).astype(np.result_type(a, b))
    b = np.moveaxis(b, axis, 0)
    if reverse:
        a, b = a[::-1], np.concatenate([b[:1], b[:0:-1]])
    with np.errstate(all="ignore"):
        s = solve(a, b)
    if not np.isfinite(s).all():  # products of pairs may be out of range where the sums are not
        s = a.copy()
        for i in range(1, len(s)):
            s[i] += b[i] * s[i - 1]
    return np.moveaxis(s[::-1] if reverse else s, 0, axis)


def cofactors(a: Any) -> Any:
    """The derivative of the determinant, also where it is 0: from singular values, never dividing."""
    if not np.isfinite(a).all():
        return np.full_like(a, np.nan)
    u, s, vt = np.linalg.svd(a)
    others = np.empty_like(s)
    for k in range(s.shape[-1]):
        others[..., k] = np.prod(np.delete(s, k, axis=-1), axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return sign[..., None, None] * (u.conj() * others[..., None, :]) @ vt.conj()


def cofactors_along(a: Any, e: Any) -> Any:
    """The derivative of the cofactors along ``e``, also where the determinant is 0: like them from
    singular values, of which each minor leaves out two."""
    if not np.isfinite(a).all():
        return np.full_like(e, np.nan)
    u, s, vt = np.linalg.svd(a)
    zero = s == 0
    known = np.where(zero, 1, s)
    pairs = np.prod(known, -1)[..., None, None] / known[..., None] / known[..., None, :]
    zeros = zero[..., None].astype(int) + zero[..., None, :]
    pairs = np.where(zeros == np.sum(zero, -1)[..., None, None], pairs, 0) * (1 - np.eye(s.shape[-1]))
    turned = np.swapaxes(u.conj(), -1, -2) @ e @ np.swapaxes(vt.conj(), -1, -2)
    diagonal = np.einsum("...ij,...jj->...i", pairs, turned)
    found = diagonal[..., None] * np.eye(s.shape[-1]) - pairs * np.swapaxes(turned, -1, -2)
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return sign[..., None, None] * (u.conj() @ found @ vt.conj())


def inv_or_nan(a: Any) -> Any:
    """The inverse in a derivative of what does not invert: nan where a matrix is singular."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        regular = np.abs(np.linalg.slogdet(a)[0]) > 0  # raises as well if it is not square
        regular = regular[..., None, None]
        found = np.linalg.inv(np.where(regular, a, np.eye(a.shape[-1], dtype=a.dtype)))
        return np.where(regular, found, np.divide(0.0, 0.0)).astype(found.dtype)


def solve_or_nan(a: Any, b: Any) -> Any:
    """What solves equations in a derivative of what solves none: nan where a matrix is singular."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        regular = np.abs(np.linalg.slogdet(a)[0]) > 0  # raises as well if it is not square
        regular = regular[..., None, None]
        found = np.linalg.solve(np.where(regular, a, np.eye(a.shape[-1], dtype=a.dtype)), b)
        return np.where(regular, found, np.divide(0.0, 0.0)).astype(found.dtype)


def expm_along(a: Any, e: Any) -> Any:
    """The derivative of the exponential of a matrix along ``e``: nan where one of them is not finite."""
    from scipy.linalg import expm_frechet

    try:
        return expm_frechet(a, e, compute_expm=False)
    except ValueError:
        return np.full(np.shape(a), np.divide(0.0, 0.0), np.result_type(a, e))


def sylvester_or_nan(a: Any, b: Any, q: Any) -> Any:
    """What solves ``a x + x b = q`` in a derivative: nan where one of them is not finite."""
    from scipy.linalg import solve_sylvester

    try:
        return solve_sylvester(a, b, q)
    except ValueError:
        return np.full(np.shape(q), np.divide(0.0, 0.0), np.result_type(a, b, q))


def complex_eig(a: Any) -> Any:
    """Eigenvalues and vectors of a real matrix as complex numbers, also where all are real."""
    w, v = np.linalg.eig(a)
    dtype = np.result_type(w, np.complex64)
    return w.astype(dtype), v.astype(dtype)


def complex_eigvals(a: Any) -> Any:
    """Eigenvalues of a real matrix as complex numbers, also where all are real."""
    w = np.linalg.eigvals(a)
    return w.astype(np.result_type(w, np.complex64))


def complex_roots(p: Any) -> Any:
    """Roots of a real polynomial as complex numbers, also where all are real."""
    r = np.roots(p)
    return r.astype(np.result_type(r, np.complex64))


def last_written(x: Any, index: Any) -> Any:
    """Which of the values written to ``x[index]`` stay: of those for one place, the last."""
    winners = np.empty(x.shape, int)
    numbers = np.arange(winners[index].size).reshape(winners[index].shape)
    winners[index] = numbers
    return winners[index] == numbers


def set_where(x: Any, mask: Any, value: Any) -> None:
    """Write a value to the places that a mask tells."""
    x[mask] = value


def add_where(x: Any, mask: Any, value: Any) -> None:
    """Add values to the places that a mask tells."""
    x[mask] += value


def contracted(a: Any, b: Any, axes: Any, others: Any) -> Any:
    """The sums of products of ``a`` and ``b`` over axes of the one and as many of the other."""
    return np.tensordot(a, b, (axes, others))


def split_like(g: Any, like: Sequence[Any], axis: int) -> list[Any]:
    """The parts of ``g`` along an axis that have the sizes of the arrays in a list."""
    ends = np.cumsum([x.shape[axis] for x in like])[:-1]
    return [part.copy() for part in np.split(g, ends, axis)]


def unstack(g: Any, axis: int) -> list[Any]:
    """The slices of ``g`` along an axis, as a list of arrays of their own or of numbers."""
    parts = map(np.asarray, np.moveaxis(g, axis, 0))
    return [np.copy(part) if part.ndim else part[()] for part in parts]


def list_order(keys: Any, reverse: bool) -> list[int]:
    """The order that sorts a list: where each of the sorted items stands in it."""
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


def snapshot_distance(steps: int, free: int) -> int:
    """How many steps to go from a snapshot to the next one, so that the fewest steps are run again.

    So many ``steps`` are to be reversed, with the snapshot and ``free`` more. With s snapshots, in which
    each step is run again at most r times, C(s + r, s) can be (Griewank and Walther, Algorithm 799).
    """
    if free < 1:
        return steps
    if steps <= free + 2:
        return 1
    s, r, most = free + 1, 1, free + 2
    while most < steps:
        r += 1
        most = most * (s + r) // r
    once_less = most * r // (s + r)
    return min(once_less, steps - once_less * s // (s + r - 1))


def polygamma(x: float, n: int) -> float:
    """The n-th derivative of digamma, the logarithmic derivative of the gamma function.

    Above 12 by the asymptotic series, below by recurrence, for negative x by reflection (Abramowitz
    and Stegun, 6.3.5, 6.3.7, 6.3.18, 6.4.6, 6.4.7 and 6.4.11).
    """
    bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
    with np.errstate(all="ignore"):
        z, sign, below = np.float64(x), (-1.0) ** (n + 1), np.float64(0.0)
        if z < 0:
            powers = np.polynomial.Polynomial([0, 1])  # of the cotangent, which is taken n times
            for _ in range(n):
                powers = powers.deriv() * np.polynomial.Polynomial([-np.pi, 0, -np.pi])
            turned = powers(1 / np.tan(np.pi * (z - np.round(z))))
            return float((-1.0) ** n * polygamma(1 - x, n) - np.pi * turned)
        while z < 12 + 2 * n:
            below += math.factorial(n) / z ** (n + 1)
            z += 1
        total = math.factorial(n) / (2 * z ** (n + 1))
        for k, b in enumerate(bernoulli, start=1):
            total += b * (math.factorial(2 * k + n - 1) / math.factorial(2 * k)) / z ** (2 * k + n)
        first = sign * math.factorial(n - 1) / z**n if n else np.log(z)
        return float(first + sign * (total + below))


def sinc_slope(x: Any, n: int) -> Any:
    """The n-th derivative of sin(pi x) / (pi x), with t = pi x that of sin(t) / t.

    Near 0 by its series, from |t| = n on by ``t f(n) = sin(n) - n f(n - 1)``, where that is stable.
    Whole turns are taken off x, which is exact.
    """
    x = np.asarray(x)
    t = np.pi * x
    near = np.abs(t) <= n
    small, large = np.where(near, t, 0), np.where(near, 1, t)
    series = np.zeros_like(t)
    for m in range(24 + 3 * n - n % 2, -1, -2):
        power = m + n % 2
        sign = (-1) ** ((power + n) // 2)
        series = series * small**2 + sign / (math.factorial(power) * (power + n + 1))
    angle = np.pi * (x - 2 * np.rint(np.real(x) / 2))
    turns = (np.sin(angle), np.cos(angle), -np.sin(angle), -np.cos(angle))
    found = turns[0] / large
    for k in range(1, n + 1):
        found = (turns[k % 4] - k * found) / large
    return (np.pi**n * np.where(near, series * small ** (n % 2), found))[()].astype(t.dtype)


def bessel_i1(x: Any) -> Any:
    """The modified Bessel function of order 1: by its series, its integral, and its asymptotic series.

    Abramowitz and Stegun, 9.6.10, 9.6.19 and 9.7.1. All terms of the first series have one sign, and of
    what is periodic midpoints give the integral to all digits.
    """
    x = np.asarray(x)
    size = np.abs(x)
    near, middle, large = np.minimum(size, 4), np.clip(size, 4, 30), np.maximum(size, 30)
    quarter, series, mean, tail = near * near / 4, *(np.zeros_like(size) for _ in range(3))
    for k in range(25, -1, -1):
        series = series * quarter / ((k + 1) * (k + 2)) + 1
    for k in range(31, -1, -1):
        half = math.pi * (2 * k + 1) / 128
        mean += math.cos(2 * half) * np.exp(-2 * math.sin(half) ** 2 * middle) / 32
    for k in range(20, -1, -1):
        tail = 1 - tail * (4 - (2 * k + 1) ** 2) / (8 * (k + 1) * large)
    with np.errstate(over="ignore"):
        beyond = np.exp(large) / np.sqrt(2 * np.pi * large) * tail
    inside = np.where(size <= 4, series * near / 2, mean * np.exp(middle))
    return (np.sign(x) * np.where(size <= 30, inside, beyond))[()].astype(x.dtype)


def divided(x: Any, y: Any) -> Any:
    """``x / y`` of numbers of Python, which raises at 0."""
    return x / y


def floor_divided(x: Any, y: Any) -> Any:
    """``x // y`` of numbers of Python, which raises at 0."""
    return x // y


def remainder(x: Any, y: Any) -> Any:
    """``x % y`` of numbers of Python, which raises at 0."""
    return x % y


# All of them, by name.
HELPERS: dict[str, Callable[..., Any]] = {
    name: f for name, f in list(globals().items()) if isinstance(f, FunctionType)
}
