"""A function with a row of its own, and one that uses it (a plain module, for its source)."""

import numpy as np


def wave(x, y):
    return np.sin(x) * y


def uses_wave(x, a):
    return np.sum(wave(x * a, a) ** 2)
