"""Patterns and statements that must be refused."""

import dataclasses

import numpy as np

from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


@refused("'a' is captured in one of several patterns", "(0.0, a)", number, hint="a case for each")
def capture_of_an_alternative(x):
    match (x, 2.0):
        case (0.0, a) | (a, 3.0):  # refused
            return a
    return x


@refused("a pattern looks into a list whose length only a run tells", "[1.0, *rest]",
         lambda rng, n: ([1.0, 2.0],), hint="compare its length")  # fmt: skip
def pattern_of_a_list(values):
    match values:
        case [1.0, *rest]:  # refused
            return rest[0]
    return values[0]


@dataclasses.dataclass
class Named:
    a: object
    b: object = dataclasses.field(default=0.0, kw_only=True)


@refused("the pattern has more positions than Named tells", "Named(a, b)",
         lambda rng, n: (Named(1.5, b=0.5),), hint="name the fields")  # fmt: skip
def positions_of_a_class(record):
    match record:
        case Named(a, b):  # refused
            return a * b
    return np.pi
