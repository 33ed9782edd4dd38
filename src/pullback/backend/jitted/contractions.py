"""Products of arrays that sum over axes: of matrices, ``np.tensordot`` and ``np.einsum``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.np.numpy_support import as_dtype

from pullback.backend.jitted.entered import constant, defined, entered, tuple_of


def _common(*xs: Any) -> np.dtype[Any]:
    return np.result_type(*(as_dtype(x.dtype) for x in xs))


def _of_type(x: Any, name: str, dtype: np.dtype[Any]) -> str:
    """The text of an array that BLAS takes: dense, and of the type of the other one."""
    converted = name if as_dtype(x.dtype) == dtype else f"{name}.astype(dtype)"
    dense = x.layout in "CF" or converted != name
    return converted if dense else f"np.ascontiguousarray({converted})"


@entered("np.matmul")
def _matmul(a: Any, b: Any) -> Any:
    dtype = _common(a, b)
    left, right = _of_type(a, "a", dtype), _of_type(b, "b", dtype)
    if a.ndim < 3 and b.ndim < 3:
        return eval(f"lambda a, b: np.dot({left}, {right})", {"np": np, "dtype": dtype})
    product = defined(_batched(a.ndim, b.ndim), dtype=dtype)
    return lambda a, b: product(a, b)


def _batched(m: int, n: int) -> str:
    """The text of the product of stacks of matrices; vectors stand for those of one row or column."""
    left = "a.reshape((1, a.shape[0]))" if m == 1 else "a"
    right = "b.reshape((b.shape[0], 1))" if n == 1 else "b"
    ahead = [f"a.shape[{k}]" for k in range(m - 2)], [f"b.shape[{k}]" for k in range(n - 2)]
    first, second = map(tuple_of, ahead)
    shape = [f"batch[{k}]" for k in range(max(m, n) - 2)]
    rows, columns = ["a.shape[-2]"] * (m > 1), ["b.shape[-1]"] * (n > 1)
    return f"""
def product(a, b):
    batch = np.broadcast_shapes({first}, {second})
    out = np.empty({tuple_of([*shape, *rows, *columns])}, dtype)
    left, right = np.ascontiguousarray({left}), np.ascontiguousarray({right})
    lefts = np.broadcast_to(left, batch + left.shape[{max(m - 2, 0)}:])
    rights = np.broadcast_to(right, batch + right.shape[{max(n - 2, 0)}:])
    for i in np.ndindex(batch):
        x = np.ascontiguousarray(lefts[i].astype(dtype))
        y = np.ascontiguousarray(rights[i].astype(dtype))
        out[i] = np.dot(x, y){".reshape(" + tuple_of([*rows, *columns]) + ")" if 1 in (m, n) else ""}
    return out
"""


@entered("np.dot")
def _dot(a: Any, b: Any) -> Any:
    product = _product(a, b, [a.ndim - 1], [max(b.ndim - 2, 0)])
    return lambda a, b: product(a, b)


@entered("np.tensordot")
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    count = constant(axes)
    product = _product(a, b, range(a.ndim - count, a.ndim), range(count))
    return lambda a, b, axes=2: product(a, b)


@entered("contracted")
def _contracted(a: Any, b: Any, axes: Any, others: Any) -> Any:
    first, second = (_places(x, constant(ks)) for x, ks in ((a, axes), (b, others)))
    product = _product(a, b, first, second)
    return lambda a, b, axes, others: product(a, b)


def _places(x: Any, given: Any) -> list[int]:
    """One axis or several, counted from the first one."""
    return [k % x.ndim for k in ([given] if isinstance(given, int) else given)]


def _product(a: Any, b: Any, first: Sequence[int], second: Sequence[int]) -> Any:
    """One product of matrices, the axes that are summed over being those in the middle."""
    dtype = _common(a, b)
    rows = [k for k in range(a.ndim) if k not in first]
    columns = [k for k in range(b.ndim) if k not in second]
    m, n, middle = (
        " * ".join(["1", *(f"{x}.shape[{k}]" for k in ks)])
        for x, ks in (("a", rows), ("b", columns), ("a", first))
    )
    shape = tuple_of([*(f"a.shape[{k}]" for k in rows), *(f"b.shape[{k}]" for k in columns)])
    alike = " or ".join(
        [f"a.shape[{j}] != b.shape[{k}]" for j, k in zip(first, second, strict=True)] or ["False"]
    )
    return defined(
        f"""
def product(a, b):
    if {alike}:
        raise ValueError("shape-mismatch for sum")
    left = np.ascontiguousarray(a.transpose({(*rows, *first)}).astype(dtype))
    right = np.ascontiguousarray(b.transpose({(*second, *columns)}).astype(dtype))
    left, right = left.reshape(({m}, {middle})), right.reshape(({middle}, {n}))
    return np.dot(left, right){".reshape(" + shape + ")" if shape != "()" else "[0, 0]"}
""",
        dtype=dtype,
    )


@entered("np.polyval")
def _polyval(p: Any, x: Any) -> Any:
    zero = "np.zeros(x.shape)" if isinstance(x, types.Array) else "0.0"
    found = defined(f"""
def found(p, x):
    y = {zero}
    for k in range(len(p)):
        y = y * x + p[k]
    return y
""")
    return lambda p, x: found(p, x)


# ---- einsum


@entered("np.einsum")
def _einsum(subscripts: Any, *operands: Any) -> Any:
    alone = len(operands) == 1 and isinstance(operands[0], types.BaseTuple)
    xs: Any = operands[0] if alone else operands  # Numba tells of them in one tuple
    text = defined_einsum(constant(subscripts), [x.ndim for x in xs])
    product = defined(text, dtype=_common(*xs))
    return lambda subscripts, *operands: product(*operands)


def defined_einsum(subscripts: str, ndims: list[int]) -> str:
    """The text of loops over all letters: those of the result outside, those summed over inside."""
    given, _, result = subscripts.replace(" ", "").partition("->")
    terms = given.split(",")
    if "->" not in subscripts:
        result = "".join(sorted(c for c in set(given) if c.isalpha() and given.count(c) == 1))
    if "." in subscripts or any(len(t) != n for t, n in zip(terms, ndims, strict=True)):
        raise TypingError("np.einsum with an ellipsis is not compiled")
    names = [f"x{k}" for k in range(len(terms))]
    places: dict[str, list[str]] = {}
    for name, term in zip(names, terms, strict=True):
        for k, letter in enumerate(term):
            places.setdefault(letter, []).append(f"{name}.shape[{k}]")
    lines = [f"def product({', '.join(names)}):"]
    for letter, found in places.items():
        stretched = "".join(f"{n} if {n} != 1 else " for n in found[:-1])
        lines.append(f"    n_{letter} = {stretched}{found[-1]}")
        for n in found[: len(found) * (len(found) > 1)]:
            lines.append(f"    if {n} not in (n_{letter}, 1):")
            lines.append("        raise ValueError('operands could not be broadcast together')")
    lines.append(f"    out = np.zeros({tuple_of(f'n_{c}' for c in result)}, dtype)")
    inner = [c for c in places if c not in result]
    for depth, letter in enumerate([*result, *inner], 1):
        lines.append(f"{'    ' * depth}for {letter} in range(n_{letter}):")
    factors = []
    for name, term in zip(names, terms, strict=True):
        index = ", ".join(
            c if len(places[c]) == 1 else f"{c} if {name}.shape[{k}] > 1 else 0"
            for k, c in enumerate(term)
        )
        factors.append(f"{name}[{index or '()'}]")
    indent = "    " * (len(result) + len(inner) + 1)
    lines.append(f"{indent}out[{', '.join(result) or '()'}] += {' * '.join(factors)}")
    lines.append("    return out" if result else "    return out[()]")
    return "\n".join(lines)
