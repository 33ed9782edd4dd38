"""What is read when an iterator or a view of a dict is gone through, not when it is made."""

import itertools
import math
from collections import deque
from functools import reduce

import numpy as np

from tests.programs.registry import program


def inputs(rng, n):
    return rng.uniform(0.5, 1.5, 5), rng.uniform(0.5, 1.5)


class Held:
    def __init__(self, v):
        self.items, self.named = [v, v * 2], {"k": v}

    def beside(self, other):
        return zip(self.items, other)


def doubled(values, d):
    d["a"] = d["a"] * 2
    return sum(values)


def put(d, k, v):
    d[k] = v


def put_last(a, b):
    return a * b * b


def last_replaced(pairs, l):
    l[1] = l[1] * 3
    return sum(a * b for a, b in pairs)


@program(inputs, wrt=(0, 1))
def changed_before_they_are_gone_through(x, w):
    """By names, in callees, methods, branches and loops; lists, dicts and what only a run tells."""
    l, d, held = [x[0], x[1]], {"a": x[2], "b": x[3]}, Held(x[4])
    grown, table = [], {}
    for k, v in enumerate(x):
        grown.append(v * w)
        table[k * 2] = v
    walks = [zip(l, x[1:]), map(lambda v: v * w, l)]
    numbered, pairs = enumerate(l), held.beside(l)
    many, entries, keys = zip(grown, x), table.items(), d.keys()
    values, rest = table.values(), (v * w for v in l if v > 0.0)
    l[0], held.items[1], d["b"] = l[0] * w, x[0] * w, x[1] * w
    if w > 1.0:
        l[1] = x[3] * w
    l.append(x[2] * w)
    grown[0], table[2] = grown[0] * w, x[4] * w
    grown.pop()
    d["c"] = w
    del table[4]
    table[9] = x[0] * w
    total = sum(a * b for walk in walks[:1] for a, b in walk) + sum(walks[1])
    for k, v in numbered:
        total = total * w + k * v
    total = total + sum(a * b for a, b in pairs) * sum(a * b for a, b in many) * sum(rest)
    total = total + sum(k * v for k, v in entries) * len(keys) + sum(values) * ("c" in keys)
    total = total + doubled(d.values(), d) * last_replaced(zip(l, x), l) * l[1]
    total = total + math.fsum(d.values()) * (d.keys() == {"c": 0, "b": 1, "a": 2}.keys())
    first, *others = map(put_last, [*d.values()], [*zip(*zip(held.items, [w, w]))][1])
    total = total + first * sum((*others, *d.values()))
    for k in range(2):
        later = map(lambda v: v * x[k], l)
        l[0] = l[0] * w
        total = total + sum(later)
    return total + sum(held.named.values()) * reduce(lambda a, b: a * b, d.values())


@program(inputs, wrt=(0, 1))
def changed_by_what_goes_through_them(x, w):
    """Items in their turn: of what holds items of several kinds, and of what builtins go through."""
    l, mixed, d, log = [x[0], x[1], x[2]], [x[0], x * w, 1], {"a": x[3], "b": x * w}, []

    def last(v):
        l[2] = v * w
        return v * l[1]

    def noted(v):
        log.append(v)
        return v * w

    total = sum(map(last, l)) + reduce(lambda a, b: a * w + last(b), l)
    total = total + max(map(last, l)) + max(l, key=last) * sum([last(v) for v in l[:]])
    for v in mixed:
        total = total + np.sum(v)
        mixed[2] = total * w
        if total > 1e3:
            break
    for v in d.values():
        total = total + np.sum(v)
        d["b"] = d["b"] * total
    for k, v in enumerate(mixed, len(l)):
        mixed[1] = mixed[1] * w + k
        total = total + np.mean(v)
    a, b = map(last, l[:2])
    total = total * a + b * any(noted(v) > 0.7 for v in l) + all(map(lambda v: noted(v) > 9.0, l))
    both = [noted(u) * v for u, v in zip(map(noted, l), ["a", "bb"]) for v in [len(v)]]
    for v in log:
        total = total * 0.5 + v
    table = dict(enumerate(x))
    for k in table:
        put(table, k, table[k] * w)
    return total + sum(both) * sum(k * v for k, v in table.items())


@program(inputs, wrt=(0, 1))
def asked_one_by_one(x, w):
    """``next`` of what builtins make, with changes on the way; what is tracked but not followed."""
    l, d = [x[0], x[1], x[2]], {"a": x[3], "b": x[4]}
    it, entries, scaled = iter(zip(l, d.values())), iter(d.items()), map(lambda v: v * w, l)
    (a, b), (key, first), c = next(it), next(entries), next(scaled)
    l[1], d["b"] = l[1] * w, d["b"] * a
    total = a * b * first + len(key) * c + sum(scaled) + sum(v for _, v in entries)
    u, v = next(it)
    total = total + u * v * (next(it, None) is None)
    back = reversed(l)
    l[0] = l[0] * w
    total = total + next(back) * w + sum(back)
    chained = [*itertools.chain(l, d.values()), *itertools.accumulate(l)]
    pairs = [u * v for u, v in itertools.pairwise(l)]
    q = deque([x[0], w])
    return total + sum(chained) * sum(pairs) + sum(map(lambda v: v * w, q))


class Queue:
    def __init__(self, l):
        self.l = l

    def replace(self, k, v):
        self.l[k] = v


def given(l):
    yield from l


def grown(f, l):
    l.append(1.0)
    return f() * len(l)


@program(inputs, wrt=(0, 1), numba=True)
def lists_changed_by_loops_over_them(x, w):
    """Lists of known length are run-time lists then, by whichever names and in whichever functions."""
    l, other, queue, total = [x[0], x[1], x[2]], [x[3], x[4]], Queue([x[1], x[2], w]), 0.0
    for v in l:
        l[2] = l[2] * w + v
        total = total * 0.5 + v
    for k, v in enumerate(l):
        if k < 2:
            l[k + 1] = l[k + 1] + v
    for k, (u, v) in enumerate(zip(other, reversed(other))):
        other[k] = u + v * w
    for u, v in zip(other, map(lambda v: v * w, other)):
        for b in other:
            other[1] = u * w
            total = total + b * v
    for v in queue.l:
        queue.replace(2, v * w)
        total = total + v * v
    later = [x[3], w]
    for v in given(later):
        later[1] = x[2] * w
        total = total * 0.7 + v

    last = [x[0], w]

    def taken():
        last[0] = last[0] * w
        return last[0]

    return total + sum(l) * sum(other) + grown(taken, last) * sum(queue.l) * len(last)
