"""What is checked of every subject: modes against each other, levels, differences, second order.

Where a rule has no tangents (``forward`` is False), reverse mode stands alone against differences.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.along import jvp
from pullback.api import grad
from pullback.linear import vjp
from pullback.testing import comparing
from pullback.testing.subjects import Subject

LEVELS = (0, 2)
Tree = Any


def rng_of(name: str, purpose: int = 0) -> np.random.Generator:
    """A generator of its own for each name and purpose, the same at each call."""
    return np.random.default_rng([zlib.crc32(name.encode()), purpose])


def random_like(rng: np.random.Generator, value: Tree) -> Tree:
    """Random numbers in the form of a value."""
    return comparing.directions(rng, (value,), (0,))[0]


def tolerance(*values: Any) -> float:
    """How far results may be apart that are equal but for rounding."""
    return 2e-4 if comparing.is_single(*values) else 1e-9


def first_order(
    function: Callable[..., Any], args: tuple[Any, ...], name: str, *, smooth: bool = True,
    rtol: float = 1e-9, levels: Sequence[int] = LEVELS, forward: bool = True,
) -> None:  # fmt: skip
    """Value, forward and reverse mode, both levels, differences; arguments stay as they were."""
    what = f"{name} at {args!r}"
    given = comparing.fresh(args)
    expected = function(*comparing.fresh(args))
    direction = comparing.directions(rng_of(name, 1), args, tuple(range(len(args))))
    cotangent = random_like(rng_of(name, 2), expected)
    rtol = max(rtol, tolerance(args, expected))
    found = []
    for level in levels:
        pulled = _pulled(function, args, cotangent, expected, what, level)
        backward = comparing.inner(pulled, direction)
        tangent = None
        if forward:
            tangent = _pushed(function, args, direction, expected, what, level)
            along = comparing.inner(cotangent, tangent)
            comparing.close(backward, along, f"reverse against forward of {what}", rtol, rtol)
        found.append((pulled, tangent))
    comparing.close(found[-1], found[0], f"level {levels[-1]} against {levels[0]} of {what}", rtol, rtol)
    comparing.identical(args, given, f"arguments of {what}")
    if smooth and rtol < 1e-6:
        moved = comparing.difference(function, args, direction, cotangent)
        comparing.close(backward, moved, f"reverse against differences of {what}", 1e-5, 1e-6)


def _pulled(
    function: Callable[..., Any], args: tuple[Any, ...], cotangent: Tree, expected: Tree, what: str,
    level: int,
) -> Tree:  # fmt: skip
    """The cotangents of all arguments, in the kinds of these and of no memory but their own."""
    value, pull = vjp(function, *args, optimize=level)
    comparing.identical(value, expected, f"value of {what}, level {level}")
    pulled = pull(cotangent)
    for bar, arg in zip(pulled, args, strict=True):
        if comparing.is_active(arg):
            comparing.like_argument(bar, arg, f"cotangent of {what}, level {level}")
    comparing.owned(pulled, args, f"cotangents of {what}, level {level}")
    return pulled


def _pushed(
    function: Callable[..., Any], args: tuple[Any, ...], direction: Tree, expected: Tree, what: str,
    level: int,
) -> Tree:  # fmt: skip
    """The tangent of the value, in its kind."""
    value, tangent = jvp(function, args, direction, optimize=level)
    comparing.identical(value, expected, f"value by jvp of {what}, level {level}")
    comparing.like_argument(tangent, expected, f"tangent of {what}, level {level}")
    return tangent


def second_order(
    subject: Subject, args: tuple[Any, ...], name: str, *, smooth: bool = True, rtol: float = 1e-8,
    every_mix: bool = True, forward: bool = True,
) -> tuple[Any, ...]:
    """The Hessian of the weighed subject times a direction, forward over reverse and by the three other
    mixes of modes, or by one of these in its turn; gives the first.

    They are compared as they are optimised, and one of them, by turns, with what no pass touched.
    """
    what = f"second order of {name} at {args!r}"
    every, turn = tuple(range(len(args))), zlib.crc32(name.encode())
    s = comparing.directions(rng_of(name, 3), args, every)
    t = comparing.directions(rng_of(name, 4), args, every)
    still = comparing.directions(rng_of(name), s, ())
    mixes: dict[str, Callable[[int], Any]] = {
        "forward over reverse": lambda level: jvp(subject.gradient, args, s, optimize=level)[1],
        "reverse over forward": lambda level: grad(subject.along, every, optimize=level)(*args, *s),
        "reverse over reverse": lambda level: grad(subject.slope, every, optimize=level)(*args, *s),
        "forward over forward": lambda level: (
            jvp(subject.along, (*args, *s), (*t, *still), optimize=level)[1]
        ),
    }
    if not forward:
        mixes = {mix: found for mix, found in mixes.items() if "forward" not in mix}
    first, *rest = mixes
    hessian = mixes[first](2)
    inner = comparing.inner(hessian, t)
    plain = list(mixes)[turn % len(mixes)]
    others = rest if every_mix or not rest else [rest[turn // len(mixes) % len(rest)]]
    for mix, level in [*((mix, 2) for mix in others), (plain, 0)]:
        found = mixes[mix](level)
        expected = hessian
        if mix == "forward over forward":
            found, expected = float(found), inner
        comparing.close(found, expected, f"{mix}, level {level}, {what}", rtol, rtol)
    if smooth and rtol < 1e-6:
        moved = comparing.difference(subject.gradient, args, s, t)
        comparing.close(inner, moved, f"differences, {what}", 1e-4, 1e-5)
    return hessian  # type: ignore[no-any-return]
