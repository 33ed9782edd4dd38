"""Functions put items of lists into others, and read what grows around them."""

import numpy as np

from tests.programs.registry import program


class Queue:
    def __init__(self):
        self.jobs = []

    def put(self, job):
        self.jobs.append(job)


def put(jobs, job):
    jobs.append(job)


def taken(job):
    return [job].pop()


@program(lambda rng, n: (rng.normal(size=n),))
def items_put_into_lists_by_functions(x):
    """They are items of both lists."""
    jobs, waiting, queue = [{"size": v, "cost": 0.0} for v in x], [], Queue()
    for job in jobs:
        put(waiting, job)
        queue.put(job)
    waiting[0]["cost"] = x[1] ** 2
    for job in jobs:
        taken(job)["cost"] += job["size"] ** 2
    for job in waiting:
        job["size"] *= 2.0
    queue.jobs[-1]["size"] = x[0] * queue.jobs[0]["cost"]
    return sum(job["size"] * job["cost"] for job in jobs)


class Tasks:
    def __init__(self):
        self.waiting, self.named = [], {}

    def add(self, job):
        self.waiting.append(job)

    def first(self):
        return self.waiting.pop(0)

    def end(self, name, cost):
        self.named.pop(name)["cost"] += cost


@program(lambda rng, n: (rng.normal(size=n),))
def items_taken_out_by_functions(x):
    """They are still items of the list that they come from."""
    jobs, tasks = [{"size": v, "cost": 0.0} for v in x], Tasks()
    for k, job in enumerate(jobs):
        tasks.add(job)
        tasks.named[k] = job
    tasks.first()["size"] *= x[1]
    tasks.named.popitem()[1]["size"] += x[0]
    for k in range(2):
        tasks.end(k, jobs[k]["size"] ** 2)
    return sum(job["size"] * job["cost"] for job in jobs)


@program(lambda rng, n: (rng.normal(size=n),))
def arrays_taken_out_by_functions(x):
    """What a function takes out of a list may be known by other names to those that call it."""
    rows, waiting = [np.array([v, v * v]) for v in x], []

    def last():
        return waiting.pop()

    for row in rows:
        waiting.append(row)
    last()[0] *= x[1]
    last()[1] = x[0] ** 2
    for row in rows:
        taken(row)[1] += x[2]
    return sum(row[0] * row[1] for row in rows)


def passed_on(f):
    def wrapper(*args):
        return f(*args)

    return wrapper


@program(lambda rng, n: (rng.normal(size=n),))
def raises_until_something_is_there(x):
    """What a function calls reads what is an empty list at first, of which that knows nothing itself."""
    values, found = [], None

    @passed_on
    def product(t):
        return t + values[-1] * values[0]

    @passed_on
    def last():
        if found is None:
            raise ValueError("nothing was found yet")
        return found

    total = x[0]
    held = [values]
    for k in range(len(x)):
        if k > 0:
            total = product(total)
        try:
            total += last()
        except ValueError:
            total = total * 2.0 + 1.0
        held[0].append(np.sin(x[k]))
        found = x[k] ** 2
    return total
