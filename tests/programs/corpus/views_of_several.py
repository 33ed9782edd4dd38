"""Lists and dicts that hold views of several arrays, or views that are read in several ways."""

from collections import defaultdict, deque
from dataclasses import dataclass

import numpy as np

from tests.programs.registry import program


@dataclass
class Body:
    x: np.ndarray
    v: np.ndarray
    mass: float


def two(rng, n):
    return (rng.normal(size=(n, 3)), rng.normal(size=(n, 3)))


@program(two, orders=2)
def rows_of_two_arrays(a, b):
    p, q = a * 2, b * 3
    rows = [p[0], q[1], p[:3, 2]]
    for m in (p, q):
        for i in range(len(m)):
            rows.append(m[i] if a[i, 0] > 0 else m[i][::-1])
    for r in rows:
        r *= r[0]
    rows[1], rows[-1] = rows[-1], rows[1]
    rows[1][0] = rows[2][1]
    rows.sort(key=lambda r: r[1])
    for k, r in enumerate(rows):
        r += k
    last = rows.pop()
    last[:2] *= rows[0][1:]
    return np.sum(p * q) + rows[3][0]


@program(two)
def bodies_of_two_kinds(a, b):
    """Planets and moons are kept in arrays of their own, and attract each other."""
    x, v, y, w = a * 2, a * 1, b * 1, b * 2
    bodies = []
    for i in range(len(x)):
        bodies.append(Body(x[i], v[i], 2.0))
    for i in range(len(y)):
        bodies.append(Body(y[i], w[i], 1.0))
    for p in bodies:
        for q in bodies:
            if p is not q:
                d = q.x - p.x
                p.v += 0.1 * q.mass * d / (d @ d + 0.5)
    for p in bodies:
        p.x += 0.1 * p.v
    return np.sum(x * y) + np.sum(v * w)


def chosen(p, q, n):
    return [p[i] if i % 2 else q[i] for i in range(n)]


@program(two)
def kept_in_other_containers(a, b):
    """Dicts, deques and lists in dicts; what a function gives."""
    p, q, n = a * 2, b * 3, len(a)
    known, waiting = {}, deque()
    for i in range(n):
        known[i] = p[i]
        waiting.append(p[i])
        waiting.appendleft(q[i])
    for i in range(n):
        known[i + n] = q[i]
    known[1], known[n] = known[n], known[1]
    known[1][0] = 7 * a[0, 0]
    while waiting:
        r = waiting.popleft()
        r *= r[0]
    for r in chosen(p, q, n):
        r *= 2
    return np.sum(p * q) + known[0][1]


@program(lambda rng, n: (rng.normal(size=(n, 3)),))
def rows_in_groups(a):
    x, groups = a * 2, defaultdict(list)
    for i in range(len(x)):
        groups[i % 2].append(x[i])
    for k, rows in groups.items():
        for r in rows:
            r += k
    groups[1][0][2] *= 5
    return np.sum(x**2)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=(n, n)), n))
def views_of_items(x, m, n):
    """Rows of arrays that a list holds, and one array many times."""
    layers, heads = [], []
    for k in range(3):
        layers.append(m * (k + 1))
        heads.append(layers[-1][k % 2])
    sums = [np.zeros(2)] * n
    for i in range(n):
        sums[i][i % 2] += x[i] * heads[i % 3][0]
    for head in heads:
        head *= sums[0][1]
    layers[0][0] += x
    return np.sum(layers[0] * layers[1]) + np.sum(layers[2][0] * sums[-1][0])


class Holder:
    """Any attributes."""


@program(lambda rng, n: (rng.normal(size=(3, n)), rng.normal()))
def updated_in_place_or_not(x, c):
    """What is an array or a number by data, as an attribute, an entry or an item."""
    y = x * 1
    holder = Holder()
    holder.r = y[0] if c > 0 else 3.0
    holder.r += 1
    entries = {"r": y[1] if c < 0 else 2.0}
    entries["r"] *= y[2, 0]
    items = [y[2] if c > 0 else 3.0, 1]
    items[0] *= y[1, 1]
    return np.sum(y**2) + np.sum(holder.r * entries["r"]) + np.sum(items[0])


@program(two)
def queues_of_rows(a, b):
    """Queues that get columns for a view of another array when they hold some, or none yet."""
    p, q = a * 2, b * 3
    both, last = deque([p[0], q[1]], maxlen=2), deque(maxlen=2)
    for i in range(len(a)):
        both.append(p[i])
        both[0][1] *= 2
        last.append(p[i] if a[i, 0] > 0 else q[i])
        last[0] += np.sum(last[-1])
    both.popleft()[0] = last.popleft()[1]
    return np.sum(p * q)


@program(two)
def rows_of_which_one_is_the_first(a, b):
    """What a pass leaves unset for one array tells no shape of the other."""
    p, q = a * 2, b * 3
    last = deque(maxlen=2)
    for i in range(len(a)):
        last.append(p[i] if a[i, 0] > 0 else q[i])
        last[0] += last[-1][0]
    return np.sum(p * q)
