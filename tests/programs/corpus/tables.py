"""Dicts and sets whose keys are computed, defaultdict and Counter."""

from collections import Counter, defaultdict

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


@program(vector, orders=2, numba=True)
def written_by_number(x):
    d = {}
    for i in range(len(x)):
        d[i] = x[i] ** 2
    return sum(d[i] * i for i in range(len(x)))


@program(vector, numba=True)
def sums_by_parity(x):
    d = {0: 0.0, 1: 0.0}
    for i in range(len(x)):
        d[i % 2] += x[i] ** 2
    return d[0] * d[1]


@program(vector, orders=2, numba=True)
def memo_in_loop(x):
    memo, total = {}, 0.0
    for i in range(len(x)):
        k = i % 3
        if k not in memo:
            memo[k] = x[k] ** 2
        total += memo[k] * x[i]
    return total


@program(vector, numba=True)
def default_sums(x):
    d = defaultdict(float)
    for i in range(len(x)):
        d[i % 2] += x[i] ** 2
    return d[0] * d[1] + d[7] + len(d)


@program(vector, numba=True)
def integer_defaults(x):
    d, e = defaultdict(int), defaultdict(lambda: x[0] * 2)
    for i in range(len(x)):
        d[i % 2] += x[i] * x[i]
        e[i % 3] *= x[i]
    return d[0] * d[1] + e[0] + e[1] * e[2]


@program(vector, numba=True)
def got_or_default(x):
    d = {}
    for i in range(len(x)):
        d[i % 3] = d.get(i % 3, 0.0) + x[i] ** 2
    total = d.get(99, x[0]) * 2.0
    for k in d:
        total += k * d[k]
    for i in range(5):
        v = d.get(i)
        if v is not None:
            total += v * v
    return total + sum(d.values()) + sum(k * v for k, v in d.items())


@program(vector, numba=True)
def seen_before(x):
    seen, total = set(), 0.0
    for i in range(len(x)):
        j = (i * i) % 4
        if j in seen:
            continue
        seen.add(j)
        total += x[j] ** 2
    return total + len(seen) * x[0]


@program(vector)
def set_in_its_order(x):
    """Sets come in their own order, in which numbers are added up."""
    places = set()
    for i in range(5):
        places.add(((i * 7) % 4, i % 3))
    numbers = set(int(i * 7 % 3) for i in range(len(x)))
    return sum(x[a] * x[b] for a, b in places) + sum(x[k] / 3 for k in numbers) + max(numbers)


@program(vector, numba=True)
def orbit(x):
    seen, i, total = set(), 1, 0.0
    while i not in seen:
        seen.add(i)
        total += x[i] ** 2
        i = (i * 3 + 1) % 4
    return total


@program(vector, numba=True)
def keys_of_two(x):
    d = {}
    for i in range(3):
        for j in range(3):
            d[i, j] = x[i] * x[j]
    total = 0.0
    for (i, j), v in d.items():
        total += v * d[(j, i)] * (i + 1)
    return total


@program(vector, numba=True)
def counted(x):
    c = Counter()
    for i in range(len(x)):
        c[i % 2] += 1
    again = Counter([i % 3 for i in range(len(x))])
    return x[0] * c[0] + x[1] * c[1] + c[5] + sum(x[k] ** 2 * n for k, n in again.items())


@program(vector)
def arrays_by_number(x):
    d = {}
    for i in range(4):
        d[i] = x * i
    d[2] = np.sin(x)
    return sum(np.sum(d[i] ** 2) for i in range(4))


@program(vector, numba=True)
def pairs_by_number(x):
    d = {}
    for i in range(len(x)):
        d[i] = (x[i], x[i] ** 2)
    return sum(a * b for a, b in d.values()) + d[1][1]


@program(vector, numba=True)
def put_in_on_some_passes(x):
    d = {}
    for i in range(len(x)):
        if x[i] > 0:
            d[i] = x[i]
    return sum(d.values()) + d.get(99, 2.0) * x[0] if d else x[0] * 1.0


@program(vector)
def missing_key_caught(x):
    d = {}
    for i in range(len(x)):
        d[i] = x[i] ** 2
    try:
        found = d[77]
    except KeyError:
        found = d[1] * 3
    return found


def fibonacci_by_table(n, x, memo):
    if n in memo:
        return memo[n]
    if n < 2:
        found = x[n]
    else:
        found = fibonacci_by_table(n - 1, x, memo) + fibonacci_by_table(n - 2, x, memo) * 0.5
    memo[n] = found
    return found


@program(vector)
def memo_in_recursion(x):
    return fibonacci_by_table(6, x, {}) ** 2


@program(vector, numba=True)
def recurrence_by_number(x):
    memo = {0: x[0], 1: x[1]}
    for n in range(2, 8):
        memo[n] = memo[n - 1] + 0.5 * memo[n - 2]
    return memo[7] ** 2


@program(vector)
def two_names_for_a_table(x):
    d = e = {}
    for i in range(3):
        d[i] = x[i]
        e[i + 1] = x[i] ** 2
    f = d.copy()
    f[0] = x[3]
    return sum(k * v for k, v in e.items()) + f[0] * d[0]


@program(vector, numba=True)
def table_made_in_each_pass(x):
    total = 0.0
    for r in range(2):
        d = {}
        for i in range(len(x)):
            d[i % 2] = d.get(i % 2, 0.0) + x[i] * (r + 1)
        total += d[0] * d[1]
    return total


@program(vector, numba=True)
def put_by_a_function(x):
    def put(d, k, v):
        d[k] = v

    d = {}
    for i in range(4):
        put(d, i % 3, x[i] ** 2)
    known = lambda k: d[k] * 2
    return sum(d.values()) * d[0] + known(1) * known(2)


@program(vector)
def table_in_order(x):
    d = {}
    for i in range(4):
        d[(i * 3) % 4] = x[i]
    total = 0.0
    for k in sorted(d):
        total = total * 0.5 + d[k] ** 2
    for _, v in sorted(d.items(), key=lambda entry: entry[1]):
        total = total * 0.7 + v * v
    best = max(d.items(), key=lambda entry: entry[1])
    return total + best[1] * best[0]


@program(vector)
def keys_of_an_array(x):
    index = np.array([0, 1, 0, 2, 1])
    d = {}
    for i in range(5):
        d[index[i]] = d.get(index[i], 0.0) + x[i % 4] ** 2
    return d[0] * d[1] + d[2]


@program(vector, numba=True)
def returned_from_a_table(x):
    d = {}
    for i in range(5):
        k = i % 3
        if k in d:
            return d[k] * x[i]
        d[k] = x[i] ** 2
    return x[0]


@program(vector, numba=True)
def constant_dict_read_by_number(x):
    index, weight = {0: 1, 1: 2}, {0: x[0], 1: x[1]}
    total = 0.0
    for i in range(4):
        total += x[index[i % 2]] ** 2 * weight[i % 2]
    return total


@program(vector, orders=2)
def tables_by_comprehensions(x):
    """Dicts and sets of what is computed, by comprehensions and constructors."""
    n = len(x)
    products = {(i, j): x[i] * x[j] for i in range(n) for j in range(i) if (i + j) % 2}
    named = {f"w{i}": v**2 for i, v in enumerate(x)}
    named["w1"] *= products[(1, 0)]
    last = {int(v > 0): v for v in x}
    shares = {k: v / n for k, v in last.items()}
    squares = dict((k, v * v) for k, v in dict(zip(range(n), x)).items())
    signs = {int(v > 0) for v in x}
    seen = {x[0] > 0, x[1] > 0}
    return sum(named.values()) * sum(shares.values()) + squares[1] * len(signs) * len(seen)


def unlike(rng, n):
    return {"a1": rng.normal(size=n), "a2": rng.normal(size=n), "b": 0.7}, 1 + n % 2, 1.3


@program(unlike, wrt=(0, 2), sizes=(3, 4), orders=2)
def written_by_a_chosen_name(p, k, x):
    """An entry of a dict of unlike ones that a text chooses is the array that its own key leads to."""
    first, chosen = p["a1"], p[f"a{k}"]
    chosen += x
    first *= 2
    for name in ("a1", "b"):
        p[name] = p[name] * x
    p[f"a{k}"] -= p[f"a{3 - k}"] * p["b"]
    return np.sum(p["a1"] ** 2) + np.sum(p["a2"] ** 3) * p["b"] + np.sum(first * chosen)


def squares_added(d, x):
    d.update(b=x[1] ** 2)


@program(vector, orders=2)
def updated(x):
    """Dicts that take over the entries of others, by known keys and by computed ones, and a set."""
    known = {"a": x[0], "w": x}
    squares_added(known, x)
    known.update({"c": x[2]}, a=x[1] * x[0])
    known.update([("d", x[3])])
    for k in range(2):
        known.update(w=known["w"] * x, c=known["c"] + k)
    counted, others, places = {}, {}, set()
    for i in range(4):
        counted[i % 3] = x[i]
        others[i + 1] = 2 * x[i]
        places.add(i)
    counted.update(others)
    counted.update({7: x[0], 1: x[1] ** 2})
    for i, name in enumerate(["a", "e"]):
        counted.update({i: known["a"]})
        others.update({len(name) + i: x[i]})
    places.update([1, 0])
    total = sum(known["w"]) + known["a"] * known["b"] * known["c"] * known["d"]
    return total + sum(counted.values()) * counted[7] * others[2] + sum([x[i] for i in sorted(places)])
