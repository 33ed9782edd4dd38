"""Real programs: linear algebra written out in loops, with pivots, in place."""

import numpy as np

from tests.programs.registry import program


def _well(rng, n):
    """A matrix far from singular, a random right-hand side and random weights."""
    return rng.normal(size=(n, n)) + 3.0 * np.eye(n), rng.normal(size=n), rng.normal(size=n)


def _positive(rng, n):
    B = rng.normal(size=(n, n))
    return B @ B.T + n * np.eye(n)


def swap_rows(A, i, j):
    A[[i, j]] = A[[j, i]]


@program(_well, wrt=(0, 1, 2), sizes=(3, 5))
def solve_by_elimination(A, b, w):
    """Rows of the augmented matrix change places, by a helper that writes to its argument."""
    n = len(b)
    M = np.hstack([A, b.reshape(-1, 1)])
    for k in range(n):
        p = k + int(np.argmax(np.abs(M[k:, k])))
        if p != k:
            swap_rows(M, k, p)
        for i in range(k + 1, n):
            factor = M[i, k] / M[k, k]
            M[i, k:] -= factor * M[k, k:]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (M[i, n] - np.dot(M[i, i + 1 : n], x[i + 1 :])) / M[i, i]
    return w @ x


def lu_in_place(A):
    """Doolittle's factors in the place of A, with the order of the rows."""
    n = A.shape[0]
    order = np.arange(n)
    for k in range(n - 1):
        p = k
        for i in range(k + 1, n):
            if abs(A[i, k]) > abs(A[p, k]):
                p = i
        if p != k:
            A[k], A[p] = A[p].copy(), A[k].copy()
            order[k], order[p] = order[p], order[k]
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    return order


def lu_solve(LU, order, b):
    n = len(b)
    x = np.empty(n)
    for i in range(n):
        x[i] = b[order[i]]
        for j in range(i):
            x[i] -= LU[i, j] * x[j]
    for i in reversed(range(n)):
        for j in range(i + 1, n):
            x[i] -= LU[i, j] * x[j]
        x[i] /= LU[i, i]
    return x


@program(_well, wrt=(0, 1, 2), sizes=(3, 5))
def solve_by_lu(A, b, w):
    """A factorisation that overwrites the argument of a helper, used for two right-hand sides."""
    LU = A.copy()
    order = lu_in_place(LU)
    x = lu_solve(LU, order, b)
    y = lu_solve(LU, order, x)
    return np.dot(w, x) + np.sum(y**2)


@program(lambda rng, n: (_well(rng, n)[0],), sizes=(3, 4))
def determinant_by_elimination(A):
    """Overwrites its own argument; the sign changes with each exchange."""
    n = len(A)
    det = 1.0
    for k in range(n):
        p = max(range(k, n), key=lambda i: abs(A[i, k]))
        if A[p, k] == 0.0:
            return 0.0
        if p != k:
            A[[k, p]] = A[[p, k]]
            det = -det
        det *= A[k, k]
        A[k + 1 :, k:] -= np.outer(A[k + 1 :, k] / A[k, k], A[k, k:])
    return det


@program(lambda rng, n: (_positive(rng, n),), sizes=(3, 5), numba=True)
def log_determinant_by_cholesky(A):
    """The lower factor by loops, read from the lower triangle alone."""
    n = A.shape[0]
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = A[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                L[i, i] = np.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    logdet = 0.0
    for i in range(n):
        logdet += 2.0 * np.log(L[i, i])
    return logdet


def _tridiagonal(rng, n):
    a, c, d = rng.normal(size=(3, n))
    return 0.3 * a, 3.0 + 0.1 * d, 0.3 * c, d


@program(_tridiagonal, wrt=(0, 1, 2, 3), numba=True)
def thomas_in_place(a, b, c, d):
    """Overwrites the diagonal and the right-hand side that it is given."""
    n = len(d)
    for i in range(1, n):
        w = a[i] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] -= w * d[i - 1]
    d[n - 1] /= b[n - 1]
    for i in range(n - 2, -1, -1):
        d[i] = (d[i] - c[i] * d[i + 1]) / b[i]
    s = 0.0
    for i in range(n):
        s += (i + 1) * d[i]
    return s


@program(lambda rng, n: (rng.normal(size=(n + 1, 3)), rng.normal(size=3)), wrt=(0, 1))
def modified_gram_schmidt(A, w):
    """Columns are views of the matrix that they change."""
    Q = A.copy()
    R = np.zeros((Q.shape[1], Q.shape[1]))
    for k in range(Q.shape[1]):
        q = Q[:, k]
        R[k, k] = np.sqrt(q @ q)
        q /= R[k, k]
        for j in range(k + 1, Q.shape[1]):
            R[k, j] = q @ Q[:, j]
            Q[:, j] -= R[k, j] * q
    return w @ R @ w + np.sum(Q[0] * w)


@program(lambda rng, n: (rng.normal(size=(n + 1, 3)), rng.normal(size=n + 1)), wrt=(0, 1), sizes=(4, 5))
def least_squares_by_householder(A, b):
    """Reflections applied to blocks of a matrix and of a vector, then back substitution."""
    R = A.copy()
    y = b.copy()
    m, n = R.shape
    for k in range(n):
        v = R[k:, k].copy()
        alpha = np.linalg.norm(v)
        v[0] += alpha if v[0] >= 0 else -alpha
        v /= np.linalg.norm(v)
        R[k:, k:] -= 2.0 * np.outer(v, v @ R[k:, k:])
        y[k:] -= 2.0 * v * (v @ y[k:])
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = y[i]
        x[i] -= R[i, i + 1 : n] @ x[i + 1 :]
        x[i] /= R[i, i]
    return np.sum(x**2)


@program(lambda rng, n: (_positive(rng, n) + np.diag(np.arange(n) * 5.0),), sizes=(3, 4))
def largest_eigenvalue_by_jacobi(A):
    """Sweeps of rotations of two rows and two columns, until what is off the diagonal is small."""
    A = A.copy()
    n = len(A)
    for sweep in range(10):
        off = 0.0
        for i in range(n):
            for j in range(i):
                off += A[i, j] ** 2
        if off < 1e-18:
            break
        for p in range(n - 1):
            for q in range(p + 1, n):
                if A[p, q] == 0.0:
                    continue
                theta = 0.5 * (A[q, q] - A[p, p]) / A[p, q]
                t = 1.0 / (abs(theta) + np.hypot(theta, 1.0))
                if theta < 0.0:
                    t = -t
                c = 1.0 / np.sqrt(t * t + 1.0)
                s = t * c
                row_p = A[p].copy()
                A[p] = c * row_p - s * A[q]
                A[q] = s * row_p + c * A[q]
                col_p = A[:, p].copy()
                A[:, p] = c * col_p - s * A[:, q]
                A[:, q] = s * col_p + c * A[:, q]
    return np.max(np.diag(A))


@program(lambda rng, n: (_positive(rng, n) + np.diag(np.arange(n) * 9.0),), sizes=(3, 4))
def largest_eigenvalue_by_powers(A):
    """Power iteration, normalised in place, left when it stands still."""
    v = np.ones(len(A))
    for _ in range(500):
        w = A @ v
        w /= np.linalg.norm(w)
        moved = np.max(np.abs(w - v))
        v[:] = w
        if moved < 1e-13:
            break
    return v @ A @ v


@program(lambda rng, n: (_positive(rng, n), rng.normal(size=n), 1.1), wrt=(0, 1), sizes=(3, 4),
         numba=True)  # fmt: skip
def successive_over_relaxation(A, b, omega):
    """Sweeps that read what they have just written."""
    n = len(b)
    x = np.zeros(n)
    for sweep in range(100):
        change = 0.0
        for i in range(n):
            sigma = 0.0
            for j in range(n):
                if j != i:
                    sigma += A[i, j] * x[j]
            new = (1 - omega) * x[i] + omega * (b[i] - sigma) / A[i, i]
            change = max(change, abs(new - x[i]))
            x[i] = new
        if change < 1e-14:
            break
    else:
        raise RuntimeError("no convergence")
    return x @ x
