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
