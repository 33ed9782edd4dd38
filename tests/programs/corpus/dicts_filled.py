"""Dicts of entries of unlike kinds that are put in when they are first needed, or in one branch."""

import numpy as np

from tests.programs.registry import program


class Adam:
    """Its state begins empty."""

    def __init__(self, rate):
        self.rate, self.m, self.v, self.t = rate, {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for k, p in params.items():
            if k not in self.m:
                self.m[k] = np.zeros_like(p)
                self.v[k] = np.zeros_like(p)
            g = grads[k]
            self.m[k] = 0.9 * self.m[k] + 0.1 * g
            self.v[k] = 0.99 * self.v[k] + 0.01 * g * g
            mean, square = self.m[k] / (1 - 0.9**self.t), self.v[k] / (1 - 0.99**self.t)
            params[k] = p - self.rate * mean / (np.sqrt(square) + 1e-3)


class Momentum:
    def __init__(self):
        self.v = {}

    def step(self, params, grads):
        if not self.v:
            for k in params:
                self.v[k] = np.zeros_like(params[k])
        for k in params:
            self.v[k] = 0.9 * self.v[k] + grads[k]
            params[k] = params[k] - 0.1 * self.v[k]


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n), 3), wrt=(0, 1), orders=2,
         points=[((np.eye(2), np.array([0.5, -0.5]), 0), None)])  # fmt: skip
def optimisers_with_lazy_state(w, b, steps):
    total = 0.0
    for optimiser in (Adam(0.1), Momentum()):
        params = {"w": w, "b": b, "s": 1.5}
        for _ in range(steps):
            optimiser.step(params, {k: np.cos(p) + p * p for k, p in params.items()})
        total = total + np.sum(params["w"]) * np.sum(params["b"]) * params["s"]
        if "b" in optimiser.v:
            total = total + np.sum(optimiser.v["b"]) * optimiser.v["s"]
    return total


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n), 1), orders=2,
         points=[((np.array([0.7, 1.2, 0.4]), k), None) for k in (-1, 0, 2)])  # fmt: skip
def entries_that_may_be_missing(x, k):
    """Put in by a branch, asked for, with a default, taken out; by two names; KeyErrors."""
    known = {"first": x[0]}
    also = known
    if k > 0:
        known["all"] = x * 2
    if k > 1:
        also["name"] = "deep"
    total = np.sum(known.get("all", 0.5)) * known["first"]
    try:
        total = total + np.sum(also["all"] ** 2)
    except KeyError:
        total = total * 2
    known["first"] += x[1]
    if known.get("name") == "deep" and "all" in known:
        known["all"][0] = total
        total = total + np.sum(also["all"])
    rest = known.pop("all", x[1])
    sums = {}
    for i in range(3):
        sums.setdefault("list", []).append(x[0] * i)
        sums.setdefault("vector", x * 1.0)
        sums["vector"] *= x
        sums["count"] = sums.get("count", 0) + 1
        if i != 1:
            sums["last"] = total
        else:
            del sums["last"]
    total = total + np.sum(rest) * ("all" not in also) + known["first"] * sums["last"]
    return total + sum(sums["list"]) * np.sum(sums["vector"]) * sums["count"]


@program(lambda rng, n: (rng.normal(size=n),), sizes=(4, 1), orders=2)
def from_keys(x):
    """One value for all keys, which is one list or array for all of them."""
    counts, shared = dict.fromkeys(("a", "b"), x[0]), dict.fromkeys("ab", [])
    counts["a"] *= 2.0
    shared["a"].append(x[-1])
    by_place = dict.fromkeys(range(len(x)), 0.0)
    for k, v in enumerate(x):
        by_place[k] += v * by_place.get(k - 1, 1.0) + v
    held = dict.fromkeys(by_place, np.zeros(2))
    held[0][1] = x[0]
    unset = dict.fromkeys("cd")
    for name in unset:
        unset[name] = x[-1] ** 2
    total = counts["a"] * counts["b"] * sum(shared["b"]) + sum(by_place.values())
    return total + held[len(x) - 1][1] * unset["d"]
