"""Functions as values: returned, kept in lists, chosen by data; what they capture, and change."""

import functools

import numpy as np

from tests.programs.registry import program


def make_affine(a, b):
    return lambda x: a * x + b


def compose(*functions):
    return functools.reduce(lambda f, g: lambda x: g(f(x)), functions)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def functions_returned(x):
    """Made by calls, curried, composed, in pairs that share a variable."""

    def account(balance):
        def get():
            return balance

        def scale(factor):
            nonlocal balance
            balance = balance * factor

        return get, scale

    steep, flat = make_affine(x[0], x[1]), make_affine(0.5, x[2])
    add = lambda a: lambda b: lambda c: a * b + c
    through = compose(np.sin, steep, lambda v: v * v, flat)
    get, scale = account(x[3])
    scale(3.0)
    scale(get())
    return np.sum(through(x)) * steep(flat(x[2])) + add(x[0])(x[1])(x[2]) * get()


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2, numba=True)
def functions_in_lists(x):
    """With values of their own by defaults, with those of the loop when they are called."""
    own = [lambda v, k=k: k * v * v for k in x]
    late = []
    for i in range(len(x)):
        late.append(lambda v: v * x[i])
    made = []
    for a in x:
        made.append(make_affine(a, a * a))
    total = late[0](x[1]) * late[1](x[0])
    for f, g, v in zip(own, made, x):
        total = total + f(g(v))
    for f in (np.sin, lambda v: v * x[0], np.exp):
        total = f(total * 0.1)
    table = {"double": lambda v: v * 2 + x[1], "cube": lambda v: v**3}
    for name in ["double", "cube", "double"]:
        total = table[name](total)
    return total


@program(lambda rng, n: (rng.normal(), rng.uniform(0.5, 1.5)), wrt=(0, 1), orders=2,
         points=[((0.7, 1.2), None), ((-0.7, 1.2), None)], numba=True)  # fmt: skip
def functions_chosen(x, y):
    """By data, with what they hold; rebound variables are read when the function is called."""
    a = x * y
    f = (lambda v: v * a) if x > 0 else (lambda v, b=x * x: v * b + a)
    first = f(y)
    a = a + y
    step = np.sin
    for k in range(4):
        if k == 2:
            step = np.cos
        first = step(first)
    return first * f(x)


def every(f, values):
    for v in values:
        f(v)


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def nonlocal_changes(x):
    """Counters, a running best and a state, by way of other functions and from deep inside."""
    total, count = 0, 0
    best = None
    h = np.zeros(len(x))

    def add(v):
        nonlocal total, count
        total += v * v
        count += 1

        def look():
            nonlocal best
            if best is None or v < best:
                best = v

        look()

    def step(scale):
        nonlocal h
        h = np.tanh(h + scale * x)

    every(add, x)
    every(lambda v: add(2 * v) if v > 0 else None, x[1:])
    for k in range(3):
        step(0.5 * k + 0.5)
        if k == 1:
            step(total)
    return total / count * best + np.sum(h)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2, numba=True)
def captured_data_changes(x):
    """Arrays, lists and dicts of the function around, changed by name and as arguments."""
    y = np.zeros(len(x))
    found, seen, pair = [], {"sum": 0.0}, [x[0], x[1]]

    def put(i, v):
        y[i] = v * v
        found.append(v)
        seen["sum"] += v * x[0]

    def swap(other, v):
        other[0] = other[0] * v
        pair[0], pair[1] = pair[1], pair[0]

    for i in range(len(x)):
        put(i, x[i])
    swap(pair, x[2])
    swap([x[2], x[3]], x[1])
    swap(pair, 2.0)
    y[0] = y[0] * pair[0]
    return np.sum(y * x) * seen["sum"] + sum(found) * len(found) * pair[1]


@program(lambda rng, n: (rng.uniform(0.5, 1.5, (n, n)),), sizes=(2, 3))
def determinant_by_expansion(A):
    """Recursion that marks the columns in use in a list of the function around."""
    n = len(A)
    used = [False] * n

    def expand(row):
        if row == n:
            return 1.0
        total, sign = 0.0, 1.0
        for column in range(n):
            if not used[column]:
                used[column] = True
                total += sign * A[row, column] * expand(row + 1)
                used[column] = False
                sign = -sign
        return total

    return expand(0)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def recursion_with_memory(x):
    """Memory, a total and other functions that recursive ones share, also once they are returned."""
    memory = {}
    total = 0.0

    def weight(k):
        if k < 2:
            return x[k]
        if k in memory:
            return memory[k]
        memory[k] = weight(k - 1) + weight(k - 2) * x[0]
        return memory[k]

    def halves(i, j):
        nonlocal total
        if j - i == 1:
            total += x[i] ** 2 * (1 + total)
        else:
            middle = (i + j) // 2
            halves(i, middle)
            halves(middle, j)

    def make(a):
        def even(k):
            return a if k == 0 else odd(k - 1) * 2

        def odd(k):
            return a * a if k == 0 else even(k - 1) + 1

        return even, odd

    halves(0, len(x))
    even, odd = make(x[1])
    return weight(6) * total + even(3) * odd(2)
