"""Programs with linear algebra, sorting, joining and special functions, in loops and branches."""

import math

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (0.4, 0.3, n), wrt=(0, 1), numba=True)
def special_functions(x, y, n):
    total = 0.0
    for _ in range(n):
        total += np.log1p(x * x) + np.arctan2(x, y) * np.hypot(x, y) + math.atan(y)
        total += np.maximum(x, 0.3) * np.cosh(0.1 * y) - math.asinh(x) * np.exp2(-y)
        x = np.tan(0.1 * x) + math.erf(y) + np.arcsin(0.1 * y)
        y = np.cbrt(1.0 + y) * math.log10(2.0 + x)
    return total


@program(lambda rng, n: (rng.normal(size=(2, 2)) / 2, rng.normal(size=(n, 2))))
def kalman_filter(A, observed):
    """The logarithm of a likelihood by a filter whose matrices are made anew in each step."""
    mean, covariance = np.zeros(2), np.eye(2)
    total = 0.0
    for t in range(len(observed)):
        covariance = A @ covariance @ A.T + np.eye(2)
        error = observed[t] - A @ mean
        spread = covariance + 0.5 * np.eye(2)
        _, logdet = np.linalg.slogdet(spread)
        gain = np.linalg.solve(spread, covariance).T
        total = total - 0.5 * (error @ np.linalg.solve(spread, error) + logdet)
        mean = A @ mean + gain @ error
        covariance = covariance - gain @ covariance
    return total


@program(lambda rng, n: (rng.permutation(2 * n) * 0.7 - 1.0,))
def halves_written_and_sorted(x):
    a, b = np.split(x, 2)
    a = a.copy()
    for i in range(len(b)):
        a[i] = a[i] * b[-1 - i]
    ordered = np.sort(np.hstack([a, b]))
    if np.any(ordered > 1.0):
        ordered = np.cumsum(ordered)
    return np.sum(ordered * np.roll(ordered, 1))


@program(lambda rng, n: (rng.normal(size=(n, n)),))
def powers_by_recursion(A):
    return _deeper(A / np.linalg.norm(A), 3)


def _deeper(A, n):
    if n == 0:
        return np.trace(A)
    return _deeper(A @ np.linalg.inv(A + 3.0 * np.eye(len(A))), n - 1) + np.linalg.det(A)


@program(lambda rng, n: (rng.uniform(0.1, 0.9, n), rng.normal(size=n)), wrt=(0, 1), sizes=(5, 3, 0),
         orders=2, points=((
             (np.array([0.5, 1.0, 0.25]), np.array([1.0, 2.0, 3.0])),
             (np.array([-1.0, -2.125, 0.0]), np.array([0.5, 0.0, 0.0]))),))  # fmt: skip
def survival(hazards, payments):
    """What is paid as long as one lives; of certain death (a hazard of 1) nothing follows."""
    return np.sum(np.cumprod(1.0 - hazards) * payments)


@program(lambda rng, n: (rng.normal(size=(n, 3)),), sizes=(4, 2, 1), orders=2, points=((
             (np.array([[2.0, 0.0], [0.0, 3.0], [4.0, 5.0]]),), None),))  # fmt: skip
def products_of_columns(X):
    paths = np.cumprod(X, axis=0)
    return np.sum(paths[-1] ** 2) + np.sum(np.cumprod(paths)) + np.prod(X[:, 0] + X[:, 1])


@program(lambda rng, n: (1.5, rng.uniform(0.5, 3.0, n)), wrt=(0, 1), sizes=(4, 2, 0), orders=2)
def gamma_likelihood(shape, x):
    """Of shape and data, with a distance and a sum in the math module's own precision."""
    total = 0.0
    for v in x:
        fraction, whole = math.modf(v * shape)
        total += (shape - 1.0) * math.log(v, 2) - math.lgamma(shape + fraction) + whole * shape
        total += math.dist((shape, v), (0.0, 1.0)) * math.hypot(v, shape, 2.0)
    return total + math.fsum(np.clip(x, 0.9, None) * shape) + math.prod((shape, total))


@program(lambda rng, n: (rng.normal(size=(3, n, 3)),), sizes=(4, 2), orders=2)
def by_columns_and_diagonals(X):
    traces = np.trace(X, axis1=0, axis2=2)
    turned = X.reshape(-1, 9, order="F")
    grid = np.linspace(X[0], X[1], 4)
    return np.sum(traces**2) + np.sum(turned[-1] * X.ravel("F")[:9]) + np.sum(np.tanh(grid) ** 2)
