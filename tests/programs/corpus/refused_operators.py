"""Operators and comparisons that are refused."""

import numpy as np

from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


def vector(rng, n):
    return (rng.normal(size=n),)


@refused("operator << is not supported", "n << 1", lambda rng, n: (1.5, n), hint="power of 2")
def shifted_bits(x, n):
    return x * (n << 1)  # refused


@refused("operators on lists", "values - values", lambda rng, n: ([1.0, 2.0],), hint="append")
def difference_of_lists(values):
    return (values - values)[0]  # refused


@refused("None and float cannot be ordered", "bound < x", lambda rng, n: (1.5, None),
         hint="compare numbers that they hold")  # fmt: skip
def none_in_order(x, bound):
    return x if bound < x else 2 * x  # refused


@refused("lists are compared", "values < values", lambda rng, n: ([1.0, 2.0],),
         hint="compare their elements in a loop")  # fmt: skip
def order_of_lists(values):
    return values[0] if values < values else values[1]  # refused


class Mode:
    pass


FAST, EXACT = Mode(), Mode()


@refused("a Mode is compared with a Mode", "FAST == EXACT", number, hint="write `is`")
def comparison_of_objects(x):
    return x if FAST == EXACT else 2 * x  # refused


@refused("float64[:] is compared with None", "x == None", vector, hint="`is None`")
def array_compared_with_none(x):
    return np.sum(x) if x == None else 1.0  # refused # noqa: E711


@refused("`in` is only supported for keys of dicts and constants", "2.0 in x * x[:, None]", vector,
         hint="write a loop")  # fmt: skip
def member_of_matrix(x):
    return np.sum(x) if 2.0 in x * x[:, None] else 1.0  # refused


@refused("multiplied in place by what is no matrix", "y @= x", lambda rng, n: (rng.normal(size=n),),
         hint="write x = x @ y")  # fmt: skip
def product_in_place(x):
    """NumPy raises where the shape would be another one, and never broadcasts."""
    y = x * x[:, None]
    y @= x  # refused
    return np.sum(y)
