"""Real programs: clusters, attention, hidden states, chains and curves, as statisticians write them."""


import numpy as np

from tests.programs.registry import program


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
