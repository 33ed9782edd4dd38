"""Functions that are not put in place of their calls, given parts of arrays to read and write."""

import numpy as np

from tests.programs.registry import program


def factorised(m):
    if len(m) < 2:
        return
    m[1:, 0] /= m[0, 0]
    m[1:, 1:] -= np.outer(m[1:, 0], m[0, 1:]) * 0.5
    factorised(m[1:, 1:].T)


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def factorised_in_place(x):
    """Each call writes to a part of a part, the other way round."""
    m = np.outer(x, x[::-1]) + np.eye(len(x)) * 4.0
    factorised(m)
    return np.sum(m * m) + np.log(m[-1, -1] ** 2)


def saved(v):
    if len(v) > 1:
        v[:] = v * v * 0.5 + np.sin(v)
        saved(v[1:])
        v[0] *= v[-1]


def turned(v, k):
    if len(v) > 1:
        v[0] *= np.sin(v[-1] * k)
        turned(v[::-1][1:], k + 1.0)
        v[1] += v[0] * v[0]


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def parts_written_by_recursion(x):
    """What is saved of a part before it is written to; parts from behind; the rest read before."""
    y = x * 1.5
    a = np.sum(y * y * y)
    saved(y[1:])
    z = x.copy()
    turned(z, 0.5)
    turned(z[1:], x[0])
    return a * np.sum(y * y) + np.sum(np.sin(y) * z * z)


def mixed(a, b, k):
    if k == 0:
        a[0] += b[0] * b[-1]
        return
    a[k] *= b[k]
    mixed(a[:-1], b[1:], k - 1)
    a[0] *= b[0]


def pairs(a, b):
    if len(a) == 0:
        return 0.0
    return a[0] * np.sin(b[0]) + pairs(a[1:], b[1:])


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def parts_of_two_arrays(x):
    """One of two is written to; both are read, overlap, or are one."""
    y = x * 2.0
    mixed(y, x, 1)
    z = np.sin(y)
    mixed(z, y, 2)
    return np.sum(z * y) * pairs(x[1:], x[:-1]) + pairs(x, x) + pairs(x[::-1], x)


def swept(v, c):
    s = 0.0
    for i in range(1, len(v)):
        v[i] += v[i - 1] * c
        if v[i] > 3.0:
            v[i] = np.sin(v[i])
            break
        for k in range(2):
            s += v[i] * v[0] * k
    v[0] = s
    t = v[1:]
    t *= c
    return s


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def parts_written_in_loops(x):
    """A function with a loop, called at two places."""
    y = x * 1.0
    s = 0.0
    for i in range(len(x) - 2):
        a = y[i]
        s += swept(y[i : i + 3], x[i]) * a
        if y[0] > 0.3:
            y[0] = y[1] * y[0]
    for i in range(len(x) - 1):
        s += swept(y[i:], x[i])
    return s + np.sum(y * y)


def narrowed(v, k):
    if k == 0:
        return
    if v[0] > 0:
        narrowed(v, k - 1)
    else:
        narrowed(v[1:], k - 1)
    v[0] = np.tanh(v[0] * v[-1])


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def parts_chosen_by_data(x):
    """The whole array or a part of it, of one of two arrays."""
    y = x * 1.0
    narrowed(y, len(x) - 2)
    z = x * x
    narrowed(z if x[0] > 0 else y, 1)
    return np.sum(y * z)
