"""Second and third derivatives of every program: all mixes of modes against each other and against
differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import tree
from tests.programs import checks, mixes
from tests.programs.registry import PROGRAMS, Program, by_turns, turn
from tests.programs.test_programs import tolerance, with_floats


class Setting:
    """A program as a scalar function, with arguments and directions."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.wrt = program.argnums
        self.args = with_floats(program, program.arguments())
        self.f = program.function
        if not program.has_gradient:
            value = self.f(*checks.fresh(self.args))
            cotangent = tree.mapped(checks.normals(program.rng(10)), value)
            self.f = mixes.weighted(self.f, cotangent)
        self.v = checks.directions(program.rng(11), self.args, self.wrt)
        self.w = checks.directions(program.rng(12), self.args, self.wrt)
        self.zero = checks.directions(program.rng(13), self.args, ())
        self.u = checks.directions(program.rng(14), self.args, self.wrt)

    def chosen(self, trees: Any) -> tuple[Any, ...]:
        return tuple(trees[k] for k in self.wrt)

    def expect(self, found: Any, expected: Any, mix: str, rtol: float = 1e-8) -> None:
        checks.close(found, expected, f"{mix} of {self.program}", rtol, rtol)

    def gradient_change(self) -> float:
        """How the gradient changes along v, in the direction w, by central differences."""
        gradient = pullback.grad(self.f, self.wrt)

        def product(*args: Any) -> Any:
            return checks.inner(gradient(*args), self.chosen(self.w))

        return checks.difference(product, self.args, self.v, 1.0, 1e-5)


def forward_over_reverse(s: Setting) -> Any:
    return pullback.jvp(pullback.grad(s.f, s.wrt), s.args, s.v)[1]


def reverse_over_forward(s: Setting) -> Any:
    return s.chosen(pullback.grad(mixes.slope(s.f))(s.args, s.v))


def reverse_over_reverse(s: Setting) -> Any:
    along = mixes.slope_of_gradient(s.f, s.wrt)
    return s.chosen(pullback.grad(along)(s.args, s.chosen(s.v)))


def pullback_of_gradient(s: Setting) -> Any:
    _, pull = pullback.vjp(pullback.grad(s.f, s.wrt), *s.args)
    return s.chosen(pull(s.chosen(s.v)))


def forward_over_forward(s: Setting) -> Any:
    _, change = pullback.jvp(mixes.slope(s.f), (s.args, s.v), (s.w, s.zero))
    return change


Mix = Callable[[Setting], Any]
MIXES: list[Mix] = [
    reverse_over_forward, reverse_over_reverse, pullback_of_gradient, forward_over_forward,
]  # fmt: skip


def of_same_shape(s: Setting, mix: Mix, expected: Any, rtol: float) -> None:
    """What a mix gives is what forward over reverse does."""
    if mix is forward_over_forward:
        expected = checks.inner(expected, s.chosen(s.w))
    s.expect(mix(s), expected, mix.__name__, rtol)


# Each compiles twice or more: by default one in twelve meets one mix in its turn, all with ``-m slow``.
@pytest.mark.parametrize("program", by_turns(PROGRAMS.values(), 12))
def test_second_order(program: Program) -> None:
    """The Hessian along v: forward over reverse against another mix, and against differences."""
    s = Setting(program)
    expected = forward_over_reverse(s)
    place = list(PROGRAMS).index(program.name) // 12
    of_same_shape(s, MIXES[place % len(MIXES)], expected, max(tolerance(program), 1e-8))
    if program.smooth and not program.single:
        product = checks.inner(expected, s.chosen(s.w))
        checks.close(product, s.gradient_change(), f"second order of {program}", 1e-5, 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_all_mixes(program: Program) -> None:
    """The Hessian along v by all mixes of modes."""
    s = Setting(program)
    expected = forward_over_reverse(s)
    for mix in MIXES:
        of_same_shape(s, mix, expected, max(tolerance(program), 1e-8))


def of_third_order(s: Setting, mix: str) -> Any:
    """How the second derivative along v and w changes: modes from the outermost to the innermost, "f" or
    "r". A number, along u, or a gradient where the outermost is reverse mode."""
    outer, middle, inner = mix
    first, v = (mixes.slope(s.f), s.v) if inner == "f" else (
        mixes.slope_of_gradient(s.f, s.wrt), s.chosen(s.v)
    )  # fmt: skip
    second = {"f": mixes.slope_again, "r": mixes.slope_by_gradient_again}[middle](first)
    if outer == "f":
        return pullback.jvp(second, (s.args, v, s.w), (s.u, None, None))[1]
    return s.chosen(pullback.grad(second)(s.args, v, s.w))


THIRD = ["fff", "ffr", "frf", "frr", "rfr", "rrf", "rrr"]


def agree_in_third_order(program: Program, mixed: Sequence[str]) -> None:
    s = Setting(program)
    rtol = max(tolerance(program), 1e-7)
    expected = of_third_order(s, "rff")
    along_u = checks.inner(expected, s.chosen(s.u))
    for mix in mixed:
        s.expect(of_third_order(s, mix), expected if mix[0] == "r" else along_u, mix, rtol)
    if program.smooth and not program.single:

        def product(*args: Any) -> Any:
            return checks.inner(s.chosen(pullback.grad(mixes.slope(s.f))(args, s.v)), s.chosen(s.w))

        # Of these steps one is spoiled neither by rounding nor by another way through the program.
        steps = (1e-5, 1e-3, 1e-6)
        differences = (checks.difference(product, s.args, s.u, 1.0, step) for step in steps)
        close = (np.isclose(along_u, difference, 1e-4, 1e-5) for difference in differences)
        assert any(close), f"third order of {program} against differences"


@pytest.mark.parametrize(
    "program", [pytest.param(p, id=p.name) for p in PROGRAMS.values() if p.orders >= 3]
)
def test_third_order(program: Program) -> None:
    """Derivatives of second derivatives, by two more mixes in their turn."""
    k = turn(program, len(THIRD))
    agree_in_third_order(program, [THIRD[k], THIRD[k - 3]])


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_all_mixes_of_third_order(program: Program) -> None:
    agree_in_third_order(program, THIRD)
