"""Functions with auxiliary results, for test_aux (a plain module: pytest changes test modules)."""

from typing import NamedTuple

import numpy as np

from pullback import grad, value_and_grad


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
    return grad(aux_varies, holomorphic=True)(x)
