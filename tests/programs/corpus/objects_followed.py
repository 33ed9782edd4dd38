"""Names that come to stand for one object of a list after another, and change it."""

from tests.programs.registry import program


class Body:
    def __init__(self, x):
        self.x, self.v = x, 0.0

    def pull(self, other):
        self.v += 0.3 * other.x


def bodies_at(xs):
    bodies = []
    for x in xs:
        bodies.append(Body(x))
    return bodies


def told(bodies):
    return sum(b.x * b.x + b.v * b.x + b.v for b in bodies)


def draw(rng, n):
    return (rng.normal(size=n),)


@program(draw, orders=2)
def neighbours_by_name(xs):
    bodies = bodies_at(xs)
    prev = bodies[0]
    for b in bodies[1:]:
        b.x += 0.5 * prev.x
        prev.v += b.x
        prev = b
    prev.v += 1.0
    before = None
    for b in bodies:
        if before is not None:
            before.x *= b.v
            b.v += before.x
        before = b
    one, other = bodies[0], bodies[-1]
    for _ in range(3):
        one.x += 0.5 * other.x
        one, other = other, one
    bodies[0].x *= 1.1
    return told(bodies) + one.x * before.v + prev.x


@program(draw, orders=2)
def best_by_name(xs):
    bodies = bodies_at(xs)
    best, least = None, 1e9
    for b in bodies:
        b.v = b.x**2
        if b.v < least:
            best, least = b, b.v
    best.x *= 2.0
    first = second = None
    for b in bodies:
        if first is None or b.x > first.x:
            first, second = b, first
        elif second is None or b.x > second.x:
            second = b
    first.x -= second.x
    second.v += first.x
    far = (bodies[0], 0.0)
    for b in bodies:
        b.pull(first)
        far = (b, b.x) if abs(b.x) > far[1] else far
    for b in bodies:
        if b is not first:
            b.v += far[0].x
            far[0].x *= 1.1
    side = bodies[1] if xs[0] > 0 else first
    side.pull(best)
    if xs[1] > 0:
        side = bodies[-1]
    side.x *= side.v
    return told(bodies) + far[1] + least


@program(draw, orders=2)
def bodies_known_behind_append(xs):
    bodies, last = [], None
    for x in xs:
        b = Body(x)
        if last is not None:
            b.x += 0.5 * last.x
            last.pull(b)
        bodies.append(b)
        b.v += b.x**2
        last = b
    last.x *= 2.0
    bodies[-1].v += last.x
    return told(bodies) + last.v


class Point:
    def __init__(self, x):
        self.place, self.speed = Body(x), Body(x * x)


def point_at(x):
    point = Point(x)
    point.speed.v = x
    return point


@program(draw)
def points_known_behind_append(xs):
    """What a constructor or a function makes is made where they are called."""
    points = []
    for x in xs:
        p = point_at(x)
        points.append(p)
        p.place.x *= 2.0
        p.speed.v += p.place.x * p.speed.x
    return sum(p.place.x * p.speed.v + p.speed.x for p in points)


class Bank:
    def __init__(self):
        self.accounts = []

    def open(self, x):
        account = Body(x)
        self.accounts.append(account)
        return account

    def over(self, x):
        for account in self.accounts:
            if account.x > x:
                return account
        return None

    def richest(self):
        best = self.accounts[0]
        for account in self.accounts:
            if account.x > best.x:
                best = account
        return best


@program(draw)
def bodies_that_methods_find(xs):
    bank = Bank()
    for x in xs:
        account = bank.open(x)
        account.x += 0.1 * x * x
    rich = bank.richest()
    rich.x *= 0.9
    bank.richest().v += rich.x
    some = bank.over(-0.5)
    if some is not None:
        some.x += rich.v
        rich.v += some.x
    return told(bank.accounts) + rich.x
