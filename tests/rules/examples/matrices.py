"""Example calls: diagonals, norms, solving, determinants, factors."""

import numpy as np

from tests.rules.examples.registry import example, normal, spread


@example("diag", normal((3,)))
def diag_of_vector(x):
    return np.diag(x) * 2.0


@example("diag", normal((3,)))
def diag_above(x):
    return np.diag(x, 1)


@example("diag", normal((3, 3)))
def diag_of_matrix(x):
    return np.diag(x)


@example("diag", normal((3, 2)))
def diag_below(x):
    return np.diag(x, k=-1)


@example("diag", normal((2, 4)))
def diag_of_wide(x):
    return np.diag(x, k=1)


@example("diagonal", normal((3, 2)))
def diagonal_method(x):
    return x.diagonal() * np.diagonal(x, offset=0)


@example("trace", normal((3, 3)))
def trace_matrix(x):
    return np.trace(x)


@example("trace", normal((2, 3)))
def trace_above(x):
    return x.trace(offset=1)


@example("tril", normal((3, 3)))
def tril_matrix(x):
    return np.tril(x)


@example("tril", normal((2, 2, 3)))
def tril_stack(x):
    return np.tril(x, -1)


@example("triu", normal((3, 2)))
def triu_matrix(x):
    return np.triu(x, k=1)


@example("norm", normal((4,)))
def norm_vector(x):
    return np.linalg.norm(x)


@example("norm", normal((2, 3)))
def norm_matrix(x):
    return np.linalg.norm(x) + np.linalg.norm(x, "fro")


@example("norm", normal((2, 3)))
def norm_rows(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@example("norm", normal((4,)))
def norm_of_one(x):
    return np.linalg.norm(x, 1)


@example("norm", normal((2, 3)))
def norm_of_two(x):
    return np.linalg.norm(x, 2, axis=0)


@example("norm", normal((2, 3)))
def norm_of_three(x):
    return np.linalg.norm(x, ord=3, axis=-1)


@example("norm", normal((4,)))
def norm_largest(x):
    return np.linalg.norm(x, np.inf)


@example("norm", normal((2, 2, 3)))
def norm_two_axes(x):
    return np.linalg.norm(x, axis=(1, 2))


@example("norm", normal((2, 2, 3)))
def norm_of_all(x):
    return np.linalg.norm(x)


@example("solve", spread((3, 3), (3,)))
def solve_vector(a, b):
    return np.linalg.solve(a, b)


@example("solve", spread((3, 3), (3, 2)))
def solve_matrix(a, b):
    return np.linalg.solve(a, b)


@example("solve", spread((2, 3, 3), (2, 3, 1)))
def solve_stack(a, b):
    return np.linalg.solve(a, b)


@example("solve", spread((2, 2, 2), (2,)))
def solve_stack_of_one_vector(a, b):
    return np.linalg.solve(a, b)


@example("solve", spread((2, 2), (3, 2, 1)))
def solve_one_of_many(a, b):
    return np.linalg.solve(a, b)


@example("inv", spread((3, 3)))
def inv_matrix(a):
    return np.linalg.inv(a)


@example("inv", spread((2, 2, 2)))
def inv_stack(a):
    return np.linalg.inv(a)


@example("det", spread((3, 3)))
def det_matrix(a):
    return np.linalg.det(a)


@example("det", spread((2, 2, 2)))
def det_stack(a):
    return np.linalg.det(a)


@example("slogdet", spread((3, 3)))
def slogdet_matrix(a):
    sign, logdet = np.linalg.slogdet(a)
    return sign * logdet


@example("slogdet", spread((2, 2)))
def slogdet_attribute(a):
    return np.linalg.slogdet(a).logabsdet * np.linalg.slogdet(a)[0]


@example("slogdet", spread((2, 2, 2)))
def slogdet_stack(a):
    return np.linalg.slogdet(a)[1]


@example("cholesky", spread((3, 3)))
def cholesky_matrix(a):
    return np.linalg.cholesky(a @ np.conj(a).T) * np.linalg.cholesky(a.T @ np.conj(a), upper=True).T


@example("cholesky", spread((2, 2)))
def cholesky_lower(a):
    return np.linalg.cholesky(a + 2.0 * np.eye(2))


@example("cholesky", spread((2, 2, 2)))
def cholesky_stack(a):
    return np.linalg.cholesky(a @ np.conj(np.swapaxes(a, 1, 2)))


@example("trace", normal((3, 2, 3)))
def trace_of_stack(x):
    return np.trace(x, 1, 0, 2)


@example("trace", normal((3, 4)))
def trace_of_turned_matrix(x):
    return x.trace(offset=1, axis1=1, axis2=0) * x


@example("diagonal", normal((2, 3, 4)))
def diagonal_of_stack(x):
    return np.diagonal(x, axis1=1, axis2=2)


@example("diagonal", normal((3, 2, 4)))
def diagonal_of_outer_axes(x):
    return np.diagonal(x, offset=-1, axis1=2, axis2=0)


@example("norm", normal((2, 3), (4,)))
def norm_of_other_orders(x, y):
    z = np.linalg.norm(x, -1, axis=0) * np.linalg.norm(x, 0.5, axis=(1,))[:1]
    z = z + np.linalg.norm(y, -np.inf)
    return z * np.linalg.norm(y, -2) + np.linalg.norm(y, 0) * np.linalg.norm(y, 2.5, keepdims=True)


@example("norm_of_matrices", normal((4, 3)))
def norm_of_matrix(x):
    spectral = np.linalg.norm(x, 2) * np.linalg.norm(x, -2) + np.linalg.norm(x, "nuc")
    sums = np.linalg.norm(x, 1) * np.linalg.norm(x, -1) + np.linalg.norm(x, np.inf)
    return spectral * sums * np.linalg.norm(x, -np.inf, keepdims=True)


@example("norm_of_matrices", normal((4, 2, 3)))
def norm_of_stack(x):
    y = np.linalg.norm(x, 1, axis=(0, 2)) * np.linalg.norm(x, np.inf, axis=(2, 0), keepdims=True)
    return y * np.linalg.norm(x, 2, axis=(-1, 0)) + np.linalg.norm(x, "nuc", axis=(1, 2), keepdims=True)


@example("vector_norm", normal((2, 3, 2)))
def vector_norm_of_axes(x):
    y = np.linalg.vector_norm(x, axis=(0, 2), ord=3, keepdims=True) * np.linalg.vector_norm(x)
    return y * np.linalg.vector_norm(x, axis=1, keepdims=True) * np.linalg.vector_norm(x, ord=1)


@example("matrix_norm", normal((2, 4, 3)))
def matrix_norm_of_stack(x):
    y = np.linalg.matrix_norm(x) * np.linalg.matrix_norm(x, ord="nuc") + np.linalg.matrix_norm(x, ord=-1)
    return y * np.linalg.matrix_norm(x, ord=-2, keepdims=True) * np.linalg.matrix_norm(x[0], ord=np.inf)


@example("linalg.diagonal", normal((2, 3, 4)))
def diagonal_of_last_axes(x):
    return np.linalg.diagonal(x, offset=1) * np.linalg.diagonal(x)


@example("linalg.trace", normal((2, 3, 4)))
def trace_of_last_axes(x):
    return np.linalg.trace(x) * np.linalg.trace(x, offset=-1) * np.linalg.trace(x[0])
