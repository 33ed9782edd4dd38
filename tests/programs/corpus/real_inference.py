"""Real programs: clusters, attention, hidden states, chains and curves, as statisticians write them."""

from typing import NamedTuple

import numpy as np

from tests.programs.registry import program


def _clouds(rng, n):
    points = np.concatenate([rng.normal(-2.0, 0.4, (n, 2)), rng.normal(2.0, 0.4, (n, 2))])
    return points, np.array([[-1.5, -2.0], [2.5, 1.0], [40.0, 40.0]])


@program(_clouds, wrt=(0, 1), sizes=(4, 6))
def k_means(points, centres):
    """Until nothing moves to another cluster; an empty one is put where the worst point is."""
    k = len(centres)
    labels = np.full(len(points), -1)
    for _ in range(20):
        distances = np.sum((points[:, None, :] - centres[None, :, :]) ** 2, axis=2)
        new = np.argmin(distances, axis=1)
        if np.all(new == labels):
            break
        labels = new
        for j in range(k):
            members = points[labels == j]
            if len(members) == 0:
                centres[j] = points[np.argmax(np.min(distances, axis=1))]
            else:
                centres[j] = members.mean(axis=0)
    inertia = 0.0
    for i, j in enumerate(labels):
        inertia += np.sum((points[i] - centres[j]) ** 2)
    return inertia


class Attention(NamedTuple):
    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    out: np.ndarray


def softmax(scores, axis=-1):
    shifted = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return shifted / shifted.sum(axis=axis, keepdims=True)


def layer_norm(x, gain, eps=1e-5):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return gain * (x - mean) / np.sqrt(var + eps)


def _transformer(rng, n):
    weights = Attention(*(rng.normal(size=(4, 4)) for _ in range(4)))
    return rng.normal(size=(n, 4)), weights, rng.uniform(0.5, 1.5, 4), rng.normal(size=(n, 4))


@program(_transformer, wrt=(0, 1, 2))
def attention_layer(x, weights, gain, target):
    """Several heads, a causal mask, the heads side by side in one array, a residual connection."""
    n, width = x.shape
    heads = 2
    size = width // heads
    normal = layer_norm(x, gain)

    def split(w):
        return (normal @ w).reshape(n, heads, size).transpose(1, 0, 2)

    q, k, v = split(weights.query), split(weights.key), split(weights.value)
    mask = np.triu(np.ones((n, n), dtype=bool), k=1)
    together = np.empty((n, width))
    for h in range(heads):
        scores = q[h] @ k[h].T / np.sqrt(size)
        scores[mask] = -np.inf
        together[:, h * size : (h + 1) * size] = softmax(scores) @ v[h]
    y = x + together @ weights.out
    return np.mean((y - target) ** 2)


def _chain(rng, n):
    return rng.normal(size=(3, 3)), rng.normal(size=3), rng.uniform(0.5, 1.5, 3), rng.normal(size=n)


def _normalised(rows):
    e = np.exp(rows - np.max(rows, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def gaussian(x, mean, sd):
    return np.exp(-0.5 * ((x - mean) / sd) ** 2) / (np.sqrt(2 * np.pi) * sd)


@program(_chain, wrt=(0, 1, 2, 3))
def markov_switching_likelihood(logits, means, sds, y):
    """The forward algorithm with scaling; it starts from the stationary distribution."""
    P = _normalised(logits)
    A = np.vstack([P.T - np.eye(3), np.ones(3)])
    start = np.linalg.solve(A.T @ A, A.T @ np.array([0.0, 0.0, 0.0, 1.0]))
    alpha = np.empty((len(y), 3))
    scale = np.empty(len(y))
    for t in range(len(y)):
        ahead = start if t == 0 else alpha[t - 1] @ P
        alpha[t] = ahead * gaussian(y[t], means, sds)
        scale[t] = alpha[t].sum()
        alpha[t] /= scale[t]
    return np.sum(np.log(scale)) + 0.1 * np.sum(alpha[-1] * means)


@program(_chain, wrt=(0, 1, 2, 3))
def baum_welch_step(logits, means, sds, y):
    """Forward, backward, and the parameters that the expected counts give."""
    n, states = len(y), len(means)
    P, start = _normalised(logits), np.full(states, 1.0 / states)
    B = np.array([gaussian(v, means, sds) for v in y])
    alpha, beta, c = np.zeros((n, states)), np.ones((n, states)), np.zeros(n)
    alpha[0] = start * B[0]
    c[0] = alpha[0].sum()
    alpha[0] /= c[0]
    for t in range(1, n):
        for j in range(states):
            alpha[t, j] = np.dot(alpha[t - 1], P[:, j]) * B[t, j]
        c[t] = np.sum(alpha[t])
        alpha[t] = alpha[t] / c[t]
    for t in range(n - 2, -1, -1):
        beta[t] = P @ (B[t + 1] * beta[t + 1]) / c[t + 1]
    gamma = alpha * beta
    counts = np.zeros_like(P)
    for t in range(n - 1):
        counts += np.outer(alpha[t], B[t + 1] * beta[t + 1]) * P / c[t + 1]
    new_P = counts / counts.sum(axis=1, keepdims=True)
    new_means = gamma.T @ y / gamma.sum(axis=0)
    new_sds = np.sqrt(np.sum(gamma * (y[:, None] - new_means) ** 2, axis=0) / gamma.sum(axis=0))
    return np.sum(np.log(c)) + np.sum(new_P**2) + new_means @ new_sds


def _knots(rng, n):
    return np.cumsum(rng.uniform(0.5, 1.5, n)), rng.normal(size=n), rng.uniform(-0.5, n, 5)


@program(_knots, wrt=(0, 1, 2))
def hermite_through_points(xs, ys, at):
    """A monotone cubic: slopes limited to keep its turns, straight lines beside the data."""
    h = xs[1:] - xs[:-1]
    d = (ys[1:] - ys[:-1]) / h
    m = np.empty_like(ys)
    m[0], m[-1] = d[0], d[-1]
    for k in range(1, len(xs) - 1):
        if d[k - 1] * d[k] <= 0:
            m[k] = 0.0
        else:
            a, b = 2 * h[k] + h[k - 1], h[k] + 2 * h[k - 1]
            m[k] = (a + b) / (a / d[k - 1] + b / d[k])
    total = 0.0
    for x in at:
        k = int(np.clip(np.searchsorted(xs, x, side="right") - 1, 0, len(xs) - 2))
        t = (x - xs[k]) / h[k]
        if t < 0.0:
            total += ys[0] + m[0] * (x - xs[0])
        elif t > 1.0:
            total += ys[-1] + m[-1] * (x - xs[-1])
        else:
            basis = np.array(
                [1 - t**2 * (3 - 2 * t), t * (1 - t) ** 2, t**2 * (3 - 2 * t), t**2 * (t - 1)]
            )
            total += basis @ np.array([ys[k], h[k] * m[k], ys[k + 1], h[k] * m[k + 1]])
    return total


def _posterior(rng, n):
    return rng.normal(size=2), rng.uniform(0.5, 1.5), rng.normal(size=n)


@program(_posterior, wrt=(0, 1, 2))
def metropolis_chain(start, width, data):
    """The random numbers are fixed, so where the path goes is a function of its start and step."""
    rng = np.random.default_rng(11)

    def log_density(theta):
        mean, log_sd = theta
        residuals = (data - mean) / np.exp(log_sd)
        return -0.5 * np.sum(residuals**2) - len(data) * log_sd - 0.5 * theta @ theta

    theta, current = start.copy(), log_density(start)
    samples, accepted = [], 0
    for step in range(30):
        proposal = theta + width * rng.normal(size=2)
        other = log_density(proposal)
        if np.log(rng.random()) < other - current:
            theta, current = proposal, other
            accepted += 1
        if step >= 10:
            samples.append(theta)
    samples = np.array(samples)
    mean = samples.mean(axis=0)
    return mean[0] * np.exp(mean[1]) + np.var(samples[:, 0]) + 0.01 * accepted + 0.1 * current
