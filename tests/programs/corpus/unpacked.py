"""Run-time lists, deques and arrays that are unpacked, with a starred name for the rest."""

import math
from collections import deque

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


@program(lambda rng, n: (0.6, 1.3), wrt=(0, 1), orders=2)
def simplex_of_nelder_and_mead(p, c):
    def cost(v):
        return (v[0] - p) ** 2 + c * (v[1] - p * v[0]) ** 2

    simplex = [np.array([0.0, 0.0]), np.array([1.0, 0.1]), np.array([0.2, 1.0])]
    for _ in range(6):
        simplex.sort(key=cost)
        best, *others, worst = simplex
        middle = (best + others[0]) / 2
        reflected = middle + (middle - worst)
        if cost(reflected) < cost(best):
            further = middle + 2 * (middle - worst)
            simplex[-1] = further if cost(further) < cost(reflected) else reflected
        elif cost(reflected) < cost(others[0]):
            simplex[-1] = reflected
        else:
            inside = middle + 0.5 * (worst - middle)
            if cost(inside) < cost(worst):
                simplex[-1] = inside
            else:
                first, *rest = simplex
                simplex = [first] + [first + 0.5 * (s - first) for s in rest]
    return cost(min(simplex, key=cost)) + sum(p * s.sum() for s in simplex)


@program(vector, sizes=(4, 1), orders=2)
def head_and_tail(x):
    """Of a list by recursion, of an array, and of what gives its items one by one."""

    def weighted(items):
        if not items:
            return 0.0
        head, *tail = items
        return head * 2.0 + 0.5 * weighted(tail)

    first, *rest = x
    rest.append(first * 2)
    square, *squares = (v * v for v in x)
    *before, last = zip(x, squares) if len(x) > 1 else [(x[0], x[0])]
    total = weighted(list(x)) + first * sum(v**2 for v in rest) + square * sum(squares)
    return total + sum(a * b for a, b in before) + last[0] * last[1]


@program(vector, sizes=(4, 2), orders=2)
def ends_of_a_queue_and_rows(x):
    queue = deque(x)
    front, *others = queue
    queue.popleft()
    others.append(front)
    total = sum(queue) * front + others[0]
    table = np.outer(x, x) + 1.0
    top, *rows, bottom = table
    for first, *row in rows:
        total += first * sum(row)
    top *= 2.0
    return total + np.sum(table[0]) * bottom[-1]


@program(vector, sizes=(4, 3, 1), points=[((np.array([0.5]),), None)], orders=2)
def too_few_to_unpack(x):
    try:
        a, b, *rest = x[:3]
    except ValueError:
        return x[0] ** 2
    return a * b + len(rest)


@program(lambda rng, n: (rng.uniform(0.3, 2.0, 5),), orders=2)
def way_by_names(w):
    """The shortest way by Bellman and Ford, and the names of the places on it."""
    graph = {"s": {"a": w[0], "b": w[1]}, "a": {"t": w[2]}, "b": {"a": w[3], "t": w[4]}, "t": {}}
    dist = dict.fromkeys(graph, math.inf)
    dist["s"] = 0.0
    before = {}
    for _ in range(len(graph) - 1):
        for u, edges in graph.items():
            for v, length in edges.items():
                if dist[u] + length < dist[v]:
                    dist[v] = dist[u] + length
                    before[v] = u
    way, name = ["t"], "t"
    while name in before:
        name = before[name]
        way.append(name)
    way.reverse()
    return dist["t"] ** 2 + 0.1 * len(way) + (w[0] if way[1] == "a" else 0.0)
