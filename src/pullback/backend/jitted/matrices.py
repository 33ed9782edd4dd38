"""Linear algebra of stacks of matrices, and what NumPy has no function for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.np.numpy_support import as_dtype

from pullback.backend.jitted.entered import compiled, defined, entered, tuple_of


def _of_each(of: Any, ndim: int, out: str, given: str = "a", **names: Any) -> Any:
    """A function of each matrix of a stack, or of those of several, which are put into ``out``."""
    each = ", ".join(f"np.ascontiguousarray({name}[i])" for name in given.split(", "))
    return defined(
        f"""
def stacked({given}):
    out = {out}
    for i in np.ndindex({tuple_of(f"a.shape[{k}]" for k in range(ndim - 2))}):
        out[i] = of({each})
    return out
""",
        of=of,
        **names,
    )


def _enter_stacked(name: str, drops: int) -> None:
    """A function of each matrix of a stack, whose result has ``drops`` axes less."""
    function = getattr(np.linalg, name)

    @entered(f"np.linalg.{name}")
    def typed(a: Any) -> Any:
        sizes = tuple_of(f"a.shape[{k}]" for k in range(a.ndim - drops))
        dtype = np.asarray(function(np.eye(2, dtype=as_dtype(a.dtype)))).dtype
        stacked = _of_each(function, a.ndim, f"np.empty({sizes}, dtype)", dtype=dtype)
        return lambda a: stacked(a)


@compiled
def _inv_or_nan_of(a: Any) -> Any:
    """See ``runtime.inv_or_nan``."""
    if abs(np.linalg.slogdet(a)[0]) > 0:
        return np.linalg.inv(a)
    return np.full_like(a, np.nan)


@entered("inv_or_nan")
def _inv_or_nan(a: Any) -> Any:
    if a.ndim > 2:
        stacked = _of_each(_inv_or_nan_of, a.ndim, "np.empty_like(a)")
        return lambda a: stacked(a)
    return lambda a: _inv_or_nan_of(np.ascontiguousarray(a))


@compiled
def _solve_or_nan_of(a: Any, b: Any) -> Any:
    """See ``runtime.solve_or_nan``."""
    if abs(np.linalg.slogdet(a)[0]) > 0:
        return np.linalg.solve(a, b)
    return np.full_like(b, np.nan)


@entered("solve_or_nan")
def _solve_or_nan(a: Any, b: Any) -> Any:
    if a.ndim > 2:
        stacked = _of_each(_solve_or_nan_of, a.ndim, "np.empty_like(b)", "a, b")
        return lambda a, b: stacked(a, b)
    return lambda a, b: _solve_or_nan_of(np.ascontiguousarray(a), np.ascontiguousarray(b))


for _name, _drops in (("inv", 0), ("det", 2), ("cholesky", 0)):
    _enter_stacked(_name, _drops)


@entered("np.linalg.solve")
def _solve(a: Any, b: Any) -> Any:
    """NumPy takes an array of one dimension for a vector, and of more for a stack of matrices."""
    vectors = b.ndim == 1
    ahead = [f"batch[{k}]" for k in range(max(a.ndim, b.ndim) - 2)]
    ends = ["b.shape[-1]"] if vectors else ["b.shape[-2]", "b.shape[-1]"]
    tail = tuple_of(ends)
    first, second = (
        tuple_of(f"{x}.shape[{k}]" for k in range(n - 2)) for x, n in (("a", a.ndim), ("b", b.ndim))
    )
    dtype = np.result_type(as_dtype(a.dtype), as_dtype(b.dtype))
    solved = defined(
        f"""
def solved(a, b):
    batch = np.broadcast_shapes({first}, {second})
    lefts = np.broadcast_to(np.ascontiguousarray(a), batch + (a.shape[-2], a.shape[-1]))
    rights = np.broadcast_to(np.ascontiguousarray(b), batch + {tail})
    out = np.empty({tuple_of([*ahead, *ends])}, dtype)
    for i in np.ndindex(batch):
        x, y = lefts[i].astype(dtype), rights[i].astype(dtype)
        out[i] = np.linalg.solve(np.ascontiguousarray(x), np.ascontiguousarray(y))
    return out
""",
        dtype=dtype,
    )
    return lambda a, b: solved(a, b)


@entered("np.linalg.svdvals")
def _svdvals(x: Any) -> Any:
    return lambda x: np.linalg.svd(x)[1]


@compiled
def _cofactors_of(a: Any) -> Any:
    """See ``runtime.cofactors``."""
    if not np.isfinite(a).all():
        return np.full_like(a, np.nan)
    u, s, vt = np.linalg.svd(a)
    others = np.ones_like(s)
    for k in range(len(s)):
        for j in range(len(s)):
            if j != k:
                others[k] *= s[j]
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return sign * np.dot(np.conj(u) * others, np.ascontiguousarray(np.conj(vt)))


@compiled
def _cofactors_along_of(a: Any, e: Any) -> Any:
    """See ``runtime.cofactors_along``."""
    if not np.isfinite(a).all():
        return np.full_like(e, np.nan)
    u, s, vt = np.linalg.svd(a)
    left, right = np.conj(u), np.ascontiguousarray(np.conj(vt))
    turned = np.ascontiguousarray(left.T) @ np.ascontiguousarray(e) @ np.ascontiguousarray(right.T)
    found = np.zeros_like(turned)
    for i in range(len(s)):
        for j in range(i):
            others = 1.0
            for k in range(len(s)):
                if k not in (i, j):
                    others *= s[k]
            found[i, i] += others * turned[j, j]
            found[j, j] += others * turned[i, i]
            found[i, j] -= others * turned[j, i]
            found[j, i] -= others * turned[i, j]
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return sign * (np.ascontiguousarray(left) @ found @ right)


@entered("cofactors_along")
def _cofactors_along(a: Any, e: Any) -> Any:
    if a.ndim > 2:
        stacked = _of_each(_cofactors_along_of, a.ndim, "np.empty_like(a)", "a, e")
        return lambda a, e: stacked(a, e)
    return lambda a, e: _cofactors_along_of(np.ascontiguousarray(a), e)


@entered("cofactors")
def _cofactors(a: Any) -> Any:
    if a.ndim > 2:
        stacked = _of_each(_cofactors_of, a.ndim, "np.empty_like(a)")
        return lambda a: stacked(a)
    return lambda a: _cofactors_of(np.ascontiguousarray(a))
