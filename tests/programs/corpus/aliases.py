"""Arrays reached by more than one name or view, and written to through any of them, as NumPy has it."""

from dataclasses import dataclass

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.5, 1.5, n),)


def matrix(rng, n):
    return (rng.uniform(0.5, 1.5, (n, n)),)


# ---- names


@program(vector, orders=2, numba=True)
def two_names(x):
    """``y += x`` changes what z stands for as well."""
    z = y = x.copy()
    y += x
    return np.sum(z * y)


@program(vector, numba=True)
def written_by_the_other_name(x):
    y = x * 2
    z = y
    y[0] = 1.0
    z[1] *= y[0] * x[0]
    return np.sum(y * z)


@program(vector, numba=True)
def two_names_behind_a_branch(x):
    y = x * 2
    z = y
    if x[0] > 0:
        y[0] = x[1] ** 2
    else:
        z[1] = 3.0
    z *= x
    return np.sum(y * z)


@program(vector, numba=True)
def two_names_in_a_loop(x):
    y = x * 2
    z = y
    for i in range(len(x)):
        y[i] *= x[i]
        z[0] += y[i]
    return np.sum(z**2) + y[0]


@program(vector, numba=True)
def bound_in_each_branch(x):
    y = x * 2
    w = x + 1
    if x[0] > 1:
        z = y
        z[0] = x[1]
    else:
        z = w
        z[1] = x[0] ** 2
    return np.sum(y * w * z)


@program(vector, numba=True)
def one_array_in_two_items(x):
    u = x * 2
    d = {"a": u, "b": u}
    d["a"] += 1.0
    d["b"] *= x
    return np.sum(d["a"] * d["b"] * u)


@program(vector, numba=True)
def rebound_behind_an_alias(x):
    """The first array lives on under its other name."""
    y = x * 2
    z = y
    y = y * x
    y[0] = x[1]
    z[1] *= x[0]
    return np.sum(y * z)


@program(vector, orders=2)
def the_array_by_other_spellings(x):
    """All of these are the array itself, for reading and for writing."""
    y = x.view()
    y[0] = x[1] ** 2
    z = np.atleast_1d(np.asarray(y[...]))
    z[1] *= y[0]
    return np.sum(x**3) + np.sum(y * z)


# ---- views


@program(matrix, orders=2, numba=True)
def write_through_view(X):
    Y = X * 2
    row = Y[0]
    row += 1.0
    row[1] *= X[0, 0]
    return np.sum(Y**2)


@program(vector, orders=2, numba=True)
def view_of_a_view(x):
    y = x.copy()
    v = y[1:]
    w = v[::-1]
    w[0] = x[0] ** 2
    v[1] *= w[0]
    y[1:] += 2 * w
    return np.sum(y * x)


@program(vector, numba=True)
def view_read_after_writes(x):
    """What is computed from a view stays as it was, the view itself does not."""
    y = x * 1.0
    v = y[:2]
    before = v * x[0]
    y[0] = x[1] ** 3
    after = v * x[0]
    return np.sum(before * after) + v[0]


@program(matrix, orders=2)
def writes_through_transposes(X):
    m = X * 2
    m.T[0] = X[1]
    m.transpose()[1] *= 2
    np.swapaxes(m, 0, 1)[2, 1:] = X[0, 1:] ** 2
    np.moveaxis(m, 0, -1)[0, 0] += X[1, 1]
    w = m.T
    w += X
    return np.sum(m**2 * np.arange(m.size).reshape(m.shape))


@program(lambda rng, n: (rng.normal(size=(2, n, 3)),))
def permuted_axes(x):
    y = x.copy()
    v = y.transpose(2, 0, 1)
    v[1] = x[:, :, 0] ** 2
    v[:, 1, 0] *= v[:, 0, 0]
    return np.sum(y * x)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, 6),), sizes=(6, 6), orders=2)
def writes_through_reshapes(x):
    y = x.copy()
    m = y.reshape(2, 3)
    m[0, 1] = x[3] * 2
    m[1] *= x[:3]
    m += y[0]
    r = m.ravel()
    r[4] = x[0] ** 2
    return np.sum(y**2 * m.ravel())


@program(matrix)
def flat_view(X):
    m = np.outer(X[0], X[1])
    v = m.ravel()
    v[1] = X[0, 0] * 2
    v[2:] *= v[0]
    return np.sum(m**2 * X)


@program(vector)
def written_by_new_axes(x):
    y = x * 1.0
    v = y[:, None]
    v *= 2
    v[1, 0] = x[0] ** 2
    w = np.expand_dims(y, 0)
    w[0, 2] *= x[1]
    s = np.squeeze(w, axis=0)
    s[0] += x[2] * s[1]
    return np.sum(y**2)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, 2 * n),))
def halves_written(x):
    y = x.copy()
    a, b = np.split(y, 2)
    a *= b
    b[0] = x[0] ** 2
    head, tail = np.split(y, [1])
    tail += head
    return np.sum(y**2)


@program(matrix)
def turned_around(X):
    m = X * 1.0
    v = np.flip(m, axis=1)
    v[0] = X[1]
    np.flipud(m)[0, 1:] *= X[0, 0]
    m[:, ::-1][1, 0] += 2 * X[2, 2]
    return np.sum(m**2 * X)


@program(matrix, numba=True)
def index_after_index(X):
    m = X * 1.0
    for i in range(len(X)):
        for j in range(len(X)):
            m[i][j] += X[j][i] * m[i][0]
    return np.sum(m * X)


@program(matrix, numba=True)
def columns_of_a_slice(X):
    m = X * 1.0
    m[1:][0] = X[0] ** 2
    m[:, 0][1:] *= X[0, 1:]
    m[1:, 1:][1][0] = X[0, 0]
    return np.sum(m**2)


@program(vector, numba=True)
def kept_in_containers(x):
    y = x * 1.0
    d = {"v": y[1:], "pair": (y[:2], y)}
    d["v"] += x[0]
    d["v"][0] = 3 * x[1]
    d["pair"][0][0] *= y[1]
    l = [y[::2], y[1::2]]
    l[1] *= x[0]
    l[0][0] = l[1][0] ** 2
    return np.sum(y**2)


@program(vector)
def write_behind_an_ellipsis(x):
    """``u[0, ...]`` is a view, ``u[0]`` a number."""
    u = x * 2
    first = u[0, ...]
    number = u[0]
    u[0] = x[1] ** 2
    first += x[2]
    return first * np.sum(u) * number


@program(vector)
def masked_through_a_view(x):
    y = x * 1.0
    v = y[1:]
    v[v > 1] *= x[0]
    v[[0, 1, 0]] = x[:3]
    return np.sum(y**2)


# ---- rows


@program(matrix, orders=2, numba=True)
def rows_scaled(X):
    m = X * 1.0
    for row in m:
        row *= X[0]
    return np.sum(m**2)


@program(matrix)
def rows_by_number(X):
    m = np.outer(X[0], X[1])
    for i, row in enumerate(m):
        row[i] = X[i, 0] ** 3
        row[0] += row[-1]
    return np.sum(m * X)


@program(matrix, numba=True)
def rows_in_step(X):
    a, b = X * 2, X + 1
    for u, v in zip(a, b):
        u[0] = v[1] ** 2
        v *= u[0]
    return np.sum(a * b)


@program(matrix, numba=True)
def rows_above_rows(X):
    """Each step costs the same, whatever the size of a row."""
    m = X * 1.0
    for i in range(1, len(X)):
        row, above = m[i], m[i - 1]
        for j in range(1, len(X)):
            row[j] += above[j - 1] * row[j - 1]
    return np.sum(m**2)


@program(matrix, numba=True)
def row_chosen_by_data(X):
    m = X * 1.0
    k = 0
    if X[0, 0] > 1:
        row = m[0]
    else:
        row = m[2]
    row[1] = X[1, 1] ** 2
    row *= X[0]
    m[0, 0] += row[0]
    return np.sum(m**2) + k


@program(vector, numba=True)
def loop_over_what_changes(x):
    """A loop over an array sees what its passes write."""
    y = x * 1.0
    g = lambda: y
    total = 0.0
    k = 0
    for v in g():
        y[-1] += v
        total += v * v
        k += 1
    return total * k


@program(vector, numba=True)
def held_by_a_default(x):
    y = x * 1.0
    g = lambda v=[y]: np.sum(v[0])
    y[0] = 5 * x[1]
    return g()


@program(vector, numba=True)
def held_by_an_iterator(x):
    y = x * 1.0
    pairs = zip(y, reversed(x))
    y[0] = 5 * x[1]
    total = 0.0
    for a, b in pairs:
        total += a * b
    return total


@program(vector, numba=True)
def held_by_a_method(x):
    y = x * 1.0
    total = y.sum
    y[0] = 5 * x[1]
    return total()


# ---- arguments


@program(vector, orders=2, numba=True)
def write_to_argument(x):
    x[0] = x[1] ** 2
    x *= 2
    return np.sum(x**2)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1))
def argument_in_a_loop(x, y):
    for i in range(1, len(x)):
        x[i] += y[i] * x[i - 1]
    return np.sum(x * y)


@program(lambda rng, n: (rng.normal(size=n), 1.5), wrt=(0, 1), numba=True)
def argument_in_a_branch(x, c):
    if c > 1:
        x[1:] *= c
    return np.sum(x**2) * c


def scaled(x, c):
    x *= c
    return np.sum(x**2)


def tail(v):
    return v[1:]


def kept(v):
    v[0] = v[1] ** 2
    return v


def nothing_to_do(v, c):
    if len(v) < 2:
        return
    v[0] *= c
    v[1:] += v[0]


def row_of(m, i):
    return m[i]


@program(vector, orders=2, numba=True)
def written_by_a_helper(x):
    y = x * 1.0
    s = scaled(y, x[0])
    return s * np.sum(y**3)


@program(vector, numba=True)
def view_given_to_a_helper(x):
    y = x * 1.0
    s = scaled(y[1:], x[0])
    nothing_to_do(y[:2], x[1])
    return s * np.sum(y**3)


@program(vector, numba=True)
def view_from_a_helper(x):
    y = x * 1.0
    v = tail(y)
    v *= x[0]
    w = kept(v)
    w[1] = x[0] ** 2
    return np.sum(y**2)


@program(matrix, numba=True)
def row_from_a_helper(X):
    m = X * 1.0
    for i in range(len(X)):
        row_of(m, i)[0] = X[i, 1] ** 2
        scaled(row_of(m, i), X[0, 0])
    return np.sum(m**2)


def swap(a, i, j):
    t = a[i]
    a[i] = a[j]
    a[j] = t


@program(vector)
def swapped_by_a_helper(x):
    y = x * np.arange(len(x))
    for i in range(len(x) // 2):
        swap(y, i, len(x) - 1 - i)
    return np.sum(y * np.arange(len(x)) ** 2)


def running(a, k):
    """Recursion that writes to its argument."""
    if k > 0:
        running(a, k - 1)
        a[k] += a[k - 1] ** 2


@program(vector)
def recursion_in_place(x):
    y = x * 0.5
    running(y, len(x) - 1)
    return np.sum(y * x)


def halved(a):
    if len(a) > 1:
        h = len(a) // 2
        halved(a[:h])
        halved(a[h:])
        a[0] += a[h] ** 2


@program(vector)
def recursion_on_views(x):
    y = x * 0.5
    halved(y)
    return np.sum(y * x)


# ---- containers


@program(vector, numba=True)
def elements_of_elements(x):
    l = [x.copy(), x * 2]
    l[0][1] = x[0] * 5
    l[1] += x
    rows = [[x[0], x[1]], [x[2], x[0]]]
    rows[0][1] = x[2] * 2
    rows[1][0] *= rows[0][1]
    return np.sum(l[0] * l[1]) + rows[0][0] * rows[0][1] + rows[1][0]


@program(vector, numba=True)
def nested_dicts(x):
    d = {"a": {"b": x.copy()}, "c": 1.0}
    inner = d["a"]
    d["a"]["b"] = x * 2
    d["a"]["b"][0] = x[1] ** 2
    inner["n"] = x[0]
    d["c"] += d["a"]["n"]
    return np.sum(d["a"]["b"]) * d["c"]


@program(vector, numba=True)
def list_by_two_names(x):
    a = [x[0], 2 * x[1]]
    b = a
    b.append(3.0 * x[2])
    a[0] *= b[2]
    return a[0] + b[1] + len(a) * a[2]


@program(vector, numba=True)
def popped_beside_itself(x):
    stack = [x[0], x[1]]
    stack.append(x[2])
    pair = (stack, stack.pop())
    return len(pair[0]) * pair[1]


@program(vector, numba=True)
def dict_in_a_branch_and_a_loop(x):
    state = {"s": 0.0, "v": x * 1.0, "mode": "a"}
    other = state
    for i in range(len(x)):
        state["s"] += x[i] * other["v"][i]
        if x[i] > 1:
            other["v"][0] *= x[i]
            state["s"] *= 2.0
    return other["s"] * np.sum(state["v"])


@dataclass
class Weights:
    w: np.ndarray
    b: float = 0.0


def weights(rng, n):
    return (Weights(rng.uniform(0.5, 1.5, n), 0.5), 1.5)


@program(weights, wrt=(0, 1))
def fields_written(p, x):
    p.w[0] = x**2
    p.w += p.b
    p.b *= x
    q = p
    q.b += np.sum(p.w)
    return np.sum(p.w**2) * p.b


def step(p, g):
    p.w -= 0.1 * g
    p.b = p.b - 0.1 * np.sum(g)


@program(weights, wrt=(0, 1), orders=2)
def fields_written_by_a_helper(p, x):
    for _ in range(3):
        step(p, p.w * x)
    return np.sum(p.w**2) * p.b


@program(lambda rng, n: ({"a": rng.normal(size=n), "l": [rng.normal(size=3), 2.0]},))
def tree_argument_written(d):
    d["a"][1:] *= d["l"][1]
    d["l"][0][0] = d["a"][0]
    d["new"] = d["a"] * 2
    d["l"][1] += 1.0
    return np.sum(d["new"]) * np.sum(d["l"][0]) * d["l"][1]


def recorded(state, v):
    state["s"] = state["s"] + v
    state["h"][0] = v
    state["l"].append(v)
    return state


@program(vector, numba=True)
def state_in_a_dict(x):
    state = {"s": 0.0, "h": x * 1.0, "l": []}
    first = state
    for v in x:
        recorded(state, v * v)
    return first["s"] * np.sum(state["h"]) * sum(first["l"])


@program(vector, numba=True)
def held_beside_a_loop(x):
    """The parts of a tuple are the arrays themselves."""
    y = x * 1.0
    t = (y, y[1:])
    a, b = t
    b *= 2
    a[0] = b[0] ** 2
    return np.sum(t[0] * x) + np.sum(t[1])


@program(vector)
def written_in_a_context(x):
    y = x.copy()
    z = y
    with np.errstate(all="ignore"):
        y /= x[0]
        v = z[1:]
        w = y * 2
        v *= 2
    v[0] = w[1]
    return np.sum(z**2) * np.sum(w)


@program(vector)
def written_before_an_error(x):
    y = x * 1.0
    try:
        y[0] = x[1] ** 2
        y[1] = 1.0 / float(len(x) - len(y))
        y[1] = 5.0
    except ZeroDivisionError:
        y[2] *= 3
    return np.sum(y**2)


@program(matrix, orders=2)
def columns_of_cholesky(X):
    A = X @ X.T + np.eye(len(X)) * 3
    L = np.zeros_like(A)
    for j in range(len(A)):
        col = L[j:, j]
        col[:] = A[j:, j] - L[j:, :j] @ L[j, :j]
        col /= np.sqrt(col[0])
    return np.sum(L**3)


def _row_twice(x):
    row = [x, x]
    return [row, row]


@program(lambda rng, n: (2.0,), numba=True)
def made_of_one_list(x):
    """What a function returns holds one list at two places, also where it is called."""
    m = _row_twice(x)
    m[0][0] = 3 * x
    return m[1][0] * m[1][1]


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def types_of_numbers_give_the_array_itself(x):
    """np.float64 of an array of that dtype is the array, and a copy of one of another."""
    same = np.float64(x)
    same *= 2.0
    narrow = np.float32(x)
    narrow *= 3.0
    return np.sum(same * x) + np.sum(narrow[:1]) * 0.0


def distances(a, b=None):
    """Of one set of points each distance is met twice."""
    if b is None:
        b = a
    total = np.sum((a[:, None] - b[None]) ** 2)
    return total / 2 if a is b else total


@program(lambda rng, n: (rng.normal(size=n),))
def arrays_asked_whether_they_are_one(x):
    """By one name they are; what is made here is no other one."""
    y, rows = x * 2, [x * 1, x * 3]
    first, same = rows[0], y
    total = distances(y) + distances(y, y) * (5 if first is rows[0] else 7)
    if same is not first and y is same:
        same[0] = x[1]
    return total * np.sum(y) * (2 if y is rows else 3)
