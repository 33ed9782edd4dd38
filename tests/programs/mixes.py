"""Derivatives of derivatives as users write them (a plain module: pytest changes test modules).

Each makes a function of a tuple of arguments and of tangents of the same form, whose derivative the
tests take.
"""

import numpy as np

from pullback import grad, jvp


def inner(a, b):
    total = 0.0
    for x, y in zip(a, b):
        total = total + np.sum(x * y)
    return total


def slope(f):
    """The derivative of f at ``args`` along ``v``, by forward mode."""

    def along(args, v):
        return jvp(f, args, v)[1]

    return along


def slope_of_gradient(f, argnums):
    """The derivative of f at ``args`` along ``v``, by reverse mode and an inner product."""

    def along(args, v):
        return inner(grad(f, argnums)(*args), v)

    return along


def curvature(f):
    """The second derivative of f along ``v`` and ``w``, forward over forward; ``zero`` is 0 * v."""

    def first(args, v):
        return jvp(f, args, v)[1]

    def along(args, v, w, zero):
        return jvp(first, (args, v), (w, zero))[1]

    return along
