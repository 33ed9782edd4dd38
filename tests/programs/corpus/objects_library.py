"""What Python's library makes of functions and classes: single dispatch, orders, members, operators."""

import enum
import functools
import math
import operator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from tests.programs.registry import program

T = TypeVar("T")


@dataclass
class Square:
    side: float


@dataclass
class Disc:
    radius: float


@functools.singledispatch
def area(shape):
    return 1.0


@area.register
def _(shape: Square):
    return shape.side**2


@area.register(Disc)
def _(shape):
    return math.pi * shape.radius**2


@area.register(list)
def _(shape):
    return sum(area(s) for s in shape)


@area.register(np.ndarray)
def _(shape):
    return np.sum(shape**2)


class Scale:
    def __init__(self, by):
        self.by = by

    @functools.singledispatchmethod
    def apply(self, value, twice=1.0):
        return value * self.by

    @apply.register
    def _(self, value: list, twice=1.0):
        return sum(self.apply(v) for v in value) * twice

    @apply.register
    def _(self, value: np.ndarray, twice=1.0):
        return np.sum(np.sin(value)) * self.by


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def chosen_by_class(x):
    """Functions and methods that are chosen by the class of what they are given."""
    total = area(Square(x[0])) * area(Disc(x[1])) + area(x) * area("unit")
    total = total + area([Square(x[1]), Disc(x[2]), x[2:]])
    scale = Scale(x[0])
    return total * scale.apply(x[1]) + scale.apply([x[2], x[0] * 2], twice=x[1]) * scale.apply(x)


@functools.total_ordering
class Rated:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return self.value < other.value

    def __eq__(self, other):
        return self.value == other.value

    def __bool__(self):
        return bool(self.value > 0.8)


class Step(enum.Enum):
    TANH = "tanh"
    SQUARE = "square"
    HALF = 0.5

    def of(self, v):
        if self is Step.TANH:
            return np.tanh(v)
        return v * v if self == Step.SQUARE else v * self.value


class Stack(Generic[T]):
    """Whose kind of items is named where it is made."""

    def __init__(self) -> None:
        self.items: list[T] = []

    def push(self, item: T) -> None:
        self.items.append(item)

    def __len__(self):
        return len(self.items)


class Numbers(Stack[float]):
    pass


Floats = Stack[float]


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2, numba=True)
def orders_members_generics(x):
    """Orders that follow from one method, members of an enumeration, classes with parameters."""
    total = max(Rated(x[0]), Rated(x[1]), Rated(0.9)).value * 2
    if Rated(x[0]) >= Rated(x[1]) or bool(Rated(x[2])):
        total = total * x[2]
    for step in Step:
        total = step.of(total * 0.5)
    total = total * Step("square").of(x[0]) + Step["HALF"].of(x[1]) * len(Step)
    if Step.TANH in Step:
        total = total + x[0]
    stacks = (Stack[float](), Floats(), Numbers())
    for stack in stacks:
        for v in x:
            stack.push(v * total)
    for k in range(len(x)):
        letter = "abc"[k % 3]
        total = total * 0.9 + x[k] * (2.0 if letter == "b" else letter == "c")
    return total + sum(stacks[0].items) * len(stacks[1]) * stacks[2].items[1]


class Vec:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __getitem__(self, k):
        return (self.x, self.y)[k]

    def __contains__(self, v):
        return self.x > v

    def __lt__(self, other):
        return self.x < other.x


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2, numba=True)
def syntax_as_functions(x):
    """``operator`` says it of objects, lists, dicts and arrays; by some of it they are changed."""
    a, b = Vec(x[0], x[1]), Vec(x[1], x[2])
    same = operator.iadd(a, operator.neg(b))
    total = functools.reduce(operator.add, [a, b, same]).x + operator.getitem(a, 1)
    if operator.contains(b, 0.1) and operator.lt(a, b) and operator.is_not(a, None):
        total = total * x[2]
    y = x.copy()
    also = operator.imul(y, x)
    operator.setitem(also, 0, total)
    pair = [x[0], 2.0, x[1]]
    operator.delitem(pair, 1)
    longer = operator.iconcat(pair, [operator.call(math.sin, x[2])])
    named = {"a": x[0]}
    operator.setitem(named, "b", x[1])
    total = total + np.sum(y) * sum(pair) * len(longer) + named["b"]
    return total * operator.indexOf([3, 4], 4) + operator.truth(pair) * operator.matmul(x, y)
