"""Calls of functions that have a row, but not for these arguments."""

import numpy as np

from tests.programs.registry import refused


def vector(rng, n):
    return (rng.normal(size=n),)


def matrix(rng, n):
    return (rng.normal(size=(n, n)),)


@refused("numpy function 'svd' has no rule", "np.linalg.svd(x)", matrix,
         hint="functions that have one")  # fmt: skip
def singular_values(x):
    return np.sum(np.linalg.svd(x)[1])  # refused


@refused("norm cannot take float64", 'np.linalg.norm(x, "nuc")', matrix,
         hint="write it with np.sum")  # fmt: skip
def nuclear_norm(x):
    return np.linalg.norm(x, "nuc")  # refused


@refused("pad cannot take float64", 'np.pad(x, 1, mode="edge")', vector,
         hint="concatenate the borders")  # fmt: skip
def padding_by_the_edge(x):
    return np.sum(np.pad(x, 1, mode="edge") ** 2)  # refused


@refused("split cannot take float64", "np.split(x, len(x) // 2)", vector,
         hint="give the places to split at")  # fmt: skip
def computed_number_of_parts(x):
    return np.sum(np.split(x, len(x) // 2)[0])  # refused


@refused("squeeze cannot take float64", "np.squeeze(x[1:])", vector,
         hint="name the axis")  # fmt: skip
def squeeze_of_unknown_size(x):
    return np.sum(np.squeeze(x[1:]))  # refused


@refused("an argument such as axis must be a constant", "np.roll(x, 1, axis=n)",
         lambda rng, n: (rng.normal(size=n), 0), hint="write the number itself")  # fmt: skip
def computed_axis(x, n):
    return np.sum(np.roll(x, 1, axis=n))  # refused


@refused("einsum cannot take float64", 'np.einsum("ij,j->i", x, x)', vector)
def subscripts_that_do_not_fit(x):
    return np.sum(np.einsum("ij,j->i", x, x))  # refused


@refused("np.clip is not supported with a_max=None", "np.clip(x, 0.0, None)", vector,
         hint="np.maximum")  # fmt: skip
def clip_with_one_bound(x):
    return np.sum(np.clip(x, 0.0, None))  # refused


@refused("method 'sort' of", "x.sort()", vector, hint="x = np.sort(x)")
def sorting_in_place(x):
    x = x.copy()
    x.sort()  # refused
    return np.sum(x)


@refused("np.cumsum is not supported with argument 'dtype'", "np.cumsum(x, dtype=float)", vector)
def cumsum_with_dtype(x):
    return np.sum(np.cumsum(x, dtype=float))  # refused


@refused("np.sum is not supported with argument 'where'", "np.sum(x, where=x > 0)", vector)
def sum_with_where(x):
    return np.sum(x, where=x > 0)  # refused
