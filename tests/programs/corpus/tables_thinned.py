"""Dicts and sets of which entries are removed again."""

from collections import Counter, defaultdict

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n + 1),)


@program(vector, orders=2)
def entries_removed(x):
    """Removed one by one and all at once; what comes in again comes last."""
    d, total = {}, 0.0
    for i in range(len(x)):
        d[i] = x[i] ** 2
    del d[2]
    first = d.pop(1)
    for i in range(0, 2 * len(x), 2):
        total += d.pop(i, first) * 0.5
    d[2] = x[0] * 7.0
    d[0] = x[1]
    for k in d:
        total = total * 0.9 + d[k] * (k + 1)
    for k, v in d.items():
        total = total * 0.9 + d[k] * v * len(d)
    for i in range(len(x)):
        d[i] = x[i]
        if i % 3 == 2:
            total += sum(d.values()) ** 2
            d.clear()
    return total + sum(d.values())


@program(vector, orders=2)
def last_entries_taken(x):
    waiting, total = {}, 0.0
    for i in range(len(x)):
        waiting[i, "a"] = (x[i], i)
    while waiting:
        (k, _), (v, n) = waiting.popitem()
        total = total * 0.5 + k * v * n
        if k == 3:
            waiting[0, "b"] = (total, 2)
    return total


@program(vector)
def cache_of_two(x):
    """A cache that forgets what it met last."""
    cache, total = {}, 0.0
    for i in range(12):
        k = (i * i) % len(x)
        if k in cache:
            v = cache.pop(k)
        else:
            v = x[k] ** 2
            if len(cache) >= 2:
                cache.popitem()
        cache[k] = v * 1.1
        total += v
    return total + sum(cache.values())


@program(vector, points=[
    ((np.array([1.0, 2.0, 3.0, 4.0]),), (np.array([8.0, 4.0, 0.0, 2.0]),)),
])  # fmt: skip
def where_nothing_is(x):
    """Errors that are caught, and dicts whose keys are all known."""
    d = {}
    for i in range(3):
        d[i] = x[i]
    try:
        v = d.pop(17)
    except KeyError:
        v = x[3]
    try:
        del d[99]
    except KeyError:
        v = v * 2.0
    fixed = {"a": x[0], "b": x[1], "c": x * 2.0}
    a = fixed.pop("a")
    _, c = fixed.popitem()
    u = fixed.pop("z", x[3])
    fixed.clear()
    fixed["q"] = u
    fixed.popitem()
    return v + c[0] * d[1] + 2.0 * a * d[1] + len(fixed) * x[0]


@program(vector)
def reached_in_order(x):
    """Sets that begin with constants: what is to be visited, and what was seen."""
    todo, seen, total = {0}, {0}, 0.0
    while todo:
        u = sorted(todo)[0]
        todo.remove(u)
        todo.discard(-1)
        total = total * 0.9 + x[u] ** 2
        for v in (2 * u + 1, 2 * u + 2):
            if v < len(x) and v not in seen:
                seen.add(v)
                todo.add(v)
    return total * len(seen) + sum(x[i] * i for i in sorted(seen))


@program(vector)
def groups_removed(x):
    """Lists in a dict of which one is taken, and other kinds of dicts."""

    def taken(d, k):
        v = d.pop(k)
        return v * v

    groups, sums, counts = defaultdict(list), defaultdict(float), Counter()
    for i in range(len(x)):
        groups[i % 3].append(x[i])
        sums[i % 2] += x[i]
        counts[i % 2] += 1
    del groups[1], counts[0]
    groups[1].append(x[0])
    few = groups.pop(0)
    few.append(x[1])
    for k in list(sums):
        if k == 0:
            sums[7] = taken(sums, k)
    total = sum(few) * sum(sum(v) * k for k, v in groups.items())
    return total + sums[7] * sums[0] + x[0] * counts[0] + x[1] * counts[1] + len(sums) * sums[1]
