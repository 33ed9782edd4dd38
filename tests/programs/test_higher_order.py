"""Second and third derivatives: all mixes of modes against each other and against differences."""

from __future__ import annotations

from typing import Any

import pytest

import pullback
from tests.programs import checks, mixes
from tests.programs.registry import PROGRAMS, Program

second = pytest.mark.parametrize(
    "program", [p for p in PROGRAMS.values() if p.orders >= 2], ids=lambda p: p.name
)
third = pytest.mark.parametrize(
    "program", [p for p in PROGRAMS.values() if p.orders >= 3], ids=lambda p: p.name
)


class Setting:
    """Arguments and directions for one program, and its gradient's change by differences."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.f = program.function
        self.wrt = program.argnums
        self.args = program.arguments()
        self.v = checks.directions(program.rng(11), self.args, self.wrt)
        self.w = checks.directions(program.rng(12), self.args, self.wrt)
        self.zero = checks.directions(program.rng(13), self.args, ())

    def chosen(self, trees: Any) -> tuple[Any, ...]:
        return tuple(trees[k] for k in self.wrt)

    def expect(self, found: Any, expected: Any, mix: str, rtol: float = 1e-8) -> None:
        checks.close(found, expected, f"{mix} of {self.program}", rtol, rtol)

    def gradient_change(self, gradient: Any) -> float:
        """How a gradient changes along v, in the direction w, by central differences."""

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


MIXES = [forward_over_reverse, reverse_over_forward, reverse_over_reverse, pullback_of_gradient]


@second
@pytest.mark.parametrize("mix", [*MIXES, forward_over_forward], ids=lambda m: m.__name__)
def test_second_order(program: Program, mix: Any) -> None:
    """The Hessian in directions v and w, against differences of the gradient."""
    s = Setting(program)
    found = mix(s)
    product = found if mix is forward_over_forward else checks.inner(found, s.chosen(s.w))
    expected = s.gradient_change(pullback.grad(s.f, s.wrt))
    checks.close(product, expected, f"{mix.__name__} of {program}", 1e-5, 1e-6)


@second
def test_mixes_agree(program: Program) -> None:
    """To rounding, which differences cannot show."""
    s = Setting(program)
    expected = forward_over_reverse(s)
    for mix in MIXES[1:]:
        s.expect(mix(s), expected, mix.__name__)
    product = checks.inner(expected, s.chosen(s.w))
    s.expect(forward_over_forward(s), product, "forward_over_forward")


@third
def test_third_order(program: Program) -> None:
    """Derivatives of second derivatives, in three ways."""
    s = Setting(program)
    hessian_product = pullback.grad(mixes.slope(s.f))
    _, change = pullback.jvp(hessian_product, (s.args, s.v), (s.w, s.zero))
    by_reverse = pullback.grad(mixes.curvature(s.f))(s.args, s.v, s.w, s.zero)
    s.expect(s.chosen(by_reverse), s.chosen(change), "reverse over forward over forward")

    def product(*args: Any) -> float:
        return checks.inner(s.chosen(hessian_product(args, s.v)), s.chosen(s.v))

    expected = checks.difference(product, s.args, s.w, 1.0, 1e-5)
    found = checks.inner(s.chosen(change), s.chosen(s.v))
    checks.close(found, expected, f"third order of {program}", 1e-4, 1e-5)
