"""Example calls: matrices taken apart, pseudo-inverses, powers and chains of matrices."""

import numpy as np

from tests.rules.examples.registry import example, normal, spread

STEPS = np.diag([1.0, 3.0, 6.0])


@example("eigh", normal((3, 3)))
def eigh_of_matrix(x):
    w, v = np.linalg.eigh(x + STEPS)
    upper = np.linalg.eigh(x + STEPS, UPLO="U")
    return (v * np.exp(w)) @ np.conj(v).T * upper.eigenvalues + np.abs(upper.eigenvectors) ** 2


@example("eigh", normal((2, 3, 3)))
def eigh_of_stack(x):
    w, v = np.linalg.eigh(x + STEPS)
    return np.abs(v) ** 2 @ w[..., None]


@example("eigvalsh", normal((3, 3), (2, 2, 2)))
def eigvalsh_of_stack(x, y):
    return np.linalg.eigvalsh(x, "U") * np.sum(np.linalg.eigvalsh(y)[:, 0]) * np.linalg.eigvalsh(x)


@example("svd", normal((4, 3), (2, 3)))
def svd_of_matrices(x, y):
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    a, b, c = np.linalg.svd(y, full_matrices=False)
    turned = np.sum((a * np.sin(b)) @ c * np.abs(c[0]) ** 2)
    return (u / s) @ vt + turned + np.sum(np.abs(u[:, 0]) ** 2 * np.abs(u[0, 1]) ** 2)


@example("svd", spread((3, 3), (2, 4)))
def svd_of_square(x, y):
    """Of other matrices there are vectors without a value, and only the values have a derivative."""
    u, s, vt = np.linalg.svd(x)
    return (u / s) @ vt + np.abs(u) ** 2 * np.sum(np.abs(vt) ** 4) * np.linalg.svd(y)[1][0]


@example("svd", normal((2, 4, 3)))
def svd_of_stack(x):
    return np.linalg.svd(x, full_matrices=False)[1] * np.linalg.svd(x, compute_uv=False)


@example("svdvals", normal((4, 3), (2, 2, 3)))
def svdvals_of_stack(x, y):
    return np.linalg.svdvals(x) * np.sum(np.linalg.svdvals(y) ** 3)


@example("qr", normal((2, 4), (2, 2, 3)))
def qr_of_wide_matrices(x, y):
    q, r = np.linalg.qr(x)
    return (q * q) @ np.sin(r) + np.linalg.qr(y).R[0, 0, 2] * np.linalg.qr(y)[0][1, 0, 1]


@example("qr", spread((4, 3), (2, 2, 2)))
def qr_of_matrices(x, y):
    q, r = np.linalg.qr(x)
    complete = np.linalg.qr(y, mode="complete").R[0, 0, 1]
    return (q * q) @ np.sin(r) * complete * np.linalg.qr(y)[0][1, 0, 1]


@example("qr_triangle", spread((4, 3), (2, 4)))
def qr_without_vectors(x, y):
    return np.linalg.qr(x, "r") ** 2 * np.linalg.qr(y, mode="r")[0, 3]


@example("pinv", spread((4, 3), (2, 2, 3)))
def pinv_of_matrices(x, y):
    return np.linalg.pinv(x, rtol=1e-9) * np.linalg.pinv(y)[0, 1, 0] * np.sum(np.linalg.pinv(y))


@example("matrix_power", spread((3, 3)))
def matrix_power_of_matrix(x):
    y = np.linalg.matrix_power(x, 5) * np.linalg.matrix_power(x, -2) * np.linalg.matrix_power(x, 1)
    return y + np.linalg.matrix_power(x, 0)


@example("matrix_power", spread((2, 2)))
def matrix_power_written(x):
    y = x * 1.0
    z = np.linalg.matrix_power(y, 1)  # which is y itself
    z[0] *= x[1]
    return y @ np.linalg.matrix_power(y, 3)


@example("multi_dot", normal((3,), (3, 2), (2, 4)))
def multi_dot_of_three(x, y, z):
    return np.linalg.multi_dot([x, y, z]) * np.linalg.multi_dot([y, z, z.T, y.T])[0, 1]


@example("cond", spread((3, 3)))
def cond_of_matrix(x):
    y = np.linalg.cond(x) * np.linalg.cond(x, -2) * np.linalg.cond(x, p=2)
    return y * np.linalg.cond(x, 1) * np.linalg.cond(x, "fro") * np.linalg.cond(x, "nuc")


@example("eig", spread((3, 3), (2, 2, 2)))
def eig_of_matrices(x, y):
    w, v = np.linalg.eig(x @ x + 1j * STEPS * x)
    stack = np.linalg.eig(y + 1j * np.diag([1.0, 2.0]))
    y = (v * np.exp(1j * w)) @ (v * v) + stack.eigenvalues[0, 1] * np.sum(stack.eigenvectors[1] ** 2)
    return y.real + y.imag**2


@example("eigvals", spread((3, 3), (2, 2, 2)))
def eigvals_of_stack(x, y):
    z = np.linalg.eigvals(x + 1j * x.T) * np.sum(np.linalg.eigvals(y * (1 + 0.5j))[:, 0] ** 2)
    return z.imag + np.abs(z)


TURNS = np.array([[0.0, 2.0, 0.1], [-2.0, 0.1, 0.3], [0.2, 0.1, 4.0]])


@example("eig_of_real", spread((3, 3), (2, 2, 2)))
def eig_of_real_matrices(x, y):
    w, v = np.linalg.eig(STEPS + 0.1 * x)
    stack = np.linalg.eig(y @ y.mT * TURNS[:2, :2])
    turned = np.abs(stack.eigenvalues[0, 1]) * np.sum(np.abs(stack.eigenvectors[1]) ** 4)
    turned += np.sum(np.abs(np.linalg.eig(x[:0, :0])[1]))  # which has no largest component
    return np.abs(v) ** 2 @ w.real * turned + np.abs(np.linalg.eig(TURNS + 0.1 * x)[0])


@example("eigvals_of_real", spread((3, 3)))
def eigvals_of_real_matrices(x):
    y = np.linalg.eigvals(STEPS + 0.1 * x)
    turned = np.linalg.eigvals(TURNS + 0.1 * x)
    total = np.sum(turned.imag**2) if np.isrealobj(y) else 0.0
    return y.real * np.max(turned.real) + np.abs(turned) + total


@example("lstsq", normal((5, 3), (5,)))
def lstsq_of_vector(a, b):
    x, left, rank, s = np.linalg.lstsq(a, b)
    return x * left * rank * np.sum(s**2) + np.linalg.lstsq(a, b, rcond=1e-12)[0]


@example("lstsq", normal((2, 3), (2, 2), (4, 2), (4, 3)))
def lstsq_of_matrices(a, b, c, d):
    wide, high = np.linalg.lstsq(a, b, rcond=None), np.linalg.lstsq(c, d, rcond=None)
    return wide[0] @ high[0] * high[1] + np.sum(wide[1]) * high[3][0]


@example("lstsq", normal((4, 2), (2, 3), (4,)))
def lstsq_of_less_rank(a, b, c):
    return np.linalg.lstsq(a @ b, c, rcond=1e-4)[0]


@example("tensorsolve", normal((2, 3, 6), (2, 3), (4,)))
def tensorsolve_of_axes(a, b, c):
    x = np.linalg.tensorsolve(a, b)
    moved = np.linalg.tensorsolve(np.reshape(a, (2, 6, 3)), b, axes=(1,))
    square = np.linalg.tensorsolve(np.eye(4) + 0.1 * np.outer(c, c), c)
    return np.ravel(moved) + np.sum(square) * x


@example("tensorinv", normal((4, 2, 2), (3, 3)))
def tensorinv_of_axes(a, b):
    x = np.linalg.tensorinv(np.reshape(a, (2, 2, 4))) * np.linalg.tensorinv(a, ind=1)[0, 0, 0]
    return x @ x + np.linalg.tensorinv(b, ind=1)[0, 1]
