"""Lists in lists and in dicts that grow, shrink and are replaced, as groups and graphs are built."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


def rows_and_vector(rng, n):
    return [[float(v) for v in rng.normal(size=k + 1)] for k in range(3)], rng.normal(size=n)


def arrays_and_vector(rng, n):
    return [rng.normal(size=2), rng.normal(size=3)], rng.normal(size=n)


@program(vector, orders=2)
def grouped_by_key(x):
    """Three ways to begin a group; then loops over the groups in their order."""
    by_three, by_two, named = defaultdict(list), {}, {}
    for i in range(len(x)):
        by_three[i % 3].append(x[i] * i)
        by_two.setdefault(i % 2, []).append(x[i])
        if i % 2 not in named:
            named[i % 2] = []
        named[i % 2].append(x[i] * x)
    total = 0.0
    for k in by_three:
        for v in by_three[k]:
            total = total * 0.5 + v * v * (k + 1)
    for k, vs in by_two.items():
        total += k * sum(vs) / len(vs) + max(vs) * vs[0]
        vs.append(total)
    for vs in named.values():
        total += np.sum(np.array(vs) ** 2) * vs[-1][0]
    return total + by_two[1][-1] ** 2


@program(vector)
def appended_to_a_few(x):
    """The cost of a step does not depend on how long the lists are."""
    rows = [[], [], []]
    for i in range(len(x)):
        rows[i % 3].append(x[i])
    total, k = 0.0, 0
    while rows[k]:
        total = total * 0.9 + rows[k].pop() * rows[2][0]
        k = 1 - k
        if len(rows[2]) < 2:
            break
    return total


@program(vector, orders=2)
def graph_with_weights(x):
    """Edges as pairs, in lists that were empty where they were put into a list or a dict."""
    edges, n = defaultdict(list), len(x)
    near = [[] for _ in range(n)]
    for u in range(n - 1):
        edges[u].append((u + 1, x[u]))
        edges[u + 1].append((u, x[u + 1]))
        near[u].append({"to": u + 1, "by": x[u] * x[u + 1]})
        near[(u * 2) % n].append({"to": u, "by": x[u]})
    fixed = {0: [(1, x[0]), (2, x[1])], 1: [(2, x[2])], 2: []}
    total = 0.0
    for u in range(n):
        for v, w in edges[u]:
            total += w * x[v]
        for e in near[u]:
            total += e["by"] * e["by"] * e["to"]
    for u in range(3):
        for v, w in fixed[u]:
            total += w * w * x[v]
    return total * edges[1][0][1]


@program(vector)
def paths_in_a_graph(x):
    """A depth-first search that remembers what it found."""
    after, best = {}, {}
    for u, v in [(0, 1), (1, 2), (2, 3), (0, 3)]:
        if u not in after:
            after[u] = []
        after[u].append((v, x[u] * x[v]))

    def weight(u):
        if u not in after:
            return 1.0
        if u not in best:
            best[u] = sum(w * weight(v) for v, w in after[u])
        return best[u]

    return weight(0) * weight(1)


@program(lambda rng, n: (rng.normal(size=n + 1),), points=[
    ((np.array([1.0, 2.0, 3.0, 4.0, 5.0]),), (np.array([6.0, 4.0, 0.0, 2.0, 6.0]),)),
], numba=True)  # fmt: skip
def rows_by_two_names(x):
    """A row and a name for it are one list, until another list takes its place."""
    rows = [[x[0]], [x[1]]]
    a = rows[0]
    rows[0].append(x[1])
    a.append(x[3])
    b = rows[1]
    rows[1] = [x[4]]
    b.append(x[0])
    for r in rows:
        if len(r) > 1:
            r[0] = 2.0 * x[0]
    if len(b) == 2:
        rows[1].append(1.0)
    return sum(a) + sum(rows[0]) + sum(b) * 2.0 + 6.0 * rows[1][0] * rows[1][1]


@program(rows_and_vector, wrt=(0, 1), orders=2)
def rows_rearranged(rows, x):
    """All that a list can do, to lists in a list that was given."""
    for i in range(len(x)):
        rows[i % len(rows)].append(x[i] * rows[0][0])
    rows[0].insert(1, x[0] * 3.0)
    rows[1].reverse()
    rows[2].sort()
    last = rows[1].pop()
    first = rows[2].pop(0)
    rows[0].extend([last, first])
    rows.append([last])
    rows[-1].append(x[1])
    rows[1].clear()
    for r in rows:
        r.append(first * len(r))
    return sum(v * v * k for r in rows for k, v in enumerate(r))


@program(vector, points=[
    ((np.array([1.0, 2.0, 3.0, 4.0]),), (np.array([289.0, 0.0, 0.0, 72.0]),)),
], numba=True)  # fmt: skip
def arrays_popped_and_written(x):
    """An array that left one list for another: both names see a write."""
    rows = [[x * 1.0], [x * 2.0, x * 3.0]]
    a = rows[1].pop()
    a[1:3] = 0.0
    a[0] = x[0]
    rows[0].append(a)
    rows[0][1][3] *= x[0]
    return rows[0][1][3] * a[3] + a[0] + rows[0][-1][1]


@program(vector, points=[
    ((np.array([1.0, 2.0, 3.0, 4.0]),), (np.array([1.0, 0.0, 1.0, 0.0]),)),
])  # fmt: skip
def rows_of_a_display_written(x):
    """Rows of a list whose length is known, that a loop reads by computed numbers."""
    rows = [[x[0], x[1]], [x[2], x[3]]]
    cubes = [[[x[0]], []], [[], [x[1]]]]
    for i in range(2):
        row = rows[i]
        row[1] = 1.0
        cubes[i][1 - i].append(x[i])
    return rows[0][0] + rows[1][0] * rows[1][1] + 0.0 * cubes[0][1][0] * cubes[1][0][0]


@program(vector, points=[
    ((np.array([1.0, 2.0, 3.0, 4.0]),), (np.array([4.0, 1.0, 1.0, 1.0]),)),
])  # fmt: skip
def changed_within_a_statement(x):
    """What an expression takes out of a row is gone where the same statement reads the row again."""
    rows = [[], []]
    for i in range(len(x)):
        rows[i % 2].append(x[i])
    first = rows[0].pop() * sum(rows[0])
    k = len(rows) - 1
    rows[k].append(rows[k].pop() * len(rows[k]) + x[0])
    return first + sum(rows[1])


@dataclass
class Branch:
    weight: float
    below: list = field(default_factory=list)


@program(vector)
def branches_of_objects(x):
    """Objects in a list that hold lists of their own."""
    nodes = [Branch(x[i], []) for i in range(len(x))]
    for i in range(1, len(x)):
        above = nodes[(i - 1) // 2]
        above.below.append(x[i] * above.weight)
        above.weight = above.weight * 1.1
    total = 0.0
    for node in nodes:
        total += node.weight * sum(node.below)
    return total


@program(arrays_and_vector, wrt=(0, 1), orders=2)
def items_of_other_sizes(rows, x):
    """What takes the place of an item has another size, or is a list of another length."""
    k = len(rows) - 1
    total = np.sum(rows[k] ** 2)
    rows[k] = x
    pairs = [[x[0], x[1]], [x[2]]]
    product = sum(v * v for v in pairs[k])
    pairs[k] = [x[3], x[0], product]
    return total * np.sum(rows[k] ** 2) * sum(pairs[k]) + sum(pairs[0])


NEAR = {0: [1, 2], 1: [2], 2: []}


@program(vector)
def graph_from_outside(x):
    def put(groups, k, v):
        groups[k].append(v)

    groups, total = defaultdict(list), 0.0
    for u in range(3):
        for v in NEAR[u]:
            total += x[u] * x[v]
            put(groups, v % 2, x[u])
    return total * sum(k + sum(v) ** 2 for k, v in groups.items())


@program(vector, orders=2)
def lists_of_another_length_in_each_pass(x):
    """A name is bound to a new list in each pass, which is longer, shorter or either."""
    path, pairs, arrays, rest = [], [], [x], [x[0], x[1], x[2], x[3]]
    few = [x[0], x[1]]
    total = 0.0
    for i in range(len(x)):
        path = path + [x[i]]
        pairs = [*pairs, (i, x[i] * path[0])]
        arrays = [arrays[-1] * 0.5] + arrays
        few = [x[2]] if len(few) == 2 else [few[0] * 2.0, x[3]]
    while len(rest) > 1:
        total = total * 0.5 + rest[0] * rest[-1]
        rest = rest[1:]
    total += sum(v * i for i, v in enumerate(path)) + sum(i * v * v for i, v in pairs)
    return total * rest[0] + sum(np.sum(a * k) for k, a in enumerate(arrays)) + sum(few)


@program(vector)
def one_array_several_times(x):
    """All items are one array, or one pair, until others take their places."""
    n = len(x)
    z = x * 2.0
    rows, pairs = [z] * n, [(0, x[0]), (1, x[1])] * n
    for i in range(n):
        rows[i] = rows[i] * x[i]
        pairs[i] = (i, pairs[i - 1][1] * x[i])
    return sum(np.sum(r) for r in rows) + sum(k * v for k, v in pairs) + np.sum(z)


@program(vector)
def sums_of_what_was_put_in_before(x):
    """A list is empty where it is summed first, and is given its items behind that."""
    known, total, i = [], 0.0, 0
    while i < len(x):
        total += x[i] * (1.0 + sum(known) * i)
        known.append(x[i] * x[0])
        i += 1
    return total


@program(vector)
def lists_with_items_or_arrays(x):
    """What is a list with items or an array by data is made longer by loops where it is a list."""
    y = [x[0], x[1]] if x[0] > 0 else x * 2
    z = x * 2 if x[0] > 0 else [1.0, x[1]]
    doubled, other = [1.0, x[2]] if x[1] > 0 else x * 3, x * 3 if x[1] > 0 else [x[0], 2.0]
    for i in range(len(x)):
        if isinstance(y, list):
            y.append(x[i] * y[-1])
        if isinstance(z, list):
            z = z + [z[-1] * x[i]]
        else:
            z = z * x[i]
    for _ in range(2):
        doubled *= 2
        other *= 2
    return np.sum(np.array(y) ** 2) + z[-1] + np.sum(np.array(doubled)) * np.sum(np.array(other))


@program(vector)
def containers_of_either_kind_that_grow(x):
    """A list of arrays or an array, a dict or a list, and a list or an array in a dict."""
    rows = [x[:2] * 1, x[2:4] * x[1]] if x[0] > 0 else x * 2
    known = {0: x[0], 1: x[1]} if x[1] > 0 else [x[1]]
    state = {"log": [x[0]]} if x[2] > 0 else {"log": x * 2}
    pairs = [(x[0], 1), (x[1], 2)] if x[3] > 0 else None
    for i in range(len(x)):
        rows = rows + [rows[0] * x[i]] if isinstance(rows, list) else rows * x[i]
        if isinstance(known, dict):
            known[i] = x[i] * 2
        else:
            known.append(x[i] * 3)
        if isinstance(state["log"], list):
            state["log"].append(x[i])
        else:
            state["log"] += x[i]
        if pairs is not None:
            pairs = pairs + [(x[i] * pairs[-1][0], i)]
    total = sum(known.values()) if isinstance(known, dict) else sum(known)
    last = x[0] if pairs is None else pairs[-1][0] * pairs[2][1]
    return total + last + np.sum(np.array(rows) ** 2) * np.sum(np.array(state["log"]))
