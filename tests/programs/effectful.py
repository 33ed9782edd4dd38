"""Programs whose effects on the world outside the tests watch."""

import logging
import random
import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

RNG = np.random.default_rng(0)
LOG = logging.getLogger("tests.programs.effectful")


def gamble(x, rng):
    """Draws in a condition, in a branch, in a called function, and of parameters."""

    def noise(v):
        return v * rng.normal(v, 1.0)

    s = 0.0
    while rng.random() < 0.9:
        k = rng.integers(len(x))
        s = s + noise(x[k]) if rng.random() < 0.5 else s * rng.uniform(0.5, 1.5)
        x = rng.permutation(x)
    return s * np.sum(rng.choice(x, 3))


def captured(x):
    return np.sum(x * RNG.normal(size=x.shape)) * RNG.random()


def of_python(x, rng):
    return x * rng.gauss(x, 1.0) + rng.choice([x, x * x])


def unused(x, rng):
    """Nothing of the draws reaches the result."""
    e = rng.normal(size=3)
    y = e * x[0]
    rng.shuffle(y)
    return np.sum(x * x)


def told(x):
    """Effects of all sorts, one after the other."""
    print("begin")
    for i in range(2):
        LOG.info("pass %d: %s", i, x)
        warnings.warn(f"warned of {i}", stacklevel=1)
        x = x * x
        print("end of", i)
    return np.sum(x)


@contextmanager
def telling(what):
    print("in", what)
    try:
        yield what
    except IndexError as error:
        print("caught", error)
    else:
        print("well")
    finally:
        print("finally")
    print("out")


@dataclass
class Telling:
    what: str

    def __enter__(self):
        print("enter", self.what)
        return self

    def __exit__(self, kind, error, traceback):
        print("exit", self.what, "well" if kind is None else error)
        return error is not None


def told_by_managers(x):
    """Whichever way statements are left, in order."""
    s = 0.0
    for i in range(4):
        with telling("a") as a, Telling("b"):
            if x[0] > i + 3:
                continue
            with Telling(a):
                s = s + x[i] * x[i]
            if i == 1:
                s = s + x[i + 1]
        print("behind", i)
    with telling("c"):
        return s * x[2]
    return s


def told_in_turns(x, n):
    """Mutual recursion, of which one half has an effect."""
    return x * _silent(x, n - 1)


def _silent(x, n):
    return x if n <= 0 else x * _loud(x, n - 1)


def _loud(x, n):
    LOG.info("%d", n)
    return x if n <= 0 else x + _silent(x, n - 1)


def negative_scale(x, rng):
    return rng.normal(x, -x * x)


def inverted_range(x, rng):
    return rng.uniform(x + 1.0, x)


def seeded(x):
    random.seed(5)
    np.random.seed(5)
    return x * random.random() * np.random.rand()


def annotated(x: float, rng: np.random.Generator) -> float:
    return x * rng.normal(x, 1.0)


@dataclass
class Model:
    w: np.ndarray
    rng: np.random.Generator

    def noise(self):
        return self.rng.normal(size=self.w.shape)


def noisy(model, x):
    return np.sum((model.w + model.noise()) ** 2 * x)
