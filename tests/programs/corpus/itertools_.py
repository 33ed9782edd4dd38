"""Functions of itertools and operator, sets of constants, and small builtins."""

import functools
import itertools
import operator
from typing import NamedTuple

import numpy as np

from tests.programs.registry import program

ALLOWED = frozenset([0, 2])


def vector(rng, n):
    return (rng.normal(size=n),)


@program(vector, numba=True)
def neighbours(x):
    return sum(a * b**2 for a, b in itertools.pairwise(x)) + sum(
        a * i for (i, a), (j, b) in itertools.pairwise(enumerate(x)) if j > 1
    )


@program(vector)
def all_pairs(x):
    total = 0.0
    for a, b in itertools.product(x, [v * v for v in x]):
        if a < b:
            total += a * b
    for i, j in itertools.product(range(2), repeat=2):
        total += x[i] * x[j] * i
    return total + sum(a * b for a, b in itertools.combinations(x, 2))


@program(vector)
def triples(x):
    total = 0.0
    for a, b, c in itertools.combinations(x, 3):
        if a * b * c > 10:
            break
        total += a * b * c
    for p in itertools.permutations(range(3)):
        total += x[p[0]] * x[p[1]] * (1.0 + p[2])
    for *_, k in itertools.combinations(range(5), 4):
        total *= 1.0 + 0.1 * x[k % 2]
    return total + sum(x[i] * x[j] for i, j in itertools.combinations([0, 1, 2], 2))


@program(vector)
def partial_sums(x):
    sums = list(itertools.accumulate(x))
    products = list(itertools.accumulate([v + 2 for v in x], operator.mul))
    a, b, c = itertools.accumulate((x[0], x[1], x[2]), lambda a, b: a * b)
    return sums[-1] * products[1] + sum(s * p for s, p in zip(sums, products)) + a * b * c


@program(vector, numba=True)
def chained(x):
    total = 0.0
    for k, v in enumerate(list(itertools.chain(x, [v * v for v in x], (w for w in x if w > 0)))):
        total += k * v
    return total + sum(itertools.chain((x[0], 1), [x[1]]))


@program(vector, numba=True)
def operators_as_functions(x):
    product = functools.reduce(operator.mul, x)
    ratio = operator.truediv(x[0], operator.add(x[1] ** 2, 1.0))
    return product * ratio + sum(map(operator.sub, x, x[1:])) + operator.pow(x[2], 2)


@program(vector, numba=True)
def sets_of_constants(x):
    chosen = {2, 0}
    total = sum(x[i] ** 2 for i in chosen) + len(chosen)
    for i in range(3):
        if i in chosen:
            total += x[i]
        if i not in ALLOWED:
            total *= x[i]
    total += sum(x[i] for i in {k % 2 for k in range(4)}) + (3 in set([1, 2, 3]))
    return total if "a" in {"a", "b"} else 0.0


@program(vector)
def powers_and_rests(x):
    """Half a unit more keeps the quotient off its steps."""
    quotient, rest = divmod(x[0] ** 2 + 7.5, 2.0)
    places = range(1, len(x))
    shape = 2.0 if hasattr(x, "shape") and not hasattr(x[0], "append") else x[1]
    return pow(x[1], 3) * shape + quotient * rest * len(places) + round(x[2] ** 2 + 0.5 - 0.3, 9) * 0


class Corner(NamedTuple):
    x: float
    y: float


@program(lambda rng, n: (rng.normal(size=(2, n)), 0.7), wrt=(0, 1), orders=2)
def elements_by_index(m, a):
    """Indices and elements of arrays, arrays as lists of lists, tuples made of lists."""
    total = 0.0
    for i in np.ndindex(*m.shape):
        total += m[i] * i[0] - a * sum(i)
    for (i, j), v in np.ndenumerate(m):
        total += v * v * (i + j) * a
    for (k,), v in np.ndenumerate(m[1]):
        total += v**3 * k
    rows = m.tolist()
    for row in rows:
        for v in row:
            total += v * v * rows[0][-1]
    corner = Corner._make([rows[1][0] * a, a])
    return total + corner.x * corner.y + m[0].tolist()[1] * sum(m[1].tolist())
