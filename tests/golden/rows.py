"""Functions as people write them with linear algebra, contractions, sorting and the like."""

from __future__ import annotations

import math

import numpy as np


def attention(q, k, v):
    scores = np.einsum("bid,bjd->bij", q, k) / np.sqrt(q.shape[-1])
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = e / e.sum(axis=-1, keepdims=True)
    return np.sum(np.einsum("bij,bjd->bid", weights, v) ** 2)


def layer_norm(x, w, b):
    mu = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return np.sum((w * (x - mu) / np.sqrt(variance + 1e-5) + b) ** 3)


def likelihood(mu, K, x):
    d = x - mu
    _, logdet = np.linalg.slogdet(K)
    return 0.5 * (d @ np.linalg.solve(K, d) + logdet)


def whitened(K, x):
    C = np.linalg.cholesky(K)
    z = np.linalg.solve(C, x)
    return 0.5 * (z @ z) + np.sum(np.log(np.diag(C)))


def unpacked(theta, X, y, n):
    w, b = np.split(theta, [n])
    return np.mean((np.tanh(X @ w) + b[0] - y) ** 2)


def rank_one(W, X):
    """How far data are from their projections on a plane."""
    return np.linalg.norm(X - X @ W @ W.T) + 0.1 * np.sum(np.linalg.norm(W, axis=0))


def polar(x, y):
    return np.sum(np.arctan2(y, x) * np.hypot(x, y) + np.log1p(np.clip(x, 0, 2)))


def moved(x, y):
    return math.atan2(y, x) * math.hypot(x, y) + math.log1p(x * x) + np.clip(x, 0, y)


def gini(x):
    s = np.sort(x)
    n = len(x)
    return np.sum(s * (2 * np.arange(n) - n + 1)) / np.sum(s)
