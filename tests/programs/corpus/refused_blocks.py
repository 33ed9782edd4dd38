"""Blocks for adjoints that cannot be taken."""

import numpy as np

from pullback import gradient_of, jvp
from pullback import gradient_of as other_name
from tests.programs.registry import refused


def vector(rng, n):
    return (rng.uniform(0.2, 0.8, n),)


def clipped(h):
    with gradient_of(h) as g:  # refused
        g = np.clip(g, -1.0, 1.0)
    return h


def watched(h):
    with gradient_of(h) as g:  # refused
        print(g)


@refused("a block replaces the adjoint of h", "with gradient_of(h) as g:", vector,
         hint="use reverse mode", inside=clipped)  # fmt: skip
def tangent_through_a_block(x):
    return jvp(lambda v: np.sum(clipped(v)), (x,), (x,))[1]


@refused("nothing in watched depends on h behind the block", "with gradient_of(h) as g:", vector,
         hint="return it and use what the function returns", inside=watched)  # fmt: skip
def block_of_what_is_left(x):
    y = x * 2
    watched(y)
    return np.sum(y)


@refused("gradient_of takes one value", "gradient_of(x)", vector, hint="one block for each value")
def block_of_two(x):
    y = x * 2
    with gradient_of(x) as g, gradient_of(y) as h:  # refused
        g = g + h
    return np.sum(y)


@refused("gradient_of takes floats and arrays of floats, not int", "n", vector,
         hint="leave the block out")  # fmt: skip
def block_of_an_integer(x):
    n = len(x)
    with gradient_of(n) as g:  # refused
        g = g * 2
    return np.sum(x) * n


@refused("x * 2 is nothing that this function has a name for", "x * 2", vector, hint="h = x * 2")
def block_of_an_expression(x):
    with gradient_of(x * 2) as g:  # refused
        g = g * 2
    return np.sum(x)


@refused("x[1] is a value of its own where it is read", "x[1]", vector, hint="h = x[1]")
def block_of_an_element(x):
    with gradient_of(x[1]) as g:  # refused
        g = g * 2
    return np.sum(x)


@refused("gradient_of goes by another name here", "other_name(x)", vector, hint="call it gradient_of")
def block_by_another_name(x):
    with other_name(x) as g:  # refused
        g = g * 2
    return np.sum(x)


@refused("a block for an adjoint assigns to n", "n", vector, hint="use another name in the block")
def block_that_counts(x):
    n = 0
    for _ in range(3):
        x = x * 2
        with gradient_of(x) as g:
            g = g / 2
            n += 1  # refused
    return np.sum(x) * n


@refused("a block for an adjoint is left here", "break", vector, hint="let it end")
def block_that_is_left(x):
    for _ in range(3):
        x = x * 2
        with gradient_of(x) as g:
            if g[0] > 3:
                break  # refused
    return np.sum(x)


@refused("a block for an adjoint changes what the function knows", "gradient_of(x)", vector,
         hint="change the adjoint alone")  # fmt: skip
def block_that_writes_elsewhere(x):
    y = x * 2
    with gradient_of(x) as g:  # refused
        y[0] = g[0]
    return np.sum(x * y)


@refused("a cotangent that is float for a value that is float64[:]", "g", vector, hint="np.ones_like")
def block_that_gives_another_form(x):
    with gradient_of(x) as g:  # refused
        g = 0.0
    return np.sum(x)
