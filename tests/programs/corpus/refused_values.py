"""Names, constants, attributes and records that are refused."""

import dataclasses
import enum
import math
import sys
import types
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


def vector(rng, n):
    return (rng.normal(size=n),)


@refused("module 'math' has no attribute 'sinn'", "math.sinn", number, hint="check the name")
def misspelled_function(x):
    return math.sinn(x)  # refused


SETTINGS = types.ModuleType("settings")
SETTINGS.__getattr__ = lambda name: 2.0


@refused("'scale' is computed by 'settings' each time it is read", "SETTINGS.scale", number,
         hint="read it once, outside: scale = SETTINGS.scale")  # fmt: skip
def computed_attribute_of_module(x):
    return x * SETTINGS.scale  # refused


@refused("constants of type bytes are not supported", 'b"x"', number, hint="write a string")
def bytes_as_constant(x):
    return {b"x": x}[b"x"]  # refused


@refused("computed format specifications", 'f"{x:{width}}"', lambda rng, n: (1.5, 8),
         hint="write width and precision as numbers")  # fmt: skip
def computed_width(x, width):
    print(f"{x:{width}}")  # refused
    return x


@refused("%d shows no float64[:] here", '"%d" % x', lambda rng, n: (rng.normal(size=n),),
         hint="write %s, or an f-string")  # fmt: skip
def array_as_digits(x):
    print("%d" % x)  # refused
    return np.sum(x)


@refused("% fails: there are too few values", '"%s %s" % x', number, hint="give it what it takes")
def too_few_for_a_text(x):
    print("%s %s" % x)  # refused
    return x


@refused("the field {0[a]} of a format", '"{0[a]}".format(p)', lambda rng, n: ({"a": 1.5},),
         hint="write an f-string")  # fmt: skip
def looked_up_by_a_format(p):
    print("{0[a]}".format(p))  # refused
    return p["a"]


@dataclass
class Point:
    x: float
    y: float = 0.0


class Range(NamedTuple):
    low: float
    high: float


def point(rng, n):
    return (Point(1.5, 0.5),)


def ends(rng, n):
    return (Range(0.5, 1.5),)


@refused("only dicts can be unpacked here", "r", ends, hint="write its items out")
def record_unpacked_into_dict(r):
    return {**r}["low"]  # refused


class Colour(enum.Enum):
    RED = 1


@refused("attribute 'mix' of", "Colour.mix", number, hint="pass what it holds as an argument")
def attribute_of_a_class(x):
    return x * Colour.mix  # refused


@refused("'flags' has a value from outside that is not supported", "sys.flags", number,
         hint="convert it outside")  # fmt: skip
def attribute_of_odd_tuple(x):
    return x * sys.flags.verbose  # refused


@refused("attribute 'nbytes' of float64[:]", "x.nbytes", vector,
         hint="read it outside of the function")  # fmt: skip
def attribute_of_array(x):
    return np.sum(x) * x.nbytes  # refused


class Lazy:
    def __getattr__(self, name):
        return 2.0


@refused("attribute 'scale' of a Lazy", "lazy.scale", lambda rng, n: (Lazy(), 1.5), wrt=(1,),
         hint="read fields, methods and properties")  # fmt: skip
def attribute_of_record(lazy, x):
    return x * lazy.scale  # refused


@refused("Point takes 2 fields, not 3", "Point(x, x, x)", number, hint="its fields are x, y")
def too_many_fields(x):
    return Point(x, x, x).x  # refused


@refused("field 'x' of Point is given twice", "Point(x, x=x)", number, hint="by position or by name")
def field_given_twice(x):
    return Point(x, x=x).x  # refused


@refused("dataclasses.replace takes one dataclass", "dataclasses.replace(r, low=0.0)", ends,
         hint="p._replace(field=value)")  # fmt: skip
def replace_in_named_tuple(r):
    return dataclasses.replace(r, low=0.0).high  # refused


@refused("factories for the containers", "dataclasses.asdict(p, dict_factory=dict)", point,
         hint="convert the dict")  # fmt: skip
def dict_made_by_factory(p):
    return dataclasses.asdict(p, dict_factory=dict)["x"]  # refused


@refused("a Range is no dataclass", "dataclasses.asdict(r)", ends, hint="write _asdict()")
def named_tuple_as_dataclass(r):
    return dataclasses.asdict(r)["low"]  # refused


# ---- names


@refused("'f' is set in one branch only", "f", number, hint="set it in both branches")
def function_set_in_one_branch(x):
    if x > 1:
        f = lambda v: v * x
    return f(x)  # refused


@refused("a tuple where a number or array is needed", "-(x, x)", number,
         hint="give a number or array")  # fmt: skip
def negated_tuple(x):
    return (-(x, x))[0]  # refused


@refused("a range cannot be a condition", "range(3)", number, hint="write a comparison")
def range_as_condition(x):
    return x if range(3) else 2 * x  # refused


@refused("Starred expressions are not supported", "*place", lambda rng, n: (rng.normal(size=(n, n)), 1),
         hint="in other words", any_mode=False)  # fmt: skip
def starred_index(x, k):
    place = (k, k)
    return x[*place]  # refused
