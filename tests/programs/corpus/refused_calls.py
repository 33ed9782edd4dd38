"""Calls, parameters and results that are refused."""

import json
import math

import numpy as np

from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


def vector(rng, n):
    return (rng.normal(size=n),)


def scaled(x, factor):
    return x * factor


@refused("open is not supported", 'open("numbers")', number, hint="call it outside of the function")
def builtin_without_meaning(x):
    return x * len(open("numbers").read())  # refused


@refused("getattr is not supported", 'getattr(values, "append")', number, hint="write .append(...)")
def method_by_its_name_that_changes_a_list(x):
    values = []
    for _ in range(3):
        getattr(values, "append")(x)  # refused
    return sum(values)


@refused("getattr is called with arguments that are not supported", "getattr(x, 1)", number,
         hint="a value, the name of an attribute and a default")  # fmt: skip
def attribute_by_a_number(x):
    return getattr(x, 1)  # refused


@refused("ord fails: ord() expected a character, but string of length 2 found", 'ord("ab")', number,
         hint="give it what it takes")  # fmt: skip
def number_of_two_characters(x):
    return x * ord("ab")  # refused


@refused("float cannot be called here", "x(2)", number, hint="call Python functions")
def call_of_a_number(x):
    return x(2)  # refused


@np.vectorize
def int_or_float(a):
    return a if a > 0 else 0


@refused("np.vectorize takes the dtype from the first result", "int_or_float(x)",
         lambda rng, n: (rng.normal(size=n),), hint="otypes=[float]")  # fmt: skip
def of_two_dtypes(x):
    return np.sum(int_or_float(x) * x)  # refused


@refused("math.dist takes two tuples of one length", "math.dist((x, x), (1.0,))", number,
         hint="np.linalg.norm(p - q)")  # fmt: skip
def distance_of_unlike_points(x):
    return math.dist((x, x), (1.0,))  # refused


@refused("only dicts with constant keys can be unpacked into a call", "factors", vector,
         hint="give the arguments by name")  # fmt: skip
def array_unpacked_into_call(factors):
    return scaled(1.0, **factors)  # refused


@refused("scaled needs an argument 'factor'", "scaled(x)", number, hint="give a value for it")
def argument_missing(x):
    return scaled(x)  # refused


@refused("scaled takes 2 arguments, not 3", "scaled(x, x, x)", number,
         hint="its parameters are x, factor")  # fmt: skip
def too_many_arguments(x):
    return scaled(x, x, x)  # refused


@refused("scaled has no parameter 'by'", "scaled(x, by=2.0)", number,
         hint="its parameters are x, factor")  # fmt: skip
def unknown_parameter(x):
    return scaled(x, by=2.0)  # refused


@refused("scaled is given 'x' twice", "scaled(x, x=2.0)", number, hint="by position or by name")
def argument_twice(x):
    return scaled(x, x=2.0)  # refused


def counter(x):  # refused
    return range(3)


@refused("counter returns a range", "def counter(x):", number, inside=counter,
         hint="return numbers, arrays, or trees of them")  # fmt: skip
def range_from_a_helper(x):
    return x * len(list(counter(x)))


def endless(x):  # refused
    return endless(x)


@refused("endless never returns", "def endless(x):", number, inside=endless, hint="return a value")
def recursion_without_end(x):
    return endless(x)


def nested(x, n):  # refused
    if n == 0:
        return [x]
    return [nested(x, n - 1)]


@refused("a recursive function returns different structures", "def nested(x, n):",
         lambda rng, n: (1.5, 3), inside=nested, hint="lists of one depth")  # fmt: skip
def recursion_over_lists(x, n):
    return nested(x, n)[0][0]


# ---- builtins


@refused("one argument is needed, not 0", "len()", number, hint="give one")
def length_of_nothing(x):
    return x * len()  # refused


@refused("np.asarray is only supported with a dtype", 'np.asarray(x, order="A")', vector,
         hint="write np.array(x, dtype=...)")  # fmt: skip
def asarray_in_an_order(x):
    return np.sum(np.asarray(x, order="A"))  # refused


@refused("print is not supported with 'file'", "print(x, file=None)", number, hint="leave it out")
def print_into_a_file(x):
    print(x, file=None)  # refused
    return x


@refused("isinstance takes a value and a class", "isinstance(x)", number,
         hint="write isinstance(x, float)")  # fmt: skip
def isinstance_without_a_class(x):
    return x if isinstance(x) else 2 * x  # refused


@refused("isinstance needs a class, or a tuple of classes", 'isinstance(x, "float")', number,
         hint="write isinstance(x, (int, float))")  # fmt: skip
def isinstance_of_a_name(x):
    return x if isinstance(x, "float") else 2 * x  # refused


@refused("is one of these classes depends on the call", "isinstance(v, int)", vector,
         hint="convert it first")  # fmt: skip
def class_of_an_int_that_joins_a_float(x):
    v = 1
    for _ in range(5):
        v = x[0] if isinstance(v, int) else 1  # refused
    return v * x[1]


@refused("whether float is one of these classes depends on the call", "isinstance(v, int)", vector,
         hint="convert it first, with float(x)")  # fmt: skip
def class_of_ints_among_floats(x):
    total = 0.0
    for v in [1, 2.5, 3]:
        total += x[0] if isinstance(v, int) else x[1] * v  # refused
    return total


@refused("whether an item of a list is one of these classes", "items.append(k)", vector,
         hint="convert it first, with float(x)")  # fmt: skip
def int_put_among_floats(x):
    total, items = 0.0, [2.5]
    for k in range(len(x)):
        for v in items:
            total += x[k] if isinstance(v, int) else v
        items.append(k)  # refused
    return total


@refused("is one of these classes depends on the call", "isinstance(s, np.floating)", vector,
         hint="convert it first")  # fmt: skip
def class_that_depends_on_the_call(x):
    s = 0.0
    for v in x:
        s = s + v
    return s if isinstance(s, np.floating) else 2 * s  # refused


@refused("the class of a function is not known here", "isinstance(f, float)", number,
         hint="ask it of numbers, arrays and containers")  # fmt: skip
def class_of_a_local_function(x):
    f = lambda v: v * x
    return x if isinstance(f, float) else f(x)  # refused


@refused("np.size is called with arguments that are not supported", "np.size(x, 1)", vector,
         hint="it takes an axis that there is")  # fmt: skip
def size_along_an_axis_that_is_not_there(x):
    return np.sum(x) * np.size(x, 1)  # refused


@refused("np.matmul is given what was computed outside", "x @ weights", vector, hint="annotate it")
def product_with_what_was_read_outside(x):
    weights = json.loads("[1.0, 2.0]")
    return x @ weights  # refused
