"""Deques: queues of what is to be visited, and windows that slide over a series."""

import collections
from collections import defaultdict, deque

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n + 1),)


@program(vector, orders=2)
def windows_that_slide(x):
    """By hand, by maxlen, with the largest item of a window, and with arrays."""
    last, few, best = deque(), deque(maxlen=3), collections.deque()
    rows = deque(maxlen=2)
    total, own = 0.0, 0.0
    for i in range(len(x)):
        last.append(x[i])
        own += x[i]
        if len(last) > 3:
            own -= last.popleft()
        few.append(x[i] * x[i])
        while best and best[-1][0] <= x[i]:
            best.pop()
        best.append((x[i], i))
        if best[0][1] <= i - 3:
            best.popleft()
        rows.appendleft(x * i)
        total = total * 0.9 + own * last[0] + sum(few) / len(few) + best[0][0] * (i + 1)
    rows[0][0] += x[1]
    return total + np.sum(rows[0] * rows[1]) + np.sum(np.array(rows)) + max(last)


@program(vector)
def reached_breadth_first(x):
    """Vertices of a graph, and pairs with what was gathered on the way."""
    after = {0: [1, 2], 1: [3], 2: [3, 4], 3: [], 4: []}
    todo, seen, total = deque([0]), {0}, 0.0
    while todo:
        u = todo.popleft()
        total = total * 0.9 + x[u] ** 2
        for v in after[u]:
            if v not in seen:
                seen.add(v)
                todo.append(v)
    pairs = deque([(0, x[0])])
    while pairs:
        i, v = pairs.popleft()
        total += v * v
        if 2 * i + 1 < len(x):
            pairs.append((2 * i + 1, v * x[2 * i + 1]))
        if 2 * i + 2 < len(x):
            pairs.appendleft((2 * i + 2, v + x[2 * i + 2]))
    return total


@program(vector)
def distances_on_a_grid(x):
    n = 4
    height, far, seen = np.outer(x, x), np.zeros((n, n)), np.zeros((n, n), dtype=bool)
    todo = deque()
    todo.append((0, 0))
    seen[0, 0] = True
    while todo:
        i, j = todo.popleft()
        for a, b in ((i + 1, j), (i, j + 1)):
            if a < n and b < n and not seen[a, b]:
                seen[a, b] = True
                far[a, b] = far[i, j] * 0.9 + height[a, b]
                todo.append((a, b))
    return np.sum(far)


@program(vector)
def queue_of_a_long_series(x):
    """The cost of a step does not depend on how long the queue is."""
    q, total = deque(), 0.0
    for i in range(len(x)):
        q.append(x[i])
        q.append(x[i] * 0.5)
        if i % 3 == 0:
            total = total * 0.9 + q.popleft() * q[0]
    while q:
        total = total * 0.9 + q.popleft()
    return total


@program(lambda rng, n: (rng.normal(size=n + 1),), points=[
    ((np.array([1.0, 2.0, 3.0, 4.0, 5.0]),), (np.array([0.0, 9.0, 0.0, 10.0, 8.0]),)),
])  # fmt: skip
def both_ends_by_two_names(x):
    q = deque([x[1], x[2]])
    r = q
    r.appendleft(x[3] * 2.0)
    q.append(x[4])
    first, last = q.popleft(), r.pop()
    r[0] *= 3.0
    if isinstance(q, deque) and len(q) == 2:
        r.pop()
    return first * last + q[0] * r[-1] / 12.0 * x[1]


@program(vector)
def queues_in_other_hands(x):
    """Copies, functions, and deques in lists and dicts."""

    def step(q, v):
        q.append(v)
        return q.popleft() if len(q) > 2 else 0.0

    q, total = deque(), 0.0
    for i in range(len(x)):
        total = total * 0.8 + step(q, x[i] * x[i])
    short, plain = deque(q), list(q)
    q.extend([x[0], x[1]])
    short.append(x[2])
    plain = plain[1:] + [x[3]]
    total += sum(q) * sum(short) * sum(plain)
    q.clear()
    q.append(x[2])
    few = q.copy()
    few.append(x[3])
    total += few[0] * len(few)
    by_two, ends = defaultdict(deque), [deque(), deque()]
    for i in range(len(x)):
        by_two[i % 2].append(x[i])
        if len(by_two[i % 2]) > 1:
            by_two[i % 2].popleft()
        ends[i % 2].appendleft(x[i])
    q.popleft()
    try:
        q.popleft()
    except IndexError:
        total *= 2.0
    return total + sum(sum(v) * k for k, v in by_two.items()) + ends[0].popleft() * sum(ends[0])


@program(lambda rng, n: (rng.normal(size=n), 0.3), wrt=(0, 1), sizes=(6, 2, 0), orders=2)
def full_windows(x, weight):
    """What is done once a window is full, which it tells itself."""
    window, all_of_them = deque(maxlen=3), deque()
    total = 0.0
    for v in x:
        window.append(v)
        all_of_them.append(v * weight)
        mean = sum(window) / len(window)
        total += weight * (v - mean) ** 2
        if len(window) == window.maxlen:
            total += window[0] * window[-1]
    return total + len(all_of_them) if all_of_them.maxlen is None else 0.0
