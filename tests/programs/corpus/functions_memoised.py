"""Functions that keep their results in dicts of their own, as decorators by hand make them."""

import functools

import numpy as np

from pullback import grad
from tests.programs.registry import program


def memoize(f):
    cache = {}

    def wrapper(n):
        if n not in cache:
            cache[n] = f(n)
        return cache[n]

    return wrapper


def memoize_calls(f):
    memo = {}

    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        key = (args, tuple(sorted(kwargs.items())))
        try:
            return memo[key]
        except KeyError:
            result = f(*args, **kwargs)
            memo[key] = result
            return result

    return wrapper


class Memo:
    def __init__(self, f):
        self.f = f
        self.memo = {}
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        if args not in self.memo:
            self.memo[args] = self.f(*args)
        return self.memo[args]


def small(rng, n):
    return (rng.uniform(0.4, 0.9, n),)


@program(small, orders=2)
def memoised(x):
    """A recursion that knows its own table by the name that it is decorated under."""

    @memoize
    def fib(n):
        if n < 2:
            return x[n]
        return fib(n - 1) * x[2] + np.sin(fib(n - 2))

    return fib(12) + fib(3)


@program(small)
def memoised_calls(x):
    """Keys of all arguments, by position and by name."""

    @memoize_calls
    def binomial(n, k, scale):
        if k == 0:
            return x[0]
        if k == n:
            return x[1] * scale
        left = binomial(n - 1, k - 1, scale=scale)
        return x[2] * left + (1 - x[2]) * binomial(n - 1, k, scale=scale)

    return binomial(6, 3, scale=2) + binomial(4, 2, scale=3)


@program(small)
def memoised_by_an_object(x):
    @Memo
    def parts(n, m):
        if n == 0:
            return 1.0
        if n < 0 or m == 0:
            return 0.0
        return parts(n, m - 1) + x[m - 1] * parts(n - m, m)

    return parts(5, 3) * parts.calls


@program(small)
def memoised_mutually(x):
    """Two tables, each filled by who asks the other, of floats that become NumPy's."""

    @memoize
    def even(n):
        return x[0] if n == 0 else np.sin(odd(n - 1)) + 0.1 * n

    @memoize
    def odd(n):
        return x[1] * x[2] if n == 0 else even(n - 1) * x[1]

    return even(5) + odd(4)


@program(small)
def memoised_arrays(x):
    """What is kept is an array, the first of them one from around."""

    @memoize
    def power(k):
        return x if k <= 0 else np.tanh(power(k - 1)) * x

    return np.sum(power(3)) + np.sum(power(4) * power(2))


@program(small)
def memoised_in_a_loop(x):
    """A table in each pass, some of which ask for nothing; entries that are set by hand."""
    total = 0.0
    for i in range(len(x)):
        cache = {}

        def ask(k):
            if k not in cache:  # noqa: B023
                cache[k] = x[i] if k == 0 else ask(k - 1) * x[0]  # noqa: B023
            return cache[k]  # noqa: B023

        if i % 2:
            total += ask(3)
            cache[2] = x[1] ** 2
            total += ask(2) * len(cache)
    return total


@program(small)
def memo_by_default(x):
    def fib(n, memo={}):  # noqa: B006
        if n in memo:
            return memo[n]
        if n < 2:
            return x[n] * x[2]
        memo[n] = fib(n - 1, memo) + np.sin(fib(n - 2, memo))
        return memo[n]

    return fib(8)


@program(small, orders=1)
def array_by_two_names(x):
    """A recursion that writes to an array which it knows from around as well."""
    z = x * 1.0

    def fill(p, n):
        if n == 0:
            return np.sum(z * p)
        p[n] = p[n - 1] * z[n]
        return fill(p, n - 1) + z[n]

    return fill(z, 2) + fill(x * 2, 2)


@program(small, of_derivatives=True)
def differentiated_by_one_of_two_names(x):
    """What is differentiated knows its argument from around as well: that is another variable."""
    held = {"w": x, "b": x * 2}

    def product(p):
        return np.sum(p["w"] * held["w"] * held["b"])

    def of_array(v):
        return np.sum(v * x)

    whole = product(held) + of_array(x)
    return whole + np.sum(grad(product)(held)["w"] * x) + np.sum(grad(of_array)(x) ** 2)
