"""Lists of tuples, named tuples, dataclasses and dicts: appended to, popped, read, put in order."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from tests.programs.registry import program


class Weight(NamedTuple):
    w: float
    b: float


@dataclass
class Body:
    m: float
    x: np.ndarray


def vector(rng, n):
    return (rng.normal(size=n),)


# ---- made and read


@program(vector, numba=True)
def pairs_of_neighbours(x):
    pairs = [(a, b) for a, b in zip(x, x[1:])]
    return sum(a * b for a, b in pairs)


@program(vector, orders=2, numba=True)
def appended_pairs(x):
    pairs = []
    for i in range(len(x)):
        pairs.append((x[i], x[i] ** 2))
    total = 0.0
    for a, b in pairs:
        total += a * b
    return total + pairs[0][1] * pairs[-1][0] * len(pairs)


@program(vector)
def columns_of_pairs(x):
    """``zip(*pairs)`` takes copies: what happens to the list later is not seen."""
    pairs = [(v, v * v) for v in x]
    us, vs = zip(*pairs)
    us, vs = (vs, us) if isinstance(us, list) else (us, vs)
    pairs.append((x[0], x[1]))
    pairs[0] = (x[2], x[2])
    return sum(us) * vs[0] + sum(u * v for u, v in pairs)


@program(vector, numba=True)
def numbered_backwards(x):
    total = 0.0
    for i, v in reversed(list(enumerate(x))):
        total = total * 0.5 + v * v * i
    for i, v in list(enumerate(x))[::-2]:
        total = total * 0.5 + v * i
    return total


@program(vector, numba=True)
def zipped_list(x):
    pairs = list(zip(x, x * x))
    total = 0.0
    for i in range(len(pairs)):
        total += pairs[i][0] * pairs[i][1]
    return total


@program(vector, numba=True)
def log_of_a_motion(x):
    q, p = x[0], x[1]
    log = [(q, p)]
    for _ in range(5):
        p = p - 0.1 * np.sin(q)
        q = q + 0.1 * p
        log.append((q, p))
    return sum(q * q + p for q, p in log)


@program(vector)
def array_of_pairs(x):
    pairs = [(v, v * v) for v in x]
    table = np.array(pairs)
    return np.sum(table[:, 0] * table[:, 1]) * np.mean(pairs)


@program(vector, numba=True)
def pairs_in_pairs(x):
    items = [((v, v * v), i) for i, v in enumerate(x)]
    total = 0.0
    for (a, b), i in items:
        total += a * b * i
    return total + items[1][0][1]


@program(vector)
def arrays_in_pairs(x):
    history, h = [], x
    for k in range(3):
        h = np.sin(h)
        history.append((k, h))
    return sum(k * np.sum(h * h) for k, h in history)


@program(vector, numba=True)
def all_against_all(x):
    points = [(v, v * v, v**3) for v in x]
    total = 0.0
    for i in range(len(points)):
        for j in range(i):
            total += (points[i][0] - points[j][0]) * (points[i][2] - points[j][2])
    return total


@program(vector, numba=True)
def some_of_the_pairs(x):
    pairs = [(i, v) for i, v in enumerate(x)]
    positive = [(i, v) for i, v in pairs if v > 0]
    again = [p for p in pairs if p[1] > 0]
    return sum(v * (i + 1) for i, v in positive) + sum(p[1] ** 2 for p in again)


@program(vector, numba=True)
def computed_edges(x):
    edges = [(0, 1, 2), (1, 3, 3), (2, 3, 3)]
    total = 0.0
    for i in range(3):
        a, b, c = edges[i]
        total += x[a] * x[b] * x[c]
    return total


@program(vector, numba=True)
def member_of_pairs(x):
    edges = [(i, i + 1) for i in range(len(x) - 1)]
    total = 0.0
    for i in range(len(x)):
        for j in range(len(x)):
            if (i, j) in edges:
                total += x[i] * x[j] ** 2
    return total + edges.index((1, 2)) * x[0]


@program(vector, numba=True)
def equal_lists_of_pairs(x):
    a, b = [(v, 1.0) for v in x], [(v, 1.0) for v in x]
    same = a == b
    b[0] = (x[1], 2.0)
    return x[0] * 2.0 if same and a != b and a != 1.0 else x[1]


@program(vector, numba=True)
def rest_of_each(x):
    total = 0.0
    for u, *rest in [(v, v * 2, v * 3) for v in x]:
        total += u * rest[1]
    return total


@program(vector)
def lists_in_pairs(x):
    groups = []
    for i in range(len(x)):
        groups.append((x[i], [x[0], x[i] * 2]))
    return sum(a * sum(b) for a, b in groups)


@program(vector)
def rows_of_pairs(x):
    table = []
    for i in range(3):
        row = [(x[j], x[i]) for j in range(i + 1)]
        table.append(row)
    total = 0.0
    for row in table:
        for v, w in row:
            total += v * v * w
    return total + len(table[-1])


@program(vector, numba=True)
def same_pair_again(x):
    pair = (x[0], x[1])
    few, many = [pair] * 3, [pair for _ in x]
    return sum(u * v for u, v in few) + sum(u * v for u, v in many)


@program(vector, numba=True)
def items_of_a_dict(x):
    known = {"a": x[0], "b": x[1] ** 2}
    items = list(known.items())
    items.append(("c", x[2]))
    return sum(v * v for k, v in items if k != "a")


# ---- named fields


@program(vector, numba=True)
def named_tuples(x):
    found = []
    for v in x:
        found.append(Weight(v, v * 2))
    best = max(found)
    return sum(p.w * p.b for p in found) + found[1].w + best.b**2


@program(vector, orders=2)
def dataclasses_in_list(x):
    bodies = [Body(v, x * v) for v in x]
    bodies[0] = replace(bodies[0], m=x[1])
    return sum(body.m * np.sum(body.x) for body in bodies)


@program(vector)
def layers_of_a_network(x):
    layers = []
    for v in x:
        layers.append({"w": x * v, "b": v, "act": "tanh"})
    layers.append({"w": x, "b": x[0], "act": "none"})
    h = x
    for layer in layers:
        h = layer["w"] * h + layer["b"]
        if layer["act"] == "tanh":
            h = np.tanh(h)
    return np.sum(h) + layers[-1]["b"]


@program(vector, numba=True)
def program_of_a_stack(x):
    steps = []
    for v in x:
        steps.append(("mul" if v > 0 else "add", v))
    total = 1.0
    for step, v in steps:
        if step == "mul":
            total = total * v
        elif step in ("add", "sub"):
            total = total + v
    return total


@program(vector, numba=True)
def matched_commands(x):
    commands = []
    for k, v in enumerate(x):
        commands.append(("push", v) if k % 2 else ("pop", v * 2))
    total = 0.0
    for command in commands:
        match command:
            case ("push", v):
                total += v * v
            case ("pop", v):
                total -= v
    return total


@program(vector, numba=True)
def copies_put_in(x):
    """What a copy holds does not change with what it was made of."""
    found = []
    for i in range(3):
        entry = {"w": x[i]}
        found.append(entry.copy())
        found.append(dict(entry))
        entry["w"] = 3.0
    return sum(entry["w"] ** 2 for entry in found)


# ---- changed


@program(vector, orders=2)
def quicksort(x):
    a = x.copy()
    stack = [(0, len(a) - 1)]
    while stack:
        low, high = stack.pop()
        if low >= high:
            continue
        pivot, i = a[high], low
        for j in range(low, high):
            if a[j] < pivot:
                a[i], a[j] = a[j], a[i]
                i += 1
        a[i], a[high] = a[high], a[i]
        stack.append((low, i - 1))
        stack.append((i + 1, high))
    return sum(k * v * v for k, v in enumerate(a))


@program(vector, numba=True)
def breadth_first(x):
    queue, total = [(0, x[0])], 0.0
    while queue:
        depth, v = queue.pop(0)
        total += v * v
        if depth < 3:
            queue.append((depth + 1, v * x[depth]))
            if depth < 1:
                queue.append((depth + 2, v + x[depth]))
    return total


@program(vector, numba=True)
def last_of_the_log(x):
    log = [(x[0], 0)]
    while log[-1][1] < 4:
        v, k = log[-1]
        log.append((np.sin(v) + x[k % len(x)], k + 1))
    return log[-1][0] * log[1][0]


@program(vector, numba=True)
def pairs_set(x):
    pairs = [(v, 1.0) for v in x]
    pairs[1] = (x[0] * x[1], 2.0)
    for k in range(len(pairs)):
        a, b = pairs[k]
        pairs[k] = (a * b, a + b)
    return sum(a * b for a, b in pairs)


@program(vector, numba=True)
def pairs_changed_in_all_ways(x):
    pairs = []
    pairs.extend((v, v * v) for v in x)
    pairs += [(x[0], x[1])]
    pairs.insert(1, (x[2], x[0]))
    a, b = pairs.pop(0)
    pairs.reverse()
    del pairs[0]
    rest = (pairs + [(a, b)])[1:]
    pairs.clear()
    pairs.append((x[0], x[0]))
    return sum((k + 1) * u * v for k, (u, v) in enumerate(rest)) + len(rest) + pairs[0][1]


@program(vector, numba=True)
def bubble_sort_of_pairs(x):
    pairs = [(v, i) for i, v in enumerate(x)]
    for i in range(len(pairs)):
        for j in range(len(pairs) - 1 - i):
            if pairs[j][0] > pairs[j + 1][0]:
                pairs[j], pairs[j + 1] = pairs[j + 1], pairs[j]
    return sum(k * v * (i + 1) for k, (v, i) in enumerate(pairs))


@program(vector, numba=True)
def appended_on_either_side(x):
    pairs = []
    for v in x:
        if v > 0:
            pairs.append((v, 1.0))
        else:
            pairs.append((-v, 2.0))
    return sum(a * a * b for a, b in pairs)


@program(vector, numba=True)
def nothing_appended(x):
    pairs = []
    for v in x:
        if v > 100:
            pairs.append((v, v))
    if not pairs:
        u, v = min(pairs, default=(x[0], x[1]))
        return u * v + len(pairs) * x[0]
    return x[0] * 1.0


@program(vector)
def two_names_for_pairs(x):
    a = b = []
    for v in x:
        a.append((v, 1.0))
        b.append((2.0, v))
    c = a.copy()
    c[1] = (x[0], x[0])
    return sum(u * v * k for k, (u, v) in enumerate(a)) + len(b) + sum(u * v for u, v in c)


@program(vector)
def caught_index_of_pairs(x):
    pairs = []
    for v in x:
        pairs.append((v, v * 2))
    try:
        found = pairs[99][0] * 1.0
    except IndexError:
        found = pairs[1][1] * 3.0
    return found


def put_pair(pairs, v):
    pairs.append((v, v * v))


def products(pairs):
    return sum(a * b for a, b in pairs)


@program(vector, numba=True)
def pairs_as_arguments(x):
    pairs = []
    for v in x:
        put_pair(pairs, v)
    return products(pairs) + products(pairs[1:])


def count_down(pairs, x, n):
    if n == 0:
        return 0.0
    pairs.append((x[n], x[0]))
    return count_down(pairs, x, n - 1) + pairs[-1][0]


@program(vector)
def pairs_in_recursion(x):
    pairs = [(x[0], x[0])]
    return count_down(pairs, x, 3) + products(pairs)


@program(vector, numba=True)
def returned_pairs(x):
    def until(limit):
        found = []
        for v in x:
            if v > limit:
                break
            found.append((v, v * v))
        return found

    found = until(5.0)
    found.append((x[0], x[1]))
    return products(found) + products(until(-5.0))


# ---- in order


@program(vector)
def pairs_in_order(x):
    pairs = sorted([(v, i) for i, v in enumerate(x)])
    return sum(v * v * (k + i) for k, (v, i) in enumerate(pairs))


@program(vector)
def pairs_by_a_key(x):
    pairs = [(i, v) for i, v in enumerate(x)]
    order = sorted(pairs, key=lambda p: -p[1])
    pairs.sort(key=lambda p: (p[0] % 2, p[1]), reverse=True)
    both = sum(k * p[1] * q[1] ** 2 for k, (p, q) in enumerate(zip(order, pairs)))
    return both + order[0][1] * order[0][0]


@program(vector, numba=True)
def best_pairs(x):
    pairs = list(zip(x, x[::-1]))
    a, b = min(pairs, key=lambda p: p[0] * p[1])
    c, d = max(pairs)
    return a * a * b + c * d


@program(vector)
def rows_by_their_second(x):
    points = []
    for i in range(4):
        points.append([i, x[i]])
    points.sort(key=lambda p: p[1])
    return sum(k * p[0] * p[1] for k, p in enumerate(points))


@program(vector, numba=True)
def tuples_compared(x):
    a, b = (1, x[0], x[1]), (1, x[0], x[2])
    total = x[0] * x[0]
    if a < b:
        total = total * 2.0
    if a[:2] <= b[:2] and not a[:2] < b[:2] and a[:2] < b and b >= a[:2]:
        total = total + x[1] ** 2
    return total


@program(vector, numba=True)
def shortest_paths(x):
    """Dijkstra's search, with a list for the queue."""
    n = len(x)
    far = [99.0 for _ in x]
    far[0] = 0.0
    queue = [(0.0, 0)]
    while queue:
        d, i = min(queue)
        queue.remove((d, i))
        for j in range(n):
            w = (x[i] - x[j]) ** 2 + 0.1
            if d + w < far[j]:
                far[j] = d + w
                queue.append((d + w, j))
    return sum(far)
