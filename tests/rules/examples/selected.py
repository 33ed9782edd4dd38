"""Example calls: reductions with where, initial and dtype."""

import numpy as np

from tests.rules.examples.registry import distinct, example, normal

SOME = np.array([[True, False, True], [True, True, True]])
FIRST = np.array([True, True, False])


@example("sum_of", normal((2, 3), ()))
def sum_of_some(x, y):
    return np.sum(x, axis=0, where=SOME, initial=y * y) * x.sum(initial=2.0, keepdims=True) + (
        np.sum(x * x, where=np.array([True, False, True]))
    )


@example("sum_of", normal((2, 3)))
def sum_of_doubles(x):
    return np.sum(x, axis=1, dtype=np.float64) * x.sum(dtype=float, where=SOME)


@example("prod_of", normal((2, 3), ()))
def prod_of_some(x, y):
    return np.prod(x, axis=1, where=SOME, initial=y) * x.prod(where=FIRST, dtype=float)


@example("mean_of", normal((2, 3)))
def mean_of_some(x):
    return np.mean(x, axis=0, where=SOME) * x.mean(where=FIRST, keepdims=True) * np.mean(
        x, dtype=np.float64
    )


@example("max_of", distinct((2, 3), (1,)))
def max_of_some(x, y):
    return np.max(x, axis=1, where=SOME, initial=-9.0) * x.max(initial=y[0] + 0.3)


@example("min_of", distinct((2, 3), (1,)))
def min_of_some(x, y):
    return np.min(x, axis=0, where=FIRST, initial=1.2) * x.min(initial=y[0] + 0.1, keepdims=True)


@example("var_of", normal((2, 3)))
def var_of_some(x):
    return np.var(x, axis=1, where=SOME) * x.var(where=FIRST, ddof=1) * np.var(x, dtype=np.float64)


@example("std_of", normal((2, 3)))
def std_of_some(x):
    return np.std(x, axis=1, where=SOME, keepdims=True) * x.std(where=FIRST, ddof=1) * np.std(
        x, dtype=np.float64
    )


@example("sum_of", normal((2, 3)))
def sum_of_all(x):
    if np.any(x == 0, where=SOME) or not np.all(np.abs(x) < 9, axis=0, where=SOME).all():
        return x
    return np.sum(x, where=True, initial=1.0) * x


@example("std_of", normal((3, 4), (4,)))
def deviations_from_another_mean(x, m):
    return np.std(x, axis=0, mean=m, ddof=1) * x.var(axis=1, mean=m[:1], keepdims=True)


@example("nanvar_of", normal((3, 4), (4,)))
def deviations_beside_nan(x, m):
    holed, rows = x + np.array([0.0, np.nan, 0.0, 0.0]), np.array([[True], [True], [False]])
    return np.nanvar(holed.T, axis=0, mean=m[:3]) * np.nanstd(holed, mean=m[0], where=rows)
