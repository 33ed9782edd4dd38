"""Views in lists that functions and generators give, take and fill, and that are written to."""

import numpy as np

from tests.programs.registry import program


def square(rng, n):
    return rng.normal(size=(n, n)), rng.normal(size=n)


def rows_of(A):
    return [A[i] for i in range(len(A))]


def windows(y):
    found = []
    for i in range(2):
        found.append(y[i : i + 2])
    return found


class Grid:
    def __init__(self, A):
        self.A = A
        self.seen = []

    def columns(self):
        return [(c, c[1:]) for c in self.A.T]

    def add(self, row):
        self.seen.append(row)
        return row[0]


@program(square, wrt=(0, 1), orders=2)
def lists_of_views_given_back(A, w):
    """Such lists know the arrays of the caller, wherever the call stands."""
    grid = Grid(A)
    for k, row in enumerate(rows_of(A)):
        row *= w[k]
    for row, column in zip(rows_of(A), rows_of(A.T)):
        column[0] += row[1] * w[0]
    for column, rest in grid.columns():
        rest += column[0]
    rows_of(A)[1][0] = w[1]
    rows_of(A)[0][:2] *= rows_of(A)[2][0]
    parts = windows(w)
    w[1] = A[0, 0]
    return np.sum(A * A) + np.sum(parts[0] * parts[1])


def scaled(rows, w):
    for row in rows:
        row *= w[0]
    return len(rows)


def filled(w):
    A = np.outer(w, w)
    return {"rows": rows_of(A), "A": A, "turned": A.T}


@program(square, wrt=(0, 1), orders=2)
def lists_of_views_given_to_functions(A, w):
    count = 1.0 + scaled(rows_of(A), w)
    rows = rows_of(A)
    count += scaled(rows, w) * scaled([A[0], A[1]], w)
    made = filled(w)
    for row, other in zip(made["rows"], rows):
        row += other * w[1]
    made["turned"][0] *= made["A"][0, 1]
    return np.sum(A * A) * count + np.sum(made["A"] * made["rows"][0])


@program(square, wrt=(0, 1), orders=2)
def views_put_in_by_functions(A, w):
    kept, grid, total = [], Grid(A), 0.0

    def keep(view):
        kept.append(view)

    for i in range(len(A)):
        keep(A[i, 1:])
        total = 0.5 * total + grid.add(A[:, i])
        A[i] *= w[i]
    for view, column in zip(kept, grid.seen):
        view += column[0] * total
    return np.sum(A * A) + np.sum(grid.seen[1] * kept[0][0])


def rows_in_turn(A, first=0):
    if first < 0:
        return
    for i in range(first, len(A)):
        yield A[i]


def all_in_turn(A):
    yield A[:, 0]
    yield from rows_in_turn(A, 1)


@program(square, wrt=(0, 1), orders=2)
def views_that_generators_yield(A, w):
    """The generator stands for the loop over it, where the array has to be known."""
    kept, before = [], None
    for row in rows_in_turn(A):
        kept.append(row)
        if before is not None:
            row += before * w[0]
            before[0] = row[1]
        before = row
    for row in all_in_turn(A):
        row *= w[1]
        before[1] += row[0]
    heads = [row[1:] for row in rows_in_turn(A)]
    for head, row in zip(heads, list(rows_in_turn(A, 0))):
        head += row[0]
    return np.sum(A * A) + np.sum(kept[0] * heads[1][0]) + np.sum(before)


def first_from_second(a, b):
    a[0] = b[0] * 2
    return a[0]


def with_its_rest(x):
    y = x * 2.0
    return y, y[1:]


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def overlap_inside_an_expression(x):
    """What stands before the call is computed before it; both results of the first are of one array."""
    y, rest = with_its_rest(x)
    y[1] = rest[0] * 1.5
    total = y[0] + first_from_second(y, y[::-1]) * first_from_second(y[1:], y)
    if first_from_second(y[:2], y[1:]) > 90:
        total *= 2
    return np.sum(y * y) * total


class Mass:
    def __init__(self, x):
        self.x = x
        self.pull = 0.0

    def attract(self, other):
        self.x *= 2.0
        self.pull += other.x - self.x
        return self.pull


def doubled(masses):
    for mass in masses:
        mass.x = 2.0 * mass.x


@program(lambda rng, n: (rng.normal(size=n), 0, 1), orders=2)
def items_that_calls_change_in_expressions(x, i, j):
    """One of the arguments may be the other, and an item that is read afterwards is in the list."""
    masses = [Mass(v) for v in x]
    first = masses[0]
    total = 1.0 + masses[i].attract(masses[j]) * masses[j].attract(masses[j])
    given = [doubled(masses)]
    return total * first.x * masses[1].pull if given else 0.0
