"""Functions that are given attributes: counters, settings, tables of results."""

import functools

import numpy as np

from tests.programs.registry import program


def small(rng, n):
    return (rng.uniform(0.5, 0.9, n),)


def counted(f):
    @functools.wraps(f)
    def wrapper(*args):
        wrapper.calls += 1
        wrapper.history.append(args[0])
        return f(*args)

    wrapper.calls = 0
    wrapper.history = []
    return wrapper


@program(small, orders=2)
def function_that_counts(x):
    """In a loop, and by a decorator; what is counted is read from outside of the function."""

    @counted
    def wave(v):
        return np.sin(v) * x[0]

    total = wave(x[1])
    for v in x:
        if v > x[0]:
            total += wave(v)
    return total * wave.calls + sum(wave.history) * len(wave.history)


@program(small)
def function_with_a_table(x):
    def fib(n):
        fib.calls += 1
        if n not in fib.cache:
            fib.cache[n] = x[n] if n < 2 else fib(n - 1) * x[2] + np.sin(fib(n - 2))
        return fib.cache[n]

    fib.calls, fib.cache = 0, {}
    return fib(7) * fib.calls + len(fib.cache)


@program(small)
def function_with_settings(x):
    """What varies, set before, between and by who is given the function; by another name, asked for."""

    def scaled(v):
        return v * scaled.rate

    def hurried(f, v):
        f.rate = f.rate + 1.0
        return f(v)

    scaled.rate = x[0]
    total = scaled(x[1])
    scaled.rate *= x[2]
    if x[0] > x[1]:
        scaled.limit = x[1]
    same = scaled
    same.__name__ = "other"
    known = 2.0 if hasattr(scaled, "rate") else 1.0
    total += hurried(same, x[3]) * getattr(scaled, "limit", x[2]) * len(scaled.__name__)
    return total * scaled.rate * known


@program(lambda rng, n: (rng.uniform(0.5, 0.9, n), n - 4))
def functions_with_totals(x, n):
    """Two of one kind, each with its own; functions in a list, a loop that may not run."""

    def meter(start):
        def add(v):
            add.total = add.total + v * x[0]
            return add.total

        add.total = start
        return add

    one, other = meter(x[1]), meter(x[2])
    for k in range(n):
        one(x[k])
    other.total *= 2.0
    made = []
    for k in range(3):

        def part(v):
            return v * x[3]

        part.share = k * x[k]
        made.append(part)
    parts = sum(f(x[0]) * f.share for f in made)
    return one(1.0) * other(x[3]) + one.total + parts
