"""Objects whose attributes are read and set by their dicts: options as keywords, copies with changes."""

import math

import numpy as np

from tests.programs.registry import program


class Kernel:
    def __init__(self, **hyper):
        self.__dict__.update(hyper)

    def gram(self, points):
        return np.array([[self(a, b) for b in points] for a in points])

    def __add__(self, other):
        return Sum(parts=[self, other])

    def __rmul__(self, factor):
        return Scaled(factor=factor, kernel=self)


class Gaussian(Kernel):
    def __call__(self, a, b):
        return math.exp(-0.5 * ((a - b) / self.length) ** 2)


class Linear(Kernel):
    def __call__(self, a, b):
        return a * b + self.bias


class Sum(Kernel):
    def __call__(self, a, b):
        return sum(k(a, b) for k in self.parts)


class Scaled(Kernel):
    def __call__(self, a, b):
        return self.factor * self.kernel(a, b)


@program(
    lambda rng, n: (0.7, 0.3, 0.4, rng.normal(size=n), rng.normal(size=n)),
    wrt=(0, 1, 2, 3, 4),
    sizes=(4, 2),
    orders=2,
)
def likelihood_of_a_sum_of_kernels(length, bias, scale, x, y):
    kernel = Gaussian(length=length) + scale * Linear(bias=bias)
    lower = np.linalg.cholesky(kernel.gram(x) + 0.3 * np.eye(len(x)))
    white = np.linalg.solve(lower, y)
    return 0.5 * white @ white + np.log(np.diag(lower)).sum()


class Reactor:
    def __init__(self, **state):
        for name, value in state.items():
            self.__dict__[name] = value

    def with_changes(self, **changes):
        new = Reactor.__new__(Reactor)
        new.__dict__.update(self.__dict__)
        vars(new).update(changes)
        return new

    def doubled(self):
        new = object.__new__(type(self))
        for name, value in vars(self).items():
            setattr(new, name, 2 * value)
        return new

    def __eq__(self, other):
        return self.__dict__ == other.__dict__

    def __repr__(self):
        return f"Reactor({self.__dict__})"


@program(lambda rng, n: (0.8, 1.3), wrt=(0, 1), orders=2)
def states_copied_with_changes(level, rate):
    state = Reactor(level=level, rate=rate)
    first = state
    for _ in range(4):
        state = state.with_changes(level=state.level - 0.1 * state.rate * state.level**2, time=1.0)
    twice = state.doubled()
    twice.__dict__["rate"] *= level
    del twice.__dict__["time"]
    total = twice.level * twice.rate + len(vars(twice)) + first.level
    if state == first:
        raise ValueError(f"nothing changed in {state}")
    return total + sum(v for v in first.__dict__.values())


@program(lambda rng, n: (rng.normal(size=n),), sizes=(3, 1), orders=2)
def attributes_changed_while_they_are_gone_through(x):
    p = Reactor(a=x[0], b=2 * x[0])
    total = 0.0
    for name, value in vars(p).items():
        total += value * p.b
        p.b = p.b + 1.0
        if name == "a":
            vars(p)[name] = value * x[-1]
    return total * p.a * p.b


@program(lambda rng, n: (rng.uniform(0.5, 2.0, n), 1.4), wrt=(0, 1), sizes=(4, 1, 0), orders=2)
def products_of_lists(x, start):
    factors = []
    for k, v in enumerate(x):
        if k != 1:
            factors.append(v * start)
    total = math.prod(factors) + math.prod(x, start=start) + math.prod(v + start for v in factors)
    return total * math.prod(range(1, 4)) + math.prod(factors[:2]) * math.prod(x.shape)


class Walker:
    def __init__(self, at):
        self.at = at

    def moved(self, by):
        new = Walker(self.at + by)
        return new


@program(lambda rng, n: (rng.normal(size=n),), sizes=(3, 1, 0), orders=2)
def an_object_from_a_call_is_none_of_those_before(x):
    start = Walker(1.0)
    here = start
    for v in x:
        here = here.moved(v)
    last = here.moved(0.5)
    last.at *= start.at + np.sum(x)
    return last.at * here.at + start.at
