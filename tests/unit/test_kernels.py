"""Functions under ``numba.njit``, given to the public functions as they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from numba import njit, prange

import pullback
from pullback import grad, jvp, linearize, value_and_grad, vjp


@njit
def pairs(x, k=2.0):
    total = 0.0
    for i in prange(x.shape[0]):
        for j in range(i):
            total += k / (1.0 + (x[i] - x[j]) * (x[i] - x[j]))
    return total


@njit
def tabulated(x):
    return x


def by_value(law, x):
    return law(x) * law(x, 1.0)


X = np.array([0.3, -0.2, 1.1])


def test_they_are_differentiated_as_what_they_were_made_of():
    value, gradient = value_and_grad(pairs)(X)
    assert value == pairs.py_func(X)
    np.testing.assert_allclose(value, pairs(X), rtol=1e-15)
    np.testing.assert_array_equal(gradient, grad(pairs.py_func)(X))
    pullback.check_grads(pairs, X, order=2)


def test_all_transforms_take_them():
    direction = np.array([1.0, 0.5, -0.3])
    slope = grad(pairs)(X) @ direction
    assert jvp(pairs, (X,), (direction,))[1] == pytest.approx(slope)
    assert linearize(pairs, X)[1](direction) == pytest.approx(slope)
    assert vjp(pairs, X)[1](1.0)[0] @ direction == pytest.approx(slope)
    assert pullback.hessian(pairs)(X).shape == (3, 3)


def test_their_derivatives_are_compiled_by_numba():
    fast = grad(pairs, backend="numba")
    np.testing.assert_allclose(fast(X), grad(pairs)(X), rtol=1e-13)


def test_they_are_arguments():
    expected = np.asarray(grad(lambda x: pairs(x) * pairs(x, 1.0))(X))
    np.testing.assert_allclose(grad(by_value, 1)(pairs, X), expected)


def with_a_table(x):
    return tabulated(x) ** 2


def test_a_rule_that_is_registered_for_one_is_taken():
    rule = pullback.primitive(tabulated, returns="x")
    rule.defvjp(lambda g, y, x: 5.0 * g)
    rule.register()
    try:
        assert grad(with_a_table)(2.0) == 5.0 * 4.0
    finally:
        rule.unregister()
    assert grad(with_a_table)(2.0) == 4.0


def test_the_command_line_takes_them():
    place = f"{Path(__file__)}:pairs"
    command = [sys.executable, "-m", "pullback", "grad", place, "--arg", "x=f64[n]"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "def pairs_grad(x, k):" in run.stdout


def test_ufuncs_of_numba_are_called_by_one():
    with pytest.raises(pullback.ArgumentError, match="give one that calls it"):
        grad(numba.vectorize(lambda x: x * x))
