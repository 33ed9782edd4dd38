"""A function with a row of its own, and one that uses it (a plain module, for its source)."""

import numpy as np


def wave(x, y):
    return np.sin(x) * y


def uses_wave(x, a):
    return np.sum(wave(x * a, a) ** 2)


def halves(x):
    return np.split(x, 2)


def grid(x):
    return np.meshgrid(x, x)


def sign_and_logarithm(x):
    return np.linalg.slogdet(np.outer(x, x) + np.eye(4))


def appended(x):
    parts = np.split(x, 2)
    parts.append(parts[0] * parts[1])
    total = 0.0
    for part in parts:
        total = total + np.sum(part**2)
    return total


def area(a, b):
    return np.sum(np.cross(a, b))
