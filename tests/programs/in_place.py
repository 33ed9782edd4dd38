"""Loops that write to arrays in place, O(1) work a step: one for each way to write.

Their gradients take as much work and memory a step, whatever the size; ``test_in_place`` counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Arguments = Callable[[np.random.Generator, int], tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Loop:
    """A function, and the number of arrays of the size of its argument that its gradient makes."""

    function: Callable[..., Any]
    arrays: int
    arguments: Arguments
    numba: bool


LOOPS: dict[str, Loop] = {}


def vector(rng, n):
    return (rng.uniform(0.2, 0.9, size=n),)


def rows(rng, n):
    return (rng.uniform(0.2, 0.9, size=(n, 3)),)


def columns(rng, n):
    return (rng.uniform(0.2, 0.9, size=(3, n)),)


def loop(arrays, arguments=vector, numba=False):
    def enter(function):
        LOOPS[function.__name__] = Loop(function, arrays, arguments, numba)
        return function

    return enter


@loop(3, numba=True)
def element_writes(x):
    y = np.zeros(len(x))
    for i in range(1, len(x)):
        y[i] = y[i - 1] * 0.5 + np.sin(x[i])
    return np.sum(y * y)


@loop(2, numba=True)
def argument_written(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1] * x[i]
    return x[-1] + x[0]


@loop(2, numba=True)
def view_writes(x):
    y = x * 1.0
    v = y[1:]
    for i in range(len(v)):
        v[i] *= y[i]
    return np.sum(y * y)


@loop(2, numba=True)
def view_made_inside(x):
    y = x * 1.0
    for i in range(len(y) - 1):
        v = y[i : i + 2]
        v[1] = np.tanh(v[0] + v[1])
    return np.sum(y * y)


@loop(2, numba=True)
def tail_made_inside(x):
    y = x * 1.0
    for i in range(len(y) - 1):
        v = y[i:]
        v[1] = np.tanh(v[0] + v[1])
    return np.sum(y * y)


@loop(2, numba=True)
def by_alias(x):
    y = x * 1.0
    z = y
    for i in range(1, len(y)):
        z[i] = z[i] * y[i - 1]
        y[i - 1] += z[i]
    return np.sum(y * z)


@loop(5, numba=True)
def by_list_item(x):
    parts = [x * 1.0, x * 2.0]
    for i in range(1, len(x)):
        parts[0][i] = parts[1][i - 1] * parts[0][i - 1]
        parts[1][i] *= parts[0][i]
    return np.sum(parts[0] * parts[1])


@loop(4, numba=True)
def by_dict_item(x):
    d = {"a": x * 1.0, "b": x * 2.0}
    for i in range(1, len(x)):
        d["a"][i] = d["b"][i - 1] * d["a"][i - 1]
        d["b"][i] *= d["a"][i]
    return np.sum(d["a"] * d["b"])


@loop(17)
def by_run_time_list_item(x):
    rows = []
    for i in range(3):
        rows.append(x * i)
    for i in range(1, len(x)):
        rows[i % 3][i] = rows[(i + 1) % 3][i - 1] * x[i]
    return np.sum(rows[0] * rows[1] + rows[2])


class State:
    def __init__(self, y):
        self.y = y

    def step(self, i):
        self.y[i] = self.y[i] * self.y[i - 1]


@loop(2, numba=True)
def by_attribute(x):
    s = State(x * 1.0)
    for i in range(1, len(x)):
        s.step(i)
    return np.sum(s.y)


@loop(2, numba=True)
def with_branches(x):
    y = x * 1.0
    for i in range(1, len(x)):
        if y[i] > y[i - 1]:
            y[i] *= y[i - 1]
        elif i % 3 == 0:
            y[i - 1], y[i] = y[i], y[i - 1]
        else:
            y[i] = 0.0
    return np.sum(y * y)


@loop(2, numba=True)
def early_exit(x):
    y = x * 1.0
    for i in range(1, len(x)):
        y[i] *= y[i - 1]
        if abs(y[i]) > 1e300:
            break
        if y[i] < -1e10:
            continue
        y[i] += 1.0
    return np.sum(y)


@loop(2, numba=True)
def returns_inside(x):
    y = x * 1.0
    for i in range(1, len(x)):
        y[i] = 0.1 * y[i] * y[i - 1] + 1.0
        if i == len(x) - 2:
            return y[i] + y[0]
    return y[-1]


@loop(3, numba=True)
def while_loop(x):
    y = x * 1.0
    i = 0
    while i + 1 < len(x):
        y[i + 1] += 0.3 * y[i] * x[i]
        i += 1
    return np.sum(y)


def recursive_write(x, i):
    if i < len(x):
        x[i] = x[i] * x[i - 1] * 0.5
        recursive_write(x, i + 1)


@loop(2)
def by_recursion(x):
    y = x * 1.0
    recursive_write(y, 1)
    return np.sum(y * y)


def tail_write(v):
    if len(v) > 1:
        v[1] = v[1] * v[0] * 0.5
        tail_write(v[1:])


@loop(2)
def by_recursion_over_tails(x):
    y = x * 1.0
    tail_write(y)
    return np.sum(y * y)


def halves_write(v):
    h = len(v) // 2
    if h > 0:
        v[h] = v[h] * v[0] * 0.5
        halves_write(v[:h])
        halves_write(v[h:])


@loop(2)
def by_recursion_over_halves(x):
    y = x * 1.0
    halves_write(y)
    return np.sum(y * y)


def fft_in_place(v, w):
    n = len(v)
    if n == 1:
        return
    h = n // 2
    fft_in_place(v[:h], w)
    fft_in_place(v[h:], w)
    for i in range(h):
        a = v[i]
        b = v[h + i] * w
        v[i] = a + b
        v[h + i] = a - b


@loop(3)
def by_butterflies(x):
    y = x * 1.0
    fft_in_place(y, 0.5)
    return np.sum(y ** 3)


def quick_views(v):
    if len(v) < 2:
        return
    p = v[-1]
    k = 0
    for i in range(len(v) - 1):
        if v[i] < p:
            v[k], v[i] = v[i], v[k]
            k += 1
    v[k], v[-1] = v[-1], v[k]
    quick_views(v[:k])
    quick_views(v[k + 1:])


@loop(2)
def by_quicksort_views(x):
    y = x * 1.0
    quick_views(y)
    s = 0.0
    for i in range(len(y)):
        s += y[i] * (i + 1)
    return s


@loop(2, numba=True)
def by_closure(x):
    y = x * 1.0

    def step(i):
        y[i] = y[i] * y[i - 1] * 0.5

    for i in range(1, len(x)):
        step(i)
    return np.sum(y * y)


def helper(y, x, i):
    a = y[i]
    b = x[i]
    if a > b:
        y[i] = a * b
        for k in range(3):
            y[i] += np.sin(y[i - 1] * k) * b
    else:
        y[i] = a + b
        for k in range(2):
            y[i - 1] += np.cos(y[i - 1] * k + y[i]) * b
    return y[i]


@loop(3)
def by_helper(x):
    y = x * 1.0
    s = 0.0
    for i in range(1, len(x)):
        s += helper(y, x, i)
    for i in range(1, len(x)):
        s *= helper(y, x, i) * 1e-3
    return s


@loop(2)
def slices_swept(x):
    y = x * 1.0
    for i in range(0, len(x) - 4, 4):
        y[i + 4 : i + 8] *= y[i : i + 4]
    return np.sum(y)


@loop(3)
def add_at_written(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        np.add.at(y, [i, i // 2], x[i])
    return np.sum(y * y)


@loop(3)
def swaps(x):
    y = x * 1.0
    for i in range(len(x) // 2):
        y[[i, -1 - i]] = y[[-1 - i, i]] * 2.0
    return np.sum(y * x)


@loop(2)
def out_written(x):
    y = x * 1.0
    for i in range(0, len(x) - 4, 2):
        np.multiply(y[i : i + 2], y[i + 2 : i + 4], out=y[i : i + 2])
    return np.sum(y)


@loop(1, numba=True)
def two_buffers(x):
    u = np.zeros(4)
    un = np.zeros(4)
    for i in range(len(x)):
        un[0] = x[i]
        un[1:] = u[:-1] * 0.5
        u, un = un, u
    return np.sum(u * un)


@loop(0)
def flat_writes(x):
    m = x.reshape(-1, 2)
    f = m.ravel()
    for i in range(1, len(f)):
        f[i] *= f[i - 1] * 0.5
    return np.sum(m)


@loop(1, numba=True)
def counted_into(x):
    counts = np.zeros(4, dtype=int)
    y = np.zeros(4)
    for i in range(len(x)):
        k = i % 4
        counts[k] += 1
        y[k] += x[i] / counts[k]
    return np.sum(y * y)


@loop(2)
def with_context(x):
    y = x * 1.0
    for i in range(1, len(x)):
        with np.errstate(all="ignore"):
            y[i] = y[i] / (y[i - 1] + 3.0)
    return np.sum(y)


@loop(2, arguments=rows, numba=True)
def row_writes(m):
    for row in m:
        row[0] = row[0] * row[1]
        row += row[1]
    return np.sum(m * m)


@loop(2, arguments=rows, numba=True)
def rows_of_rows(m):
    for i in range(1, len(m)):
        r = m[i]
        s = m[i - 1]
        r[0] = r[0] * s[1]
        r[1:] *= s[:-1]
    return np.sum(m[-1])


@loop(2, arguments=rows, numba=True)
def nested_loops(m):
    for i in range(1, m.shape[0]):
        for j in range(1, m.shape[1]):
            m[i, j] += m[i - 1, j] * m[i, j - 1]
    return m[-1, -1]


@loop(2, arguments=columns)
def column_writes(m):
    for col in m.T:
        col[0] *= col[1]
    return np.sum(m * m)


@loop(3)
def try_reads_after_write(x):
    y = x * 1.0
    for i in range(len(x)):
        try:
            y[i] = y[i] * 2.0
            z = y[i] + x[i + 1]
            y[i] = z * z
        except IndexError:
            pass
    return np.sum(y * y)


@loop(3)
def try_around_loop(x):
    y = x * 1.0
    for j in range(2):
        try:
            for i in range(len(x)):
                y[i] = y[i] * x[i + j]
        except IndexError:
            y[0] += 1.0
    return np.sum(y * y)


@loop(3)
def try_nested(x):
    y = x * 1.0
    n = 0
    for i in range(len(x)):
        try:
            y[i] *= 2.0
            try:
                y[i] += x[i + 1]
                y[i + 2] *= 3.0
            except IndexError:
                y[i] -= 1.0
                n += 1
            y[i] *= x[i + 1]
        except IndexError:
            y[0] += y[i]
    return np.sum(y * y) + n


def scaled(y, x, i):
    y[i] *= x[i]
    if x[i] > 0:
        y[i - 1] += x[i + 1]
        for k in range(3):
            y[i - 1] *= 0.5 + k * y[i]
    else:
        for k in range(2):
            y[i] += np.sin(y[i]) * x[i + 1]


@loop(3)
def try_calls(x):
    y = x * 1.0
    for i in range(len(x)):
        try:
            scaled(y, x, i)
        except IndexError:
            y[i] = 1.0
    for i in range(len(x)):
        try:
            scaled(y, x, i)
        except IndexError:
            y[i] = 2.0
    return np.sum(y * y)


def each(y, x, i):
    if i == len(x):
        return
    try:
        y[i] *= x[i]
        y[i] *= x[i + 1]
    except IndexError:
        y[i] += 1.0
    each(y, x, i + 1)


@loop(3)
def recursion_that_tries(x):
    y = x * 1.0
    each(y, x, 0)
    return np.sum(y * y)


@loop(5)
def try_list(x):
    rows = [x * 1.0, x * 2.0]
    for i in range(len(x)):
        try:
            rows[0][i] *= rows[1][i + 1]
            rows[1][i] = rows[0][i + 1]
        except IndexError:
            rows[0][i] = 0.5
    return np.sum(rows[0] * rows[1])


@loop(2)
def try_with_raise_in_loop(x):
    y = x * 1.0
    for i in range(1, len(x)):
        try:
            for k in range(3):
                y[i] += y[i - 1] * k
                if y[i] > 1:
                    raise ValueError("large")
                y[i] *= 3.0
        except ValueError:
            y[i] *= 0.1
        else:
            y[i] -= 0.2
        finally:
            y[i - 1] *= 1.1
    return np.sum(y * y)


@loop(3)
def try_view(x):
    y = x * 1.0
    for i in range(len(x)):
        v = y[i:]
        try:
            v[0] *= 2.0
            v[1] += v[0] * x[i]
        except IndexError:
            v[0] -= x[i]
    return np.sum(y * y)


@loop(3)
def try_while(x):
    y = x * 1.0
    i = 0
    while True:
        try:
            y[i] *= x[i + 1] + y[i]
            i += 1
        except IndexError:
            break
    return np.sum(y * y)
