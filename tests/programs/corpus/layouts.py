"""Reshapes that are views or copies as an array lies in memory, which only a call tells; and writes to
either side. ``tests/programs/test_layouts.py`` calls them with arrays of every layout."""

import numpy as np

from pullback import grad
from tests.programs.registry import program


def matrix(rng, n):
    return (rng.uniform(0.5, 1.5, (n // 2, 3)),)


def vector(rng, n):
    return (rng.uniform(0.5, 1.5, n),)


@program(matrix, orders=2)
def reshaped_argument(x):
    v = x.reshape(-1)
    v[1] = x[0, 0] ** 2
    x[1] *= v[1]
    return np.sum(x**3) * v[3]


@program(matrix, orders=2)
def raveled_transpose(x):
    m = (x * 2).T
    v = m.ravel()
    v[1] *= x[1, 0]
    m[0] *= 3.0
    return np.sum(m * m) + np.sum(v**3)


@program(vector, orders=2)
def raveled_vector(x):
    """ravel gives what lies without gaps, reshape any view."""
    v = x.ravel()
    v[1:] *= v[:-1]
    x[0] += 1.0
    return np.sum(x * x) * np.sum(v)


@program(matrix)
def both_orders(x):
    a, b = x.reshape(-1), x.T.reshape(-1)
    a[0] = b[1] ** 2
    b[3] = a[2] * a[0]
    x += np.sum(a)
    return np.sum(a * b) + np.sum(x**2)


@program(matrix)
def reshaped_part(x):
    v = x[:, 1:].reshape(-1)
    for i in range(4):
        v[i] = v[i] * x[0, i // 2]
        x[1, 0] += v[i]
    return np.sum(v**2) * np.sum(x**2)


def _scale_behind(a):
    v = a.reshape(-1)
    v[2:4] *= a[0, 0]


@program(matrix)
def reshaped_by_a_helper(x):
    """The caller sees what is written to a reshape of its array, if that is a view."""
    y = x**2
    _scale_behind(y)
    _scale_behind(y.T)
    return np.sum(y * x)


def _flat(a):
    v = a.ravel()
    v[1] = a[0, 1] * a[1, 0]
    return v


@program(matrix)
def raveled_by_a_helper(x):
    x[0, 0] = 2.0 * x[1, 1]
    w = _flat(x)
    w[2] *= 2.0
    return np.sum(x**2) + np.sum(w * w)


@program(matrix)
def copies_of_both_kinds(x):
    """np.copy keeps the order of axes, the method does not."""
    y = np.copy(x)
    v = y.ravel()
    v += 1.0
    z = x.copy()
    w = z.T.ravel()
    w *= x[0, 0]
    return np.sum(y * x) + np.sum(z**2)


@program(matrix)
def product_with_one(x):
    """An equal array is no array that lies alike."""
    y = x * 1.0
    v = y.ravel()
    v[0] = 0.0
    return np.sum(y * x)


@program(matrix)
def reshaped_in_fortran_order(x):
    v = x.reshape(3, -1, order="F")
    v[1] = v[0] * 2
    return np.sum(x**2) + np.sum(v**3)


@program(matrix)
def reshaped_in_a_loop(x):
    for k in range(2):
        v = x.reshape(-1)
        v[k:] *= v[k]
    return np.sum(x**2)


@program(matrix)
def elements_of_both(x):
    v = x.reshape(-1)
    x[0] = x[1] * 2
    s = 0.0
    for i in range(len(v)):
        if v[i] > 1.0:
            s += v[i] ** 2
            v[i] = s
        else:
            x[0, 0] += v[i]
    return s * np.sum(x)


@program(matrix)
def reshaped_result(x):
    v = x.reshape(-1)
    v[0] = x[0, 0] ** 2
    x[0, 1] *= 2.0
    return v * 1.0 if v[0] > 100 else v


@program(matrix)
def in_a_dict(x):
    d = {"a": x.reshape(-1), "b": x}
    d["a"][1] = d["b"][0, 0] ** 2
    d["b"][1] *= d["a"][1]
    return np.sum(d["a"] ** 2) * np.sum(d["b"])


@program(matrix)
def of_an_inner_gradient(x):
    def loss(y):
        v = y.reshape(-1)
        v[0] = y[1, 1] ** 2
        y[0, 1] *= v[0]
        return np.sum(v**2) + np.sum(y**3)

    return np.sum(grad(loss)(x) * x)


@program(matrix)
def reshapes_without_names(x):
    x.reshape(-1)[1] = x[0, 0] ** 2
    x.ravel()[2:4] *= 3.0
    np.ravel(x)[0] += x[1, 1]
    return np.sum(x**2)


@program(matrix)
def captured_by_a_lambda(x):
    v = x.reshape(-1)
    f = lambda: v[0] * x[0, 1]
    v[0] = 2.0 * x[1, 0]
    x[0, 1] = f() ** 2
    return f() + np.sum(x)


def _flat_with_first(a, b):
    a.reshape(-1)[0] = b[0, 0] ** 2
    return a.reshape(-1)


@program(matrix)
def reshape_given_back(x):
    """What a helper gives back is a view of its argument, or not."""
    y = x * 2.0
    v = _flat_with_first(y, x)
    v[1] = 4.0 * v[0]
    w = _flat_with_first(y.T, x * 3.0)
    w[1] *= y[0, 0]
    return np.sum(y**2) + np.sum(v) + np.sum(w**2)


@program(matrix, orders=2)
def reshape_of_a_reshape(m):
    y = m.T.reshape(-1)
    z = y.reshape(3, -1)
    z[0, 1] = z[1, 0] * y[3]
    w = z.T.ravel()
    w[2] *= z[0, 0]
    return np.sum(m * m) + np.sum(y**3) + w[2]


def scale(rows, k):
    rows *= k


@program(matrix, orders=2)
def rows_of_a_reshape_of_a_reshape(m):
    z = m.reshape(-1).reshape(3, -1)
    scale(z[0], 2.0)
    scale(z, m[0, 0])
    s = 0.0
    for row in z:
        row[0] = row[1]
        s += np.sum(row**2)
    tail = m.reshape(-1)[3:].reshape(-1, 3)
    tail[0] += z[2, 1]
    return s + np.sum(m**3)


@program(matrix, orders=2)
def reshaped_in_a_try(x):
    """Writes by a reshape, of which one fails behind the others."""
    w = x[:, ::2]
    try:
        v = w.reshape(-1)
        v[v > 0.7] *= v[0]
        whole = x.ravel()
        whole[1] = v[0] * whole[2]
        v[x.size] = 1.0
    except IndexError:
        w = w * w[0, 0]
    return np.sum(x * x) * np.sum(w)


@program(lambda rng, n: (rng.normal(size=(3, 4)),))
def orders_that_are_asked_for(x):
    turned = x.copy(order="F")
    turned.T[0] = 2.0 * x[:, 1]
    flat = np.array(x.T, order="C").ravel()
    kept = np.copy(x.T).ravel("F") * x.T.copy("K").ravel("F") + np.copy(x, "C").ravel()
    cast = x.astype(float, order="F") * np.asarray(x, dtype=float, order="F") + np.asarray(x, order="C")
    made = np.zeros((3, 4), order="F")
    made[1:] = x[:2] * np.full((2, 4), x[0, 0], order="C")
    more = np.empty_like(x, order="C")
    more[:] = np.ones((3, 4), None, "F") * turned
    return np.sum(turned) + np.sum(flat * kept) + np.sum(cast * made) * np.sum(np.sum(more, axis=0) ** 2)
