"""Objects that are in several lists, or that other objects know: all of these lead to the same ones."""

import itertools

from tests.programs.registry import program


class Body:
    def __init__(self, m, x):
        self.m, self.x, self.v, self.f = m, x, 0.0, 0.0

    def attract(self, other):
        """Pull each other; gives the energy of both."""
        d = other.x - self.x
        pull = self.m * other.m * d / (d * d + 1.0)
        self.f += pull
        other.f -= pull
        return 0.5 * self.m * other.m * d * d

    def move(self, dt):
        self.v += dt * self.f / self.m
        self.x += dt * self.v
        self.f = 0.0


class Spring:
    def __init__(self, a, b, k):
        self.a, self.b, self.k = a, b, k

    def apply(self):
        force = self.k * (self.b.x - self.a.x)
        self.a.f += force
        self.b.f -= force
        self.k *= 0.9

    @property
    def energy(self):
        return 0.5 * self.k * (self.a.x - self.b.x) ** 2


class Net:
    def __init__(self, bodies):
        self.bodies = bodies
        self.springs = []
        for i in range(len(bodies) - 1):
            self.springs.append(Spring(bodies[i], bodies[i + 1], 1.0 + i))

    def step(self, dt):
        for spring in self.springs:
            spring.apply()
        for body in self.bodies:
            body.move(dt)

    def energy(self):
        return sum(s.energy for s in self.springs) + sum(b.m * b.v**2 for b in self.bodies)


def draw(rng, n):
    return (rng.normal(size=n),)


def bodies_at(xs):
    bodies = []
    for i in range(len(xs)):
        bodies.append(Body(1.0 + 0.2 * i, xs[i]))
    return bodies


def told(bodies):
    return sum(b.m * b.x * b.f + b.f**2 + b.v for b in bodies)


@program(draw, orders=2, numba=True)
def bodies_in_pairs(xs):
    bodies = bodies_at(xs)
    energy = 0.0
    for a, b in itertools.combinations(bodies, 2):
        energy += a.attract(b)
    for a, b in itertools.permutations(bodies, 2):
        a.f += 0.1 * b.x * a.f
    for i, a in enumerate(bodies):
        for b in bodies[i + 1 :]:
            a.attract(b)
    for a, b in zip(bodies, bodies[1:]):
        a.f += b.x * a.x
        b.v -= a.f
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1 :] if a.x < b.x]
    for _ in range(2):
        for a, b in pairs:
            a.attract(b)
        for body in bodies:
            body.move(0.1)
    return energy + told(bodies)


@program(draw)
def bodies_picked_out(xs):
    bodies = bodies_at(xs)
    s = 0.0
    for b in sorted(bodies, key=lambda b: b.m * b.x):
        s += b.x
        b.f += s * b.x
    for b in bodies[::-2]:
        s += b.f
        b.v += s
    right = [b for b in bodies if b.x > -0.5]
    for b in right + bodies[:2]:
        b.f += 0.5 * b.x
        b.x *= 1.1
    some = []
    for k in range(5):
        some.append(bodies[-1 - k % 3])
    for a in some:
        for b in some:
            b.f += 0.1 * a.x
    first = some[0]
    first.v += some[-2].x
    by_number = {k: b for k, b in enumerate(bodies)}
    for k in by_number:
        by_number[k].f *= 1.0 + 0.1 * k
    return told(bodies) + first.x * first.v


@program(draw, numba=True)
def bodies_by_a_branch(xs):
    bodies = bodies_at(xs)
    part = bodies[1:] if xs[0] > 0 else bodies[:-1]
    if xs[1] > 0:
        others = bodies[1:]
    else:
        others = bodies[:-1]
    for b in others:
        b.f += b.x**2
    for b in part:
        b.f += b.x
    todo = list(bodies)
    while todo:
        b = todo.pop()
        b.v += b.f
    return told(bodies)


def advance(bodies, springs, dt):
    for spring in springs:
        spring.apply()
    for body in bodies:
        body.move(dt)


def heavy(bodies):
    return [b for b in bodies if b.m > 1.1]


def slowed(bodies):
    total = 0.0
    for b in bodies:
        b.v *= 0.5
        total += b.v
    return total


@program(draw, numba=True)
def net_of_springs(xs):
    net = Net(bodies_at(xs))
    for _ in range(2):
        net.step(0.1)
    bodies = bodies_at(xs)
    springs = [Spring(a, b, 2.0) for a, b in zip(bodies, bodies[1:])]
    for spring in springs[1:]:
        spring.a = bodies[0]
    for _ in range(2):
        advance(bodies, springs, 0.1)
    for body in heavy(bodies):
        body.f += body.x * body.v
    total = 0.5 * slowed(heavy(bodies)) + 2.0 * slowed(bodies[:2])
    return total + net.energy() + told(bodies) + sum(s.energy for s in springs)


@program(draw, sizes=(3, 4), numba=True)
def bodies_of_a_known_number(xs):
    a, b, c = Body(1.0, xs[0]), Body(2.0, xs[1]), Body(1.5, xs[2])
    bodies = [a, b, c]
    a.f += 1.0 + a.x
    right = []
    for k in range(2):
        right.append(bodies[k + int(xs[0] > 0)])
    for body in right:
        body.f += body.x * a.x
        a.x *= 1.2
    few = [bodies[0], bodies[2], bodies[0]]
    few.append(b)
    for k in range(4):
        few[k].v += few[k].x
    springs = [Spring(bodies[i], bodies[i + 1], 2.0 + i) for i in range(len(bodies) - 1)]
    for spring in springs:
        spring.apply()
    left = [body for body in bodies if body.x < 0.5]
    for body in left:
        body.f *= 1.5
    b.f += bodies[1].x
    return told(bodies) + a.f * b.f * c.f + right[0].v


@program(draw, sizes=(3, 4))
def lists_of_known_objects_emptied(xs):
    net = Net([Body(1.0, xs[0]), Body(2.0, xs[1]), Body(1.5, xs[2])])
    net.step(0.1)
    order = list(net.bodies)
    order.sort(key=lambda body: -body.x)
    s = 0.0
    while order:
        body = order.pop()
        s += body.x
        body.f += s
    for body in sorted(net.bodies, key=lambda body: body.m * body.x):
        s += body.x
        body.f += s * body.v
    for k in range(3):
        for other in net.bodies[:k] + net.bodies[k + 1 :]:
            net.bodies[k].f += other.m * other.x
            other.v += 0.1 * net.bodies[k].f
    return net.energy() + told(net.bodies)


@program(draw, sizes=(3, 4))
def known_objects_by_a_branch(xs):
    bodies = [Body(1.0, xs[0]), Body(2.0, xs[1]), Body(1.5, xs[2])]
    if xs[0] > 0:
        part, pairs = bodies[1:], [(bodies[0], 1.0), (bodies[2], xs[0])]
    else:
        part, pairs = bodies[:-1], [(bodies[1], xs[2]), (Body(0.5, xs[1]), 3.0)]
    bodies[1].v += 1.0
    for b in part:
        b.f += b.x**2
    for b, w in pairs:
        b.f += w * b.x
        b.x += b.v
    bodies[1].x *= 2.0
    return told(bodies) + told(part) + sum(b.f for b, w in pairs)
