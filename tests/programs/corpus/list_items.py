"""Writes to arrays that run-time lists hold, by whichever name they are known."""

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


def vectors(rng, n):
    return [rng.normal(size=n) for _ in range(3)], [rng.normal(size=n) for _ in range(3)], 3


@program(vectors, wrt=(0, 1), orders=2)
def descent_in_place(ws, gs, steps):
    """What a training loop does: the arrays of a list are updated beside those of another one."""
    velocity = [np.zeros_like(w) for w in ws]
    for _ in range(steps):
        for k, (w, g) in enumerate(zip(ws, gs)):
            v = velocity[k]
            v *= 0.9
            v -= 0.1 * g * w
            w += v
    for w in ws:
        w[0] = 0.0
        w *= w
    return sum(np.sum(w) for w in ws) + np.sum(velocity[0] * velocity[-1])


@program(vector, orders=2, points=[
    ((np.array([2.0, 3.0, 5.0]),), (np.array([9 * 2.0 ** 2 + 3.0, 2.0, 2 * 5.0]),)),
])
def names_of_items(x):
    """A name that was read from a list, one that was put into it, and a part of an item."""
    rows = []
    for i in range(3):
        y = x * x[i]
        rows.append(y)
        y[1] = 3.0 * x[0] * x[0]
    r = rows[0]
    r[0] = x[0]
    part = rows[-1][1:]
    rows[0][0] *= rows[2][1]
    part[1] = x[2]
    s = r[0] + r[1] * 0.0 + rows[2][2] * part[1]
    rows[1][:] = 0.0
    return s + np.sum(rows[1]) + x[0] * x[1]


@program(vector, orders=2)
def table_of_vectors(x):
    """Rows of a table that grows, filled by elements, slices and positions."""
    n = len(x)
    rows = []
    for _ in range(n):
        rows.append(np.zeros(n))
    for i in range(n):
        for j in range(1, n):
            rows[i][j] = rows[i - 1][j - 1] * x[j] + x[i] * rows[i][j - 1]
            rows[i][j] += np.sin(x[j])
        rows[i][:-1] -= x[1:] * rows[i][-1]
        rows[-1][0] = rows[i][0] * x[i]
    rows[1][np.array([0, 2, 0])] = x[:3]
    np.multiply(rows[2], x, out=rows[2])
    np.add.at(rows[0], np.array([1, 1]), x[:2])
    return np.sum(rows[0] * rows[1] * rows[2] + rows[-1])


@program(vector, smooth=False)
def items_of_branches(x):
    """Items are changed on some paths, replaced, taken out and put back."""
    rows = [x * 2.0, np.cos(x)]
    for v in x:
        rows.append(rows[-1] * v)
    for k in range(len(rows)):
        r = rows[k]
        if r[0] > 0.0:
            r[0] = x[1] * r[1]
        else:
            rows[k] = r * x[0]
        rows[k] *= 0.5
    last = rows.pop()
    last += x
    rows.append(last)
    rows[-1][0] *= 2.0
    while rows[0][0] < 1.0:
        rows[0] += 1.0
    return np.sum(last * rows[0]) + np.sum(rows[1])


def scaled(rows, factor):
    for row in rows:
        row *= factor


def newest(rows):
    return rows[-1]


def multiples(x, n):
    rows = []
    for k in range(n):
        rows.append(x * (k + 1.0))
    return rows


@program(vector, orders=2)
def items_passed_about(x):
    """Functions make lists, write to their items and give them back."""
    rows = multiples(x, 3)
    scaled(rows, x[0])
    r = newest(rows)
    r[1] = x[1] * x[1]
    rows.append(rows[0] + rows[2])
    scaled(rows, rows[-1][0])
    return np.sum(rows[2] * rows[3])


@program(vector, orders=2)
def lists_and_pairs_of_arrays(x):
    """Arrays in lists of lists, and in a list of pairs."""
    table, pairs = [], []
    for i in range(3):
        row = []
        for j in range(2):
            row.append(x * (x[i] + j))
        table.append(row)
        pairs.append((x * x[i], np.tanh(x)))
    for row in table:
        for a in row:
            a[0] *= x[1]
    row = table[1]
    a = row[0]
    table[0][1][2] = a[1] ** 2
    a[1] = table[0][1][2]
    for u, v in pairs:
        u -= 0.3 * v
        v[0] = u[1] * row[0][1]
    return np.sum(table[0][1] * a + table[2][0]) + np.sum(pairs[0][0] * pairs[2][1])


# ---- names that data binds to one of several arrays


@program(vector, smooth=False, points=[
    ((np.array([1.0, 2.0]),), None), ((np.array([-1.0, 2.0]),), None), ((np.array([1.0, -2.0]),), None),
])
def one_of_two_arrays(x):
    """A write by a name that data binds is seen by the name of the array that it is."""
    u, w = x * 2.0, x * x
    v = w if x[0] > 0.0 else u
    v[0] = 3.0 * x[1]
    if x[1] > 0.0:
        larger = u
    else:
        larger = w
    larger += x[0]
    m = np.outer(x, x)
    first, last = m[0], m[-1]
    for k in range(len(x)):
        row = first if x[k] > 0.0 else last
        row[k] = row[k - 1] * x[k]
        w[0] += row[0]
    return np.sum(w * u) + np.sum(m * m) + v[1]


@program(vector, orders=2)
def integers_that_get_floats(x):
    """Items of a list keep the kinds that they have."""
    a = [1, 2]
    a.append(x[0])
    b = []
    for k in range(3):
        b.append(k)
    b[0] = x[0] * x[1]
    b.append(a[2] * a[1])
    s = 0.0
    for v in b:
        s += v * v
    return s * a[0] + sum(a)


def first_multiples(x):
    found = []
    for i in range(10):
        found.append(x * i)
        if i > 2:
            return found
    return found


@program(vector, orders=2)
def list_given_back_early(x):
    found = first_multiples(x)
    return np.sum(found[2] * found[1] * x)
