"""Functions made of functions: partial, decorators, getters, reduce and accumulate; defaults."""

import functools
import itertools
import operator
from typing import NamedTuple

import numpy as np

from tests.programs.registry import program

TABLE = [0.5, 1.5]


class Point(NamedTuple):
    a: float
    b: float


def power(x, p, q=1.0, *, shift=0.0):
    return q * x**p + shift


cube = functools.partial(power, p=3, q=0.5)
second = operator.itemgetter(1)


@program(lambda rng, n: (rng.uniform(0.5, 1.5), 0.7), wrt=(0, 1), orders=2, numba=True)
def partials(x, a):
    """Made outside and inside, nested, in lists, one of two, with arguments that vary."""
    scaled = functools.partial(functools.partial(power, q=a), p=2.0)
    made = [functools.partial(scaled, shift=k) for k in (x, 2.0)]
    chosen = functools.partial(scaled, shift=a * x) if x > 0 else functools.partial(power, p=2.0)

    def later():
        return functools.partial(operator.mul, x * a)

    total = cube(x) + scaled(x, q=x) + chosen(a) + later()(a)
    for f in made:
        total = total * f(a)
    return total


def times(n):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args, **options):
            return n * f(*args, **options)

        return wrapper

    return decorate


def counted(f):
    calls = 0

    @functools.wraps(f)
    def wrapper(*args):
        nonlocal calls
        calls += 1
        return f(*args) * calls

    return wrapper


@program(lambda rng, n: (rng.normal(),), orders=2, numba=True)
def inner_decorators(x):
    @times(3.0)
    @times(x)
    def square(v, *, by=1.0):
        return v * v * by

    @counted
    def line(v):
        return v * x

    return square(x, by=2.0) + line(x) + line(x * x)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def getters_and_folds(x):
    points = [Point(x[0], x[1]), Point(x[2], x[3])]
    total = sum(map(operator.attrgetter("a"), points))
    high = max(points, key=operator.attrgetter("b"))
    rows = sorted([(3, x[0]), (1, x[1]), (2, x[2])], key=operator.itemgetter(0))
    largest = operator.methodcaller("max")
    ends = operator.itemgetter(0, -1)(x)
    products = list(itertools.accumulate(x, operator.mul, initial=2.0))
    folded = functools.reduce(operator.mul, x) + functools.reduce(operator.add, x, total)
    total = total * high.a * largest(x) + rows[0][1] * second(x)
    return total + ends[0] * ends[1] + folded * products[-1]


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2, numba=True)
def functions_by_number(x):
    """Of several that differ, one is called by a computed place in a list."""
    steps = [lambda v: v * x[0], lambda v: v + x[1], np.sin]
    y = x[2]
    for k in range(5):
        step = steps[k % 3]
        y = step(y) * steps[-1 - k % 3](x[3])
    return y


def looked_up(x, table=TABLE, *, scale=np.array([2.0, 3.0])):
    return table[0] * x * table[1] * scale[1]


def collected(x, into=None):
    into = [] if into is None else into
    into.append(x * x)
    return into


@program(lambda rng, n: (rng.normal(),), orders=2)
def defaults_that_hold_data(x):
    """Lists and arrays as defaults, those of inner functions that keep what is put in, text as keys."""

    def kept(v, into=[]):  # noqa: B006
        into.append(v * x)
        return sum(into)

    kind: str = "w"
    weights = {f"{kind}{1}": x, f"{kind}2": x * x}
    first = kept(x) + kept(2.0)
    y: float = collected(x)[0] + len(collected(x, [x]))
    return looked_up(x) * first + kept(x, [1.0]) * weights["w1"] * weights["w2"] + y
