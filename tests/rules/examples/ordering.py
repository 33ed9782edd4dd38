"""Example calls: picking by integers, and sorting."""

import numpy as np

from tests.rules.examples.registry import distinct, example, normal


@example("sort", distinct((5,)))
def sort_vector(x):
    return np.sort(x) * x


@example("sort", distinct((2, 3)))
def sort_first(x):
    return np.sort(x, axis=0)


@example("sort", distinct((2, 3)))
def sort_last(x):
    return np.sort(x, kind="stable")


@example("partition", distinct((6,)))
def partition_vector(x):
    return np.partition(x, 2) * x


@example("partition", distinct((4, 3)))
def partition_first(x):
    return np.partition(x, [0, -2], axis=0)


@example("partition", distinct((2, 5)))
def partition_last(x):
    return np.partition(x, (1, 3))[:, 1:3]


@example("take", normal((4,)))
def take_list(x):
    return np.take(x, [0, 2, 2])


@example("take", normal((2, 3)))
def take_flat(x):
    return np.take(x, np.array([[0, 5], [1, 1]]))


@example("take", normal((2, 3)))
def take_columns(x):
    return x.take([2, 0], axis=1)


@example("take", normal((2, 3)))
def take_one(x):
    return np.take(x, 1, axis=-1)


@example("take_along_axis", normal((2, 3)))
def take_along_last(x):
    return np.take_along_axis(x, np.argsort(x, axis=-1), axis=-1)


@example("take_along_axis", normal((2, 3)))
def take_along_first(x):
    return np.take_along_axis(x, np.array([[0, 1, 1], [1, 1, 0], [0, 0, 0]]), axis=0)


@example("take_along_axis", normal((4,)))
def take_along_vector(x):
    return np.take_along_axis(x, np.array([3, 0, 3]), axis=0)


@example("take_along_axis", normal((2, 3, 2)))
def take_along_middle(x):
    return np.take_along_axis(x, np.argmax(x, axis=1, keepdims=True), axis=1)


@example("take", distinct((4,), (2, 3)))
def take_out_of_range(x, y):
    z = np.take(x, [3, 5, -7, 1], mode="wrap") * x.take(np.array([-2, 9, 1, 2]), mode="clip")
    return z * np.take(y, 4, axis=1, mode="wrap")[0]


@example("sort", distinct((4,)))
def sort_that_is_stable(x):
    order = np.argsort(x, stable=True)
    return np.sort(x, stable=True) * x[np.searchsorted(x, x[:2], sorter=order)][0] * x[order]


@example("sort", distinct((2, 3)))
def order_of_all(x):
    first = np.sort(x, axis=None) * np.partition(x, 2, axis=None)[2]
    return first * x.ravel()[np.argsort(x, axis=None)] * np.diff(x, n=0).ravel()
