"""Functions whose surroundings test_guards changes (a plain module: pytest changes test modules)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import Enum

import numpy as np

from pullback import grad
from tests.unit import guards_other

NUMBER = 2.0
MODE = "square"
FLAG = True
NOTHING = None
CONFIG = ("square", {"n": 2})
SETTINGS = {"rate": 0.5, "mode": "square"}
ARRAY = np.arange(3.0)
AXIS = 0


def square(x):
    return x * x


def cube(x):
    return x * x * x


def other_names(a):
    return 7.0 * a


helper = square


def calls_helper(x):
    return helper(x)


def with_default(x, n=1):
    return x * n


def calls_with_default(x):
    return with_default(x)


def with_keyword(x, *, n=1):
    return x * n


def calls_with_keyword(x):
    return with_keyword(x)


def number(x):
    return x * NUMBER


def mode(x):
    return square(x) if MODE == "square" else cube(x)


def flag(x):
    return square(x) if FLAG else cube(x)


def nothing(x):
    return square(x) if NOTHING is None else cube(x)


def config(x):
    return square(x) if CONFIG[0] == "square" else cube(x)


def settings(x):
    return x * SETTINGS["rate"] if SETTINGS["mode"] == "square" else x


def array(x):
    return np.sum(ARRAY * x)


def axis(x):
    return np.sum(np.sum(x * np.ones((2, 3)), axis=AXIS) ** 2)


def module_number(x):
    return x * guards_other.rate


def module_name(x):
    return square(x) if guards_other.name == "relu" else cube(x)


def module_function(x):
    return guards_other.scaled(x)


def module_computed(x):
    return x * guards_other.computed


def absolute(x):
    return abs(x) * x


def inner_derivative(x):
    return grad(helper)(x)


class Mode(Enum):
    SQUARE = 1
    CUBE = 2


CHOICE = Mode.SQUARE


def choice(x):
    return square(x) if CHOICE is Mode.SQUARE else cube(x)


class Counting(type):
    """A metaclass whose properties and ``__getattr__`` count how often they are asked."""

    asked = 0

    def __getattr__(cls, name):
        Counting.asked += 1
        raise AttributeError(name)


@dataclass
class Base(metaclass=Counting):
    w: float

    scale = 2.0

    def energy(self, x):
        return self.w * x * self.scale

    @property
    def doubled(self):
        Base.evaluated += 1
        return self.w * 2


Base.evaluated = 0


@dataclass
class Derived(Base):
    b: float = 0.0


def method(p, x):
    return p.energy(x)


def reads_property(p, x):
    return p.doubled * x


def makes(x):
    return Derived(x).w * Derived(x, 3.0).b


def made(a):
    def inner(x):
        return x * a

    def set_a(value):
        nonlocal a
        a = value

    return inner, set_a


def wrapping(function):
    @functools.wraps(function)
    def wrapper(*args):
        return 2.0 * function(*args)

    return wrapper


def wrapped(x):
    return x * x


doubled_wrapped = wrapping(wrapped)


@dataclass
class Other:
    b: float
    w: float = 1.0


def with_self(self, x):
    return x * x


def array_sum(x, y):
    return np.sum(x * y)


def raises(x):
    if x < 0:
        raise ValueError("negative")
    return x * x


def variadic(x, *args, b=10.0):
    return x * args[0] if args else x * b * 10


class Held:
    """Holds what is assigned to it."""


def attributes_in_order(held, x):
    """A polynomial whose coefficients are attributes, as they were assigned."""
    return sum(v * x**k for k, v in enumerate(vars(held).values()))
