"""Functions whose rules are not what would be derived of them."""

import numpy as np

from pullback import custom_jvp, custom_vjp, stop_gradient


@custom_vjp
def clipped(x):
    """Gives what it is given, and bounds the cotangent."""
    return x


@clipped.defvjp
def clipped_vjp(g, y, x):
    return np.clip(g, -1.0, 1.0)


@custom_jvp
def tripled(x, n):
    return x * n


@tripled.defjvp
def tripled_jvp(tangents, y, x, n):
    return 3.0 * tangents[0]


@custom_vjp
def shifted(x, a=1.0, b=2.0):
    return x * a + b


@shifted.defvjp
def shifted_vjp(g, y, x, a, b):
    return g * a, g * x, g


def through_clipped(x):
    return 5.0 * np.sum(clipped(x * x))


def of_tripled(x):
    return np.sum(tripled(x, 7) ** 2)


def held_partly(x):
    return np.sum(stop_gradient(x) * x)
