"""Arguments and results in tuples, lists, dicts, named tuples and dataclasses."""

import dataclasses
from collections import namedtuple
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: ((rng.normal(size=n), 0.5), rng.normal(size=n)), wrt=(0, 1))
def tuple_argument(params, x):
    w, b = params
    return np.sum(np.tanh(w * x + b))


@program(
    lambda rng, n: ({"W": rng.normal(size=(3, n)), "b": rng.normal(size=3)}, rng.normal(size=n)),
    wrt=(0, 1),
)  # fmt: skip
def dict_argument(params, x):
    h = params["W"] @ x + params["b"]
    return np.sum(h**2) + penalty(params)


def penalty(params):
    total = 0.0
    for name, p in params.items():
        if name != "b":
            total += np.sum(p**2)
    return 0.1 * total


@program(
    lambda rng, n: (
        [(rng.normal(size=(n, 3)), rng.normal(size=n)), (rng.normal(size=(1, n)), np.zeros(1))],
        rng.normal(size=3),
    ),
    wrt=(0,),
)  # fmt: skip
def list_of_layers(layers, x):
    for W, b in layers:
        x = np.tanh(W @ x + b)
    return np.sum(x)


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1))
def tuple_result(x, a):
    return np.sum(x) * a, (x * a, a * a)


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1))
def dict_result(x, a):
    out = {"loss": np.sum(x**2) * a}
    out["scaled"] = x * a
    return out


@program(lambda rng, n: ((1.5, (0.5, 2.0)), {"a": 0.3, 1: (0.2,)}), wrt=(0, 1))
def nested_trees(p, q):
    x, (y, z) = p
    return x * y + z * q["a"] + q[1][0] ** 2 * x


@program(lambda rng, n: ((0.5, -1.0, 2.0), n), wrt=(0,))
def tuple_indexed_dynamically(points, steps):
    s = 0.0
    for k in range(steps):
        s = s * 0.9 + points[k % 3] ** 2
    return s


@program(lambda rng, n: ({"x": 0.5, "n": 3, "name": "run", "on": True}, 2.0), wrt=(0, 1))
def mixed_leaves(config, a):
    """Numbers that are no floats, strings and bools are inactive."""
    y = config["x"] ** config["n"]
    if config["on"] and config["name"] == "run":
        y = y * a
    return y


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), numba=True)
def tree_carried(x, a):
    state = {"m": 0.0, "v": (x, 0.0)}
    for _ in range(3):
        y, s = state["v"]
        state = {"m": state["m"] + np.sum(y), "v": (y * a, s + a)}
    return state["m"] * state["v"][1]


@program(lambda rng, n: (1.5, 2.0, 0.5), wrt=(0, 1, 2), numba=True)
def starred_names(x, y, z):
    first, *rest = x, y, z
    (second, *others), third = rest, first
    total = 0.0
    for v in rest:
        total = total + v * second
    others.append(total)
    return others[0] * others[1] + third * len(rest)


# ---- named tuples and dataclasses

Point = namedtuple("Point", "x y")


class Layer(NamedTuple):
    W: np.ndarray
    b: np.ndarray
    act: str = "tanh"

    def apply(self, x):
        z = self.W @ x + self.b
        return np.tanh(z) if self.act == "tanh" else z


@dataclass
class Params:
    w: np.ndarray
    b: float = 0.5
    power: int = 2
    name: str = "run"
    on: bool = True

    @property
    def scale(self):
        return 2.0 * self.b

    def energy(self, x):
        return np.sum((self.w * x) ** self.power) * self.scale


@dataclass(frozen=True, slots=True)
class Net:
    layers: list
    last: Layer
    rate: float = field(default=0.1, kw_only=True)


def draw_net(rng, n):
    first = Layer(rng.normal(size=(3, n)), rng.normal(size=3))
    second = Layer(rng.normal(size=(2, 3)), np.ones(2))
    return Net([first, second], Layer(rng.normal(size=(1, 2)), np.zeros(1), "id"), rate=0.3)


@program(lambda rng, n: (Params(rng.normal(size=n)), rng.normal(size=n)), wrt=(0, 1))
def dataclass_argument(p, x):
    y = p.energy(x) if p.on else 0.0
    if p.name == "run":
        y = y + p.b
    return y


@program(lambda rng, n: (draw_net(rng, n), rng.normal(size=n)), wrt=(0, 1))
def nested_net(net, x):
    for layer in net.layers:
        x = layer.apply(x)
    W, b, _ = net.last
    return np.sum(W @ x + b) * net.rate


@program(lambda rng, n: (Point(rng.normal(), 0.5), 3), wrt=(0,))
def named_tuple_is_a_tuple(p, n):
    x, *rest = p
    total, y = 0.0, rest[0]
    for v in p:
        total += v**2
    for k in range(n):
        total += p[k % len(p)] * x
    return total + p[-1] * sum_of(*p) + np.array(p)[0] * p.y * y


def sum_of(x, y):
    return x + y


@program(lambda rng, n: (Params(rng.normal(size=n)), 0.5), wrt=(0, 1))
def replaced(p, a):
    q = dataclasses.replace(p, w=p.w * a, b=a)
    point = Point(p.b, y=a)._replace(x=q.b * p.b)
    return q.energy(p.w) + point.x * point.y


@program(lambda rng, n: (Params(rng.normal(size=n)), 0.5), wrt=(0, 1))
def made_and_returned(p, a):
    q = Params(p.w * a, power=3)
    return q, Layer(p.w, b=q.w + p.b), {"point": Point(a, y=(q.b * a,))}


@program(lambda rng, n: (Point(rng.normal(), rng.normal()), 0.1, n), wrt=(0, 1))
def leapfrog(state, h, n):
    """A named tuple carried by a loop, made anew at each step."""
    for _ in range(n):
        p = state.y - h * np.sin(state.x)
        state = Point(state.x + h * p, p)
    return state


@program(lambda rng, n: (Params(rng.normal(size=n)), rng.normal(size=n), 0.3), wrt=(0, 1))
def chosen_record(p, x, a):
    q = Point(np.sum(x), a)
    if np.sum(p.w) > 0:
        q = q._replace(x=p.b)
    r = p if a > 1 else dataclasses.replace(p, b=a * p.b)
    return r.energy(x) * (q.x if isinstance(r, Params) else 0.0)


@program(lambda rng, n: (rng.normal(size=n), n), sizes=(3, 5), numba=True)
def dict_of_state(x, n):
    """Items of a dict change by augmented assignment: a number is rebound, an array written to."""
    state = {"position": x[0], "field": x * 2}
    for i in range(n):
        state["position"] += x[i] * 0.5
        state["field"] *= 0.9
        state["field"] += state["position"]
    return state["position"] * np.sum(state["field"])
