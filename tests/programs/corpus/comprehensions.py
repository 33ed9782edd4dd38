"""Comprehensions, generator expressions, and Python's builtins over iterables."""

import functools
import math

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), orders=2, numba=True)
def squares_listed(x, a):
    y = [a * v**2 for v in x]
    total = 0.0
    for k, v in enumerate(y):
        total += v * y[k - 1]
    return total


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), numba=True)
def kept_pairs(x, y):
    return sum([a * b for a in x if a > 0 for b in y if b < a])


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def squares_generated(x):
    return sum(v * v for v in x)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def names_of_its_own(x):
    """The v of the comprehension is another than the v outside, which is read by it as w."""
    v = 2.0
    w = v
    y = [v * w for v in x]
    z = [v * v for v in (v * u for u in y)]
    return v * sum(z) * y[0]


@program(lambda rng, n: (rng.normal(size=n),))
def rows_of_rows(x):
    m = [[a * b for a in x] for b in x]
    total = 0.0
    for row in m:
        for v in row:
            total += v**2 * m[0][1]
    return total


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def filtered_inside(x):
    return sum(sum(b for b in x if b < a) * a for a in x)


@program(lambda rng, n: (rng.normal(size=n),))
def last_by_walrus(x):
    """The name after := is the function's own, and may be read afterwards."""
    y = [(w := v * v) + w for v in x]
    return w * y[0] + any((hit := v) > 0 for v in x) * hit


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def walrus_in_loop(x):
    total = 0.0
    for a in x:
        y = [(total := total * 0.5 + v * a) for v in x]
        total += y[1]
    return total


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=3)), wrt=(0, 1))
def rows_mapped(X, w):
    return np.stack([np.tanh(row @ w) * row for row in X])


@program(lambda rng, n: (rng.normal(size=n), {"a": 0.3, "b": rng.normal(size=3)}), wrt=(0, 1))
def trees_of_trees(x, params):
    """Over a fixed tree a comprehension gives a fixed tree."""
    moved = {k: v * 2 + x[0] for k, v in params.items() if k != "c"}
    a, b = [np.sum(v**2) for v in moved.values()]
    c, d = tuple(np.sin(v) for v in (a, b))
    return c * d * sum(np.sum(v) for v in moved.values())


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def dict_of_range(x):
    d = {i: x[i] ** 2 for i in range(3)}
    e = {k: v for v, k in enumerate("ab")}
    return d[0] * d[2] + sum(d.values()) * e["b"] + len(d)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def generator_left_early(x):
    total = 0.0
    for v in (a * 2 for a in x if a > -1.5):
        if v > 2:
            break
        if v < -1:
            continue
        total += v * v
    return total


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def inside_a_lambda(x):
    doubled = lambda y: [2 * v for v in y if v < 9]
    return doubled(x)[0] * sum(doubled(x))


@program(lambda rng, n: (rng.normal(size=(n, 2)), rng.normal(size=2)), wrt=(0, 1))
def sum_of_arrays(X, start):
    return sum([row**2 for row in X], start)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def sums_of_fixed(x):
    return sum((x[0], 2, x[1] ** 2)) + sum([x, x * 2], 1.0)[2] + sum([])


@program(lambda rng, n: (rng.normal(size=n),), smooth=True, numba=True)
def extremes(x):
    return min(v * v for v in x) + max([abs(v) for v in x]) * max(x[0], x[1], -x[2])


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def extremes_by_key(x):
    low = min(x, key=lambda v: (v - 1) ** 2)
    place, best = max(enumerate(x), key=lambda pair: pair[1])
    near = min((x[0], x[1], x[2]), key=abs)
    return low**2 + best * place + near**3


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def extremes_with_default(x):
    high = max((v for v in x if v > 100), default=x[0] ** 2)
    return high + min([v for v in x if v > -100], default=0.0) + max([], default=x[1])


@program(
    lambda rng, n: (rng.normal(size=n),), smooth=False,
    points=(((np.array([2.0, 2.0, 1.0, 2.0]),), (np.array([4.0, 0.0, 3.0, 0.0]),)),), numba=True,
)
def first_of_equal(x):
    """Ties go to the first, as they do in Python."""
    return max(x) ** 2 + min(3 * v for v in x)


@program(lambda rng, n: (rng.normal(size=n),))
def in_order(x):
    up = sorted(x)
    down = sorted([2 * v for v in x], reverse=True)
    far = sorted(x, key=lambda v: -((v - 0.1) ** 2))
    a, b, c = sorted((x[0], x[1] ** 2, x[2]))
    return up[0] * up[1] ** 2 + down[0] * up[-1] + far[0] ** 3 + a * b**2 * c**3


@program(lambda rng, n: (rng.normal(size=n), {"b": 2.0, "a": 0.5}), wrt=(0, 1))
def keys_in_order(x, d):
    total = x[0]
    for k in sorted(d):
        total = total * d[k] + x[1]
    return total


@program(
    lambda rng, n: (rng.normal(size=n),), smooth=False,
    points=(((np.array([1.0, 3.0, 1.0, 3.0]),), (np.array([2.0, 1.0, 3.0, 4.0]),)),),
)
def stable_order(x):
    """Equal keys stay in their order, also from above."""
    down = sorted(x, key=lambda v: v // 2, reverse=True)
    up = sorted([v for v in x])
    return down[0] + 2 * down[1] + 0 * up[0] + 2 * up[0] + 3 * up[1] + 2 * up[3] - 0 * up[2]


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), numba=True)
def maps_and_filters(x, y):
    cubes = sum(map(lambda v: v**3, x))
    sines = list(map(math.sin, filter(lambda v: v > -1, x)))
    both = sum(map(lambda a, b: a * b, x, y[1:]))
    return cubes + sum(sines) * sines[0] + both + sum(filter(None, x))


@program(lambda rng, n: (rng.normal(size=n), [0.5, 2.0, 3.0]), wrt=(0, 1))
def questions(x, w):
    if any(v > 9 for v in x) or all(v > 0 for v in w):
        return x[0] ** 2 * w[1]
    if all([v > 0 for v in x]):
        return x[1]
    return x[2] ** 2


@program(lambda rng, n: (0.0, 2.0), wrt=(0, 1), numba=True)
def questions_stop_early(x, y):
    """What comes after the answer is not computed: it would raise."""
    found = any(1 / v > 0 for v in (y, x))
    none = all(v != 0 and 1 / v > 1 for v in [x, y])
    return x + y**2 if found and not none else x


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def folded(x):
    product = functools.reduce(lambda a, b: a * b + 1, x)
    again = functools.reduce(lambda a, b: a * b, (v for v in x if v > -9), 2.0)
    return product + again + functools.reduce(max, [x[0], x[1], x[2]])


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def empty_ones(x):
    none = [v for v in x if v > 100]
    return sum(none) + len(none) + x[0] * all(none) + sum(v for v in x[:0])


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def generator_as_loop_variable(x):
    total = 0.0
    for i, v in enumerate([a * 2 for a in x]):
        total += i * v
    for v in map(lambda a: a * a, x):
        total *= 1 + 0.1 * v
    return total


def two_layers(rng, n):
    first = (rng.normal(size=(3, 2)), rng.normal(size=3))
    return [first, (rng.normal(size=(1, 3)), rng.normal(size=1))], rng.normal(size=2)


@program(two_layers, wrt=(0, 1))
def layers(params, x):
    for W, b in params:
        x = np.tanh(W @ x + b)
    return np.sum(x) + 0.5 * sum(np.sum(W**2) + np.sum(b**2) for W, b in params)


@program(
    lambda rng, n: ((rng.normal(size=(3, 2)), rng.normal(size=3)), rng.normal(size=2)), wrt=(0, 1)
)
def descended(params, x):
    """A step on a tuple of parameters, as a tuple again."""
    new = tuple(p - 0.1 * p**2 for p in params)
    newer = [p * q for p, q in zip(new, params)]
    W, b = newer
    return np.sum((W @ x + b) ** 2)


@program(lambda rng, n: (rng.normal(size=n),))
def named_like_what_is_inside(x):
    """Names that the text of a builtin uses for itself are other ones than the user's."""
    item = sum(v * v for v in x)
    source = [v * item for v in x if v < item]
    total = sum(sum(row) for row in [[v * w for w in x] for v in source])
    place = max(x, key=lambda v: v * total)
    value = sorted(source)[0]
    out = list(map(lambda v: v * value, x))
    return item * total * place + value * out[0]


# ---- what generators do besides giving items


def _poked(v, k, c):
    v[k] = c * (k + 2)
    return c


@program(lambda rng, n: (1.5, 2), numba=True)
def summed_while_popped(x, n):
    """The list is shorter behind the sum."""
    l = [x, 2 * x, 3 * x]
    total = sum(l.pop() for _ in range(n))
    return total + 10 * l[-1] * len(l)


@program(lambda rng, n: (1.5,), numba=True)
def summed_while_written(x):
    v = np.ones(3) * x
    total = sum(_poked(v, k, x) for k in range(3))
    return np.sum(v) + total


@program(lambda rng, n: (1.5,), numba=True)
def asked_while_popped(x):
    l = [x, 2 * x, 3 * x]
    found = any(l.pop() > c for c in (100.0, x))
    return l[0] * len(l) if found else l[0]


@program(lambda rng, n: (1.5,), numba=True)
def asked_while_named(x):
    """A name that a generator assigns belongs to the function around it."""
    y = 0.0
    found = any((y := x * c) > 100 for c in (2.0, 3.0))
    return y if not found else 0.0


@program(lambda rng, n: (1.5,), numba=True)
def asked_while_written(x):
    v = np.ones(3) * x
    done = all(_poked(v, k, c) < 100 for k, c in ((0, x), (1, x)))
    return np.sum(v) + x if done else x
