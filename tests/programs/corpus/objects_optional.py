"""Objects with attributes that are set on some paths only, or are None first."""

import numpy as np

from tests.programs.registry import program


class Plain:
    gain = 2.5

    def __init__(self, v):
        self.v = v


class Momentum:
    """What it remembers is made when it is first needed."""

    def __init__(self):
        self.count, self.velocity = 0, None

    def step(self, w, g):
        self.count += 1
        if self.velocity is None:
            self.velocity = np.zeros_like(g)
            self.first = g
        self.velocity = 0.9 * self.velocity + g
        if self.count > 2:
            self.late = self.velocity * 0.5
            return w - 0.1 * self.velocity * self.first
        return w - 0.1 * self.velocity


def widen(p, v):
    if v > 0:
        p.wide = v * 2


def made(x, k):
    p = Plain(x[k])
    if k > 1:
        p.w = x[0]
    return p


@program(lambda rng, n: (rng.normal(size=n),), orders=2,
         points=[((np.array([0.4, 0.2, -0.7, 1.4]),), None),
                 ((np.array([-0.4, -0.2, 0.7, 0.4]),), None)])  # fmt: skip
def attributes_on_some_paths(x):
    """Read under the same condition, asked for, caught where they miss, found in the class instead."""
    p = Plain(x[0])
    if x[1] > 0:
        p.extra, p.gain = x[2], x[3]
    total = p.v * p.gain
    if x[1] > 0:
        total = total * p.extra
    total = total + getattr(p, "extra", x[0]) * len(vars(p))
    for v in x:
        widen(p, v)
        p.last = v * 2
    if hasattr(p, "wide"):
        total = total + p.wide * p.last
        del p.wide
    try:
        total = total + p.wide
    except AttributeError:
        total = total + p.v * 3
    for k in range(4):
        q = made(x, k)
        total = total + (q.w * q.v if hasattr(q, "w") else q.v)
        if not hasattr(p, "memory"):
            p.memory = x * x
        p.memory = p.memory * 0.9
    return total + np.sum(p.memory)


@program(lambda rng, n: (rng.normal(size=n),), orders=2,
         points=[((np.array([-0.4, 0.2, 0.7, 0.4]),), None)])  # fmt: skip
def attributes_of_many_kinds(x):
    """New objects on either side, with other attributes; what is None first, and not there before."""
    if x[0] > 0:
        p = Plain(x[0])
        p.a, p.b, p.m = x[1], x[2] * 2, None
    else:
        p = Plain(x[1])
        p.b, p.c, p.m = x[3], 3.0, x * 2
    if p.m is None:
        p.m = x * 3
    total = (p.a if hasattr(p, "a") else p.c) * p.b * getattr(p, "c", x[2])
    optimiser, w = Momentum(), x
    for _ in range(5):
        w = optimiser.step(w, 2 * w)
    return total + np.sum(w * p.m) + np.sum(optimiser.late)
