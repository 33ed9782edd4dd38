"""Names for one of several lists, dicts or objects, as data decide, by which these are changed."""

from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.3, 1.2, size=n),)


class Account:
    def __init__(self, value):
        self.value = value
        self.moves = [value]


def added(moves, v):
    moves.append(v)


@program(vector, orders=2)
def accounts_by_conditions(x):
    """Attributes, entries, items and lists inside, and by a function that is given one of two."""
    a, b = Account(x[0]), Account(x[1])
    richer = a if x[0] > x[1] else b
    richer.value *= 3
    added(richer.moves, x[2] * a.value)
    first = {"w": x[0], "rest": [x[1]]}
    second = {"w": x[2], "rest": [x[3]]}
    chosen = second
    if x[3] > 0.1:
        chosen = first
    chosen["w"] *= 2
    chosen["rest"].append(x[1] * chosen["w"])
    chosen["rest"][0] = 3 * chosen["rest"][-1]
    dicts = first["w"] * second["w"] * sum(first["rest"]) * sum(second["rest"])
    return a.value * b.value * sum(a.moves) * sum(b.moves) + dicts


@program(vector, orders=2)
def lists_by_conditions(x):
    """Lists that grow in a loop, one of which may be left as it is."""
    low, high = [], []
    for k, v in enumerate(x):
        if v < 0.35:
            continue
        side = low if v < 0.8 else high
        side.append(v * v)
        (high if k > 1 else low).append(v)
        third = high if k % 2 else low
        third += [0.5 * v]
        if len(side) > 8:
            break
    return sum(low) + 2 * sum(high) ** 2 + len(low)


@program(vector)
def tables_by_conditions(x):
    """Dicts that are empty when one of them is chosen."""
    even, odd = {}, {}
    for k in range(len(x)):
        table = odd if k % 2 else even
        table[k // 2] = x[k] ** 2
    return sum(even.values()) * sum(odd.values()) + len(even) * x[0]


@program(vector)
def array_in_one_of_two_lists(x):
    """A list that is made on a side only, and arrays in lists that are written to."""
    y, z = x * 1.0, x * 2.0
    held, other = [y], [z]
    chosen = held if x[0] > 0.1 else other
    chosen[0][1] = 5 * x[2]
    chosen[0] *= 2
    fresh = held if x[1] > 0.1 else []
    fresh.append(x)
    return (y * z).sum() + held[-1].sum() * len(fresh)
