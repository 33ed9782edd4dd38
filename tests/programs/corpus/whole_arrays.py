"""Functions of whole arrays in call forms that compiled code has helpers for, beside loops."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (4 * np.eye(n) + rng.normal(size=(n, n)),), sizes=(4, 3), numba=True)
def factorised_by_helpers(a):
    q, r = np.linalg.qr(a)
    sign, log = np.linalg.slogdet(a)
    spectrum = np.linalg.eigvalsh(a @ a.T) * np.linalg.svdvals(a)
    return np.sum(q * np.triu(r)) + sign * log + np.sum(spectrum) + np.sum(np.linalg.pinv(a) ** 2)


@program(lambda rng, n: (rng.normal(size=(n, n)),), sizes=(4, 3), numba=True)
def gathered_by_helpers(x):
    rows, columns = np.array([0, 2, 2]), np.array([[0, 1], [1, 1]])
    total = np.sum(x[x > 0] ** 2) + np.sum(x[rows, 1:] ** 2)
    total += np.sum(x[rows, rows] * x[1, columns][0, 0])
    y = x.copy()
    y[y > 0.5] = 0.25
    for i in range(0, len(x), 2):
        total += np.max(y, axis=0)[i] * np.mean(y, axis=(0, 1)) + np.cumprod(x, axis=1)[i, -1]
    return total + np.sum(np.pad(x, ((1, 0), (0, 2))) ** 2) * np.sum(x[columns] ** 3)


@program(lambda rng, n: (rng.normal(size=(n, n)),), sizes=(4, 3), numba=True)
def joined_and_turned(x):
    parts = []
    for i in range(len(x)):
        parts.append(np.flip(np.roll(x, 1, axis=1), axis=0)[i] * x[i])
    y = np.stack(parts) + np.repeat(x[:1], len(x), axis=0)
    z = np.einsum("ij,kj->ik", y, x) - np.tensordot(x, y, axes=([0], [1]))
    w = np.stack([y, z, np.rot90(x)])
    stacked = np.sum((w @ x) ** 2) + np.sum(np.linalg.det(w + 3 * np.eye(len(x))))
    return stacked + np.sum(np.tile(z, (1, 2)) ** 2)
