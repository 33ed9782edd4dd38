"""Arrays that are joined and taken apart, those of lists too, and adjoints of lists."""

from __future__ import annotations

from typing import Any

from numba import types

from pullback.backend.jitted.entered import (
    HELPERS,
    constant,
    defined,
    entered,
    tuple_of,
    written,
)


@entered("np.concatenate")
def _concatenate(arrays: Any, axis: Any = 0) -> Any:
    """Of a list, whose arrays may differ in one size, or of whole arrays in order (without an axis)."""
    if isinstance(arrays, types.BaseTuple) and constant(axis) is None:
        joined = written(
            f"xs: np.concatenate({tuple_of(f'xs[{k}].ravel()' for k in range(len(arrays)))})"
        )
        return lambda arrays, axis=0: joined(arrays)
    if not isinstance(arrays, types.List):
        return None
    ndim = arrays.dtype.ndim
    k = constant(axis) % ndim
    before = ":, " * k
    sizes = tuple_of("total" if j == k else f"xs[0].shape[{j}]" for j in range(ndim))
    joined = defined(
        f"""
def joined(xs):
    if len(xs) == 0:
        raise ValueError("need at least one array to concatenate")
    total = 0
    for x in xs:
        total += x.shape[{k}]
    out, at = np.empty({sizes}, xs[0].dtype), 0
    for x in xs:
        out[{before}at : at + x.shape[{k}]] = x
        at += x.shape[{k}]
    return out
"""
    )
    return lambda arrays, axis=0: joined(arrays)


@entered("np.stack")
def _stack(arrays: Any, axis: Any = 0) -> Any:
    if not isinstance(arrays, types.List):
        return None
    ndim = arrays.dtype.ndim
    k = constant(axis) % (ndim + 1)
    sizes = [f"xs[0].shape[{j}]" for j in range(ndim)]
    stacked = defined(
        f"""
def stacked(xs):
    if len(xs) == 0:
        raise ValueError("need at least one array to stack")
    out = np.empty({tuple_of([*sizes[:k], "len(xs)", *sizes[k:]])}, xs[0].dtype)
    for i, x in enumerate(xs):
        if x.shape != xs[0].shape:
            raise ValueError("all input arrays must have the same shape")
        out[{":, " * k}i] = x
    return out
"""
    )
    return lambda arrays, axis=0: stacked(arrays)


@entered("unstack")
def _unstack(g: Any, axis: Any) -> Any:
    k, copied = constant(axis), ".copy()" if g.ndim > 1 else ""
    taken = written(f"g: [g[{':, ' * k}i]{copied} for i in range(g.shape[{k}])]")
    return lambda g, axis: taken(g)


@entered("split_like")
def _split_like(g: Any, like: Any, axis: Any) -> Any:
    k = constant(axis) % g.ndim
    split = defined(
        f"""
def split(g, like):
    parts, at = [], 0
    for x in like:
        parts.append(g[{":, " * k}at : at + x.shape[{k}]].copy())
        at += x.shape[{k}]
    return parts
"""
    )
    return lambda g, like, axis: split(g, like)


# ---- adjoints of lists


@entered("copy_tree")
def _copy_tree(t: Any) -> Any:
    match t:
        case types.List():
            copied = HELPERS["copy_tree"]
            return lambda t: [copied(item) for item in t]
        case types.Array():
            return lambda t: t.copy()
    return lambda t: t


@entered("add_trees")
def _add_trees(a: Any, b: Any) -> Any:
    if isinstance(a, types.List):
        add = HELPERS["add_trees"]
        return lambda a, b: [add(a[i], b[i]) for i in range(len(a))]
    return lambda a, b: a + b
