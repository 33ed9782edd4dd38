"""Functions that keep their results."""

import copy
import functools

import numpy as np

from pullback import grad
from tests.programs.registry import program


@functools.lru_cache
def binomial(n, k):
    if k == 0 or k == n:
        return 1
    return binomial(n - 1, k - 1) + binomial(n - 1, k)


@functools.cache
def square(v):
    return v * v


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def caches(x):
    """A recursion that would take exponential time, arrays that are kept, arguments that vary."""

    @functools.lru_cache(maxsize=None)
    def weight(k):
        if k < 2:
            return x[k]
        return 0.5 * weight(k - 1) * x[0] + weight(k - 2)

    @functools.cache
    def scaled(k):
        return x * k

    total = weight(30) + square(x[1]) * square(3)
    for i in range(4):
        total += np.sum(scaled(i % 2 + 1) ** 2) * binomial(4, i)
    return total


class Paths:
    """Ways through a grid: methods that keep what they give for each object."""

    def __init__(self, w, cost):
        self.w = w
        self.cost = cost

    @functools.lru_cache(maxsize=None)  # noqa: B019
    def best(self, i, j):
        if i == 0 and j == 0:
            return self.cost[0]
        if i == 0:
            return self.best(i, j - 1) + self.cost[j]
        if j == 0:
            return self.best(i - 1, j) * self.cost[i]
        return min(self.best(i - 1, j), self.best(i, j - 1)) + self.cost[i] * self.cost[j] * self.w

    @functools.cache  # noqa: B019
    def scaled(self, k, by=2):
        return self.w**k * by

    @property
    @functools.cache  # noqa: B019
    def square(self):
        return self.w**2


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def caches_of_methods(x):
    """What an object kept is stale once its attributes change, in loops and behind branches too; a
    copy, or another object, has kept nothing."""
    paths, other = Paths(x[1], x), Paths(x[0], x)
    total = paths.best(len(x) - 1, len(x) - 1) + paths.square * other.scaled(2)
    for i in range(len(x)):
        total += paths.scaled(i % 3) * x[i]
        paths.w = x[i]
    if total > 0:
        total *= other.scaled(1, by=3)
    other.w = x[2]
    copied = copy.copy(paths)
    total += copied.square * other.scaled(1, 3)
    return total * paths.square + other.scaled(2) + len(vars(other))


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def cache_of_an_argument(x):
    """The object is made outside of what calls its methods in a loop."""

    def summed(paths):
        return sum(paths.scaled(i % 2) * x[i] for i in range(len(x)))

    def f(w):
        return summed(Paths(w, x)) + f_of(Paths(w * w, x))

    def f_of(paths):
        return paths.square * summed(paths)

    return f(x[0]) * f(x[1])


@program(lambda rng, n: (rng.uniform(0.5, 1.5),), of_derivatives=True)
def cache_of_a_differentiated_function(x):
    """The function and its derivative have tables of their own."""

    def f(v):
        return v**3 * binomial(5, 2) + square(2) * v

    return f(x) + grad(f)(x) * binomial(4, 2)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def caches_made_again(x):
    """A cache for each pass, one of no arguments, and ones that keep few results."""

    @functools.cache
    def doubled():
        return x * 2

    @functools.lru_cache(maxsize=16)
    def weight(k):
        return x[k] if k < 2 else 0.5 * weight(k - 1) * x[0] + weight(k - 2)

    total = np.sum(doubled() * doubled()) + weight(8)
    for i in range(len(x)):

        @functools.cache
        def scaled(k, *, by=2.0):
            return x[k] * total * by

        total = scaled(i) + scaled(0)
    return total


class Scaled:
    def __init__(self, x):
        self.x = x

    @functools.cache
    def times(self, found, owner=3):
        return self.x * found * owner


@program(lambda rng, n: (rng.uniform(0.5, 1.5),), orders=2)
def caches_by_any_name(x):
    """Parameters have names that what looks results up could have."""

    @functools.cache
    def shifted(found, memory=2):
        return x * found + memory

    @functools.cache
    def raised(function):
        return x**function

    scaled = Scaled(x)
    total = shifted(2) + shifted(2) + shifted(3, 1) + raised(2) * raised(3) + raised(2)
    return total + scaled.times(2) * scaled.times(2, 4) + scaled.times(2)


def powers(exponent):
    @functools.cache
    def power(n):
        return n**exponent

    return power


squares, cubes = powers(2), powers(3)


@functools.lru_cache
def ramp(n, step=1.0):
    return np.arange(n) * step


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def caches_apart(x):
    """Functions of one name, and ways of calling one, have tables of their own."""

    def made(a):
        @functools.lru_cache
        def f(k, by=2):
            return a * k * by if isinstance(k, int) else a + k

        return f

    f, g = made(x[0]), made(x[1])

    @functools.lru_cache(typed=True)
    def typed(k, j):
        return k * x[0] if isinstance(k, int) else k + x[1]

    total = squares(3) * x[0] + cubes(3) * x[1] + typed(2, 1) * typed(2.0, 1)
    for k in range(1, 4):
        total += f(k) * g(k, by=3) + np.sum(ramp(k) * x[:k]) + np.sum(ramp(k, 0.5) * ramp(k, step=2.0))
    return total + f(2) + f(2.0) * g(2, 2) + f(by=2, k=2)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), sizes=(4,))
def caches_that_forget(x):
    """Whether a function runs is seen by what it counts: what was asked for last is kept longest."""
    calls = 0

    @functools.lru_cache(maxsize=3)
    def weight(k):
        nonlocal calls
        calls += 1
        return x[k % 4] * calls

    @functools.lru_cache
    def many(k):
        nonlocal calls
        calls += 1
        return k

    @functools.lru_cache(maxsize=0)
    def never(v):
        nonlocal calls
        calls += 1
        return v * calls

    @functools.cache
    def once():
        nonlocal calls
        calls += 1
        return x[0] * calls

    factors = [x]

    @functools.lru_cache(maxsize=1)
    def scaled(k):
        return np.sum(factors[0]) * k

    total = scaled(2) + scaled(1) + once() * once()
    factors[0] = x * total
    total += scaled(1) * scaled(2)
    for k in (0, 1, 2, 3, 0, 1, 3, 2, 2, 0):
        total += weight(k) * calls
    for k in range(140):
        total += many(k % 130) * x[1]
    return total * calls + never(x[2]) + never(x[2])


class Unit:
    def __init__(self, w):
        self.w = w
        self.calls = 0

    @functools.lru_cache  # noqa: B019
    def act(self, v):
        return np.tanh(self.w * v)

    @functools.cache  # noqa: B019
    def scaled(self, k, *, by=2):
        return self.w**k * by

    @functools.cache  # noqa: B019
    def power(self, k):
        self.calls += 1
        return self.w**k

    @functools.lru_cache(maxsize=2)  # noqa: B019
    def folded(self, k):
        return self.w * k if k < 2 else self.folded(k - 1) + self.w * self.folded(k - 2)

    def both(self):
        return self.folded(4) * self.folded(2)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def caches_asked_by_what_varies(x):
    """Objects that are asked where they are made, results that are read by others, tuples."""

    @functools.lru_cache
    def kernel(n, width):
        return np.exp(-(np.arange(n) ** 2) / width)

    @functools.cache
    def product(pair):
        return pair[0] * pair[1]

    @functools.cache
    def folded(n, v):
        return v if n == 0 else folded(n - 1, v * x[0]) + n

    def used(width):
        return kernel(3, width)

    first, second, third = Unit(x[0]), Unit(x[1]), Unit(x[3])
    total = first.act(x[2]) * second.act(x[2]) + first.scaled(2, by=x[3]) * first.scaled(3, by=5)
    rows = [used(v) for v in x]
    changed = used(x[0]).copy()
    changed[0] = x[1]
    for row in rows:
        total += np.sum(row * kernel(3, x[1]) + changed)
    total += third.power(2) * third.power(k=2) * third.power(2) * third.calls
    first.w *= x[3]
    total += first.both() * first.folded(3)
    makers = []
    for k in range(3):

        @functools.cache
        def made(n):
            return x[1] ** n  # noqa: B023

        makers.append(made)
    total += makers[k](2) * makers[0](3)
    return total + product((x[0], x[1])) + product((2, 3)) + folded(3, x[1])


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def caches_chosen_by_data(x):
    """One of two functions with a cache, which goes on to keep what it gave."""
    calls = 0

    @functools.cache
    def counted(k):
        nonlocal calls
        calls += 1
        return x[k] * calls

    @functools.cache
    def squared(k):
        return x[k] ** 2

    chosen = counted if x[1] > 0 else squared
    return chosen(0) + chosen(1) * counted(0) + squared(1) * calls
