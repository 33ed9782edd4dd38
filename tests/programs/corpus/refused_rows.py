"""Lists of tuples and the like that are refused."""

import math
from dataclasses import dataclass

import numpy as np

from tests.programs.registry import refused


@dataclass
class Body:
    m: float
    x: float


@dataclass
class Pair:
    row: np.ndarray
    other: np.ndarray


def vector(rng, n):
    return (rng.normal(size=n),)


@refused("a tuple is appended to a list[tuple[np.float64, list[float]]]", "pairs.append((x[1], 0.0))",
         vector, hint="one kind")  # fmt: skip
def unlike_tuples(x):
    pairs = []
    for v in x:
        pairs.append((v, [0.0]))
    pairs.append((x[1], 0.0))  # refused
    return pairs[0][0]


@refused("a list cannot hold a tuple", "pairs.append((math.exp, math.sin))", vector,
         hint="tuples, dicts")  # fmt: skip
def functions_in_pairs(x):
    pairs = []
    for _ in x:
        pairs.append((math.exp, math.sin))  # refused
    return pairs[0][0](x[0])


@refused("a Body is put into a list while something else may hold it", "bodies.append(body)", vector,
         hint="dataclasses.replace(row)")  # fmt: skip
def held_item(x):
    bodies = []
    for v in x:
        body = Body(1.0, v)
        if v > 0:
            bodies.append(body)  # refused
        body.x = body.x * 2.0
    return bodies[0].x


def put(bodies, body):
    bodies.append(body)


@refused("a Body is put into a list while something else may hold it", "put(bodies, body)", vector,
         hint="dataclasses.replace(row)")  # fmt: skip
def held_by_the_caller(x):
    bodies = []
    for v in x:
        body = Body(1.0, v)
        put(bodies, body)  # refused
        body.x = body.x * 2.0
    return bodies[0].x


@refused("a Body is put into a list while something else may hold it",
         "bodies.insert(0, bodies[1])", vector, hint="dataclasses.replace(row)")  # fmt: skip
def item_inserted_once_more(x):
    bodies = [Body(1.0, v) for v in x]
    bodies.insert(0, bodies[1])  # refused
    bodies[0].x = x[0] * 2.0
    return sum(body.x for body in bodies)


@refused("changes while the loop runs over it", "pairs", vector, hint="over a copy")
def pairs_grow_in_their_loop(x):
    pairs = [(v, v) for v in x]
    for u, v in pairs:  # refused
        if len(pairs) < 8:
            pairs.append((u, v))
    return pairs[0][0]


@refused("a dict cannot be looped over", "*entries", vector, hint="a tuple")
def columns_of_dicts(x):
    entries = [{"a": v} for v in x]
    return zip(*entries)  # refused


@refused("list[tuple[np.float64, float]] is compared with np.float64", "pairs == x[0]", vector,
         hint="`is None`")  # fmt: skip
def pairs_compared_with_numbers(x):
    pairs = [(v, 1.0) for v in x]
    return x[0] if pairs == x[0] else x[1]  # refused


@refused("'us' is a tuple that zip made, and is changed", "us[0]", vector, hint="list(...)")
def column_changed(x):
    us, vs = zip(*[(v, v * v) for v in x])
    us[0] = x[1]  # refused
    return us[0] * vs[0]


@refused("an item of 'columns' is a tuple that zip made", "columns[0][1]", vector, hint="list(...)")
def column_of_many_rows_changed(x):
    columns = list(zip(*[[v * w for w in x] for v in x]))
    columns[0][1] = x[0]  # refused
    return columns[0][1]


@refused("'x' is written to while 'rows' may share its memory", "x[k] *= 2", vector,
         hint="x = x.copy()")  # fmt: skip
def views_beside_copies_of_a_pass(x):
    x, rows = np.outer(x, x), []
    for k in range(len(x)):
        rows.append(x[0] if x[k, 0] > 1 else x[0].copy())
        x[k] *= 2  # refused
    return rows[0][0]


@refused("'row', which a list holds, is written to while 'x' may share its memory", "pair.row += 1",
         vector, hint="item.copy()")  # fmt: skip
def objects_made_on_both_sides(x):
    x = np.outer(x, x)
    pairs = [Pair(x[i], x[i]) if i % 2 else Pair(x[i], x[i - 1]) for i in range(len(x))]
    for pair in pairs:
        pair.row += 1  # refused
    return x[0, 0]
