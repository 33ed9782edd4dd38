"""Arguments, views and lists that are given back after they were changed."""

from collections import namedtuple

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.3, 1.2, size=n),)


@program(lambda rng, n: (rng.uniform(0.3, 1.2, size=(2, n)),), sizes=(3,))
def reshape_that_is_given_back(x):
    """Only the layout tells whether what is returned is a view of what was written to."""
    flat = x.ravel()
    x[0] *= x[1]
    rows = x.T.reshape(-1)
    x[1, 1] = 3.0 * flat[0]
    return {"flat": flat, "all": [x, rows], "one": 1.0}, np.sum(rows) * flat[1]


class Account:
    def __init__(self, held):
        self.held = held


@program(lambda rng, n: ({"a": vector(rng, n)[0], "b": 0.5}, Account(vector(rng, n)[0])), wrt=(0, 1),
         sizes=(3,))  # fmt: skip
def arguments_with_more_in_them(d, account):
    """The result holds what the function has put into its arguments, and not what it took out."""
    d["new"] = d["a"] * d.pop("b")
    d["a"][1:] *= 2.0
    account.interest = account.held * d["a"]
    account.held[0] = d["new"][1]
    return d, account


Step = namedtuple("Step", "low high")


@program(vector, sizes=(4,))
def numbers_in_arrays_without_axes(x):
    """They are conditions, beside None as well; a named tuple takes what is unpacked."""
    least = None
    for v in x:
        least = np.asarray(v) if not least or v < least else least
    step = Step(*(3.0 * v for v in x[:2]))
    return (np.sum(least) if least else 1.0) * step.high - step.low


@program(vector, orders=2, sizes=(4,))
def empty_list_filled_by_slices(x):
    first, later = [], []
    first[:] = x
    first[1:2] = [x[0] * x[1], x[2]]
    for i in range(3):
        later[i:] = x * i
        later[:1] = x[1:]
    total = sum([v * k * v for k, v in enumerate(first)])
    return total + sum([v * (k + x[0]) for k, v in enumerate(later)])


@program(lambda rng, n: (*vector(rng, n), 2.0), points=(((np.array([1.0, 2.0, 3.0]), -1.0), None),))
def sweeps_one_after_another_in_a_branch(x, way):
    """Buffers that change places in two loops, where an array of the first lives in the second."""
    u, new = x, np.zeros_like(x)
    if way > 0.0:
        for k in range(3):
            new[1:] = u[:-1] * (2.0 + k) + new[1:]
            u, new = new, u
        u[0] = new[1]
        for _ in range(2):
            new[1:] += u[:-1] * u[1:]
            u, new = new, u
    return np.sum(x * u) + np.sum(new * new) * way


@program(vector, orders=2)
def list_in_a_list_by_its_own_name(x):
    """A list that a loop over constants makes, puts into another one, and goes on with."""
    waiting, kept = [], []
    for token in "(+)":
        if token == "(":
            waiting.append(x[0])
            waiting.append(2.0 * x[1])
        elif token == ")":
            kept.append(waiting)
            waiting[0] *= waiting.pop()
            waiting.append(x[2])
    kept[0].append(x[0])
    return waiting[0] * kept[0][1] + len(kept[0]) * waiting[2] ** 2


def swept(u):
    new = 2.0 * u
    for _ in range(3):
        new[0] = 3.0 * u[0]
        u, new = new, u
    return u


@program(vector, sizes=(4,))
def changed_behind_what_knows_them(x):
    """An array that changes places in a function that a loop calls; a list in a list loses items."""
    y, total = x * 1.0, 0.0
    for _ in range(2):
        last = swept(y)
    kept, work = [], [v * v for v in x]
    total += work.pop(0)
    kept += [work]
    total *= work.pop(1)
    return total + np.sum(last) + sum(np.sum(values) * len(values) for values in kept)
