"""Real programs: fields on grids, by stencils in place, sweeps, and buffers that change places."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n + 2), 0.2, 5), wrt=(0, 1), numba=True)
def heat_explicit(u, r, steps):
    """The argument is overwritten by slices of itself."""
    for _ in range(steps):
        u[1:-1] = u[1:-1] + r * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@program(lambda rng, n: (rng.normal(size=(n, n + 1)), 0.1, 4), wrt=(0, 1), sizes=(4, 5), numba=True)
def heat_in_a_plane(u0, r, steps):
    """Two buffers that change places; the borders stay as they are."""
    u = u0.copy()
    un = u0.copy()
    for _ in range(steps):
        un[1:-1, 1:-1] = u[1:-1, 1:-1] + r * (
            u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
        )
        u, un = un, u
    return np.sum(u**2) + np.sum(un[0])


@program(lambda rng, n: (rng.normal(size=(n, n)), 0.1, 3), wrt=(0, 1), sizes=(4, 5), numba=True)
def heat_by_loops(u0, r, steps):
    u = u0.copy()
    new = u0.copy()
    rows, columns = u.shape
    for _ in range(steps):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                laplacian = u[i + 1, j] + u[i - 1, j] + u[i, j + 1] + u[i, j - 1] - 4 * u[i, j]
                new[i, j] = u[i, j] + r * laplacian
        u, new = new, u
    s = 0.0
    for i in range(rows):
        for j in range(columns):
            s += u[i, j] ** 2
    return s


@program(lambda rng, n: (rng.normal(size=n + 2), rng.normal(size=n + 2)), wrt=(0, 1), numba=True)
def gauss_seidel_sweeps(u, f):
    """Each point is replaced by the mean of its neighbours, one of them new already."""
    u = u.copy()
    n = len(u)
    for sweep in range(6):
        for i in range(1, n - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] - f[i])
    s = 0.0
    for i in range(n):
        s += u[i] * f[i]
    return s


@program(lambda rng, n: (rng.normal(size=n), 0.4), wrt=(0, 1), numba=True)
def wave_in_three_buffers(u0, c):
    """Leapfrog in time: three arrays are handed round."""
    old = u0.copy()
    u = u0.copy()
    new = np.zeros_like(u0)
    for _ in range(5):
        new[1:-1] = 2 * u[1:-1] - old[1:-1] + c**2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        old, u, new = u, new, old
    return np.sum(u**3) + np.sum(old * u0)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n + 1), 0.3), wrt=(0, 1, 2))
def upwind_advection(q, velocity, cfl):
    """Fluxes through faces, from the side that the wind comes from, on a ring."""
    n = len(q)
    q = q.copy()
    for _ in range(4):
        flux = np.zeros(n + 1)
        for i in range(n + 1):
            if velocity[i] > 0:
                flux[i] = velocity[i] * q[(i - 1) % n]
            else:
                flux[i] = velocity[i] * q[i % n]
        flux[n] = flux[0]
        for i in range(n):
            q[i] -= cfl * (flux[i + 1] - flux[i])
    return np.sum(q * np.arange(n)) + np.sum(q**2)


def minmod(a, b):
    if a * b <= 0:
        return 0.0
    return a if abs(a) < abs(b) else b


@program(lambda rng, n: (rng.normal(size=n + 4), 0.25), wrt=(0, 1), numba=True)
def limited_burgers(u, cfl):
    """A scheme of second order with limited slopes, and the flux of Lax and Friedrichs."""
    u = u.copy()
    n = len(u)
    for _ in range(3):
        slope = np.zeros(n)
        for i in range(1, n - 1):
            slope[i] = minmod(u[i] - u[i - 1], u[i + 1] - u[i])
        left = u + 0.5 * slope
        right = u - 0.5 * slope
        flux = np.empty(n - 1)
        for i in range(n - 1):
            l, r = left[i], right[i + 1]
            a = max(abs(l), abs(r))
            flux[i] = 0.25 * (l * l + r * r) - 0.5 * a * (r - l)
        u[1:-1] -= cfl * (flux[1:] - flux[:-1])
    return u @ u


@program(lambda rng, n: (rng.normal(size=n + 1), rng.normal(size=n)), wrt=(0, 1))
def finite_elements(nodes, load):
    """Element matrices scattered into a system: ``K[i:i+2, i:i+2] += ..``."""
    x = np.cumsum(0.5 + nodes**2)
    n = len(x)
    K = np.zeros((n, n))
    f = np.zeros(n)
    for e in range(n - 1):
        h = x[e + 1] - x[e]
        K[e : e + 2, e : e + 2] += np.array([[1.0, -1.0], [-1.0, 1.0]]) / h
        f[e : e + 2] += 0.5 * h * load[e]
    K[0, :] = 0.0
    K[0, 0] = 1.0
    f[0] = 0.0
    return f @ np.linalg.solve(K, f)


@program(lambda rng, n: (rng.uniform(0.1, 3.9, size=n), rng.normal(size=n)), wrt=(0, 1), sizes=(4, 7))
def charges_on_a_grid(position, charge):
    """Particles give parts of their charge to the two nodes beside them, as in a cloud in cell."""
    grid = np.zeros(6)
    cell = np.floor(position).astype(int)
    share = position - cell
    np.add.at(grid, cell, charge * (1 - share))
    np.add.at(grid, cell + 1, charge * share)
    return np.sum(grid**2)


@program(lambda rng, n: (rng.normal(size=(n, n)), 0.2, 4), wrt=(0, 1), sizes=(4, 5))
def rows_of_a_plane(u, r, steps):
    """Each row is smoothed in place, through its name in a loop."""
    for _ in range(steps):
        for row in u:
            row[1:-1] += r * (row[2:] - 2 * row[1:-1] + row[:-2])
        u = u.T
    return np.sum(u**2 * np.arange(u.size).reshape(u.shape))


def spread(u, r, steps):
    """Rows and columns in turn, in place: what is left in the argument depends on the number."""
    for _ in range(steps):
        for row in u:
            row[1:-1] += r * (row[2:] - 2 * row[1:-1] + row[:-2])
        u = u.T
    return u


@program(lambda rng, n: (rng.normal(size=(n, n)), 0.2), wrt=(0, 1))
def planes_by_a_function(u, r):
    w = spread(u * r, r, 3)
    total = np.sum(w**2)
    w = spread(w, r**2, 2)
    return total + np.sum(w**3 * np.arange(w.size).reshape(w.shape))
