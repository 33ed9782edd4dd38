"""`else` on loops, conditions that assign names, and loops that only `return` or `break` leave."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), numba=True, points=(
    ((np.array([0.1, 0.2]), 0.5), None), ((np.array([]), 0.5), None),
))  # fmt: skip
def for_else(x, level):
    """The `else` runs where no `break` did, also where there is no pass."""
    s = level
    for i in range(len(x)):
        if x[i] > level:
            s = s * x[i]
            break
        s += x[i] * x[i]
    else:
        s *= 2.0
    return s


@program(lambda rng, n: (rng.normal(size=n),))
def set_in_else(x):
    """Each path sets the name, none before the loop."""
    for a in x:
        if a < 0:
            r = 3 * a
            break
    else:
        r = x[0] ** 2
    return r * x[1]


@program(lambda rng, n: (1.2, rng.uniform(0.5, 1.5, 4)), wrt=(0, 1), numba=True, points=(
    ((100.0, np.ones(4)), None), ((-100.0, np.ones(4)), None),
))  # fmt: skip
def while_else(a, x):
    """`break` skips the `else`, `continue` and a false condition do not, `return` leaves all."""
    n = 0
    while n < 3:
        a = a * x[n]
        n += 1
        if a > 50:
            break
        if a < -50:
            return a * a
        if a < 1:
            continue
        a += x[3]
    else:
        a += x[2]
    return a


@program(lambda rng, n: (rng.uniform(-1, 1, n),), orders=3, numba=True)
def nested_elses(x):
    """`break` and `continue` in an `else` are those of the loop around it."""
    s = 0.0
    for a in x:
        for b in x:
            if a * b < -0.6:
                break
            if a > 0.9:
                continue
            s += a * b
        else:
            s *= 1.1
            if s > 3:
                break
            continue
        s += a
    else:
        s = s * x[0]
    return s


@program(lambda rng, n: (rng.normal(size=n), 1.0), wrt=(0, 1), numba=True)
def returns_in_else(x, level):
    for a in x:
        if a > level:
            return a * a
    else:
        return level * x[0]


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def primes(x):
    """The example of Python's own tutorial."""
    s = 0.0
    for n in range(2, 12):
        for k in range(2, n):
            if n % k == 0:
                break
        else:
            s += x[n % len(x)] ** 2
    return s


@program(lambda rng, n: (1.3, 0.2), wrt=(0, 1), orders=3, numba=True)
def assigned_in_while(x, rate):
    while (t := x * x) < 5.0:
        x = x + 1.0 + rate * t
    return x * t


@program(lambda rng, n: (rng.uniform(-0.5, 1, n), -0.3), wrt=(0, 1))
def assigned_behind_and(x, level):
    """What the condition assigns last may be stale or unset where it stops."""
    k = 0
    s = 0.0
    while k < len(x) and (v := x[k]) > level:
        k += 1
        if k == 2:
            continue
        s += v * v
    else:
        s += level
    return s * v


@program(lambda rng, n: (0.4, -0.7, 1.1), wrt=(0, 1, 2))
def assigned_everywhere(x, y, z):
    """Assignments inside of conditional expressions, chains and their own neighbours."""
    u = (a := x * 2) * a if (b := y) < 0 else b
    if 0 < (c := x) < (d := z * c + 1) and not (e := c * d) > 5:
        u += d * e
    return u + (f := b * a) * f + a


@program(lambda rng, n: (1.5, 2.5), wrt=(0, 1), numba=True, orders=3)
def newton_until_done(x, y):
    """The only way out is `return`."""
    while True:
        nearer = 0.5 * (x + y / x)
        if abs(nearer - x) < 1e-12:
            return nearer * y
        x = nearer


@program(lambda rng, n: (1.5, 0.3), wrt=(0, 1), points=(((-1.5, 0.3), None),), numba=True)
def endless_in_a_branch(x, y):
    """What follows belongs to the other branch."""
    if x > 0:
        while True:
            x = x * 1.5 + y
            if x > 3:
                return x * y
    else:
        y = y * y
    return x * y


@program(lambda rng, n: (0.7, 0.3), wrt=(0, 1), points=(((1.1, -0.3), None), ((-0.7, 0.3), None)),
         numba=True)  # fmt: skip
def endless_loops_nested(x, y):
    """Left by `break` of the inner, `return` of both, and a `raise` that does not happen."""
    while True:
        s = x
        while 1:
            s = s * 1.3 + y
            if s > 2:
                return s * x
            if s < -5:
                raise ValueError("diverges")
            if s < 0:
                break
        return s * y


def first_root(f, a, b):
    """A helper that is left from within its loop only."""
    while True:
        m = 0.5 * (a + b)
        if b - a < 1e-3:
            return m
        if f(m) > 0:
            b = m
        else:
            a = m


@program(lambda rng, n: (0.7,), numba=True)
def endless_helper(x):
    return first_root(lambda t: t * t - 2, 0.0, 2.0 + 0.0 * x) * x + x * x


@program(lambda rng, n: (0.7, rng.normal(size=n)), wrt=(0, 1), points=(
    ((1.7, np.ones(3)), None), ((-0.7, np.ones(3)), None), ((3.0, np.ones(3)), None),
))  # fmt: skip
def unlike_items_left_early(a, x):
    """A loop over items of different kinds, with all exits and an `else`."""
    s = a
    for name, v in (("one", a), ("all", x), ("none", None), ("two", 2 * a)):
        if v is None:
            continue
        s = s + np.sum(v) * a
        if name == "all" and s > 5:
            break
        if name == "two" and a < 0:
            return s * s
    else:
        s = s * a
    return s + a


@program(lambda rng, n: (rng.uniform(0.1, 1, n), 0.8), wrt=(0, 1), numba=True)
def unlike_items_within_a_loop(x, level):
    """`break` leaves the loop that is unrolled, not the one around it."""
    s = level
    for v in x:
        for f in (np.sin, 2.0, np.cos):
            if isinstance(f, float):
                if v > level:
                    break
                s = s * f
            else:
                s = s + f(v) * 0.1
        s = s - v
    return s
