"""The corpus in the Numba backend: what it takes gives the same, the rest is refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pullback import SourceError, grad
from pullback.backend.numba_ import PLAIN, REFUSED, SCALAR_FUNCTIONS
from pullback.frontend.kinds import kind_of
from pullback.ir.core import PRIMS
from tests.golden import functions
from tests.programs.registry import PROGRAMS, Program, by_turns

SCALAR = [name for name, p in PROGRAMS.items() if p.has_gradient]
TAKEN = [name for name in SCALAR if PROGRAMS[name].numba]
TURNS = [
    case
    for numba in (True, False)
    for case in by_turns((PROGRAMS[n] for n in SCALAR if PROGRAMS[n].numba == numba), 3)
]


@pytest.mark.parametrize("program", TURNS)
def test_taken_or_refused(program: Program) -> None:
    derivative = grad(program.function, program.argnums, backend="numba")
    kinds = [kind_of(a) for a in program.arguments()]
    if program.numba:
        assert "@njit(boundscheck=True)" in derivative.compile(kinds).source
        return
    with pytest.raises(SourceError) as caught:
        derivative.compile(kinds)
    assert "Numba backend" in caught.value.message
    assert caught.value.loc is not None


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (functions.logistic_map, (0.3, 3.2, 50)),
        (functions.pendulum, (1.0, 2.0, 50)),
        (functions.index_loop, (np.linspace(-1.0, 1.0, 7),)),
    ],
)
def test_loops_over_numbers(function: Any, arguments: Any) -> None:
    """Compiling is slow, so that few run here; the marked test runs all."""
    found = grad(function, backend="numba")(*arguments)
    np.testing.assert_allclose(found, grad(function)(*arguments), rtol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("name", TAKEN)
def test_all_same_as_numpy(name: str) -> None:
    agree(name)


def agree(name: str) -> None:
    program = PROGRAMS[name]
    arguments = program.arguments()
    expected = grad(program.function, program.argnums)(*arguments)
    found = grad(program.function, program.argnums, backend="numba")(*arguments)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


def test_a_bad_index_raises() -> None:
    with pytest.raises(IndexError):
        grad(functions.reads_beyond, backend="numba")(np.ones(3), 5)


def test_tables_name_primitives() -> None:
    assert set(PLAIN) | set(SCALAR_FUNCTIONS) | set(REFUSED) <= set(PRIMS)
