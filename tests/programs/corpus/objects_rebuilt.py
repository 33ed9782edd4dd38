"""Objects, dicts and tuples that a loop makes anew in each pass, with lists in them that grow."""

from dataclasses import dataclass, field, replace

import numpy as np

from tests.programs.registry import program


@dataclass(frozen=True)
class State:
    q: float
    p: float
    energies: list = field(default_factory=list)

    def stepped(self, h):
        q = self.q + h * self.p
        return replace(self, q=q, p=self.p - h * np.sin(q))

    @property
    def energy(self):
        return 0.5 * self.p**2 - np.cos(self.q)


class Path:
    def __init__(self, at, been):
        self.at, self.been = at, been


@program(lambda rng, n: (*rng.uniform(0.3, 0.9, 2).tolist(), n), wrt=(0, 1), orders=2)
def states_that_keep_a_log(q, p, n):
    """``replace`` hands the list on, to which each state adds; others are made longer instead."""
    state = State(q, p)
    for _ in range(n):
        state = state.stepped(0.1)
        state.energies.append(state.energy)
    total = sum(state.energies) * state.q + state.energies[1] * state.energies[-1]
    path = Path(q, [p])
    first = path.been
    while len(path.been) < n:
        path = Path(path.at * 0.9 + p, [*path.been, path.at])
    beams = [(q, [])]
    for k in range(n):
        beams = [(s * p + k, way + [s]) for s, way in beams]
    best, way = beams[0]
    return total + sum(path.been) * len(first) * path.at + best * sum(way)


@program(lambda rng, n: (float(rng.uniform(0.3, 0.9)), n), orders=2)
def dicts_that_keep_logs(x, n):
    """Nested ones, made anew in some passes only; a table; a pair; a list that has another name."""
    log = {"seen": [], "deep": {"squares": [x]}}
    for k in range(n):
        if k % 2:
            log = {"seen": log["seen"], "deep": {"squares": log["deep"]["squares"]}}
        log["seen"].append(x * k)
        log["deep"]["squares"].append(x * x)
    state = (0.0, {}, [x])
    for k in range(n):
        at, table, kept = state
        table[k] = at + x
        kept.append(at * x)
        state = (at + x * k, table, kept)
    at, table, kept = state
    path = Path(x, [x])
    start = path.been
    for _ in range(n):
        path = Path(path.at * x, [*start])
        path.been.append(path.at)
        start[0] = start[0] * 2
    total = sum(log["seen"]) * sum(log["deep"]["squares"]) + at * sum(kept)
    return total + sum(k * v for k, v in table.items()) + sum(path.been) * sum(start)


@program(lambda rng, n: (float(rng.uniform(0.3, 0.9)), n), orders=2, numba=True)
def objects_of_two_forms(x, n):
    """A tuple in an object is longer after a pass of one kind; it may have been so before."""
    path = Path(x, (x,))
    for k in range(n):
        if k % 2:
            path = Path(path.at * x, path.been)
        else:
            path = Path(path.at + x, (path.at, x))
    return sum(path.been) * path.at
