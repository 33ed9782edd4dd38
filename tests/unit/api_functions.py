"""Functions that the tests of the API differentiate, in a module that pytest leaves as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

import pullback

FACTOR = 3.0
MODE = "square"


def helper(x):
    return x * x


def cube_helper(x):
    return x * x * x


def product(x, y):
    """The product of two numbers."""
    return x * y


def annotated(x: float, n: int = 2) -> float:
    return x**n


def annotated_array(x: Annotated[np.ndarray, "f64[n]"], y: float):
    return np.sum(x) * y


def half_annotated(x: float, y):
    return x * y


def many(a, b, c):
    return a * b * c


def keywords(x, *, scale=2.0, offset=0.0):
    return scale * x * x + offset


def defaults(x, power=3, scale=1.0):
    return scale * x**power


def variadic(x, *rest):
    total = x
    for r in rest:
        total = total * r
    return total


def by_helper(x):
    return helper(x)


def by_factor(x):
    return FACTOR * x


def by_mode(x):
    if MODE == "square":
        return x * x
    return x * x * x


def closing_over(value):
    def scaled(x):
        return x * value

    def rebind(new):
        nonlocal value
        value = new

    return scaled, rebind


def sum_of_squares(x):
    return np.sum(x * x)


def squares(x):
    return x * x


def one_element(x):
    return (x * x)[:1]


def one_by_one(x):
    return np.sum(x * x, keepdims=True)


def count(x):
    return int(x)


def rounded(x):
    return np.floor(x)


def largest(x):
    return np.argmax(x)


def text(x):
    return "a"


def pair(t):
    a, b = t
    return np.sum(a * b)


def listed(l):
    return l[0] * l[1] + l[2]


def named(d):
    return np.sum(d["w"] * d["x"]) + d["b"]


def nested(params):
    (w, b), rest = params["layer"], params["rest"]
    return np.sum(w * w) * b + rest[0]["deep"]


def with_integer(t):
    x, n = t
    return x**n


def two_results(x, y):
    return x * y, {"sum": x + y}


def scaled_sum(x, y):
    return np.sum(np.sin(x) * y)


def shared(x, y):
    return np.sum(x) + np.sum(y)


@pullback.grad
def plain_decorated(x):
    """Doubled."""
    return x * x


@pullback.grad(argnums="y", optimize=1)
def decorated(x, y):
    return x * y * y


@pullback.value_and_grad(argnums=(0, 1))
def decorated_pair(x, y):
    return x * y


def slow_to_compile(x):
    y = x
    for i in range(3):
        y = np.sin(y) * helper(y) + i
    return np.sum(y)


class Model:
    def loss(self, x):
        return x * x


def closes_over(w):
    def loss(x):
        return np.sum(w * x)

    return pullback.grad(loss)


def sine_for_one_test(x):
    return np.sin(x) * 2.0


refused_lambda = lambda x: np.sum(np.linalg.eig(x)[0])


def weighted(q):
    return q.w * 2.0


def made_again():
    @dataclass
    class Q:
        w: float

    return Q


@dataclass
class Method:
    factor: float = 1.0

    def energy(self, x):
        return x * x * self.factor

    def __call__(self, x):
        return self.energy(x)


def scaled_by_both(x, n, d):
    return x * n[0] * d["a"] if d["s"] == "mode" else x


def through_a_list(a, b):
    """What adds to an item's adjoint is a number of NumPy's."""
    path = []
    path.append(a)
    return 0.5 + np.tanh(path[-1]) * b
