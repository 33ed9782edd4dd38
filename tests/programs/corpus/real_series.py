"""Real programs: filters, hidden states, alignment of sequences, running sums and likelihoods."""

import math

import numpy as np

from tests.programs.registry import program


def _hidden(rng, n):
    return rng.normal(size=(n, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)


@program(_hidden, wrt=(0, 1, 2))
def viterbi_with_backtrace(logB, logA, logpi):
    """The best path is traced back through the choices, and its score summed up along it."""
    T, N = logB.shape
    delta = np.zeros((T, N))
    psi = np.zeros((T, N), dtype=int)
    delta[0] = logpi + logB[0]
    for t in range(1, T):
        for j in range(N):
            scores = delta[t - 1] + logA[:, j]
            psi[t, j] = np.argmax(scores)
            delta[t, j] = scores[psi[t, j]] + logB[t, j]
    path = np.zeros(T, dtype=int)
    path[-1] = np.argmax(delta[-1])
    for t in range(T - 2, -1, -1):
        path[t] = psi[t + 1, path[t + 1]]
    score = logpi[path[0]] + logB[0, path[0]]
    for t in range(1, T):
        score += logA[path[t - 1], path[t]] + logB[t, path[t]]
    return score


@program(_hidden, wrt=(0, 1, 2))
def forward_algorithm(logB, A, pi):
    """Scaled, so that nothing underflows: each step divides its row in place."""
    A = np.exp(A)
    A /= A.sum(axis=1, keepdims=True)
    alpha = np.exp(pi) / np.sum(np.exp(pi)) * np.exp(logB[0])
    loglik = 0.0
    for t in range(1, len(logB)):
        c = alpha.sum()
        alpha /= c
        loglik += np.log(c)
        alpha = (alpha @ A) * np.exp(logB[t])
    return loglik + np.log(alpha.sum())


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n + 1)), wrt=(0, 1), numba=True)
def time_warping(x, y):
    """The table of dynamic time warping, with infinite borders."""
    n, m = len(x), len(y)
    D = np.full((n + 1, m + 1), np.inf)
    D[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (x[i - 1] - y[j - 1]) ** 2
            D[i, j] = cost + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[n, m]


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n + 1), 0.5), wrt=(0, 1, 2))
def soft_time_warping(x, y, gamma):
    """The same with a soft minimum of three."""
    n, m = len(x), len(y)
    R = np.full((n + 1, m + 1), 1e6)
    R[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            three = np.array([R[i - 1, j], R[i, j - 1], R[i - 1, j - 1]]) / -gamma
            top = three.max()
            soft = -gamma * (top + np.log(np.sum(np.exp(three - top))))
            R[i, j] = (x[i - 1] - y[j - 1]) ** 2 + soft
    return R[n, m]


@program(lambda rng, n: (rng.normal(size=(n, 2)), rng.normal(size=(n - 1, 2)), 0.8), wrt=(0, 1, 2))
def edit_distance_in_rows(x, y, gap):
    """One row of the table is kept, and overwritten from left to right."""
    row = gap * np.arange(len(y) + 1)
    for i in range(len(x)):
        diagonal = row[0]
        row[0] = gap * (i + 1)
        for j in range(1, len(y) + 1):
            d = x[i] - y[j - 1]
            best = min(row[j] + gap, row[j - 1] + gap, diagonal + np.sqrt(d @ d))
            diagonal = row[j]
            row[j] = best
    return row[-1]


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n + 1), 0.99, 0.95), wrt=(0, 1, 2, 3))
def generalised_advantages(rewards, values, gamma, lam):
    """A reversed loop that carries one number, and fills an array from behind."""
    advantages = np.zeros_like(rewards)
    last = 0.0
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * values[t + 1] - values[t]
        last = delta + gamma * lam * last
        advantages[t] = last
    advantages -= advantages.mean()
    advantages /= advantages.std() + 1e-8
    returns = advantages + values[:-1]
    return np.sum(returns**2) + advantages[0]


@program(lambda rng, n: (rng.normal(size=n), 0.9), wrt=(0, 1), numba=True)
def discounted_return(rewards, gamma):
    G = 0.0
    for r in rewards[::-1]:
        G = r + gamma * G
    return G


@program(lambda rng, n: (rng.normal(size=n + 4), 5), sizes=(4, 7), numba=True)
def moving_average(x, width):
    """A running sum in a loop, then means as differences of it."""
    c = np.zeros(len(x) + 1)
    for i in range(len(x)):
        c[i + 1] = c[i] + x[i]
    smooth = (c[width:] - c[:-width]) / width
    return np.sum(smooth**2)


@program(lambda rng, n: (rng.normal(size=n + 4),), sizes=(4, 7))
def savitzky_golay(y):
    """A window moves over the series, mirrored at both ends."""
    weights = np.array([-3.0, 12.0, 17.0, 12.0, -3.0]) / 35.0
    half = len(weights) // 2
    first = y[0] - np.abs(y[1 : half + 1][::-1] - y[0])
    last = y[-1] + np.abs(y[-half - 1 : -1][::-1] - y[-1])
    padded = np.concatenate((first, y, last))
    out = np.empty(len(y))
    for i in range(len(y)):
        out[i] = np.dot(weights, padded[i : i + len(weights)])
    return np.sum((out - y) ** 2)


@program(lambda rng, n: (rng.normal(size=n), 0.05, 0.1, 0.8), wrt=(0, 1, 2, 3), numba=True)
def garch_likelihood(returns, omega, alpha, beta):
    variance = omega / (1 - alpha - beta)
    loglik = 0.0
    for r in returns:
        loglik -= 0.5 * (math.log(2 * math.pi * variance) + r * r / variance)
        variance = omega + alpha * r * r + beta * variance
    return loglik


@program(lambda rng, n: (rng.normal(size=n), 0.3, 0.1), wrt=(0, 1, 2), numba=True)
def double_exponential_smoothing(x, a, b):
    """A list of forecasts that grows, against what came."""
    level, trend = x[0], x[1] - x[0]
    forecasts = []
    for value in x[2:]:
        forecasts.append(level + trend)
        before = level
        level = a * value + (1 - a) * (level + trend)
        trend = b * (level - before) + (1 - b) * trend
    errors = [f - v for f, v in zip(forecasts, x[2:])]
    return sum(e * e for e in errors) / len(errors)


@program(lambda rng, n: (rng.normal(size=n + 3), 0.5), wrt=(0, 1), numba=True)
def first_passage(x, threshold):
    """Where a running sum first passes a threshold, between two samples; else what is left."""
    total = 0.0
    for i, step in enumerate(x):
        before = total
        total += step
        if total > threshold:
            return i + (threshold - before) / step
    else:
        total -= threshold
    return total
