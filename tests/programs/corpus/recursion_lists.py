"""Recursive functions that give lists, of another length on each of their paths."""

import math

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


def quick(l):
    if not l:
        return []
    p = l[0]
    return quick([v for v in l[1:] if v < p]) + [p] + quick([v for v in l[1:] if v >= p])


def by_sign(l):
    if len(l) == 0:
        return [], []
    a, b = by_sign(l[1:])
    if l[0] > 0:
        return [l[0]] + a, b
    return a, [l[0] ** 2] + b


@program(vector, orders=2)
def lists_sorted_and_parted(x):
    """Lists of floats, also in tuples: an empty one ends the recursion."""
    total = sum(v * v * k for k, v in enumerate(quick([v for v in x])))
    positive, negative = by_sign([v for v in x])
    return total * sum(negative) + sum(positive)


def subsets(l):
    if not l:
        return [[]]
    rest = subsets(l[1:])
    return rest + [[l[0]] + r for r in rest]


@program(vector)
def lists_of_lists_by_recursion(x):
    total = 0.0
    for subset in subsets([v for v in x]):
        product = 1.0
        for v in subset:
            product *= v
        total += product
    return total


def hanoi(n, a, b, c):
    if n == 0:
        return []
    return hanoi(n - 1, a, c, b) + [(a, c)] + hanoi(n - 1, b, a, c)


def chebyshev(n):
    if n == 0:
        return [1.0]
    if n == 1:
        return [0.0, 1.0]
    p, q = chebyshev(n - 1), chebyshev(n - 2)
    r = [0.0] + [2 * c for c in p]
    for i, c in enumerate(q):
        r[i] -= c
    return r


def odd(n, x):
    return [] if n == 0 else even(n - 1, x) + [("odd", x[n % len(x)])]


def even(n, x):
    if n == 0:
        return [("end", x[0])]
    return [("even", x[n % len(x)] ** 2)] + odd(n - 1, x)


@program(vector)
def tuples_coefficients_and_each_other(x):
    """Lists of tuples, of texts and numbers too; several ends; functions that call each other."""
    total = sum(c * x[0] ** k for k, c in enumerate(chebyshev(4)))
    for i, (a, b) in enumerate(hanoi(3, 0, 1, 2)):
        total += x[a] * x[b] * i
    for kind, v in odd(5, x):
        total *= v if kind == "odd" else v + 1
    return total


def tour(d, path):
    if len(path) == len(d):
        return d[path[-1]][path[0]]
    best = math.inf
    for j in range(len(d)):
        if j not in path:
            length = d[path[-1]][j] + tour(d, path + [j])
            if length < best:
                best = length
    return best


def chosen(x, k, taken):
    if k == 3:
        return sum(v * i for i, v in taken)
    return chosen(x, k + 1, taken + [(k, x[k] ** 2)]) * chosen(x, k + 1, taken) + x[k]


@program(vector)
def lists_that_recursion_makes_longer(x):
    """The list that is given first is a list of its own behind the call as well."""
    d = [[abs(x[i] - x[j]) + 0.1 * i * j for j in range(4)] for i in range(4)]
    path = [0]
    total = tour(d, path) * chosen(x, 0, [])
    path.append(2)
    return total * sum(path) * len(path)


@program(vector, orders=2)
def tables_of_lists_from_around(x):
    """What recursion finds is kept in lists in a list of the function around it."""
    table = [[None] * 3 for _ in range(3)]
    sums = [[0.0] * 2 for _ in range(3)]

    def paths(i, j):
        if i == 0 or j == 0:
            return x[i + j]
        if table[i][j] is None:
            table[i][j] = paths(i - 1, j) * x[0] + paths(i, j - 1)
        return table[i][j]

    def summed(i):
        if i == 0:
            return x[1]
        if sums[i][0] == 0.0:
            sums[i][0] = x[0] * summed(i - 1)
        return sums[i][0]

    return paths(2, 2) * table[1][1] + summed(2) * sums[1][0]


def called_again(function):
    def wrapper(*args):
        return function(*args)

    return wrapper


@called_again
def parted(l):
    if len(l) == 0:
        return [], []
    a, b = parted(l[1:])
    if l[0] > 0:
        return [l[0] * len(a), *a], b
    return a, [l[0] ** 2] + b


@program(vector)
def lists_parted_through_a_wrapper(x):
    """Each kind of tuple that the function gives is another one to the wrapper."""
    positive, negative = parted([v for v in x])
    return sum(positive) * 2 + sum(negative) * len(negative)
