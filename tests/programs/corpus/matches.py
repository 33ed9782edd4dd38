"""`match` on numbers, strings, containers and records."""

import dataclasses
import enum
from typing import NamedTuple

import numpy as np

from tests.programs.registry import program


class Kind(enum.Enum):
    SINE = 1
    SQUARE = 2


class Limits:
    UPPER = 3


class Line(NamedTuple):
    slope: object
    offset: object


@dataclasses.dataclass
class Bump:
    height: object
    width: object = 1.0


DEFAULT = Kind.SQUARE


@program(lambda rng, n: (rng.normal(size=n), "cos"))
def match_strings(x, name):
    """Decided while compiling."""
    match name:
        case "sin":
            return np.sum(np.sin(x))
        case "cos" | "cosine":
            y = np.cos(x)
        case _:
            y = x
    match DEFAULT:
        case Kind.SINE:
            return y[0]
        case Kind.SQUARE:
            return np.sum(y * y)


@program(lambda rng, n: (rng.normal(size=n),), orders=3, numba=True)
def match_numbers(x):
    """Literals, alternatives, guards and captures, in a loop with exits."""
    s = 0.0
    for i in range(8):
        match i % 5:
            case 0:
                s += x[0] * x[1]
            case 1 | 2 if s < 0.5:
                s -= x[1] ** 2
            case Limits.UPPER:
                s *= x[2]
                continue
            case k if k * s > 10:
                break
            case k:
                s += k * x[3]
        s += np.sin(s)
    return s


@program(lambda rng, n: (0.7, -1.2), wrt=(0, 1), points=(
    ((0.0, 0.3), None), ((0.0, 2.0), None), ((1.5, 0.3), None),
), numba=True)  # fmt: skip
def match_pairs(x, y):
    """What is captured is bound only where the whole of the pattern fits."""
    b = x * y
    match (x, (y, 1.0)):
        case (0.0, (b, _)) if b > 1:
            return b * b
        case (0.0, (b, 1.0)):
            y = b + 1
        case (a, (2.0, c)):
            return a * c
        case a, [c, *rest] if len(rest) == 1:
            return a * c * rest[0] * b
    return x * y * b


@program(lambda rng, n: ({"kind": "square", "w": rng.normal(size=n), "b": 0.5}, 1.5), wrt=(0, 1))
def match_dicts(p, a):
    match p:
        case {"kind": "linear", "w": w}:
            return np.sum(w) * a
        case {"kind": "square", "w": w, **rest}:
            s = np.sum(w * w) * a
    match rest:
        case {"c": c}:
            return s * c
        case {"b": b}:
            return s * b


@program(lambda rng, n: (Line(0.5, 2.0), Bump(1.5, 0.7), 0.3), wrt=(0, 1, 2))
def match_records(line, bump, x):
    """Classes with positions and names; an `as` for a part."""
    s = 0.0
    for f in (line, bump, x, (x, line)):
        match f:
            case Line(slope, offset=o):
                s += slope * x + o
            case Bump(height=h) as whole:
                s += h * np.exp(-whole.width * x * x)
            case float() as v:
                s += v * v
            case (float(v), Line(slope=m)):
                s += v * m
    return s


@program(lambda rng, n: (rng.normal(size=n), [1.5, 2.5, 0.5]), wrt=(0, 1))
def match_kinds(x, values):
    """Arrays are no sequences; None, True and numbers; lists whose length only a run tells."""
    flag = x[0] > 100
    match x:
        case [a, *_]:
            s = a
        case np.ndarray(shape=(n,)):
            s = np.sum(x) / n
    match bool(flag):
        case True:
            s = s * 2
        case None:
            s = s * 3
        case False:
            s = s * 4
    kept = []
    for v in values:
        if v > 1:
            kept.append(v * s)
    match kept:
        case []:
            return s
        case [v]:
            return v
        case [v, w]:
            return v * w
    return 2 * s


@program(lambda rng, n: (rng.normal(size=n), 0.3), wrt=(0, 1), numba=True)
def match_optional(x, level):
    """The subject is of two kinds."""
    last = None
    s = 0.0
    for v in x:
        match last:
            case None:
                s += v
            case w if w > level:
                s += v * w
            case _:
                s -= v
        last = v * v
    return s
