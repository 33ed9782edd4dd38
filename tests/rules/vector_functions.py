"""Functions of vectors whose derivatives lose digits if they are written down without care."""

import numpy as np


def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def plain_log_sum_exp(x):
    return np.log(np.sum(np.exp(x)))


def log_add_exp(x):
    return np.logaddexp.reduce(x)


def softmax(x):
    e = np.exp(x - np.max(x))
    return (e / np.sum(e))[0]


def log_softmax(x):
    z = x - np.max(x)
    return (z - np.log(np.sum(np.exp(z))))[0]


def softplus(x):
    return np.sum(np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0))


def sigmoid(x):
    return np.sum(1 / (1 + np.exp(-x)))


def norm(x):
    return np.linalg.norm(x)


def root_of_squares(x):
    return np.sqrt(np.sum(x * x))


def hypotenuse(x):
    return np.hypot.reduce(x)


def cubic_norm(x):
    return np.linalg.norm(x, 3)


def variance(x):
    return np.var(x)


def deviation(x):
    return np.std(x)


def product(x):
    return np.prod(x)


def running_products(x):
    return np.cumprod(x)[-1]


def middle_product(x):
    return np.sum(np.cumprod(x)[:3])


def half_power(x):
    return np.sum(x**0.5)


def broken_power(x):
    return np.sum(x**1.5)


def square(x):
    return np.sum(x**2)


def cube(x):
    return np.sum(x**3)


def seventh_power(x):
    return np.sum(x**7)


def inverse_square(x):
    return np.sum(x**-2)
