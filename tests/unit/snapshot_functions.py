"""Functions with loops for the tests of snapshots, with what they are called with left in ``RUNS``."""

import numpy as np

from pullback import grad, hvp, primitive, split, vjp

RUNS: list[int] = []


@primitive(returns="x")
def step(x: float, k: int) -> float:
    RUNS.append(k)
    return x * 1.01


@step.defvjp
def _(g, y, x, k):
    return g * y / x, None


def counted(x, n):
    for k in range(n):
        x = step(x, k)
    return x


def counted_until(x, n):
    k = 0
    while k < n:
        x = step(x, k)
        k += 1
    return x


def relaxed(x, n):
    for _ in range(n):
        x = np.sin(x) * np.cos(x) + 0.1
    return np.sum(x)


def shaken(x, rng):
    for _ in range(4):
        x = np.sin(x) * rng.normal()
    return np.sum(x)


def relaxed_until(x, n):
    k = 0
    while True:
        x = np.sin(x) * np.cos(x) + 0.1
        k += 1
        if k == n:
            break
    return np.sum(x)


def written(x, frame, n):
    u = x.copy()
    for k in range(n):
        u[k % 5] = np.sin(u[k % 5]) * frame[k % 3]
    return np.sum(u * u)


def noisy(x, n, rng):
    for k in range(n):
        x = np.sin(x + rng.normal())
        if k % 3 == 2:
            print("third", rng.integers(10))
            for _ in range(2):
                x = x * rng.uniform(0.5, 1.0)
    return np.sum(x * x)


def product_inside(x, n, v):
    return hvp(relaxed, (x, n), (v, 0), checkpoint=2)


def gradients_inside(x, n):
    _, pull = vjp(relaxed, x, n, checkpoint=3)
    forward, backward = split(relaxed, 0, checkpoint=1)
    plain = grad(relaxed, checkpoint=2)(x, n)
    return plain, pull(1.0)[0], backward(forward(x, n)[1], 1.0)


def curvature_inside(x, n):
    return np.sum(gradients_inside(x, n)[1] ** 2)
