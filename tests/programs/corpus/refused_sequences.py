"""What is refused of comprehensions, and of Python's builtins over iterables."""

import collections
import functools
import itertools

import numpy as np

from tests.programs.registry import refused


def vector(rng, n):
    return (rng.normal(size=n),)


@refused("a dict of keywords and of keys that are not known", "dict(enumerate(x), a=1.0)", vector,
         hint="one by one")  # fmt: skip
def dict_of_keywords_and_entries(x):
    d = dict(enumerate(x), a=1.0)  # refused
    return d["a"]


@refused("pairs of a key and a value", "dict([(\"a\", x, x)])", vector, hint="(key, value)")
def dict_of_triples(x):
    d = dict([("a", x, x)])  # refused
    return np.sum(d["a"])


@refused("number of items of this tuple", "tuple(v * v for v in x)", vector, hint="make it a list")
def tuple_of_run_time_sequence(x):
    squares = tuple(v * v for v in x)  # refused
    return squares[0]


@refused("map over several generators", "map(max, (v for v in x), (v * v for v in x))", vector,
         hint="make lists")  # fmt: skip
def map_over_generators(x):
    return sum(map(max, (v for v in x), (v * v for v in x)))  # refused


@refused("map beside a generator", "zip(map(abs, x), (v for v in x if v < 0))", vector, hint="a list")
def map_beside_a_generator(x):
    return sum(u * v for u, v in zip(map(abs, x), (v for v in x if v < 0)))  # refused


@refused("next of list[np.float64], which is no iterator", "next(squares)", vector,
         hint="next(iter(value))")  # fmt: skip
def next_of_a_list(x):
    squares = [v * v for v in x]
    return next(squares)  # refused


@refused("an iterator is kept under a name", "pairs", vector, hint="list(...)")
def iterator_gone_through_twice(x):
    """The second sum is empty in Python."""
    pairs = zip(x, x[1:])
    total = sum(a * b for a, b in pairs)
    return total + sum(a + b for a, b in pairs)  # refused


def total_of(values):
    return sum(values) + sum(values)


@refused("a range is given to a function", "total_of(range(len(x)))", vector, hint="list(...)")
def range_as_argument(x):
    return total_of(range(len(x))) * x[0]  # refused


def range_from_around(x):
    places = range(len(x))

    def total():
        return sum(x[k] ** 2 for k in places)  # refused

    return total()


refused("'places' is a range or an iterator of the function around", "places", vector,
        hint="make it inside")(range_from_around)  # fmt: skip


@refused("compare numbers, not arrays", "max(x, 2 * x)", vector, hint="np.minimum")
def largest_of_arrays(x):
    return np.sum(max(x, 2 * x))  # refused


@refused("cannot be put in order", "sorted([x, 2 * x])", vector, hint="a key that is a number")
def arrays_in_order(x):
    return np.sum(sorted([x, 2 * x])[0])  # refused


@refused("items of different kinds are put in order", "sorted((x, x[0]), key=np.sum)", vector,
         hint="one kind")  # fmt: skip
def unlike_in_order(x):
    return np.sum(sorted((x, x[0]), key=np.sum)[0])  # refused


@refused("reduce is called with arguments", "functools.reduce(max)", vector, hint="it takes function")
def reduced_nothing(x):
    return functools.reduce(max)  # refused


@refused("a frozenset of values that are not known", "frozenset(v for v in x)", vector, hint="use a set")
def frozen_set(x):
    return sum(frozenset(v for v in x))  # refused


@refused("is appended to a list", "work.append([1.0])", vector,
         hint="values of one kind")  # fmt: skip
def unlike_appended(x):
    work = [v for v in x]
    work.append([1.0])  # refused
    return work[0]


@refused("np.float64 cannot index a list", "work.pop(x[0])", vector, hint="int()")
def popped_by_float(x):
    work = [v for v in x]
    work.pop(x[0])  # refused
    return work[0]


@refused("step of a slice of a list", "work[::k]", lambda rng, n: (rng.normal(size=n), 2),
         hint="the number itself")  # fmt: skip
def slice_with_computed_step(x, k):
    work = [v for v in x]
    return work[::k][0]  # refused


@refused("slices of lists cannot be changed", "work[1:]", vector, hint="make a new list")
def slice_of_list_of_lists(x):
    work = [[v] for v in x]
    work[1:] = [[x[0]]]  # refused
    return work[0][0]


@refused("method 'fill' of a list or deque", "work.fill(1.0)", vector, hint="append")
def unknown_method_of_list(x):
    work = [v for v in x]
    work.fill(1.0)  # refused
    return work[0]


@refused("a list is put into a list while something else may hold it", "rows.append(row)", vector,
         hint="row.copy()")  # fmt: skip
def held_list_appended(x):
    rows = []
    for v in x:
        row = [v]
        rows.append(row)  # refused
        row[0] = 5.0
    return rows[0][0] * x[0]


@refused("is an item of a tuple, and is written to", "row[0]", vector, hint="make a list of the tuple")
def row_of_a_tuple_written(x):
    rows = ([x[0], x[1]], [x[2], x[3]])
    for i in range(2):
        row = rows[i]
        row[0] = 1.0  # refused
    return rows[0][0]


NEAR = {0: [1], 1: [0, 2]}


@refused("comes from outside the function, and is written to", "NEAR[i].append(2)", vector,
         hint="another name")  # fmt: skip
def row_from_outside_grows(x):
    for i in range(2):
        NEAR[i].append(2)  # refused
    return x[0]


@refused("method 'update' of sets", "seen.update", vector, hint="begin with set()")
def set_updated(x):
    seen = {0}
    seen.update([1])  # refused
    return x[0] * len(seen)


@refused("an entry of an OrderedDict is moved to its front", "d.move_to_end(1, last=False)", vector,
         hint="in the order that is wanted")  # fmt: skip
def moved_to_front(x):
    d = collections.OrderedDict()
    for i in range(len(x)):
        d[i] = x[i]
    d.move_to_end(1, last=False)  # refused
    return d[0]


@refused("deques are not sliced", "q[1:]", vector, hint="list(q)")
def deque_sliced(x):
    q = collections.deque([x[0], x[1]])
    return sum(q[1:])  # refused


@refused("the maxlen of a deque", "collections.deque(maxlen=len(x))", vector, hint="q.popleft()")
def deque_of_computed_length(x):
    q = collections.deque(maxlen=len(x))  # refused
    q.append(x[0])
    return q[0]



@refused("*l is unpacked into a call, of which a later argument changes it", "*l", vector,
         hint="in a statement of its own")  # fmt: skip
def unpacked_and_changed(x):
    l = list(x)

    def change():
        l[0] = x[1]
        return 1.0

    def first(a, b):
        return a * b

    return first(*l, change())  # refused


@refused("is called for an item that zip takes and may leave over", "zip(map(noted, x), l)", vector,
         hint="list(map(...))")  # fmt: skip
def effect_in_zip(x):
    """Python calls it once more, where x is longer."""
    l, seen = [x[0], x[1]], []

    def noted(v):
        seen.append(v)
        return v

    return sum(u * v for u, v in zip(map(noted, x), l)) * len(seen)  # refused


@refused("is called for items before they are taken", "itertools.accumulate(x, noted)", vector,
         hint="write a loop")  # fmt: skip
def effect_in_accumulate(x):
    seen = []

    def noted(u, v):
        seen.append(u)
        return u * v

    return sum(itertools.accumulate(x, noted)) * len(seen)  # refused


@refused("an iterator is kept under a name", "parts", vector, hint="list(...)")
def accumulated_for_later(x):
    """Its function is called when it is gone through, and may give something else by then."""
    scale = [x[0]]
    parts = itertools.accumulate(x, lambda u, v: u * scale[0] + v)  # refused
    scale[0] = x[1]
    return sum(parts)


@refused("next of an iterator over so many items as only a run tells", "next(pairs)", vector,
         hint="loop over it")  # fmt: skip
def next_of_pairs(x):
    pairs = zip(x, x[1:])
    u, v = next(pairs)  # refused
    return u * v


@refused("'itertools.chain(l, x)' changes while the loop runs over it", "itertools.chain(l, x)", vector,
         hint="over a copy")  # fmt: skip
def chained_and_changed(x):
    l = [x[0], x[1]]
    both = itertools.chain(l, x)  # refused
    l[0] = x[2]
    return sum(both)


@refused("'l' changes while the loop runs over it", "max(l, key=halved)", vector, hint="over a copy")
def best_of_what_its_key_changes(x):
    l = list(x)

    def halved(v):
        l[0] = l[0] * 0.5
        return v

    return max(l, key=halved)  # refused


@refused("changes while the loop runs over it", "l", vector, hint="over a copy")
def made_longer_by_a_call(x):
    l, total = [x[0]], 0.0
    for v in x:
        l.append(v)

    def grow(v):
        if len(l) < 8:
            l.append(v)

    for v in l:  # refused
        grow(v * 2)
        total += v
    return total


@refused("'l' changes while the loop runs over it", "sorted(l, key=halved)", vector, hint="over a copy")
def sorted_by_what_changes_it(x):
    l = []
    for v in x:
        l.append(v)

    def halved(v):
        l[0] = l[0] * 0.5
        return v

    return sorted(l, key=halved)[1]  # refused


@refused("'l' changes while the loop runs over it", "l.sort(key=halved)", vector, hint="over a copy")
def sorted_in_place_by_what_changes_it(x):
    l = []
    for v in x:
        l.append(v)

    def halved(v):
        l[0] = l[0] * 0.5
        return v

    l.sort(key=halved)  # refused
    return l[1]


@refused("cannot hold None", "recent.append(v if v > 0 else None)", lambda rng, n: (rng.normal(size=n),),
         hint="put in values of one kind")  # fmt: skip
def none_in_a_deque(x):
    recent = collections.deque(maxlen=3)
    for v in x:
        recent.append(v if v > 0 else None)  # refused
    return sum(v for v in recent if v is not None)
