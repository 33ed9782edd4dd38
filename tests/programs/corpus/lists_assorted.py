"""Lists and dicts whose items are None until something is found, or of several kinds."""

import math
from functools import cache

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


def lengths(rng, n):
    return (rng.uniform(1.0, 3.0, size=n),)


@program(lengths, orders=2, numba=True)
def cheapest_parentheses(d):
    """Dynamic programming over a table of None, and one over a row."""
    n = len(d) - 1
    cost = [[None] * n for _ in range(n)]
    for i in range(n):
        cost[i][i] = 0.0
    for width in range(1, n):
        for i in range(n - width):
            j = i + width
            for k in range(i, j):
                c = cost[i][k] + cost[k + 1][j] + d[i] * d[k + 1] * d[j + 1]
                if cost[i][j] is None or c < cost[i][j]:
                    cost[i][j] = c
    best = [None] * (n + 1)
    best[0] = 0.0
    for j in range(1, n + 1):
        for i in range(j):
            step = best[i] + (d[j] - d[i] - 1.0) ** 2 + 0.5
            if best[j] is None or step < best[j]:
                best[j] = step
    return cost[0][n - 1] + best[n]


@program(vector)
def remembered_in_a_list(x):
    """A recursive function that keeps its results, which are not None behind the test."""
    known = [None] * len(x)

    def value(k):
        if k < 2:
            return x[k]
        if known[k] is None:
            known[k] = value(k - 1) * x[k] + value(k - 2)
        return known[k]

    return value(len(x) - 1) + value(len(x) - 2)


@program(vector, orders=2, numba=True)
def holes_among_numbers(x):
    """Appended on both sides of a branch, by an expression, from a function and in a comprehension."""

    def root(v):
        return None if v < 0 else math.sqrt(v)

    both, chosen, last = [], [], None
    for v in x:
        if v > 0:
            both.append(v)
        else:
            both.append(None)
        chosen.append(v * v if v < 0.5 else None)
        both.append(last)
        last = v * x[0]
    roots = [root(v) for v in x]
    total = sum(v for v in roots if v is not None) + sum(v * v for v in both if v is not None)
    for k, v in enumerate(chosen):
        if v is None:
            continue
        total += v * (k + 1)
    return total + sum(v or 0.0 for v in reversed(chosen[1:]))


def _placed(slots, x):
    for k in range(len(x)):
        if x[k] > 0:
            slots[k] = x[k] ** 2


def _slots(count):
    return [None] * count


@program(vector, orders=2)
def filled_by_a_function(x):
    """Made by one function, filled by another and by one inside, in order, turned round and changed."""
    slots, other, few = _slots(len(x)), _slots(len(x)), [None, x[0], None]
    _placed(slots, x)

    def put(k, v):
        other[k] = v

    for k in range(len(x)):
        put(k, x[k] * k)
        j = k % 3
        if few[j] is None:
            few[j] = x[k]
        else:
            few[j] *= x[k]
    other.sort()
    other.reverse()
    other.append(None)
    found = [v for v in slots if v is not None]
    first = other[0] * other[1] if other[-1] is None else 0.0
    return first + sum(found) + few[0] * few[1] + few[2] + max(other[:-1])


@program(vector, orders=2)
def arrays_in_their_places(x):
    """Arrays come where None was, are written to, added up, and stacked."""
    outputs = [None] * len(x)
    for k in range(len(x)):
        outputs[k] = np.sin(x[k]) * x
        if k > 0:
            outputs[k] += outputs[k - 1]
    outputs[1][0] = 5.0 * x[2]
    return np.sum(np.stack(outputs) ** 2) + np.sum(np.array(outputs)[:, 0])


@program(vector)
def best_path(x):
    """Viterbi: rows of scores that are None at first, among rows of numbers, and whence they came."""
    scores, back, before = [[0.0, 0.0]], [], [None] * len(x)
    for k in range(1, len(x)):
        before[k] = k - 1 if x[k] > 0 else max(k - 2, 0)
    for v in x:
        row, source = [None, None], [None, None]
        for k in range(2):
            for m in range(2):
                s = scores[-1][m] + v * (k + 1) - 0.3 * (k - m) ** 2 * v
                if row[k] is None or s > row[k]:
                    row[k], source[k] = s, m
        scores.append(row)
        back.append(source)
    k, total = 0, scores[-1][0]
    for source in reversed(back):
        k = source[k]
        total += x[0] * k
    k = len(x) - 1
    while k is not None:  # which it is in no pass
        total = total * 0.5 + x[k]
        k = before[k]
    return total


@program(vector, orders=2)
def entries_that_are_none(x):
    """Dicts, tuples with None in one place or the other, and a queue of those."""
    groups, pairs, previous = {}, [], None
    for k in range(len(x)):
        groups[k % 3] = None
    for k, v in enumerate(x):
        if groups[k % 3] is None:
            groups[k % 3] = v
        else:
            groups[k % 3] += v * v
        pairs.append((previous, v) if v > 0 else (v, None))
        previous = v * 2.0
    total = groups[0] * 2 + groups[1]
    for a, b in pairs:
        total += (1.5 if a is None else a) * (x[0] if b is None else b * b)
    queue = [(0, None)]
    while queue:
        k, parent = queue.pop()
        if k < len(x):
            total += x[k] if parent is None else x[k] * x[parent]
            queue += [(2 * k + 1, k), (2 * k + 2, k)]
    return total


@program(vector, orders=2)
def numbers_and_arrays(x):
    """A list that holds a number and arrays of several dimensions."""
    parts, total = [x[0]], 0.0
    parts.append(x)
    for k in range(3):
        parts.append(x * k if k < 2 else np.outer(x, x))
    for part in parts:
        total += np.sum(part * part)
    return total


@program(vector, orders=2)
def lists_of_known_length_in_tries(x):
    """Items of short lists are set at computed places where errors are caught."""
    total, found, bad = 0.0, [None] * 3, [0, 0]
    other = good = [0.0, 0.0]
    for i, v in enumerate(x):
        try:
            good[i % 2] += math.sqrt(v)
            bad[i % 2] -= 1
            if good[0] > 0.8:
                raise KeyError("enough")
            found[i % 3] = v
        except ValueError:
            bad[i % 2] += 3
            total += v * bad[0]
        except KeyError:
            found[(i + 1) % 3] = None
            other[1] += 0.5 * v
    total += sum(v * v for v in found if v is not None)
    return total + good[0] * other[1] + bad[0] * x[0] + bad[1] * x[1]


def doubled(x, first):
    if first:
        held = [x[0]]
    else:
        held = 3.0
    same = held
    held *= 2
    return np.sum(held) + np.sum(same) * x[1]


def filled(x, first):
    made = {"parts": [x[0]]} if first else None
    if made is not None:
        made["parts"].append(x[1])
        made["parts"][0] *= 2
    return x[2] if made is None else made["parts"][0] * made["parts"][1]


def lengthened(x, first):
    held = [] if first else x * 2
    for v in x:
        if first:
            held.append(v)
        else:
            held *= v
    return sum(v * k for k, v in enumerate(held))


@program(vector, orders=2)
def lists_of_one_kind_only(x):
    """Lists that are there only where a value is of that kind become longer; a text is a string."""
    total, often, never = 0.0, x[0] > -9.0, x[0] > 9.0
    for k, item in enumerate(["two", None, x[2], "four"] * 2):
        total += 1.5 if item is None else x[3] * k if isinstance(item, str) else item
    total += lengthened(x, often) * lengthened(x, never)
    return total + doubled(x, often) * filled(x, never) + filled(x, often) * doubled(x, never)


@program(vector, orders=2)
def pairs_in_dicts_and_caches(x):
    """Lists of None are put into dicts, by setdefault and without, and a cache keeps None."""
    pairs, others, total = {}, {}, 0.0

    @cache
    def root(k):
        return None if x[k] < 0 else math.sqrt(x[k])

    for k, v in enumerate(x):
        pair = pairs.setdefault(k // 2, [None, None])
        pair[k % 2] = v if v > -0.5 else None
        if k % 3 not in others:
            others[k % 3] = [None]
        others[k % 3][0] = v * v
        for j in (k, 0):
            total += x[j] if root(j) is None else root(j) * (k + 1)
    total += sum((a or 1.5) * (b or x[0]) for a, b in pairs.values())
    return total + sum(other[0] or 0.0 for other in others.values())
