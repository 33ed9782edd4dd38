"""`with` and context managers written in Python: timers, guards, scopes in which something holds."""

import contextlib
import time
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from tests.programs.registry import program


@contextmanager
def timed(what):
    start = time.perf_counter()
    yield start
    print(what, time.perf_counter() - start >= 0)


@dataclass
class Timer:
    what: str
    start: float = 0.0
    elapsed: float = 0.0

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *error):
        self.elapsed = time.perf_counter() - self.start
        print(self.what)

    @contextmanager
    def paused(self, scale):
        old = self.start
        yield scale * 2.0
        self.start = old


@program(lambda rng, n: (rng.normal(size=n), 0.3), wrt=(0, 1), orders=2)
def timed_statements(x, a):
    """Loops are left from within, and what comes behind the statements still runs."""
    s = a
    with timed("all"), Timer("sum") as timer:
        for v in x:
            with timed("pass") as start:
                if v < -0.5:
                    continue
                s += v * v * a
                if s > 3:
                    break
            s = s * (1.0 if start > 0 else 2.0)
        else:
            s = s * x[0]
    with timer.paused(a) as scale:
        y = x * scale
        y[0] = y[1] * s
    return np.sum(y * y) if timer.elapsed >= 0 else s


@contextmanager
def doubled(y):
    """What is written around the statements is seen by them, and afterwards."""
    y *= 2
    with np.errstate(all="ignore"):
        yield y[1:]
    y *= y


def left_early(y, i):
    with doubled(y) as rest:
        if y[i] > 1:
            return y[i] * 3
        rest[i] *= 0.5
    return y[i]


@program(lambda rng, n: (rng.uniform(-1, 1, n),), sizes=(5, 7), orders=2, numba=True)
def written_around(x):
    s = 0.0
    for i in range(3):
        s += left_early(x, i)
    with doubled(x) as rest:
        rest[0] = x[0] * x[2]
    return s + np.sum(x) * 0.01


@dataclass
class Tolerant:
    """It suppresses errors of indices, and counts them."""

    failures: int = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is None:
            return False
        self.failures += 1
        return error is not None


@dataclass
class Telling:
    scale: float

    def __enter__(self):
        return self.scale

    def __exit__(self, kind, error, traceback):
        if error is not None:
            print("failed:", error)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def errors_suppressed(x):
    s = 1.0
    tolerant = Tolerant()
    for i in range(len(x) + 2):
        with tolerant:
            s = s * (1 + x[i] ** 2)
    try:
        with Telling(x[0]) as k:
            s *= k
            s += x[len(x)]
    except IndexError:
        s *= x[1]
    return s * tolerant.failures


@contextmanager
def caught(what, log):
    try:
        yield len(what)
    except IndexError as error:
        print(what, error)
    else:
        log.append(1.0)
    finally:
        log.append(0.5)


@contextmanager
def as_value_error():
    try:
        yield
    except IndexError:
        raise ValueError("no such item") from None


def first_or_second(x, log):
    with caught("first", log):
        return x[len(x)] * x[0]
    with contextlib.suppress(ValueError), as_value_error():
        return x[len(x)]
    return x[1] * x[1]


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), orders=2)
def errors_caught_around(x):
    y = x.copy()
    log = []
    for i in range(len(x) + 2):
        with caught("i", log) as n:
            y[i % 3] *= 1.5
            y[i] += y[i - 1] * x[i] * n
    s = first_or_second(x, log)
    return np.sum(y * y) + s * sum(log)
