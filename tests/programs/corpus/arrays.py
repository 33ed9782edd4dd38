"""Arrays written to through their only name, and read by all sorts of subscripts."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), orders=3, numba=True)
def fill_by_index(x, a):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = a * x[i] ** 2
        if i > 0:
            y[i] += y[i - 1] * x[i]
    return np.sum(y)


@program(
    lambda rng, n: (rng.normal(size=(3, 3)), rng.normal(size=(n, 3)), rng.normal(size=3)),
    wrt=(0, 1, 2), orders=2,
)  # fmt: skip
def rnn(W, xs, h0):
    h = np.zeros((len(xs) + 1, h0.size))
    h[0] = h0
    for t in range(len(xs)):
        h[t + 1] = np.tanh(W @ h[t] + xs[t])
    return np.sum(h[-1] ** 2)


@program(lambda rng, n: (rng.normal(size=n + 2), 0.1), wrt=(0, 1), orders=2, numba=True)
def heat_in_place(u0, c):
    """A stencil on slices, each step in place."""
    u = u0.copy()
    for _ in range(3):
        u[1:-1] += c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@program(lambda rng, n: (rng.normal(size=n + 2), 0.3), wrt=(0, 1), numba=True)
def gauss_seidel(b, c):
    """Reads what earlier passes wrote, and overwrites what later ones need."""
    u = np.zeros_like(b)
    for sweep in range(2):
        for i in range(1, len(b) - 1):
            u[i] = b[i] + c * u[i - 1] * u[i + 1] + c * u[i - 1]
    return u


@program(lambda rng, n: (rng.normal(size=n + 2), n), wrt=(0,), numba=True)
def double_buffer(u0, steps):
    u = u0.copy()
    un = np.zeros_like(u)
    for _ in range(steps):
        un[1:-1] = 0.5 * (u[2:] + u[:-2]) * u[1:-1]
        u, un = un, u
    return np.sum(u * u)


@program(lambda rng, n: (rng.uniform(1, 2, n),))
def saved_then_overwritten(x):
    """The adjoint of the product needs values that are overwritten behind it."""
    y = x * x
    z = np.exp(y) * y
    y *= z
    y[0] = 3.0
    y -= np.sin(y)
    return np.sum(y * z)


@program(lambda rng, n: (rng.normal(size=n), rng.integers(0, 3, n)), wrt=(0,), numba=True)
def weighted_histogram(w, bins):
    h = np.zeros(3)
    for i in range(len(w)):
        h[bins[i]] += w[i] ** 2
    return h


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.integers(0, n, 5)), wrt=(0,), orders=2)
def gather_repeated(X, index):
    """Rows that are taken more than once."""
    Y = X[index]
    return np.sum(Y[:, [0, 0, 2]] ** 2) + np.sum(X[[0, 0, 1], [1, 1, 2]] ** 3)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=3)), wrt=(0, 1))
def scatter_repeated(x, v):
    """Of two values written to one place the last stands."""
    y = x * 2.0
    y[[0, 1, 0]] = v
    return np.sum(y**3)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1))
def masked_write(x, y):
    z = x * y
    z[x > 0] = 0.0
    z[z < -0.5] *= 2.0
    return np.sum(z * x) + np.sum(x[y > 0] ** 2)


@program(lambda rng, n: (rng.normal(size=(n, 3, 2)),), orders=2)
def all_subscripts(X):
    a = X[..., 0] + X[:, 1, None, 1]
    b = X[::-1, 0][::2]
    c = X[-1][1:, ...]
    d = X[0, -1, 1] * X[1][2][0]
    e = a[None, 1:3].T
    return np.sum(a**2) + np.sum(np.sin(b)) + np.sum(c**2) * d + np.sum(e**3)


@program(lambda rng, n: (rng.normal(size=n),), orders=2, numba=True)
def flipped_writes(x):
    y = np.zeros(2 * len(x))
    y[::2] = x
    y[1::2] = x[::-1] ** 2
    y[-1] *= y[0]
    return np.sum(y[::-1] * y)


@program(lambda rng, n: (rng.normal(size=(n, n)) + 3 * n * np.eye(n), rng.normal(size=n)),
         wrt=(0, 1), numba=True)  # fmt: skip
def forward_substitution(L, b):
    x = np.zeros(len(b))
    for i in range(len(b)):
        s = b[i]
        for j in range(i):
            s -= L[i, j] * x[j]
        x[i] = s / L[i, i]
    return np.sum(x**2)


@program(lambda rng, n: (_positive(rng, n),), numba=True)
def cholesky(A):
    L = np.zeros(A.shape)
    for i in range(len(A)):
        for j in range(i + 1):
            s = A[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                L[i, i] = np.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    return L


def _positive(rng, n):
    X = rng.normal(size=(n, n))
    return X @ X.T + n * np.eye(n)


@program(lambda rng, n: (rng.normal(size=(n, n)),), numba=True)
def eliminated(A):
    """Gaussian elimination by whole rows: the logarithm of the determinant."""
    U = A.copy()
    logdet = 0.0
    for k in range(len(U)):
        for i in range(k + 1, len(U)):
            U[i] -= U[i, k] / U[k, k] * U[k]
        logdet += np.log(np.abs(U[k, k]))
    return logdet


@program(lambda rng, n: (rng.normal(size=(n, 3)), 0.5), wrt=(0, 1), numba=True)
def broadcast_writes(X, a):
    Y = np.ones((len(X), 3))
    Y[:] = X[0]
    Y[1:] += X[1:] * a
    Y[:, 0] = a
    Y[0, 1:] = 2.5
    Y *= X
    return np.sum(Y**2)


@program(lambda rng, n: (rng.uniform(1, 5, n), 2.0), wrt=(0, 1), numba=True)
def integer_array(x, a):
    """Writes into an integer array truncate, and pass no derivative on."""
    counts = np.zeros(len(x), dtype=int)
    for i in range(len(x)):
        counts[i] = x[i]
    return np.sum(counts * x) * a


@program(lambda rng, n: (rng.normal(size=n), 0.25), wrt=(0, 1), smooth=False, single=True)
def rounded_to_single(x, a):
    """Writes into a float32 array round; the gradient is that of the double argument."""
    y = np.zeros(len(x), dtype=np.float32)
    for i in range(len(x)):
        y[i] = a * x[i]
    return np.sum(y * y)


@program(lambda rng, n: (np.array(0.7), np.array(1.3)), wrt=(0, 1))
def zero_dimensional_write(a, b):
    """A 0-d array is changed in place by an augmented assignment."""
    c = a * np.ones(())
    c += b
    c *= c
    return np.sum(c * b)


@program(lambda rng, n: (rng.normal(size=(n, 2)), rng.normal(size=n)), wrt=(0, 1), numba=True)
def alignment(X, y):
    """Dynamic programming with a soft minimum."""
    n = len(y)
    D = np.zeros((n + 1, 3))
    for i in range(1, n + 1):
        for j in range(1, 3):
            cost = (X[i - 1, j - 1] - y[i - 1]) ** 2
            D[i, j] = cost - np.logaddexp(-D[i - 1, j], -D[i, j - 1])
    return D[n, 2]


@program(lambda rng, n: (rng.normal(size=(n, 4)),))
def views_read(X):
    """Reads through views of views, all of them accumulated into one gradient."""
    s = 0.0
    for i in range(len(X)):
        row = X[i]
        half = row[1:]
        s += row[0] * half[1] + np.sum(half**2)
    flat = X.T.reshape(-1)
    return s + np.sum(flat[::2] ** 2) + np.sum(X.ravel()[1:3])


@program(lambda rng, n: (rng.normal(size=n),))
def cumulative(x):
    c = x.copy()
    for i in range(1, len(c)):
        c[i] = c[i] + c[i - 1]
    d = np.ones_like(c)
    for i in range(1, len(d)):
        d[i] = d[i - 1] * c[i]
    return d


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=3)), wrt=(0, 1), numba=True)
def write_rows_under_condition(X, v):
    Y = np.zeros_like(X)
    for i in range(len(X)):
        if np.sum(X[i]) > 0:
            Y[i] = X[i] * v
        else:
            Y[i, 0] = v[0] ** 2
            Y[i, 1:] -= v[1:]
    return np.sum(Y * X)


@program(lambda rng, n: (rng.normal(size=(n, 5)), rng.normal(size=(n, 3))), wrt=(0, 1))
def columns_written(x, v):
    y = x * x
    y[:, [0, 2, 2]] = v * v
    return np.sum(np.sin(y) * x)


@program(lambda rng, n: (rng.normal(size=(n, 5, 2)), rng.normal(size=(3, 2)), 1.5), wrt=(0, 1, 2))
def mixed_indices_written(x, v, a):
    rows, columns = np.array([0, 1, 0]), np.array([4, 3, 4])
    y = np.sin(x)
    y[rows, columns] = v
    y[1, columns, :] *= a
    y[:, columns, 1] = y[:, columns, 0] * a
    y[[0, 1], 1:, 0] += v[0, 0]
    return np.sum(y * y)


@program(lambda rng, n: (rng.normal(size=n),))
def new_axes_read(x):
    table = x[:, None] * x[None, :] + x[None] ** 2
    return np.sum(np.sin(table)[:, :, None] * x[..., None, None])


# ---- recurrences in arrays, whose elements stand until the reverse sweep (or do not)


@program(lambda rng, n: (0.5, 1.2, n), wrt=(0, 1), orders=3, numba=True)
def recurrence_in_place(a, b, n):
    x = np.zeros(n + 2)
    x[0] = a
    x[1] = b
    for i in range(2, n + 2):
        x[i] = np.sin(x[i - 1]) * x[i - 2]
    return x[n] * x[n + 1]


@program(lambda rng, n: (1.2, n), numba=True)
def recurrence_from_the_end(x, n):
    y = np.zeros(n)
    for i in range(n):
        y[i] = y[i - 1] * x + x * x
    return np.sum(y * y)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=3)), wrt=(0, 1), numba=True)
def table_of_costs(a, b):
    n, m = len(a), len(b)
    costs = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            best = np.logaddexp(costs[i - 1, j], costs[i, j - 1])
            costs[i, j] = (a[i - 1] - b[j - 1]) ** 2 + best * costs[i - 1, j - 1]
    return costs[n, m]


@program(lambda rng, n: (0.7, n), numba=True)
def elements_written_twice(x, n):
    y = np.ones(n + 2) * x
    for i in range(n):
        y[i + 1] = y[i] * y[i + 1]
        y[i + 1] = y[i + 1] ** 2
        y[i] = np.sin(y[i])
    return np.sum(y * y)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def written_on_condition(x):
    y = np.zeros(len(x))
    total = 0.0
    for i in range(len(x)):
        v = np.sin(x[i])
        if x[i] > 0:
            y[i] = v
        total += v * v * y[i]
    return total


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), numba=True)
def downwards_by_two(x, w):
    y = w.copy()
    for i in range(len(x) - 1, 1, -2):
        y[i - 2] = np.exp(-y[i]) * x[i] * y[i - 2]
        y[i - 1] = y[i] * y[i - 2]
    return np.sum(y * y * y)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def array_changed_after_the_loop(x):
    y = np.zeros(len(x) + 1)
    for i in range(len(x)):
        y[i + 1] = np.sin(y[i]) * x[i] + x[i]
    y[1] = 0.0
    return np.sum(y**3)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def arrays_of_each_pass(x):
    total = 0.0
    for k in range(len(x)):
        y = np.zeros(5)
        y[0] = x[k]
        for i in range(4):
            y[i + 1] = np.cos(y[i]) * x[k]
        total += y[4] * y[2]
    return total


def filled_from(start, t, a):
    y = start.copy()
    for k in range(2):
        y[t + k + 1] = np.tanh(y[t + k]) * a
    return y


@program(lambda rng, n: (0.8, n), numba=True)
def filled_by_a_helper(a, n):
    y = np.zeros(2 * n + 1)
    y[0] = a
    for t in range(n):
        y = filled_from(y, 2 * t, a)
    return np.sum(y * y)


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=(3, 3))), wrt=(0, 1))
def rows_of_states(x, W):
    h = np.zeros((x.shape[0] + 1, 3))
    for t in range(x.shape[0]):
        h[t + 1, :] = np.tanh(W @ h[t] + x[t])
        if t > 1:
            h[t + 1, 0] += h[t - 1, 2] * h[t, 1]
    return np.sum(h[1:] ** 2)


@program(lambda rng, n: (rng.normal(size=n), [2, 0, 1, 2]))
def places_from_a_list(x, order):
    y = np.ones(4)
    for i in range(len(order)):
        k = order[i]
        y[k + 1] = np.sin(y[k]) * x[0] * y[k + 1]
    return np.sum(y)


@program(lambda rng, n: (rng.normal(size=3),), sizes=(3, 3))
def mask_spelled_out(x):
    kept = np.array([True, False, True])
    return np.sum(x[kept] ** 2) + np.sum(np.sin(x)[np.array([[True, True, False]])[0]])


@program(lambda rng, n: (rng.normal(size=n), 2), points=(((np.array([0.0, 1.0]), 0), None),))
def zero_dimensional_state(x, steps):
    """A 0-d array that loops write to in all ways; with an ellipsis it is read as a view."""
    cell = np.array(np.sum(x))
    for i in range(steps):
        cell += x[i]
        cell *= x[0]
        cell[()] = cell * 2
        cell[...] = cell + x[1]
    u = x * 1.0
    first = u[0, ...]
    u = u + first
    return cell * np.sum(u)


@program(lambda rng, n: (rng.normal(size=n),))
def dtypes_by_position(x):
    counts = np.zeros(3, int)
    grid = np.ones((2, 3), np.float32)
    counts[1] = len(x)
    places = np.zeros((2, 2), int)
    return np.sum(x * counts[1]) + np.sum(grid * x[places[0, 1]]) + np.sum(x.reshape(1, -1) ** 2)
