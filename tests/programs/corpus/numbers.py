"""Points where careless derivatives are nan, infinite, or raise where the function does not."""

import math

import numpy as np

from pullback import grad
from tests.programs.registry import program


def array(*values):
    return np.array(values)


@program(
    lambda rng, n: (rng.normal(size=n),),
    points=(((array(0.0, 4.0, -1.0),), (array(0.0, 0.25, 0.0),)),),
)
def guarded_sqrt(x):
    return np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 0.0)), 0.0))


@program(
    lambda rng, n: (rng.uniform(0.5, 2, n),),
    points=(((array(0.0, 4.0),), (array(0.0, 0.25),)),),
)
def poisoned_sqrt(x):
    """The root of 0 has an infinite slope, which the guard must stop."""
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


@program(
    lambda rng, n: (rng.uniform(0.5, 2, n),),
    points=(((array(-1.0, 2.0, 0.0),), (array(1.0, 0.5, 1.0),)),),
)
def poisoned_log(x):
    return np.sum(np.where(x > 0, np.log(x), x))


@program(
    lambda rng, n: (rng.uniform(0.5, 2, n), rng.uniform(1, 2, n)),
    wrt=(0, 1),
    points=(((array(1.0, 0.0), array(0.0, 2.0)), (array(0.0, 0.5), array(0.0, 0.0))),),
)
def poisoned_division(x, y):
    return np.sum(np.where(y != 0, x / y, 0.0))


@program(
    lambda rng, n: (rng.uniform(0.5, 2, n),),
    points=(((array(0.0, 4.0),), (array(0.0, 0.25),)),),
)
def poisoned_power(x):
    return np.sum(np.where(x > 0, x**0.5, 0.0))


@program(
    lambda rng, n: (rng.normal(size=n),),
    points=(((array(1e200, 2.0, -3.0),), (array(0.0, 32.0, -108.0),)),),
)
def poisoned_product(x):
    """The product of three factors is infinite where that of two is not, and nothing is divided."""
    return np.sum(np.where(x < 10, x * x * x * x, 0.0))


@program(
    lambda rng, n: (rng.normal(size=n),),
    points=(((array(1e200, 2.0, -3.0),), (array(0.0, 48.0, 108.0),)),),
)
def slope_of_poisoned_product(x):
    return np.sum(grad(poisoned_product)(x))


@program(
    lambda rng, n: (rng.normal(size=n),),
    points=(((array(1e200, 2.0),), (array(0.0, 32.0),)),),
)
def poisoned_product_replaced(x):
    """The mask is an index here."""
    y = np.square(x) * np.square(x)
    y[x > 10] = 0.0
    return np.sum(y)


@program(
    lambda rng, n: (rng.normal(size=n),),
    points=(((array(1e200, 2.0),), (array(0.0, 8 * 2.0**7),)),),
)
def poisoned_product_of_loop(x):
    """The guard stands behind the loop, whose passes square what they are handed."""
    y = x
    for _ in range(2):
        y = y * y
    return np.sum(np.where(x < 10, y * y, 0.0))


@program(
    lambda rng, n: (rng.normal(size=n),),
    points=(((array(1e200, 2.0),), (array(0.0, 32.0),)),),
)
def poisoned_product_bounded(x):
    return np.sum(np.minimum(np.prod(np.stack([x, x, x]), axis=0) * x, 100.0))


@program(lambda rng, n: (rng.uniform(0.5, 2),), numba=True, points=(((0.0,), (math.inf,)),))
def root_of_python_float(x):
    """The derivative at 0 is inf, where Python's division would raise."""
    return math.sqrt(x)


@program(lambda rng, n: (rng.uniform(0.5, 2),), numba=True, points=(((0.0,), (0.0,)),))
def guarded_python_root(x):
    r = math.sqrt(x)
    return r if x > 0 else 0.0


@program(lambda rng, n: (rng.uniform(0.5, 2), rng.uniform(0.5, 2)), wrt=(0, 1), numba=True,
         points=(((0.0, 0.0), (0.0, 0.0)),))  # fmt: skip
def distance_from_origin(x, y):
    """A square of a root at 0: 0 times inf."""
    r = math.sqrt(x * x + y * y)
    return r * r if r > 0 else r * 0.0


@program(lambda rng, n: (rng.normal(size=n),), points=(((np.zeros(3),), None),), numba=True)
def norm(x):
    return np.sqrt(np.sum(x * x))


@program(lambda rng, n: (rng.normal(size=n),), points=(((np.full(3, 2.0),), (np.zeros(3),)),))
def deviation(x):
    return np.std(x) * 2.0


@program(
    lambda rng, n: (rng.uniform(0.5, 1.5, n),),
    points=(
        ((array(2.0, 0.0, 3.0),), (array(0.0, 6.0, 0.0),)),
        ((array(0.0, 0.0, 3.0),), (array(0.0, 0.0, 0.0),)),
    ),
    orders=2,
)
def product(x):
    return np.prod(x)


@program(
    lambda rng, n: (rng.uniform(0.5, 1.5, (n, 3)),),
    points=(((array([2.0, 0.0], [3.0, 5.0]),), None),),
)
def product_of_rows(X):
    return np.prod(X, axis=1)


@program(
    lambda rng, n: (rng.uniform(0.5, 2, n),),
    points=(((array(0.0, 2.0),), (array(0.0, 0.0),)),),
    numba=True,
)
def power_of_zero(x):
    return np.sum(x**0.0)


@program(
    lambda rng, n: (rng.uniform(0.5, 2, n), rng.uniform(1.5, 2, n)),
    wrt=(0, 1),
    points=(((array(0.0, 2.0), array(2.0, 3.0)), (array(0.0, 12.0), array(0.0, 8 * np.log(2.0)))),),
)
def power_of_both(x, y):
    return np.sum(x**y)


@program(
    lambda rng, n: (rng.normal(size=n), rng.normal(size=n)),
    wrt=(0, 1),
    points=(((array(1.0, 0.0), array(1.0, 2.0)), (array(0.5, 0.0), array(0.5, 1.0))),),
)
def tied_maximum(x, y):
    return np.sum(np.maximum(x, y))


@program(
    lambda rng, n: (rng.normal(size=n),),
    points=(((array(1.0, 3.0, 3.0),), (array(-1.0, 0.5, 0.5),)),),
)
def tied_extremes(x):
    return np.max(x) - np.min(x)


@program(
    lambda rng, n: (rng.normal(size=n),),
    points=(((array(0.0, -2.0, 3.0),), (array(0.0, -1.0, 1.0),)),),
)
def absolute_value(x):
    return np.sum(np.abs(x))


@program(
    lambda rng, n: (rng.normal(size=n),),
    points=(((array(0.0, -2.0, 3.0),), (array(0.5, 0.0, 1.0),)),),
)
def rectified(x):
    return np.sum(np.maximum(x, 0.0))


@program(
    lambda rng, n: (rng.normal(size=n) * 10,),
    points=(((array(1000.0, -1000.0),), (array(1.0, 0.0),)),),
)
def softplus(x):
    return np.sum(np.logaddexp(0.0, x))


@program(lambda rng, n: (rng.uniform(0.5, 2),), points=(((1e200,), None),), numba=True)
def huge_python_float(x):
    """x / (1 + x) at a float whose square overflows."""
    return x / (1.0 + x)


@program(
    lambda rng, n: (rng.uniform(1, 2, n),),
    points=(((array(800.0, 1.0),), None),), smooth=True,
)
def overflowing_exp(x):
    """np.exp gives inf where math.exp raises."""
    return 1 / (1 + np.exp(x))


@program(lambda rng, n: (rng.normal(size=4), n), orders=2)
def shifts(x, n):
    """Bits shifted to both sides, of Python's integers and of arrays, and how tightly they bind."""
    places = np.arange(4)
    y = x * (n << 1 | 1) + x * (n >> 1) - (1 << n) * x + x * ((n & 1) << 1) + x * ((1 << 2 + 1) >> 1)
    n <<= 2
    y = y * y * n + x[places ^ (places >> 1)] * (places << 1) + x * np.left_shift(places, 1)
    return np.sum(y if (n >> 2) & 1 else -y) + x[0] * (places[1] << 3)


@program(lambda rng, n: (rng.normal(), "relu6", n), orders=2)
def constants_of_all_sorts(x, name, n):
    """Negative powers of integers, parts and the order of strings, dicts joined."""
    scale = 10**-2 + 2**-1
    options = {"gain": x, "steps": 1} | {"steps": n, "name": name[:4]}
    if name[:-1] == "relu" and name[-1] > "5" and not name < "a":
        x = x * int(name[4:]) * scale
    return x**2 * options["gain"] * options["steps"] + len(options["name"]) * x


def _pictures(rng, n):
    a, b = rng.integers(100, 255, size=(2, n), dtype=np.uint8)
    return rng.normal(size=n), 2.5, a, b, rng.normal(size=n) > 0


@program(_pictures, wrt=(0, 1))
def adjoints_by_whole_numbers(u, c, a, b, chosen):
    """What a dot product with ints or bools hands back is a float: small ints would wrap, and what is
    added to an element would lose its fraction."""
    v, w, line = u * c, u - c, u * u * c
    total = line[0] * c + line @ np.arange(len(u)) - line @ chosen
    total += v[0] * c - v @ a + np.sum(v * chosen * b) + np.sum(w - b)
    others = np.array([np.sum(w * a), np.vdot(w, b)])
    return total - 0.1 * others[-1] + (w @ np.outer(a, b)).sum() - np.sum(np.where(chosen, w, 0) * a * b)
