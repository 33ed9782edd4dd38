"""What the Numba backend takes beside loops over numbers: errors, dicts, powers, what is printed."""

import math

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.3, 1.2, size=n),)


@program(vector, numba=True, orders=2)
def errors_of_any_kind(x):
    """They are caught where they are raised in a loop, by an index or by hand."""
    s, y = 0.0, x.copy()
    for i in range(len(x) + 2):
        try:
            y[i] *= 2
            s += y[i] * y[i + 1]
            if i == 1:
                raise ValueError("once")
            s += 1.0
        except Exception:
            s *= 1.5
        else:
            s += x[0]
        finally:
            s *= 1.1
    if s < 0:
        raise ArithmeticError
    assert s > 0, "positive"
    with np.errstate(divide="ignore", invalid="ignore"):
        for i in range(3):
            s += np.log(x[i])
    return s * y[0]


@program(lambda rng, n: (rng.uniform(0.3, 1.2, size=n), 3), numba=True, orders=2)
def sums_by_keys(x, n):
    """Dicts whose keys are numbers or pairs of them, of which entries go."""
    sums, pairs = {}, {}
    for i in range(len(x)):
        sums[i % n] = sums.get(i % n, 0.0) + x[i]
        pairs[i % 2, i % n] = x[i] * x[0]
    del sums[1]
    if 2 in sums:
        sums[2] *= 3
    s = 0.0
    for (a, b), v in pairs.items():
        s += a * v + b
    for k, v in sums.items():
        s += k * v * v
    return s * len(sums)


@program(lambda rng, n: (rng.uniform(0.3, 1.2, size=n), 1.3, 2), wrt=(0, 1), numba=True)
def powers_and_steps_back(x, a, k):
    """Loops by steps, powers of floats, arrays made like others, lists in lists."""
    s, y, w = 1.0, np.empty_like(x), np.array([x[0], a * 2.0])
    y[:] = 2.0
    for i in range(len(x) - 1, 0, -k):
        y[i] = y[i - 1] * x[i] ** 1.5 + a**x[i]
    for i in range(3, -1, -2):
        s = s * y[i] + math.floor(y[i] * 7.5) * x[i]
    grid = [[0.0] * 2 for _ in range(k)]
    for i in range(k):
        grid[i][1] = s * (i + 1)
    return grid[0][1] * grid[1][1] * np.full_like(w, a)[1] + w[1] ** -0.5


@program(vector, numba=True)
def ints_put_among_floats(x):
    """Ints in a list are not what compiled code must take for the kind of all of its items."""
    first, counted = [0, 0], []
    for i in range(3):
        counted.append(0)
        counted[i] += x[i]
    first[0] += x[0]
    first[1] = x[1]
    return first[0] * first[1] + counted[0] * counted[2]


@program(
    vector, numba=True,
    points=(((np.array([0.0, 0.5, np.nan]),), (np.array([0.0, -16.0, 0.0]),)),),
)  # fmt: skip
def gaps_filled(x):
    """Numbers that are none are replaced, and those beyond all by what is given or the largest ones."""
    rates = np.nan_to_num(1 / (x * x), nan=1.5, posinf=2.0)
    return np.sum(rates) + np.sum(np.nan_to_num(np.log(x)) > -1e300)
