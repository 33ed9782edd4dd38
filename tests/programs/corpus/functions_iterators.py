"""Items asked for one by one: ``iter`` and ``next``, objects with ``__next__``, lists with stars."""

from dataclasses import dataclass

import numpy as np

from tests.programs.registry import program


class Multiples:
    """It gives its items itself, a number of them."""

    def __init__(self, x, count):
        self.x, self.count, self.k = x, count, 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.k >= self.count:
            raise StopIteration
        self.k += 1
        return self.x * self.k


class Windows:
    """A loop over it begins anew each time."""

    def __init__(self, source, size):
        self.source, self.size, self.at = source, size, 0

    def __iter__(self):
        self.at = 0
        return self

    def __next__(self):
        if self.at + self.size > len(self.source):
            raise StopIteration
        self.at += 1
        return self.source[self.at - 1 : self.at - 1 + self.size]


def negatives(x):
    for v in x:
        if v < 0:
            yield v * v


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def objects_that_give_items(x):
    """Looped over, left and gone on with, summed, listed, beside others."""
    total = sum(Multiples(x[0], 4)) + list(Multiples(x[1], 3))[1] * x[2]
    some = Multiples(x[1], 9)
    for v in some:
        total = total + v * v
        if v > 2.5:
            break
    total = total * next(some) + next(some, 0.5)
    windows = Windows(x, 2)
    for k, part in enumerate(windows):
        total = total + k * np.prod(part)
    for a, b, c in zip(x, windows, Multiples(x[3], 3)):
        total = total + a * np.sum(b) * c
    few = Multiples(x[0], 2)
    return total + next(few, x[1]) + next(few, x[1]) * 2 + next(few, x[1]) * 3 + next(iter(windows))[0]


def taken(it):
    return next(it) * 2


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def items_one_by_one(x):
    """Of an array, which is written to meanwhile, and of a list that grows; in pairs, by a function."""
    y, squares = x.copy(), [v * v for v in x]
    it = iter(y)
    last = next(it)
    y[1] = 5 * last
    total = last
    for v in it:
        total = total + (v - last) ** 2 * v
        last = v
    steps = iter(squares)
    total = total * taken(steps) + taken(steps)
    squares.append(total)
    while True:
        v = next(steps, None)
        if v is None:
            break
        total = total + v * 0.1
    squares.append(total)
    total = total + next(steps, 0.25)
    two = iter(x)
    for a, b in zip(two, two):
        total = total + a / b
    ends = iter(x[:2])
    while True:
        try:
            total = total * next(ends)
        except StopIteration:
            break
    return total


@program(lambda rng, n: (rng.normal(size=n),),
         points=[((np.array([0.3, -0.2, 0.7]),), None), ((np.array([0.3, 0.2, 0.7]),), None)])
def first_of_a_generator(x):
    """``next`` of a generator, with a default or where there is none; lists with stars."""
    total = next((v * v for v in x if v > 10), x[0]) * x[1]
    place = next((i for i, v in enumerate(x) if v < 0), None)
    if place is not None:
        total = total + next(negatives(x)) * x[place]
    try:
        total = total * next(v * x[0] for v in x if v > 0.5)
    except StopIteration:
        total = total * 2
    every = [*negatives(x), 0.5 * x[0], *x[1:], *Multiples(x[0], 2), total]
    known = [x[0], x[1]]
    more = [*known, x[2], *(total, 1.0)]
    known[0] = 2.0
    return sum(every) * every[-1] + more[0] * more[3] * len(more)


@dataclass
class Pair:
    first: float
    second: float

    def __iter__(self):
        return iter((self.first, self.second))


def decay(t, a, b):
    return a * np.exp(-b * t)


class Model:
    def __init__(self, offset):
        self.offset = offset

    def value(self, a, b):
        return a * b + self.offset


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n), 0.3), orders=2)
def arguments_that_are_unpacked(x, t):
    """As many as the function takes: of arrays, lists, generators and iterators; results as well."""
    total = decay(t, *x[:2]) + decay(t, *x[1:2], b=x[0]) * decay(t, x[0], *x[2:3])
    total = total + Model(x[2]).value(*x[:2]) * decay(*(v * v for v in x[:3]))
    area = lambda rows, other: np.sum(rows * other)
    total = total + area(*np.outer(x, x)[1:3]) + decay(*[v * t for v in x[:3]])
    total = total + Model(*x[3:4]).value(*Pair(*x[:2]))
    a, b = negatives(-x[:2])
    (c, d), e = Multiples(x[0], 2), x[1]
    return total + a * b + c * d * e
