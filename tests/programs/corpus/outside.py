"""Calls of what is not compiled: functions without rule or source, objects, and rules of the user's."""

import bisect
import json
import math
import textwrap
from types import SimpleNamespace
from typing import Annotated

import numpy as np
import scipy.integrate
import scipy.interpolate
import scipy.optimize
import scipy.special

from pullback import grad, primitive
from tests.programs.registry import program

KNOTS = np.linspace(0.0, 3.0, 13)
SPLINE = scipy.interpolate.CubicSpline(KNOTS, np.sin(KNOTS))
SETTINGS = SimpleNamespace(rate=0.5, offsets=[1.0, 2.0], name="square")
CONFIG = '{"rate": 3.0, "mode": "square", "steps": 2, "weights": [1.0, 2.0]}'


def vector(rng, n):
    return (rng.uniform(0.2, 0.8, n),)


@program(vector)
def constants_from_outside(x):
    """Numbers of functions without a rule, of objects, and of Python's library."""
    weights = scipy.special.ndtri(0.7) + scipy.special.j0(np.arange(len(x)) * 1.0)
    height = float(SPLINE(1.5)) + np.interp(0.4, KNOTS, KNOTS)
    k = int(bisect.bisect([1.0, 2.0, 3.0], 2.5))
    return np.sum(weights * x**k) * height + SPLINE(0.5) * math.comb(4, 2) * x[0]


@program(vector)
def settings_read_at_run_time(x):
    config = json.loads(CONFIG)
    y = x * len(json.dumps([1, 2.0])) / len(textwrap.dedent("  text"))
    if config["mode"] == SETTINGS.name and config.get("nothing") is None:
        y = x * y
    for _ in range(int(config["steps"])):
        y = y * config["rate"] * SETTINGS.rate
    first, second = config["weights"]
    for weight in config["weights"]:
        y = y + weight * x * float(first)
    print(f"{config['mode']} {SETTINGS.rate:.1f}", config["weights"], second)
    return np.sum(y) + config["weights"][1] * x[0] + SETTINGS.offsets[1] * x[1]


@program(vector)
def arrays_from_outside(x):
    heights: Annotated[np.ndarray, "f64[n]"] = SPLINE(np.arange(len(x)) / 4)
    slope: float = SPLINE.derivative()(0.3).item()
    total = 0.0
    for k in range(len(x)):
        total = total + heights[k] * x[k] ** 2 * float(SPLINE(0.1 * k))
    return total * slope


@program(vector)
def arrays_from_outside_in_each_pass(x):
    """A loop binds a name to another array of an object's in each pass."""
    total = 0.0
    for k in range(2):
        heights: Annotated[np.ndarray, "f64[n]"] = SPLINE((np.arange(len(x)) + k) / 4)
        total += heights[k] * np.sum(x**2)
    while True:
        slopes: Annotated[np.ndarray, "f64[n]"] = SPLINE.derivative()(np.arange(len(x)) / 4)
        if total > 0:
            return total * heights[-1] * slopes[0] * x[1]
        total += 1


normal_quantile = primitive(scipy.special.ndtri)


@normal_quantile.defvjp
def normal_quantile_vjp(g, y, p):
    return g * np.sqrt(2 * np.pi) * np.exp(y * y / 2)


@program(vector, orders=2)
def ufunc_with_rule(x):
    return np.sum(normal_quantile(x * x) * x)


SCALE = 1.5


@primitive(returns="x")
def looked_up(x, kind, scale):
    return getattr(np, kind)(np.asarray(x)) * scale


@looked_up.defvjp
def looked_up_vjp(g, y, x, kind, scale):
    """In terms of itself; what it captures is an input."""
    rise = looked_up(x, "cos", SCALE) if kind == "sin" else -looked_up(x, "sin", SCALE)
    return g * rise / SCALE * scale, None, np.sum(g * y / scale)


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1), orders=2)
def rule_by_itself(x, w):
    y = looked_up(x * w, "sin", w)
    for k in range(3):
        y = y + looked_up(y, "cos", w + k) * x[k]
    return np.sum(y * x)


@primitive
def product(a: float, b: float) -> float:
    return float(np.multiply(a, b))


@product.defjvp
def product_jvp(tangents, y, a, b):
    da, db = tangents
    if a == 0:
        return da * b
    return da * b + a * db


@program(lambda rng, n: (0.7, n), orders=2)
def rule_by_tangents(x, n):
    s = 1.0
    for k in range(n):
        s = product(s, product(x, s) + k)
    return product(s, 2.0) + product(x, x)


wright = primitive(scipy.special.wrightomega)


@wright.defpartials
def wright_partials(y, x):
    return y / (1 + y)


@primitive(returns="x")
def stretched(x, z, k):
    return np.exp(np.asarray(x) * z) * k


@stretched.defpartials
def stretched_partials(y, x, z, k):
    return y * z, y * x, None


@primitive(returns="x")
def turned(x, z):
    return x * np.sin(z)


@turned.defvjp
def turned_vjp(g, y, x, z):
    return g * np.sin(z), g * x * np.cos(z)


@program(lambda rng, n: (rng.normal(size=(n, 2)), rng.normal(size=(n, 1))), wrt=(0, 1), sizes=(3, 1))
def rule_of_a_column_beside_a_matrix(X, z):
    return np.sum(turned(X, z) ** 2)


@primitive(returns="b")
def solved(a, b, kind):
    return np.linalg.solve(a, b)


@solved.defcomposite
def solved_by_inverse(a, b, kind):
    return np.linalg.inv(a) @ b


@primitive
def power(x: float, n: int) -> float:
    return float(np.power(x, n))


@power.defcomposite
def power_in_a_loop(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


@program(lambda rng, n: (rng.uniform(0.2, 0.8, n),), orders=2)
def rules_by_partials_and_definitions(x):
    """Also of numbers, of an argument that is broadcast, and inside of a derivative."""
    y = solved(np.outer(x, x) + np.eye(len(x)), wright(x), "exact")
    s = wright(x[0]) * power(x[1], 3)
    for k in range(1, 4):
        y = stretched(y, s, k) / (2 * k)
    return np.sum(y) + grad(lambda t: wright(t) * power(t, 2))(s)


def mean_of(f, k):
    return scipy.integrate.quad(f, 0.0, 1.0, args=(k,))[0]


@program(lambda rng, n: (rng.uniform(0.2, 0.8, n), n), orders=2)
def functions_given_outside(x, n):
    """Functions that are made inside, with what they capture and their defaults, called by others."""
    weights = np.arange(n)

    def decay(t, k, scale=n, *, shift=0.5):
        return scale * math.exp(-k * t) + shift * weights[-1]

    steep = lambda t: n * t
    s = mean_of(decay, 2.0) + scipy.integrate.quad(lambda t: steep(t) ** 2, 0, 1)[0]
    s -= scipy.integrate.quad(lambda t: t + n, 0, 1)[0] - scipy.integrate.quad(lambda t: t - n, 0, 1)[0]
    for k in range(n):
        s += scipy.optimize.brentq(lambda t, k=k: t * t - k - 1, 0, 10)
    return np.sum(x**2) * s
