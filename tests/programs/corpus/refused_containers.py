"""Containers and loops that are refused."""

import math

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


@refused("zip(strict=True) in a loop that may be left before its end", "zip(x, x, strict=True)", vector,
         hint="compare the lengths first")  # fmt: skip
def strict_zip_that_is_left(x):
    total = 0.0
    for a, b in zip(x, x, strict=True):  # refused
        if a > 1.0:
            break
        total += a * b
    return total


@refused("zip(strict=True) where the ValueError that it may raise is caught", "zip(x, x, strict=True)",
         vector, hint="compare the lengths first")  # fmt: skip
def strict_zip_that_is_caught(x):
    total = 0.0
    try:
        for a, b in zip(x, x, strict=True):  # refused
            total += a * b
    except ValueError:
        total = 1.0
    return total


@refused("a loop over 33 items of different kinds", "(x, \"a\", *range_of_names)", number,
         hint="put items of one kind into the sequence")  # fmt: skip
def long_loop_over_unlike_items(x):
    range_of_names = ("a",) * 31
    for v in (x, "a", *range_of_names):  # refused
        x = x * 2
    return x


@refused("a loop over items of different kinds stands where errors are caught",
         "for v in map(lambda u: math.log(u) if u is not None else 1.0, (x, None)):", number,
         hint="put items of one kind into the sequence")  # fmt: skip
def loop_over_unlike_items_tried(x):
    y = x
    try:
        for v in map(lambda u: math.log(u) if u is not None else 1.0, (x, None)):  # refused
            y = y * 2
            y = y * math.sqrt(v)
    except ValueError:
        y = -y
    return y


# ---- subscripts, methods and deletion


@refused("float cannot be indexed", "x[0]", number, hint="index arrays, lists, tuples and dicts")
def index_of_a_number(x):
    return x[0]  # refused


@refused("the dict has no key 'c'", 'd["c"]', lambda rng, n: ({"a": 1.5, "b": 0.5},),
         hint="its keys are 'a', 'b'")  # fmt: skip
def missing_key(d):
    return d["a"] * d["c"]  # refused


@refused("index 2 is out of range", "p[2]", lambda rng, n: ((1.5, 0.5),), hint="the tuple has 2 items")
def index_behind_a_tuple(p):
    return p[0] * p[2]  # refused


@refused("a tuple whose items differ in kind", "pair[k]", lambda rng, n: (rng.normal(size=n), 1),
         hint="use constants as indices", any_mode=False)  # fmt: skip
def computed_index_of_unlike_items(x, k):
    pair = (x, 2.0)
    return np.sum(pair[k])  # refused


@refused("slices of tuples must be constant", "k", lambda rng, n: ((1.5, 0.5), 1),
         hint="write the bounds as numbers", any_mode=False)  # fmt: skip
def computed_slice_of_a_tuple(p, k):
    return p[:k][0]  # refused


@refused("text cannot be an index", "name", lambda rng, n: (rng.normal(size=n), "a"),
         hint="use integers, slices or boolean masks", any_mode=False)  # fmt: skip
def array_indexed_by_text(x, name):
    return x[name]  # refused


@refused("float cannot bound a slice", "2.0", vector, hint="use an integer")
def slice_to_a_float(x):
    return np.sum(x[:2.0])  # refused


@refused("an array of an empty list has no kind", "np.hypot(x, [])", vector, hint="write np.zeros(0)")
def array_of_an_empty_list(x):
    return np.sum(np.hypot(x, []))  # refused


@refused("method 'fromkeys' of dicts", "d.fromkeys", lambda rng, n: ({"a": 1.5},), hint="use keys")
def dict_of_the_same_keys(d):
    return d.fromkeys(1.0)["a"]  # refused


@refused("method 'keys' of float64[:]", "x.keys()", vector, hint="a function that has a rule")
def keys_of_a_vector(x):
    return x[list(x.keys())]  # refused


@refused("is given an entry 'a' in the loop, beside entries of other kinds", "sums",
         vector, hint="put in all entries before the loop")  # fmt: skip
def entries_of_unlike_kinds_in_a_loop(x):
    sums = {}
    for _ in range(3):
        for k, v in {"a": x, "b": range(2)}.items():
            if k not in sums:  # refused
                sums[k] = v
    return np.sum(sums["a"])


@refused("which entries a dict has depends on the run", "held.values()", vector,
         hint="before the loop or branch")  # fmt: skip
def all_entries_of_a_dict_that_a_branch_fills(x):
    held = {"a": x[0]}
    if x[0] > 0:
        held["b"] = x
    return sum(np.sum(v) for v in held.values())  # refused


@refused("float64[:] is added in place to an array of ints", "counts += x", vector,
         hint="make it an array of floats")  # fmt: skip
def floats_added_to_integers(x):
    counts = np.arange(len(x))
    counts += x  # refused
    return np.sum(counts)


@refused("only names, attributes and items of lists and dicts can be deleted", "p.a",
         lambda rng, n: (1.5, {"a": 1.0}), hint="without the part")  # fmt: skip
def attribute_deleted(x, p):
    del p.a  # refused
    return x


@refused("np.r_[...] is not supported with these entries", 'np.r_["0,2", x, x]', vector,
         hint="write np.concatenate([a, b], axis=0)")  # fmt: skip
def joined_by_an_index(x):
    return np.sum(np.r_["0,2", x, x] * x)  # refused


@refused("a range needs an end here", "np.r_[1:, x]", vector, hint="np.r_[0:n]")
def joined_with_an_endless_range(x):
    return np.sum(np.r_[1:, x])  # refused


def replaced(d, x):
    while d["n"] < 3:
        d["n"] += 1
        d["s"] = [x, x * d["n"]]


@refused("l is one of several containers, and is changed", "l", number, hint="only one is meant")
def changed_behind_a_function_that_may_replace_it(x):
    l = [1.0, x]
    d = {"s": l, "n": 5}
    replaced(d, x)
    l[0] = 7.0 * x  # refused
    return d["s"][0]


@refused("d['s'] is one of several containers, and is changed", 'd["s"]', vector,
         hint="only one is meant")  # fmt: skip
def changed_where_a_loop_may_have_replaced_it(x):
    l = [1.0, 2.0]
    d = {"s": l}
    for v in x:
        d["s"] = [v, 2 * v]
    d["s"][0] = 7.0  # refused
    return l[0] * x[0]


@refused("'d.values()' changes while the loop runs over it", "d.values()", vector, hint="over a copy")
def entry_changed_before_its_turn(x):
    d, s = {"a": x[0], "b": x[1]}, 0.0
    for v in d.values():  # refused
        d["b"] = d["b"] + v
        s += v
    return s


@refused("what is updated is written to on the right as well", "u += double()", vector,
         hint="use two statements")  # fmt: skip
def rebound_by_the_right_side(x):
    u = x * 1.0

    def double():
        nonlocal u
        u = u * 2
        return x[1]

    u += double()  # refused
    return np.sum(u)
