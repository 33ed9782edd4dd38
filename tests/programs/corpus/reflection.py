"""Builtins that ask what a value is, what it has and how it is spelled; imports inside functions."""

import dataclasses

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.5, 1.5, n),)


@dataclasses.dataclass
class Spring:
    k: float
    rest: float = 1.0

    def energy(self, x):
        return 0.5 * self.k * (x - self.rest) ** 2


@program(lambda rng, n: (rng.normal(), rng.normal()), wrt=(0, 1), orders=2, numba=True)
def methods_and_fields_by_name(k, x):
    spring = Spring(k)
    total = getattr(spring, "energy")(x) + getattr(spring, "damping", 0.25) * x**3
    for name in ("k", "rest"):
        total += getattr(spring, name) * x
    return total


@program(vector)
def functions_by_name(x):
    for name in ("sin", "exp", "tanh"):
        x = getattr(np, name)(x)
        x = getattr(np, "arc" + "tan")(x)
    return getattr(x, "sum")()


@program(vector, numba=True)
def classes_of_values(x):
    s = 0.0
    for v in (x, 2.0, (x[0], x[1])):
        if type(v) is tuple:
            s = s + v[0] * v[1]
        elif type(v) == float:
            s = s * v
        elif type(v).__name__ == "ndarray" and issubclass(type(v), np.ndarray):
            s = s + np.sum(v * v)
    return s


@program(lambda rng, n: (rng.normal(size=n), np.tanh))
def function_or_number(x, f):
    scale = lambda v: f(v) if callable(f) else f * v
    return np.sum(scale(x)) * (2.0 if callable(x) else 3.0)


@program(vector)
def texts_of_values(x):
    print(repr(x), ascii("é"), format(x[0], "8.3f"), str(x[1]), f"{'a':>4}{'b'!r}{np.pi!r:.4}", {1})
    total = np.sum(x * x) * len(f"{len(x)}: {x[0]:.1f}")
    return total * ord("a") + len(hex(255) + bin(5) + oct(8) + chr(65) + format(1.5, ".3f"))


@program(vector)
def imports_inside(x):
    import math

    import numpy.linalg
    from numpy import exp
    from numpy import pi as circle

    y = 0.0
    for v in x:
        from math import sin as sine

        y += sine(v) * circle
    return y * numpy.linalg.norm(x) + math.sqrt(x[0]) + np.sum(exp(x))


@program(vector)
def import_that_fails(x):
    try:
        import no_such_package as fast

        f = fast.sine
    except ImportError:
        f = np.sin
    try:
        from numpy import no_such_function as g
    except ImportError:
        g = np.cos
    return np.sum(f(x) * g(x))


@program(vector, numba=True)
def import_of_a_name_that_a_comprehension_has(x):
    import numpy as v

    return sum([v * v for v in x]) * v.sin(x[0])


@program(vector)
def import_in_a_function_inside(x):
    def norm(y):
        from numpy.linalg import norm

        return norm(y)

    return norm(x) * norm(x[1:])


@program(vector)
def list_that_nobody_looks_at(x):
    values = []
    y = np.zeros(len(x))
    [values.append(v * w) for v in x if v > 0.6 for w in (x[0], x[1])]
    [y.fill(v * v) for v in x]
    [print(v) for v in values]
    return sum(values) * np.sum(y)
