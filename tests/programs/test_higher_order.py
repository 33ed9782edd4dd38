"""Second and third derivatives of every program: all mixes of modes against each other and against
differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pullback
from pullback import tree
from tests.programs import checks, mixes
from tests.programs.registry import PROGRAMS, Program, by_turns
from tests.programs.test_programs import tolerance, with_floats

# Third order takes a second a program: those that ask for it run by default, all with ``-m slow``.
third = pytest.mark.parametrize(
    "program",
    [pytest.param(p, marks=() if p.orders >= 3 else pytest.mark.slow) for p in PROGRAMS.values()],
    ids=lambda p: p.name,
)


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


# Each compiles twice or more: by default one in eight meets one mix in its turn, all with ``-m slow``.
@pytest.mark.parametrize("program", by_turns(PROGRAMS.values(), 8))
def test_second_order(program: Program) -> None:
    """The Hessian along v: forward over reverse against another mix, and against differences."""
    s = Setting(program)
    expected = forward_over_reverse(s)
    place = list(PROGRAMS).index(program.name) // 8
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


@third
def test_third_order(program: Program) -> None:
    """Derivatives of second derivatives, in three ways."""
    s = Setting(program)
    rtol = max(tolerance(program), 1e-7)
    hessian_product = pullback.grad(mixes.slope(s.f))
    _, change = pullback.jvp(hessian_product, (s.args, s.v), (s.w, s.zero))
    by_reverse = pullback.grad(mixes.curvature(s.f))(s.args, s.v, s.w, s.zero)
    s.expect(s.chosen(by_reverse), s.chosen(change), "reverse over forward over forward", rtol)
    gradient_of_slope = pullback.grad(mixes.slope_of_gradient(s.f, s.wrt))
    primals, tangents = (s.args, s.chosen(s.v)), (s.w, s.chosen(s.zero))
    _, twice_reverse = pullback.jvp(gradient_of_slope, primals, tangents)
    s.expect(s.chosen(twice_reverse), s.chosen(change), "forward over reverse over reverse", rtol)

    def product(*args: Any) -> float:
        return checks.inner(s.chosen(hessian_product(args, s.v)), s.chosen(s.v))

    if program.smooth and not program.single:
        expected = checks.difference(product, s.args, s.w, 1.0, 1e-5)
        found = checks.inner(s.chosen(change), s.chosen(s.v))
        checks.close(found, expected, f"third order of {program}", 1e-4, 1e-5)
