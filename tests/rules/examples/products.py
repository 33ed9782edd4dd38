"""Example calls: products and contractions."""

import numpy as np

from tests.rules.examples.registry import example, normal


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


@example("dot", normal((2, 3, 2), (2, 2)))
def dot_batch_matrix(a, b):
    return np.dot(a, b)


@example("dot", normal((3,), (2, 3, 2)))
def dot_vector_batch(a, b):
    return np.dot(a, b)


@example("dot", normal((2, 2, 3), (2, 3, 2)))
def dot_batches(a, b):
    return a.dot(b)


@example("inner", normal((3,), (3,)))
def inner_vectors(a, b):
    return np.inner(a, b)


@example("inner", normal((2, 3), (4, 3)))
def inner_matrices(a, b):
    return np.inner(a, b)


@example("inner", normal((3,), (2, 3)))
def inner_vector_matrix(a, b):
    return np.inner(a, b)


@example("inner", normal((2, 3, 2), (3, 2)))
def inner_batch(a, b):
    return np.inner(a, b)


@example("inner", normal((), (3,)))
def inner_number(a, b):
    return np.inner(a, b)


@example("vdot", normal((3,), (3,)))
def vdot_vectors(a, b):
    return np.vdot(a, b)


@example("vdot", normal((2, 3), (2, 3)))
def vdot_matrices(a, b):
    return np.vdot(a, b)


@example("tensordot", normal((2, 3, 4), (3, 4, 2)))
def tensordot_default(a, b):
    return np.tensordot(a, b)


@example("tensordot", normal((2, 3), (4, 3)))
def tensordot_last(a, b):
    return np.tensordot(a, b, axes=(1, 1))


@example("tensordot", normal((2, 3, 4), (4, 2, 3)))
def tensordot_crossed(a, b):
    return np.tensordot(a, b, axes=([0, 2], [1, 0]))


@example("tensordot", normal((2,), (3,)))
def tensordot_outer(a, b):
    return np.tensordot(a, b, axes=0)


@example("tensordot", normal((2, 3), (3, 2)))
def tensordot_to_number(a, b):
    return np.tensordot(a, b, axes=([0, 1], [1, 0])) * 2.0


@example("kron", normal((2, 3), (2, 2)))
def kron_matrices(a, b):
    return np.kron(a, b)


@example("kron", normal((2,), (3,)))
def kron_vectors(a, b):
    return np.kron(a, b)


@example("kron", normal((2, 2), (3,)))
def kron_matrix_vector(a, b):
    return np.kron(a, b)


@example("cross", normal((3,), (3,)))
def cross_vectors(a, b):
    return np.cross(a, b)


@example("cross", normal((2, 3), (3,)))
def cross_broadcast(a, b):
    return np.cross(a, b)


@example("einsum", normal((2, 3), (3, 4)))
def einsum_matmul(a, b):
    return np.einsum("ij,jk->ik", a, b)


@example("einsum", normal((2, 3), (2, 4)))
def einsum_implicit(a, b):
    return np.einsum("ij, ik", a, b)


@example("einsum", normal((2, 3)))
def einsum_transposed(a):
    return np.einsum("ij->ji", a) * 2.0


@example("einsum", normal((2, 3)))
def einsum_summed(a):
    return np.einsum("ij->j", a)


@example("einsum", normal((3, 3)))
def einsum_trace(a):
    return np.einsum("ii", a)


@example("einsum", normal((3, 3), (3,)))
def einsum_diagonal(a, b):
    return np.einsum("ii,i->i", a, b)


@example("einsum", normal((2, 2, 2)))
def einsum_cube_diagonal(a):
    return np.einsum("iii->i", a)


@example("einsum", normal((2, 3), (3, 2), (2,)))
def einsum_three(a, b, c):
    return np.einsum("ij,jk,k->i", a, b, c, optimize=True)


@example("einsum", normal((2, 2, 3), (2, 3, 2)))
def einsum_batches(a, b):
    return np.einsum("...ij,...jk->...ik", a, b)


@example("einsum", normal((2, 2, 3), (3, 2)))
def einsum_ellipsis_of_one(a, b):
    return np.einsum("...ij,jk", a, b)


@example("einsum", normal((2, 1, 3), (2, 3)))
def einsum_ellipsis_stretched(a, b):
    return np.einsum("...i,...i->...", a, b)


@example("einsum", normal((1, 3), (2, 3)))
def einsum_stretched(a, b):
    return np.einsum("ij,ij->ij", a, b)


@example("einsum", normal((2, 3), (2, 3)))
def einsum_to_number(a, b):
    return np.einsum("ij,ij->", a, b)


@example("einsum", normal((2,), (3,)))
def einsum_of_sums(a, b):
    return np.einsum("i,j->", a, b)


@example("einsum", normal((), (3,)))
def einsum_number(a, b):
    return np.einsum(",i->i", a, b)


@example("einsum", normal((3,)))
def einsum_itself(a):
    return np.einsum("i,j->ij", a, a)


@example("cross", normal((3, 2), (3, 2)))
def cross_of_columns(a, b):
    return np.cross(a, b, axis=0)


@example("cross", normal((3, 2), (3,)))
def cross_of_columns_and_vector(a, b):
    return np.cross(a, b, axisa=0)


@example("vecdot", normal((2, 3), (3,), (3, 2)))
def vecdot_of_stacks(x, y, z):
    first = np.vecdot(x, y) * np.linalg.vecdot(y, y) + np.vecdot(z, z.T[0], axis=0)
    return first * np.linalg.vecdot(x, z.T, axis=-1)


@example("matvec", normal((2, 3, 4), (4,), (5, 1, 4)))
def matvec_of_stacks(a, x, y):
    return np.matvec(a, x) * np.matvec(a[0], x) + np.matvec(a, y)


@example("vecmat", normal((2, 4, 3), (4,), (5, 1, 4)))
def vecmat_of_stacks(a, x, y):
    return np.vecmat(x, a) * np.vecmat(x, a[0]) + np.vecmat(y, a)


@example("matmul", normal((2, 3), (3, 2), (3,)))
def products_of_linalg(x, y, z):
    first = np.linalg.matmul(x, y) + np.linalg.tensordot(x, y, axes=1) + np.linalg.outer(x[:, 0], y[0])
    return first * np.sum(np.linalg.cross(z, y[:, 0]) * x[0])


@example("einsum", normal((2, 3), (3, 4)))
def einsum_by_numbers(x, y):
    rows = np.einsum(x, [0, 5], y, [5, 2], [2, 0])
    return rows * np.einsum(x, [Ellipsis, 1], [1, Ellipsis]).shape[0]
