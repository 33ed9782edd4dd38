"""Objects of a list that others come to know in loops, as attributes and entries, and are changed."""

import copy
import dataclasses
import heapq

import numpy as np

from tests.programs.registry import program


class Particle:
    def __init__(self, x, v):
        self.x, self.v = x, v

    def cost(self):
        return (self.x - 1.0) ** 2 + 0.1 * np.sin(3 * self.x)

    def move(self, target):
        self.v = 0.7 * self.v + 0.3 * (target.x - self.x)
        self.x += self.v


class Swarm:
    """Particles, of which each goes to the best one of all so far."""

    def __init__(self, particles):
        self.particles = particles
        self.best = particles[0]

    def step(self):
        for p in self.particles:
            p.move(self.best)
            if p.cost() < self.best.cost():
                self.best = p

    def __getitem__(self, k):
        return self.particles[k]


class Flock:
    """The same with None before the first step, and methods that call others."""

    def __init__(self, xs):
        self.particles = [Particle(x, 0.1) for x in xs]
        self.leader = None
        self.steps = 0

    def choose(self):
        for p in self.particles:
            if self.leader is None or p.cost() < self.leader.cost():
                self.leader = p

    def run(self, count):
        for _ in range(count):
            self.choose()
            for p in self.particles:
                p.move(self.leader)
            self.steps += 1
        return self.leader


def draw(rng, n):
    return (rng.normal(size=n + 1),)


def three(rng, n):
    return (rng.normal(size=3),)


def told(particles):
    return sum(p.x * p.x + p.v * p.x + p.v for p in particles)


@program(draw, orders=2)
def swarm_in_steps(xs):
    swarm = Swarm([Particle(x, 0.1) for x in xs])
    for _ in range(3):
        swarm.step()
    return swarm.best.cost() + told(swarm.particles)


@program(three, orders=2)
def swarm_of_three(xs):
    """A list of known length."""
    swarm = Swarm([Particle(xs[0], 0.1), Particle(xs[1], xs[0]), Particle(xs[2], -0.2)])
    for _ in range(2):
        swarm.step()
    swarm.best.x *= 1.5
    return told(swarm.particles)


@program(draw, orders=2)
def flock_with_a_leader(xs):
    flock = Flock(xs)
    leader = flock.run(2)
    leader.x *= 1.2
    flock.run(1)
    return flock.leader.x + told(flock.particles) * flock.steps


@program(draw, orders=2)
def best_in_containers(xs):
    """In a dict in a dict, and in a list; no pass of the last loop finds one."""
    particles = [Particle(x, 0.2) for x in xs]
    state = {"found": {"best": particles[0]}, "count": 0}
    ends = [particles[0], particles[-1]]
    for _ in range(2):
        for p in particles:
            p.x += 0.1 * state["found"]["best"].v
            if p.x > state["found"]["best"].x:
                state["found"]["best"] = p
                state["count"] += 1
            if p.x < ends[0].x:
                ends[0], ends[1] = p, ends[0]
                continue
            if p.cost() > 50.0:
                ends[1] = p
                break
    for p in particles:
        if p.x > 100.0:
            ends[0] = p
    state["found"]["best"].x *= 2.0
    ends[0].v += ends[1].x
    ends[1].x -= 0.5 * state["found"]["best"].v
    return told(particles) + ends[0].x * ends[1].v + state["count"]


@program(draw, orders=2)
def kept_in_two_ways(xs):
    """A name and an attribute that come to stand for one object, and are swapped."""
    swarm = Swarm([Particle(x, 0.3) for x in xs])
    other = swarm.particles[-1]
    for k in range(3):
        if swarm.best.x < other.x:
            swarm.best, other = other, swarm.best
        other.x += 0.5 * swarm.best.v
        swarm.best.v -= 0.2 * other.x
        if k == 1:
            other = swarm.best
    return told(swarm.particles) + swarm.best.x * other.v


def keep_if(pair, particle, c):
    if c > 0:
        pair["kept"] = particle


def keep_through(pair, particle, c):
    keep_if(pair, particle, c)


def keep_first(pair, particles):
    pair["kept"] = particles[0]


@program(draw, orders=2)
def kept_by_functions(xs):
    particles = [Particle(x, 0.1) for x in xs]
    single, pair = Particle(xs[0], 0.3), {"kept": Particle(2 * xs[1], 0.2)}
    keep_through(pair, single, xs[0])
    single.x = 3.0 * xs[1]
    total = pair["kept"].x
    keep_first(pair, particles)
    particles[0].x *= 2.0 * xs[1]
    pair["kept"].v += single.x
    return total * pair["kept"].x + told(particles)


@program(draw, orders=2)
def items_by_a_method(xs):
    """``swarm[k]`` is a call of ``__getitem__``."""
    swarm = Swarm([Particle(x, 0.1) for x in xs])
    for k in range(len(xs)):
        swarm[k].x += 0.5 * xs[0]
        swarm[k].v *= swarm[0].x
    last = swarm[-1]
    last.x *= swarm.particles[0].v
    swarm[0].move(last)
    swarm.best.x -= last.v
    return told(swarm.particles) + swarm[0].cost()


class Tie:
    def __init__(self, end):
        self.end = end


def pushed(first, second, ties, k):
    for p in first:
        p.x += k
    for p in second:
        p.x *= 2.0
    for tie in ties:
        tie.end.x += 0.5 * k * tie.end.v
    return sum(tie.end.x for tie in ties)


@program(draw, orders=2)
def lists_in_another_order(xs):
    """A function for which the third argument leads to the first one, then to the second one."""
    one, other = [Particle(x, 0.3) for x in xs], [Particle(x * x, 0.2) for x in xs]
    ties = []
    for p in one:
        ties.append(Tie(p))
    total = pushed(one, other, ties, xs[0])
    total += 3.0 * pushed(other, one, ties, xs[1])
    return total + told(one) + told(other)


def lowest_and_last(particles):
    best = particles[0]
    for p in particles:
        p.v += 0.1 * best.x
        if p.x < best.x:
            best = p
    return best, particles[-1]


@program(draw, orders=2)
def items_that_functions_give(xs):
    one, other = [Particle(x, 0.3) for x in xs], [Particle(x * x, 0.2) for x in xs]
    low, last = lowest_and_last(one)
    low.x *= 2.0
    last.x *= low.x
    least, end = lowest_and_last(other)
    least.v += last.x
    low, least = least, low
    low.x *= least.v
    end.x += low.v
    return told(one) + told(other)


class Job:
    def __init__(self, cost, need):
        self.cost, self.need, self.done = cost, need, 0.0


@program(draw, orders=2)
def jobs_in_a_heap(xs):
    """Jobs are the last items of tuples, and not compared."""
    jobs = [Job(abs(x) + 0.1, x) for x in xs]
    waiting = []
    for k, job in enumerate(jobs):
        heapq.heappush(waiting, (job.cost, k, job))
    clock = 0.0
    while waiting:
        cost, _, job = heapq.heappop(waiting)
        clock += cost
        job.done = clock * clock
        job.need *= 0.5 * clock
    return sum(job.done * job.cost + job.need for job in jobs)


@dataclasses.dataclass
class Mark:
    at: object
    count: int


def marked(particles, mark):
    for p in particles:
        p.v *= mark.at.x
        if p.x < mark.at.x:
            mark.at = p
            mark.count += 1


@program(draw, orders=2)
def copies_of_what_is_kept(xs):
    swarm = Swarm([Particle(x, 0.3) for x in xs])
    for p in swarm.particles:
        p.v *= swarm.best.x
        if p.x < swarm.best.x:
            swarm.best = p
    deep, same = copy.deepcopy(swarm), copy.copy(swarm)
    deep.best.x += 1.0
    same.best.v *= 2.0
    same.best = swarm.particles[0]
    same.best.x *= 1.5
    total = told(swarm.particles) + 2.0 * told(deep.particles) + deep.best.v * same.best.x
    return total + swarm.best.x


@program(draw, orders=2)
def kept_by_dataclasses(xs):
    particles, mark = [Particle(x, 0.2) for x in xs], Mark(None, 0)
    mark.at = particles[0]
    marked(particles, mark)
    other = dataclasses.replace(mark, count=0)
    other.at.x += 0.5
    match mark:
        case Mark(at=Particle(x=x), count=count):
            total = x * count
        case _:
            total = xs[0]
    if other.at is particles[1] or mark == other:
        total *= 2.0
    return total + told(particles) + mark.at.v * other.at.x


@program(draw, orders=2)
def copied_with_their_list(xs):
    """Objects that are items of a list in what is copied along are items of the copy of that."""
    swarm, other = Swarm([Particle(x, 0.3) for x in xs]), Swarm([Particle(x * x, 0.1) for x in xs])
    swarm.best = swarm.particles[-1]
    for k in range(len(xs)):
        if xs[k] > 0.2:
            other.best = other.particles[k]
    one, two = copy.deepcopy(swarm), copy.deepcopy(other)
    one.best.x += 0.3
    one.particles[0].v *= swarm.best.x
    two.particles[-1].x += one.best.x
    two.particles[0].x *= 2.0
    swarm.particles[0].v += two.best.x
    return told(one.particles) + told(swarm.particles) + told(two.particles) + told(other.particles)
