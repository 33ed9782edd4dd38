"""Functions of every shape whose source is looked up by test_source."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from math import cos, sin

Scalar = Callable[[float], float]


def doubled(function: Scalar) -> Scalar:
    @wraps(function)
    def wrapper(x: float) -> float:
        return 2 * function(x)

    return wrapper


def kept(function: Scalar) -> Scalar:
    return function


def square(x: float) -> float:
    """A docstring is a constant too."""
    return x * x


@doubled
def wrapped(x: float) -> float:
    return x + 1


@kept
@kept
def decorated(x: float) -> float:
    return x + 2


@(lambda function: function)
def decorated_by_lambda(x: float) -> float:
    return x + 3


def outer(scale: float) -> Scalar:
    def inner(x: float) -> float:
        return scale * x

    return inner


class Model:
    def apply(self, x: float) -> float:
        return self.__hidden(x) + x

    def __hidden(self, x: float) -> float:
        return 3 * x

    class Inner:
        @staticmethod
        def apply(x: float) -> float:
            return 5 * x


@dataclass
class Point:
    x: float


def finally_twice(x: float) -> Scalar:
    """Python 3.11 compiles the body of finally once for each way out."""
    result: Scalar = sin
    try:
        if x > 0:
            return result
    finally:
        result = lambda y: y + x
    return result


def asserting(x: float) -> float:
    assert x > 0, "positive"
    return x


one_line = lambda x: 7 * x

many_lines = lambda x: (
    sin(x)
    + cos(x)
)  # fmt: skip

same_line = (lambda x: x), (lambda x: x), (lambda x: sin(x)), (lambda x: cos(x))

in_lambda = lambda x: lambda y: x * y

with_default = lambda x, g=lambda x: x: g(x)

in_comprehension = [lambda x, k=k: k * x for k in range(3)]
