"""Functions that keep their results, where it would be seen whether they are called again."""

import functools

import numpy as np

from tests.programs.registry import refused


def vector(rng, n):
    return (rng.uniform(0.5, 1.5, n),)


@functools.lru_cache
def loud(n):
    print("computed")
    return 2 * n


@functools.lru_cache
def ramp(n):
    return np.arange(n) * 1.5


@refused("'g' may give a result that it has kept, though", "g(x[1])", vector,
         hint="take its cache away")  # fmt: skip
def cache_asked_by_another_function(x):
    """What it reads is changed by who defined it."""
    w = [x[0]]

    @functools.cache
    def g(v):
        return w[0] * v

    def other():
        return g(x[1])  # refused

    total = other()
    w[0] = x[2]
    return total + other()


@refused("'g' may give a result that it has kept, though", "g(v)", vector, hint="take its cache away")
def cache_that_counts_by_another_function(x):
    calls = 0

    def counted():
        nonlocal calls
        calls += 1
        return calls

    @functools.lru_cache
    def g(v):
        return v * counted()

    total = 0.0
    for v in x:
        total += g(v)  # refused
    return total


@refused("'g' may give a result that it has kept, though", "g(k=0)", vector, hint="take its cache away")
def cache_of_few_results_asked_in_two_ways(x):
    calls = 0

    @functools.lru_cache
    def g(k):
        nonlocal calls
        calls += 1
        return x[k] * calls

    return g(0) + g(k=0)  # refused


class Forgetful:
    def __init__(self, w):
        self.w = w
        self.calls = 0

    @functools.lru_cache(maxsize=1)  # noqa: B019
    def power(self, k):
        return self.w**k

    @functools.lru_cache  # noqa: B019
    def counted(self, k):
        self.calls += 1
        return self.w * k


def squared(unit):
    return unit.power(2)


@refused("unit is what a function with a cache was asked for, which may forget",
         "unit", vector, hint="write functools.cache, which forgets nothing")  # fmt: skip
def cache_of_few_results_of_an_object_that_changes(x):
    unit = Forgetful(x[0])
    total = squared(unit)
    unit.w = x[1]  # refused
    return total + squared(unit) + unit.power(3) + squared(unit)


@refused("'counted' may give a result that it has kept, though", "unit.counted(2)", vector,
         hint="take its cache away")  # fmt: skip
def cache_of_few_results_of_an_object_that_counts(x):
    unit = Forgetful(x[0])
    return unit.counted(2) + unit.calls  # refused


@refused("'noise' may give a result that it has kept, and then does not draw", "noise(x[0])", vector,
         hint="or do so outside of it")  # fmt: skip
def cache_that_draws(x):
    rng = np.random.default_rng(0)

    @functools.cache
    def noise(v):
        return v * rng.normal()

    return noise(x[0]) + noise(x[0])  # refused


@refused("'loud' may give a result that it has kept, and then does not draw, print", "loud(3)", vector,
         hint="or do so outside of it")  # fmt: skip
def cache_outside_that_prints(x):
    """The next call prints nothing in Python."""
    return x[0] * loud(3)  # refused


@refused("'t' is what a function with a cache gave and may give again", "t[0]", vector,
         hint="t = t.copy()")  # fmt: skip
def result_of_a_cache_is_changed(x):
    t = ramp(3)
    t[0] = 2.0  # refused
    return np.sum(t * x[:3]) * ramp(3)[0]


@refused("an item of 'rows' is written to, and the list may hold it twice", "rows[0].append(x[2])",
         vector, hint="put copies into the list")  # fmt: skip
def list_of_a_cache_is_changed(x):
    @functools.cache
    def pair(v):
        return [v, 2 * v]

    def asked():
        return [pair(v) for v in (x[0], x[1])]

    rows = asked()
    rows[0].append(x[2])  # refused
    return sum(pair(x[0]))


@refused("gains is what a function with a cache gave and may give again, and is changed", "gains",
         vector, hint="change a copy")  # fmt: skip
def dict_of_a_cache_is_changed(x):
    """It is one of several that a loop binds the name to."""

    @functools.cache
    def gains_of(v):
        return {"gain": v}

    gains = gains_of(x[0])
    for v in x:
        gains = gains_of(v)
    gains["gain"] = x[1]  # refused
    return gains_of(x[2])["gain"]


def kept_for_good(f):
    cache = {}

    def wrapper(v):
        if v not in cache:
            cache[v] = f(v)  # refused
        return cache[v]

    return wrapper


@kept_for_good
def halves(n):
    return 1.0 if n < 1 else halves(n - 1) * 0.5


@refused("cache comes from outside the function, and is changed", "cache", vector,
         hint="or make it inside; results that do not vary may be kept by functools.cache",
         inside=kept_for_good)  # fmt: skip
def results_kept_between_calls(x):
    """A table that the next call would find filled."""
    return np.sum(x) * halves(3)
