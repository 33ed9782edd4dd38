"""The golden functions against autograd: another implementation, and other people's conventions."""

from __future__ import annotations

import types
from typing import Any

import autograd
import autograd.numpy
import numpy as np
import pytest

import pullback
from tests.golden.test_golden import CASES

# autograd does not take writes to arrays, random draws, functions of the math module, named tuples,
# z.real, or pullback's grad inside; it gives nan behind a guard, for the factor of a matrix a symmetric
# gradient, and for norms that keep dimensions a gradient of another shape.
WITHOUT = {
    "rnn", "alignment", "shifted", "moved", "layer", "curvature", "guarded", "whitened", "unit_rows",
    "dropout", "sampled", "descent", "in_place", "histogram", "eliminated",
    "iterated", "by_parts",
}  # fmt: skip


def in_autograd(function: Any) -> Any:
    """The same function with autograd's NumPy."""
    names = function.__globals__ | {"np": autograd.numpy}
    found = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    names[function.__name__] = found
    return found


@pytest.mark.parametrize("name", [n for n in CASES if n not in WITHOUT])
def test_gradients_agree(name: str) -> None:
    function, argnums, args = CASES[name]
    found = pullback.grad(function, argnums)(*args)
    expected = autograd.grad(in_autograd(function), argnums)(*args)
    if isinstance(found, dict):
        found, expected = list(found.values()), list(expected.values())
    for ours, theirs in zip(
        found if isinstance(argnums, tuple) or isinstance(found, list) else [found],
        expected if isinstance(argnums, tuple) or isinstance(found, list) else [expected],
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-12)
