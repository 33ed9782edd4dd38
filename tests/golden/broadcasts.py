"""Functions that NumPy broadcasts for: their text has no more sums and shapes than types demand."""

from __future__ import annotations

import numpy as np


def weighed(x, y):
    return np.sum(x * y)


def scaled(x, y):
    return np.sum(x / y)


def biased(x, w, b):
    return np.mean(np.tanh(x @ w + b) ** 2)


def distances(x):
    d = x[:, None, :] - x[None, :, :]
    return np.sum(np.sqrt(np.sum(d**2, axis=-1) + 1e-3))


def standardised(x):
    return np.sum(((x - x.mean(axis=0)) / x.std(axis=0)) ** 3)


def rows_summed(x, y):
    s = np.sum(x * y, axis=1)
    return np.sum(s)


def averaged(x, w):
    return np.sum(x * w[:, None]) / np.sum(w)


def folded(x):
    return np.sum(np.tanh(x.ravel()).reshape(x.shape) * x)


def means(x, y):
    return np.sum(np.mean(x, axis=0) * y) + np.mean(x)


def unit_rows(x):
    return np.sum(x / np.linalg.norm(x, axis=1, keepdims=True))
