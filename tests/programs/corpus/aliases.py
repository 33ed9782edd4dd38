"""Arrays reached by more than one name, and written to through any of them, as NumPy has it."""

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.5, 1.5, n),)


@program(vector, orders=2)
def two_names(x):
    """``y += x`` changes what z stands for as well."""
    z = y = x.copy()
    y += x
    return np.sum(z * y)


@program(vector, numba=True)
def written_by_the_other_name(x):
    y = x * 2
    z = y
    y[0] = 1.0
    z[1] *= y[0] * x[0]
    return np.sum(y * z)


@program(vector)
def one_array_in_two_items(x):
    u = x * 2
    d = {"a": u, "b": u}
    d["a"] += 1.0
    d["b"] *= x
    return np.sum(d["a"] * d["b"])
