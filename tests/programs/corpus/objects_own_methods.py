"""Objects that hold methods of their own as attributes, and functions that know the object."""

import copy
from dataclasses import dataclass, replace

import numpy as np

from tests.programs.registry import program


class Solver:
    """One of several steps, chosen once."""

    def __init__(self, k, method="rk2"):
        self.k = k
        self.calls = 0
        if method == "rk2":
            self.step = self._rk2
        elif method == "euler":
            self.step = self._euler
        else:
            raise ValueError(method)

    def rate(self, y):
        self.calls += 1
        return -self.k * y * y

    def _euler(self, y, h):
        return y + h * self.rate(y)

    def _rk2(self, y, h):
        half = y + 0.5 * h * self.rate(y)
        return y + h * self.rate(half)

    def run(self, y, n):
        for _ in range(n):
            y = self.step(y, 0.1)
        return y


class Named(Solver):
    """The same, out of a dict or by its name, which is kept too."""

    def __init__(self, k, method):
        self.k = k
        self.calls = 0
        self.step = {"euler": self._euler, "rk2": self._rk2}[method]
        self.steps = {"euler": self._euler, "rk2": self._rk2}
        self.other = getattr(self, "_" + method)
        self.both = (self._euler, self._rk2)


class Chain:
    """Layers that are methods, a partial of one would be as well."""

    def __init__(self, w):
        self.w = w
        self.layers = [self.squash, self.scale, self.squash]
        self.last = lambda v: self.w[1] * v + self.w[0]

    def squash(self, v):
        return np.tanh(self.w[0] * v)

    def scale(self, v):
        return self.w[1] * v + 1

    def __call__(self, v):
        for layer in self.layers:
            v = layer(v)
        return self.last(v)


@dataclass
class Gain:
    k: float
    f: object = None

    def __post_init__(self):
        if self.f is None:
            self.f = self.scaled

    def scaled(self, v):
        return self.k * v


class Once:
    """A method that puts another one in its place."""

    def __init__(self, k):
        self.k = k
        self.ask = self.first
        self.count = 0

    def first(self):
        self.count += 1
        self.ask = self.later
        return self.k

    def later(self):
        self.count += 10
        return self.k**2


def small(rng, n):
    return (rng.uniform(0.5, 0.9, n),)


@program(small, orders=2)
def method_chosen_once(x):
    total = 0.0
    for k, name in enumerate(("euler", "rk2")):
        s = Solver(x[k], name)
        s.k = s.k * x[2]
        total += s.run(1.0, 3) * s.calls
    return total


@program(small)
def methods_by_name(x):
    s = Named(x[0], "euler")
    y = s.step(x[1], 0.1) + s.other(x[2], 0.2)
    s.k = x[1]
    for name in ("rk2", "euler"):
        y = y * s.steps[name](y, 0.1)
    for step in s.both:
        y += step(x[2], 0.3)
    return s.run(y, 2)


@program(lambda rng, n: (rng.uniform(0.5, 0.9, n), n))
def method_replaced(x, n):
    """By another in a loop that may not run, in a branch by data, and by the method itself."""
    s = Solver(x[0])
    for _ in range(n - 4):
        s.step = s._euler
    t = Solver(x[1])
    if x[0] > x[1]:
        t.step = t._euler
    once = Once(x[2])
    total = once.ask() + once.ask() * once.ask()
    return s.run(1.0, 2) + t.run(x[2], 2) + total * once.count


@program(small)
def methods_in_lists(x):
    """Layers, and objects of a list each with a method of its own."""
    solvers = [Solver(v) for v in x]
    solvers[1].k = x[0] * x[1]
    return sum(s.run(1.0, 2) for s in solvers) + solvers[2].step(x[0], 0.1) * Chain(x)(0.3)


@program(small)
def method_of_a_copy(x):
    """A copy has the method of the first, a deep one its own; functions are shared by both."""
    s = Gain(x[0])
    shallow, deep, other = copy.copy(s), copy.deepcopy(s), replace(s, k=x[1])
    shallow.k, deep.k = x[1], x[2]
    s.k = s.k * 2
    chain = Chain(x[:2])
    twin = copy.deepcopy(chain)
    twin.w = x[2:]
    chain.w = chain.w * 3
    ways = shallow.f(1.0) + 10 * deep.f(2.0) + 100 * other.f(3.0)
    return ways + chain(0.2) * twin(0.3)


@program(small)
def method_of_another(x):
    """An object that holds the method of another one, which changes; a method kept under a name."""
    a, b = Solver(x[0]), Solver(x[1], "euler")
    a.step = b._euler
    step = b.step
    b.k = x[2] * x[2]
    return a.run(1.0, 2) + step(x[0], 0.1) * b.calls


CHAIN = Chain(np.array([0.3, 0.4]))


@program(lambda rng, n: (Solver(float(rng.uniform(0.5, 0.9)), "euler"), rng.uniform(0.5, 0.9, n)),
         wrt=(0, 1))  # fmt: skip
def methods_of_arguments(s, x):
    return s.run(x[0], 3) + s.step(x[1], 0.2) * CHAIN.layers[1](x[2])


@program(small)
def functions_called_by_a_lambda(x):
    """A lambda with a loop over unlike functions."""
    total = lambda v: sum(f(v) for f in (np.sin, np.cos, np.tanh))  # noqa: E731
    return total(x[0]) * total(x[1] * x[2])
