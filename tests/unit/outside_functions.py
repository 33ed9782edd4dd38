"""Functions that call what is not compiled, for the tests of such calls."""

import os
import time
from datetime import datetime
from typing import Annotated

import numpy as np
import scipy.special

from pullback import primitive

CALLS = []


def without_source(give):
    """A function that pullback cannot read: it calls it as it is."""
    names = {"CALLS": CALLS, "give": give}
    text = "def called(*args, **keywords):\n    CALLS.append((args, keywords))\n    return give(*args)\n"
    exec(text, names)
    return names["called"]


number = without_source(lambda *args: 2.0)
integer = without_source(lambda *args: 3)
array = without_source(lambda *args: np.arange(3.0))
nothing = without_source(lambda *args: None)
sorter = without_source(lambda x: x.sort())


def order(x):
    s = 0.0
    for k in range(3):
        s = s + x * number("in the loop", k)
    if x > 100:
        nothing("never")
    nothing([1.0, k], key=(None, "text"), where={"a": k})
    return s


def wrong_kind(x):
    return x * array()  # here


def annotated(x):
    a: Annotated[np.ndarray, "f64[n]"] = array()
    n: int = integer()
    return np.sum(a) * x**n


def wrongly_annotated(x):
    a: Annotated[np.ndarray, "f64[n, m]"] = array()  # here
    return np.sum(a) * x


def sorts_its_argument(x):
    a = np.array([3.0, 1.0])
    sorter(a)  # here
    return x * a[0]


def sorts_its_list(x):
    a = [3.0, 1.0]
    sorter(a)  # here
    return x * a[0]


def writes_to_what_it_got(x):
    a: Annotated[np.ndarray, "f64[n]"] = array()
    a[0] = 5.0
    return x * a[0]


def clock(x):
    start = time.perf_counter()
    today = datetime.now()
    if today.year < 2000 or os.environ.get("PULLBACK_NO_SUCH_NAME") is not None:
        return x
    elapsed = time.perf_counter() - start
    return x * x + 0.0 * elapsed


# ---- with rules


def cut_cotangent(g, y, x):
    return (2 * g)[:2]


def cut_tangent(tangents, y, x):
    return (2 * tangents[0])[:2]


def summed_by(function):
    return lambda x: np.sum(function(x))


omega = primitive(scipy.special.wrightomega)


@omega.defpartials
def omega_partials(y, x):
    return y / (1 + y)


half = primitive(lambda x, y: x * y, returns=0)


@half.defpartials
def half_partials(out, x, y):
    return y, None


def of_half(x, y):
    return half(x, y) * 2


def of_library(x):
    return np.sum(scipy.special.wrightomega(x) ** 2)


def tripled(x, by=3.0):
    return x * by


wrongly_tripled = primitive(tripled, returns="x")


@wrongly_tripled.defvjp
def wrongly_tripled_vjp(g, y, x, by):
    return 100 * by * g, x * g


class Unhashable:
    __hash__ = None

    def __call__(self, x):
        return x
