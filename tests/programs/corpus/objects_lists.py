"""Objects in lists whose length is known at run time: what is done to an item is done to the list."""

from dataclasses import dataclass

import numpy as np

from tests.programs.registry import program


class Vec:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def __sub__(self, other):
        return Vec(self.x - other.x, self.y - other.y)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)


@dataclass
class Body:
    place: Vec
    speed: Vec
    mass: float = 1.0
    kind: str = "body"

    def push(self, force, dt):
        self.speed += force * (dt / self.mass)

    def bounce(self, other, dt):
        self.push(self.place - other.place, dt)
        other.speed = other.speed * 0.9

    @property
    def energy(self):
        return 0.5 * self.mass * (self.speed.x**2 + self.speed.y**2)


class World:
    def __init__(self, bodies):
        self.bodies = bodies
        self.log = []

    def __iter__(self):
        return iter(self.bodies)

    def __len__(self):
        return len(self.bodies)

    def drag(self, body):
        body.speed.x = 0.9 * body.speed.x

    def step(self, dt):
        for a in self.bodies:
            for b in self.bodies:
                if a is not b:
                    a.bounce(b, dt)
        for body in self:
            self.drag(body)
            body.place += body.speed * dt
        self.log.append(self.energy())

    def energy(self):
        return sum(body.energy for body in self.bodies)


def draw_bodies(rng, n):
    return rng.normal(size=n), rng.normal(size=n), 0.1


def make_bodies(xs, ys):
    return [Body(Vec(x, y), Vec(y, x), 1.0 + k) for k, (x, y) in enumerate(zip(xs, ys))]


@program(draw_bodies, wrt=(0, 1, 2), orders=2, numba=True)
def world_of_bodies(xs, ys, dt):
    world = World(make_bodies(xs, ys))
    for _ in range(3):
        world.step(dt)
    return sum(world.log) + len(world) * world.bodies[1].place.x


@program(draw_bodies, wrt=(0, 1), orders=2, numba=True)
def names_of_one_item(xs, ys, dt):
    bodies = make_bodies(xs, ys)
    same, second, place = bodies, bodies[1], bodies[1].place
    bodies[1].place.x = 2.0 * xs[0]
    second.place.y += place.x
    place.x *= second.place.y
    held = {"first": bodies[0]}
    held["first"].mass = xs[2]
    bodies.append(Body(Vec(xs[1], dt), Vec(dt, ys[1])))
    second.mass = bodies[-1].place.x
    for k, body in enumerate(same):
        body.mass = body.mass * 1.5
        bodies[k].speed.x += body.mass
        if body is second:
            body.speed.y = place.x * bodies[0].mass
    return bodies[1].mass * place.x + sum(b.speed.x * b.speed.y for b in bodies)


@program(draw_bodies, wrt=(0, 1), orders=2)
def list_of_objects_rearranged(xs, ys, dt):
    bodies = make_bodies(xs, ys)
    bodies.sort(key=lambda body: body.place.x)
    bodies[0].mass += xs[1]
    last = bodies.pop()
    last.mass = last.mass * xs[0]
    bodies.reverse()
    total = 0.0
    for k, body in enumerate(bodies):
        body.place.y *= k
        total += body.place.y * body.mass
    best = None
    for body in bodies:
        if best is None or body.place.x < best.place.x:
            best = body
    return total + last.mass * best.place.x


@program(lambda rng, n: (rng.normal(size=(n, 2)), 0.1), wrt=(0,), orders=2)
def dicts_and_arrays_in_lists(x, dt):
    entries = [{"at": row, "seen": 0.0} for row in x]
    k = 0
    while k < len(entries) - 1:
        here, there = entries[k], entries[k + 1]
        here["seen"] += np.sum(here["at"] * there["at"])
        there["at"] = there["at"] + here["at"] * dt
        k += 1
    for entry in entries:
        entry["seen"] = entry["seen"] ** 2 + entry["at"][0]
    return sum(entry["seen"] for entry in entries) * entries[-1]["at"][1]


class Walker:
    def __init__(self, place):
        self.place = place
        self.trail = [place]

    def moved(self, step):
        self.trail.append(self.place + step)


@program(lambda rng, n: (rng.normal(size=(n, 2)),), orders=2)
def trails_that_grow(x):
    """Lists in lists and in objects grow while their items are known elsewhere: these stay."""
    walkers = [Walker(row) for row in x]
    places = [row * 2 for row in x]
    trails = [[place] for place in places]
    for k in range(3):
        for walker in walkers:
            walker.moved(0.1 * k * walker.trail[-1])
        for i in range(len(places)):
            places[i] = np.sin(places[i]) + x[i, 0]
            trails[i].append(places[i])
    last = sum(np.sum(walker.trail[-1] * walker.place) for walker in walkers)
    return last + sum(np.sum(trail[1] * trail[-1]) for trail in trails) + np.sum(places[0])
