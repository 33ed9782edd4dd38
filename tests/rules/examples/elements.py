"""Example calls: selection, numbers, memory."""

import math

import numpy as np

from tests.rules.examples.registry import example, normal, numbers


@example("where", normal((4,), (4,)))
def where_arrays(x, y):
    return np.where(x > 0, x * y, x - y)


@example("where", normal((2, 3), (3,)))
def where_broadcast(x, y):
    return np.where(y > 0, x, 2.0)


@example("where", normal((3,)))
def where_number(x):
    return np.where(x > 0, 1.0, x * x)


@example("float", numbers)
def float_of_number(x, y):
    return float(x * y) * x


@example("float", normal((3,)))
def float_of_element(x):
    return float(x[1]) * x




@example("math.ldexp", numbers)
def ldexp_of_number(x, y):
    return math.ldexp(x, 3) * y


@example("math.modf", numbers)
def modf_of_number(x, y):
    fraction, whole = math.modf(3.0 * x)
    return fraction * y + whole * x


@example("math.frexp", numbers)
def frexp_of_number(x, y):
    mantissa, exponent = math.frexp(x)
    return mantissa * y + exponent * x


@example("math.fsum", numbers)
def fsum_of_numbers(x, y):
    return math.fsum([x, y * y, -1.0]) * y


@example("math.fsum", normal((3,)))
def fsum_of_vector(x):
    return math.fsum(x) * x


@example("math.dist", numbers)
def dist_of_points(x, y):
    return math.dist((x, 1.0), (y, x * y))


@example("math.dist", normal((3,), (3,)))
def dist_of_vectors(p, q):
    return math.dist(p, q) * p


@example("math.log", lambda rng: (float(rng.uniform(1, 2)), float(rng.uniform(3, 4))))
def log_of_base(x, y):
    return math.log(x, y) * x


@example("math.hypot", numbers)
def hypot_of_three(x, y):
    return math.hypot(x, y, x * y)


@example("math.gamma", lambda rng: (float(rng.uniform(-0.9, -0.1)), float(rng.normal())))
def gamma_below_zero(x, y):
    return math.gamma(x) * y


@example("math.lgamma", lambda rng: (float(rng.uniform(-2.9, -2.1)), float(rng.normal())))
def lgamma_below_zero(x, y):
    return math.lgamma(x) * y


@example("clip_from", normal((2, 3), (3,)))
def clip_from_below(x, low):
    return np.clip(x, low, None) * x


@example("clip_to", normal((2, 3)))
def clip_from_above(x):
    return x.clip(max=0.3) * x


@example("getitem", normal((4,)))
def getitem_integer(x):
    return x[1] * x[-1]


@example("getitem", normal((5,)))
def getitem_slice(x):
    return x[1:-1] * x[::2]


@example("getitem", normal((5,)))
def getitem_backwards(x):
    return x[::-1] * x


@example("getitem", normal((3, 4)))
def getitem_row_and_column(x):
    return x[1] * np.sum(x[:, 2])


@example("getitem", normal((3,)))
def getitem_new_axis(x):
    return x[:, None] * x[None, :]


@example("getitem", normal((3,)))
def getitem_repeated(x):
    return x[[0, 0, 2]] * np.array([1.0, 2.0, 3.0])


@example("getitem", normal((3, 3)))
def getitem_two_lists(x):
    return x[[0, 0, 1], [1, 1, 2]]


@example("getitem", normal((5,)))
def getitem_mask(x):
    return x[x > 0] * 2.0


@example("getitem", normal((2, 3, 2)))
def getitem_ellipsis(x):
    return x[..., 0] * x[0, 0, 1]


@example("setitem", normal((4,), ()))
def setitem_integer(x, v):
    y = x * 1.0
    y[1] = v * v
    return y * x


@example("setitem", normal((4,), (2,)))
def setitem_slice(x, v):
    y = x.copy()
    y[1:3] = v
    return y * x


@example("setitem", normal((3, 4), (4,)))
def setitem_broadcast(x, v):
    y = np.sin(x)
    y[:2] = v
    return y * y


@example("setitem", normal((3,), (3,)))
def setitem_repeated(x, v):
    y = x.copy()
    y[[0, 0, 2]] = v
    return y


@example("setitem", normal((4,), ()))
def setitem_mask(x, v):
    y = x.copy()
    y[x > 0] = v
    return y * x


@example("setitem", normal((4,)))
def setitem_added(x):
    y = np.zeros(4)
    y[1:] += x[:-1]
    y[0] *= 2.0
    return y * x


@example("list_get", normal((3,)))
def list_get_in_loop(x):
    parts = []
    for i in range(3):
        parts.append(x * i)
    total = 0.0 * x
    for i in range(3):
        total = total + parts[i] * parts[i - 1]
    return total


@example("np.modf", normal((2, 3), ()))
def modf_of_arrays(x, y):
    fraction, whole = np.modf(3.0 * x)
    return fraction * np.modf(y)[0] + whole * x


@example("np.divmod", normal((2, 3), ()))
def divmod_of_arrays(x, y):
    quotient, rest = np.divmod(x, 0.7 + y * y)
    return rest * np.divmod(y, 0.3)[1] + quotient * x


@example("np.frexp", normal((3,), ()))
def frexp_of_arrays(x, y):
    mantissa, exponent = np.frexp(x)
    return mantissa * np.frexp(y)[0] + exponent * x


@example("ldexp", normal((2, 3), ()))
def ldexp_of_arrays(x, y):
    return np.ldexp(x, 3) * np.ldexp(y, [1, 2, -1])


@example("where", normal((3,)))
def compared_elements(x):
    near = np.isclose(x, x + 1e-9) & np.isposinf(np.abs(x) / 0.0)
    if np.allclose(x, x) and np.array_equal(x, x) and not np.array_equal(x, x[:2]):
        x = x * np.gcd(12, 18) + np.left_shift(1, 3) * np.spacing(x)
    return np.where(near, x * x, x)
