"""What is checked of every subject: modes against each other, levels, differences, second order."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import pullback
from tests.programs import checks
from tests.rules.generated import Subject

LEVELS = (0, 2)
Tree = Any


def rng_of(name: str, purpose: int = 0) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(name.encode()), purpose])


def random_like(rng: np.random.Generator, value: Tree) -> Tree:
    """Random numbers in the form of a value."""
    return checks.directions(rng, (value,), (0,))[0]


def tolerance(*values: Any) -> float:
    return 2e-4 if checks.is_single(*values) else 1e-9


def first_order(
    function: Callable[..., Any], args: tuple[Any, ...], name: str, *, smooth: bool = True,
    rtol: float = 1e-9, levels: Sequence[int] = LEVELS,
) -> None:  # fmt: skip
    """Value, forward and reverse mode, both levels, differences; arguments stay as they were."""
    what = f"{name} at {args!r}"
    given = checks.fresh(args)
    expected = function(*checks.fresh(args))
    direction = checks.directions(rng_of(name, 1), args, tuple(range(len(args))))
    cotangent = random_like(rng_of(name, 2), expected)
    rtol = max(rtol, tolerance(args, expected))
    found = []
    for level in levels:
        value, pull = pullback.vjp(function, *args, optimize=level)
        checks.identical(value, expected, f"value of {what}, level {level}")
        pulled = pull(cotangent)
        for bar, arg in zip(pulled, args, strict=True):
            if checks.is_active(arg):
                checks.like_argument(bar, arg, f"cotangent of {what}, level {level}")
        checks.owned(pulled, args, f"cotangents of {what}, level {level}")
        value, tangent = pullback.jvp(function, args, direction, optimize=level)
        checks.identical(value, expected, f"value by jvp of {what}, level {level}")
        checks.like_argument(tangent, expected, f"tangent of {what}, level {level}")
        forward = checks.inner(cotangent, tangent)
        backward = checks.inner(pulled, direction)
        checks.close(backward, forward, f"reverse against forward of {what}", rtol, rtol)
        found.append((pulled, tangent))
    checks.close(found[-1], found[0], f"level 2 against 0 of {what}", rtol, rtol)
    checks.identical(args, given, f"arguments of {what}")
    if smooth and rtol < 1e-6:
        moved = checks.difference(function, args, direction, cotangent)
        checks.close(backward, moved, f"reverse against differences of {what}", 1e-5, 1e-6)


def second_order(
    subject: Subject, args: tuple[Any, ...], name: str, *, smooth: bool = True, rtol: float = 1e-8,
    every_mix: bool = True,
) -> tuple[Any, ...]:
    """The Hessian of the weighed subject times a direction, forward over reverse and by the three other
    mixes of modes, or by one of these in its turn; gives the first.

    They are compared as they are optimised, and one of them, by turns, with what no pass touched.
    """
    what = f"second order of {name} at {args!r}"
    every, turn = tuple(range(len(args))), zlib.crc32(name.encode())
    s = checks.directions(rng_of(name, 3), args, every)
    t = checks.directions(rng_of(name, 4), args, every)
    still = checks.directions(rng_of(name), s, ())
    mixes: dict[str, Callable[[int], Any]] = {
        "forward over reverse": lambda level: (
            pullback.jvp(subject.gradient, args, s, optimize=level)[1]
        ),
        "reverse over forward": lambda level: (
            pullback.grad(subject.along, every, optimize=level)(*args, *s)
        ),
        "reverse over reverse": lambda level: (
            pullback.grad(subject.slope, every, optimize=level)(*args, *s)
        ),
        "forward over forward": lambda level: (
            pullback.jvp(subject.along, (*args, *s), (*t, *still), optimize=level)[1]
        ),
    }
    over_reverse = mixes["forward over reverse"](2)
    inner = checks.inner(over_reverse, t)
    plain = list(mixes)[turn % len(mixes)]
    others = list(mixes)[1:] if every_mix else [list(mixes)[1 + turn // len(mixes) % 3]]
    for mix, level in [*((mix, 2) for mix in others), (plain, 0)]:
        found = mixes[mix](level)
        expected = over_reverse
        if mix == "forward over forward":
            found, expected = float(found), inner
        checks.close(found, expected, f"{mix}, level {level}, {what}", rtol, rtol)
    if smooth and rtol < 1e-6:
        moved = checks.difference(subject.gradient, args, s, t)
        checks.close(inner, moved, f"differences, {what}", 1e-4, 1e-5)
    return over_reverse  # type: ignore[no-any-return]
