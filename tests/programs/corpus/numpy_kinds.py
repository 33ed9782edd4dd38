"""Functions of NumPy whose results are of a kind that values decide, and sequences beside arrays."""

import numpy as np

from tests.programs.registry import program


def turning(rng, n):
    """Matrices of real eigenvalues and of complex ones."""
    drawn = 0.1 * rng.normal(size=(3, 3))
    return (np.diag([1.0, 3.0, 6.0]) + drawn + (n % 2) * np.array([[0, 2, 0], [-2, -2, 0], [0, 0, 1]]),)


@program(turning, sizes=(4, 5), orders=2)
def spectrum_of_real_matrix(a):
    w, v = np.linalg.eig(a)
    first = np.argmax(w.real)
    total = w[first].real ** 2 + w[first].imag + np.sum(np.abs(v[:, first]) ** 4)
    for k in range(len(w)):
        total += abs(w[k]) ** 2
    found = np.linalg.eigvals(a @ a)
    if np.iscomplexobj(found):
        total += np.sum(np.abs(found))
    else:
        total += np.max(found) + np.sort(found)[1]
    return total + np.abs(np.roots(a[0])).sum() + np.linalg.eigvals(a.T @ a).max()


@program(lambda rng, n: (rng.uniform(0.5, 1.5, size=3),), orders=2, numba=True)
def sequences_beside_arrays(x):
    y = [1.0, x[0], 3.0] * x + (1, 2, 3)
    y = y @ [[1.0, 0.5], [x[0], 2.0], [0.3, 0.4]]
    parts = []
    for k in range(2):
        parts.append(0.1 * y[k] ** 2)
    z = parts * np.sin(y) - parts / (1 + y)
    y += [x[1], 2]
    chosen = np.where(z > [0.1, 0.2], z, 2 * z)
    return np.sum(chosen) + np.sum([x[1], x[2]] ** (0.1 * y)) + np.sum([x, x] * np.ones((2, 3)))


@program(lambda rng, n: (rng.uniform(0.5, 1.5, size=n),), orders=2)
def narrow_integers_and_sizes_of_lists(x):
    weight, total = np.int8(100), 0.0
    for k in np.arange(3, dtype=np.int16):
        total += np.sum(x * weight * k) * np.uint8(2)
    powers = [x**k for k in range(1, 4)]
    rows = [[v, v * x[0]] for v in x]
    total += np.size(powers) * np.sum(x) + np.shape(powers)[1] * x[0] + np.size(rows, 1) * x[1]
    if np.iscomplexobj([1j, x[0]]):
        total = total * np.ndim(rows) + np.sum(np.float32(2) * (0.3 * np.sin(x)))
    first = x[0].reshape(x[0].shape).astype(x[1].dtype) * x[1].T
    total += first * x[0].size * (1 - x[0].ndim)
    return total + np.sum(x ** np.uint8(3)) / np.int8(7) + np.int8(5) // np.int8(2) * x[2]


@np.vectorize
def bent(a):
    return a if a > 0.4 else np.sin(a) ** 2


@program(lambda rng, n: (rng.normal(size=(n, 2)),), sizes=(3, 4))
def of_elements_in_their_own_dtype(x):
    steps = np.vectorize(lambda v, k: int(v > 0) + k)
    total = np.sum(bent(x) * steps(x, 1)) + np.vectorize(lambda a: a * 2)(x[0, 0])
    a = x[:2, :2] @ x[:2, :2].T + np.eye(2)
    q, r = np.linalg.qr(a @ a, mode="complete")
    wide = np.linalg.qr(x.T, "complete")[1]
    return total + np.sum(q**2 * [1.0, 2.0]) + np.sum(np.abs(r) * [0.5, 1.0]) + np.sum(wide**2 * wide**2)
