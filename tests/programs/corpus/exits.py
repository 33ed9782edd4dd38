"""Early exits: break, continue and return out of nested loops, asserts, raises, prints."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.uniform(0.5, 1, (n, n)), 1.9), wrt=(0, 1), numba=True)
def return_from_nested_loops(X, limit):
    s = 0.0
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            s += X[i, j] ** 2
            if s > limit:
                return s * X[i, j]
        s *= 0.9
    return s


@program(lambda rng, n: (rng.normal(size=(n, n)),), numba=True)
def break_inner(X):
    s = 0.0
    for i in range(len(X)):
        for j in range(len(X)):
            if j > i:
                break
            if X[i, j] < -1:
                continue
            s += X[i, j] ** 3
    return s


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), numba=True)
def first_above(x, level):
    for a in x:
        if a > level:
            return a * a
    return level * np.sum(x)


@program(lambda rng, n: (1.0, 0.3), wrt=(0, 1), numba=True)
def return_from_while(x, rate):
    k = 0
    while k < 50:
        x = x + rate * (2 - x * x)
        k += 1
        if abs(x * x - 2) < 1e-9:
            return x
    return -x


@program(lambda rng, n: (rng.uniform(1, 2, n),), numba=True)
def checked(x):
    """Asserts and raises that do not fire."""
    assert len(x) > 1, "too short"
    total = np.sum(x)
    if total < 0:
        raise ValueError("negative total")
    assert total > 0
    return np.sum(np.log(x / total))


@program(lambda rng, n: (1.5, n), wrt=(0,))
def talkative(x, n):
    """Prints run once, in order."""
    y = x
    for i in range(n):
        y = y * x
        print("pass", i, sep=": ")
    print(f"done after {n} passes")
    return y


@program(lambda rng, n: (rng.normal(size=n), 0.2), wrt=(0, 1), numba=True)
def found_flag(x, level):
    """A flag in the place of an else on the loop."""
    found = False
    where = 0
    for i in range(len(x)):
        if x[i] > level:
            found = True
            where = i
            break
    if found:
        return x[where] * level
    return level


@program(lambda rng, n: (rng.uniform(0, 1, n), rng.uniform(0, 1, n)), wrt=(0, 1))
def nested_exits(x, y):
    """All three exits at once."""
    s = 0.0
    for a in x:
        if a < 0.05:
            continue
        for b in y:
            if b > 0.95:
                break
            if a * b > 0.9:
                return s * a
            s += a * b
    return s


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1), points=(
    ((np.array([0.3, -0.2]), -0.5), None), ((np.array([0.3, -0.2]), 1.5), None),
))  # fmt: skip
def several_returns_of_arrays(x, a):
    """What one path alone computes is there or not when the pullback saves it."""
    w = x.copy()
    if a > 0:
        if a > 1:
            return a, w
        return a * a, x * 2
    return np.sin(a), np.tanh(x)


def average(x, w):
    return np.mean(w) + 0.0 * x[0]


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n), n - 4), sizes=(4, 6), wrt=(0, 1))
def arrays_returned_from_some_pass(x, w, n):
    for r in w:
        for _ in range(2, 0, -1):
            if n:
                r += average(x, np.where(w, w, x)) * r
                break
            return r * r, w
    return 0.5 * r, x


def found_or_none(x, limit, skips):
    for k in range(len(x)):
        if not skips:
            if x[k] > limit:
                return None
        if not skips:
            if x[k] > 0.6:
                return x[k] * k
        skips = False
    return None


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def nothing_returned_on_one_way(x):
    """Out of a loop, behind conditions of different forms."""
    a, b = found_or_none(x, 9.0, False), found_or_none(x, 0.1, True)
    total = x[0] if a is None else a * x[1]
    return total * x[2] if b is None else total * b
