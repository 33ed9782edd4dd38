"""Writes to items of lists that lists hold."""

import math

from tests.programs.registry import program


def sequences(rng, n):
    return [float(v) for v in rng.normal(size=n)], [float(v) for v in rng.normal(size=n)]


def number(rng, n):
    return float(rng.normal()), n


def table(rng, n):
    return ([[float(v) for v in rng.normal(size=n)] for _ in range(n)],)


@program(sequences, wrt=(0, 1), orders=2)
def alignment_table(x, y):
    n = len(x)
    m = [[0.0] * (n + 1) for _ in range(n + 1)]
    for i in range(n):
        for j in range(n):
            left = m[i + 1][j]
            above = m[i][j + 1]
            best = m[i][j] + x[i] * y[j]
            m[i + 1][j + 1] = best + 0.5 * left * above
    return m[n][n]


@program(number, orders=2)
def table_filled_and_read(x, n):
    m = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            m[i][j] = x * i + j
    for i in range(n):
        for j in range(n):
            m[i][j] *= m[j][i] * x
            m[j][i] += math.sin(x * j)
    return sum(sum(row) for row in m)


@program(table)
def factors_of_a_table(a):
    """Elimination without pivots, in a copy."""
    n = len(a)
    u = [[v for v in row] for row in a]
    for i in range(n):
        u[i][i] += 3.0 * n
    for k in range(n):
        for i in range(k + 1, n):
            f = u[i][k] / u[k][k]
            for j in range(k, n):
                u[i][j] -= f * u[k][j]
    s = 0.0
    for i in range(n):
        s += math.log(abs(u[i][i]))
    return s


@program(sequences, points=[
    (([1.0, 2.0], [3.0, 5.0]), ([2 * 3.0 + 1.0, 5.0 ** 2],)),
])
def rows_appended_and_changed(x, y):
    """A row is read before it is changed, changed twice, and a new row takes its place."""
    m = []
    for k in range(len(x)):
        m.append([x[k], y[k]])
    before = m[0][0]
    m[0][0] = x[0] * x[0]
    m[0][1] = y[0]
    first = m[0][0] * m[0][1]
    m[0][0] = 0.0
    m[1] = [y[1] * y[1], before]
    m[1][0] *= x[1]
    return (first + m[1][0] + m[1][1] + m[0][0]) - first + before * 0.0 + x[0] * y[0] * 2


@program(sequences, wrt=(0, 1))
def table_of_tables(x, y):
    n = len(x)
    t = [[[0.0, 1.0] for _ in range(n)] for _ in range(2)]
    for i in range(n):
        t[0][i][1] = x[i]
        t[1][i][0] = y[i] * t[0][i][1]
        t[1][i][1] += t[1][i][0] * t[0][i - 1][1]
    s = 0.0
    for i in range(n):
        s += t[1][i][1] * t[1][n - 1 - i][0]
    return s


@program(sequences)
def changed_in_branches(x, y):
    n = len(x)
    m = [[v * v, v] for v in x]
    for i in range(n):
        if y[i] > 0:
            m[i][0] = y[i] * m[i][1]
        elif y[i] < -1:
            m[i - 1][1] = x[i]
            continue
        m[i][1] *= m[i][0]
    return sum(row[0] * row[1] for row in m)
