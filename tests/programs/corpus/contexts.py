"""`with`: errors of NumPy, warnings and prints are told otherwise for some statements."""

import contextlib
import math
import warnings

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.uniform(0.5, 1, n),), orders=3, numba=True)
def quiet_quotient(x):
    with np.errstate(all="ignore"):
        y = x / x**2
    return np.sum(y * y)


@program(lambda rng, n: (rng.uniform(0.5, 1, n), 1.5), wrt=(0, 1), numba=True)
def quiet_in_a_loop(x, a):
    s = a
    for v in x:
        with np.errstate(divide="ignore", invalid="ignore"):
            s = s + np.log(v) / (v * s)
        s = s * a
    return s


@program(lambda rng, n: (rng.normal(size=n), 0.1), wrt=(0, 1), points=(
    ((np.array([0.3, 0.0, 2.0]), 0.1), None), ((np.array([5.0, 0.0, 2.0]), 0.1), None),
))  # fmt: skip
def left_from_within(x, level):
    """`return`, `break` and `continue` leave the context as well."""
    s = level
    for v in x:
        with np.errstate(divide="ignore"):
            if v > 3:
                return s * v
            t = np.float64(1.0) / v
            if abs(v) < 1e-9:
                continue
            if t > 1e3:
                break
        s += t * level
    with np.errstate(over="ignore"):
        return np.exp(s)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def contexts_nested(x):
    """In-place updates, branches, loops and names that are set inside."""
    y = x.copy()
    with np.errstate(all="ignore"), contextlib.nullcontext(2.0) as two:
        y[0] = y[1] * two
        with np.errstate(invalid="warn"):
            if y[0] > 0:
                z = y * y
            else:
                z = y + two
        for k in range(2):
            y[k] += z[k] / (1 + z[k + 1] ** 2)
        total = np.sum(y * z)
    y *= two
    return total + np.sum(y * y)


@program(lambda rng, n: (rng.uniform(0.5, 1, n),))
def warnings_ignored(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.sqrt(x) / x
    with np.printoptions(precision=3):
        print(y[0])
        s = np.sum(y)
    return s * s


def safe_log(v):
    with np.errstate(divide="ignore"):
        return np.log(v)


@program(lambda rng, n: (rng.uniform(0.5, 1, n),), numba=True)
def context_in_a_helper(x):
    s = 0.0
    for v in x:
        s += safe_log(v) * v
    return s


@program(lambda rng, n: (rng.uniform(0.5, 1, n), 0.3), wrt=(0, 1), numba=True)
def of_two_kinds_within(x, a):
    last = None
    s = 0.0
    for v in x:
        with np.errstate(all="ignore"):
            if last is None:
                last = v * a
            else:
                last = last / v
        s += last
    return s


@program(lambda rng, n: (rng.uniform(0.5, 1, n),))
def raises_within(x):
    """Nothing is raised here, and nothing in the derivative."""
    with np.errstate(all="raise"):
        y = np.log(x) / x
        z = np.exp(y)
    return np.sum(z)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), numba=True)
def match_within(x):
    s = 0.0
    for i in range(4):
        with np.errstate(all="ignore"):
            match i:
                case 0 | 1:
                    s += x[i]
                case 2:
                    continue
                case _:
                    break
        s = s * x[0]
    else:
        s = s * 100
    return s


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), numba=True)
def list_grown_within(x):
    out = []
    for v in x:
        with np.errstate(all="ignore"):
            out.append(v * v)
            if len(out) > 2:
                return sum(out)
    return out[0]


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), numba=True)
def comprehension_within(x):
    with np.errstate(all="ignore"):
        out = [np.log(v) for v in x if v > 0.6]
        z = sum(out)
    return z * z


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def checks_within(x):
    with np.errstate(all="ignore"):
        if x[0] < 0:
            raise ValueError("negative")
        y = np.sqrt(x)
        assert np.all(y > 0)
    return y.sum()


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def recursion_within(x):
    def f(n, v):
        with np.errstate(all="ignore"):
            if n == 0:
                return v
            return f(n - 1, v * v / (1 + v))

    return f(4, x[0]) * x[1]


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), numba=True)
def endless_loop_within(x):
    a = x[0]
    k = 0
    while True:
        with np.errstate(invalid="ignore"):
            a = a * 1.3
            if a > 4:
                return a * x[1]
            k += 1
            if k > 30:
                break
    return a


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), numba=True)
def nothing_within(x):
    with np.errstate(all="ignore"):
        pass
    with contextlib.nullcontext():
        y = x * 2
    return y.sum()


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), numba=True)
def contexts_in_a_row(x):
    with np.errstate(all="ignore"):
        y = x / 3
    with np.errstate(all="ignore"):
        z = y * y
    with np.errstate(all="warn"):
        with np.errstate(all="ignore"):
            z = z * y
    return z.sum()


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),))
def try_within(x):
    with np.errstate(all="ignore"):
        try:
            t = math.log(x[0] - 5.0)
        except ValueError:
            t = x[1] * 2
        y = t * x
    return np.sum(y)


@program(lambda rng, n: (rng.uniform(1, 2, size=n), n - 2), orders=3)
def views_by_numbers_of_the_context(x, n):
    """Views that were made in a context, of arrays from before and in it, see what is written behind."""
    M = np.outer(x, x)
    with np.errstate(all="ignore"):
        k = n - 1
        row = M[k]
        N = M * x
        with np.printoptions(precision=3):
            j = n - 2
            part = N[:, j:][1]
        M[:] = M * 2.0
    M[k, 0] *= x[1]
    N[1] += row[0] * x[0]
    part *= part
    row[1] = 0.5
    return np.sum(row * row) + np.sum(N) + np.sum(M)
