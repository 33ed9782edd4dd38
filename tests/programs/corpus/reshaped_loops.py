"""Loops that read and write elements through reshapes and other orders of axes, at O(1) a step."""

import numpy as np

from tests.programs.registry import program


def by_columns(rng, n):
    return (np.asfortranarray(rng.normal(size=(3, n))),)


@program(by_columns, orders=2)
def elements_of_reshapes(x):
    """Each is made where it is read, of an array in either order."""
    s = 0.0
    k = 0
    while k < x.size and s < 50:
        if x.reshape(-1)[k] > 0:
            s += x.ravel()[k] * x.T.reshape(-1)[k - 1]
        else:
            s -= np.moveaxis(x, 0, 1)[k % len(x.T), k % 3]
        k += 1
    for n in (3, 5, 7):
        try:
            s += x.reshape(n, -1)[0, 1] ** 2
        except ValueError:
            s *= 2
    return s


@program(lambda rng, n: (rng.normal(size=(2, n)),), orders=2)
def bubbles_in_a_reshape(x):
    """A view made before the loop is written to in branches."""
    y = x.copy()
    flat = y.reshape(-1)
    for i in range(len(flat) - 1):
        if flat[i] > flat[i + 1]:
            flat[i], flat[i + 1] = flat[i + 1], flat[i]
        else:
            flat[i] *= flat[i + 1]
    weights = np.arange(float(x.size))
    return np.sum(flat * weights)


@program(lambda rng, n: (rng.normal(size=(2, n)),), orders=2)
def sines_in_a_reshape(x):
    x = x.copy()
    for i in range(2):
        y = x.reshape(-1, 2)
        for j in range(1, len(y)):
            y[j, i] += np.sin(y[j - 1, i]) * x[i, j]
            if y[0, 0] > 0.3:
                x.ravel()[j] *= np.tanh(y[j, 1])
    return np.sum(x * x)


@program(lambda rng, n: (rng.normal(size=(3, n)),), sizes=(4, 6), orders=2)
def rows_of_a_transpose(x):
    y = x * 2
    for i in range(3):
        z = y.T
        for j in range(len(z)):
            z[j] *= np.cos(y[i, j])
            z[j, i] = np.sin(z[j - 1, i]) + np.sum(x.T[j]) * x.T[j - 1][i]
        w = np.swapaxes(y, 0, 1).reshape(-1)
        y[i, 0] = w[i + 1] * w[i]
    return np.sum(y * y)
