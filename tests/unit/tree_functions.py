"""Functions of trees that test_trees differentiates (a plain module: pytest changes test modules)."""

from __future__ import annotations

import dataclasses
from collections import namedtuple
from dataclasses import InitVar, dataclass
from enum import Enum
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pullback import grad


@dataclass
class Params:
    w: Any
    b: float = 0.5
    steps: int = 3
    name: str = "run"
    on: bool = True
    extra: Any = None

    unit: ClassVar[float] = 2.0

    def linear(self, x):
        return self.w * x + self.b


@dataclass(frozen=True)
class Frozen:
    p: Params
    a: float


@dataclass(slots=True)
class Slotted:
    a: float
    b: float = 1.0


class Layer(NamedTuple):
    W: Any
    b: Any
    act: str = "tanh"


Plain = namedtuple("Plain", "x y", defaults=(2.0,))


class Extended(Plain):
    __slots__ = ()

    def length(self):
        return np.sqrt(self.x**2 + self.y**2)


class Mode(Enum):
    SQUARE = 1
    CUBE = 2


@dataclass
class WithPostInit:
    w: float

    def __post_init__(self):
        self.w = float(self.w)


@dataclass
class WithInit:
    w: float

    def __init__(self, w):
        self.w = w


@dataclass
class WithInitVar:
    w: float
    seed: InitVar[int] = 0


@dataclass
class WithHiddenField:
    w: float
    cache: float = dataclasses.field(default=0.0, init=False)


class Computed(NamedTuple):
    w: float

    def __getitem__(self, k):
        return 0.0


@dataclass
class Intercepted:
    w: float

    def __getattribute__(self, name):
        return object.__getattribute__(self, name)


class Plainest:
    def __init__(self, w):
        self.w = w


class Private:
    def __init__(self, w):
        self.w = w
        self.__hidden = 2.0


class PrivateSlots:
    __slots__ = ("__hidden", "unfilled", "w")

    def __init__(self, w):
        self.w = w
        self.__hidden = 2.0


class Making(type):
    def __call__(cls, w):
        made = object.__new__(cls)
        made.w = w
        return made


class Made(metaclass=Making):
    pass


class WithNew(namedtuple("WithNew", "w")):
    __slots__ = ()

    def __new__(cls, w):
        return super().__new__(cls, w * 2)


def energy(p, x):
    y = np.sum(p.linear(x) ** 2) * p.unit
    for _ in range(p.steps):
        y = y * 0.5
    return y if p.on and p.name == "run" else y * 2


def nested(f, x):
    q = dataclasses.replace(f, a=f.a * 2)
    return energy(q.p, x) * q.a


def first_field(p):
    return p.w * p.w


def doubled(x):
    return 2 * x


def made_of_two(pair):
    return pair[0].w * pair[1].a


def scaled(p, x):
    return p.w * x


def slotted(s):
    return s.a**2 * s.b


def extended(e):
    return e.length() * e[1]


def mode(x, m):
    return x**2 if m == Mode.SQUARE else x**3


def gradient_step(p, x):
    g = grad(energy)(p, x)
    return energy(dataclasses.replace(p, w=p.w - 0.1 * g.w, b=p.b - 0.1 * g.b), x)


def make(a):
    return Params(np.ones(3) * a, b=a), Plain(a)


def identity(p):
    return p


GLOBAL = Params(np.arange(3.0), 0.25)
PAIR = (2.0, {"k": 3.0})


def reads_global(x):
    return np.sum(GLOBAL.w) * x + GLOBAL.b * x * PAIR[0] * PAIR[1]["k"]


def converted(p, a):
    d, t = dataclasses.asdict(p), dataclasses.astuple(p)
    known = dataclasses.is_dataclass(p) and not dataclasses.is_dataclass(d)
    return d["p"]["b"] * a + t[0][1] * t[1] if known else 0.0


def moves_first(p, q):
    p.w = p.w * q.w
    return p.w + q.w


def told_apart(p, q):
    return p.w * (2.0 if p is q else 3.0)
