"""Dicts and sets with computed keys that are refused."""

from collections import defaultdict

from tests.programs.registry import refused


def vector(rng, n):
    return (rng.normal(size=n),)


@refused("float64[:] is a computed key", "d.get(x, 1.0)", vector, hint="numbers, strings")
def array_as_key(x):
    d = {}
    d[0] = x[0]
    return d.get(x, 1.0)  # refused


@refused("cannot hold text", 'd["a"]', vector, hint="values of one kind")
def keys_of_two_kinds(x):
    d = {}
    for i in range(3):
        d[i] = x[i]
        d["a"] = x[0]  # refused
    return d[1]


@refused("a dict whose entries differ in kind", "d[i % 2]", vector, hint="values of one kind")
def entries_of_two_kinds(x):
    d = {0: x[0], 1: x}
    total = 0.0
    for i in range(3):
        total += d[i % 2]  # refused
    return total


@refused("'d_keys' changes while the loop runs over it", "d", vector, hint="over a copy")
def table_shrinks_in_its_loop(x):
    d = {}
    for i in range(3):
        d[i] = x[i]
    for k in d:  # refused
        del d[k]
    return x[0]


@refused("a set of which items are removed is gone through", "seen", vector, hint="sorted(...)")
def thinned_set_gone_through(x):
    seen, total = {0}, 0.0
    for i in range(3):
        seen.add(i)
    seen.discard(1)
    for k in seen:  # refused
        total += x[k]
    return total


@refused("a dict is compared with a dict", "d == {}", vector, hint="fields")
def table_compared(x):
    d = {}
    for i in range(3):
        d[i] = x[i]
    return x[0] if d == {} else x[1]  # refused


@refused("'y' is written to while 'd' may share its memory", "y[0]", vector, hint="copy()")
def array_in_table_written(x):
    d = {}
    for i in range(3):
        y = x * i
        d[i] = y
        y[0] = 3.0  # refused
    return d[1][0]


@refused("changes while the loop runs over it", "d", vector, hint="over a copy")
def table_grows_in_its_loop(x):
    d = {}
    for i in range(3):
        d[i] = x[i]
    for k in d:  # refused
        d[k + 7] = x[1]
    return d[0]


@refused("a list cannot hold a set", "d[i % 2]", vector, hint="put in numbers")
def sets_in_a_dict(x):
    d = defaultdict(set)
    for i in range(3):
        d[i % 2].add(i)  # refused
    return x[len(d[0])]
