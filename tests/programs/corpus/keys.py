"""Dicts and lists that become others on one side of a branch, and loops over the keys of dicts."""

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


@program(vector, points=(((np.array([0.5, 1.5]),), None),))
def entries_set_under_conditions(x):
    """Which keys there are, and in which order, is known at run time only."""
    found, options = {}, {}
    for i, v in enumerate(x):
        if v > 0:
            found["positive"] = v * i
        else:
            found["negative"] = v * v
        found["any"] = v
    if x[0] > 0:
        options["scale"] = x[1]
    y = x * options.get("scale", 2.0)
    if "scale" in options:
        y += options["scale"]
    total = np.sum(y)
    for key, v in found.items():
        total = total * 0.5 + (v if key == "any" else 3 * v)
    return total


@program(vector)
def sums_by_sign(x):
    """A condition chooses the key; entries are divided, and then set, while a loop runs over them."""
    sums = {}
    for v in x:
        key = "positive" if v > 0 else "negative"
        sums[key] = sums.get(key, 0.0) + v * v
    total = sum(sums.values())
    for key in sums:
        sums[key] /= total
    for key, share in sums.items():
        sums[key] = share * np.log(share + 1)
    for key in sums:
        sums[key] = sums[key] * 2 + total
    return sum(sums[key] ** 2 for key in sums)


@program(lambda rng, n: (rng.normal(size=(4, 3)),))
def blocks_by_pairs(m):
    """Keys that are tuples, of views that are written to."""
    blocks = {(i, j): m[2 * i : 2 * i + 2, j] for i in range(2) for j in range(3)}
    blocks[0, 0] += m[3, 1]
    for (i, j), block in blocks.items():
        block *= 1 + i - 0.5 * j
    m[0] = 1.5 * m[3]
    total = sum((block**3).sum() for block in blocks.values())
    for i, j in blocks:
        total += blocks[i, j][0] * j
    return total * (2 if (1, 2) in blocks and (5, 5) not in blocks else 3)


@program(vector)
def list_that_grows_or_is_made_anew(x):
    """On one side of a branch a list is appended to, on the other its name is bound to another."""
    queue, seen = [x[0]], 0.0
    while queue:
        v = queue.pop()
        seen += v * v
        if v < 3:
            queue.append(v + 1.1)
            queue.insert(0, v * x[1] + 2)
        else:
            queue = [w * 0.9 for w in queue]
        if seen > 20:
            break
    rows = [x]
    for i in range(3):
        if rows[-1].sum() > 1:
            rows.append(rows[-1] * 0.5)
        else:
            rows = [row + i for row in rows]
    return seen + sum((row * row).sum() for row in rows) * len(rows)


@program(lambda rng, n: (rng.normal(size=n), {}))
def dicts_of_nothing(x, given):
    """Loops over them do not run."""
    made = {}
    total = x[0]
    for d in (given, made):
        for key in d:
            total = total * d[key]
        for _, value in d.items():
            total = total * value
    return total * x[1] + sum(made.values()) + len(list(given)) + sum([v for v in given.values()])


class Named:
    def __init__(self, name, children=()):
        self.name, self.children = name, list(children)


def likelihood(node, values):
    if not node.children:
        return values[node.name]
    total = 1.0
    for child in node.children:
        total = total * likelihood(child, values) + 0.5
    return total


@program(vector, orders=2)
def keys_of_leaves_alone(x):
    """A key that the dict has not, on a path that is not taken; one that is missed is a KeyError."""
    root = Named("root", [Named("pair", [Named("a"), Named("b")]), Named("c")])
    values = {"a": x[0], "b": x[1], "c": x[2]}
    total = likelihood(root, values)
    for v in x:
        if v > 99:
            total = total * values["d"]
    try:
        total += v * likelihood(Named("d"), values)
    except KeyError:
        total *= 2
    return total


@program(vector)
def keys_that_are_no_constants(x):
    """An ellipsis is a key like others, and the elements of an array."""
    entries = {"a": x[0], ...: x * 2, (1, ...): x[1], np.sin: x[2]}
    entries[...] *= x
    either = {"a": x[0], ...: x * 3} if x[0] > 0 else x * 2
    either[...] = x * x if isinstance(either, dict) else x[1]
    try:
        missing = {"a": x}[...]
    except KeyError:
        missing = x[3]
    return np.sum(entries[...]) * np.sum(either[...]) + entries[1, ...] * entries[np.sin] * missing
