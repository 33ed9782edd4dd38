"""Objects that hold objects: trees, copies, containers of the user's, and arrays that others see."""

import copy
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tests.programs.registry import program


class Node:
    """A tree that is gone through by recursion."""

    def __init__(self, value, *children):
        self.value = value
        self.children = list(children)

    def __iter__(self):
        yield self.value
        for child in self.children:
            yield child.value

    def total(self):
        return self.value + sum(child.total() for child in self.children)

    def double(self):
        self.value = self.value * 2
        for child in self.children:
            child.double()


@program(lambda rng, n: (0.7,), orders=2, numba=True)
def tree_of_objects(x):
    root = Node(x, Node(x * x, Node(3.0)), Node(2.0 * x))
    root.double()
    root.children[0].double()
    weighted = 0.0
    for value in root:
        weighted = weighted * x + value
    return root.total() * root.children[0].children[0].value + weighted


class Row:
    """A list with methods of its own."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, k):
        return self.items[k]

    def __setitem__(self, k, value):
        self.items[k] = value

    def __delitem__(self, k):
        del self.items[k]

    def __reversed__(self):
        return self.items[::-1]


class Meter:
    def __init__(self):
        self.sum, self.count = 0.0, 0

    def update(self, value):
        self.sum += value
        self.count += 1

    @property
    def average(self):
        return self.sum / max(self.count, 1)


@program(lambda rng, n: (0.7, n), orders=2, numba=True)
def containers_of_objects(x, n):
    row = Row([x, 2 * x, 3 * x])
    row[0] += 1.0
    row[-1] = row[0] * row[1]
    del row[1]
    value = 0.0
    for item in reversed(row):
        value = value * 2 + item
    meters, found = {"a": Meter(), "b": Meter()}, {}
    update = meters["b"].update
    for k in range(n):
        meters["a"].update(x * k)
        update(x * x)
        name = k % 2
        if name not in found:
            found[name] = Meter()
        found[name].update(x**k)
    averages = meters["a"].average * meters["b"].average + found[1].average
    return value * len(row) * averages + (row[0] if row else 0.0)


@dataclass
class Inner:
    a: float = 1.0


@dataclass
class Outer:
    first: Inner = field(default_factory=Inner)
    second: Inner | None = None

    def share(self, x):
        self.first.a = x
        self.second = self.first
        return self


class Trace(NamedTuple):
    step: float
    seen: list

    def record(self):
        self.seen.append(self.step)
        return self


class Weights:
    def __init__(self, w):
        self.w = w
        self.__calls = 0

    @property
    def top(self):
        return self.w[:2]

    def scale(self, c):
        w = self.w
        w *= c
        return self

    def twice(self):
        def one(value):
            self.__calls += 1
            return value * self.__calls

        return one(self.w[0]) + one(self.w[1])

    def weighed(self):
        return sum([self.w[k] * self.__offset(k) for k in range(3)])

    def __offset(self, k):
        return (lambda q: q + self.__calls)(k)


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1), orders=2, numba=True)
def copies_and_views_of_objects(x, c):
    weights = Weights(x * 1.0)
    whole, top = weights.w, weights.top
    weights.top[0] = 5 * c
    top += c
    weights.scale(2.0).scale(c)
    outer, other = Outer().share(c), Outer()
    first = outer.first
    shallow, deep = copy.copy(outer), copy.deepcopy(outer)
    first.a = 3 * c
    other.first.a += shallow.second.a * deep.first.a
    trace = Trace(c, [])
    same = trace.record()
    same.record()
    return (
        np.sum(whole * weights.w) + weights.twice() + weights.weighed()
        + other.first.a * sum(trace.seen) * (2.0 if deep.first is deep.second else 1.0)
    )  # fmt: skip


class Leaf:
    def __init__(self, value):
        self.value = value


class Basket:
    def __init__(self):
        self.leaves = []

    def put(self, leaf):
        self.leaves.append(leaf)
        return self


def plant(basket, leaf, depth):
    if depth > 0:
        plant(basket, Leaf(leaf.value * 2), depth - 1)
    basket.put(leaf)


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1), orders=2)
def objects_put_into_lists_by_methods(x, c):
    """What was put in is changed in the list; no name is left for it."""
    basket, first = Basket(), Leaf(x[0])
    first.value *= c
    basket.put(first).put(Leaf(x[1]))
    for v in x:
        basket.put(Leaf(v * c))
    basket.leaves[0].value *= 3
    plant(basket, Leaf(c), 2)
    return sum(leaf.value**2 for leaf in basket.leaves)


class Momentum:
    """State that comes with the first step, or anew, or is changed."""

    def __init__(self):
        self.state = None

    def step(self, g, c):
        if self.state is None:
            self.state = Leaf(g)
        elif c > 0:
            self.state = Leaf(g * 2)
        else:
            self.state.value = self.state.value * 0.5 + g
        return self.state.value


def plant_if(basket, leaf, c):
    basket.first = leaf if c > 0 else Leaf(c)


@program(lambda rng, n: (rng.normal(size=n), rng.normal()), wrt=(0, 1), orders=2, numba=True)
def objects_left_by_branches_of_methods(x, c):
    """What a method leaves in an object is one of several; only the object leads to them."""
    momentum, basket = Momentum(), Basket()
    total = 0.0
    for k in (0, 1, 2, 1):
        total += momentum.step(x[k], c * x[k])
    plant_if(basket, Leaf(x[0]), c)
    momentum.state.value += basket.first.value
    return total * momentum.state.value


class Registry:
    """Makes objects, and knows what it made."""

    def __init__(self):
        self.made = []
        self.last = None

    def make(self, value):
        new = Leaf(value)
        self.made.append(new)
        self.last = new
        return new


@program(lambda rng, n: (rng.uniform(0.5, 1.5, 4),), orders=2)
def what_is_given_is_known_elsewhere(x):
    """A function puts what it makes into a container that it knows, and gives it as well."""
    registry, lists, pairs = Registry(), {}, []

    def listed(k):
        if k in lists:
            return lists[k]
        new = [x[k], x[0]]
        lists[k] = new
        return new

    def tried(k):
        try:
            return lists[k]
        except KeyError:
            return listed(k)

    def twice(v):
        new = [v]
        pairs.append(new)
        return [new, new]

    first, second = registry.make(x[0]), registry.make(x[1])
    first.value *= 3.0
    second.value += first.value
    tried(2).append(x[3])
    tried(2)[0] *= x[1]
    twice(x[2])[0][0] *= first.value
    twice(x[1])[1].append(x[2])
    total = registry.made[0].value * registry.last.value + sum(lists[2])
    return total + pairs[0][0] * sum(pairs[1])
