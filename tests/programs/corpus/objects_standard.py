"""Objects of Python's own library: namespaces, flags, dataclasses that are put in order."""

import copy
from dataclasses import dataclass, field, replace
from enum import Flag, IntFlag, auto
from types import SimpleNamespace

import numpy as np

from tests.programs.registry import program


def small(rng, n):
    return (rng.uniform(0.5, 0.9, n),)


def parameters(rng, n):
    w, b = rng.uniform(0.5, 0.9, n), float(rng.uniform(0.1, 0.3))
    return SimpleNamespace(w=w, b=b, name="tanh"), rng.uniform(0.5, 0.9, n)


@program(parameters, wrt=(0, 1), orders=2)
def namespace_of_parameters(p, x):
    """What is done to an argument is done to a copy of it."""
    p.total = np.sum(p.w * x)
    p.b *= p.total
    if p.name == "tanh":
        p.total = np.tanh(p.total)
    return p.total * p.b


@program(small)
def namespaces_made(x):
    """Made inside and by a function, copied, changed in a loop, compared by what they hold."""
    state = SimpleNamespace(v=x[0], inner=SimpleNamespace(w=x[1] * x[2]))
    shallow, deep = copy.copy(state), copy.deepcopy(state)
    for k in range(len(x)):
        state.v = state.v * x[k]
        if k == 2:
            state.last = x[k]
    state.inner.w += 1.0
    deep.v = 2.0 * x[3]
    rows = [SimpleNamespace(v=v, n=k) for k, v in enumerate(x)]
    rows[1].v += state.last
    total = sum(r.v * r.n for r in rows) * state.v + shallow.inner.w * deep.v * deep.inner.w
    if SimpleNamespace(a=x[0], b=2) == SimpleNamespace(b=2, a=x[0]) and shallow != state:
        total *= shallow.v
    return total * len(vars(state))


class Terms(Flag):
    LINEAR = auto()
    SQUARE = auto()
    BOTH = LINEAR | SQUARE


class Access(IntFlag):
    READ = 4
    WRITE = 2


@program(small)
def flags_as_options(x):
    """Members of flags joined, met, turned around, looked up."""

    def penalty(terms):
        total = 0.0
        if terms & Terms.LINEAR:
            total += np.sum(x)
        if Terms.SQUARE in terms:
            total += np.sum(x * x)
        if not terms & ~Terms.LINEAR:
            total *= x[0]
        return total * (2.0 if terms == Terms.BOTH else 1.0)

    some = Terms.LINEAR
    total = penalty(some) * x[1]
    some |= Terms.SQUARE
    access = Access.READ | Access.WRITE
    return total + penalty(some) + penalty(some ^ Terms.LINEAR) * (access & Access.READ)


@dataclass(order=True)
class Job:
    cost: float
    place: int = field(compare=False)
    weight: float = field(default=1.0, compare=False)


@dataclass(order=True, frozen=True)
class Step:
    level: int
    size: float


@program(small)
def dataclasses_in_order(x):
    """By the fields that are compared, the first that differ decide."""
    jobs = [Job(x[(3 * k) % 4], k, weight=x[k]) for k in range(4)]
    jobs.append(Job(2.0 * x[0], 4))
    ordered = sorted(jobs, reverse=True)
    jobs.sort()
    steps = sorted([Step(3, x[0]), Step(1, 2.0 * x[1]), Step(1, x[1])])
    total = sum((k + 1) * job.cost * job.weight for k, job in enumerate(jobs))
    total += ordered[0].cost * ordered[1].place + max(jobs).cost * min(jobs).weight
    return total * steps[0].size * replace(steps[2], size=x[3]).size + steps[1].size
