"""The table against autograd and JAX: each row's calls with the peer's NumPy and SciPy in their place.

A peer has a function if it takes the call. Calls are those that the systematic tests make: of
elementwise rows at points of their domain, the examples of all others, and the special points, all as
real numbers and, where the row takes them, as complex ones. Compared are pullbacks of random cotangents.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import autograd
import autograd.numpy
import autograd.scipy.special
import jax
import jax.numpy
import jax.scipy.special
import numpy as np

import pullback
from pullback.rules.fields import TAKE_COMPLEX
from pullback.testing import battery
from tests.programs import checks
from tests.rules import test_complex, test_kinks, test_scipy, test_table
from tests.rules.examples.registry import Example

Args = tuple[Any, ...]
AGREES, DIFFERS, OTHER_VALUE = VERDICTS = ("agrees", "differs", "another value")
MODULES = {
    "autograd": {"np": autograd.numpy, "scipy": autograd.scipy},
    "JAX": {"np": jax.numpy, "scipy": jax.scipy},
}


@dataclass(frozen=True, eq=False)
class Case:
    """A call of a row: its function, arguments, and whether it rounds to single precision."""

    row: str
    call: str
    function: Callable[..., Any]
    args: Args
    single: bool = False
    of_complex: bool = False

    @property
    def name(self) -> str:
        return self.call + " of complex numbers" * self.of_complex


def cases() -> Iterator[Case]:
    yield from elementwise_cases()
    for example in test_table.EXAMPLES:
        yield from example_cases(example)
    for row in test_scipy.ELEMENTWISE:
        subject = test_scipy.SUBJECTS[test_scipy.identifier(row.name)]
        yield Case(row.name, row.name, subject.function, test_scipy.drawn(row))
    for name, k in test_scipy.EVERY:
        subject, args = test_scipy.subject_of((name, k))
        yield Case(name, f"{name}_{k}", subject.function, args)


def elementwise_cases() -> Iterator[Case]:
    for row in test_table.OF_ARRAYS:
        args = test_table.draw(row, ((2, 3), (3,), ())[: len(row.domain)])
        yield Case(row.name, row.name, test_table.SUBJECTS[row.name].function, args)
    for row in test_complex.OF_ARRAYS:
        args = test_complex.drawn(row, ((2, 3), (3,))[: test_complex.count(row)])
        function = test_complex.SUBJECTS[row.name].function
        yield Case(row.name, row.name, function, args, of_complex=True)


def example_cases(example: Example) -> Iterator[Case]:
    rng = battery.rng_of(example.name)
    args = example.inputs(rng)
    yield Case(example.row, example.name, example.function, args, example.single)
    args = test_complex.made_complex(args, rng)
    if example.row in TAKE_COMPLEX and not test_complex.refused(example, args):
        yield Case(example.row, example.name, example.function, args, example.single, True)


def special_points() -> Iterator[Case]:
    for name, (_, args, _) in test_kinks.POINTS.items():
        yield Case(name, name, test_kinks.KINKS[name].function, args)


# ---- what each makes of a call


def with_modules(function: Any, modules: dict[str, Any]) -> Any:
    """The same function with another NumPy and SciPy, and so the functions beside it that it calls."""
    names = dict(function.__globals__) | modules
    for name, f in function.__globals__.items():
        if isinstance(f, types.FunctionType) and f.__globals__ is function.__globals__:
            names[name] = types.FunctionType(f.__code__, names, name, f.__defaults__, f.__closure__)
    return types.FunctionType(function.__code__, names, function.__name__, function.__defaults__)


def active(args: Args) -> list[int]:
    return [k for k, a in enumerate(args) if checks.is_active(a)]


def ours(case: Case, cotangent: Any) -> list[Any]:
    _, pull = pullback.vjp(case.function, *checks.fresh(case.args))
    return [pull(cotangent)[k] for k in active(case.args)]


def of_autograd(case: Case, cotangent: Any) -> tuple[Any, list[Any]]:
    function, found, value = with_modules(case.function, MODULES["autograd"]), [], None
    for k in active(case.args):
        pull, value = autograd.make_vjp(function, k)(*checks.fresh(case.args))
        found.append(pull(cotangent))
    return value, found


def of_jax(case: Case, cotangent: Any) -> tuple[Any, list[Any]]:
    function, places = with_modules(case.function, MODULES["JAX"]), active(case.args)

    def varied(*xs: Any) -> Any:
        given = list(case.args)
        for k, x in zip(places, xs, strict=True):
            given[k] = x
        return function(*given)

    value, pull = jax.vjp(varied, *(jax.numpy.asarray(case.args[k]) for k in places))
    return value, list(pull(jax.tree.map(jax.numpy.asarray, cotangent)))


THEIRS = {"autograd": of_autograd, "JAX": of_jax}


def compared(case: Case, peer: str) -> str:
    """Whether a peer agrees on a call, what is different, or that it does not take the call."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected = case.function(*checks.fresh(case.args))
        cotangent = battery.random_like(battery.rng_of(case.name, 2), expected)
        try:
            value, theirs = THEIRS[peer](case, cotangent)
        except Exception as error:
            return f"not taken: {type(error).__name__}: {error}"
        if any(np.asarray(leaf).dtype == object for leaf in jax.tree.leaves(value)):
            return "not taken: an array of objects"
        rtol = 2e-3 if case.single or checks.is_single(case.args, expected) else 1e-9
        if not close(value, expected, rtol):
            return OTHER_VALUE
        return AGREES if close(theirs, ours(case, cotangent), rtol) else DIFFERS


def close(found: Any, expected: Any, rtol: float) -> bool:
    if isinstance(expected, tuple | list):
        return len(found) == len(expected) and all(
            close(f, e, rtol) for f, e in zip(found, expected, strict=True)
        )
    if isinstance(expected, dict):
        return all(close(found[k], expected[k], rtol) for k in expected)
    same_shape = np.shape(found) == np.shape(expected)
    return same_shape and bool(np.allclose(found, expected, rtol=rtol, atol=rtol, equal_nan=True))
