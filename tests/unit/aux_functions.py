"""Functions with auxiliary results, for test_aux (a plain module: pytest changes test modules)."""

from typing import NamedTuple

import numpy as np

from pullback import grad, jvp, value_and_grad


class Log(NamedTuple):
    z: np.ndarray
    steps: int


def tells_all(w, x):
    z = w * x
    log = Log(z, 3)
    aux = {"log": log, "w": w, "same": z, "name": "run", "n": 3, "on": True, "none": None}
    aux["parts"] = [z[0], ()]
    return np.sum(z**2), aux


def aux_varies(x):
    y = x * x
    return y, y


def constant_value(x):
    return 1.0, x


def uses_aux(w, x):
    d, aux = grad(tells_all, has_aux=True)(w, x)
    (value, more), e = value_and_grad(tells_all, has_aux=True)(w, x)
    return np.sum(d * aux["log"].z) + value + np.sum(more["w"] * e)


@grad(has_aux=True)
def decorated(x):
    return x**2, {"x": x}


derivative = value_and_grad(aux_varies, has_aux=True)


def calls_derivative(x):
    (value, aux), slope = derivative(x)
    return slope + aux * 0.5 + value * 0.5


def no_pair(x):
    return x


def list_pair(x):
    return [x, x]


def three(x):
    return x, x, x


def turned_round(x):
    return {"x": x}, x


def unknown_parameter(x):
    return grad(aux_varies, allow_int=True)(x)


def by_name(x, w, *, scale=2.0, told):
    """A pair of results, and what it was told."""
    y = np.sin(x) * w * scale
    return (np.sum(y), y), {"y": y, "told": told, "nothing": None}


def directional(x):
    value, moves, aux = jvp(by_name, (x, x), (x, x), has_aux=True, keywords={"told": "inside"})
    return moves[0] * np.sum(aux["y"]) + value[0]


def only_by_name(x, *, weights, mode="sum"):
    return np.sum(x**3 * weights) if mode == "sum" else np.mean(x**2)


def scaled_cube(x, scale=2.0):
    return x**3 * scale
