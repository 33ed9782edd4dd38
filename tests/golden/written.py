"""Functions that draw from generators, and functions that write into arrays."""

from __future__ import annotations

import numpy as np


def dropout(W, x, seed):
    rng = np.random.default_rng(seed)
    h = np.tanh(W @ x)
    mask = rng.random(h.shape) < 0.8
    return np.sum((h * mask / 0.8) ** 2)


def sampled(mu, sigma, rng):
    """The reparametrisation of a normal draw."""
    z = rng.normal(mu, sigma)
    return np.mean(z**2)


def descent(X, y, w, rng):
    """Stochastic gradient descent on shuffled batches."""
    order = rng.permutation(len(X))
    for k in range(0, len(X), 2):
        rows = order[k : k + 2]
        r = X[rows] @ w - y[rows]
        w = w - 0.1 * X[rows].T @ r
    return np.sum(w * w)


def in_place(x):
    y = np.empty_like(x)
    np.multiply(x, x, out=y)
    np.exp(y, out=y)
    np.log(x, out=y, where=x > 1)
    return np.sum(y)


def histogram(x, bins):
    counts = np.zeros(3)
    np.add.at(counts, bins, x * x)
    return np.sum(counts**3)


def eliminated(A):
    """The determinant, by rows that are taken from each other in place."""
    A = A.copy()
    det = A[0, 0]
    for k in range(len(A) - 1):
        for i in range(k + 1, len(A)):
            A[i, k:] -= A[i, k] / A[k, k] * A[k, k:]
        det *= A[k + 1, k + 1]
    return det
