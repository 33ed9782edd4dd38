"""Dicts that are joined by ``|``, and displays of computed keys; ``zip`` of what must end together."""

from collections import OrderedDict, defaultdict

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


class Bag:
    def __init__(self, v):
        self.held = {"a": v}


def enter(d, v):
    d |= {"a": v}


@program(vector, orders=2, numba=True)
def dicts_joined(x):
    """``|`` makes another dict, ``|=`` changes the one that other names know too."""
    d = {"a": x[0], "b": x[1]}
    e = d | {"b": x[2] ** 2, "c": x[3]}
    same = d
    d |= {"b": x[0] * x[3], "z": x[2]}
    d |= [("y", x[1])]
    e["c"] *= 2
    bag, bags = Bag(x[0]), [{"q": x[2]}]
    bag.held |= {"r": x[3]}
    bags[0] |= {"r": x[1]}
    enter(bag.held, x[2] * 3)
    known = same["a"] * same["b"] * same["z"] + same["y"]
    return known + e["a"] * e["b"] * e["c"] + bag.held["a"] * bag.held["r"] * sum(bags[0].values())


@program(lambda rng, n: (rng.normal(size=n), "k", 2), sizes=(4, 7))
def dicts_of_computed_keys(x, name, n):
    """Also of keys that loops compute, of none at first."""
    d = {name: x[0], "b": x[1]}
    pairs = {n: x[2], n + 1: x[3], **{7: x[1]}} | {n: x[0] * x[1]}
    placed = {(i, n): x[i] for i in range(3)} | {(0, n): x[1] * 3}
    rests, squares, total = {}, {}, defaultdict(float)
    same = rests
    for i, v in enumerate(x):
        rests |= {i % 4: v * v, i: v}
        squares = squares | {i % 3: v * v}
        total[i % 2] += v
    total |= {1: x[2]}
    more = total | {5: x[3]}
    more[9] += x[0]
    tables = sum(k * v for k, v in same.items()) * squares[0] + sum(more.values()) * total[1]
    return sum(d.values()) * pairs[n] * pairs[7] + placed[0, n] * placed[1, n] + tables


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), orders=2, numba=True)
def zip_of_equal_lengths(x, w):
    s = 0.0
    for i, (a, b) in enumerate(zip(x, w[: len(x)], strict=True)):
        s += i * a * b
    for a, b, c in zip([x[0], x[1]], (w[0], w[1]), "ab", strict=True):
        s += a * b * (2 if c == "a" else 1)
    d = dict(zip("ab", [x[0], x[1]], strict=True))
    pairs = list(zip(x, w, strict=True))
    return s * d["a"] + sum(p * q for p, q in zip(x[1:], w[1:], strict=True)) * pairs[0][1]


def to_the_end(d):
    d.move_to_end("u")
    d["w"] = d["u"] * 2


@program(vector, orders=2)
def ordered_parameters(x):
    """Entries of unlike kinds, taken from both ends; two of them are equal in one order only."""
    p = OrderedDict(W=np.outer(x[:2], x[:2]), b=x[2:4])
    p["c"] = x[3]
    p.move_to_end("W")
    q = p.copy()
    q.update({"b": x[:2] * 3})
    s = sum((i + 1) * np.sum(v) for i, v in enumerate(q.values()))
    _, last = p.popitem()
    _, first = p.popitem(last=False)
    d = OrderedDict([("u", x[0]), ("v", x[1])])
    to_the_end(d)
    same = d == OrderedDict(u=x[0], v=x[1], w=d["w"])
    plain = isinstance(q, dict) and type(d | {"z": 1.0}) is OrderedDict and d == dict(d)
    s += sum(i * v for i, v in enumerate(d.values())) + len(p)
    return s * np.sum(last) * np.sum(first) * (5.0 if same or not plain else 1.0)


@program(lambda rng, n: (rng.normal(size=n), 3), orders=2)
def least_recently_used(x, n):
    """Keys that are computed: what was used last goes to the end, what was not goes first."""
    kept, s = OrderedDict(), 0.0
    for i in (0, 1, 2, 0, 3, 1, 2, 0):
        if i in kept:
            kept.move_to_end(i)
            s += kept[i] * 2
        else:
            kept[i] = x[i] ** 2
            if len(kept) > n - 1:
                k, v = kept.popitem(last=False)
                s += v * (k + 1)
    return s + sum((i + 1) * v for i, v in enumerate(kept.values()))
