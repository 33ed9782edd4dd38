"""Derivatives of one function made again and again, as in ``grad(f)(x)`` in a loop."""

from __future__ import annotations

from pullback import grad, value_and_grad
from tests.unit import api_functions as f


def test_equal_derivatives_share_what_they_compiled() -> None:
    first, second = grad(f.product), grad(f.product)
    assert first(2.0, 3.0) == second(2.0, 3.0)
    assert second.emitted is first.emitted
    assert grad(grad(f.product)).__call__(2.0, 3.0) == 0.0


def test_each_tells_only_of_its_own_calls() -> None:
    first, second = grad(f.product), grad(f.product)
    first(2.0, 3.0)
    second(2, 3.0)
    assert len(first.sources) == len(second.sources) == 1
    assert first.signatures != second.signatures
    assert first.why_recompiled() == second.why_recompiled() == ""


def test_other_options_are_compiled_apart() -> None:
    plain, other = grad(f.product), grad(f.product, 1)
    assert (plain(2.0, 3.0), other(2.0, 3.0)) == (3.0, 2.0)
    assert value_and_grad(f.product)(2.0, 3.0) == (6.0, 3.0)
    assert grad(f.product, optimize=0)(2.0, 3.0) == 3.0
