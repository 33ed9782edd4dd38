"""Generators that are asked for their items one by one, kept, and gone on with."""

import numpy as np

from tests.programs.registry import program


def squares(x):
    for v in x:
        yield v * v


def large(x, limit):
    for k, v in enumerate(x):
        if v < limit:
            continue
        yield k + v


def orbit(v, r):
    while True:
        yield v
        v = r * v * (1 - v)


def several(x):
    """It yields in several places, and ends early."""
    yield x[0]
    for i in range(len(x) - 1, 0, -1):
        for j in range(i):
            if x[i] > 1.45:
                return
            yield x[i] * x[j]


def scaled(values, k):
    for v in values:
        yield k * v
        k = 0.5 * k


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def generators_gone_on_with(x):
    """By next, by loops that are left, by lists; two of one kind, one beside itself, to the end."""
    g, h = squares(x), squares(x[::-1])
    total = next(g) * next(h) + next(h) * next(h)
    for v in g:
        total = total + v * total
        if v > 0.3:
            break
    total = total * sum(g) + next(g, x[1]) * next(g, 0.25)
    logistic = orbit(0.3 * x[0], 3.0)
    next(logistic)
    for _ in range(4):
        total = total + next(logistic) * next(logistic)
    for a, b in zip(scaled(squares(x), x[2]), large(x, 0.6)):
        total = total + a / b
    pairs = (v * x[0] for v in x)
    for a, b in zip(pairs, pairs):
        total = total * a + b
    try:
        total = total * next(pairs)
    except StopIteration:
        total = total + 1.0
    return total


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def generators_of_several_places(x):
    g = several(x)
    total = next(g)
    while (v := next(g, None)) is not None:
        total = 0.7 * total + v * v
    rows = large(x, 0.4)
    first = next(rows)
    return total * first + sum(v * w for v, w in zip(rows, squares(x)))


def averages():
    total, count = 0.0, 0
    value = None
    while True:
        if value is not None:
            total += value
            count += 1
        value = yield total / (count + 1)


class Source:
    def __init__(self, x):
        self.x = x
        self.used = 0.0
        self.items = squares(x)

    def drawn(self):
        for v in self.x:
            self.used += v
            yield v * self.used

    def pull(self):
        return next(self.items)


def twice(values):
    return next(values) + 2.0 * next(values)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2, numba=True)
def generators_that_are_held(x):
    """In objects, dicts, lists and under two names; given to functions, captured, sent values."""
    source = Source(x)
    drawn = source.drawn()
    total = source.pull() * twice(drawn) * source.used
    held = {"a": squares(x), "b": [squares(x[1:]), orbit(0.2 * x[0], 2.5)]}
    for _ in range(2):
        total = total + next(held["a"]) * next(held["b"][1]) + next(held["b"][0])
    one = other = squares(x)
    total = total + next(one) / next(other)
    mean = averages()
    next(mean)
    for v in x:
        total = total + mean.send(v) ** 2
    pull = lambda: next(mean)
    mean.close()
    return total * twice(v for v in x) + next(mean, 0.5)


def iterates(a, v):
    while True:
        v = a @ v
        v = v / np.sqrt(v @ v)
        yield v


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), sizes=(3, 2))
def power_iteration_by_a_generator(a, v):
    vectors = iterates(a @ a.T + np.eye(len(a)), v)
    before = next(vectors)
    for _ in range(3):
        after = next(vectors)
        change = np.sum((after - before) ** 2)
        before = after
    return after @ a @ after + change


def remembering(size):
    """What is sent goes where it belongs, and into what is computed of it."""
    held, k = [0.0] * size, 0
    while True:
        held[k % size] = yield sum(held)
        k += 1


def mixing(t):
    while True:
        t = t * t + 2 * (yield t * 3) + t


def mean():
    total, count = 0.0, 0
    while True:
        total += (yield total / count if count else 0.0) * 1.5
        count += 1


@program(lambda rng, n: (rng.normal(size=n),))
def values_sent_into_expressions(x):
    memory, mixed, average = remembering(3), mixing(x[0]), mean()
    next(memory)
    total = next(mixed)
    next(average)
    for v in x:
        total += memory.send(v) * v + average.send(v * v) * mixed.send(v / 9)
    return total
