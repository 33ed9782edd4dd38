"""Arrays that change places in a loop while another name still knows them."""

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.uniform(0.3, 1.2, size=n),)


@program(lambda rng, n: (*vector(rng, n), 3), orders=2, numba=True, sizes=(4, 6), points=(
    ((np.array([1.0, 2.0, 3.0]), 0), None), ((np.array([1.0, 2.0, 3.0]), 1), None),
))  # fmt: skip
def warming_beside_its_start(x, steps):
    """After an even number of steps the name of the start stands for the last temperatures."""
    u = x
    after = np.zeros_like(x)
    for _ in range(steps):
        after[1:-1] = u[1:-1] + 0.3 * (u[2:] * u[1:-1] - 2 * u[1:-1] + u[:-2])
        u, after = after, u
    return np.sum(u * u) + x[0] * np.sum(x[1:])


@program(lambda rng, n: (rng.uniform(0.3, 1.2, size=(n, n)),), sizes=(4,), numba=True)
def plate_until_it_changes_little(m):
    """A loop that stops by what it finds, elements read by the name of the start, writes by it."""
    u, new = m, m * 0.5
    steps = 0
    while steps < 9:
        for i in range(1, len(m) - 1):
            for j in range(1, len(m) - 1):
                beside = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] * u[i, j + 1]
                new[i, j] = 0.25 * beside + 0.1 * m[i, i]
        u, new = new, u
        steps += 1
        m[0, 0] += u[1, 1]
        if abs(np.sum(u - new)) < 0.5:
            break
    m[1, 1] = 3 * u[1, 1]
    return np.sum(u**2) + np.sum(m) + new[1, 0]


@program(vector, orders=2)
def three_levels_by_conditions(x):
    """Three arrays in turns that data decide, one of which is left by all names of the loop."""
    old, now, new = x, x * 2, x * 3
    kept = new
    for k in range(4):
        new[1:] = old[:-1] * now[1:]
        if new[1] > 0.6:
            old, now, new = now, new, old
        elif k == 2:
            old, now = now, old * 1.5
        else:
            now, new = new, now
    new[0] = 3 * old[0]
    return np.sum(old * now) + np.sum(x * kept) + new[1]


class Membrane:
    def __init__(self, u):
        self.u, self.before, self.start = u, np.zeros_like(u), u

    def step(self):
        self.before[1:-1] = self.u[1:-1] * self.u[2:] + 0.1 * self.u[:-2]
        self.u, self.before = self.before, self.u


@program(vector, numba=True)
def buffers_of_an_object_and_in_a_list(x):
    drum = Membrane(x)
    for _ in range(3):
        drum.step()
    first = drum.u * 2
    pair = [first, x * 0.5]
    for _ in range(2):
        pair[1][1:] = pair[0][:-1] * pair[0][1:]
        pair[0], pair[1] = pair[1], pair[0]
    drum.start[0] += 1.0
    return np.sum(drum.u * x) + np.sum(pair[0]) * first[1]


def swept(u, other, n):
    for _ in range(n):
        other[1:] = u[:-1] * u[1:]
        u, other = other, u
    u[0] = 2 * other[1]
    return np.sum(u)


def solved(u):
    new = np.zeros_like(u)
    for _ in range(3):
        new[1:-1] = u[1:-1] * u[2:] + 0.1 * u[:-2]
        u, new = new, u
    return u


@program(vector, orders=2, numba=True)
def buffers_of_functions(x):
    """Arguments that change places in a function: the caller sees what became of them."""
    y, z = x * 1.0, x * 2.0
    total = 0.0
    for k in range(2):
        total += swept(y, z, 2 + k)
    u = solved(x)
    return total + np.sum(y * z) + np.sum(u * u) + x[1] * x[2]


@program(vector)
def sweeps_in_branches_and_loops(x):
    """Loops in branches of a loop, and writes by all names behind each."""
    u, un = x, np.zeros_like(x)
    view = x[1:3]
    for t in range(3):
        if t != 1:
            for _ in range(3):
                un[1:] = u[:-1] * u[1:]
                u, un = un, u
        u[1] = 0.9 * view[0]
        un[2] *= 2.0
    if x[0] > 0:
        for _ in range(3):
            un[1:] = u[:-1] + u[1:]
            u, un = un, u * 0.5
    else:
        x[1] = 3.0
    return np.sum(u * u) + np.sum(x)
