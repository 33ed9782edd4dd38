"""Programs whose effects on the world outside the tests watch."""

import logging
import random
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

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


class Seen(NamedTuple):
    x: float
    y: float


class Named:
    def __init__(self, x):
        self.x = x

    def __str__(self):
        return f"named {self.x:.3f}"


def described(x, v, n):
    """Texts of all sorts, of numbers, arrays, containers and objects."""
    digits = 3
    print(v.shape, [1, x], (x, v), (x,), {"a": x, 3: "t"}, v.dtype, None, True, [], (), {})
    print("a", x, sep=",", end="!\n", flush=True)
    d, p, o = Telling([x, "s"]), Seen(x, 2.0), Named(x)
    print(d, p, o, f"{d} {p!r} {o} {o!s} {[d]}", sep="; ")
    s = "x = " + str(x) + ", v = " + str(v) + ": " + "-" * 10 + 2 * "="
    print(s, len("ab" + "c"), f"{x:.{digits}f} {n:{digits}d}|{'abc':>{5}}")
    print("%d %s %5.2f|%-8.3e|%r|%+d %05d %i%% %s" % (n, "txt", x, x, "q", n, n, x, v.shape))
    print("%.3f" % x, "%s" % v, "%(a)s %(b)d" % {"a": x, "b": n}, "%8s|%-8s|%.2s" % (x, n, "xyz"))
    print("{} {:.2f} {}".format(n, x, v), "{1} {0!r:>8} {name}".format("a", x, name=n))
    print(", ".join(["p", str(x), f"{n}"]), "Relu".lower(), "a b".split(), "abc".upper().rjust(6, "."))
    log = ""
    for k in range(3):
        log += f"{k}:{x * k:.1f} "
        log = log + "|"
    print(log, [x * k for k in range(n)], str([1.0, x]), repr((v, 1)), str(True), 'it\'s "%s"' % x)
    print(f"{x=} {v.shape=} {(x, n)} {{}} {[d]}", f"{n:>6}" f"{x!r}", f"{str(x)}", ascii("é"), str())
    if str(n) == "3" and "sig" + "moid" == "sigmoid":
        x = x * 2
    return np.sum(v) * x


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
