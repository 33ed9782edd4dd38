"""Functions that are compiled and have a rule of the user's, and values that are held constant."""

import numpy as np

from pullback import custom_jvp, custom_vjp, stop_gradient
from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.2, 0.8, n),)


RATES = {"soft": [3.0, 1.0]}
ONES = np.ones(1)


@custom_jvp
def softplus(x):
    """It reads what is global, and so does its rule."""
    return np.log1p(np.exp(x)) * RATES["soft"][1] + 0.0 * ONES[0]


@softplus.defjvp
def softplus_jvp(tangents, y, x):
    return tangents[0] * np.exp(x - y) * ONES[0]


@custom_vjp
def product(x, y):
    return x * y


@product.defvjp
def product_vjp(g, v, x, y):
    return g * y, np.sum(g * x)


@custom_vjp
def summed(x):
    """With a rule that fills an array and a list in a loop: it is linear in g all the same."""
    return np.cumsum(x)


@summed.defvjp
def summed_vjp(g, y, x):
    s = 0.0
    found = np.zeros_like(x)
    for i in range(len(x) - 1, -1, -1):
        if i == 0:
            found[i] = s + g[i]
        else:
            s = s + g[i]
            found[i] = s
    halves = []
    for i in range(len(x)):
        halves.append(found[i] / 2)
    return np.where(x > 0, found, g) - np.array(halves) + 0.5 * found


@custom_vjp
def raised(x, k, by):
    if by == "twice":
        k = 2 * k
    return x**k


@raised.defvjp
def raised_vjp(g, y, x, k, by):
    n = 2 * k if by == "twice" else k
    return g * n * x ** (n - 1), None, None


@custom_jvp
def root(a):
    """By Newton's method, differentiated as the root that it finds."""
    x = a
    while abs(x * x - a) > 1e-14:
        x = (x + a / x) / 2
    return x


@root.defjvp
def root_jvp(tangents, x, a):
    return tangents[0] / (2 * x)


@program(vector, orders=2)
def rules_in_loops_and_branches(x):
    s = 0.5
    for v in x:
        s = product(s + 1.0, v)
        if s > 0.7:
            s = s + raised(v, 2, "twice")
        else:
            s = s * raised(v, 3, "once")
    return s


@program(vector, numba=True)
def rule_of_tangents_in_a_loop(x):
    s = 0.5
    for v in x:
        s = root(s + v) if s < 2.0 else root(s) * v
    return s


@program(vector, orders=2)
def rules_of_whole_arrays(x):
    """The same array twice, a number as the other argument, a rule of a rule's result."""
    y = softplus(product(x, x[0]) * 3.0)
    return np.sum(product(y, 2.0)) + np.sum(softplus(softplus(x))) + softplus(x[1]) + summed(x * x)[1]


@program(vector, orders=2, numba=True)
def rule_of_an_iteration(x):
    return root(np.sum(x)) + root(x[0] * root(x[1]))


@program(vector, numba=True, smooth=False, points=[
    ((np.array([0.5, 2.0, 3.0]),), (np.array([1.5, 2.5, 8.0]),)),
])  # fmt: skip
def held_in_containers(x):
    """What is held is a copy: it is written to, and what it was made of stays."""
    p = {"a": x * 2, "b": [x[0], x[1:]]}
    q = stop_gradient(p)
    q["a"][0] = 1.0
    q["b"][0] = 0.0
    ends = q["b"][1][0] * p["b"][1][1] + p["b"][0] + q["b"][0]
    return np.sum(q["a"] * p["a"]) / 2 + ends - x[0] / 2 - x[1] * 1.5


@program(vector, numba=True, smooth=False, points=[
    ((np.array([0.5, 2.0, 3.0]),), (np.array([1.0, 1.5, 4.5]),)),
])  # fmt: skip
def held_in_a_loop(x):
    s = 1.0
    for v in x:
        s = stop_gradient(s) * v + s
    return s
