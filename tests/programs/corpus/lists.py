"""Lists: appended to, indexed, changed, popped from, and given as arguments."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1))
def append_then_array(x, a):
    out = []
    for v in x:
        out.append(a * v**2)
    y = np.array(out)
    return np.sum(y * x)


@program(lambda rng, n: (0.3, n), wrt=(0,), orders=2, numba=True)
def trajectory_backwards(x, steps):
    """Appends, then reads from the end."""
    path = [x]
    for _ in range(steps):
        path.append(np.sin(path[-1]) + 0.1)
    total = 0.0
    for k in range(len(path) - 1, -1, -1):
        total = total * 0.5 + path[k] * path[-1]
    return total


@program(lambda rng, n: (rng.normal(size=n).tolist(), 0.5), wrt=(0, 1))
def list_argument(values, x):
    total = 0.0
    for k in range(len(values)):
        total += values[k] * x**k
    for v in values:
        total *= 1 + 0.1 * v
    return total


@program(lambda rng, n: ([rng.normal(size=3) for _ in range(n)], rng.normal(size=3)), wrt=(0, 1))
def list_of_arrays(vectors, w):
    total = 0.0
    for v in vectors:
        total += np.tanh(v @ w)
    return total * np.sum(vectors[0])


@program(lambda rng, n: (rng.normal(size=3), rng.normal(size=(3, 3)), n), wrt=(0, 1))
def states_stacked(x, A, steps):
    states = [x]
    for _ in range(steps):
        x = np.tanh(A @ x)
        states.append(x)
    return np.stack(states)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def append_under_condition(x):
    kept = []
    for v in x:
        if v > 0:
            kept.append(v * v)
            kept.append(v)
        elif v < -1:
            kept.append(-v)
    s = 0.0
    for k in kept:
        s += k**2
    return s


@program(lambda rng, n: (rng.normal(size=n),), orders=2, numba=True)
def change_elements(x):
    work = []
    for v in x:
        work.append(v)
    for i in range(1, len(work)):
        work[i] = work[i] * work[i - 1]
        work[0] += work[i]
    return work[0] * work[-1]


@program(lambda rng, n: (rng.normal(size=n), 2.0), wrt=(0, 1), numba=True)
def stack_machine(x, a):
    stack = [a]
    for v in x:
        stack.append(v)
        top = stack.pop()
        below = stack.pop()
        stack.append(np.sin(top) * below)
    return stack[0]


@program(lambda rng, n: (1.5, 0.5), wrt=(0, 1), numba=True)
def fixed_list(a, b):
    """A list whose length is known."""
    values = [a, b, a * b]
    values[1] = values[0] * values[2]
    total = 0.0
    for v in values:
        total += v * v
    return total + values[-1]


@program(lambda rng, n: (rng.normal(size=n),))
def array_of_displays(x):
    a, b = x[0], x[1]
    R = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    v = R @ np.array([b, 1.0])
    return v[0] * v[1]


@program(lambda rng, n: (rng.normal(size=(n, 2)),))
def concatenated_list(X):
    parts = []
    for i in range(len(X)):
        parts.append(X[i] ** 2)
        parts.append(np.sin(X[i]))
    return np.concatenate(parts)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def list_made_by_operators(x):
    sums = [0.0] * 3 + [x[0]]
    for i in range(1, 4):
        sums[i] = sums[i - 1] + x[i] * x[i]
    return sums[2] * sums[3]


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), orders=2, numba=True)
def last_or_default(x, a):
    """A list that is empty at first, asked for its last element."""
    path = []
    for v in x:
        previous = path[-1] if len(path) > 0 else a
        path.append(np.sin(previous) * v)
    return path[-1] * path[0]


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), numba=True)
def counts_become_sums(x, a):
    """Python floats give way to NumPy's."""
    totals = [0.0, a]
    for v in x:
        if v > 0:
            totals[0] = totals[0] + v * v
        else:
            totals[1] += v * totals[1]
    return totals[0] * totals[1]


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1), numba=True)
def recurrence_in_list(x, a):
    """Elements are read under a condition that keeps the first pass, with its empty list, out."""
    values = []
    total = 0.0
    for i in range(len(x)):
        if i > 0:
            total += values[-1] * values[i // 2]
        values.append(np.sin(a * x[i]))
    for v in []:
        total *= v
    return total


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n), 1), wrt=(0, 1))
def popped_from_some_pass_on(x, w, start):
    states = [w.copy(), x]
    for _ in range(start, 3):
        u = states.pop()
    return np.sum(u * w)


@program(lambda rng, n: (1.5, 0.5), wrt=(0, 1), numba=True)
def ints_among_floats(a, b):
    values = [a]
    values.append(1)
    values.append(b)
    values[0] = 2
    total = 0.0
    for v in values:
        total = total * a + v * v
    return total


@program(lambda rng, n: (rng.normal(size=n),), sizes=(4, 2), orders=2)
def best_of_tuples(x):
    """Of equal first items the second decide; texts and lists are ordered, too."""
    value, name = max((x[0], "a"), (x[0], "b"), (x[1], "c"))
    low = min([(x[1], "p"), (2 * x[0], "q")])
    pair = max([x[0] ** 2, 1.0], [x[0] ** 2, x[-1] + 5.0])
    first = max("abc", key={"a": x[0], "b": x[1], "c": 0.0}.get)
    inner = min((1, (x[0], 2)), (1, (x[1], 3)))
    total = value * (2.0 if name == "b" else 3.0) + low[0] * pair[1] + inner[1][0] * inner[1][1]
    return total * (1.5 if first == "a" else 1.0) + x[-1] * (max("a", "b") == "b")
