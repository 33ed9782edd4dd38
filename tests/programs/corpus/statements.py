"""Asserts, raises, deletions, chains of targets and of conditions, and code that never runs."""

import numpy as np

from tests.programs.registry import program


class OutOfRange(ValueError):
    def __init__(self, value, limit):
        super().__init__(value)
        self.limit = limit


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def asserts_with_messages(x):
    assert x[0] > 0, f"bad {x[0]:.3f} of {len(x)}"
    assert len(x) > 1
    assert x[1] != 7 or x[2] < 3, "seven"
    return np.sum(x * x)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def raises_in_all_forms(x):
    if x[0] > 100:
        raise ValueError
    if x[0] > 50:
        raise ValueError(f"v {x[0]!r}", 3) from None
    if x[0] < -5:
        raise OutOfRange("x", 2)
    return np.sum(x * x)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=3, numba=True)
def deletions(x):
    y = x * 2
    z = np.sum(y)
    del y
    for v in x:
        y = v * v
    del v  # which the loop may not have set
    z += y
    d = {"a": z, "b": x[0]}
    d["c"] = d["a"] * d["b"]
    del d["a"]
    kept = [x[0], x[1], x[2]]
    del kept[1]
    return z * d["b"] * kept[0] * kept[1] * len(d)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), numba=True)
def code_that_never_runs(x):
    def square(v):
        return v * v

    return square(x[0])

    def later(v):
        return unknown  # noqa: F821

    print(nothing)  # noqa: F821


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), numba=True)
def chains_of_targets(x):
    a = b = x[0] * 2
    a += 1
    (d, e), *f = (a, b), b, a
    p = q = [a, b]
    i, s = 0, 0.0
    while i < 3:
        i, s = i + 1, s + x[i]
    return a * b * d * e * sum(f) * p[0] * q[1] * s


@program(lambda rng, n: (rng.normal(size=n),))
def chains_of_conditions(x):
    """Comparisons that print run as far as they are true, each operand once."""

    def told(v):
        print(end="")
        return v

    s = 0.0
    if told(x[0]) < told(x[1]) + 10 < told(x[2]) + 20 != told(x[3]) > -5:
        s += x[0]
    return s + (x[0] if x[0] < 0 else x[1] if x[1] < 0 else x[2] if x[2] < 0 else x[3])


@program(lambda rng, n: (rng.normal(size=n),), points=(((-np.ones(3),), None),), numba=True)
def functions_by_branch(x):
    """Definitions, annotations and `pass` in branches."""
    y: float = x[1]
    if x[0] > 0:

        def f(v):
            return v * v

    else:
        pass

        def f(v):
            return v + y

    return f(x[2]) * y
