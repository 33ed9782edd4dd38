"""Functions of which every transform is taken (a plain module: pytest changes test modules)."""

import numpy as np

from pullback import hessian, hvp, jacobian, jacrev, jvp


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


@hvp(argnums=(0, 1), has_aux=True)
def product(x, y):
    return number_and_more(x, y)


slope_of_arrays = jvp(of_arrays)


class Held:
    def __init__(self, k):
        self.k = k

    def energy(self, x):
        return np.sum(x**3) * self.k


def directions_inside(z, y):
    @jvp
    def squared(a):
        return a**2 * z

    @hvp(argnums=1)
    def cubed(k, a):
        return np.sum(a**3) * k

    value, slope = squared((z,), (z,))
    bend = cubed((3.0, z), (0.0, 3.0 * z))
    held = hvp(Held(z[0]).energy)((z,), (z,))
    _, along = jvp(of_arrays, primals=(z, y), tangents=(z, y))
    both, aux = product((z, y), (z, y))
    found = slope_of_arrays((z, y), (y, None))[1] * along + both[1] * len(aux)
    return np.sum(value * slope + bend + held + found)


def of_lists(x):
    """Lists of which only a run knows how long they are."""
    out = []
    for k in range(len(x)):
        out.append(np.sin(x[k]) * x[k - 1])
    return {"all": out, "sum": sum(out)}


def number_of_lists(x, k):
    found = of_lists(x)
    return found["sum"] ** 2 * k + sum(v * v for v in found["all"])


def weighed(x, w):
    return w * x[0] + np.sum(w) * x[-1] ** 2


def as_list(x):
    return [v * x[0] for v in x]


def lists_inside(x):
    """What is made of Jacobians of lists, in code that is compiled."""
    values = [v * 2.0 for v in x]
    rows = jacobian(of_lists)(values)["all"]
    bend = hessian(number_of_lists)(values, x[0])
    by_item = jacrev(weighed)(values, x)
    total = 0.0
    for row, curve, part in zip(rows, bend, by_item, strict=True):
        total += row[0] * curve[1] + np.sum(part * x)
    return total


def appended_to_either(x):
    y = [x[0], x[1]] if x[0] > 0 else x * 2
    y.append(x[2])
    return sum(y)
