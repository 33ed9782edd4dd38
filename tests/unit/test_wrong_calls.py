"""Wrong calls of the public functions: each is an error that says what to give instead."""

from __future__ import annotations

import array
import datetime
import decimal
import functools
import math
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import pullback
from pullback import check_grads, grad, jvp, value_and_grad, vjp
from tests.unit.wrong_functions import Called, Plain, asynchronous, generator, square

with warnings.catch_warnings():
    warnings.simplefilter("ignore", PendingDeprecationWarning)  # of the class itself
    MATRIX = np.matrix([[1.0]])

# What is no Python function, and a part of what is said.
NO_FUNCTIONS: dict[str, tuple[Any, str]] = {
    "builtin": (len, "give one that calls it, lambda x: len(x)"),
    "of math": (math.sin, "give one that calls it, lambda x: sin(x)"),
    "operator": (operator.add, "give one that calls it"),
    "ufunc": (np.sin, "give one that calls it"),
    "of NumPy": (np.sum, "give one that calls it"),
    "vectorised": (np.vectorize(square), "give one that calls it"),
    "cached": (functools.lru_cache(square), "give one that calls it"),
    "partial": (functools.partial(max, 1.0), "write a lambda instead"),
    "class": (Called, "give one that makes an object and uses it"),
    "static method": (staticmethod(square), "decorate the other way round"),
    "primitive": (pullback.primitive(np.sort), "give one that calls it"),
    "module": (np, "give the function itself"),
    "string": ("square", "give the function itself"),
    "number": (3, "give the function itself"),
    "generator object": (generator(1.0), "give one that returns a number"),
    "async": (asynchronous, "write it with def or lambda"),
    "generator": (generator, "gives no value"),
    "of a string": (eval("lambda x: x"), "define it in a file or a notebook cell"),
}
TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "grad": lambda f: grad(f)(1.5),
    "value_and_grad": lambda f: value_and_grad(f)(1.5),
    "vjp": lambda f: vjp(f, 1.5),
    "jvp": lambda f: jvp(f, (1.5,), (1.0,)),
    "jacobian": lambda f: pullback.jacobian(f)(1.5),
    "hessian": lambda f: pullback.hessian(f)(1.5),
    "hvp": lambda f: pullback.hvp(f, (1.5,), (1.0,)),
    "check_grads": lambda f: check_grads(f, 1.5),
}


@pytest.mark.parametrize("call", TRANSFORMS.values(), ids=TRANSFORMS)
@pytest.mark.parametrize(("given", "told"), NO_FUNCTIONS.values(), ids=NO_FUNCTIONS)
def test_no_functions(given: Any, told: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises((pullback.ArgumentError, pullback.SourceError)) as caught:
        call(given)
    assert told in str(caught.value)


class Column:
    """What looks like a column of a data frame."""

    def to_numpy(self, dtype: Any = None) -> Any:
        return np.ones(3)


class Tensor:
    """What looks like a tensor of another library: its class is none of Python's making."""

    __module__ = "torch"
    __slots__ = ("data",)


GIVE = "give floats, plain NumPy arrays, or"
VALUES: dict[str, tuple[Any, str]] = {
    "None": (None, "is None, which has no gradient: name another one in argnums"),
    "string": ("a", "is a str, which has no gradient"),
    "function": (square, "is a function, which has no gradient"),
    "class": (float, "is a type, which has no gradient"),
    "generator of numbers": (np.random.default_rng(0), "is a Generator, which has no gradient"),
    "array of objects": (np.array([1, None], object), "give an array of numbers, x.astype(float)"),
    "array of strings": (np.array(["a"]), "give an array of numbers"),
    "array of dates": (np.array(["2020"], "M8[D]"), "give an array of numbers"),
    "records": (np.zeros(2, [("a", float)]), "give its fields as arrays of their own, x['a']"),
    "integers": (np.arange(3), "make it an array of floats"),
    "bools": (np.ones(3, bool), "make it an array of floats"),
    "masked": (np.ma.array([1.0]), "give its data, x.filled(0.0), and the mask"),
    "matrix": (MATRIX, "give a plain array, np.asarray(x)"),
    "subclass": (np.ones(3).view(np.recarray), "give a plain array, np.asarray(x)"),
    "float of a class": (type("F", (float,), {})(1.0), "give float(x)"),
    "column": (Column(), "give its values, x.to_numpy(dtype=float)"),
    "sparse": (scipy.sparse.eye(2), GIVE),
    "bytes": (b"a", GIVE),
    "set": ({1.0}, GIVE),
    "range": (range(3), "give its start, stop and step"),
    "generator": (generator(1.0), GIVE),
    "decimal": (decimal.Decimal(1), GIVE),
    "date": (datetime.datetime(2020, 1, 1), GIVE),
    "array of Python": (array.array("d", [1.0]), GIVE),
    "ellipsis": (..., GIVE),
    "ragged": ([[1.0], [1.0, 2.0]], "or use an array"),
    "nested": ([1.0, [2.0]], "give a number or array"),
    "dict": ({"a": 1.0}, "give a number or array"),
    "object": (Plain(), "give a number or array"),
}


@pytest.mark.parametrize(("value", "told"), VALUES.values(), ids=VALUES)
def test_values(value: Any, told: str) -> None:
    with pytest.raises((pullback.ArgumentError, pullback.SourceError)) as caught:
        grad(square)(value)
    assert told in str(caught.value)


def test_other_libraries() -> None:
    """A class of a compiled library, which is none of the exact types."""
    with pytest.raises((pullback.ArgumentError, pullback.SourceError)):
        grad(square)(Tensor())


OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "argnums too high": ({"argnums": 5}, "square has no argument 5: it has x"),
    "argnums too low": ({"argnums": -3}, "square has no argument -3: it has x"),
    "unknown name": ({"argnums": "y"}, "square has no argument 'y': it has x"),
    "float argnums": ({"argnums": 1.0}, "argnums must be an int, a name, or a tuple of them"),
    "list of argnums": ({"argnums": [0]}, "argnums must be an int, a name, or a tuple of them"),
    "bool argnums": ({"argnums": True}, "argnums must be"),
    "no argnums": ({"argnums": ()}, "argnums must be"),
    "level": ({"optimize": 3}, "optimize is 0, 1 or 2, not 3"),
    "backend": ({"backend": "jax"}, "no backend 'jax': there are numpy, numba"),
    "pass": ({"without": ("x",)}, "no pass 'x': there are"),
    "one pass": ({"without": "fold"}, "without is a tuple of names, such as ('fold',)"),
    "no pair": ({"has_aux": True}, "return value, aux"),
}


@pytest.mark.parametrize("transform", [grad, value_and_grad])
@pytest.mark.parametrize(("options", "told"), OPTIONS.values(), ids=OPTIONS)
def test_options(transform: Any, options: dict[str, Any], told: str) -> None:
    with pytest.raises((pullback.ArgumentError, pullback.SourceError)) as caught:
        transform(square, **options)(1.5)
    assert told in str(caught.value)


CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "grad of a value": (lambda: grad(square, 1.5), "argnums must be"),
    "grad(None)": (lambda: grad(None)(1.5), "give the function itself"),
    "large result": (lambda: grad(lambda x: x * x)(np.ones(3)), "use jacobian"),
    "no tuples": (lambda: jvp(square, 1.0, 1.0), "write jvp(f, (x,), (v,))"),
    "tangents": (lambda: jvp(square, (1.0,), (1.0, 2.0)), "do not have the form of the primals"),
    "keywords": (lambda: vjp(square, 1.0, keywords=3), "keywords is a dict of arguments by name"),
    "missing": (lambda: vjp(square), "needs an argument 'x'"),
    "cotangent of text": (lambda: vjp(square, 1.0)[1]("a"), "a cotangent of type str: give numbers"),
    "no cotangent": (lambda: vjp(square, 1.0)[1](None), "a cotangent of type NoneType: give numbers"),
    "order": (lambda: check_grads(square, 1.0, order=0), "order is 1, 2, 3 or more"),
    "modes": (lambda: check_grads(square, 1.0, modes=("up",)), "modes are 'fwd' and 'rev'"),
}


@pytest.mark.parametrize(("call", "told"), CALLS.values(), ids=CALLS)
def test_calls(call: Callable[[], Any], told: str) -> None:
    with pytest.raises((pullback.ArgumentError, pullback.SourceError)) as caught:
        call()
    assert told in str(caught.value)


@pytest.mark.parametrize("args", [(), (1.0, 2.0)])
def test_numbers_of_arguments(args: tuple[Any, ...]) -> None:
    """As the function itself says it."""
    with pytest.raises(TypeError):
        square(*args)
    with pytest.raises(TypeError):
        grad(square)(*args)
