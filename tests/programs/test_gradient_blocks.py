"""Blocks that the reverse sweep runs on adjoints: what they make of them, and when they run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import refusals
from tests.programs import blocks

X = np.array([0.4, -0.7, 1.1, 0.9])
DRAWN = np.random.default_rng(3)
replacing = pytest.mark.parametrize(("function", "expected"), blocks.REPLACING.items())


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    blocks.SEEN.clear()


@replacing
@pytest.mark.parametrize("optimize", [0, 1, 2])
def test_gradients_are_what_blocks_make_of_them(
    function: Callable[..., Any], expected: Callable[..., Any], optimize: int
) -> None:
    value, found = pullback.value_and_grad(function, optimize=optimize)(X.copy())
    np.testing.assert_allclose(found, expected(X.copy()), rtol=1e-14)
    assert value == function(X.copy())


@replacing
def test_in_parts_with_snapshots_and_again(
    function: Callable[..., Any], expected: Callable[..., Any]
) -> None:
    known = expected(X.copy())
    forward, backward = pullback.split(function)
    _, residuals = forward(X.copy())
    _, pull = pullback.vjp(function, X.copy())
    for (found,) in (backward(residuals, 1.0), pull(1.0), pull(1.0)):
        np.testing.assert_allclose(found, known, rtol=1e-14)
    for options in ({"checkpoint": 2}, {"debug_nans": True}):
        found = pullback.grad(function, **options)(X.copy())
        np.testing.assert_allclose(found, known, rtol=1e-14)
    again = pullback.grad(lambda v: pullback.checkpoint(function)(v))(X.copy())
    np.testing.assert_allclose(again, known, rtol=1e-14)


@replacing
def test_second_derivatives_are_those_of_the_gradient(
    function: Callable[..., Any], expected: Callable[..., Any]
) -> None:
    v = DRAWN.normal(size=4)
    h = 1e-6
    along = (expected(X + h * v) - expected(X - h * v)) / (2 * h)
    hessian = pullback.hessian(function)(X.copy())
    np.testing.assert_allclose(hessian @ v, along, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(pullback.hvp(function, (X.copy(),), (v,)), along, rtol=1e-7, atol=1e-8)
    over = pullback.grad(lambda u: np.dot(pullback.grad(function)(u), v))(X.copy())
    np.testing.assert_allclose(over, v @ hessian, rtol=1e-12, atol=1e-14)


@replacing
def test_tangents_are_refused(function: Callable[..., Any], expected: Callable[..., Any]) -> None:
    for asked in (
        lambda: pullback.jvp(function, (X.copy(),), (X.copy(),)),
        lambda: pullback.linearize(function, X.copy()),
        lambda: pullback.jacfwd(function)(X.copy()),
    ):
        with pytest.raises(pullback.SourceError, match="a block replaces the adjoint") as error:
            asked()
        assert error.value.refusal is refusals.BLOCK_REPLACES


def test_a_block_runs_once_for_each_cotangent() -> None:
    _, pull = pullback.vjp(blocks.reads, X)
    assert not blocks.SEEN
    for k in (1, 2):
        pull(np.full(4, float(k)))
        np.testing.assert_allclose(blocks.SEEN.pop(), 2 * k * np.sin(X))
    rows = pullback.jacobian(blocks.reads)(X[:2])
    assert len(blocks.SEEN) == 2
    np.testing.assert_allclose(rows, np.diag(np.sin(2 * X[:2])))


def test_forward_mode_skips_what_only_reads() -> None:
    expected = np.sin(2 * X) * X
    _, along = pullback.jvp(blocks.reads, (X,), (X,))
    _, push = pullback.linearize(blocks.reads, X)
    for found in (along, push(X), pullback.jacfwd(blocks.reads)(X) @ X):
        np.testing.assert_allclose(found, expected)
    assert not blocks.SEEN


def test_of_what_has_no_adjoint_nothing_runs() -> None:
    np.testing.assert_array_equal(pullback.grad(blocks.of_what_does_not_move)(X), np.ones(4))
    assert not blocks.SEEN


def test_clipped_adjoints_are_seen_in_reverse() -> None:
    pullback.grad(blocks.in_calls)(X)
    assert blocks.SEEN == [1.0, pytest.approx(3.0 * 1.1)]


def test_a_plain_call_skips_blocks() -> None:
    assert blocks.Weights(X).loss(X) == np.sum(X * X)
    blocks.reads(X)
    blocks.asserts(X)
    list(blocks.pairs(X))
    assert not blocks.SEEN
    found = pullback.grad(lambda m, x: m.loss(x))(blocks.Weights(X), X)
    np.testing.assert_array_equal(found.w, [7.0, *X[1:]])


def test_a_plain_call_keeps_who_traces() -> None:
    before, seen = sys.gettrace(), []

    def trace(frame: Any, event: str, given: Any) -> Any:
        if frame.f_code is blocks.reads.__code__:
            seen.append(frame.f_lineno - frame.f_code.co_firstlineno)
        return trace

    sys.settrace(trace)
    try:
        blocks.reads(X)
        kept = sys.gettrace()
    finally:
        sys.settrace(before)
    assert kept is trace
    assert sorted(set(seen)) == [0, 1, 2, 4]


def test_errors_of_blocks_are_the_users() -> None:
    with pytest.raises(ValueError, match="explodes") as error:
        pullback.grad(blocks.raises)(np.array([1e-30]))
    assert "blocks.py" in error.value.__notes__[0]
    with pytest.raises(AssertionError, match="too large"):
        pullback.grad(blocks.asserts)(X)
    with pytest.raises(TypeError, match="a cotangent of another shape than its value"):
        pullback.grad(blocks.shortened)(X)


def test_the_block_stands_in_the_text() -> None:
    derivative = pullback.grad(blocks.of_carries)
    derivative(X)
    assert "g = s_bar * 0.5" in derivative.source.replace("np.float64(s_bar)", "s_bar")
    assert "gradient_of" in derivative.ir("lowered")
    assert "gradient_of" not in derivative.ir("owned")
