"""Example calls: arranging the elements of one array."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tests.rules.examples.registry import example, normal, numbers


@example("reshape", normal((2, 3)))
def reshape_matrix(x):
    return np.reshape(x, (3, 2))


@example("reshape", normal((2, 3)))
def reshape_unknown(x):
    return x.reshape(-1) * x.reshape(6)


@example("reshape", normal((2, 3)))
def reshape_transposed(x):
    return x.T.reshape(2, 3) * x


@example("ravel", normal((2, 3)))
def ravel_matrix(x):
    return np.ravel(x) * x.T.ravel()


@example("transpose", normal((2, 3)))
def transpose_matrix(x):
    return x.T * 2.0


@example("transpose", normal((2, 3, 4)))
def transpose_axes(x):
    return np.transpose(x, (2, 0, 1))


@example("transpose", normal((2, 3, 4)))
def transpose_method(x):
    return x.transpose(1, -1, 0)


@example("sliding_window_view", normal((5,), (4, 5)))
def windows_of_arrays(x, m):
    w = sliding_window_view(m, (3, 2))
    twice = np.lib.stride_tricks.sliding_window_view(m, (2, 2), axis=(-1, 1))
    return w * sliding_window_view(x, 2)[0] + np.sum(twice**2, axis=(0, 1))[0] * w[0, 0, 0]


@example("sliding_window_view", normal((4, 3)))
def windows_along_an_axis(m):
    return sliding_window_view(m, window_shape=4, axis=0)[0] * sliding_window_view(m, 1, 1)[:, :, 0].T


@example("broadcast_to", normal((3,)))
def broadcast_to_matrix(x):
    return np.broadcast_to(x, (2, 3))


@example("broadcast_to", normal((2, 1)))
def broadcast_to_stretched(x):
    return np.broadcast_to(x, (2, 3)) * x


@example("copy", normal((2, 3)))
def copy_method(x):
    return x.copy() * x


@example("copy", normal((3,)))
def copy_function(x):
    return np.copy(x) * 2.0


@example("flatten", normal((2, 3)))
def flatten_matrix(x):
    return x.flatten() * 2.0


@example("squeeze", normal((1, 3, 1)))
def squeeze_all(x):
    return np.squeeze(x) * 2.0


@example("squeeze", normal((1, 3)))
def squeeze_first(x):
    return x.squeeze(axis=0) * x


@example("squeeze", normal((1, 2, 1)))
def squeeze_two(x):
    return np.squeeze(x, axis=(0, -1))


@example("expand_dims", normal((3,)))
def expand_dims_first(x):
    return np.expand_dims(x, 0) * x


@example("expand_dims", normal((2, 3)))
def expand_dims_two(x):
    return np.expand_dims(x, axis=(0, -1)) * 2.0


@example("swapaxes", normal((2, 3, 2)))
def swapaxes_function(x):
    return np.swapaxes(x, 0, -1) * 2.0


@example("swapaxes", normal((2, 3)))
def swapaxes_method(x):
    return x.swapaxes(0, 1) * 2.0


@example("moveaxis", normal((2, 3, 4)))
def moveaxis_one(x):
    return np.moveaxis(x, 0, -1) * 2.0


@example("moveaxis", normal((2, 3, 4)))
def moveaxis_two(x):
    return np.moveaxis(x, (0, 1), (2, 0)) * 2.0


@example("flip", normal((2, 3)))
def flip_all(x):
    return np.flip(x) * x


@example("flip", normal((2, 3)))
def flip_last(x):
    return np.flip(x, axis=1) * x


@example("flipud", normal((2, 3)))
def flipud_matrix(x):
    return np.flipud(x) * x


@example("fliplr", normal((2, 3)))
def fliplr_matrix(x):
    return np.fliplr(x) * x


@example("roll", normal((4,)))
def roll_vector(x):
    return np.roll(x, 1) * x


@example("roll", normal((2, 3)))
def roll_last(x):
    return np.roll(x, -1, axis=1) * x


@example("roll", normal((2, 3)))
def roll_both(x):
    return np.roll(x, (1, 2), axis=(0, 1)) * x


@example("astype", normal((3,)), single=True)
def astype_single(x):
    return x.astype(np.float32).astype(float) * x


@example("astype", normal((3,)))
def astype_integers(x):
    return (4 * x).astype(int) * x


@example("item", normal((1, 1)))
def item_of_array(x):
    return x.item() * x


@example("item", normal((3,)))
def item_of_number(x):
    return np.sum(x).item() * x


@example("np.float64", normal((3,)))
def float64_of_number(x):
    return np.float64(x[0]) * x


@example("np.float32", normal((3,)), single=True)
def float32_of_number(x):
    return np.float32(x[0]) * x


@example("reshape", normal((2, 6)))
def reshape_by_columns(x):
    return x.reshape(3, -1, order="F") * np.reshape(x, (3, 4))


@example("ravel", normal((2, 3, 2)))
def ravel_by_columns(x):
    return np.ravel(x, order="F") * x.ravel("C")


@example("flatten", normal((2, 3)))
def flatten_by_columns(x):
    return x.flatten("F")


@example("atleast_1d", numbers)
def atleast_1d_of_numbers(x, y):
    return np.atleast_1d(x * y) * np.array([1.0, 2.0])


@example("atleast_2d", normal((3,), (2, 3)))
def atleast_2d_of_vector(x, y):
    return np.atleast_2d(x) * np.atleast_2d(y)


@example("atleast_3d", normal((3,), (2, 1)))
def atleast_3d_of_several(x, y):
    a, b, c = np.atleast_3d(x, y, x[0])
    return a * b * c


@example("rot90", normal((2, 3)))
def rot90_once(x):
    return np.rot90(x) * np.rot90(x, -3)


@example("rot90", normal((2, 3, 2)))
def rot90_back(x):
    return np.rot90(x, -1, axes=(2, 0)) * np.rot90(x, k=2, axes=(0, 1)).transpose(2, 1, 0)[:, :, ::-1]


@example("rot90", normal((2, 2)))
def rot90_written(x):
    y = x * 2.0
    v = np.rot90(y)
    v[0] *= x[1]
    np.rot90(y, 4)[1, 0] = x[0, 0] ** 2
    return y * x


@example("rollaxis", normal((2, 3, 4)))
def rollaxis_to_front(x):
    return np.rollaxis(x, 2) * 2.0


@example("rollaxis", normal((2, 3, 4)))
def rollaxis_before(x):
    return np.rollaxis(x, 0, 3) * np.rollaxis(x, axis=-3, start=-1)[0, 0, 0]


@example("matrix_transpose", normal((2, 3, 4)))
def matrix_transpose_of_stack(x):
    return np.matrix_transpose(x) * 2.0


@example("diagflat", normal((2, 2)))
def diagflat_of_matrix(x):
    return np.diagflat(x, 1) * np.sum(x)


@example("diagflat", numbers)
def diagflat_of_number(x, y):
    return np.diagflat(x * y, k=-1)


@example("ascontiguousarray", normal((2, 3), ()))
def ascontiguousarray_of_transposed(x, y):
    return np.ascontiguousarray(x.T) * np.ascontiguousarray(y) * np.ascontiguousarray(x)[0, 0]


@example("asfortranarray", normal((2, 3)))
def asfortranarray_of_matrix(x):
    return np.asfortranarray(x) * np.asfortranarray(x.T)[1, 0]


@example("array", normal((3,), ()))
def asarray_with_dtype(x, y):
    z = np.asarray([y, 2.0], dtype=np.complex128) * np.asarray(y * x[0], complex)
    z = np.asarray(x, dtype=complex)[:2] * z * np.asanyarray(x * x)[np.where(x == x)[0]][1:]
    return np.real(z)


@example("astype", normal((2, 3)))
def options_of_copies(x):
    y = x.astype(np.float64, copy=False) * np.zeros_like(x, dtype=bool)
    y = y + np.array(x[0], copy=True, ndmin=2)
    z = np.zeros_like(x, int) + np.cumsum(x > 0, dtype=float)[:3]
    z = z + np.cumprod(x, axis=1, dtype=np.float64)
    return y * z * np.std(x, correction=1) * np.var(x, axis=0, correction=0) * x.astype(float, copy=True)


@example("item", normal((2, 3), (4,)))
def items_at_places(x, y):
    u, v = np.meshgrid(y, y, copy=True)
    return x.item(4) * x.item(1, 2) + x.item((0, 1)) * y.item(-1) * np.sum(u * v)
