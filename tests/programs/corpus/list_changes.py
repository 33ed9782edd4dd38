"""Lists that are extended, cut, turned, sorted and compared, and iterators that are unpacked."""

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


@program(vector, numba=True)
def extended(x):
    work = [x[0]]
    work.extend(x)
    work += [x[1] * 2]
    work.extend(v * v for v in x if v > 0)
    work.extend(work)
    return sum(work) * work[3] + len(work)


@program(vector, numba=True)
def extended_in_loop(x):
    work = []
    for v in x:
        work.extend([v, v * v])
        work += [v]
    return sum(a * b for a, b in zip(work, work[1:]))


@program(vector, numba=True)
def inserted(x):
    """Places beyond the ends are the ends."""
    work = [v * v for v in x]
    work.insert(0, x[1])
    work.insert(-1, x[2])
    work.insert(99, x[3])
    work.insert(-99, x[3] ** 2)
    for i in range(3):
        work.insert(i * 2 - 1, x[i] * i)
    return sum(k * v + v * v for k, v in enumerate(work))


@program(vector, numba=True)
def popped_anywhere(x):
    work = [v * v for v in x]
    a = work.pop(0)
    b = work.pop(-2)
    last = len(work) - 1
    c = work.pop(last)
    return a * b * c + work[0] + len(work)


@program(vector, numba=True)
def queue_of_a_list(x):
    queue, total = [v for v in x], 0.0
    while queue:
        v = queue.pop(0)
        total = total * 0.5 + v * v
        if len(queue) < 3 and v > 1:
            queue.append(v - 1)
    return total


@program(vector, numba=True)
def deleted_items(x):
    work = [v * v for v in x]
    del work[1]
    del work[-1]
    return work[0] * work[1]


@program(vector, numba=True)
def turned(x):
    work = [v * v for v in x]
    work.reverse()
    back = work[::-1]
    return work[0] * back[0] ** 2 * back[1]


@program(vector)
def list_sorted_in_place(x):
    work = list(x)
    work.sort(key=lambda v: -v)
    up = list(work)
    up.sort(reverse=True)
    return work[0] * up[1] ** 2 * work[3]


@program(vector)
def slices(x):
    work = [v * v for v in x]
    n = len(work)
    total = 0.0
    for part in (work[1:], work[:-1], work[::2], work[::-1], work[-3:], work[:2], work[5:], work[-9:2],
                 work[3:1], work[n // 2 :], work[: n - 1], work[-1::-2], work[2:0:-1], work[:-9:-1],
    ):  # fmt: skip
        for k, v in enumerate(part):
            total += v * v * (k + 1)
        total += len(part)
    try:
        total += [x[0], x[1]][::0][0]
    except ValueError:  # no step leads on
        total += x[2] * len("slice"[1::2])
    return total


@program(vector)
def sums_and_products_of_lists(x):
    work = [v * v for v in x]
    longer, twice = work + [x[0]], work * 2
    many = [x[1], x[2]] * len(work)
    same = (longer == work) + 2 * (work == [v * v for v in x]) + 4 * (work != longer)
    return sum(longer) * x[1] + sum(twice) * many[3] + (2 * work)[-1] * same


@program(vector, numba=True)
def members(x):
    seen, total = [], 0.0
    for i in [0, 1, 1, 2]:
        if i in seen:
            continue
        seen.append(i)
        total += x[i] ** 2
    n = len(x)
    for i in range(n):
        if i in (1, 3) or i not in range(2, n):
            total += x[i]
        if n in [4, 5]:
            total += x[i] ** 3
    return total


@program(vector, numba=True)
def found_counted_removed(x):
    marks = [0, 3, 2, 3]
    work = [v * v for v in x]
    k, many = marks.index(3), marks.count(3)
    marks.remove(3)
    work.remove(work[2])
    return work[k] * many + len(marks) + work.index(work[1]) * work[0]


@program(vector)
def cleared_in_loop(x):
    buffer, total = [], 0.0
    for v in x:
        buffer.append(v * v)
        if len(buffer) == 2:
            total += buffer[0] * buffer[1]
            buffer.clear()
    return total + len(buffer)


@program(vector)
def lists_of_arrays_changed(x):
    work = [x, x * 2]
    work.insert(1, x**2)
    work.extend([x * 3])
    a = work.pop(1)
    work = work[::-1]
    return np.sum(a * work[0] * work[-1]) + sum(work)[0] + sum(x * v for v in x if v > -9)[1]


@program(lambda rng, n: (0.3, 0.5), wrt=(0, 1), numba=True)
def descent_by_generators(x, y):
    for _ in range(3):
        gx, gy = 2 * x * y, x**2
        x, y = (p - 0.1 * g for p, g in zip((x, y), (gx, gy)))
    return x * y


@program(vector, numba=True)
def tuples_of_iterators(x):
    p = (x[0], x[1])
    q = tuple(2 * a * b for a, b in zip(p, reversed(p)))
    r = tuple(a * i for i, a in enumerate(q))
    a, b, c = map(lambda v: v * v, x[:3])
    us, vs = zip(*[(x[0], x[1]), (x[2], x[3])])
    return q[0] * q[1] + r[1] + a * b * c + sum(us) * sum(vs)


@program(vector, numba=True)
def names_zipped_with_values(x):
    """The fixed names decide how many values there are."""
    d = {k: v * 2 for k, v in zip("abc", x)}
    e = dict(zip(["p", "q"], [v * v for v in x]))
    return sum(d.values()) + d["a"] ** 2 * e["p"] + e["q"]


@program(vector)
def arrays_of_lists_of_lists(x):
    m = np.array([[a * b for a in x] for b in x])
    t = np.array([[[a * b * c for a in x] for b in x] for c in x[:2]])
    rows = np.sum([[v, v * v] for v in x]) + np.dot([v for v in x], x)
    return np.sum(m**2) * t[0, 1, 2] + rows + np.concatenate([[v, v * 2] for v in x])[3]


@program(vector)
def rows_of_several_lengths(x):
    rows = []
    for v in x:
        row = [1.0]
        for w in x:
            if w < v:
                row.append(w * v)
        rows.append(row)
    rows.append([x[0], x[1]])
    return sum(sum(row) for row in rows) + sum(len(row) * row[-1] for row in rows if len(row) > 1)


@program(vector, numba=True)
def table_of_fixed_rows(x):
    table = [[1.0, 2.0], [3.0, x[0]]]
    total = 0.0
    for i in range(2):
        for j in range(2):
            total += table[i][j] * x[i] ** 2
    return total


@program(vector)
def lists_written_into_arrays(x):
    y = np.zeros(4)
    y[1:3] = [v * v for v in x[:2]]
    y[:2] += [v for v in x[:2]]
    y *= [v + 2 for v in x[:4]]
    m = np.zeros((2, 2))
    m[:, :] = [[v, v * w] for v, w in zip(x[:2], x[1:3])]
    return y @ y + np.sum(m**2)


def weighed(values):
    return sum(k * v * v for k, v in enumerate(values)) + len(values)


@program(vector)
def list_changed_by_two_names(x):
    """Whatever changes a list, the other name sees it."""
    work = [v for v in x]
    other = work
    work.extend([x[0] * 2])
    other += [x[1] ** 2]
    other.insert(1, x[2] * 3)
    work.sort()
    first = other.pop(0)
    work.reverse()
    del other[1]
    work.remove(work[2])
    return weighed(work) + 2 * weighed(other) * first


@program(vector, numba=True)
def list_of_two_names_in_a_loop(x):
    work = [v for v in x]
    other = work
    for i in range(3):
        work.insert(0, work[-1] * 0.5)
        other.append(work.pop(1))
        if i == 1:
            other.reverse()
    return weighed(work) + 10 * weighed(other)


@program(vector)
def lists_in_a_dict_changed(x):
    d = {"a": [x[0]], "b": []}
    for v in x:
        d["a"].append(v * v)
        d["b"].insert(0, v)
    d["a"].sort()
    d["b"] += [x[1]]
    return weighed(d["a"]) + weighed(d["b"])


@program(lambda rng, n: (rng.normal(size=n), rng.normal()), wrt=(0, 1), orders=2)
def updated_where_it_lies(x, c):
    """``op=`` changes the list or array that is there, in names, items and entries."""
    l, d = [[x[0]], [x[1]]], {"a": x * 1.0, "b": [x[0]]}
    again = d["b"]
    l[0] += [c]
    d["a"] *= c
    d["b"] += [c * c]
    for k in range(2):
        l[k] += [c * x[k]]
        d["a"] += x[k]
    for i, v in enumerate(again):
        again[i] = v * c
    return np.sum(d["a"]) * sum(l[0]) * sum(l[1]) + sum(d["b"])


def to_the_front(l, v):
    l[:1] = [v, v]


@program(lambda rng, n: (rng.normal(size=n), 2), sizes=(6, 7), orders=2)
def slices_changed(x, k):
    """Parts of lists are replaced by more items or fewer, deleted and joined, seen by other names."""
    l, w, e = [x[0], x[1], x[2]], [v for v in x], []
    known, whole = l, w
    l[1:3] = [x[0] * 2, x[1] * 3, x[4]]
    l[::2] = [x[5], x[4]]
    del l[0:1]
    l[1:] += (x[3],)
    w[:] = [v * 2 for v in w]
    w[-1:] = []
    w[4:1] = (x[5],)
    w[::2] = [v * 2 for v in w[::2]]
    w[k : k + 1] *= 2
    e[:] = [x[0]]
    for i in range(3):
        w[k:] = [x[i], x[i + 1] * w[0]]
        if x[i] > 0:
            w[:1] = [w[0] * 2, x[i]]
        e[i:i] = [x[i]] * k
    to_the_front(w, x[4])
    del w[3:]
    sums = [sum([a * i for i, a in enumerate(m)]) for m in (known, whole)]
    return sums[0] * sums[1] + sum(e) * len(w)


@program(vector, orders=2)
def rearranged_list_of_two_names_in_a_function(x):
    """A list that was put in another order is still one to a function that knows it by two names."""
    work = [v for v in x]
    other = work
    work.reverse()

    def moved():
        other.append(work.pop(1) * 2)
        work.insert(0, other[-1] * 3)

    moved()
    moved()
    return weighed(work) + 10 * weighed(other)
