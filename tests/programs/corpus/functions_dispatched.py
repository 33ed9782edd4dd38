"""Functions of which a run tells which one it is, among many, and other values of many kinds."""

import functools

import numpy as np

from tests.programs.registry import program


def square(v):
    return v * v


def shift(v, by=1.5):
    return v + by


def chosen(k, a):
    """It returns one of four functions, two of which hold what it was given."""
    if k == 0:
        return square
    if k == 1:
        return np.tanh
    if k == 2:
        return lambda v: v * a
    return functools.partial(shift, by=a)


@program(lambda rng, n: (rng.uniform(0.2, 1.5, n) * rng.choice([-1.0, 1.0], n),), orders=2,
         points=[((np.array([-0.4, 0.2, 0.7, 1.4]),), None)])  # fmt: skip
def functions_among_many(x):
    """Named in branches, by conditional expressions, rebound in a loop, returned and handed on."""
    total = x[0]
    for k, v in enumerate(x):
        if v < 0:
            g = square
        elif v < 0.5:
            g = np.tanh
        elif v < 1:
            g = lambda q: q * x[1]
        else:
            g = np.exp
        total = total * 0.5 + g(v)
        total = total + chosen(k, x[1])(v) * chosen(3, v)(0.5 * v)
    h = shift if total > 9 else np.sin if x[1] > 0 else (lambda q: q * x[2])
    for k in range(5):
        if k == 1:
            h = np.cos
        elif k == 3:
            h = square
        total = h(total) * 0.3 + sum(map(h, x))
    return total


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2, numba=True)
def states_of_a_machine(x):
    """Which function it is is asked by identity and by equality."""

    def start(v):
        return v * 1.2

    def middle(v):
        return v * v + x[1]

    state, steps = start, 0
    v = x[0]
    while steps < 7:
        v = state(v) * 0.5
        if state is start:
            state = middle
        elif state == middle:
            state = np.sin
        elif state is np.sin and square != shift:
            state = start
        steps += 1
    return v if state is not start else v * 2


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def functions_by_key(x):
    """Dicts whose keys are computed: numbers, strings, tuples of them; defaults, and keys that miss."""
    acts = {"sq": square, "sin": np.sin, "by": lambda v, k=x[0]: v * k}
    moves = {("a", 0): square, ("a", 1): np.sin, ("b", 0): shift}
    words = ["sq", "by", "sin", "none"]
    total, state, n = x[0], "a", 0
    for i, v in enumerate(x):
        total = total + {0: square, 1: np.cos, 2: shift}[i % 3](v)
        total = total + acts.get(words[i % 4], np.tanh)(v)
        act = acts.get(words[(i + 1) % 4])
        if act is not None:
            total = act(total) * 0.5
        try:
            total = moves[state, n](total)
        except KeyError:
            total = total * x[1]
        state, n = ("b", i % 2) if i == 1 else ("a", 1)
    return total * [np.exp, square, lambda v: v * x[2]][len(x) - 6](total)


@program(lambda rng, n: (rng.normal(size=n),), orders=2,
         points=[((np.array([0.3, 0.2, 0.7, 0.4]),), None), ((np.array([-1.3, 0.2, 0.3]),), None),
                 ((np.array([-1.3, 0.2, 0.5]),), None)])  # fmt: skip
def values_of_many_kinds(x):
    """None, a number, an array, a tuple: names, and results that tests tell apart."""

    def found(k):
        if k < 0:
            return None
        if k == 0:
            return x[0]
        if k < 3:
            return x * x[k]
        return (x[1], x[2] * k)

    total, last = x[0], None
    for k in range(-1, 5):
        value = found(k)
        if value is None:
            continue
        if isinstance(value, tuple):
            total = total + value[0] * value[1]
        else:
            total = total + np.sum(value * 0.5)
            last = x if np.sum(x) > 0 else 2.0 if x[2] > 0.4 else None
    return total if last is None else total + np.sum(x * last)
