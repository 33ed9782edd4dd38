"""Generators, and the loops that go through them."""

import itertools

import numpy as np

from tests.programs.registry import program


def multiples(x, n):
    for i in range(n):
        yield x * i


def naturals(x):
    k = 1
    while True:
        yield k * x
        k += 1


def several(x):
    """It yields at different places, under conditions."""
    yield x[0]
    for v in x:
        if v > 0:
            yield v * v
        else:
            yield -v
    yield x[1]


def running_sums(values):
    total = 0.0
    for v in values:
        total += v
        yield total


@program(lambda rng, n: (rng.normal(size=n),), orders=2, numba=True)
def loops_over_generators(x):
    total, last = 1.0, 0.0
    for v in several(x):
        step = v * total
        total = total + 0.1 * step * step
        last = v
    for v in running_sums(several(x)):
        total += v * x[0]
    best = None
    for v in several(x):
        if best is None or v > best:
            best = v
    return total * last + sum(multiples(x[2], 4)) * max(several(x)) + best


def first_above(x, limit):
    for v in naturals(x):
        if v > limit:
            return v * v
    return 0.0


@program(lambda rng, n: (rng.uniform(0.4, 0.6),), orders=2, numba=True)
def endless_generators(x):
    """Loops over them are left by break and return, in one another, with else."""
    total = 0.0
    for v in naturals(x):
        if v > 3:
            break
        if 1.2 < v < 1.7:
            continue
        total += v * v
    for u in multiples(x, 3):
        if u > 100:
            break
    else:
        total = total * v
    for a in multiples(x, 3):
        for b in naturals(a + 0.1):
            if b > 2:
                break
            if a * b > 1.5:
                return total * a
            total += a * b
    return total * first_above(x, 2.0)


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def generators_in_iterators(x):
    def ratios():
        state = x[0]
        while True:
            yield state
            state = 0.5 * state + x[1]

    total = sum(k * v for k, v in enumerate(several(x)))
    for w, v, u in zip(x, ratios(), x[:2]):
        total += w * v * u
    for k, v in enumerate(multiples(x[3], 3), 1):
        total += k * v
    taken = list(itertools.islice(ratios(), 1, 4))
    low = sum(itertools.takewhile(lambda v: v < 5.0, (k * k + x[2] * k for k in itertools.count())))
    squares = [v * v for v in several(x) if v > 0.1]
    return total + taken[0] * taken[2] + low + sum(squares) + sum(map(lambda v: v * x[0], several(x)))


def leaves(tree):
    if isinstance(tree, tuple):
        for child in tree:
            yield from leaves(child)
    else:
        yield tree


def inorder(x, i=0):
    if i < len(x):
        yield from inorder(x, 2 * i + 1)
        yield x[i]
        yield from inorder(x, 2 * i + 2)


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def generators_from_generators(x):
    """Recursion by yield from, over trees whose form is known and over a heap in an array."""
    total = sum(leaves((x[0], (x[1] * 2, (1.0, x[2] * x[0])), 3.0)))
    s = 0.5
    for v in inorder(x):
        s = 0.5 * s * v + v
        if s > 10:
            break

    def both():
        yield from x
        yield from [x[0], x[1] * 2]

    return total * s + sum(v * v for v in both())


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2, numba=True)
def generators_with_effects(x):
    """On variables around them, on what their arguments are, in turn with the loop."""
    scale = 1.0
    queue = [x[0], x[1]]
    y = np.zeros(len(x))

    def scaled(n):
        nonlocal scale
        for i in range(n):
            scale = scale * x[i]
            yield i, scale

    def drained(values):
        while values:
            yield values.pop()

    for i, v in scaled(len(x)):
        y[i] += v * scale
    for v in drained(queue):
        scale += v * scale
        if v > 0.3 and len(queue) < 1:
            queue.append(0.2 * v)
    held = []
    for v in multiples(x[2], 3):
        w = v * scale
        held.append(lambda u, v=v: u * w + v)
    return np.sum(y) + held[0](x[3]) * held[1](scale)


def logarithms(x):
    """What is looped over it runs in its context as well."""
    with np.errstate(divide="ignore"):
        for v in x:
            yield np.log(v)
    yield x[0]


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), points=[((np.array([0.5, 0.0, 2.0]),), None)])
def generator_in_a_context(x):
    total = 0.0
    for v in logarithms(x):
        if v < -100:
            break
        total += v * v
    return total * x[2]


def checked(x, log):
    """Handlers are for what computes an item; what comes finally comes when the loop is left, too."""
    try:
        for v in x:
            try:
                if v < 0.6:
                    raise ValueError
                yield v**2
            except ValueError:
                yield 3 * v
                log.append(v)
    finally:
        log.append(x[0])


def halves(tree):
    """What is returned is given to who takes the items by ``yield from``."""
    if tree is None:
        return 0.0
    value, left, right = tree
    a = yield from halves(left)
    yield value / 2
    return a + (yield from halves(right)) + value


def with_total(tree, log):
    with np.errstate(all="ignore"):
        total = yield from halves(tree)
    log.append(1.0)
    yield total


@program(lambda rng, n: (rng.uniform(0.3, 1.5, n),))
def generators_that_catch_and_return(x):
    log = []
    total = 0.0
    for v in checked(x, log):
        total += v * len(log)
    for v in checked(x, log):
        total += v
        if total > 3:
            break
    tree = (x[0], (x[1], None, None), (x[2], None, (x[3], None, None)))
    for v in with_total(tree, log):
        total = total * 0.7 + v * v
    for v in with_total(tree, log):
        total += v
        if v > 0.4:
            break
    doubles = (2 * v for v in (u * u for u in x))
    return total * sum(log) + weighed(doubles, x[0])


def weighed(items, w):
    return sum(w * v for v in items)


def _descent(target, start, rate):
    """Yields the array that it goes on to change."""
    w = start.copy()
    for _ in range(40):
        w -= rate * 2.0 * (w - target)
        yield w


def _heated(u, count):
    for t in range(count):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        yield t, u


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def left_while_it_changes_its_array(x):
    """Loops that are left by a break and by returns, from inside others, with and without an else."""

    def reached(limit):
        for k, w in enumerate(_descent(x, np.zeros_like(x), 0.3)):
            if k == 3 or np.sum(w * w) > limit:
                return np.sum(w**3) * w[0]
        return 0.0

    total = reached(1e3)
    for k in range(3):
        for w in _descent(x, x * 0.1 * k, 0.2):
            if np.sum((w - x) ** 2) < 0.5:
                break
        else:
            total += 1.0
        total += w[0] * (k + 1)
    u = x * 1.0
    for t, v in _heated(u, 10):
        u[0] = v[1] * 0.5
        total += v[1] ** 2
        if t == 4:
            break
    return total + np.sum(u)


@program(lambda rng, n: (rng.normal(size=n),))
def matched_in_a_loop_over_a_generator(x):
    """The statements of the generator stand for the loop, and its body in them."""
    total = 0.0
    for k in range(3):
        for w in _descent(x, x * 0.1 * k, 0.2):
            match k:
                case 1:
                    total += np.sum(w**2)
                    break
                case _:
                    total += w[0] * np.sum(w)
                    if total > k:
                        break
                    total += 0.5
    return total
