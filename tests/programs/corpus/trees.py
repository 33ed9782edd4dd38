"""Arguments and results in tuples, lists and dicts."""

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


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1))
def tree_carried(x, a):
    state = {"m": 0.0, "v": (x, 0.0)}
    for _ in range(3):
        y, s = state["v"]
        state = {"m": state["m"] + np.sum(y), "v": (y * a, s + a)}
    return state["m"] * state["v"][1]


@program(lambda rng, n: (1.5, 2.0, 0.5), wrt=(0, 1, 2))
def starred_names(x, y, z):
    first, *rest = x, y, z
    (second, *others), third = rest, first
    total = 0.0
    for v in rest:
        total = total + v * second
    others.append(total)
    return others[0] * others[1] + third * len(rest)
