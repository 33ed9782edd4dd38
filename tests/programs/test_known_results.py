"""Derivatives that textbooks print, to the digits that they print."""

from __future__ import annotations

import numpy as np

import pullback
from tests.programs import known


def test_sum_times() -> None:
    assert pullback.grad(known.sum_times, (0, 1, 2))(-2.0, 5.0, -4.0) == (-4.0, -4.0, 3.0)


def test_neuron() -> None:
    """The sigmoid neuron of Stanford's CS231n."""
    w, x = (2.0, -3.0, -3.0), (-1.0, -2.0)
    value, (w_bar, x_bar) = pullback.value_and_grad(known.neuron, (0, 1))(w, x)
    assert round(value, 2) == 0.73
    assert [round(g, 2) for g in w_bar] == [-0.20, -0.39, 0.20]
    assert [round(g, 2) for g in x_bar] == [0.39, -0.59]


def test_network() -> None:
    """A network with one hidden layer, worked by hand."""
    W0, W1 = np.array([[1.0, -3.0], [0.2, 1.0]]), np.array([[1.0, -1.0]])
    x0, y = np.array([1.0, 0.1]), 0.5
    (loss, x3), pull = pullback.vjp(known.network, W0, W1, x0, y)
    W0_bar, W1_bar, _, _ = pull((1.0, np.zeros(1)))
    np.testing.assert_allclose(loss, (x3[0] - y) ** 2 / 2, rtol=1e-15)
    np.testing.assert_allclose(x3, [0.313], atol=1e-3)
    np.testing.assert_allclose(W0_bar[0], [-0.1186, -0.01186], rtol=1e-3)
    np.testing.assert_allclose(W0_bar[1], [0.171, 0.0171], rtol=1e-3)
    np.testing.assert_allclose(W1_bar, [[-0.113, -0.054]], atol=1e-3)
