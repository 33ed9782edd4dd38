"""Lists and dicts of views of one array, which is written to by them and beside them."""

import numpy as np

from tests.programs.registry import program


def matrix(rng, n):
    return (rng.normal(size=(n, 3)),)


def vector(rng, n):
    return (rng.normal(size=n),)


@program(vector, orders=2)
def views_in_a_list(x):
    y = x * 1
    rows = []
    for i in range(2):
        rows.append(y[i : i + 2])
    y[1] = x[0] * x[1]
    for row in rows:
        row += y[0]
    return np.sum(y**2) + rows[0] @ rows[1]


@program(lambda rng, n: (rng.normal(size=(n, 3)), n))
def list_of_rows_changed(m, n):
    """What lists can do: the items stay the rows that they were."""
    rows = [m[i] for i in range(n)]
    rows.reverse()
    rows[0], rows[1] = rows[1], rows[0]
    rows.append(m[0])
    del rows[2]
    rows.insert(1, m[n - 1])
    for i, row in enumerate(rows):
        row += i * m[0, 0]
    last = rows.pop()
    last *= 2
    rows[1][1:] = rows[0][:-1]
    a, b = rows[0], rows[-1]
    b[0] = a @ b
    return np.sum(m**3) + len(rows) + sum((row**2).sum() for row in rows)


@program(matrix)
def rows_in_order(m):
    """Sorted, chosen as the largest, stacked, in pairs with numbers."""
    rows = sorted([row for row in m], key=lambda row: row[0])
    for i, row in enumerate(rows):
        row *= i + 1
    best = max(rows, key=lambda row: row.sum())
    best[0] = 5 * m[0, 1]
    pairs = [(m[i], i) for i in range(len(m))]
    for row, i in pairs:
        if row.sum() > 0:
            row[0] = i * m[1, 1]
    pairs.sort(key=lambda pair: pair[0][1])
    pairs[0][0][2] = 7 * pairs[1][0][0]
    return np.sum(m**2) + np.array(rows)[0].sum() + np.stack(rows).prod() * 0.1


@program(matrix)
def columns_made_orthogonal(m):
    """Gram and Schmidt in place, with the columns that are done in a list."""
    done = []
    for j in range(3):
        column = m[:, j]
        done.append(column)
        for other in done[:-1]:
            column -= (other @ column) * other
        column /= np.sqrt(column @ column)
    return m[0] @ m[1] + done[2][0] * 3


@program(vector)
def one_buffer_many_times(x):
    """The list holds the same array at each place; halves of halves are kept, and written to later."""
    buffer, history = np.zeros(2), []
    for v in x:
        buffer[0] = v
        buffer[1] += v**2
        history.append(buffer)
    history[0][0] += 10
    y, todo, parts = x * 1, [(0, len(x))], []
    while todo:
        a, b = todo.pop()
        parts.append(y[a:b])
        if b - a > 1:
            todo.append((a, (a + b) // 2))
            todo.append(((a + b) // 2, b))
    for part in parts:
        part += part[0] * 0.5
    return np.sum(y**2) + sum(h.sum() for h in history) + np.array(history).prod()


@program(lambda rng, n: (rng.normal(size=(4, 3)),))
def views_in_dicts(m):
    """Views by keys that are known and that are computed, and ones that are read in several ways."""
    named = {"upper": [m[0], m[1]], "lower": [m[2]]}
    for key, rows in named.items():
        for row in rows:
            row *= 2 if key == "upper" else 3
    named["upper"].append(m[3])
    for row in named["upper"]:
        row[0] += m[2, 0]
    last = {}
    for i in range(4):
        last[i % 2] = m[i]
    for key in last:
        last[key] *= 1.5
    m[3, 0] = last[0][1]
    for part in (m[:2], m[1:3], m[2:], m.T[:2, :3]):
        part *= m[2:, :1]
    for row in (m[0], m[0]):
        row[1] *= 1.1 + row[0]
    for part in np.split(m, 2):
        part[0] = part[1] ** 2
    return np.sum(m**2) + last[1][0]


@program(lambda rng, n: (rng.normal(size=(4, 3)),))
def parts_of_a_split(m):
    """Parts that are written to in turn, so that the array has changed before the next one is."""
    top, bottom = np.split(m, 2)
    left, middle, right = np.hsplit(top, 3)
    for part in (left, middle, right):
        part *= bottom[:, :1]
        bottom += part
    parts = np.array_split(m, 3)
    parts[0][0] = parts[1][0]
    bottom[0] = 3 * top[1]
    return np.sum(m**2) + parts[2].sum()


@program(vector)
def one_array_twice(x):
    y = np.tanh(x)
    for row in (y, y):
        row[:] = np.tanh(row * np.sin(x[0]))
    pair = [y, y]
    for k in range(2):
        pair[k][0] += y[1] * k
    return np.sum(y**2)
