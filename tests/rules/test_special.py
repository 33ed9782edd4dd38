"""A special row gives one of jvp and vjp, and the other follows by transposition."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from pullback import check_grads
from pullback.ir.core import PRIMS
from pullback.ir.prims import elementwise_infer
from pullback.rules import table
from pullback.rules.ops import cos
from tests.rules import special_functions


@pytest.fixture(params=["jvp", "vjp"])
def row(request: pytest.FixtureRequest) -> Iterator[None]:
    """A row for a function of two arguments, with one of the two rules."""
    rules = {
        "jvp": lambda xs, ts, y, p: cos(xs[0]) * xs[1] * ts[0] + y / xs[1] * ts[1],
        "vjp": lambda g, xs, y, p: [g * cos(xs[0]) * xs[1], g * y / xs[1]],
    }
    table.special(
        "test_wave", special_functions.wave, elementwise_infer(special_functions.wave), "x y",
        path="wave", **{request.param: rules[request.param]},
    )  # fmt: skip
    yield
    del PRIMS["test_wave"], table.ROWS["test_wave"]
    del table.BY_FUNCTION[special_functions.wave]


def test_both_modes(row: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    x, a = rng.normal(size=4), rng.uniform(1, 2, size=4)
    # The emitted text calls the function by its path, which only names of NumPy and math resolve.
    monkeypatch.setattr(np, "wave", special_functions.wave, raising=False)
    object.__setattr__(PRIMS["test_wave"], "path", "np.wave")
    check_grads(special_functions.uses_wave, x, a, order=2)
