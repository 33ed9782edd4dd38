"""For loops over ranges, arrays and their combinations."""

import math

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (0.4, 3.2, n), wrt=(0, 1), numba=True, orders=3)
def logistic_map(x, r, steps):
    for _ in range(steps):
        x = r * x * (1 - x)
    return x


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), numba=True, orders=2)
def index_loop(x, y):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * math.sin(y[i]) * x[i - 1]
    return total


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1), numba=True, orders=2)
def horner(coefficients, x):
    value = 0.0
    for c in coefficients:
        value = value * x + c
    return value


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), numba=True)
def zip_of_arrays(x, y):
    total = 1.0
    for a, b in zip(x, y):
        total = total * (1 + a * b)
    return total


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def enumerated(x):
    moment = 0.0
    for i, a in enumerate(x, start=1):
        moment += i * a**2
    for i, a in enumerate(reversed(x)):
        moment -= i * a
    return moment


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def reversed_range(x):
    s = 0.0
    for i in reversed(range(len(x))):
        s = s * 0.5 + x[i] ** 2
    for i in range(len(x) - 1, 0, -2):
        s += x[i] * x[i - 1]
    return s


@program(lambda rng, n: (rng.normal(size=n), 0.1), wrt=(0, 1), numba=True)
def skip_some(x, cut):
    s = 0.0
    for i in range(len(x)):
        if i % 2 == 1:
            continue
        if x[i] < cut:
            s -= cut * x[i]
            continue
        s += x[i] ** 2
    return s


@program(lambda rng, n: (rng.normal(size=(n, 3)),), orders=2, numba=True)
def rows(X):
    """Iterating a matrix gives rows, which are views."""
    s = 0.0
    for row in X:
        s += row[0] * row[1] + row[2]
    return s


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), numba=True)
def triangular_sum(A, x):
    total = 0.0
    for i in range(len(x)):
        inner = 0.0
        for j in range(i):
            inner += A[i, j] * x[j]
        total += inner * x[i]
    return total


@program(lambda rng, n: (0.5, 0), wrt=(0,), numba=True, smooth=True)
def zero_trips(x, n):
    y = x * x
    for i in range(n):
        y = y * x + i
    return y


@program(lambda rng, n: (rng.normal(size=(3, 3)), rng.normal(size=3), n), wrt=(0, 1), orders=2)
def carry_changes_kind(A, x, steps):
    """A count that begins as an int and becomes a float, beside a sum of arrays."""
    total = np.zeros(3)
    weight = 1
    for _ in range(steps):
        x = np.tanh(A @ x)
        total = total + weight * x
        weight = weight / 2
    return np.sum(total)


@program(lambda rng, n: (1.0, 0.5, n), wrt=(0, 1), numba=True, orders=2)
def swapped(a, b, n):
    for _ in range(n):
        a, b = b, a + math.sin(b)
    return a * b


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1))
def after_the_loop(x, y):
    """The loop variable and what the last pass set are read behind the loop."""
    for i in range(len(x)):
        last = x[i] * y[i]
    return last * x[i]


@program(lambda rng, n: (rng.normal(size=2), 0.01, n), wrt=(0, 1), numba=True)
def verlet(state, dt, steps):
    """Position and velocity of an oscillator in Python floats."""
    q = state[0]
    v = state[1]
    a = -q - q**3
    for _ in range(steps):
        q = q + v * dt + 0.5 * a * dt * dt
        new = -q - q**3
        v = v + 0.5 * (a + new) * dt
        a = new
    return 0.5 * v**2 + 0.5 * q**2


@program(lambda rng, n: (rng.normal(size=(3, 3)), n))
def matrix_power(A, k):
    P = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    for _ in range(k):
        P = P @ A / 2
    return P


@program(lambda rng, n: (rng.uniform(0.5, 1.5, size=n),), numba=True)
def running_statistics(x):
    """Welford's mean and variance, a result of two."""
    mean = 0.0
    m2 = 0.0
    for k in range(len(x)):
        delta = x[k] - mean
        mean += delta / (k + 1)
        m2 += delta * (x[k] - mean)
    return mean, m2 / len(x)


@program(lambda rng, n: (0.3,), numba=True)
def loop_over_tuple(x):
    s = 0.0
    for c in (1.0, -0.5, 0.25):
        s = s * x + c
    for name, weight in (("a", 2.0), ("b", 3.0)):
        if name == "b":
            s *= weight * x
    return s
