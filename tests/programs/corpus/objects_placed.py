"""Objects and dicts in lists that are given, changed at computed places."""

import numpy as np

from tests.programs.registry import program


class Body:
    def __init__(self, place, speed, mass):
        self.place, self.speed, self.mass = place, speed, mass


class Cluster:
    def __init__(self, bodies):
        self.bodies = bodies
        self.energy = 0.0

    def swing(self, k, step):
        body = self.bodies[k]
        body.place += step * body.speed
        self.energy = self.energy + body.mass * np.sum(body.speed**2)


def bodies_of(rng):
    return [Body(rng.normal(size=2), rng.normal(size=2), rng.uniform(1.0, 2.0)) for _ in range(3)]


@program(lambda rng, n: (Cluster(bodies_of(rng)), n - 2), sizes=(4, 3))
def bodies_at_places(cluster, steps):
    """Two of them change in each pass, by index; what a method changes is in the list of the object."""
    bodies = cluster.bodies
    for _ in range(steps):
        for i in range(len(bodies)):
            for j in range(i):
                d = bodies[j].place - bodies[i].place
                force = d / (d @ d + 0.1) ** 1.5
                bodies[i].speed = bodies[i].speed + force * bodies[j].mass
                bodies[j].speed -= force
        for k in sorted(range(len(bodies)), key=lambda k: bodies[k].mass):
            cluster.swing(k, 0.1)
            bodies[k].mass *= 1.0 + 0.1 * k
    heaviest = max(range(3), key=lambda k: bodies[k].mass)
    bodies[heaviest].place[0] *= 3.0
    return cluster.energy + sum(b.mass * b.place @ b.speed for b in bodies)


def entries_of(rng):
    return [{"x": rng.normal(), "w": rng.uniform(0.5, 1.5)} for _ in range(3)]


@program(lambda rng, n: (entries_of(rng), [[1.0, 2.0], [rng.normal(), 0.5]], n % 2), wrt=(0, 1),
         orders=2)  # fmt: skip
def entries_at_places(entries, rows, k):
    before = entries[2]["x"]
    entries[k]["x"] *= entries[k + 1]["w"]
    other = {"all": entries}
    for i in range(3):
        entries[i]["w"] += entries[i - 1]["x"] ** 2
    rows[k][0] *= 3.0
    rows[k - 1][1] += rows[k][0]
    total = sum(e["x"] * e["w"] for e in other["all"]) + before * entries[2]["w"]
    return total * rows[0][0] + rows[1][0] * rows[1][1]
