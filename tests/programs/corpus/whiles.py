"""While loops, whose trips depend on data."""

import math

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (2.0 + n,), orders=2, numba=True)
def newton_square_root(a):
    x = a
    while True:
        new = 0.5 * (x + a / x)
        if abs(new - x) < 1e-14 * a:
            break
        x = new
    return new


@program(lambda rng, n: (0.5, 0.1, 9.81, 0.5 * n), wrt=(0, 1, 2), numba=True, orders=2)
def pendulum(angle, length, gravity, end):
    """Symplectic Euler until a time has passed."""
    speed = 0.0
    t = 0.0
    dt = 0.01
    while t < end - 1e-9:
        speed = speed - dt * gravity / length * math.sin(angle)
        angle = angle + dt * speed
        t += dt
    return angle


@program(lambda rng, n: (rng.normal(size=(n, n)),))
def power_iteration(A):
    """The leading eigenvalue of a symmetric matrix, by Rayleigh's quotient."""
    S = A @ A.T
    v = np.ones(len(S))
    value = 0.0
    change = 1.0
    trips = 0
    while change > 1e-12 and trips < 60:
        w = S @ v
        v = w / np.sqrt(np.sum(w**2))
        new = v @ S @ v
        change = abs(new - value)
        value = new
        trips += 1
    return value


@program(lambda rng, n: (0.37,), numba=True, points=(((5.0,), (-0.25,)),))
def halve_until_small(x):
    y = 3.0 - x
    while y > 1:
        y = y / 2
    return y if y > 0 else y / 4


@program(lambda rng, n: (rng.uniform(1, 2, n), 4.5), wrt=(0, 1), numba=True)
def while_over_array(x, limit):
    s = 0.0
    i = 0
    while i < len(x) and s < limit:
        s += x[i] ** 2
        i += 1
    return s * limit / i


@program(lambda rng, n: (1.5, 27), wrt=(0,), numba=True)
def collatz_weighted(x, k):
    """Integer control flow around a float."""
    while k > 1:
        if k % 2 == 0:
            k = k // 2
            x = math.sin(x)
            continue
        k = 3 * k + 1
        x = x + 0.1
    return x


@program(lambda rng, n: (1.0, 2.0), wrt=(0, 1), numba=True, orders=2)
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-14:
        a, b = 0.5 * (a + b), math.sqrt(a * b)
    return a


@program(lambda rng, n: (0.0, 2.0), wrt=(1,), numba=True, smooth=False)
def bisection(low, high):
    """The ends of the bracket carry the derivative, as they are cut."""
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        if middle * middle * middle < 2:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
