"""Lists of objects and dicts that hold views of arrays, which are written to by them and beside them."""

from dataclasses import dataclass

import numpy as np

from tests.programs.registry import program


@dataclass
class Body:
    x: np.ndarray
    v: np.ndarray
    mass: float = 1.0

    def kick(self, force):
        self.v += force / self.mass


class Planets:
    """Positions and velocities of all, and bodies by which each is known."""

    def __init__(self, x, v):
        self.x = x
        self.v = v
        self.bodies = bodies_of(x, v)
        self.rows = [x[i] for i in range(len(x))]

    def step(self, h):
        for p in self.bodies:
            p.x += h * p.v
        self.v *= 0.9
        self.rows[0][1] *= self.v[0, 0]
        return self


def bodies_of(x, v):
    return [Body(x[i], v[i], 1.0 + i) for i in range(len(x))]


def attract(bodies, h):
    for i, p in enumerate(bodies):
        for q in bodies[i + 1 :]:
            d = q.x - p.x
            force = h * p.mass * q.mass * d / (d @ d + 0.1)
            p.kick(force)
            q.kick(-force)
    for p in bodies:
        p.x += h * p.v


def two(rng, n):
    return (rng.normal(size=(n, 3)), rng.normal(size=(n, 3)))


@program(two, orders=2)
def bodies_attract(a, b):
    x, v = a.copy(), b.copy()
    bodies = bodies_of(x, v)
    for _ in range(2):
        attract(bodies, 0.1)
        x -= x.mean(axis=0)
    return np.sum(x**2 * v) + bodies[0].x @ bodies[-1].v


@program(two)
def planets_know_their_arrays(a, b):
    planets = Planets(a.copy(), b * 2)
    for _ in range(2):
        planets.step(0.1)
    return np.sum(planets.x**2) + sum(p.v[0] * p.x[1] for p in planets.bodies)


@program(two)
def entries_in_another_order(a, b):
    """Dicts with views in tuples; sorted, reversed, taken out, and made one by one."""
    x, v = a.copy(), b.copy()
    parts = []
    for i in range(len(x)):
        parts.append({"x": x[i], "v": v[i], "ends": (x[i, :1], i)})
        parts[-1]["x"][2] *= parts[0]["v"][0]
        x[i] += 1
    parts.reverse()
    for part in parts:
        part["ends"][0][0] *= part["ends"][1]
    for k, part in enumerate(sorted(parts, key=lambda part: part["x"][1])):
        part["v"] *= part["x"] + k
    last = parts.pop()
    last["x"] += parts[0]["v"]
    return np.sum(x * v)


@program(two)
def views_change_hands(a, b):
    """Objects whose views are of one array, of the same row, and are exchanged."""
    x = a.copy()
    bodies = [Body(x[i], x[len(x) - 1 - i]) for i in range(len(x))]
    for p in bodies:
        p.x += 0.5 * p.v
    for i in range(len(x)):
        p, q = bodies[i], bodies[i - 1]
        p.x, q.x = q.x, p.x
        p.x *= b[i]
    for k, p in enumerate(bodies):
        p.x *= k + 1
    return np.sum(x * a)
