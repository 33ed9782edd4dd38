"""What stands earlier in an expression is taken before what stands later changes it, as Python does."""

import numpy as np

from tests.programs.registry import program


def three(a, b, c):
    return a * b + c


def named(b, **rest):
    return rest["a"] * b + rest.get("c", 0.0)


def inputs(rng, n):
    return rng.uniform(0.5, 1.5, 4), rng.uniform(0.5, 1.5)


@program(inputs, wrt=(0, 1), numba=True)
def unpacked_before_it_changes(x, w):
    """``*l`` and ``**d`` give what they hold before the next argument is evaluated."""
    l, d, rows = [x[0], x[1]], {"a": x[2], "c": x[3]}, [[x[0]], [x[1]]]

    def change():
        l[0], d["a"], rows[1] = l[0] * w, d["a"] + w, [w]
        rows[0][0] = rows[0][0] * w
        return l[1] * w

    total = three(*l, change()) * l[0] + named(**d, b=change()) * d["a"]
    total = total + sum([*l, change()]) * sum((*l, change())) + dict(d, b=change())["a"]
    both = {**d, "b": change(), "e": d["a"]}
    total = total + both["a"] * both["b"] * both["e"] + three(*l, c=change())
    pair = (lambda a, b, c: a[0] * b[0] + c)(*rows, change())
    popped = {**d, "n": d.pop("c")}
    return total * pair + popped["c"] * popped["n"] * len(d)


@program(inputs, wrt=(0, 1))
def keys_that_change_what_they_index(x, w):
    """Keys, operands and slices are evaluated before what they are of is read, or written to."""
    l, d, grown = [x[0], x[1], x[2]], {1: x[3], 0: w}, []
    for v in x:
        grown.append(v)

    def place(k):
        l[0], d[0] = l[0] * w, d[0] * x[1]
        grown[k] = grown[k] * w
        return k

    total = l[place(0)] * d[place(0)] + sum(l[place(0) :]) * l[place(0) - 1]
    total = total + grown[place(1)] * grown[place(1) + 1]
    l[place(2)] = x[3] * w
    d[place(0)] += l[2]
    grown[place(1)] *= d[0]
    same = x[0] if grown == [*grown[: place(1)], *grown[1:]] else x[1] * w
    return total * same + sum(l) + d[0] * d[1] + np.sum(np.array(grown) ** 2)
