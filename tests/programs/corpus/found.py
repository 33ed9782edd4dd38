"""Small programs that random ones were shrunk to, where something had gone wrong."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5)), wrt=(0, 1))
def items_and_captured_arrays_replaced_in_loops(x, a):
    """Written to and then replaced in each pass, some by something of another kind."""
    d = {"v": x.copy(), "s": a}
    kept = {"v": x.copy(), "s": a}
    v = kept["v"]
    u, w = np.sin(x), x.copy()

    def replace(last):
        nonlocal u, w
        u = np.cos(u)
        w = 0.5 * a if last else w * 2.0

    for _ in range(2):
        kept["v"] *= a
        kept["s"] = kept["s"] * 0.5 + v[0]
    for k in range(3):
        np.multiply(d["v"], a, out=d["v"])
        d["v"] = d["v"] * kept["s"]
        d["v"][0] += a
        u *= a
        if k < 2:
            w += a
        replace(k == 1)
        u[0] += a
    return np.sum(d["v"] * u * w) + v[1]


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5)), wrt=(0, 1))
def largest_of_no_items(x, a):
    """Lists that a loop of no passes would have filled."""

    def largest(n):
        return max([x[k] for k in range(n) if k], default=a)

    return largest(0) * largest(3) * max([a for k in range(2, 0) if k], default=0.5)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5)), wrt=(0, 1),
         points=[((np.array([0.7, 1.2]), 0.5), None)])  # fmt: skip
def writes_under_errstate_where_something_is_caught(x, a):
    """They are lowered twice, and the second time count."""
    y, d = 1.0, {"v": x}
    with np.errstate(divide="ignore"):
        try:
            y += a
            raise KeyError
        except LookupError:
            x *= a
        try:
            y *= a
            d["s"] = a
            if x[0] > 0:
                raise ValueError
        except ValueError:
            x[0] = y
            d["s"] = x[0] * 2
    return np.sum(x * y) * d["s"] + d["v"][1]
