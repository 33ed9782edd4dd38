"""Sizes that become 0 or 1 only at a later call, when the code is compiled already."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=3)), wrt=(0, 1), sizes=(4, 2))
def broadcast_at_second_call(x, y):
    """x[1:] has 3 elements, then 1, which is stretched over y."""
    return np.sum(x[1:] * y)


@program(lambda rng, n: (rng.normal(size=n),), sizes=(5, 3, 2), orders=2, numba=True)
def differences(x):
    d = x[1:] - x[:-1]
    second = d[1:] - d[:-1]
    return np.sum(d**2) + np.sum(second**3)


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=(4, 3))), wrt=(0, 1),
         sizes=(5, 2))  # fmt: skip
def rows_stretched(X, Y):
    """X[1:] has 4 rows, then 1."""
    return X[1:] * Y


@program(lambda rng, n: (rng.normal(size=n),), sizes=(5, 1, 0), orders=2)
def empty_arrays(x):
    return np.sum(x**2) + np.sum(np.sin(x[:0]))


@program(lambda rng, n: (rng.normal(size=n), 1.5), wrt=(0, 1), sizes=(4, 2, 0), numba=True)
def loop_over_none(x, a):
    s = a
    for v in x:
        s = s * v
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] * a
    return s + np.sum(y)


@program(lambda rng, n: (rng.normal(size=(n, 1)), rng.normal(size=(1, 4))), wrt=(0, 1),
         sizes=(3, 5))  # fmt: skip
def size_one_axes(c, r):
    return c * r + np.sum(c, axis=0) * r


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), sizes=(5, 2))
def masks_of_any_size(x, y):
    kept = x[np.abs(x) > 0.1]
    return np.sum(kept**2) * np.sum(y[x > 100.0])


@program(lambda rng, n: (rng.normal(size=(n, 3)),), sizes=(4, 2), numba=True)
def derived_shape_write(X):
    Y = np.zeros((len(X) - 1, 3))
    Y[:] = X[1:]
    Y[0] += X[0]
    return np.sum(Y[:, 1:] ** 2)


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), sizes=(4, 2, 1))
def scalar_stretched(x, a):
    """One element of a slice, stretched over all of x."""
    return np.sum(x * x[:1]) + np.sum(a * x[-1:])


# ---- sums and products of sizes


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=9)), wrt=(0, 1), sizes=(4, 2))
def product_stretched(x, y):
    """The outer product has 9 elements, then 1, which is stretched over y."""
    return np.sum(np.outer(x[1:], x[1:]).ravel() * y)


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=9)), wrt=(0, 1), sizes=(3, 3))
def flattened(X, w):
    n, m = X.shape
    t = X.reshape(n * m) * w + X.ravel()
    return np.sum(t.reshape(m, -1) @ X[:, 0]) + np.sum((X * 2).reshape(-1)[1:] * w[:-1])


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=3)), wrt=(0, 1), sizes=(4, 2))
def difference_stretched(x, y):
    """zeros(len(x) - 1) has the 3 elements of y, then 1."""
    z = np.zeros(len(x) - 1) + x[1:]
    return np.sum(z * y) + np.sum(np.ones(x.size - 1) * y)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), sizes=(4, 2, 0))
def one_more(x, y):
    """What is one longer and loses an element again; what grows by what another loses."""
    z = np.zeros(len(x) + 1)
    z[1:] = x
    both = np.concatenate([x, y])
    w = np.concatenate([y[:-1], x[:0], np.ones(len(y) + 1)])
    return np.sum(z[:-1] * y) + np.sum(both * np.arange(len(x) + len(y))) + np.sum(w[: y.size] * x)


@program(lambda rng, n: (rng.normal(size=(n, 2)), rng.normal(size=n)), wrt=(0, 1), sizes=(4, 2))
def states_of_recurrence(X, h0):
    """The rows of a buffer that is made from sizes are written and read again in reverse."""
    h = np.zeros((len(h0) + 1, X.shape[1]))
    for t in range(len(h0)):
        h[t + 1] = np.tanh(h[t] + X[t] * h0[t])
    return np.sum(h[-1] ** 2)


def buffer(n, m):
    return np.zeros((n + 1, m))


@program(lambda rng, n: (rng.normal(size=(n, 2)),), sizes=(4, 2, 0))
def buffer_of_helper(X):
    h = buffer(len(X), X.shape[1])
    h[1:] = X
    return np.sum(h[:-1] * X) + np.sum(buffer(len(X) - 1, 2) * X)


# ---- arrays whose size changes from pass to pass


@program(lambda rng, n: (rng.normal(size=n),), sizes=(3, 5), numba=True)
def shorter_each_pass(x):
    for _ in range(2):
        x = x[1:] * x[:-1]
    return np.sum(x * x)


@program(lambda rng, n: (rng.normal(size=n),), sizes=(4, 1, 2), numba=True)
def shorter_until_one_is_left(x):
    total = 0.0
    while len(x) > 1:
        x = x[1:]
        total += np.sum(x * x)
    return total + x[0]


@program(lambda rng, n: (rng.normal(size=n),), sizes=(3, 1), numba=True)
def one_element_in_the_end(x):
    for _ in range(2):
        x = np.sum(x) * np.ones(1) * x[0]
    return np.sum(x * x)


@program(lambda rng, n: (rng.normal(size=n),), sizes=(3, 1), numba=True)
def first_element_in_the_end(x):
    for _ in range(2):
        x = x[:1] * x[-1] * 2
    return np.sum(x * x)


@program(lambda rng, n: (rng.normal(size=n),), sizes=(2, 3))
def longer_each_pass(x):
    for _ in range(2):
        x = np.concatenate([x, x * x])
    return np.sum(np.sin(x))


@program(lambda rng, n: (rng.normal(size=n),), sizes=(4, 8), numba=True)
def combined_in_pairs(x):
    while len(x) > 1:
        x = x[::2] * x[1::2] + x[::2]
    return x[0]


@program(lambda rng, n: (rng.normal(size=n),), sizes=(4, 5))
def smaller_matrices(x):
    m = np.outer(x, x)
    for _ in range(2):
        m = m[1:, 1:] * m[:-1, :-1] - m[:-1, :-1]
    return np.sum(m * m)


@program(lambda rng, n: (rng.normal(size=n),), sizes=(3, 4))
def polynomial_from_its_roots(roots):
    y = np.ones(1)
    for i in range(len(roots)):
        y = np.concatenate([y, np.zeros(1)]) - roots[i] * np.concatenate([np.zeros(1), y])
    return np.sum(y * y)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=2)), sizes=(4, 2), wrt=(0, 1))
def trimmed_to_another(x, y):
    total = 0.0
    for _ in range(2):
        if len(x) > len(y):
            x = x[: len(y)] * 1.5
        total += np.sum(x * y)
    return total


@program(lambda rng, n: (rng.normal(size=n),))
def numpy_append_in_a_loop(x):
    total = 0.0
    for i in range(3):
        total = total + np.sum(np.append(x, 2.0) ** i)
    return total


@program(lambda rng, n: (rng.normal(size=(1, n)), rng.normal(size=(3, n))), wrt=(0, 1), orders=2,
         sizes=(4, 2))  # fmt: skip
def row_against_matrix(r, X):
    return np.sum(r * X) + np.mean(X - r) + np.sum((X + r) ** 2)


@program(lambda rng, n: (rng.normal(size=(n, 1)), rng.uniform(1, 2, size=(n, 3))), wrt=(0, 1),
         orders=2, sizes=(4, 2))  # fmt: skip
def column_against_matrix(c, X):
    return np.sum(c / X) + np.sum(X / (c + 4.0)) - np.sum(X - c)


@program(lambda rng, n: (np.array(rng.normal()), rng.normal(size=(2, n))), wrt=(0, 1), orders=2,
         sizes=(4, 2))  # fmt: skip
def number_against_matrix(a, X):
    return np.sum(a * X) + np.sum(np.sin(a + X)) + np.mean(a - X)


@program(lambda rng, n: (rng.normal(size=1), rng.normal(size=(n, 3)), rng.normal(size=(2, 1, 3))),
         wrt=(0, 1, 2), sizes=(4, 2))  # fmt: skip
def ones_in_front(a, X, T):
    return np.sum(a * X * T) + np.sum(T - a[None, :])


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=3)), wrt=(0, 1), orders=2, sizes=(4, 2))
def new_axes(x, y):
    d = x[:, None] - y[None, :]
    s = np.sum(d**2, axis=1)
    return np.sum(np.sqrt(s[:, None] + 1.0) * y) + np.sum(np.mean(d, axis=0) * y[None, :])


@program(lambda rng, n: (rng.normal(size=(3, n)),), orders=2, sizes=(4, 2))
def reshaped_and_back(X):
    flat = np.tanh(X.ravel())
    return np.sum(flat.reshape(X.shape) * X) + np.sum(flat.reshape(X.shape[1], -1))


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n).astype(np.float32)), wrt=(0, 1),
         single=True, smooth=False, numba=True)  # fmt: skip
def single_number_spread(x, h):
    """The cotangent of a number of single precision is a sum of copies of a Python float."""
    return float(np.sum(x + np.sum(h)))


@program(lambda rng, n: (rng.normal(size=(n, 3)),), numba=True)
def sizes_by_function(X):
    return np.size(X) * X[0, 0] + np.size(X, 1) * X[1, 0] + np.size(X, axis=-2) * X[0, 1] * np.size(2.0)


@program(lambda rng, n: (rng.normal(size=(2, n)), 0.5), wrt=(0, 1), orders=2,
         points=[((np.ones((2, 0)), 3.0), (np.ones((2, 0)), 12.0)),
                 ((np.ones((0, 2)), -3.0), (np.ones((0, 2)), -6.0)),
                 ((np.array([[2.0, 2.0], [2.0, 1.0]]), 2.0),
                  (np.array([[1.0, 1.0], [2.0, 0.0]]), 4.0))])  # fmt: skip
def extremes_of_what_may_be_nothing(x, least):
    """With an initial there is a maximum of nothing; it takes half at a tie."""
    return np.sum(np.max(x, axis=1, initial=least) ** 2) + least * np.min(x[:0], initial=least) * (
        len(x) == 0
    )
