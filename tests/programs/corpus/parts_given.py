"""Parts of one array that are given to a function that writes to one of them, and in lists in loops."""

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.3, 1.2, size=n + 2),)


def drawn_near(a, b):
    a += 1.0
    b *= a.sum()


def summed_up(a, b, k):
    if a[0] > 100:
        return 0.0
    for i in range(len(a)):
        a[i] += k * b[i]
    return np.sum(a) * b[0]


@program(vector, orders=2, numba=True)
def apart_and_overlapping(x):
    """Parts that have nothing in common, that overlap, and that do for some numbers of a loop."""
    drawn_near(x[:2], x[3:5])
    y = x * 1.0
    n = len(y) // 2
    drawn_near(y[:n], y[n:])
    total = summed_up(y[:3], y[2:5], 2.0)
    last = 0.0
    for i in range(3):
        last = summed_up(y[i : i + 2], y[i + 1 : i + 3], 0.5)
    return total * np.sum(y**2) + last + np.sum(x)


class Mixer:
    def __init__(self, share):
        self.share = share

    def mix(self, a, b):
        a -= self.share * b
        b *= a


def scaled(rows):
    for row in rows:
        row *= 0.5


@program(lambda rng, n: (rng.uniform(0.3, 1.2, size=(4, 4)),), orders=2)
def rows_columns_and_lists_of_them(m):
    """By a method, a function inside, and one that loops over a list of parts."""

    def swapped(a, b):
        held = a.copy()
        a[:] = b
        b[:] = held

    mixer = Mixer(0.3)
    for i in range(len(m) - 1):
        mixer.mix(m[i], m[i + 1])
    swapped(m[0], m[2])
    swapped(m[:, 1], m[:, 3])
    scaled([m[0], m[2]])
    halves = np.split(m[3], 2)
    scaled(halves)
    return np.sum(m**2) * halves[1][0]


def stepped(parameters, gradients):
    for p, g in zip(parameters, gradients):
        p -= 0.1 * g


@program(vector, orders=2)
def parameters_in_lists_and_dicts(x):
    """Arrays with names of their own, some twice, that loops over lists and dicts of them write to."""
    a, b = x * 1.0, x * 2.0
    ws = [x, a, a]
    for w in ws:
        w *= b
    for _ in range(2):
        stepped([a, b], [b * b, a * a])
    by_name = {"a": a, "b": b}
    for k in by_name:
        by_name[k] -= 0.1 * a
    for w in by_name.values():
        w[0] += 1.0
    for k, w in enumerate((x[:2], x[3:5])):
        w *= k + x[2]
    return np.sum(a * b) + np.sum(x * ws[0])
