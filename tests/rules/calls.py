"""Example calls of the rows that are not elementwise, with the inputs beside each.

Every row with a derivative is either elementwise, or here, or in ``INTERNAL`` with the reason why
no call in user code builds it. Plain functions in a plain module, whose source the compiler can read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Inputs = Callable[[np.random.Generator], tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Example:
    """A function that builds the op of a row, and how to draw its arguments (floats or arrays)."""

    row: str
    function: Callable[..., Any]
    inputs: Inputs
    smooth: bool = True

    @property
    def name(self) -> str:
        return self.function.__name__


CALLS: dict[str, list[Example]] = {}
INTERNAL = {
    "masked_mul": "products with partials that may be infinite, in adjoints alone",
    "add_at": "the cotangent of reading elements",
    "accumulate": "sums of cotangents",
    "prod_others": "the derivative of a product",
    "unstack": "the cotangent of stacking a list",
    "split_like": "the cotangent of joining a list",
    "broadcast_like": "the tangent and cotangent of what was broadcast",
    "unbroadcast": "the cotangent of what was broadcast",
    "reshape_like": "the cotangent of a reshape",
    "cast": "cotangents in the dtype of their argument",
    "cast_like": "cotangents in the dtype of their argument",
}


def example(row: str, inputs: Inputs, *, smooth: bool = True) -> Any:
    """Enter a function as an example of a row; the function itself stays as it is."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        CALLS.setdefault(row, []).append(Example(row, function, inputs, smooth))
        return function

    return enter


def normal(*shapes: tuple[int, ...]) -> Inputs:
    """Arrays of these shapes with normal random numbers."""
    return lambda rng: tuple(np.asarray(rng.normal(size=s)) for s in shapes)


def distinct(*shapes: tuple[int, ...]) -> Inputs:
    """Arrays whose elements lie well apart, for kinks at ties."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        drawn = [rng.permutation(int(np.prod(s))) * 0.5 - 1.1 for s in shapes]
        return tuple(np.reshape(d, s) for d, s in zip(drawn, shapes, strict=True))

    return draw


def numbers(rng: np.random.Generator) -> tuple[Any, ...]:
    return float(rng.normal()), float(rng.normal())


# ---- selection and numbers


@example("where", normal((4,), (4,)))
def where_arrays(x, y):
    return np.where(x > 0, x * y, x - y)


@example("where", normal((2, 3), (3,)))
def where_broadcast(x, y):
    return np.where(y > 0, x, 2.0)


@example("where", normal((3,)))
def where_number(x):
    return np.where(x > 0, 1.0, x * x)


@example("float", numbers)
def float_of_number(x, y):
    return float(x * y) * x


@example("float", normal((3,)))
def float_of_element(x):
    return float(x[1]) * x


# ---- products


@example("matmul", normal((3,), (3,)))
def matmul_vectors(a, b):
    return a @ b


@example("matmul", normal((3,), (3, 2)))
def matmul_vector_matrix(a, b):
    return a @ b


@example("matmul", normal((2, 3), (3,)))
def matmul_matrix_vector(a, b):
    return np.matmul(a, b)


@example("matmul", normal((2, 3), (3, 4)))
def matmul_matrices(a, b):
    return a @ b


@example("matmul", normal((3, 3)))
def matmul_itself(a):
    return a @ a.T


@example("matmul", normal((2, 2, 3), (2, 3, 2)))
def matmul_batches(a, b):
    return a @ b


@example("matmul", normal((2, 2, 3), (3, 2)))
def matmul_batch_matrix(a, b):
    return a @ b


@example("matmul", normal((2, 3), (2, 3, 2)))
def matmul_matrix_batch(a, b):
    return a @ b


@example("matmul", normal((1, 2, 3), (2, 3, 2)))
def matmul_batch_of_one(a, b):
    return a @ b


@example("matmul", normal((3,), (2, 3, 2)))
def matmul_vector_batch(a, b):
    return a @ b


@example("matmul", normal((2, 2, 3), (3,)))
def matmul_batch_vector(a, b):
    return a @ b


@example("matmul", normal((0, 3), (3, 2)))
def matmul_empty(a, b):
    return a @ b


@example("dot", normal((3,), (3,)))
def dot_vectors(a, b):
    return np.dot(a, b)


@example("dot", normal((2, 3), (3, 2)))
def dot_matrices(a, b):
    return a.dot(b)


@example("dot", normal((2, 3), (3,)))
def dot_matrix_vector(a, b):
    return np.dot(a, b)


@example("dot", normal((3,), (3, 2)))
def dot_vector_matrix(a, b):
    return np.dot(a, b)


@example("dot", normal((), (3,)))
def dot_number_vector(a, b):
    return np.dot(a, b)


@example("dot", normal((2, 3), ()))
def dot_matrix_number(a, b):
    return np.dot(a, b)


@example("outer", normal((3,), (2,)))
def outer_vectors(a, b):
    return np.outer(a, b)


@example("outer", normal((3,), (2,)))
def outer_number(a, b):
    return np.outer(a[0], b) + np.outer(a[1:2], b)


# ---- memory


@example("getitem", normal((4,)))
def getitem_integer(x):
    return x[1] * x[-1]


@example("getitem", normal((5,)))
def getitem_slice(x):
    return x[1:-1] * x[::2]


@example("getitem", normal((5,)))
def getitem_backwards(x):
    return x[::-1] * x


@example("getitem", normal((3, 4)))
def getitem_row_and_column(x):
    return x[1] * np.sum(x[:, 2])


@example("getitem", normal((3,)))
def getitem_new_axis(x):
    return x[:, None] * x[None, :]


@example("getitem", normal((3,)))
def getitem_repeated(x):
    return x[[0, 0, 2]] * np.array([1.0, 2.0, 3.0])


@example("getitem", normal((3, 3)))
def getitem_two_lists(x):
    return x[[0, 0, 1], [1, 1, 2]]


@example("getitem", normal((5,)))
def getitem_mask(x):
    return x[x > 0] * 2.0


@example("getitem", normal((2, 3, 2)))
def getitem_ellipsis(x):
    return x[..., 0] * x[0, 0, 1]


@example("setitem", normal((4,), ()))
def setitem_integer(x, v):
    y = x * 1.0
    y[1] = v * v
    return y * x


@example("setitem", normal((4,), (2,)))
def setitem_slice(x, v):
    y = x.copy()
    y[1:3] = v
    return y * x


@example("setitem", normal((3, 4), (4,)))
def setitem_broadcast(x, v):
    y = np.sin(x)
    y[:2] = v
    return y * y


@example("setitem", normal((3,), (3,)))
def setitem_repeated(x, v):
    y = x.copy()
    y[[0, 0, 2]] = v
    return y


@example("setitem", normal((4,), ()))
def setitem_mask(x, v):
    y = x.copy()
    y[x > 0] = v
    return y * x


@example("setitem", normal((4,)))
def setitem_added(x):
    y = np.zeros(4)
    y[1:] += x[:-1]
    y[0] *= 2.0
    return y * x


@example("list_get", normal((3,)))
def list_get_in_loop(x):
    parts = []
    for i in range(3):
        parts.append(x * i)
    total = 0.0 * x
    for i in range(3):
        total = total + parts[i] * parts[i - 1]
    return total


# ---- reductions


@example("sum", normal((2, 3)))
def sum_all(x):
    return np.sum(x * x)


@example("sum", normal((2, 3)))
def sum_first(x):
    return np.sum(x, axis=0)


@example("sum", normal((2, 3)))
def sum_last_kept(x):
    return x * np.sum(x, axis=-1, keepdims=True)


@example("sum", normal((2, 3, 2)))
def sum_two_axes(x):
    return x.sum(axis=(0, 2))


@example("sum", normal((0, 3)))
def sum_empty(x):
    return np.sum(x, axis=0)


@example("sum", normal(()))
def sum_number(x):
    return np.sum(x)


@example("mean", normal((2, 3)))
def mean_all(x):
    return np.mean(x * x)


@example("mean", normal((2, 3)))
def mean_last(x):
    return x.mean(axis=1)


@example("mean", normal((2, 3, 2)))
def mean_two_axes_kept(x):
    return x - np.mean(x, axis=(0, 1), keepdims=True)


@example("max", distinct((2, 3)))
def max_all(x):
    return np.max(x)


@example("max", distinct((2, 3)))
def max_first(x):
    return np.max(x, axis=0)


@example("max", distinct((2, 3, 2)))
def max_two_axes_kept(x):
    return x * x.max(axis=(1, 2), keepdims=True)


@example("min", distinct((2, 3)))
def min_all(x):
    return np.min(x)


@example("min", distinct((2, 3)))
def min_last(x):
    return x.min(axis=-1)


@example("prod", normal((4,)))
def prod_all(x):
    return np.prod(x)


@example("prod", normal((2, 3)))
def prod_matrix(x):
    return np.prod(x)


@example("prod", normal((2, 3)))
def prod_first(x):
    return x.prod(axis=0)


@example("prod", normal((2, 3)))
def prod_last_kept(x):
    return np.prod(x, axis=1, keepdims=True) * x


@example("std", normal((5,)))
def std_all(x):
    return np.std(x)


@example("std", normal((2, 3)))
def std_last_ddof(x):
    return np.std(x, axis=1, ddof=1)


@example("std", normal((2, 3)))
def std_first_kept(x):
    return x / x.std(axis=0, keepdims=True)


# ---- arranging


@example("reshape", normal((2, 3)))
def reshape_matrix(x):
    return np.reshape(x, (3, 2))


@example("reshape", normal((2, 3)))
def reshape_unknown(x):
    return x.reshape(-1) * x.reshape(6)


@example("reshape", normal((2, 3)))
def reshape_transposed(x):
    return x.T.reshape(2, 3) * x


@example("ravel", normal((2, 3)))
def ravel_matrix(x):
    return np.ravel(x) * x.T.ravel()


@example("transpose", normal((2, 3)))
def transpose_matrix(x):
    return x.T * 2.0


@example("transpose", normal((2, 3, 4)))
def transpose_axes(x):
    return np.transpose(x, (2, 0, 1))


@example("transpose", normal((2, 3, 4)))
def transpose_method(x):
    return x.transpose(1, -1, 0)


@example("broadcast_to", normal((3,)))
def broadcast_to_matrix(x):
    return np.broadcast_to(x, (2, 3))


@example("broadcast_to", normal((2, 1)))
def broadcast_to_stretched(x):
    return np.broadcast_to(x, (2, 3)) * x


@example("concatenate", normal((2,), (3,)))
def concatenate_vectors(x, y):
    return np.concatenate([x, y, x])


@example("concatenate", normal((2, 1), (2, 3)))
def concatenate_columns(x, y):
    return np.concatenate((x, y), axis=1)


@example("concatenate", normal((2,)))
def concatenate_list(x):
    parts = []
    for i in range(3):
        parts.append(x * i)
    return np.concatenate(parts)


@example("stack", normal((3,), (3,)))
def stack_rows(x, y):
    return np.stack([x, y])


@example("stack", normal((2, 3), (2, 3)))
def stack_last(x, y):
    return np.stack((x, y, x), axis=-1)


@example("stack", normal((3,)))
def stack_list(x):
    parts = []
    for i in range(3):
        parts.append(x * i)
    return np.stack(parts, axis=1)


@example("array", numbers)
def array_of_numbers(x, y):
    return np.array([x, y, x * y])


@example("array", normal((3,), (3,)))
def array_of_arrays(x, y):
    return np.array([x, y]) * x


@example("array", normal((3,)))
def array_of_list(x):
    parts = []
    for i in range(3):
        parts.append(x[i] * i)
    return np.array(parts)


@example("array", normal((2, 3)))
def array_of_array(x):
    return np.array(x) * x


@example("copy", normal((2, 3)))
def copy_method(x):
    return x.copy() * x


@example("copy", normal((3,)))
def copy_function(x):
    return np.copy(x) * 2.0
