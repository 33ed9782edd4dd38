"""Example calls: elements chosen, put in, left out, joined as blocks; convolutions and polynomials."""

import numpy as np

from tests.rules.examples.registry import example, normal, numbers


@example("convolve", normal((5,), (3,)))
def convolve_in_all_modes(a, v):
    full = np.convolve(a, v) * np.convolve(v, a, "full")
    return full[1:6] * np.convolve(a, v, mode="same") * np.convolve(v, a, "same") + (
        np.sum(np.convolve(a, v, "valid") * np.convolve(v, a, mode="valid"))
    )


@example("convolve", normal((4,), (2,)))
def convolve_with_even(a, v):
    return np.convolve(a, v, "same") * np.convolve(v, a * a, "same") * np.convolve(a, a, "same")


@example("correlate", normal((5,), (3,)))
def correlate_in_all_modes(a, v):
    return np.correlate(a, v) * np.correlate(v, a)[::-1] + np.sum(
        np.correlate(a, v, "full") * np.correlate(v, a, mode="full")
    )


@example("correlate", normal((5,), (4,)))
def correlate_same(a, v):
    return np.correlate(a, v, "same") * np.correlate(v, a, "same") * np.correlate(a, a, "same")


@example("polyval", normal((4,), (2, 3)))
def polyval_of_matrix(p, x):
    return np.polyval(p, x) * np.polyval(p[:1], x[0, 0])


@example("polyval", normal((3,), ()))
def polyval_of_number(p, x):
    return np.polyval(p, x) * np.polyval([1.0, 2.0, x * x], p)


@example("vander", normal((3,)))
def vander_of_vector(x):
    return np.vander(x) * np.vander(x, 3, increasing=True) * np.sum(np.vander(x, 2))


@example("insert", normal((4,), ()))
def insert_into_vector(x, v):
    return np.insert(x, 1, v) * np.insert(x, -1, v * v) * np.insert(x, 4, 2.0)


@example("insert", normal((2, 3), (3,)))
def insert_into_matrix(x, v):
    return np.insert(x, 1, v, axis=0) * np.insert(x, 0, v[0] * v, axis=0) + (
        np.sum(np.insert(x, -1, v[:2], axis=1) * np.insert(x, 3, v[2], axis=-1))
    ) * np.sum(np.insert(x, 2, v))


@example("insert", normal((4,), (3, 2), (2,)))
def insert_at_several_places(x, y, v):
    few = np.insert(x, [3, 1], v) * np.insert(x, [1, -1], 2.0) * np.insert(x, np.array([2, 2]), v * v)
    masked = np.insert(x, np.array([False, True, False, True]), v)
    rows = np.insert(y, [0, 2], v, axis=0) + np.insert(y, [2], [v, v], axis=0)
    block = np.insert(y, 1, [x[:3], x[1:]], axis=1) * np.insert(y, [0, 1], y * y, axis=1)
    return few * masked + np.sum(rows[:, 0]) * np.sum(block[:, 1] * block[:, 3])


@example("delete", normal((5,), (2, 3)))
def delete_places(x, y):
    return np.delete(x, -1)[:3] * np.delete(x, [0, 0, 2]) * np.delete(y, 1, axis=0)[0] + (
        np.sum(np.delete(x, x > 0)) * np.delete(y, [0, -1], axis=1)[1, 0] * np.delete(y, 4)[3]
    )


@example("compress", normal((4,), (2, 3)))
def compress_rows(x, y):
    return np.compress([True, False, True], x) * np.compress([False, True, True], y, axis=1)


@example("extract", normal((2, 3)))
def extract_elements(x):
    return np.extract(np.array([[True, False, True], [False, True, True]]), x * x) * x[0, 0]


@example("resize", normal((2, 3)))
def resize_over_and_over(x):
    return np.resize(x, (3, 4)) * np.resize(x * x, (3, 1)) + np.sum(np.resize(x, 4))


@example("trim_zeros", normal((3,)))
def trim_zeros_at_ends(x):
    y = np.concatenate([[0.0], x, [0.0, 0.0]])
    return np.trim_zeros(y) * np.trim_zeros(y, "f")[:3] * np.trim_zeros(y, trim="b")[1:] + (
        np.sum(np.trim_zeros(0.0 * x))
    )


@example("np.select", normal((3,), ()))
def select_one_of_three(x, y):
    low, high = np.array([True, False, False]), np.array([True, False, True])
    return np.select([low, high], [x * x, y], default=x + y) * np.select((high,), (y,))


@example("np.choose", normal((3,), ()))
def choose_one_of_three(x, y):
    return np.choose([2, 0, 1], [x, y * x, x[0]]) * np.choose(1, (y, x))


@example("block", normal((2, 2), (2,)))
def block_of_four(x, v):
    whole = np.block([[x, v[:, None]], [v[None], v[0]]])
    return whole * np.block([[np.block([x, x[:, :1]])], [1.0, v]]) * np.sum(np.block([v, x[0], v[1]]))


@example("broadcast_arrays", normal((2, 1), (3,)))
def broadcast_arrays_of_three(x, y):
    a, b, c = np.broadcast_arrays(x, y, x[0])
    return a * b * c


@example("where", normal((4,)))
def places_of_elements(x):
    (there,) = np.nonzero(np.array([1, 0, 1, 1]))
    rows, columns = np.tril_indices(3, -1)
    square = np.outer(x[:3], x[:3])
    square = square[rows, columns] * square[np.triu_indices_from(square, 1)]
    some = x[np.flatnonzero(there)] * x[np.argwhere(there)[:, 0]]
    return np.where(there > 0, x[there], 0.0) * square * some[0] * np.eye(3)[np.diag_indices(3)]


@example("logspace", numbers)
def logspace_of_both(x, y):
    return np.logspace(x, y, 4) * np.logspace(y, 1.0, num=4, endpoint=False, base=2.0)


@example("geomspace", lambda rng: tuple(map(float, rng.uniform(0.5, 2.0, 2))))
def geomspace_of_both(x, y):
    return np.geomspace(x, y * 3.0, 4) * np.geomspace(y, np.array([x, y]), 3)[1, 0]


@example("cumulative_sum", normal((3,), (2, 3)))
def cumulative_sum_of_rows(x, y):
    return np.cumulative_sum(x) * np.cumulative_sum(y, axis=0, include_initial=True)


@example("cumulative_prod", normal((3,), (2, 3)))
def cumulative_prod_of_rows(x, y):
    return np.cumulative_prod(x) * np.cumulative_prod(y, axis=1, include_initial=True)[:, 1:]


@example("compress", normal((3, 2), (2, 2, 3)))
def methods_that_choose(x, y):
    z = np.array([0, 1, 0]).choose([x[:, 0], x[:, 1]]) * x.compress([True, False, True, False]).sum()
    return z * x.compress(condition=[False, True], axis=1).mT + np.sum(y.mT * x)


@example("setitem", normal((2, 3), (2, 1), (3,)))
def put_along_axes(x, v, w):
    y = np.astype(x, np.float64) * 2.0
    np.put_along_axis(y, np.array([[1], [0]]), v * v, axis=1)
    np.put_along_axis(y, np.array([[1, 0, 1]]), w, 0)
    np.put_along_axis(w, np.array([2]), w[0], axis=-1)
    return y * y + w
