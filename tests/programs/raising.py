"""Programs that raise at some arguments (a plain module: pytest changes test modules).

Each comes with arguments at which it runs, and others at which it raises, though nothing that is
returned may depend on what raises.
"""

import math

import numpy as np


def bad_index(x, k):
    x[k]
    return np.sum(x)


def bad_index_in_a_loop(x, k):
    total = 0.0
    for i in range(3):
        total += x[i] * i
        x[k]
    return total


def zero_divisor(a, b):
    return a * b + 0.0 * (1.0 / b)


def invariant_quotient(a, b):
    total = 0.0
    for i in range(2):
        total += i * a + (a / b - a / b)
    return total


def quotient_behind_a_check(a, b):
    total = 0.0
    for _ in range(2):
        assert b != 0.0
        total += a / b
    return total


def clashing_shapes(x, y):
    x + y
    return np.sum(x * 2.0)


def out_of_domain(a, b):
    return a * math.log(b) - a * math.log(b) + a


def raised_by_hand(a, b):
    if b < 0.0:
        raise ValueError("b is negative")
    return a * b


def complain(message, *values):
    raise ValueError(message % values)


def raised_by_a_helper(a, b):
    if b < 0.0:
        complain("b is %g, below %s", b, "zero")
    return a * b if b != 1.0 else complain("b is one")


def of_a_known_kind(x, kind):
    """With another kind it raises on all paths."""
    if kind == "square":
        return x * x
    raise NotImplementedError("unknown kind " + repr(kind))


def named_entry(p, k):
    return np.sum(p[f"w{k}"]) * p["scale"]


def popped_too_often(x, n):
    kept = []
    for i in range(3):
        kept.append(x[i])
    total = 0.0
    for _ in range(n):
        total += kept.pop()
    return total


def overwritten_out_of_bounds(x, k):
    y = np.zeros(4)
    y[k] = x[0]
    y[:] = 1.0
    return np.sum(x) * y[0]


def clashing_product(x, y):
    return np.sum(x * y)


def clashing_in_a_loop(x, y, n):
    total = np.sum(x)
    for _ in range(n):
        total += np.sum(x * y)
    return total


def nothing_is_least(x):
    best, where = None, None
    for i in range(len(x)):
        if best is None or x[i] < best:
            best, where = x[i], i
    return 2.0 * best * where


def read_in_the_first_pass(x, k):
    for i in range(3):
        if i == k:
            s = x[i]
        else:
            s = s * x[i]  # noqa: F821
    return s


def of_another_kind(x, k):
    try:
        total = x[k] * 2.0
    except ValueError:
        total = 0.0
    return total * x[0]


def raised_in_a_handler(a, b):
    try:
        a = a * math.log(b)
    except ValueError as error:
        raise KeyError("b") from error
    return a


def raised_once_more(a, b):
    try:
        a = a * math.log(b)
    except ValueError:
        print("no logarithm")
        raise
    finally:
        print("done")
    return a


def multiplied_in_place(A, B):
    A = A * 1.0
    A @= B
    return np.sum(A)


def greatest_of_a_range(a, n):
    return a * max(range(n))


def raised_behind_a_finally(a, b):
    try:
        if b < 0:
            raise ValueError("no")
        a = a * b
    except ValueError:
        try:
            a = 1.0 / (a + 1.0)
        finally:
            print("done")
        raise
    return a


class Job:
    def __init__(self, cost):
        self.cost = cost


def objects_without_an_order(x, k):
    """Tuples are compared by their last items only where all before are equal."""
    jobs = [Job(x[0]), Job(x[1])]
    return jobs[0].cost if (1, jobs[0]) < (k, jobs[1]) else jobs[1].cost


class Sloppy:
    def __init__(self, x):
        self.x = x

    def __bool__(self):
        return self.x[0] > 0  # of NumPy, which Python does not take here


def truth_of_an_object(x, k):
    return x[0] * x[1] if k or Sloppy(x) else x[2]


X = np.array([0.5, -1.5, 2.0])
ROW, SQUARE = np.ones((1, 3)), np.ones((3, 3))
# What runs, what raises, and how.
NAMED = {"w1": X, "w2": X, "scale": 2.0}
RAISING = {
    bad_index: ((X, 2), (X, 3), IndexError),
    bad_index_in_a_loop: ((X, 0), (X, 7), IndexError),
    objects_without_an_order: ((X, 2), (X, 1), TypeError),
    truth_of_an_object: ((X, True), (X, False), TypeError),
    zero_divisor: ((2.0, 3.0), (2.0, 0.0), ZeroDivisionError),
    invariant_quotient: ((2.0, 3.0), (2.0, 0.0), ZeroDivisionError),
    quotient_behind_a_check: ((2.0, 3.0), (2.0, 0.0), AssertionError),
    clashing_shapes: ((X, X), (X, np.ones(2)), ValueError),
    out_of_domain: ((2.0, 3.0), (2.0, -1.0), ValueError),
    raised_by_hand: ((2.0, 3.0), (2.0, -1.0), ValueError),
    raised_by_a_helper: ((2.0, 3.0), (2.0, -1.0), ValueError),
    of_a_known_kind: ((2.0, "square"), (2.0, "cube"), NotImplementedError),
    named_entry: ((NAMED, 1), (NAMED, 3), KeyError),
    popped_too_often: ((X, 3), (X, 4), IndexError),
    clashing_product: ((ROW, SQUARE), (ROW, np.ones((3, 2))), ValueError),
    clashing_in_a_loop: ((ROW, np.ones((3, 2)), 0), (ROW, np.ones((3, 2)), 1), ValueError),
    multiplied_in_place: ((SQUARE, SQUARE), (SQUARE, np.ones((3, 1))), ValueError),
    nothing_is_least: ((X,), (X[:0],), TypeError),
    read_in_the_first_pass: ((X, 0), (X, 1), UnboundLocalError),
    of_another_kind: ((X, 2), (X, 3), IndexError),
    raised_in_a_handler: ((2.0, 3.0), (2.0, -1.0), KeyError),
    raised_once_more: ((2.0, 3.0), (2.0, -1.0), ValueError),
    greatest_of_a_range: ((2.0, 3), (2.0, -3), ValueError),
    raised_behind_a_finally: ((2.0, 3.0), (2.0, -3.0), ValueError),
    overwritten_out_of_bounds: ((X, 3), (X, 4), IndexError),
}


def divides_elements(x, h, n):
    """Numbers of Python raise at 0; scalars of NumPy give infinity or nan."""
    total = 1.0 / h + 7 // n * x[0] + 7 % n
    for i in range(len(x) - 1):
        total -= np.sqrt(x[i]) / x[i + 1]
    return total / h


def factorial(x, n):
    product, k = 1, 0
    while k < n:
        k += 1
        product *= k
    return x * product


# What compiled code has to raise: of each an argument at which it runs, one at which it raises.
def prints_and_raises(x):
    print("before", x)
    if x > 0:
        raise ValueError("above")
    return x * 2


IN_COMPILED_CODE = {
    "root": (lambda x, a: math.sqrt(a) * x, 1.0, -1.0, ValueError),
    "pole": (lambda x, a: math.log(a) * x, 1.0, 0.0, ValueError),
    "range": (lambda x, a: math.exp(a) * x, 1.0, 1e3, OverflowError),
    "power": (lambda x, a: math.pow(a, 0.5) * x, 1.0, -1.0, ValueError),
    "square": (lambda x, a: (a * 1e100) ** 2 * x, 1.0, 1e100, OverflowError),
    "int_of_nan": (lambda x, a: int(a) * x, 1.0, math.nan, ValueError),
    "wide_int": (lambda x, a: int(a) * x, 1.0, 1e30, OverflowError),
    "product": (factorial, 3, 30, OverflowError),
}
