"""Names that hold values of different kinds: None until something is found, 0 until arrays are added."""

import math

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n),), orders=3, numba=True)
def none_then_product(x):
    s = None
    for i in range(3):
        s = x if s is None else s * x
    return np.sum(s)


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=n)), wrt=(0, 1), numba=True)
def zero_then_arrays(X, w):
    """The sum of rows starts with the int 0."""
    total = 0
    for k in range(len(X)):
        total = total + w[k] * X[k]
    return np.sum(total * total)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def zero_then_updates(x):
    """The first update makes an array, later ones write to it."""
    s = 0
    for a in x:
        s += a * x
    return np.sum(s * s)


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), numba=True)
def least(x, scale):
    best = None
    for a in x:
        v = scale * (a - 1) ** 2
        if best is None or v < best:
            best = v
    return best


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def where_least(x):
    """Two names become known together."""
    best, where = None, None
    for i in range(len(x)):
        v = x[i] * x[0]
        if best is None or v < best:
            best, where = v, i
    return best * x[where]


@program(lambda rng, n: (rng.normal(size=n), 0.3), wrt=(0, 1), orders=3, numba=True)
def from_one_to_the_next(x, a):
    last = None
    s = 0.0
    for v in x:
        if last is not None:
            s += (v - a * last) ** 2
        last = v
    return s


@program(lambda rng, n: (rng.normal(size=n), 0.3), wrt=(0, 1), numba=True)
def skips_the_first(x, a):
    """Behind `continue` the name is known to be set."""
    last = None
    s = 0.0
    for v in x:
        if last is None:
            last = v * a
            continue
        s += v * last
        last = np.sin(v)
    return s


@program(lambda rng, n: (rng.uniform(0.2, 1, n), 0.7), wrt=(0, 1), points=(
    ((np.array([0.1, 0.9]), 2.0), None),
), numba=True)  # fmt: skip
def found_or_not(x, level):
    found = None
    for v in x:
        if v > level:
            found = v * v
            break
    if found is None:
        found = level * 2.0
    return found * x[0]


def positive_log(v):
    """None where there is no logarithm."""
    if v > 0:
        return math.log(v)
    return None


def clipped(v):
    """Falls off its end, and so returns None."""
    if abs(v) < 1.0:
        return v * v


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), numba=True)
def helpers_that_return_none(x, y):
    s = 0.0
    for i in range(len(x)):
        v = positive_log(x[i])
        if v is None:
            continue
        w = clipped(y[i])
        s += v * w if w is not None and w > 0.01 else v
    return s


@program(lambda rng, n: (rng.normal(size=n), 0.4), wrt=(0, 1), numba=True)
def state_of_two_kinds(x, a):
    """A tuple that holds None at first, and functions and strings chosen by data."""
    state = (None, 0)
    s = a
    for v in x:
        f = np.sin if v > 0 else math.cos
        mode = "plus" if s > 0 else "minus"
        if mode == "plus":
            s = s + f(v)
        else:
            s = s - f(v) * a
        if state[0] is None or v > state[0]:
            state = (v, state[1] + 1)
    return s * state[0] * state[1]


@program(lambda rng, n: (rng.normal(size=(n, n)),), numba=True)
def none_in_nested_loops(X):
    """What the inner loop finds is None in each pass of the outer one."""
    total = None
    for row in X:
        top = None
        for v in row:
            if top is None or v > top:
                top = v
        total = top if total is None else total * top + row[0]
    return total


@program(lambda rng, n: (rng.normal(size=n), 0.3), wrt=(0, 1), numba=True)
def while_none(x, rate):
    """The condition of a loop reads a name of two kinds."""
    k = 0
    error = None
    y = x[0]
    while error is None or (error > 1e-2 and k < 20):
        step = rate * (y - math.tanh(y) - 0.1)
        y = y - step
        error = abs(step)
        k += 1
    return y * error


@program(lambda rng, n: (rng.normal(size=n).astype(np.float32), rng.normal(size=n)), wrt=(0, 1),
         single=True, smooth=False)  # fmt: skip
def single_then_double(x, w):
    y = x
    for _ in range(3):
        y = y * w
    return np.sum(y)


@program(lambda rng, n: (rng.normal(size=n),), points=(((np.array([0.5]),), None),))
def integers_then_floats(x):
    """An array of integers becomes one of floats."""
    y = np.arange(len(x))
    for v in x:
        y = y * v + 1
    return np.sum(y * y)


@program(lambda rng, n: (rng.normal(size=n), 1.5), wrt=(0, 1), points=(
    ((np.array([0.5, 2.0]), -1.5), None),
))  # fmt: skip
def optional_weights(x, a):
    """None in one branch, an array in the other; read behind a test that says the same."""
    weights = None
    if a > 0:
        weights = np.exp(a * x)
    s = np.sum(x) if weights is None else np.sum(weights * x)
    if weights is not None:
        s = s / np.sum(weights)
    assert weights is None or a > 0
    return s * (1.0 if weights is None else weights[0])


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), numba=True)
def reset_to_none(x, level):
    """Runs of values above a level: None between them."""
    run = None
    s = 0.0
    for v in x:
        if v > level:
            run = v if run is None else run * v
        elif run is not None:
            s += run
            run = None
    if run is not None:
        s += 2 * run
    return s


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def closure_of_two_kinds(x):
    """A function made inside reads a name of two kinds."""
    last = None

    def step(v):
        return v * v if last is None else v * last

    s = 0.0
    for v in x:
        s += step(v)
        last = v
    return s


@program(lambda rng, n: (rng.normal(size=n), 0.2), wrt=(0, 1))
def two_at_once(x, a):
    """One statement reads two values of two kinds that change apart from each other."""
    low = None
    high = 0
    s = a
    for v in x:
        if v < 0:
            low = v
        else:
            high = high + v * x
        s = s + (0.0 if low is None else low) * np.sum(high)
    return s


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def dict_or_none(x):
    best = None
    for i in range(len(x)):
        if best is None or x[i] > best["value"]:
            best = {"value": x[i] * x[0], "at": i}
    return best["value"] * x[best["at"]]


@program(lambda rng, n: (rng.normal(size=n), 0.3), wrt=(0, 1), points=(
    ((np.array([0.5, 1.0, -2.0]), -0.3), None),
), numba=True)  # fmt: skip
def lambda_chosen_by_data(x, a):
    if a > 0:
        f = lambda v: v * a
    else:
        f = lambda v: np.sin(v) + a
    s = 0.0
    for v in x:
        s += f(v)
    return s


@program(lambda rng, n: (rng.normal(size=n), 1.5), wrt=(0, 1), points=(
    ((np.array([0.5, 1.0]), -1.5), None),
), numba=True)  # fmt: skip
def array_or_number(x, a):
    """Written to where it is an array, another number where it is a number."""
    y = x.copy() if a > 0 else a
    y += a * x[0]
    y *= 2.0
    return np.sum(y * y)


def squared(v):
    """None of what is not positive."""
    if v > 0:
        return v * v
    return None


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def walrus_of_two_kinds(x):
    return sum([w for v in x if (w := squared(v)) is not None])


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def lambdas_that_return_none(x):
    g = lambda v: v if v > 0 else None
    a = g(x[0])
    b = g(x[1])
    return (a or x[2]) * (b if b is not None else x[3])


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def none_is_false(x):
    best = None
    for v in x:
        best = v if not best or v < best else best
    return best if best else 1.0


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def none_as_argument(x):
    def f(v, w=None):
        return v * v if w is None else v * w

    w = None
    s = 0.0
    for v in x:
        s += f(v, w)
        w = v * 2
    return s


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def none_or_pair(x):
    t = None
    s = 0.0
    for i in range(3):
        if t is not None:
            a, b = t
            s += a * b
        t = (x[i], x[i + 1])
    return s


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def none_or_list(x):
    t = None
    s = 0.0
    for i in range(3):
        if t is not None and t[0] > -5:
            s += t[0] * t[1][1]
        t = [x[i], x[i : i + 2] * 2]
    return s


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def none_in_a_dict(x):
    acc = {"a": None, "n": 0}
    for v in x:
        if acc["a"] is None:
            acc = {"a": v, "n": 1}
        else:
            acc = {"a": acc["a"] * v, "n": acc["n"] + 1}
    return acc["a"] * acc["n"]


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def none_in_while_else(x):
    y = None
    k = 0
    while y is None or y < 3:
        y = (x[0] ** 2 if y is None else y) + 0.7
        k += 1
    else:
        y = y * x[1]
    return y * k


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def returns_around_two_kinds(x):
    r = None
    for v in x:
        if v > 100:
            return v
        if r is None:
            r = (v, v * v)
    return r[0] * r[1]


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def function_and_sum_of_two_kinds(x):
    f = (lambda v: v * v) if x[0] > 0 else (lambda v: v * v * v)
    from_ = None
    for v in x:
        from_ = f(v) if from_ is None else from_ + f(v)
    return from_


@program(lambda rng, n: (rng.normal(size=n), rng.normal()), wrt=(0, 1), orders=3, numba=True)
def array_or_number_beside_the_written(x, b):
    """Where ``u`` is the argument, ``x`` is a number, so nothing else sees the write."""
    u = x * 0.5

    def take():
        nonlocal u, x
        if b < 0:
            u, x = x, 0.5

    take()
    u[1] += 0.3 * u[0] * b
    return np.sum(u * u) + np.sum(x)


def added_by_both_names(v):
    """What two names for each array hold; numbers are bound anew."""
    total = 0.0
    for made in (
        np.zeros_like(v), np.zeros_like(v, dtype=int), np.copy(v),
        np.transpose(v), np.squeeze(v), np.reshape(v, ()), np.flip(v), np.heaviside(v, v),
        np.interp(np.array(v), [-9.0, 0.0, 9.0], [v, 1.0, 2.0]),
    ):  # fmt: skip
        other = made
        made += 2
        total = total + other * made * v
    return total


@program(lambda rng, n: (rng.normal(size=n), rng.normal(), np.float64(rng.normal())), wrt=(0, 1, 2),
         orders=2)  # fmt: skip
def arrays_without_axes_and_numbers(x, a, b):
    """Of a number some functions make an array, which both names see change, others a number."""
    none = 0
    for v in x[len(x) :]:
        none = none + v
    return added_by_both_names(a) * added_by_both_names(b) * x, none * 1.0


@program(lambda rng, n: (rng.normal(size=n), n % 4), points=(((np.array([0.5, 1.5]), 1), None),),
         numba=True)  # fmt: skip
def sum_that_may_stay_a_number(x, n):
    """Behind a loop that never makes an array of it there is none of which the adjoint has the dtype."""
    s = 0
    for k in range(n):
        s = s + x * k if k % 2 else s * 2
    return np.sum(s) if n > 1 else x[0]


class Counted:
    """Counts what is done to it."""

    def __init__(self):
        self.count = 0

    def __enter__(self):
        self.count += 1
        return self

    def __exit__(self, *error):
        self.count += 10

    def __setitem__(self, key, value):
        self.count += 100


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def told_apart_after_effects(x):
    """What is one of two kinds is met when code before it has run, which does not run again."""
    pair = (x[1], 2.0) if x[0] > 0 else [x[2], 3.0]
    first, second = Counted(), Counted()
    one, other, rest = [x[0], x[1]], [x[2], x[3]], [x[1], x[3]]
    chosen = one if x[0] > 0 else other

    def noted(item):
        first.count += 1000
        return item

    total = sum(u * v for u, v in [(x[0], 1.0), pair])
    for u, v in [(x[3], 1.5), pair]:
        total += u * v
    for k, (u, v) in enumerate(map(noted, [(x[3], 1.5), pair, (x[0], 2.5)])):
        total += u * v * k
    second["k"], chosen[0] = 1.0, x[2] * x[3]
    second["k"] = chosen[1] = x[1] ** 2
    with first as a, a if x[0] > 0 else second as b:
        b.count += 5
    del rest[0], chosen[0]
    counts = first.count + second.count
    return total * counts + one[0] * sum(one) + other[0] * sum(other) + rest[0] * len(rest)
