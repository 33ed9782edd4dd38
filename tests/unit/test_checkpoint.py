"""``checkpoint``: memory, effects that happen once, marks, and what it takes."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import ArgumentError, checkpoint, grad, jvp, vjp
from tests.programs import checks, costs
from tests.unit import checkpoint_functions as f

X = np.array([0.5, -1.0, 2.0])


def peak(function: Any, *args: Any) -> int:
    function(*args)  # which compiles
    return costs.memory(function, args)


def test_memory_is_that_of_the_arguments_and_of_one_region() -> None:
    x, depth, width = np.linspace(0.0, 1.0, 10_000), 20, 10
    plain, again = (peak(grad(g), x, depth) for g in (f.deep_plain, f.deep_again))
    assert again < (depth + 3 * width) * x.nbytes
    assert plain > 4 * again
    expected = grad(f.deep_plain)(x, depth)
    checks.close(grad(f.deep_again)(x, depth), expected, "the gradient", 1e-13)


def test_residuals_are_arguments() -> None:
    _, pull = vjp(checkpoint(f.block), X)
    checks.close(pull.residuals, (X,), "the residuals")


@pytest.mark.parametrize("level", [0, 1, 2])
def test_effects_happen_once(level: int, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for function in (f.noisy_plain, f.noisy_again):
        rng = np.random.default_rng(3)
        result = grad(function, optimize=level)(X, rng)
        found.append((result, rng.random(), capsys.readouterr().out))
    checks.close(found[1][0], found[0][0], "the gradient", 1e-13)
    assert found[0][1:] == found[1][1:]
    assert found[0][2] == "drawn\n" * 3


def test_effects_in_higher_orders() -> None:
    plain, again = (
        jvp(grad(g), (X, np.random.default_rng(3)), (X, None))[1] for g in (f.noisy_plain, f.noisy_again)
    )
    checks.close(again, plain, "the second derivative", 1e-12)


def test_what_is_read_outside_is_read_once() -> None:
    derivative = grad(f.reads_again)
    derivative(2.0)
    f.READS.clear()
    assert derivative(2.0) == pytest.approx(3 * 4.0 * 7.0)
    assert f.READS == [0]


def test_a_region_is_called_as_the_function_is() -> None:
    again = checkpoint(f.block)
    assert again is not f.block
    assert (again.__name__, again.__doc__) == (f.block.__name__, f.block.__doc__)
    checks.identical(again(X), f.block(X), "the value")
    assert checkpoint(f.named)(2.0, factor=4.0) == 8.0
    model = f.Model(2.0)
    assert checkpoint(model)(3.0) == 6.0
    assert checkpoint(model.scaled)(3.0) == 6.0
    assert checkpoint(grad(f.cube))(2.0) == 12.0
    assert grad(checkpoint(f.cube))(2.0) == 12.0


def test_marks_are_not_copied() -> None:
    wrapped = functools.wraps(checkpoint(f.block))(lambda x: np.sum(x * x))
    derivative = grad(lambda x: wrapped(x))
    derivative(X)
    assert "_backward" not in derivative.source


@pytest.mark.parametrize("given", [np.sin, 3, f.Model])
def test_what_is_no_function(given: Any) -> None:
    with pytest.raises(ArgumentError, match="is not a Python function"):
        checkpoint(given)


def test_numba() -> None:
    pytest.importorskip("numba")
    found = grad(f.iterated, backend="numba")(0.7, 5)
    assert found == pytest.approx(grad(f.iterated)(0.7, 5), rel=1e-14)
    with pytest.raises(pullback.SourceError, match="Numba backend"):
        grad(f.noisy_again, backend="numba")(X, np.random.default_rng(3))
