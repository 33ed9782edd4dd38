"""The emitted source, as text: a change of the compiler shows here as a diff.

``UPDATE_GOLDEN=1 pytest tests/golden`` writes the files anew.
"""

from __future__ import annotations

import copy
import difflib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.api import options_of
from pullback.derivative import Derivative
from tests.golden import broadcasts, functions, records, regions, rows, waves, written
from tests.programs import checks

HERE = Path(__file__).parent
X = np.array([0.5, -1.5, 2.0, 0.25])
MATRIX = np.arange(12.0).reshape(4, 3) / 10
WIDE = np.sin(np.arange(12.0)).reshape(4, 3)
CUBE = np.cos(np.arange(12.0)).reshape(2, 3, 2)
SPREAD = np.array([[3.0, 0.5, -0.25], [0.5, 2.0, 0.75], [-0.25, 0.75, 4.0]])
PARAMS = {"W1": MATRIX, "b1": np.zeros(3), "W2": MATRIX[:3, :2].copy(), "b2": np.zeros(2)}

# file, function, argnums, arguments
CASES: dict[str, tuple[Callable[..., Any], Any, tuple[Any, ...]]] = {
    "fun": (functions.fun, 0, (X,)),
    "rosenbrock": (functions.rosenbrock, 0, (X,)),
    "alignment": (functions.alignment, (0, 1), (X, MATRIX[:, 0])),
    "logistic_map": (functions.logistic_map, (0, 1), (0.3, 3.2, 10)),
    "pendulum": (functions.pendulum, (0, 1), (1.0, 2.0, 10)),
    "flattened": (functions.flattened, (0, 1), (MATRIX, MATRIX.ravel())),
    "scaled_again": (functions.scaled_again, 0, (X, X)),
    "shifted": (functions.shifted, (0, 1), (X, X)),
    "layer": (records.layer, 0, (records.Params(MATRIX, MATRIX[:, 0]), MATRIX[0])),
    "index_loop": (functions.index_loop, 0, (X,)),
    "lse": (functions.lse, 0, (X,)),
    "llsq": (functions.llsq, 0, (X, 8)),
    "rnn": (functions.rnn, (0, 1), (MATRIX[:3] / 2, MATRIX[:3, :2].copy(), MATRIX[:, :2].copy())),
    "branch": (functions.branch, 0, (0.7, "square")),
    "newton": (functions.newton, 0, (2.0,)),
    "power": (functions.power, 0, (1.5, 4)),
    "net": (functions.net, 0, (PARAMS, np.ones((5, 4)), np.ones((5, 2)))),
    "guarded": (functions.guarded, 0, (X,)),
    "attention": (rows.attention, (0, 1, 2), (CUBE, CUBE + 1, CUBE - 2)),
    "layer_norm": (rows.layer_norm, (0, 1, 2), (WIDE, X[:3].copy(), X[:3].copy())),
    "likelihood": (rows.likelihood, (0, 1), (X[:3].copy(), SPREAD, X[1:].copy())),
    "whitened": (rows.whitened, 0, (SPREAD, X[:3].copy())),
    "unpacked": (rows.unpacked, 0, (X, MATRIX, X, 3)),
    "rank_one": (rows.rank_one, 0, (WIDE[:3, :2].copy(), WIDE)),
    "polar": (rows.polar, (0, 1), (X * 0.9, X[::-1].copy())),
    "moved": (rows.moved, (0, 1), (0.3, 0.7)),
    "gini": (rows.gini, 0, (X + 3,)),
    "weighed_row": (broadcasts.weighed, (0, 1), (WIDE[:1].copy(), WIDE)),
    "weighed_cube": (broadcasts.weighed, (0, 1), (CUBE, WIDE[:3, :1].copy())),
    "weighed_by_number": (broadcasts.weighed, (0, 1), (np.array(1.5), WIDE)),
    "weighed_by_one": (broadcasts.weighed, (0, 1), (np.array([1.5]), WIDE)),
    "scaled_columns": (broadcasts.scaled, (0, 1), (WIDE, MATRIX[:, :1] + 1)),
    "scaled_column": (broadcasts.scaled, (0, 1), (MATRIX[:, :1] + 1, WIDE + 2)),
    "biased": (broadcasts.biased, (1, 2), (WIDE, MATRIX[:3, :2].copy(), MATRIX[:1, :2].copy())),
    "distances": (broadcasts.distances, 0, (WIDE,)),
    "standardised": (broadcasts.standardised, 0, (WIDE,)),
    "rows_summed": (broadcasts.rows_summed, (0, 1), (WIDE[:1].copy(), WIDE)),
    "averaged": (broadcasts.averaged, (0, 1), (WIDE, X + 3)),
    "folded": (broadcasts.folded, 0, (WIDE,)),
    "response": (waves.response, (0, 1), (1.3, 0.4, X + 3)),
    "retrieval": (waves.retrieval, (0, 1), (MATRIX + 1j * WIDE, X[:3] - 0.5j, X + 3)),
    "iterated": (waves.iterated, 0, (0.3 - 0.2j, 5)),
    "by_parts": (waves.by_parts, 0, (X + 1j * X[::-1],)),
    "means": (broadcasts.means, (0, 1), (WIDE, X[:3].copy())),
    "unit_rows": (broadcasts.unit_rows, 0, (WIDE,)),
    "curvature": (functions.curvature, 0, (X, X + 1)),
    "dropout": (written.dropout, 0, (MATRIX, MATRIX[0], 3)),
    "sampled": (written.sampled, (0, 1), (X, X * X, np.random.default_rng(1))),
    "descent": (written.descent, 2, (MATRIX, X, MATRIX[0], np.random.default_rng(1))),
    "in_place": (written.in_place, 0, (X,)),
    "eliminated": (written.eliminated, 0, (SPREAD,)),
    "checkpointed": (regions.checkpointed, (0, 1), (X[:3], MATRIX[:3], 4)),
    "histogram": (written.histogram, 0, (X, np.array([0, 2, 0, 1]))),
}


# Beside gradients: the Jacobian of a straight function both ways, that of a loop, and a Hessian.
TRANSFORMS: dict[str, tuple[Any, Any, Any, tuple[Any, ...]]] = {
    "layer_jacrev": (pullback.jacrev, functions.layer, (0, 1), (X[:3], MATRIX)),
    "layer_jacfwd": (pullback.jacfwd, functions.layer, 0, (X[:3], MATRIX)),
    "layer_jacobian": (pullback.jacobian, functions.layer, 0, (X[:3], MATRIX)),
    "recurrence_jacrev": (pullback.jacrev, functions.recurrence, 0, (X, 3)),
    "valley_hessian": (pullback.hessian, functions.valley, 0, (X,)),
}
# With snapshots of loops: of known and of unknown length, and with all that the text needs.
SNAPSHOTS: dict[str, tuple[Any, Any, tuple[Any, ...], bool]] = {
    "logistic_map_snapshots": (functions.logistic_map, (0, 1), (0.3, 3.2, 10), True),
    "advected_snapshots": (regions.advected, (0, 1), (X, 0.1, 20), False),
    "newton_snapshots": (functions.newton, 0, (2.0,), False),
}
# In two halves: both texts of a split, and the tangent maps of linearize.
HALVES: dict[str, tuple[Any, Any, tuple[Any, ...]]] = {
    "recurrence_split": (pullback.split, functions.recurrence, (X, 3)),
    "layer_split": (pullback.split, functions.layer, (X[:3], MATRIX)),
    "layer_linearize": (pullback.linearize, functions.layer, (X[:3], MATRIX)),
    "recurrence_linearize": (pullback.linearize, functions.recurrence, (X, 3)),
}


def halves(name: str) -> str:
    transform, function, args = HALVES[name]
    function.__dict__.pop("__pullback__", None)
    if transform is pullback.linearize:
        source: str = transform(function, *args)[1].source
        return source
    forward, backward = transform(function)
    forward(*args)
    return f"{forward.source}\n\n{backward.source}"


def with_snapshots(name: str) -> str:
    function, argnums, args, standalone = SNAPSHOTS[name]
    function.__dict__.pop("__pullback__", None)
    options = replace(options_of(checkpoint=8), standalone=standalone)
    derivative = Derivative(function, "grad", argnums, options)
    derivative(*args)
    return derivative.source


def emitted(name: str) -> str:
    """The text of the derivative, compiled anew: nothing is kept of what was compiled before."""
    if name in HALVES:
        return halves(name)
    if name in SNAPSHOTS:
        return with_snapshots(name)
    if name in CASES:
        transform, (function, argnums, args) = pullback.grad, CASES[name]
    else:
        transform, function, argnums, args = TRANSFORMS[name]
    function.__dict__.pop("__pullback__", None)
    derivative = transform(function, argnums, optimize=2)
    derivative(*args)
    text: str = derivative.source
    return text if text.endswith("\n") else text + "\n"


@pytest.mark.parametrize("name", [*CASES, *TRANSFORMS, *SNAPSHOTS, *HALVES])
def test_emitted_source(name: str) -> None:
    path = HERE / f"{name}.py.txt"
    found = emitted(name)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(found, encoding="utf-8")
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    if found != expected:
        diff = difflib.unified_diff(
            expected.splitlines(True), found.splitlines(True), f"{path.name} as kept", "as emitted"
        )
        pytest.fail(
            f"the derivative of {name} is emitted otherwise than kept; UPDATE_GOLDEN=1 keeps it:\n"
            + "".join(diff),
            pytrace=False,
        )


@pytest.mark.parametrize("name", CASES)
def test_emission_is_repeatable(name: str) -> None:
    """Names and order do not depend on what was compiled before, nor on hashes."""
    assert emitted(name) == emitted(name)


@pytest.mark.parametrize("name", CASES)
def test_emitted_gradient_is_right(name: str) -> None:
    function, argnums, args = CASES[name]
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)

    def of_chosen(*values: Any) -> Any:
        every = list(copy.deepcopy(args))  # generators draw the same at each call
        for k, v in zip(chosen, values, strict=True):
            every[k] = v
        return function(*every)

    rest = [args[k] for k in chosen]
    gradients = pullback.grad(function, chosen)(*copy.deepcopy(args))
    rng = np.random.default_rng(7)
    step = 1e-6
    for k, gradient in enumerate(gradients):
        direction = checks.directions(rng, tuple(rest), (k,))
        up, down = (of_chosen(*checks.moved(tuple(rest), direction, h)) for h in (step, -step))
        slope = (up - down) / (2 * step)
        assert slope == pytest.approx(checks.inner(gradient, direction[k]), rel=1e-5, abs=1e-6)


def test_every_kept_file_has_a_function() -> None:
    kept = {p.name.removesuffix(".py.txt") for p in HERE.glob("*.py.txt")}
    assert kept == {*CASES, *TRANSFORMS, *SNAPSHOTS, *HALVES}
