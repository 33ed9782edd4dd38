"""Names for one of several lists, dicts or objects, as data decide, by which these are changed."""

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.3, 1.2, size=n),)


class Account:
    def __init__(self, value):
        self.value = value
        self.moves = [value]


def added(moves, v):
    moves.append(v)


@program(vector, orders=2, numba=True)
def accounts_by_conditions(x):
    """Attributes, entries, items and lists inside, and by a function that is given one of two."""
    a, b = Account(x[0]), Account(x[1])
    richer = a if x[0] > x[1] else b
    richer.value *= 3
    added(richer.moves, x[2] * a.value)
    first = {"w": x[0], "rest": [x[1]]}
    second = {"w": x[2], "rest": [x[3]]}
    chosen = second
    if x[3] > 0.1:
        chosen = first
    chosen["w"] *= 2
    chosen["rest"].append(x[1] * chosen["w"])
    chosen["rest"][0] = 3 * chosen["rest"][-1]
    dicts = first["w"] * second["w"] * sum(first["rest"]) * sum(second["rest"])
    return a.value * b.value * sum(a.moves) * sum(b.moves) + dicts


@program(vector, orders=2, numba=True)
def lists_by_conditions(x):
    """Lists that grow in a loop, one of which may be left as it is."""
    low, high = [], []
    for k, v in enumerate(x):
        if v < 0.35:
            continue
        side = low if v < 0.8 else high
        side.append(v * v)
        (high if k > 1 else low).append(v)
        third = high if k % 2 else low
        third += [0.5 * v]
        if len(side) > 8:
            break
    return sum(low) + 2 * sum(high) ** 2 + len(low)


@program(vector, numba=True)
def tables_by_conditions(x):
    """Dicts that are empty when one of them is chosen."""
    even, odd = {}, {}
    for k in range(len(x)):
        table = odd if k % 2 else even
        table[k // 2] = x[k] ** 2
    return sum(even.values()) * sum(odd.values()) + len(even) * x[0]


@program(vector)
def array_in_one_of_two_lists(x):
    """A list that is made on a side only, and arrays in lists that are written to."""
    y, z = x * 1.0, x * 2.0
    held, other = [y], [z]
    chosen = held if x[0] > 0.1 else other
    chosen[0][1] = 5 * x[2]
    chosen[0] *= 2
    fresh = held if x[1] > 0.1 else []
    fresh.append(x)
    return (y * z).sum() + held[-1].sum() * len(fresh)


def one_of(a, b, first):
    return a if first else b


class Sides:
    def __init__(self, x):
        self.low, self.high = [x[0], x[1]], [x[2]]
        self.bounds = {"w": x[:2] * 2, "b": x[2]}, {"w": x[1:3] * 2, "b": x[3]}

    def side(self, v):
        if v > 0.7:
            return self.high
        return self.low

    def bound(self, v):
        return one_of(*self.bounds, v > 0.7)


@program(vector, orders=2, numba=True)
def containers_chosen_by_functions(x):
    """Functions and methods give one of two, which is changed where they were called, also in a loop."""
    s, a, b = Sides(x), Account(x[0]), Account(x[1])
    for v in x:
        t = s.side(v)
        t[0] *= v
        s.side(1 - v).append(t[-1])
    e = s.bound(x[0])
    e["w"][0] = x[1]
    e["w"] *= 2
    e["b"] *= x[2]
    s.bound(1.4 - x[0])["w"] += e["w"]
    one_of(a, b, x[2] > x[3]).value *= 3
    poorer = one_of(b, a, x[0] > x[1])
    a.value *= 2
    s.low[0] += poorer.value
    fresh = one_of(s.low, [x[0], 2.0], x[1] > 5)
    fresh[1] = x[3]
    dicts = [np.sum(d["w"]) * d["b"] for d in s.bounds]
    return sum(s.low) * sum(s.high) + dicts[0] * dicts[1] * a.value + b.value**2 + sum(fresh)


def best_of(x):
    """Lists and tuples that are one of several when they are given back."""
    best, where, pair = -1.0, (7, 6), [7.0, x[0]]
    for k in range(len(x)):
        if x[k] > best:
            best, where, pair = x[k], (k, k), [x[k], 2.0]
    return best, where, pair


@program(vector, numba=True)
def new_beside_chosen(x):
    """A list that is made later is none of those from which one was chosen before."""
    best, where, pair = best_of(x)
    rows = list(range(len(x)))
    squares = [v * v for v in x]
    squares.append(best)
    named = {"a": x[0]}
    named["a"] *= 2
    made = [x[1]]
    made[0] *= best
    other = pair if x[0] > 0.5 else made
    return rows[-1] * best + sum(squares) * where[0] + sum(pair) * named["a"] * made[0] + other[0]


class Held:
    pass


@program(vector, orders=2)
def chosen_ones_updated_where_they_are_held(x):
    """``op=`` on attributes, entries and items that hold one of several arrays, lists or dicts."""
    a, b, first = 2 * x, x**2, x[0] > x[1]
    held, entries, items = Held(), {"w": b if first else a}, [None, 1.0]
    held.array = a if first else b
    held.array += x[0]
    entries["w"] *= 2
    items[0] = a if first else b
    items[0] -= 1.0
    short, long, left, right = [x[0]], [x[1], x[2]], {"k": x[0]}, {"k": x[3]}
    held.list, held.dict = short if first else long, left if first else right
    held.list += [x[3]]
    held.list *= 2
    held.dict |= {"k": x[1] * x[2]}
    return np.sum(a**2) + np.sum(b**3) + sum(short) * sum(long) + left["k"] * right["k"]
