"""Operators and comparisons that are refused."""

import numpy as np

from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


def vector(rng, n):
    return (rng.normal(size=n),)


@refused("<< cannot take float, int", "x << 1", number, hint="fit")
def shifted_float(x):
    return x << 1  # refused


@refused("* cannot take float, text", 'x * "wide"', number, hint="convert them first")
def times_a_text(x):
    return x * "wide"  # refused


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


FAST, EXACT = bytearray(b"fast"), bytearray(b"exact")


@refused("bytearray bytearray(b'fast') is compared with bytearray", "FAST == EXACT", number,
         hint="write `is`")  # fmt: skip
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


@refused("float64[3] cannot be in a set", "a in {1.0, 2.0}", lambda rng, n: (1.5,),
         hint="leave it out")  # fmt: skip
def array_in_a_set(x):
    a = np.array([x, x, 1.0])
    return x if a in {1.0, 2.0} else 2 * x  # refused


@refused("int cannot be in str", '2 in "ab"', lambda rng, n: (1.5,), hint="leave it out")
def number_in_text(x):
    return x if 2 in "ab" else 2 * x  # refused


@refused("only supported for keys of dicts and constants", "a in b", lambda rng, n: (1.5,),
         hint="write a loop")  # fmt: skip
def array_in_an_array(x):
    a, b = np.array([x, x]), np.array([x, 1.0])
    return x if a in b else 2 * x  # refused


@refused("operators on lists", "y += np.array([x, 2 * x])", lambda rng, n: (1.5,),
         hint="use an array")  # fmt: skip
def array_added_to_a_list(x):
    y = [x, x]
    y += np.array([x, 2 * x])  # refused
    return y[0]


@refused("int is added in place to an array of bools", "mask += 2",
         lambda rng, n: (rng.normal(size=n),), hint="array of floats")  # fmt: skip
def number_added_to_a_mask(x):
    mask = x > 0
    mask += 2  # refused
    return np.sum(x[mask])


@refused("int is added in place to an array of ints", "k /= 2",
         lambda rng, n: (rng.normal(size=n),), hint="array of floats")  # fmt: skip
def division_of_integers_in_place(x):
    k = np.arange(3)
    k /= 2  # refused
    return np.sum(x * k[0])


@refused("a list where a number or array is needed", "abs([x, x])", lambda rng, n: (1.5,),
         hint="give a number")  # fmt: skip
def absolute_list(x):
    return np.sum(abs([x, x]))  # refused


@refused("numbers of Python have no sum", "x.sum()", lambda rng, n: (1.5,),
         hint="write np.sum(x)")  # fmt: skip
def method_of_a_python_number(x):
    return x.sum()  # refused


@refused("a number or array is needed", '-"ab"', lambda rng, n: (1.5,), hint="give a number")
def negative_text(x):
    return x if -"ab" else 2 * x  # refused


class Steps(int):
    """Integers of one's own."""


FEW = Steps(3)


@refused("is compared with Steps 3", "n == FEW", lambda rng, n: (1.5, 3), hint="fields")
def compared_with_an_odd_number(x, n):
    return x if n == FEW else 2 * x  # refused
