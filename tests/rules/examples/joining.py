"""Example calls: joining, repeating, taking apart."""

import numpy as np

from tests.rules.examples.registry import distinct, example, normal, numbers


@example("concatenate", normal((2,), (3,)))
def concatenate_vectors(x, y):
    return np.concatenate([x, y, x])


@example("concatenate", normal((2, 1), (2, 3)))
def concatenate_columns(x, y):
    return np.concatenate((x, y), axis=1)


@example("concatenate", normal((2,)))
def concatenate_list(x):
    parts = []
    for i in range(3):
        parts.append(x * i)
    return np.concatenate(parts)


@example("stack", normal((3,), (3,)))
def stack_rows(x, y):
    return np.stack([x, y])


@example("stack", normal((2, 3), (2, 3)))
def stack_last(x, y):
    return np.stack((x, y, x), axis=-1)


@example("stack", normal((3,)))
def stack_list(x):
    parts = []
    for i in range(3):
        parts.append(x * i)
    return np.stack(parts, axis=1)


@example("array", numbers)
def array_of_numbers(x, y):
    return np.array([x, y, x * y])


@example("array", normal((3,), (3,)))
def array_of_arrays(x, y):
    return np.array([x, y]) * x


@example("array", normal((3,)))
def array_of_list(x):
    parts = []
    for i in range(3):
        parts.append(x[i] * i)
    return np.array(parts)


@example("array", normal((2, 3)))
def array_of_array(x):
    return np.array(x) * x


@example("array", normal((3,)))
def array_with_dtype(x):
    return np.array([x[0], 2, x[1]], dtype=float) * x


@example("hstack", normal((2,), (3,)))
def hstack_vectors(x, y):
    return np.hstack([x, y])


@example("hstack", normal((2, 1), (2, 3)))
def hstack_matrices(x, y):
    return np.hstack((x, y, x))


@example("hstack", normal((), (2,)))
def hstack_number(x, y):
    return np.hstack([x, y])


@example("hstack", normal((2, 3)))
def hstack_list(x):
    parts = []
    for i in range(3):
        parts.append(x * i)
    return np.hstack(parts)


@example("vstack", normal((3,), (3,)))
def vstack_vectors(x, y):
    return np.vstack([x, y])


@example("vstack", normal((2, 3), (3,)))
def vstack_matrix_vector(x, y):
    return np.vstack((x, y))


@example("vstack", normal((3,)))
def vstack_list(x):
    rows = []
    for i in range(3):
        rows.append(x * i)
    return np.vstack(rows)


@example("column_stack", normal((3,), (3, 2)))
def column_stack_both(x, y):
    return np.column_stack([x, y])


@example("append", normal((3,), ()))
def append_number(x, v):
    return np.append(x, v)


@example("append", normal((2, 3), (1, 3)))
def append_row(x, v):
    return np.append(x, v, axis=0)


@example("tile", normal((3,)))
def tile_vector(x):
    return np.tile(x, 2)


@example("tile", normal((3,)))
def tile_rows(x):
    return np.tile(x, (2, 1))


@example("tile", normal((2, 3)))
def tile_matrix(x):
    return np.tile(x, (3, 2))


@example("tile", normal((2, 3)))
def tile_last(x):
    return np.tile(x, 2)


@example("repeat", normal((3,)))
def repeat_vector(x):
    return np.repeat(x, 2)


@example("repeat", normal((2, 3)))
def repeat_flat(x):
    return x.repeat(2)


@example("repeat", normal((2, 3)))
def repeat_rows(x):
    return np.repeat(x, 3, axis=0)


@example("repeat", normal((3,)))
def repeat_each(x):
    return np.repeat(x, [2, 0, 1])


@example("repeat", normal((2, 3)))
def repeat_each_column(x):
    return np.repeat(x, np.array([1, 2, 1]), axis=-1)


@example("pad", normal((3,)))
def pad_vector(x):
    return np.pad(x, 1)


@example("pad", normal((2, 3)))
def pad_pair(x):
    return np.pad(x, (1, 0))


@example("pad", normal((2, 3)))
def pad_pairs(x):
    return np.pad(x, ((0, 2), (1, 1)), constant_values=3.0)


@example("pad", normal((3,)))
def pad_computed(x):
    return np.pad(x, (len(x), len(x) - 3), mode="constant")


@example("split", normal((4,)))
def split_halves(x):
    a, b = np.split(x, 2)
    return a * b


@example("split", normal((5,)))
def split_at_places(x):
    a, b, c = np.split(x, [1, 3])
    return np.sum(a) * b * np.sum(c)


@example("split", normal((2, 4)))
def split_columns(x):
    parts = np.split(x, 2, axis=1)
    return parts[1] * 2.0


@example("split", normal((6,)))
def split_computed(x):
    n = len(x) // 3
    a, b = np.split(x, [n])
    return np.sum(a * a) * b


@example("concatenate", normal((2, 3), (2,)))
def concatenate_flat(x, y):
    return np.concatenate([x, y, x], axis=None)


@example("dstack", normal((2, 3), (2, 3)))
def dstack_matrices(x, y):
    return np.dstack([x, y]) * x[:, :, None]


@example("dstack", normal((2,), (2,)))
def dstack_vectors_and_numbers(x, y):
    return np.dstack((x, y)) * np.dstack([x[0], y[1]])


@example("dstack", normal((3,)))
def dstack_lists(x):
    rows, numbers = [], []
    for i in range(3):
        rows.append(x * i)
        numbers.append(x[i] * i)
    return np.dstack(rows) * np.dstack(numbers)


@example("array_split", normal((7,)))
def array_split_unequal(x):
    a, b, c = np.array_split(x, 3)
    return a[:2] * b * c


@example("array_split", normal((2, 5)))
def array_split_at_places(x):
    a, b, c = np.array_split(x, [1, 4], axis=1)
    return a * b * c


@example("hsplit", normal((4,), (2, 4)))
def hsplit_halves(x, y):
    a, b = np.hsplit(x, 2)
    c, d = np.hsplit(y, [3])
    return a * b * c[:, :2] * d


@example("vsplit", normal((4, 2)))
def vsplit_written(x):
    y = x * 1.0
    a, b = np.vsplit(y, 2)
    a *= b
    return y * np.vsplit(x, [2])[1][0]


@example("dsplit", normal((2, 2, 4)))
def dsplit_halves(x):
    a, b = np.dsplit(x, 2)
    return a * b


@example("padded", normal((4,), (3, 2)))
def padded_with_elements(x, y):
    mirrored = np.pad(x, (1, 2), "edge") * np.pad(x, (1, 2), "reflect") + np.pad(x, (1, 2), "symmetric")
    turned = np.pad(y, ((1, 0), (0, 2)), mode="wrap") * np.pad(y, ((1, 0), (0, 2)), mode="reflect")
    return mirrored * np.pad(x, (3, 0), "wrap") + np.sum(turned)


@example("padded", distinct((4,), (3, 2)))
def padded_with_statistics(x, y):
    z = np.pad(x, 1, "mean") * np.pad(x, 1, "maximum") + np.pad(x, 1, "linear_ramp", end_values=0.5)
    ramp = np.pad(y, (1, 2), "linear_ramp") * np.pad(y, (1, 2), mode="median")
    return z * np.pad(x, 1, "minimum") + np.sum(ramp * np.pad(y, (1, 2), "mean"))


@example("pad", normal((2, 3)))
def pad_with_constants(x):
    return np.pad(x, ((1, 0), (0, 2)), constant_values=((1.0, 2.0), (3.0, 4.0)))


@example("padded", normal((2, 3)))
def pad_turned(x):
    by_edges = np.pad(x, ((3, 1), (5, 7)), "reflect", reflect_type="odd")
    return by_edges * np.pad(x, ((3, 1), (5, 7)), mode="symmetric", reflect_type="odd")


@example("padded", distinct((3, 4)))
def pad_by_parts(x):
    by_means = np.pad(x, (2, 1), "mean", stat_length=((1, 2), (3, 2)))
    return by_means * np.pad(x, (2, 1), mode="linear_ramp", end_values=((1.0, 2.0), (3.0, 4.0)))


@example("padded_with", normal((2, 3), (4,)))
def pad_with_numbers(x, v):
    by_sides = np.pad(x, ((1, 2), (0, 3)), constant_values=((v[0], 2.0), (v[1], v[2])))
    return by_sides[1:] * np.pad(x, (1, 2), mode="constant", constant_values=v[3])[1:] + v[0]


@example("np.choose", normal((4,), (4,)))
def choose_out_of_range(x, y):
    wrapped = np.choose([0, 1, 7, -1], [x, y, 2.0], mode="wrap")
    return wrapped * np.choose([0, 1, 7, -1], [x, y], mode="clip")


@example("reshape", normal((2, 3)))
def reshape_to_a_copy(x):
    z = np.reshape(x, (3, 2), copy=True)
    z[0] = 2.0
    return z * np.isscalar(z[0, 0]) + np.sum(x)
