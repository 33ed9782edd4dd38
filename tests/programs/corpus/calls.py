"""Calls of other functions: small and large ones, closures, lambdas, functions as values."""

import functools

import numpy as np

from tests.programs.registry import program

RATE = 0.5
OFFSETS = np.array([0.1, -0.2, 0.3])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), orders=2)
def small_calls(x, a):
    return np.sum(sigmoid(a * x) * sigmoid(x))


def rk4_step(f, y, t, dt):
    k1 = f(y, t)
    k2 = f(y + 0.5 * dt * k1, t + 0.5 * dt)
    k3 = f(y + 0.5 * dt * k2, t + 0.5 * dt)
    k4 = f(y + dt * k3, t + dt)
    return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, 2), 0.6, n), wrt=(0, 1))
def lotka_volterra(y, a, steps):
    """An integrator that takes a function, which captures a number."""

    def field(y, t):
        x, p = y[0], y[1]
        return np.array([a * x - 0.4 * x * p + 0.01 * t, 0.1 * x * p - 0.4 * p])

    for k in range(steps):
        y = rk4_step(field, y, 0.1 * k, 0.1)
    return y


@program(lambda rng, n: (rng.normal(size=3),), numba=True)
def globals_read(x):
    return np.sum((x + OFFSETS) ** 2) * RATE


def scaled(x, factor=2.0, *, shift=0.0):
    return factor * x + shift


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1), numba=True)
def defaults_and_keywords(x, a):
    y = scaled(x) + scaled(x, 3.0) * scaled(x=x, factor=a)
    options = {"factor": a, "shift": a * a}
    return np.sum(y + scaled(x, shift=a) + scaled(x, **options))


def product_of(*factors):
    result = 1.0
    for f in factors:
        result = result * f
    return result


@program(lambda rng, n: (0.5, 1.5, -2.0), wrt=(0, 1, 2), orders=2, numba=True)
def variadic(x, y, z):
    pair = (y, z)
    return product_of(x, y) + product_of(*pair, x) + product_of()


def apply_twice(f, x):
    return f(f(x))


@program(lambda rng, n: (0.4, 1.2), wrt=(0, 1), orders=2, numba=True)
def higher_order(x, a):
    square = lambda v: v * v
    shifted = lambda v, by=a: v + by * v
    return apply_twice(square, x) + apply_twice(shifted, x) + apply_twice(np.sin, a)


def make_power(k):
    return lambda v: v**k


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def functions_made(x):
    """A function that is made inside and captures a local."""
    weights = x * 2

    def weighted(v):
        return np.sum(weights * v)

    def both(v):
        return weighted(v) + weighted(v * v)

    return both(x) * weighted(np.sqrt(x))


def stats(x):
    m = np.mean(x)
    return m, np.mean((x - m) ** 2)


@program(lambda rng, n: (rng.normal(size=n),), orders=2, numba=True)
def several_results(x):
    m, v = stats(x)
    again = stats(x * m)
    return m * v + again[1]


def long_helper(x, w):
    h = np.tanh(x * w)
    for _ in range(2):
        h = np.sin(h) * w + x
        h = h / (1 + h * h)
    if np.sum(h) > 0:
        h = h * 2
    else:
        h = h - w
    z = np.exp(-h * h)
    z = z * h + np.cos(h)
    return np.sum(z * w)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), orders=2)
def large_helper_twice(x, w):
    """A helper that is too large to put in place of its calls."""
    return long_helper(x, w) * long_helper(w, x) + long_helper(x, x)


@program(lambda rng, n: (rng.normal(size=n), n), wrt=(0,))
def helper_in_loop(x, steps):
    for _ in range(steps):
        x = x - RATE * long_helper(x, x * 0.5) * x
    return np.sum(x)


def fill(y, i, v):
    y[i] = v
    return y


def logged(function):
    @functools.wraps(function)
    def wrapper(x):
        return 3.0 * function(x) + 1.0

    return wrapper


@logged
def wrapped_cube(x):
    return x**3


@program(lambda rng, n: (0.7,), orders=2, numba=True)
def wrapped(x):
    """The wrapper is the function, not what it wraps."""
    return wrapped_cube(x) * x


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def same_array_twice(x):
    return add_product(x, x) + add_product(x, x * 2)


def add_product(a, b):
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i] ** 2
    return total


@program(lambda rng, n: (rng.normal(size=(n, 2)),), numba=True)
def rows_to_helper(X):
    """Views passed to a function that reads their elements."""
    s = 0.0
    for i in range(1, len(X)):
        s += add_product(X[i], X[i - 1])
    return s


ACTIVATIONS = {"tanh": np.tanh}


@program(lambda rng, n: (rng.normal(size=n), np.tanh), wrt=(0,))
def function_argument(x, activation):
    return np.sum(activation(x) * activation(x * 2))


AXIS = 1
AXES = (0, 1)
SETTINGS = {"rate": 0.1, "activation": "tanh", "widths": [2, 3], "shift": np.arange(3.0)}


@program(lambda rng, n: (rng.normal(size=(n, 3)),))
def settings_from_outside(x):
    y = np.sum(x, axis=AXIS) * SETTINGS["rate"]
    if SETTINGS["activation"] in ("tanh", "sin"):
        y = np.tanh(y)
    return np.sum(y[:, None] * SETTINGS["shift"] * np.sum(x, axis=AXES)) * SETTINGS["widths"][0]


@program(lambda rng, n: (1.0,), numba=True)
def closure_over_a_changing_tree(x):
    setting = (x * 1.0, "sin")

    def value():
        return np.sin(setting[0]) if setting[1] == "sin" else np.cos(setting[0])

    first = value()
    setting = (x * 2.0, "cos")
    return first + value()


@program(lambda rng, n: (rng.normal(size=n), 3), sizes=(1, 4))
def closure_over_changing_sizes(x, n):
    y = x[:1] * 2.0

    def spread(z):
        return np.sum(y * z)

    first = spread(x)
    y = np.sin(x)
    return first * spread(np.cos(x)) + spread(x[:1])


def weighted(x, w, a):
    def gain(q):
        return np.tanh(q) + a * a

    x = x * gain(a)
    return x * w


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1), numba=True)
def inner_function_of_two_versions(x, a):
    """The helper is compiled twice, for one array and for two, and so is what it defines."""
    y = weighted(x, x, a)
    return np.sum(weighted(x, y, a) * y)
