"""Straight-line code: formulas, losses and small models in whole-array NumPy."""

import math

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (-2.0, 5.0, -4.0), wrt=(0, 1, 2), numba=True, orders=2)
def sum_times(x, y, z):
    return (x + y) * z


@program(lambda rng, n: ((2.0, -3.0, -3.0), (-1.0, -2.0)), wrt=(0, 1))
def neuron(w, x):
    activation = w[0] * x[0] + w[1] * x[1] + w[2]
    return 1 / (1 + math.exp(-activation))


@program(lambda rng, n: (*rng.uniform(0.5, 2, 3).tolist(),), wrt=(0, 1, 2), numba=True, orders=3)
def gas_pressure(volume, temperature, a):
    """Redlich and Kwong's equation of state, in Python floats."""
    b = 0.1
    repulsion = 8.314 * temperature / (volume - b)
    attraction = a / (math.sqrt(temperature) * volume * (volume + b))
    return repulsion - attraction


@program(
    lambda rng, n: (
        rng.normal(size=(3, 5)), rng.normal(size=5), rng.normal(size=(n, 3)),
        rng.integers(0, 5, n),
    ),
    wrt=(0, 1, 2),
    orders=2,
)  # fmt: skip
def softmax_regression(W, b, X, labels):
    scores = X @ W + b
    scores = scores - np.max(scores, axis=1, keepdims=True)
    logp = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


@program(
    lambda rng, n: (
        rng.normal(size=(n, 3)), rng.normal(size=n), rng.normal(size=(2, n)), rng.normal(size=2),
        rng.normal(size=(3, 7)), rng.normal(size=(2, 7)),
    ),
    wrt=(0, 1, 2, 3),
    orders=2,
)  # fmt: skip
def two_layer_net(W1, b1, W2, b2, x, y):
    h = np.tanh(W1 @ x + b1[:, None])
    out = W2 @ h + b2[:, np.newaxis]
    return np.sum((out - y) ** 2) / y.size


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=(5, 3)), 0.7), wrt=(0, 1, 2))
def kernel_matrix(X, Z, scale):
    """A Gaussian kernel by broadcasting; the result is a matrix."""
    squares = np.sum((X[:, None, :] - Z[None, :, :]) ** 2, axis=-1)
    return np.exp(-0.5 * squares / scale**2)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=(n, n)), rng.normal(size=n)),
         wrt=(0, 1, 2), orders=2)  # fmt: skip
def quadratic_form(x, A, b):
    return 0.5 * x @ A @ x - b.dot(x) + x.T @ x


@program(lambda rng, n: (rng.normal(size=(n, 4)),))
def standardise(X):
    return (X - X.mean(axis=0)) / (X.std(axis=0, ddof=1) + 1e-3)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1))
def names_that_clash(x, x_bar):
    """Names that a differentiator likes to use itself."""
    y_bar = x * x_bar
    da = np.sin(y_bar)
    t = da + x
    x_dot = t * t1(t)
    return np.sum(x_dot * x_bar)


def t1(t):
    t_bar = 2 * t
    return t_bar


@program(lambda rng, n: (rng.normal(size=n),), orders=2, numba=True)
def redefined(x):
    """One name for an array, a number and a tuple in turn."""
    x = x * x
    x = np.sum(x)
    x = (x, 3.0)
    return x[0] * x[1] + x[0] ** 2


@program(lambda rng, n: (1.3,), numba=True, orders=3)
def self_updates(x):
    x *= x
    x += 2 * x
    x = x * x + x
    x /= 1 + x
    return x


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n), 3), wrt=(0,), orders=2)
def integer_power(x, k):
    return np.sum(x**k) / k


@program(lambda rng, n: (3,), smooth=False, numba=True)
def integer_argument(n):
    """A Python int that is differentiated itself is taken as a float."""
    return n * n + 0.5 * n


@program(lambda rng, n: (rng.normal(size=n).astype(np.float32), np.float32(0.5)), wrt=(0, 1),
         smooth=False, single=True)  # fmt: skip
def single_precision(x, a):
    return np.sum(np.tanh(a * x) * 0.5 + x * 2.0)


@program(lambda rng, n: (np.float64(rng.normal()), np.array(rng.normal())), wrt=(0, 1), orders=2)
def zero_dimensional(a, b):
    return np.exp(-a * b) * b + a**2


@program(lambda rng, n: (rng.normal(size=n), 2.0), wrt=(0, 1), numba=True)
def independent(x, a):
    """The result does not depend on the arguments: zeros of their shapes."""
    y = x * a
    return 3.0 if y.size > 100 else 2.5


@program(lambda rng, n: (rng.normal(size=n),), smooth=True)
def steps_in_between(x):
    """Rounding contributes nothing."""
    level = np.floor(x) + np.sign(x) + np.ceil(3.0 * x)
    return np.sum(level * x)


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=(3,))), wrt=(0, 1), orders=2)
def logistic_loss(X, w):
    z = X @ w
    return np.mean(np.logaddexp(0.0, z) - 0.5 * z) + 0.1 * np.sum(np.square(w))


@program(lambda rng, n: (rng.normal(size=(n, 3, 2)), rng.normal(size=(n, 2, 4))), wrt=(0, 1))
def batched_product(A, B):
    C = A @ B
    return np.sum(np.transpose(C, (0, 2, 1)) ** 2, axis=(1, 2))


@program(lambda rng, n: (rng.normal(size=(2, n)), rng.normal(size=n)), wrt=(0, 1))
def joined(A, b):
    parts = np.concatenate([A[0], b, A[1] * b])
    rows = np.stack((A[0], b), axis=1)
    return np.sum(np.sin(parts)) + np.sum(rows.reshape(-1) * rows.T.ravel())
