"""Example calls: reductions and running sums."""

import statistics

import numpy as np

from tests.rules.examples.registry import distinct, example, normal


@example("sum", normal((2, 3)))
def sum_all(x):
    return np.sum(x * x)


@example("sum", normal((2, 3)))
def sum_first(x):
    return np.sum(x, axis=0)


@example("sum", normal((2, 3)))
def sum_last_kept(x):
    return x * np.sum(x, axis=-1, keepdims=True)


@example("sum", normal((2, 3, 2)))
def sum_two_axes(x):
    return x.sum(axis=(0, 2))


@example("sum", normal((0, 3)))
def sum_empty(x):
    return np.sum(x, axis=0)


@example("sum", normal(()))
def sum_number(x):
    return np.sum(x)


@example("mean", normal((2, 3)))
def mean_all(x):
    return np.mean(x * x)


@example("mean", normal((2, 3)))
def mean_last(x):
    return x.mean(axis=1)


@example("mean", normal((2, 3, 2)))
def mean_two_axes_kept(x):
    return x - np.mean(x, axis=(0, 1), keepdims=True)


@example("max", distinct((2, 3)))
def max_all(x):
    return np.max(x)


@example("max", distinct((2, 3)))
def max_first(x):
    return np.max(x, axis=0)


@example("max", distinct((2, 3, 2)))
def max_two_axes_kept(x):
    return x * x.max(axis=(1, 2), keepdims=True)


@example("min", distinct((2, 3)))
def min_all(x):
    return np.min(x)


@example("min", distinct((2, 3)))
def min_last(x):
    return x.min(axis=-1)


@example("prod", normal((4,)))
def prod_all(x):
    return np.prod(x)


@example("prod", normal((2, 3)))
def prod_matrix(x):
    return np.prod(x)


@example("prod", normal((2, 3)))
def prod_first(x):
    return x.prod(axis=0)


@example("prod", normal((2, 3)))
def prod_last_kept(x):
    return np.prod(x, axis=1, keepdims=True) * x


@example("std", normal((5,)))
def std_all(x):
    return np.std(x)


@example("std", normal((2, 3)))
def std_last_ddof(x):
    return np.std(x, axis=1, ddof=1)


@example("std", normal((2, 3)))
def std_first_kept(x):
    return x / x.std(axis=0, keepdims=True)


@example("max", distinct((2, 3)))
def amax_first(x):
    return np.amax(x, axis=0)


@example("var", normal((5,)))
def var_all(x):
    return np.var(x)


@example("var", normal((2, 3)))
def var_last_ddof(x):
    return x.var(axis=-1, ddof=1)


@example("var", normal((2, 3, 2)))
def var_two_axes_kept(x):
    return x / np.var(x, axis=(0, 2), keepdims=True)


@example("var", normal(()))
def var_number(x):
    return np.var(x)


@example("cumsum", normal((4,)))
def cumsum_vector(x):
    return np.cumsum(x) * x


@example("cumsum", normal((2, 3)))
def cumsum_flat(x):
    return np.cumsum(x)


@example("cumsum", normal((2, 3)))
def cumsum_last(x):
    return x.cumsum(axis=-1)


@example("cumprod", normal((4,)))
def cumprod_vector(x):
    return np.cumprod(x)


@example("cumprod", normal((2, 3)))
def cumprod_first(x):
    return x.cumprod(axis=0)


@example("cumprod", normal((2, 2)))
def cumprod_flat(x):
    return np.cumprod(x)


@example("statistics.mean", normal((4,)))
def mean_of_a_list(x):
    y = float(x[0])
    means = statistics.mean([float(v) for v in x]), statistics.mean([y, y * y, 3.0])
    return means[0] * means[1] * statistics.mean([x[0], x[1], x[0] * x[2]])


@example("prod", lambda rng: (np.zeros((3, 0)), np.zeros((0, 3, 2)), rng.normal(size=(2, 3))))
def prod_of_nothing(x, y, z):
    some = np.prod(x, axis=0).sum() + np.prod(y, axis=(1, 2)).sum()
    return np.prod(x, axis=1) + some + np.prod(z, axis=())[0]


@example("trim_zeros", lambda rng: (np.zeros(0), np.array([0.0, 0.4, -1.2, 0.0])), smooth=False)
def trim_zeros_of_nothing(x, y):
    return np.append(np.trim_zeros(y)[:2] * 2.0, np.trim_zeros(x)) + np.sum(np.trim_zeros(0.0 * y, "b"))
