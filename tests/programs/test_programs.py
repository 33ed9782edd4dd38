"""Each program of the corpus, crossed with mode and level of optimisation."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import tree
from tests.programs import checks
from tests.programs.registry import PROGRAMS, Program, by_turns

LEVELS = (0, 1, 2)
everywhere = pytest.mark.parametrize("level", LEVELS, ids=lambda n: f"O{n}")


def crossed(
    programs: Iterable[Program], levels: Iterable[int] = LEVELS, every: tuple[int, int, int] = (3, 3, 1)
) -> pytest.MarkDecorator:
    """Every program at the levels, by default one in so many at each. All tests take the same ones, for
    they share what was compiled: one in three is met at the lowest level, others between, where no pass
    runs that does not at the highest."""
    chosen = set(programs)
    cases = [
        pytest.param(case.values[0], level, marks=case.marks, id=f"O{level}-{case.id}")
        for level in levels
        for case in by_turns(PROGRAMS.values(), every[level], level)
        if case.values[0] in chosen
    ]
    return pytest.mark.parametrize(("program", "level"), cases)


# Joint derivatives are met with every other program, and split ones with all.
JOINT = (6, 6, 2)
SCALAR = [p for p in PROGRAMS.values() if p.has_gradient]


@functools.lru_cache(maxsize=8)
def derivative(program: Program, mode: str, level: int) -> Any:
    """One object for all tests, so that later calls meet what earlier ones compiled."""
    transform = {"grad": pullback.grad, "value_and_grad": pullback.value_and_grad}[mode]
    return transform(program.function, program.argnums, optimize=level)


def every_input(program: Program, floats: bool = False) -> list[tuple[Any, ...]]:
    """Drawn arguments of all sizes, and those of the points.

    ``grad`` takes a Python int that ``argnums`` names as a float; for vjp and jvp, which have no
    argnums, ``floats`` makes it one.
    """
    drawn = [program.arguments(size) for size in program.sizes]
    drawn += [checks.fresh(args) for args, _ in program.points]
    return [with_floats(program, args) for args in drawn] if floats else drawn


def with_floats(program: Program, args: tuple[Any, ...]) -> tuple[Any, ...]:
    wrt = program.argnums
    return tuple(float(a) if type(a) is int and k in wrt else a for k, a in enumerate(args))


def tolerance(program: Program) -> float:
    """How far two ways to compute one derivative may be apart."""
    return 1e-4 if program.single else 1e-10


def chosen(program: Program, trees: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(trees[k] for k in program.argnums)


def reverse(program: Program, args: tuple[Any, ...], level: int) -> tuple[Any, Any, Any]:
    """The value, a random cotangent and its pullback to the chosen arguments."""
    value, pull = pullback.vjp(program.function, *args, optimize=level)
    cotangent = tree.mapped(checks.normals(program.rng(1)), value)
    return value, cotangent, chosen(program, pull(cotangent))


@crossed(SCALAR, every=JOINT)
def test_gradient(program: Program, level: int) -> None:
    """value_and_grad: value, form, the caller's data."""
    for args in every_input(program):
        given = checks.fresh(args)
        expected = program.function(*checks.fresh(args))
        value, gradient = derivative(program, "value_and_grad", level)(*args)
        checks.identical(args, given, f"the arguments of {program}")
        checks.same_value(value, expected, program)
        floats = chosen(program, with_floats(program, args))
        checks.like_argument(gradient, floats, f"the gradient of {program}")
        checks.owned(gradient, args, f"the gradient of {program}")


@crossed(SCALAR, every=(6, 6, 6))
def test_gradient_alone(program: Program, level: int) -> None:
    """grad says what value_and_grad does, at later calls as well."""
    for args in every_input(program):
        _, gradient = derivative(program, "value_and_grad", level)(*args)
        alone = derivative(program, "grad", level)(*args)
        checks.close(alone, gradient, f"grad against value_and_grad of {program}", 1e-14)
        again = derivative(program, "grad", level)(*args)
        checks.identical(again, alone, f"the second gradient of {program}")


@crossed(PROGRAMS.values())
def test_pullback(program: Program, level: int) -> None:
    """vjp: value, form, two calls of one pullback, memory of its own."""
    for args in every_input(program, floats=True):
        given = checks.fresh(args)
        expected = program.function(*checks.fresh(args))
        value, pull = pullback.vjp(program.function, *args, optimize=level)
        checks.identical(args, given, f"the arguments of {program}")
        checks.same_value(value, expected, program)
        checks.owned(value, args, f"the value of {program}")
        cotangent = tree.mapped(checks.normals(program.rng(1)), value)
        _overwrite((args, value))
        first = checks.fresh(chosen(program, pull(cotangent)))
        second = chosen(program, pull(cotangent))
        checks.identical(second, first, f"the second pullback of {program}")
        checks.like_argument(second, chosen(program, given), f"the pullback of {program}")
        checks.owned(second, (args, cotangent, value), f"the pullback of {program}")


def _overwrite(args: Any) -> None:
    """What a caller may do to arrays between the two sweeps, to the value as well."""
    for leaf in checks.leaves(args):
        if isinstance(leaf, np.ndarray):
            leaf[...] = 0


@crossed(PROGRAMS.values())
def test_pushforward(program: Program, level: int) -> None:
    """jvp: value, form of the tangent, what it gives at a second call."""
    for args in every_input(program, floats=True):
        given = checks.fresh(args)
        expected = program.function(*checks.fresh(args))
        direction = checks.directions(program.rng(2), args, program.argnums)
        value, tangent = pullback.jvp(program.function, args, direction, optimize=level)
        checks.identical(args, given, f"the arguments of {program}")
        checks.same_value(value, expected, program)
        checks.owned((value, tangent), args, f"value and tangent of {program}")
        checks.like_argument(tangent, value, f"the tangent of {program}")
        again = pullback.jvp(program.function, args, direction, optimize=level)
        checks.identical(again, (value, tangent), f"the second jvp of {program}")


@crossed(PROGRAMS.values())
def test_modes_agree(program: Program, level: int) -> None:
    """The inner product of a random cotangent with a random tangent, from both sides."""
    for args in every_input(program, floats=True):
        direction = checks.directions(program.rng(2), args, program.argnums)
        _, tangent = pullback.jvp(program.function, args, direction, optimize=level)
        _, cotangent, pulled = reverse(program, args, level)
        forward = checks.inner(cotangent, tangent)
        backward = checks.inner(pulled, chosen(program, direction))
        rtol = tolerance(program)
        checks.close(backward, forward, f"reverse against forward mode of {program}", rtol, rtol)


@crossed(SCALAR, every=JOINT)
def test_gradient_is_pullback_of_one(program: Program, level: int) -> None:
    """grad and vjp are compiled apart, joint and split; they say the same."""
    for args in every_input(program, floats=True):
        value, pull = pullback.vjp(program.function, *args, optimize=level)
        pulled = chosen(program, pull(np.ones_like(value)[()] if np.ndim(value) == 0 else
                                      np.ones_like(value)))  # fmt: skip
        _, gradient = derivative(program, "value_and_grad", level)(*args)
        checks.close(gradient, pulled, f"grad against vjp of {program}", tolerance(program))


@crossed(PROGRAMS.values(), LEVELS[:2])
def test_levels_agree(program: Program, level: int) -> None:
    """Passes change no derivative beyond rounding."""
    for args in every_input(program, floats=True):
        _, _, plain = reverse(program, args, level)
        _, _, pulled = reverse(program, args, 2)
        rtol = tolerance(program)
        checks.close(pulled, plain, f"level 2 against {level} of {program}", rtol, rtol)


@pytest.mark.parametrize(
    "program", [p for p in PROGRAMS.values() if p.smooth], ids=lambda p: p.name
)
def test_central_differences(program: Program) -> None:
    """Reverse mode against differences in random directions, argument by argument."""
    for size in program.sizes:
        args = with_floats(program, program.arguments(size))
        _, cotangent, pulled = reverse(program, args, 2)
        for k, gradient in zip(program.argnums, pulled, strict=True):
            direction = checks.directions(program.rng(3 + k), args, (k,))
            expected = checks.difference(program.function, args, direction, cotangent)
            found = checks.inner(gradient, direction[k])
            checks.close(found, expected, f"argument {k} of {program}", 1e-5, 1e-6)


@pytest.mark.parametrize(
    "program", [p for p in PROGRAMS.values() if p.points], ids=lambda p: p.name
)
@everywhere
def test_known_points(program: Program, level: int) -> None:
    """Gradients at kinks, poles and zeros, as the conventions have them."""
    for args, expected in program.points:
        if expected is None:
            continue
        gradient = derivative(program, "grad", level)(*args)
        checks.close(gradient, expected, f"{program} at {args}")


def test_corpus_is_complete() -> None:
    """The corpus holds what later tests count on."""
    assert len(PROGRAMS) >= 180
    assert sum(p.numba for p in PROGRAMS.values()) >= 30
    for name in ("logistic_map", "pendulum", "index_loop"):
        assert PROGRAMS[name].numba
    groups = {p.group for p in PROGRAMS.values() if p.orders >= 3}
    assert groups >= {"loops", "arrays", "recursion"}
    for group in {p.group for p in PROGRAMS.values()}:
        assert importlib.import_module(f"tests.programs.corpus.{group}").__doc__, group
