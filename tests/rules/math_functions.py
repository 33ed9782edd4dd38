"""A function for each function of the math module, as source that the compiler can read.

``REFUSALS`` says of those without a derivative in their argument what is written instead.
"""

import math

REFUSALS = {
    "nextafter": "write x itself",
    "sumprod": "np.dot",
    "fma": "x * y + z",
}
# Handled without a row of its own: products of numbers one after the other.
LOWERED = {"prod"}
# Those of integers, and others whose result no small change of the argument changes.
STEPS = {
    "ceil": (1.3,), "floor": (1.3,), "trunc": (1.3,), "ulp": (1.3,), "isclose": (1.3, 2.0),
    "isfinite": (1.3,), "isinf": (1.3,), "isnan": (1.3,), "comb": (5, 2), "perm": (5, 2),
    "factorial": (4,), "gcd": (12, 18), "lcm": (4, 6), "isqrt": (10,),
}  # fmt: skip


def log_of_base(x, b):
    return math.log(x, b)


def hypot_of_three(x, y):
    return math.hypot(x, y, 1.0)


def product_of_three(x, y):
    return math.prod((x, y, x), start=2.0)


def keeps_constant(x):
    return x * math.gamma(5.0)
