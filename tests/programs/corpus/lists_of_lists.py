"""Lists of lists and lists of arrays, whose elements are read by several indices."""

import math

import numpy as np

from tests.programs.registry import program


def table(rng, n):
    """A square table of Python floats."""
    return ([[float(v) for v in rng.normal(size=n)] for _ in range(n)],)


def ragged(rng, n):
    return ([[float(v) for v in rng.normal(size=k + 1)] for k in range(n)],)


def two_tables(rng, n):
    return (*table(rng, n), *table(rng, n))


def arrays(rng, n):
    return ([rng.normal(size=k + 2) for k in range(n)],)


def weights(rng, n):
    return [rng.normal(size=(n, n)) * 0.5 for _ in range(n)], rng.normal(size=n)


def stacks_of_tables(rng, n):
    return ([table(rng, n)[0] for _ in range(n)],)


@program(table, orders=2, points=[
    (([[1.0, 2.0], [3.0, 5.0]],), ([[2.0, 6.0], [4.0, 10.0]],)),
])
def table_with_its_transpose(m):
    s = 0.0
    for i in range(len(m)):
        for j in range(len(m[i])):
            s += m[i][j] * m[j][i]
    return s


@program(ragged)
def ragged_table(m):
    s = 0.0
    for row in m:
        for v in row:
            s += math.sin(v) * row[0]
    return s


@program(two_tables, wrt=(0, 1), orders=2)
def product_of_tables(a, b):
    n = len(a)
    s = 0.0
    for i in range(n):
        for j in range(n):
            c = 0.0
            for k in range(n):
                c += a[i][k] * b[k][j]
            s += c * c
    return s


@program(table)
def row_read_beside_itself(m):
    """Two names of one row, and of rows that may be one."""
    s = 0.0
    for i in range(len(m)):
        row, other = m[i], m[i * i % len(m)]
        for j in range(len(row)):
            s += row[j] * other[j] * m[i][-1]
    return s


@program(stacks_of_tables)
def three_indices(t):
    s = 0.0
    for k in range(len(t)):
        table = t[k]
        for i in range(len(table)):
            for j in range(len(table[i])):
                s += t[k][i][j] * table[i][0] * t[j][k][i]
    return s


@program(arrays, orders=2)
def elements_of_arrays(l):
    s = 0.0
    for a in l:
        for j in range(len(a)):
            s += a[j] * a[j - 1] + l[0][0] * a[j]
    return s


@program(arrays)
def parts_of_arrays(l):
    s = 0.0
    for i in range(len(l)):
        s += np.sum(l[i][1:] * l[i][:-1]) * l[i][-1]
        s += np.sum(l[i][[0, 0, -1]] * np.sin(l[i][0]))
    return s


@program(weights, wrt=(0, 1))
def layers_of_weights(ws, x):
    for k in range(len(ws)):
        x = np.tanh(ws[k] @ x) + ws[k][0, k] * ws[k][k]
    return np.sum(x * x)


@program(weights)
def rows_of_matrices(ws, x):
    s = 0.0
    for w in ws:
        for i in range(w.shape[0]):
            for j in range(w.shape[1]):
                s += w[i, j] * w[j][i] * x[j]
    return s


@program(table)
def table_made_of_a_table(m):
    squares = [[v * v for v in row] for row in m]
    s = 0.0
    for i in range(len(m)):
        for j in range(len(m)):
            s += squares[i][j] * m[j][i] + squares[j][-1]
    return s


@program(table)
def rows_of_a_table_given_on(m):
    """Rows in branches, and rows that functions take."""

    def weighed(row, k):
        return row[0] if k == 0 else row[k] * weighed(row, k - 1)

    s = 0.0
    for i in range(len(m)):
        row = m[i] if m[i][0] > 0 else m[0]
        s += weighed(row, i) + row[-1] * m[i][i]
    return s


@program(table)
def table_left_early(m):
    s = 0.0
    for row in m:
        for v in row:
            if v < -0.5:
                break
            s += v * v * m[0][-1]
    return s


@program(table)
def array_of_a_table(m):
    a = np.array(m)
    return np.sum(a @ a) + m[0][1] * m[1][0]


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def one_list_at_all_places(x):
    """What a list repeated is: all of its items are one list, and so are two names of one array."""
    n = len(x)
    g, a = [[0.0] * n] * 3, [x * 2.0] * 2
    for i in range(3):
        for j in range(n):
            g[i][j] += x[j] * (i + 1)
        a[i % 2][i] = x[0] * x[1]
    for row in g:
        row[0] *= 0.5
        row.append(x[1])
    return sum(sum(row) for row in g) * g[1][0] + np.sum(a[0] * a[1])


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def rows_turned_into_columns(x):
    """``zip(*rows)`` of as many rows as a run tells: a product of matrices, one that is turned, rows of
    unlike lengths, no rows at all."""
    n = len(x)
    a = [[x[i] * j + i for j in range(n)] for i in range(n)]
    b = [[x[i] - j for j in range(i + 2)] for i in range(n)]
    c = [[sum(p * q for p, q in zip(row, column)) for column in zip(*b)] for row in a]
    turned = list(map(list, zip(*a[::-1])))
    turned[0][1] = x[2] ** 2
    columns = list(zip(*a))
    total = c[1][0] * c[0][1] + turned[0][1] * turned[2][0]
    total += sum(columns[1]) * isinstance(columns[0], tuple)
    for column in zip(*[row for row in a if row[0] > 100]):
        total += sum(column)
    firsts, squares = zip(*[[v, v * v] for v in x])
    return total + sum(firsts) * squares[0]
