"""Names that a loop binds to one view of an array after another, and writes to."""

import numpy as np

from tests.programs.registry import program


def matrix(rng, n):
    return (rng.normal(size=(n, 3)),)


@program(lambda rng, n: (rng.normal(size=(n, 3)), n - 1), orders=2,
         points=(((np.ones((3, 3)), 0), None),), numba=True)  # fmt: skip
def row_before(m, n):
    """The name is a row in each pass, and written to behind the loop, which may not run at all."""
    before = m[0]
    k = 0
    while k < n:
        k += 1
        m[k] += before * 0.5
        before = m[k]
        if before.sum() > 100:
            break
    before[0] = 7 * m[1, 1]
    return np.sum(m**2)


@program(matrix, numba=True)
def two_rows_onwards(m):
    """Two names go on by one row, and are written to."""
    a, b = m[0], m[1]
    for i in range(2, len(m)):
        a += b * m[i]
        a, b = b, m[i]
        b[1:] *= a[0]
    a[0] = b[2] ** 2
    return np.sum(m**2) + a @ b


@program(matrix, numba=True)
def best_column_so_far(m):
    """A condition decides whether the name goes on; the loop inside hands it on as well."""
    for k in range(3):
        best = m[:, k]
        for j in range(k, 3):
            column = m[:, j]
            if column[0] > best[0]:
                best = column
            column[1] += best[0]
        best *= 0.5
        best[-1] = m[0].sum()
    return np.sum(m**2)


@program(lambda rng, n: (rng.normal(size=n), n), wrt=(0,))
def levels_of_a_history(x, n):
    """A scheme in time that names the levels, in one array and in two rows that change places."""
    u = np.zeros((n + 1, len(x)))
    u[0] = x
    now = u[0]
    for t in range(n):
        after = u[t + 1]
        after[1:-1] = now[1:-1] + 0.1 * (now[2:] - 2 * now[1:-1] + now[:-2])
        after[[0, -1]] = now[[-1, 0]]
        now = after
    pair = np.zeros((2, len(x)))
    pair[0] = now
    old, new = pair
    for _ in range(3):
        new[1:] = old[:-1] * old[1:]
        new[0] = old[-1]
        old, new = new, old
    return np.sum(u**2) + np.sum(pair**3) + now @ old


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=(n, 3))), wrt=(0, 1))
def windows_of_two_arrays(m, w):
    """Views of views and of two arrays; one is bound anew before the pass is left."""
    source, target = m[0][1:], w.T[0]
    for t in range(1, 3):
        target[:2] += source * 0.5
        source, target = m[t][1:], w.T[t]
        if t == 2:
            source = m[0][1:]
            continue
        source += target[:2]
    source *= 2
    target += source[0]
    return np.sum(m * w)


@program(lambda rng, n: (rng.uniform(0.3, 1.2, size=(4, 4)),), orders=2, numba=True)
def found_and_written_to(m):
    """Names that are None, or a number, until a row or column is found, and are written to then."""
    best, late = None, 0.0
    for row in m:
        if best is None or row[0] > best[0]:
            best = row
        best[1] += 0.5
        if row.sum() > 2:
            late = row
    best *= 2.0
    late[1:] = late[0] * m[0, 0]
    before = None
    for k in range(4):
        column = m[:, k]
        if before is not None:
            column += 0.5 * before
            before[0] = column[1]
        before = column
    if before is not None:
        before[2] = 7.0 * m[1, 1]
    return np.sum(m**2)


@program(lambda rng, n: (rng.uniform(0.3, 1.2, size=(4, 4)),), orders=2)
def first_and_last_of_two_arrays(m):
    """Views of two arrays, two names at once, and a name that is None again in some passes."""
    w = m * 2
    first = last = held = None
    for i in range(len(m)):
        if m[i, 0] > 0.4:
            if first is None:
                first = m[i]
            last = w[i]
        if held is not None and i % 2:
            held[:] = m[i] * held
            held = None
            continue
        held = m[i]
    first += 1.0
    last *= first
    if held is None:
        return np.sum(m * w)
    return np.sum(m * w) * held[0]


@program(lambda rng, n: (rng.normal(size=(n, 4)), n), sizes=(4, 5), orders=2)
def bound_by_an_inner_loop(m, n):
    """Names that hold nothing before a loop, views that some passes leave, and writes behind it."""
    a = m * 1.0
    for i in range(n):
        for j in range(2):
            row = a[i]
            row[j] *= 2
        row[3] = row[0] * row[1]
        for j in range(i):
            tail, top = a[i, j:], a[j]
            tail *= top[0]
        if i > 1:
            odd = a[i - 1]
            tail[0] += top[1]
        part = top[1:] if i else row
        part *= 1.1
    odd[1] = odd[0] ** 2
    row *= 1.5
    return np.sum(a**2)


@program(matrix, orders=2)
def read_in_several_ways(m):
    """A name goes on as a row, a column or the end of a row, of one array or another."""
    a, b = m * 1.0, m * 2.0
    v, best = a[0], None
    for i in range(3):
        v[0] += a[1, 1] * 0.5
        v *= 1.5
        v = a[:, i] if i % 2 else a[i]
        for j in range(3):
            if best is None or a[i, j] > best[0]:
                best = a[i, j:]
        if m[i, 0] > 0:
            part = a[i]
        else:
            part = b[i, ::-1]
        part[0] = part[1] * part[2]
        if m[i, 1] > 1:
            v = v * 2
    v[1] = 3.0
    best *= 2
    part[1] *= 3
    return np.sum(a**2) * np.sum(b) + np.sum(v)


@program(lambda rng, n: (rng.normal(size=n), 1, 2), points=(((np.ones(3), 0, 2), None),))
def left_by_one_branch(x, whole, n):
    """A view of one of two arrays, which may be unset where what tells which of them is."""
    u, tail = x * 3, x[:2]
    if whole:
        kept = x * 0.5 if n > 1 else u
        tail = kept[:2]
        kept *= 2.0
    for i in range(n):
        if i == 1:
            last = u[i:]
    last *= 2
    return np.sum(u) * np.sum(tail)
