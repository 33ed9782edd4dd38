"""Functions that fail, warn or give nan, for the tests of debugging."""

import numpy as np


def helper(x, i):
    return np.log(x)[i]  # in the helper


def picked(x, i):
    y = x * 2
    return y[i] * 3  # picked


def through_helper(x, i):
    y = x * 2
    return 3 * helper(y, i)


def in_loop(x, n):
    s = 0.0
    for k in range(n):
        s += x[k] ** 2  # in the loop
    return s


def roots(x):
    y = x * 2
    return np.sum(np.sqrt(y))  # root


def logarithms(x):
    y = np.exp(-x)
    z = np.log(y)  # logarithm
    return np.sum(z)


def solved(x):
    return np.sum(np.linalg.solve(x, np.ones(2)))


def all_vectors(x):
    return np.sum(np.linalg.svd(x)[0] ** 3)


def quotient(x):
    return 1 / (x - 1)


def stepped(x):
    s = 0.0
    for k in range(1, len(x)):
        t = np.exp(x[k])
        s = s + t * x[k - 1]
    return s


def refused(x):
    y = np.exp(x)
    return np.linalg.inv(y)


def log_in_a_loop(x):
    y = x - 1
    s = 0.0
    for k in range(len(x)):
        z = np.log(y[k])  # z
        s = s + z * x[k]
    return s


def reciprocal(u):
    return 1 / u  # reciprocal


def in_a_branch(x):
    r = x**2
    if r[0] > 0:
        r = reciprocal(r)
    return np.sum(r)


def infinite_from_the_start(x):
    m = -np.inf
    for v in x:
        m = max(m, v)
    return m * np.exp(m)  # exp


def largest(x):
    return np.sum(np.where(x > 0, np.log(x), -np.inf) > -np.inf) * np.sum(x)


def written(x):
    y = np.zeros(3)
    for k in range(3):
        y[k] = x[k] / x[k - 1]  # quotient
    return np.sum(y * x)
