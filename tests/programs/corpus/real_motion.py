"""Real programs: integrators of ordinary differential equations, bodies in motion, quadrature."""

import math

import numpy as np

from tests.programs.registry import program


def rk4(f, y0, t0, t1, n, *params):
    """Every state in a row of one array."""
    h = (t1 - t0) / n
    y = np.empty((n + 1, len(y0)))
    y[0] = y0
    t = t0
    for i in range(n):
        k1 = f(t, y[i], *params)
        k2 = f(t + h / 2, y[i] + h / 2 * k1, *params)
        k3 = f(t + h / 2, y[i] + h / 2 * k2, *params)
        k4 = f(t + h, y[i] + h * k3, *params)
        y[i + 1] = y[i] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += h
    return y


@program(lambda rng, n: (np.array([1.0]), -0.7, 5 * n), wrt=(0, 1), sizes=(4, 8))
def exponential_decay(y0, k, n):
    """y(1) = y0 * exp(k), to the order of the scheme."""
    return rk4(lambda t, y: k * y, y0, 0.0, 1.0, n)[-1, 0]


def pairwise_acceleration(q, m, acc):
    """Newton's third law in place: each pair is met once."""
    acc[:] = 0.0
    n = len(m)
    for i in range(n):
        for j in range(i + 1, n):
            d = q[j] - q[i]
            f = d / (d @ d + 0.01) ** 1.5
            acc[i] += m[j] * f
            acc[j] -= m[i] * f


def _bodies(rng, n):
    return rng.normal(size=(n, 2)), rng.normal(size=(n, 2)), rng.uniform(0.5, 1.5, size=n), 4


@program(_bodies, wrt=(0, 1, 2), sizes=(3, 4))
def leapfrog_bodies(q, v, m, steps):
    """Kick, drift, kick, on the arguments themselves; the accelerations are one buffer."""
    h = 0.05
    acc = np.zeros_like(q)
    pairwise_acceleration(q, m, acc)
    for _ in range(steps):
        v += 0.5 * h * acc
        q += h * v
        pairwise_acceleration(q, m, acc)
        v += 0.5 * h * acc
    kinetic = 0.5 * np.sum(m * np.sum(v * v, axis=1))
    potential = 0.0
    for i in range(len(m)):
        for j in range(i):
            d = q[i] - q[j]
            potential -= m[i] * m[j] / np.sqrt(d @ d + 0.01)
    return kinetic + potential


@program(_bodies, wrt=(0, 1, 2), sizes=(3, 4))
def total_momentum(q, v, m, steps):
    """What the scheme conserves exactly: its gradient in the positions is zero."""
    acc = np.zeros_like(q)
    for _ in range(steps):
        pairwise_acceleration(q, m, acc)
        v += 0.05 * acc
        q += 0.05 * v
    p = np.zeros(2)
    for mass, velocity in zip(m, v):
        p += mass * velocity
    return p[0] + 2.0 * p[1]


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n), 2.0), wrt=(0, 1, 2), numba=True)
def chain_of_springs(x, v, k):
    """Forces of neighbours gathered by ``+=`` on slices that overlap."""
    x, v = x.copy(), v.copy()
    f = np.empty_like(x)
    for _ in range(8):
        stretch = x[1:] - x[:-1]
        f.fill(0.0)
        f[:-1] += k * stretch
        f[1:] -= k * stretch
        v += 0.1 * f
        x += 0.1 * v
    return 0.5 * np.sum(v**2) + 0.5 * k * np.sum((x[1:] - x[:-1]) ** 2)


@program(lambda rng, n: (0.6, 0.25, 10 * n), wrt=(0, 1), sizes=(3, 5))
def epidemic(beta, gamma, days):
    """The largest number of infected people in a model of three groups."""
    S = np.zeros(days + 1)
    I = np.zeros(days + 1)
    R = np.zeros(days + 1)
    S[0], I[0], R[0] = 0.99, 0.01, 0.0
    for t in range(days):
        infected = beta * S[t] * I[t]
        recovered = gamma * I[t]
        S[t + 1] = S[t] - infected
        I[t + 1] = I[t] + infected - recovered
        R[t + 1] = R[t] + recovered
    peak = I.max()
    return peak + R[-1]


@program(lambda rng, n: (1.0, -2.0, 1e-4), wrt=(0, 1), numba=True)
def adaptive_steps(y, k, tolerance):
    """Steps that are taken again where their error is too large; the step is no smooth function."""
    t, h = 0.0, 0.5
    taken = []
    while t < 1.0:
        if t + h > 1.0:
            h = 1.0 - t
        slope = k * y
        coarse = y + h * slope
        fine = y + 0.5 * h * (slope + k * coarse)
        error = abs(fine - coarse)
        if error > tolerance:
            h = h * 0.5
            continue
        t += h
        y = fine
        taken.append(y)
        h *= 1.5 if error < 0.1 * tolerance else 1.0
    return taken[-1] + 0.1 * sum(taken)


def simpson(f, a, b, n):
    h = (b - a) / n
    s = f(a) + f(b)
    for i in range(1, n):
        s += (4 if i % 2 else 2) * f(a + i * h)
    return s * h / 3


@program(lambda rng, n: (0.3, 1.7, 2 * n), wrt=(0, 1), sizes=(4, 20), numba=True)
def simpson_of_cubic(a, b, n):
    """Exact for polynomials of third order: the derivative in b is the integrand there."""
    return simpson(lambda x: x**3 - 2 * x, a, b, n)


@program(lambda rng, n: (1.3, n), sizes=(4, 5))
def romberg(b, levels):
    """A triangular table, each row from the one before it."""
    R = np.zeros((levels + 1, levels + 1))
    h = b
    R[0, 0] = 0.5 * h * (math.sin(0.0) + math.sin(b))
    for i in range(1, levels + 1):
        h /= 2
        total = sum(math.sin((2 * k - 1) * h) for k in range(1, 2 ** (i - 1) + 1))
        R[i, 0] = 0.5 * R[i - 1, 0] + h * total
        for j in range(1, i + 1):
            R[i, j] = R[i, j - 1] + (R[i, j - 1] - R[i - 1, j - 1]) / (4**j - 1)
    return R[levels, levels]


@program(lambda rng, n: (rng.normal(size=2), rng.uniform(0.5, 1.5, 2), 12), wrt=(0, 1), sizes=(4, 6),
         numba=True)  # fmt: skip
def bouncing_ball(q, v, steps):
    """Velocities change sign at walls, component by component."""
    q = q.copy()
    v = v.copy()
    energy = 0.0
    for _ in range(steps):
        q += 0.2 * v
        for c in range(2):
            if q[c] > 1.0:
                q[c] = 2.0 - q[c]
                v[c] *= -0.9
            elif q[c] < -1.0:
                q[c] = -2.0 - q[c]
                v[c] *= -0.9
        energy += 0.5 * v @ v
    return energy + q[0] * q[1]
