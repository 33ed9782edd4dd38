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
         points=[((np.array([-0.4, 0.2, 0.7, 1.4]),), None)], numba=True)  # fmt: skip
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


def put(functions, function):
    functions.append(function)


def in_order(depth, out):
    if depth == 0:
        out.append(np.cos)
        return
    in_order(depth - 1, out)
    out.append(square)
    in_order(depth - 1, out)


@program(lambda rng, n: (rng.uniform(0.2, 1.5, n) * rng.choice([-1.0, 1.0], n),), orders=2,
         points=[((np.array([-0.4, 0.2, 0.7, 1.4]),), None)])  # fmt: skip
def lists_of_unlike_functions(x):
    """Filled in branches, loops, calls and recursion; what they hold goes along."""
    steps, laws = [], [lambda q, r=r: np.sin(q) * r for r in x]
    for i, v in enumerate(x):
        for j in range(i % 3):
            steps.append(np.tanh if j else square)
        if v < 0:
            steps.append(np.cos)
        elif v < 0.5:
            steps.append(lambda q, v=v: q * v + 1)
        else:
            steps.append(lambda q: q * x[1])
    laws.append(lambda q: np.tanh(q) * x[1])
    put(laws, shift)
    in_order(2, laws)
    total = x[0]
    for f in steps:
        total = f(total) * 0.9
    for f in reversed(laws):
        total = total + 0.1 * f(total)
    return total + laws[-1](x[2]) * laws[1](x[1]) + len(laws)


class Chain:
    def __init__(self):
        self.layers = []

    def add(self, layer):
        self.layers.append(layer)
        return self

    def __call__(self, h):
        for layer in self.layers:
            h = layer(h)
        return h


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def lists_of_functions_rearranged(x):
    """Inserted, set, popped, joined, sliced; one list under two names; functions of an object."""
    chain = Chain().add(np.sin).add(square).add(lambda h: h * x[1])
    for _ in range(2):
        chain.add(np.tanh)
    first, second = [square, np.sin], [np.sin, shift]
    first.insert(0, np.cos)
    second.append(first[len(x) - 4])
    for f in second:
        first.append(f)
    first.reverse()
    also = first
    also[len(x) - 4] = lambda q: q * x[2]
    last = also.pop()
    every = first + second
    total, steps = np.sum(chain(x)), 0
    while first and steps < 5:
        total = first.pop()(total) + 0.1
        steps += 1
        if steps == 2:
            first.append(np.exp)
    for f in every[1:]:
        total = f(total) * 0.5
    return total + last(x[0]) * every[-2](x[1])


@program(lambda rng, n: (rng.normal(size=n), rng.normal()), wrt=(0, 1), orders=2, numba=True)
def one_of_two_builtins(x, c):
    """What each choice gives comes out of branches of its own."""
    fs = [max, min]
    total = max(c, x[0]) + fs[int(x[0] > 0)](x[0], c) * fs[int(c > 0)](x)
    for i in range(3):
        total += fs[i % 2](x[i], c)
    return total * [any, all][int(c > 0)]([x[0] > 0, x[1] > 0])
