"""Functions at points where a convention decides (a plain module, for its source)."""

import numpy as np


def power(x, y):
    return x**y


def cardinal_sine(x):
    return np.sum(np.sinc(x))


def eigenvalues(a):
    return np.linalg.eigh(a)[0]


def eigenvectors(a):
    return np.linalg.eigh(a)[1]


def spectral_sum(a):
    w, v = np.linalg.eigh(a)
    return np.sum((v * np.exp(w)) @ v.T)


def rounded(x):
    return np.sum(np.round(x) + np.floor(x) + np.sign(x) * 3.0 + np.argmax(x))


def untouched(x, y):
    return np.sum(y * y)


def beyond(x):
    return x[7] ** 2


def rooted(x):
    return np.sum(np.sqrt(x * x))


def guarded_arctangent(z):
    return np.sum(np.real(np.where(np.abs(z - 1j) > 0.5, np.arctan(z) * np.arcsinh(z), z)))


def guarded_powers(x):
    """Behind the guard partials overflow."""
    return np.sum(np.where(np.abs(x) < 10, x**3 + 1 / (x**4 + 1) + np.power(x, 5), x))
