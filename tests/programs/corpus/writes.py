"""Writes into arrays by NumPy's functions: out=, where=, copyto, put, np.add.at and their like."""

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


def apart(rng, n):
    """Numbers of both signs, no two of one size."""
    return (np.where(rng.random(n) < 0.5, -1, 1) * rng.permutation(np.linspace(0.3, 1.5, n)),)


@program(vector, orders=3)
def results_written_to_arrays(x):
    y = np.zeros_like(x)
    np.multiply(x, x, out=y)
    z = np.add(y, x, y)
    np.sin(z, z)
    t = np.exp(x, out=(np.empty_like(x),))
    return np.sum(y * np.arange(len(y))) + z[0] * t[1]


@program(apart)
def results_at_a_mask(x):
    y = np.ones_like(x)
    np.log(x, out=y, where=x > 0)
    np.divide(1.0, x, out=y, where=np.abs(x) > 1.0)
    np.multiply(y, 2.0, out=y, where=True)
    m = np.zeros((3, len(x)))
    np.multiply(x[:3, None], x, out=m, where=x > 0)
    return np.sum(y * y) + np.sum(m * m)


@program(lambda rng, n: (np.array([0.0, 1.5, -1.0, 2.0]),), smooth=False,
         points=(((np.array([0.0, 4.0, -1.0]),), (np.array([0.0, 0.25, 0.0]),)),))  # fmt: skip
def guarded_by_where(x):
    """The root is taken where it has a slope, and nowhere else."""
    return np.sum(np.sqrt(x, out=np.zeros_like(x), where=x > 0))


@program(vector)
def reductions_written_to_arrays(x):
    m = np.outer(x, x)
    y = np.empty_like(x)
    np.dot(m, x, y)
    total = np.zeros(())
    np.sum(y * x, out=total)
    c = np.empty_like(x)
    np.cumsum(x, out=c)
    np.clip(c, -0.5, 0.9, c)
    r = np.empty_like(x)
    m.sum(axis=0, out=r)
    np.matmul(m, r, out=r)
    return total * c.sum() + np.sum(r * y) + np.sum(np.take(x, [0, 1, 1], out=np.empty(3)))


@program(vector)
def results_in_loop_and_branch(x):
    y = x.copy()
    for i in range(3):
        if y[0] > 0:
            np.multiply(y, x, out=y)
        else:
            np.subtract(y, y[::-1], out=y)
        np.add(y, i, out=y, where=y < 1)
    return np.sum(y * np.arange(len(y)))


@program(vector)
def results_in_recursion(x):
    def level(n):
        y = np.zeros_like(x)
        if n == 0:
            np.copyto(y, x)
            return y
        np.multiply(level(n - 1), x, out=y)
        np.add.at(y, [0, 0], x[n])
        return y

    return np.sum(level(3) * np.arange(len(x)))


@program(lambda rng, n: (rng.normal(size=n).astype(np.float32), rng.normal(size=n)), wrt=(0, 1),
         single=True, smooth=False)  # fmt: skip
def results_in_other_widths(x, y):
    """Values are rounded as they are written, cotangents pass through."""
    a = np.zeros(len(x), np.float32)
    np.multiply(x, y, out=a)
    b = np.zeros(len(x))
    np.add(x, x, out=b)
    np.copyto(a, y, where=y > 0)
    a[:2] = y[1]
    return np.sum(a * y) + np.sum(b * b)


@program(apart, smooth=False)
def writes_to_integers_and_bools(x):
    """What is truncated is a step."""
    k = np.zeros(len(x), int)
    k[:] = x * 10
    k[0] = 3.7
    k.fill(2.9)
    b = np.zeros(len(x), bool)
    np.greater(x, 0, out=b)
    b[1] = x[1]
    np.add.at(k, [0, 0, 1], 1)
    return np.sum(k * x) + np.sum(b * x * x)


@program(vector)
def writes_to_a_number_in_an_array(x):
    z = np.array(1.0)
    z[...] = x[0] * x[1]
    z += x[2]
    z *= z
    np.multiply(z, x[3], out=z)
    w = np.empty(())
    w.fill(x[1])
    return z[()] * w


@program(vector, orders=3)
def added_at_repeated_places(x):
    y = np.zeros(3)
    np.add.at(y, [0, 0, 1, 2], x[:4] ** 2)
    np.subtract.at(y, [1, 1], x[:2])
    m = np.zeros((2, 3))
    np.add.at(m, ([0, 0, 1, 1], [0, 0, 2, 1]), x[:4] * y[0])
    np.add.at(m, 1, y)
    np.add.at(m, m > 0, x[0])
    return np.sum(y * y) + np.sum(m * m)


@program(apart, sizes=(5, 7))
def multiplied_at_repeated_places(x):
    y = x[:3] * 1.0
    np.multiply.at(y, [0, 0, 1, 2, 2], x[:5] ** 2)
    np.divide.at(y, [0, 1, 1], x[2:5])
    np.multiply.at(y, y > 0, x[1])
    np.multiply.at(y, [0, 0], 1.5)
    return np.sum(y * y)


@program(vector,
         points=(((np.array([0.0, 2.0, 3.0, 5.0]),), (np.array([6.0, 0.0, 0.0, 1.0]),)),))  # fmt: skip
def multiplied_by_zero(x):
    """One factor of 0 leaves only its own slope."""
    y = np.ones(2)
    np.multiply.at(y, [0, 0, 0, 1], x[:4])
    return np.sum(y)


@program(apart, points=(((np.array([1.0, 2.0, 2.0, -1.0]),), (np.array([0.0, 0.5, 0.5, 0.0]),)),))
def extremes_at_repeated_places(x):
    y = np.zeros(2)
    np.maximum.at(y, [0] * 3, x[:3])
    z = np.ones(2)
    np.minimum.at(z, [1, 1], y + 10.0)
    return np.sum(y * z)


@program(vector)
def updates_in_loop(x):
    y = np.zeros(3)
    for i in range(4):
        np.add.at(y, [i % 3, 0], x[i] * y[0] + 1.0)
        np.multiply.at(y, [0, 0], 1.1)
    return np.sum(y * y)


@program(apart)
def copied_into_places(x):
    m = np.zeros((3, len(x)))
    np.copyto(m, x)
    np.copyto(m, x[:3, None] * 2, where=m > 0.4)
    np.copyto(m, 7, where=x < 0)
    k = np.zeros(len(x), int)
    np.copyto(k, x, casting="unsafe")
    return np.sum(m * m) + np.sum(k * x)


@program(vector, numba=True)
def two_buffers(u):
    u = u * 1.0
    un = np.empty_like(u)
    for _ in range(3):
        np.copyto(un, u)
        u[1:-1] = un[1:-1] + 0.1 * (un[2:] - 2 * un[1:-1] + un[:-2]) * un[1:-1]
    return np.sum(u * u)


@program(vector)
def values_put_in_turn(x):
    y = np.zeros(5)
    np.put(y, [0, -1, 2, 2], x)
    np.put(y, [1, 7], x[:1], mode="wrap")
    np.put(y, [9, -3], 2.0 * x[2], mode="clip")
    np.put(y, 3, x[1])
    y.put([0, 1, 2], x[:2])
    return np.sum(y * y * np.arange(1, 6))


@program(apart)
def values_placed_at_a_mask(x):
    y = x * 1.0
    np.place(y, x > 0, x[1:3])
    np.place(y, x < -1.0, 5.0)
    z = x * 2.0
    np.putmask(z, x > 0, x[:3] ** 2)
    np.putmask(z, x < 0, x * x)
    m = np.outer(x, x)
    np.putmask(m, m > 0.2, x[:2])
    np.putmask(m, m < -0.5, 0)
    return np.sum(y * z) + np.sum(m * m)


@program(apart)
def sorted_in_place(x):
    y = np.outer(x, x)
    y.sort(axis=0)
    y.sort()
    z = x * 1.0
    z.sort(kind="stable")
    return np.sum(y * np.arange(y.size).reshape(y.shape)) + np.sum(z * np.arange(len(z)))


@program(vector)
def filled_diagonals(x):
    a = np.ones((3, len(x)))
    np.fill_diagonal(a, x[:3])
    b = np.outer(x, x)
    np.fill_diagonal(b, x)
    c = np.outer(x, x[:2])
    np.fill_diagonal(c, x[0])
    d = np.outer(x, x)
    np.fill_diagonal(d, x[:2])
    e = np.zeros((7, 3))
    np.fill_diagonal(e, x[:2], wrap=True)
    return np.sum(a * a) + np.sum(b @ x) + np.sum(c * c) + np.sum(d * b) + np.sum(e.T @ np.arange(7))


@program(vector)
def open_meshes(x):
    m = np.outer(x, x)
    s = m[np.ix_([0, 2], [1, 3])]
    m[np.ix_([0, 1], [2, 3])] *= x[0]
    m[np.ix_([0, 0], [1])] = x[2]
    place = (1, 2)
    m[place] = x[0]
    return np.sum(s * s) + np.sum(m * np.arange(m.size).reshape(m.shape)) * m[place]


@program(vector)
def rows_swapped(x):
    m = np.outer(x, x + 1)
    m[[0, 2]] = m[[2, 0]]
    m[:, [0, 1]] = m[:, [1, 0]]
    m[0, :], m[3, :] = m[3, :].copy(), m[0, :].copy()
    y = x * 1.0
    y[0], y[3] = y[3], y[0]
    i = 1
    y[i], y[i + 1] = y[i + 1], y[i]
    return np.sum(m * np.arange(m.size).reshape(m.shape)) + np.sum(y * np.arange(len(y)))


@program(vector)
def overlapping_writes(x):
    """The right side is read before anything is written."""
    y = x * x
    y[1:] = y[:-1]
    y[1:] += y[:-1]
    y[:] = y[::-1]
    y[::2] *= y[1::2]
    y[...] = y * x
    y[1:] *= y[:-1]
    np.multiply(y, y[::-1], out=y)
    return np.sum(y * np.arange(len(y)))


@program(apart)
def augmented_at_masks_and_indices(x):
    """Of repeated indices the last one stays, other than with np.add.at."""
    y = x * 1.0
    y[y > 0.4] *= x[0]
    y[y < 0] += 1.0
    y[y > 0] **= 2
    y[[0, 0, 1]] += x[1]
    y[[2, 2]] *= np.array([x[0], x[3]])
    y[[3, 3]] -= np.array([1.0, x[2]])
    m = np.outer(x, x)
    m[m > 0.3] /= 2.0
    m[m.sum(axis=1) > 0] += x
    m[[0, 0], [1, 1]] += x[0]
    return np.sum(y * y) + np.sum(m * m)


@program(vector, orders=3)
def flat_elements(x):
    m = np.outer(x, x + 1)
    m.flat[3] = x[0]
    m.flat[-2] *= x[1]
    m.flat[5] += m.flat[2]
    for i in range(3):
        m.flat[7 + i] = x[i] * m.flat[i]
    s = 0.0
    for v in m.T.flat:
        s = s * 0.5 + v
    return s * m.flat[2] + np.sum(m.flat[1:7] ** 2) + np.sum(m.flat[[1, 1, -2]])


class Flat:
    def __init__(self, x):
        self.flat = [x[0], x[1]]


@program(vector)
def flat_by_a_name(x):
    """It sees what the array holds by now, and is none where an object calls something so."""
    m = np.outer(x, x + 1).T
    f, b = m.flat, Flat(x)
    f[1] = 2 * x[0]
    f[3] *= x[1]
    m *= 1.5
    for i, v in enumerate(m.flat):
        m.flat[(i + 1) % len(f)] += v * 0.1
    b.flat[0] *= x[2]
    b.flat = [x[1], b.flat[0]]
    return np.sum(m**2) + f[3] + b.flat[1] * sum(v * u for u, v in zip(m.flat, f)) + max(m.flat)


@program(vector)
def flat_in_turn(x):
    m = np.outer(x, x).T
    m.flat = x[:3]
    t = np.zeros((2, 3, 2))
    t.flat[7] = x[0]
    t.flat[[1, 5, -1]] = x[:3]
    t.flat[2:5] = x[:2]
    t.flat[::4] = x[3]
    np.put(t, [0, 11, -3], x[1:])
    np.put(m, [[1, 2], [3, 4]], [x[0], 7.0])
    return np.sum(m * np.arange(m.size).reshape(m.shape)) + np.sum(t.flat * t.ravel()[::-1])


@program(apart, smooth=False)
def integers_updated_by_floats(x):
    """A single element is read, added to and written back, which truncates."""
    k = np.zeros(len(x), int)
    k[0] += x[0] * 10
    k[1] = 5
    k[1] -= 0.5
    k[1:] += 2
    b = x > 0
    b[1:] |= x[1:] < -1
    return np.sum(k * x) + np.sum(b * x**2)


@program(vector)
def results_written_to_items(x):
    """What holds the array changes in the loop as well."""
    d = {"a": x * 1.0}
    t = (x * 1.0, x * 2.0)
    for i in range(3):
        np.add(d["a"], x * i, out=d["a"])
        np.multiply(t[0], t[1], out=t[1])
        np.copyto(t[0], x)
    return np.sum(d["a"] * t[1] * np.arange(len(x)))


@program(vector)
def results_written_through_views(x):
    """Views, other names, items of tuples, and arguments of functions lead to the same array."""
    m = np.zeros((3, len(x)))
    np.sin(x, out=m[0])
    np.add(m[0], 1.0, out=m[1, :])
    np.exp(x[1:], out=m[2, :-1])
    np.multiply(m, x, out=m.T[::-1].T)
    m[1].sort()
    m[2][1:].fill(x[0])
    np.add.at(m[0], [0, 0, 1], x[:3])
    rng = np.random.default_rng(4)
    rng.shuffle(m[:, 1:], axis=1)
    y = x * 1.0
    z = y
    pair = (x * 2.0, y[::-1])
    for i in range(2):
        np.multiply(z, x, out=z)
        np.add(pair[0], pair[1], out=pair[1])
        y.flat[i] += m[0, i]

    def update(v, by):
        np.subtract(v, by, out=v)
        return np.sum(v)

    return np.sum(m * m) + update(y[1:], x[0]) * np.sum(y * np.arange(len(y)))


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=(n, n))), wrt=(0, 1), orders=3)
def matrices_multiplied_in_place(A, B):
    P = A.copy()
    other = P
    for _ in range(3):
        P @= B
    P[0] @= A
    return np.sum(other * A)


@program(lambda rng, n: (rng.normal(size=(2, 3)),))
def one_value_at_a_mask(x):
    y = x * 1.0
    np.putmask(y, y > 0.0, [3.0])
    return np.sum(y**2)


def _filled(y, c):
    y[0] = 5 * c
    return c


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def flat_read_before_the_right_side(x):
    """What is updated is read first, whatever the right side writes."""
    y = x * 1.0
    y.flat[0] += _filled(y, x[1])
    return np.sum(y**2)
