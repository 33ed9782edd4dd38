"""Functions of which every transform is taken (a plain module: pytest changes test modules)."""

import numpy as np

from pullback import hvp, jvp


def of_arrays(x, y, n=2):
    return x * y**n + np.sin(x)


def of_trees(p, q):
    (a, b), c = p["u"], q.get("k", 1.0)
    return {"s": a * b[0] + c, "t": [np.cos(b) * a, 3]}


def number_of_arrays(x, y, n=2):
    return np.sum(of_arrays(x, y, n))


def number_of_trees(p, q):
    found = of_trees(p, q)
    return found["s"] + np.sum(found["t"][0])


def with_aux(f):
    """What a function gives, with a text beside it."""

    def paired(*args, **named):
        return f(*args, **named), {"told": "aux"}

    return paired


of_arrays_and_more = with_aux(of_arrays)
number_and_more = with_aux(number_of_arrays)


def product_inside(x, y):
    """A product with a Hessian in code that is compiled, and the slope of what it is multiplied by."""

    def product(z):
        return hvp(number_and_more, (z, y), (z, y), has_aux=True)

    found, aux = product(x)
    _, slope = jvp(lambda z: product(z)[0] @ x + len(aux), (x,), (y,))
    return found, slope
