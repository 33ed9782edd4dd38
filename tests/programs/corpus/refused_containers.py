"""Containers and loops that are refused."""

import numpy as np

from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


def vector(rng, n):
    return (rng.normal(size=n),)


@refused("float has no length", "len(x)", number, hint="arrays, lists, tuples and dicts have one")
def length_of_a_number(x):
    return x * len(x)  # refused


@refused("float cannot be unpacked", "a, b", number, hint="unpack a tuple, a list or an array")
def number_unpacked(x):
    a, b = x  # refused
    return a * b


@refused("3 values for 2 names", "a, b", number, hint="write a name for each value")
def too_many_values(x):
    a, b = x, 2 * x, 3 * x  # refused
    return a * b


@refused("1 values for at least 2 names", "a, b, *rest", number, hint="at most one name for each value")
def too_few_values(x):
    a, b, *rest = (x,)  # refused
    return a * b


@refused("only tuples and fixed lists can be unpacked into a call", "*x", vector,
         hint="write the items one by one")  # fmt: skip
def array_unpacked_into_arguments(x):
    return np.hypot(*x)  # refused


@refused("range takes one to three integers", "range()", number, hint="write range(n)")
def range_of_nothing(x):
    for _ in range():  # refused
        x = x * x
    return x


@refused("range of float", "range(x)", number, hint="convert it with int()")
def range_of_a_float(x):
    total = 0.0
    for i in range(x):  # refused
        total += x * i
    return total


@refused("enumerate from a computed start", "enumerate((x, \"y\"), n)", lambda rng, n: (1.5, n),
         hint="add the start to the number")  # fmt: skip
def enumerate_from_a_computed_start(x, n):
    for k, v in enumerate((x, "y"), n):  # refused
        x = x * k
    return x


@refused("zip is only supported without keywords", "zip(x, x, strict=True)", vector,
         hint="compare the lengths first")  # fmt: skip
def strict_zip(x):
    total = 0.0
    for a, b in zip(x, x, strict=True):  # refused
        total += a * b
    return total


@refused("a loop over 33 items of different kinds", "(x, \"a\", *range_of_names)", number,
         hint="put items of one kind into the sequence")  # fmt: skip
def long_loop_over_unlike_items(x):
    range_of_names = ("a",) * 31
    for v in (x, "a", *range_of_names):  # refused
        x = x * 2
    return x


@refused("a loop over items of different kinds cannot be left early", "for v in (x, \"a\"):", number,
         hint="put items of one kind into the sequence")  # fmt: skip
def loop_over_unlike_items_left_early(x):
    for v in (x, "a"):  # refused
        if x > 1:
            break
        x = x * 2
    return x
