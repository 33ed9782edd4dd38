"""Containers in containers that a loop puts others in place of, here and in functions."""

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return rng.normal(size=n), rng.normal()


def last_pair(z, d, c):
    for r in z:
        d["pair"] = (c * r, d["pair"][0])


def left_as_it_is(z, d, c):
    while d["n"] < 3:
        d["n"] += 1
        if d["n"] > 1:
            d["list"] = [c, c * d["n"]]
            d["kind"] = z


@program(vector, wrt=(0, 1), orders=2, numba=True)
def replaced_by_functions(x, c):
    d = {"pair": (0.5, c), "list": [1.0, 2.0], "n": 0, "kind": None}
    last_pair(x, d, c)
    left_as_it_is(x, d, c)
    d["list"][0] *= 3.0
    return d["pair"][0] * d["pair"][1] * d["list"][0] + np.sum(d["kind"] * d["list"][1])


@program(vector, wrt=(0, 1), orders=2)
def replaced_in_generators(x, c):
    """The body of the loop is a function of its own, which binds what is around it."""
    state, best = (0.5, 0.5), {"at": [c]}

    def walk(z):
        for r in z:
            yield r * c

    for v in walk(x):
        state = (v, x)
        if v > 0:
            best["at"] = [v, c]
    best["at"][0] *= 2.0
    return state[0] * np.sum(state[1]) + best["at"][0]


class Optimiser:
    def __init__(self):
        self.state = {"m": [0.0, 0.0], "v": (1.0, 2.0)}
        self.last = []

    def step(self, g):
        self.last = []
        for k in range(2):
            self.state["m"][k] = 0.9 * self.state["m"][k] + g
            self.last.append(self.state["m"][k] * (k + 1))
        self.state["v"] = (self.state["v"][1] * g, g)
        return self.state["m"][0] * self.state["v"][0]


@program(vector, wrt=(0, 1), orders=2)
def replaced_in_objects(x, c):
    optimiser, total = Optimiser(), 0.0
    d = {"s": [c, 1.0], "t": [2 * c, 1.0], "p": {"a": c}}
    for r in x:
        total += optimiser.step(r * c)
        d["s"], d["t"] = d["t"], d["s"]
        d["s"][0] *= c
        d["p"] = {"a": d["p"]["a"] * r + c}
    optimiser.state["m"][1] = x[0]
    inner = d["p"]
    inner["a"] *= 2
    return total + sum(optimiser.state["m"]) * sum(optimiser.last) + d["t"][0] * d["s"][0] * d["p"]["a"]
