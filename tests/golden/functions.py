"""Functions whose emitted derivatives are kept as text, in every form of code that users write."""

from __future__ import annotations

import numpy as np

from pullback import grad


def fun(x):
    return np.sum(3 * np.tanh(x) ** 2 + np.exp(-x * x))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def logistic_map(x, r, n):
    for _ in range(n):
        x = r * x * (1 - x)
    return x


def pendulum(q, w, n, h=0.001):
    p = 0.0
    for _ in range(n):
        p = p - 0.5 * h * w * np.sin(q)
        q = q + h * p
        p = p - 0.5 * h * w * np.sin(q)
    return q


def index_loop(x):
    n = len(x)
    y = 0.0
    for i in range(n):
        y += np.sin(x[i]) * x[n - 1 - i]
    return y


def lse(x):
    a = np.max(x)
    return np.log(np.sum(np.exp(x - a))) + a


def llsq(x, n):
    total = 0.0
    for i in range(n):
        t = -1 + i * 2.0 / (n - 1)
        residual = np.sign(t)
        power = 1.0
        for j in range(len(x)):
            residual -= x[j] * power
            power *= t
        total += residual * residual
    return total / 2


def rnn(W, U, x):
    """The last state of a recurrent net that keeps all states in one array."""
    h = np.zeros((len(x) + 1, len(W)))
    for t in range(len(x)):
        h[t + 1] = np.tanh(W @ h[t] + U @ x[t])
    return np.sum(h[-1] ** 2)


def branch(x, mode):
    if x > 1.0:
        y = np.log(x)
    elif mode == "square":
        y = x * x
    else:
        y = -x
    return y * x


def newton(a):
    """The square root by Newton's iteration, until it is good enough."""
    x = a
    while True:
        step = (x * x - a) / (2 * x)
        x = x - step
        if abs(step) < 1e-12:
            break
    return x


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def net(params, x, y):
    hidden = np.tanh(x @ params["W1"] + params["b1"])
    error = hidden @ params["W2"] + params["b2"] - y
    return np.mean(error**2)


def guarded(x):
    return np.sum(np.where(x > 0, np.sqrt(x) * x, 0.0))


def energy(x):
    return np.sum(np.exp(x) * np.sin(x))


def curvature(x, v):
    """The Hessian of the energy times a vector, twice from the left."""
    return np.sum(grad(energy)(x) * v)


def reads_beyond(x, n):
    total = 0.0
    for i in range(n):
        total += x[i] * x[i]
    return total


def alignment(a, b):
    """A table of costs filled in place, as in dynamic time warping."""
    n, m = len(a), len(b)
    costs = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            best = np.logaddexp(costs[i - 1, j], costs[i, j - 1])
            costs[i, j] = (a[i - 1] - b[j - 1]) ** 2 + best
    return costs[n, m]


def flattened(X, w):
    n, m = X.shape
    return np.sum(np.tanh(X.reshape(n * m)) * w)


def shifted(x, y):
    z = np.zeros(len(x) + 1)
    z[1:] = x
    return np.sum(z[:-1] * y)


def scaled_again(x, steps):
    y = x[0]
    for s in steps:
        y = y * x[1]
    return y


def layer(x, W):
    return np.tanh(W @ x) * np.sum(x**2)


def recurrence(x, n):
    y = x.copy()
    for _ in range(n):
        y[1:] = y[1:] * np.sin(y[:-1])
    return y


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def written_by_slices(x, w):
    for i in range(1, len(x)):
        x[i] *= w[i - 1] * x[i - 1]
        if x[i] > 0.0:
            x[i:] *= 0.5
            w[:i] = x[:i] * 2.0
    return np.sum(x) + np.mean(w)
