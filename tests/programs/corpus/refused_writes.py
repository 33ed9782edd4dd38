"""Writes to arrays and containers that are refused."""

from dataclasses import dataclass

import numpy as np

from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


def vector(rng, n):
    return (rng.normal(size=n),)


def first_from_second(a, b):
    a[0] = b[0] * 2
    return a[0]


@refused("first_from_second writes to its argument 'a'", "first_from_second(y, y[::-1])", vector,
         hint="pass a copy of one of them")  # fmt: skip
def overlapping_arguments(x):
    y = x * 2
    total = 1.0 if x[0] > 90 else first_from_second(y, y[::-1])  # refused
    return np.sum(y) * total


def halved(a):
    a[0] /= 2
    return a[0]


@refused("what is updated is written to on the right as well", "y[1:] += halved(y)", vector,
         hint="use two statements")  # fmt: skip
def updated_by_what_is_written(x):
    y = x * 2
    y[1:] += halved(y)  # refused
    return np.sum(y)


@refused("the condition of a loop writes to an array", "halved(y) > 0.1", vector,
         hint="do so in the body")  # fmt: skip
def condition_that_writes(x):
    y = np.exp(x)
    while halved(y) > 0.1:  # refused
        y = y * 1.5
    return np.sum(y)


@refused("elements of a tuple cannot be assigned", "pair[0]", number, hint="arrays, lists and dicts")
def element_of_a_tuple(x):
    pair = (x, 2 * x)
    pair[0] = 1.0  # refused
    return pair[0] * pair[1]


@refused("too many indices: array is 1-dimensional, but 2 were indexed", "y[0, 0]", vector,
         hint="no more than it has axes")  # fmt: skip
def write_with_too_many_indices(x):
    y = x * 2
    y[0, 0] = 1.0  # refused
    return np.sum(y)


@refused("cannot write float here: too many indices", "np.add.at(y, (0, 0), 1.0)", vector,
         hint="dtype and shape of the place")  # fmt: skip
def addition_with_too_many_indices(x):
    y = x * 2
    np.add.at(y, (0, 0), 1.0)  # refused
    return np.sum(y)


@refused("cannot hold", "values[k]", lambda rng, n: (rng.normal(size=n), 1),
         hint="put in values of one kind", any_mode=False)  # fmt: skip
def list_put_among_numbers(x, k):
    values = [1.0, 2.0, 3.0]
    values[k] = [x[0]]  # refused
    return np.sum(values[k])


@refused("list[None] cannot hold a dict", "values[k]", lambda rng, n: (rng.normal(size=n), 1),
         hint="put in values of one kind", any_mode=False)  # fmt: skip
def dict_put_among_nones(x, k):
    values = [None] * len(x)
    values[k] = {"w": x[0]}  # refused
    return np.sum(values[k]["w"])


@refused("a list whose items differ in kind cannot be changed", "values[k]",
         lambda rng, n: (rng.normal(size=n), 1), hint="items of one kind", any_mode=False)  # fmt: skip
def list_of_unlike_items_changed(x, k):
    values = [x, {"name": 1.0}]
    values[k] = x  # refused
    return np.sum(values[0])


@dataclass(frozen=True)
class Fixed:
    w: float


@refused("attributes cannot be assigned", "p.w", lambda rng, n: (Fixed(1.5),),
         hint="p = dataclasses.replace(p, w=...)")  # fmt: skip
def field_of_a_frozen_record(p):
    p.w = 2 * p.w  # refused
    return p.w


# ---- functions that work in place


@refused("np.copyto is not supported with casting='no'", 'np.copyto(y, x, casting="no")', vector,
         hint="write it as an assignment")  # fmt: skip
def copied_without_casting(x):
    y = np.zeros(len(x))
    np.copyto(y, x, casting="no")  # refused
    return np.sum(y)


@refused("fill takes a number, not float64[:]", "y.fill(x)", vector, hint="give it a number")
def filled_with_an_array(x):
    y = np.zeros(len(x))
    y.fill(x)  # refused
    return np.sum(y)


@refused("'d' is a view that NumPy does not let write to", "d += 1.0",
         lambda rng, n: (rng.normal(size=n),), hint="d = d.copy()")  # fmt: skip
def diagonal_written(x):
    m = np.outer(x, x)
    d = np.diag(m)
    d += 1.0  # refused
    return np.sum(d)


@refused("k is one of several containers, and is changed", "k", vector, hint="only one is meant")
def list_that_a_loop_binds_anew(x):
    """In the first pass both names are one list, in later ones they may be two."""
    l = [x[0]]
    k = l
    for v in x:
        k.append(l[-1] * v)  # refused
        if v > 0.4:
            l = [*l, v]
    return sum(k) + sum(l)


# ---- items of lists


@refused("'m', whose items are written to, is given one that something else may hold",
         "m[0] = m[1]", number, hint="put in a copy: item.copy()")  # fmt: skip
def rows_that_become_one(x):
    """From the second pass on the first row is the second one."""
    m = [[x * i] * 2 for i in range(3)]
    for k in range(2):
        m[1][k] = x * x
        m[0] = m[1]  # refused
    return m[0][1] * m[1][0]


@refused("an item of 'm' is written to, and the list may hold it twice", "m[0][0][0]", number,
         hint="put copies into the list: item.copy()")  # fmt: skip
def row_that_stands_twice(x):
    m = []
    for _ in range(2):
        row = [x, x * x]
        m.append([row, row])
    m[0][0][0] = x * x  # refused
    return m[0][1][0]


@refused("'r', which a list holds, is written to while 'last' may share its memory", "r[0]", vector,
         hint="put a copy into the list")  # fmt: skip
def array_that_a_list_no_longer_holds(x):
    """From the second pass on the name and the item are two arrays."""
    rows = [x * i for i in range(3)]
    last = rows[0]
    for r in rows:
        r[0] = last[1]  # refused
        rows[0] = x * 2.0
    return np.sum(last) + np.sum(rows[1])


@refused("'u' is written to while 'first' may share its memory", "u[1] *= 1.5",
         lambda rng, n: (rng.normal(size=(n, n)),), hint="write to a copy")  # fmt: skip
def view_beside_transposes(x):
    """The view is of what the name stands for in the first pass, and of what it is turned from then."""
    w = x * 2
    first = w[0]
    u = w
    for _ in range(3):
        u[1] *= 1.5  # refused
        u = u.T
    return np.sum(u**2) + first[1]


def turned(u):
    for _ in range(2):
        u[1] *= 1.5
        u = u.T
    return np.sum(u**2)


@refused("'u' is written to while 'u' may share its memory", "turned(u)",
         lambda rng, n: (rng.normal(size=(n, n)),), hint="u = u.copy()")  # fmt: skip
def argument_read_behind_transposes(u):
    """What the function leaves in its argument is not followed."""
    s = 1.0 if u[0, 0] > 90 else turned(u)  # refused
    return s + np.sum(u)


@refused("'l' is written to while 'table' may share its memory", "l[0]", vector, hint="l.copy()")
def a_list_from_around_that_recursion_writes_to(x):
    table = [[0.0] * 3 for _ in range(3)]

    def summed(i):
        if i == 0:
            return x[0]
        l = table[i]
        v = summed(i - 1)
        l[0] = x[1] * v  # refused
        return l[0]

    return summed(2) + table[1][0]


@refused("'u' is written to while 'x' may share its memory", "u[1]", vector, hint="u = u.copy()")
def buffer_that_passes_leave_behind(x):
    """Each pass begins the sweeps anew, with an array that may be the one that the last has left."""
    for _ in range(2):
        u, new = x, x * 2.0
        for _ in range(2):
            new[0] = 3.0 * u[0]
            u, new = new, u
    u[1] = 7.0  # refused
    return np.sum(u) + np.sum(x * x)
