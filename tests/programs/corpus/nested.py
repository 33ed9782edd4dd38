"""Derivatives inside functions that are differentiated."""

import numpy as np

from pullback import grad, hessian, hvp, jvp, linearize, value_and_grad, vjp
from tests.programs.registry import program


@program(lambda rng, n: (1.0,), points=(((1.0,), (1.0,)), ((3.0,), (1.0,))), orders=2, numba=True)
def perturbation_confusion(x):
    """The inner derivative is 1, whatever x is: the result is x, its derivative 1."""
    inner = grad(lambda y: x + y)
    return x * inner(1.0)


@program(lambda rng, n: (1.5,), orders=2, numba=True)
def captured_product(x):
    """The inner function captures the outer variable."""
    return x * grad(lambda y: x * y * y)(2.0)


def residual(x, a):
    return x**3 - a * x - 1


@program(lambda rng, n: (1.3,), numba=True)
def newton_with_grad(a):
    x = 2.0
    for _ in range(6):
        value, slope = value_and_grad(residual)(x, a)
        x = x - value / slope
    return x


def energy(x, k):
    return 0.5 * k * np.sum(x**2) + 0.25 * np.sum(x**4)


@program(lambda rng, n: (rng.normal(size=n), 1.5), wrt=(0, 1), numba=True)
def force_squared(x, k):
    force = grad(energy)(x, k)
    return np.sum(force**2)


@program(lambda rng, n: (rng.normal(size=n), 0.8), wrt=(0, 1), numba=True)
def learned_step(x, rate):
    """Gradient descent on an inner loss, differentiated in the start and the rate."""
    for _ in range(3):
        x = x - 0.1 * rate * grad(energy)(x, 1.0)
    return energy(x, rate)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), numba=True)
def directional(x, v):
    value, slope = jvp(energy, (x, 2.0), (v, 0.0))
    return value * slope


@program(lambda rng, n: (0.7,), orders=2, numba=True)
def second_derivative(x):
    def f(y):
        return np.sin(y) * y**3

    return grad(grad(f))(x) * x


@program(lambda rng, n: (0.4, 1.2), wrt=(0, 1), numba=True)
def gradient_in_two(x, y):
    dx, dy = grad(saddle, argnums=(0, 1))(x, y)
    return dx * dy + x


def saddle(x, y):
    return x**3 * y - np.cos(x * y)


@program(lambda rng, n: (0.9,), numba=True)
def grad_in_branch(x):
    slope = grad(lambda y: y**3)(x) if x > 0 else grad(lambda y: y**2)(x)
    return slope * x


def of_copies(x):
    found = [x]
    first = found
    for _ in range(2):
        found = [*first]
        found.append(x * x)
    return found[-1] * found[0]


@program(lambda rng, n: (rng.uniform(0.5, 1.0), rng.normal()), wrt=(0, 1), of_derivatives=True)
def adjoints_of_lists_that_grow(x, v):
    """What a pass takes and what it hands on differ in length."""
    return grad(lambda x, v: grad(of_copies)(x) * v)(x, v)


class Spring:
    def __init__(self, rest, stiffness=1.5):
        self.rest = rest
        self.stiffness = stiffness
        self.turns = 3

    def energy(self, x):
        return np.sum((x - self.rest) ** 2) * self.stiffness**2 * self.turns


@program(lambda rng, n: (rng.normal(size=n),), orders=2, of_derivatives=True)
def known_numbers_in_arguments(x):
    """Floats in containers and objects vary where these are differentiated, known or not."""

    def energy(p):
        return np.sum(p["w"] ** 2) * p["b"][0] ** 2 * p["n"]

    p = {"w": x, "b": (0.5, "half"), "n": 2}
    slope = grad(energy)(p)["b"][0]
    bend = hvp(energy, (p,), ({"w": x, "b": (2.0, None), "n": 0},))["b"][0]
    along = jvp(lambda t, s: t[0] ** 2 * t[1] * s * x, ([3.0, 2.0], 1.5), ([1.0, 0.5], 1))[1]
    y, push = linearize(lambda d, s: d["x"] * d["k"] * s, {"x": x, "k": 2.0}, 3.0)
    fixed = push(None, 1.0) * push({"x": y, "k": None}, None)
    spring = grad(Spring.energy)(Spring(x * 0.5), x)
    _, pull = vjp(lambda t, k: t[0] * t[1] * x * k, (1.5, 2.0), 2)
    bars, none = pull(along)
    block = hessian(energy)(p)["b"][0]["w"]
    product = slope * bend + bars[0] * bars[1] + none
    return product + np.sum(along) * spring.stiffness + np.sum(block * x + fixed)
