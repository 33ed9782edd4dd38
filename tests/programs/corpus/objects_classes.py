"""Classes: what they say of operators, attributes and how their instances are made."""

import abc
import copy
import dataclasses
import functools
import math
from dataclasses import InitVar, dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np

from pullback import grad
from tests.programs.registry import program

# ---- operators


class Vec3:
    __array_ufunc__ = None

    def __init__(self, x, y, z=0.0):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        if not isinstance(other, Vec3):
            return NotImplemented
        return type(self)(self.x + other.x, self.y + other.y, self.z + other.z)

    def __radd__(self, other):
        return self if other == 0 else NotImplemented

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        self.z += other.z
        return self

    def __neg__(self):
        return Vec3(-self.x, -self.y, -self.z)

    def __sub__(self, other):
        return self + -other

    def __mul__(self, k):
        return Vec3(self.x * k, self.y * k, self.z * k)

    __rmul__ = __mul__

    def __truediv__(self, k):
        return self * (1 / k)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def __abs__(self):
        return math.sqrt(self @ self)

    def __bool__(self):
        return abs(self) > 0.1

    def __eq__(self, other):
        return isinstance(other, Vec3) and all(a == b for a, b in zip(self, other))

    def __iter__(self):
        return iter((self.x, self.y, self.z))

    def __len__(self):
        return 3

    def __getitem__(self, k):
        return (self.x, self.y, self.z)[k]

    def __setitem__(self, k, value):
        setattr(self, "xyz"[k], value)

    def __contains__(self, value):
        return value in (self.x, self.y, self.z)

    def __call__(self, scale, shift=0.0):
        return self * scale + Vec3(shift, shift)


class Unit(Vec3):
    """Its reflected method comes first, for it is derived."""

    def __radd__(self, other):
        return other * 2.0 + self * 1.0

    @classmethod
    def along(cls, k):
        return cls(*(float(k == 0), float(k == 1), float(k == 2)))


@program(lambda rng, n: (0.4, -0.7), wrt=(0, 1), orders=2)
def vector_operators(a, b):
    v = Vec3(a, b, a * b)
    w = 2.0 * v - v / np.sqrt(3.0 + b * b) + Unit.along(1)
    u = w
    u += v
    x, y, z = w
    total = sum([u, v * x, np.float64(y) * v])
    total[1] = total[2] * a
    if total and a in v and w == u and v != w:
        total = total(2.0, shift=b)
    return total @ w + abs(u) * len(v) + v[-1] * z


@program(lambda rng, n: (Vec3(*rng.normal(size=3)), rng.normal(size=n)), wrt=(0, 1), orders=2)
def vector_argument(v, x):
    v += Vec3(1.0, x[0])
    return Vec3(v @ v, np.sum(x) * v.y), v


# ---- named tuples and dataclasses with methods


class Phase(NamedTuple):
    q: float
    p: float

    def __add__(self, other):
        return Phase(self.q + other.q, self.p + other.p)

    def __rmul__(self, k):
        return Phase(k * self.q, k * self.p)

    @property
    def energy(self):
        return 0.5 * (self.q**2 + self.p**2)


def rk4(rate, s, h):
    k1 = rate(s)
    k2 = rate(s + h / 2 * k1)
    k3 = rate(s + h / 2 * k2)
    k4 = rate(s + h * k3)
    return s + h / 6 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


@program(lambda rng, n: (Phase(0.5, -0.2), 0.3, n), wrt=(0, 1), orders=2)
def named_tuple_integrated(s, k, steps):
    for _ in range(steps):
        s = rk4(lambda s: Phase(s.p, -k * math.sin(s.q)), s, 0.1)
    return s.energy + s._replace(q=k).q * s._asdict()["p"] + s[0]


class Mode(Enum):
    LINEAR = 1.0
    SQUARE = 2.0

    def apply(self, x):
        return x * self.value if self is Mode.LINEAR else x**2 * self.value


@dataclass
class Account:
    money: float
    rate: float = 0.1
    seed: InitVar[float] = 2.0
    history: list = field(default_factory=list)
    mode: Mode = Mode.LINEAR
    years = 0.0
    last = None

    def __post_init__(self, seed):
        self.start, self.last = self.money * seed, self.last
        self.years += 1.0

    def pass_year(self):
        self.money += self.money * self.rate
        self.years += 1.0
        self.history.append(self.money)
        if self.last is None or self.last < self.money:
            self.last = self.money * self.rate
        return self


@dataclass(frozen=True, order=True, slots=True)
class Interval:
    low: float
    high: float = 1.0
    width: float = field(init=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "width", self.high - self.low)


@program(lambda rng, n: (1.5, 0.2, n), wrt=(0, 1), orders=2, numba=True)
def dataclasses_that_change(money, rate, n):
    account = Account(money, rate, seed=money, mode=Mode.SQUARE)
    for _ in range(n):
        account.pass_year().pass_year()
    other = dataclasses.replace(account, rate=0.5, seed=1.0)
    third = copy.deepcopy(account)
    third.pass_year()
    inner, outer = Interval(rate), Interval(rate - 1.0, 2.0)
    gap = outer.width * inner.width if outer < inner and outer != inner else 0.0
    return (
        sum(account.history) + account.start * other.start + account.mode.apply(third.money)
        + account.years * gap + (account == other) + account.last
    )  # fmt: skip


# ---- attributes


class Shape(abc.ABC):
    name = "shape"
    weights = np.array([1.0, 2.0])
    count = 0

    @abc.abstractmethod
    def area(self): ...

    def heavy(self, k=0):
        return self.area() * self.weights[k]


class Square(Shape):
    __slots__ = ("side",)

    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side**2


class Circle(Shape):
    name = "circle"

    def __init__(self, radius):
        super().__init__()
        self.radius = radius
        self.__secret = 2.0

    def area(self):
        return math.pi * self.radius**2 * self.__secret

    @property
    def diameter(self):
        return 2 * self.radius

    @diameter.setter
    def diameter(self, value):
        self.radius = value / 2
        self.count += 1

    @functools.cached_property
    def cubed(self):
        self.count += 1
        return self.radius**3

    @staticmethod
    def twice(x):
        return 2 * x


class Ring(Circle):
    def __init__(self, radius, hole):
        super().__init__(radius)
        self.hole = Circle(hole)

    def area(self):
        return super().area() - self.hole.area()

    def __setattr__(self, name, value):
        super().__setattr__(name, value * 1.5 if name == "radius" else value)


@program(lambda rng, n: (0.4, 0.7), wrt=(0, 1), orders=2)
def attributes_of_all_sorts(a, b):
    shapes = [Square(a), Circle(b), Ring(a + 1.0, b)]
    shapes[1].diameter *= 3.0
    total = 0.0
    for k, shape in enumerate(shapes):
        total = total + shape.heavy(k % 2)
        if hasattr(shape, "cubed") and shape.name == "circle":
            total = total * shape.cubed + shape.cubed * shape.twice(shape.count)
    del shapes[0].side, shapes[1].radius
    try:
        total = total + shapes[1].radius
    except AttributeError:
        total = total + getattr(shapes[2].hole, "missing", a)
    return total * len([s for s in shapes if isinstance(s, Circle)])


class Watched:
    """Counts how often it is looked at."""

    def __init__(self, x):
        self.x = x
        self.looks = 0

    @property
    def level(self):
        self.looks += 1
        return self.x * self.looks

    @functools.cached_property
    def first(self):
        return self.x**2

    def __str__(self):
        self.x *= 2.0
        return "watched"

    def __format__(self, specification):
        self.x *= 3.0
        return "x"


@program(lambda rng, n: (0.4, 0.7), wrt=(0, 1), orders=2)
def looked_at_by_hasattr_and_texts(a, b):
    """``hasattr`` reads what a property computes, and a text asks ``__format__`` before ``__str__``."""
    one = Watched(a)
    total = b * hasattr(one, "level") + hasattr(one, "first") + hasattr(one, "last")
    one.x = b
    total = total * one.first + one.level
    total = total + len(f"{one}") * one.x
    return total + len(str(one)) * one.x + getattr(one, "level", 0.0)


# ---- one object, known by several names


class Counter:
    def __init__(self, step):
        self.step = step
        self.total = 0.0

    def add(self, x):
        self.total = self.total + x * self.step
        return self

    def bound(self):
        return self.add


def run(f, x, n):
    for k in range(n):
        f(x * k)
    return f


@program(lambda rng, n: (0.4, Counter(rng.normal(size=n)), n), wrt=(0, 1), orders=2)
def names_of_one_object(x, counter, n):
    other = counter
    held = [counter, Counter(np.ones_like(counter.step))]
    lookup = {"first": counter, "last": held[-1]}
    run(counter.add, x, n)
    f = run(lookup["last"].bound(), x * x, 2)
    f(3.0)
    other.add(1.0).add(x)
    if other is counter and held[0] is other and held[1] is not other:
        held[0].step[0] = x
    lookup["first"].add(x)
    return np.sum(counter.total * held[1].total) + np.sum(other.step)


class Quadratic:
    def __init__(self, a):
        self.a = a
        self.calls = 0

    def value(self, x):
        self.calls += 1
        return self.a * x**3

    def newton(self, x):
        slope = grad(self.value)
        for _ in range(3):
            x = x - self.value(x) / (slope(x) + self.calls)
        return x


@program(lambda rng, n: (Quadratic(0.7), 1.3), wrt=(0, 1), orders=2)
def derivatives_of_methods(q, x):
    return q.newton(x) * q.calls + grad(Quadratic.value)(q, x).a


def doubled_first(w, x):
    w[0] = w[0] * 2
    return np.sum(w * w * x)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), orders=2,
         numba=True)  # fmt: skip
def gradient_beside_a_write(w, x):
    """Both write to one version of an array."""
    w = w.copy()
    first = grad(doubled_first, 1)(w, x)[0]
    w[0] = w[0] * 2
    return first + np.sum(w * w * x)


class Gauge:
    """Assigning runs code: of a setter, or of ``__setattr__``."""

    def __init__(self, level):
        self.level, self.reads = level, 0

    @property
    def shown(self):
        return self.level

    @shown.setter
    def shown(self, value):
        self.level, self.reads = 2.0 * value, self.reads + 1


class Logged:
    def __init__(self, values):
        self.values = values
        self.last = values[0]

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        object.__setattr__(self, "total", np.sum(value))


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def updated_in_place_and_assigned(x):
    """What ``op=`` has changed in place is assigned all the same, which is seen where that runs code."""
    gauge, logged = Gauge(x * 1.0), Logged(x * 2.0)
    start = gauge.level
    gauge.shown += x[0]
    gauge.shown *= gauge.level
    logged.values -= start
    return np.sum(gauge.level * start) * gauge.reads + logged.total * logged.last
