"""Derivatives of functions that take derivatives, with what is known of them: nothing is confused.

The first is that of Siskind and Pearlmutter ("Perturbation confusion and referential transparency",
2005); ``shifted_twice`` that of Manzyuk et al. ("Perturbation confusion in forward automatic
differentiation of higher-order functions", 2019).
"""

import numpy as np

from pullback import grad, jvp, linearize, value_and_grad, vjp
from tests.programs.registry import program


def by_jvp(f, x):
    return jvp(f, (x,), (1.0,))[1]


def by_vjp(f, x):
    return vjp(f, x)[1](1.0)[0]


def by_linearize(f, x):
    return linearize(f, x)[1](1.0)


def by_grad(f, x):
    return grad(f)(x)


WAYS = (by_grad, by_jvp, by_vjp, by_linearize)


@program(lambda rng, n: (1.5,), points=(((1.5,), (16.0,)), ((-1.0,), (-4.0,))), orders=3, numba=True)
def confused_in_all_modes(x):
    """x * d/dy (x + y) is x, x * d/dy (x * y) is x**2, by each mode."""
    total = 0.0
    for d in WAYS:
        total = total + x * d(lambda y: x + y, x) + x * d(lambda y: x * y, 2.0)
    return total


@program(lambda rng, n: (0.75,), points=(((0.75,), (576.0 * 0.75**2,)),), orders=2, numba=True)
def three_levels(x):
    """d/dz (x y z**2) at 3 is 6 x y; d/dy (x y * 6 x y) at 2 is 24 x**2."""
    total = 0.0
    for k, outer in enumerate(WAYS):
        for inner in (WAYS[k], WAYS[k - 1]):
            total += x * outer(lambda y: x * y * inner(lambda z: x * y * z**2, 3.0), 2.0)
    return total


def shifted_by(u):
    return lambda f: lambda x: f(x + u)


def derivative(f):
    return lambda x: grad(lambda u: shifted_by(u)(f)(x))(0.0)


def tangent(f):
    return lambda x: jvp(lambda u: shifted_by(u)(f)(x), (0.0,), (1.0,))[1]


@program(lambda rng, n: (0.4,), points=(((0.4,), (32 * np.exp(0.8) + 24,)),), orders=2, numba=True)
def shifted_twice(x):
    """The derivative of a function that gives functions: of f twice it is f'', 4 exp(2 x) + 6 x."""
    f = lambda t: np.exp(2 * t) + t**3
    total = derivative(derivative(f))(x)
    for first, second in ((derivative, tangent), (tangent, derivative), (tangent, tangent)):
        total += second(first(f))(x)
    return total


def force_of(k, around):
    return lambda x: around * grad(lambda x: k * x**2)(x)


class Spring:
    """Holds functions that were made of what it was made with."""

    def __init__(self, k):
        self.k = k
        self.forces = []

    def remember(self, around):
        self.forces.append(force_of(self.k, around))


@program(lambda rng, n: (1.25,), points=(((1.25,), (36 * 1.25**2,)),), orders=2, numba=True)
def stored_and_called_later(x):
    """Closures that hold x are called inside of a derivative: d/dy (k x * 2 x y * x) is 2 k x**3."""
    spring = Spring(x)
    for k in range(1, 4):
        spring.remember(x * k)
    total = 0.0
    for force in spring.forces:
        total += grad(lambda y: force(y) * x)(x * 0.5)
    return total


@program(lambda rng, n: (0.6,), points=(((0.6,), (1.18**4 + 1.44 * 1.18**3,)),), orders=2, numba=True)
def confused_in_loops(x):
    """y + x/4 d/dy (x y**2) is y (1 + x**2 / 2), four times, until the data say so."""
    y, steps = x, 0
    while steps < 4 and y < 5.0:
        value, slope = value_and_grad(lambda y: x * y * y)(y)
        y = y + x * slope / 4
        steps += 1
    return y
