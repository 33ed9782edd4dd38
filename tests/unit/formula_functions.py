"""Functions of numbers that have expressions, with what SymPy calls them, and some that have none."""

import math

import numpy as np


def damped(x, y):
    return math.exp(-x * x) * np.sin(y) + 0.1 * x


def series(x, n):
    term, total = 1.0, 0.0
    for k in range(1, n):
        term *= x / k
        total += term
    return total


def stairs(x, y):
    s = 0.0
    for i in range(3):
        if x > i:
            s += math.sin(x * i) * y
        else:
            s -= np.exp2(y) / (1 + x * x)
    return s


def guarded(x):
    return np.where(x > 0, np.sqrt(x), x**2)


def clipped(x, y):
    return np.clip(x * y, -1.0, 2.0) + np.maximum(x, y) * abs(x)


def rounded(x, y):
    return x % y + math.fmod(x, 2.0) * np.floor(y) + np.sign(x) * x


def written(x):
    a = np.zeros(4)
    a[0] = x
    for i in range(1, 4):
        a[i] = math.tanh(a[i - 1]) * x
    return np.sum(a * a)


def grown(x):
    values = [x]
    while len(values) < 4:
        values.append(values[-1] ** 2 - 0.1 * x)
    return sum(values) / len(values)


def black_scholes(s, k=100.0, r=0.05, sigma=0.2, t=1.0):
    normal = lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2)))
    d1 = (math.log(s / k) + (r + sigma**2 / 2) * t) / (sigma * math.sqrt(t))
    return s * normal(d1) - k * math.exp(-r * t) * normal(d1 - sigma * math.sqrt(t))


def recursive(x, n):
    return x if n == 0 else math.sin(recursive(x, n - 1)) + x


def newton(x):
    y = x
    while abs(y * y - x) > 1e-12:
        y = (y + x / y) / 2
    return y


def sized(x):
    return np.sum(np.ones(int(x)))


def of_vector(x: "f64[n]"):  # noqa: F821
    return np.sum(x)


def sorted_sum(x, y):
    return np.dot(np.sort(np.array([x, y])), np.array([1.0, 2.0]))


def branching(x):
    s = 0.0
    for k in range(20):
        if math.sin(k * x) > 0.5:
            s += x
    return s
