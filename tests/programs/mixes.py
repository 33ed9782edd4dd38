"""Derivatives of derivatives as users write them (a plain module: pytest changes test modules).

Each makes a function of a tuple of arguments and of tangents of the same form, whose derivative the
tests take.
"""

import dataclasses

import numpy as np

from pullback import checkpoint, grad, jvp


def inner(a, b):
    """The inner product of two trees; None, strings and what is 0 for all ints have no part in it."""
    if a is None or isinstance(a, int) or isinstance(b, str):
        return 0.0
    if dataclasses.is_dataclass(a):
        a, b = dataclasses.astuple(a), dataclasses.astuple(b)
    if hasattr(a, "__dict__") and not callable(a):
        a, b = vars(a), vars(b)
    if isinstance(a, dict):
        a, b = tuple(a.values()), tuple(b.values())
    if isinstance(a, (tuple, list)):
        total = 0.0
        for x, y in zip(a, b):
            total = total + inner(x, y)
        return total
    return np.sum((a * b).real)


def weighted(f, cotangent):
    """A scalar function of the arguments of f, where f gives more than a number."""

    def product(*args):
        return inner(f(*args), cotangent)

    return product


def region(f):
    """f as a region that the reverse sweep runs again."""

    def again(*args):
        return checkpoint(f)(*args)

    return again


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


def slope_again(first):
    """The derivative of ``first``, a derivative along ``v``, along ``w``, by forward mode."""

    def along(args, v, w):
        return jvp(first, (args, v), (w, None))[1]

    return along


def slope_by_gradient_again(first):
    """The derivative of ``first``, a derivative along ``v``, along ``w``, by reverse mode."""

    def along(args, v, w):
        return inner(grad(first)(args, v), w)

    return along
