"""Optimisers in plain Python around a gradient transform that is handed to them, differentiated through.

Each is run with gradients by reverse mode and by forward mode, which find the same; the tests cross
that with the modes that differentiate it. The particle is that of Siskind and Pearlmutter ("Using
programming language theory to make automatic differentiation sound and efficient", 2008), and so is the
saddle, an argmin whose objective is an argmax.
"""

import numpy as np

from pullback import grad, jacfwd, value_and_grad, vjp
from tests.programs.registry import program

BOTH = (grad, jacfwd)


def descend(gradient, f, x, rate, tolerance=1e-9, most=200):
    """Gradient descent until the gradient is small."""
    slope = gradient(f)
    for _ in range(most):
        step = slope(x)
        if np.sum(step * step) < tolerance**2:
            break
        x = x - rate * step
    return x


@program(lambda rng, n: (rng.normal(size=n), 0.5 + rng.random(n)), wrt=(0, 1), orders=2,
         of_derivatives=True)  # fmt: skip
def descent_in_a_loss(centre, k):
    """The minimum of k (z - c)**2 / 2 + z is c - 1 / k; where it started does not matter."""
    total = 0.0
    for gradient in BOTH:
        found = descend(gradient, lambda z: np.sum(k * (z - centre) ** 2 / 2 + z), centre + k, 0.7)
        total += np.sum(found**2)
    return total


def saddle(gradient, a, x):
    """The outer variable at min over u of max over v of u**2 - v**2 + 2 a u v + u x."""

    def best(u):
        at = descend(gradient, lambda v: v**2 - 2 * a * u * v, 0.1 * a, 0.4)
        return u**2 - at**2 + 2 * a * u * at + u * x

    return descend(gradient, best, 1.0 + a, 0.3)


@program(lambda rng, n: (0.7, 1.2), wrt=(0, 1), sizes=(4,), of_derivatives=True)
def argmin_of_an_argmax(a, x):
    """v is a u, so u is - x / (2 (1 + a**2))."""
    return saddle(grad, a, x) + saddle(jacfwd, a, x) ** 2


def crossing(gradient, w):
    """Where a particle crosses the line y = 0, pushed by two charges, of which one is at 5 - w."""
    charges = np.array([[4.0, 5.0 - 1.0 * w], [4.0, 0.0]])
    x, v, dt = np.array([0.0, 3.0]), np.array([0.75, -0.4]), 0.4

    def potential(p):
        total = 0.0
        for charge in charges:
            total = total + 1.0 / np.sqrt(np.sum((p - charge) ** 2))
        return total

    while x[1] + dt * v[1] > 0:
        push = gradient(potential)(x)
        x = x + dt * v
        v = v - dt * push
    return x[0] - x[1] / v[1] * v[0]


@program(lambda rng, n: (0.5,), sizes=(4,), of_derivatives=True)
def particle_across_a_line(w):
    """It is to cross at 0: a step of Newton's method on w steers it, by the outer gradient."""
    at, slope = value_and_grad(lambda q: crossing(jacfwd, q))(w)
    return crossing(grad, w - at / slope) * w


def regression(p, x, y):
    hidden = np.tanh(np.outer(x, p["w"]) + p["b"])
    return np.mean((hidden @ p["v"] - y) ** 2)


def adapted(gradient, loss, p, rate, steps):
    """Some steps of gradient descent on parameters in a dict."""
    for _ in range(steps):
        slopes = gradient(loss)(p)
        p = {name: p[name] - rate * slopes[name] for name in p}
    return p


def by_pullback(f):
    """A gradient transform of one's own."""

    def slope(p):
        value, pull = vjp(f, p)
        return pull(1.0)[0]

    return slope


@program(lambda rng, n: ({"w": rng.normal(size=n), "b": rng.normal(size=n), "v": rng.normal(size=n)},
                         0.1, rng.normal(size=3), rng.normal(size=(2, 3))), wrt=(0, 1),
         sizes=(2, 3), of_derivatives=True)  # fmt: skip
def learned_to_learn(p, rate, x, ys):
    """Model-agnostic meta-learning: the loss behind adaptation to each task, by all that was learned."""
    total = 0.0
    for y, gradient in zip(ys, (jacfwd, by_pullback)):
        own = adapted(gradient, lambda q: regression(q, x[:2], y[:2]), p, rate, 2)
        total += regression(own, x[2:], y[2:])
    return total / len(ys)
