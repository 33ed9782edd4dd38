"""What the Numba backend takes of the table: what a row's column says is what happens.

Numba compiles slowly. A few examples run here, and all of them with ``-m slow``; whether an example is
taken is told without compiling it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import pullback
from pullback import SourceError, refusals
from pullback.backend import jitted
from pullback.backend.compiled import LOWERED, NATIVE
from pullback.backend.numba_ import stated
from pullback.frontend.kinds import kind_of
from pullback.ir.core import PRIMS
from pullback.rules.table import ROWS
from pullback.testing import battery
from tests.programs import checks
from tests.rules import test_table
from tests.rules.generated import Subject
from tests.rules.turns import in_turns


@dataclass(frozen=True, eq=False)
class Case:
    """A call of a row."""

    row: str
    name: str
    subject: Subject
    args: tuple[Any, ...]

    @property
    def every(self) -> tuple[int, ...]:
        return tuple(range(len(self.args)))


def cases() -> list[Case]:
    """All examples, and the elementwise rows on arrays that are broadcast."""
    found = []
    for e in test_table.EXAMPLES:
        args = e.inputs(battery.rng_of(e.name))
        found.append(Case(e.row, e.name, test_table.CALLED[f"call_{e.name}"], args))
    for row in test_table.OF_ARRAYS:
        args = test_table.draw(row, ((2, 3), (3,), ())[: len(row.domain)])
        found.append(Case(row.name, f"row_{row.name}", test_table.SUBJECTS[row.name], args))
    return found


CASES = cases()
ROWS_MET = list(dict.fromkeys(case.row for case in CASES))
# Rows of which no example is taken, though some calls are: they are of stacks of matrices, of arrays
# without dimensions, or along an axis.
NOT_BY_EXAMPLE = {
    "ascontiguousarray", "full_like", "slogdet", "eigvalsh", "svdvals", "qr", "pinv", "eig",
    "eigvals", "lstsq", "clip", "trace", "eigh",
}  # fmt: skip


def refused(case: Case) -> SourceError | None:
    """Why the gradient of an example is not taken, None if it is."""
    gradient = pullback.value_and_grad(case.subject.weighed, case.every, backend="numba")
    try:
        gradient.compile([kind_of(a) for a in case.args])
    except SourceError as error:
        found = error
    else:
        return None
    assert found.refusal in refusals.rows(refusals.numba).values()
    assert found.loc is not None
    return found


@pytest.mark.parametrize("row", in_turns(ROWS_MET, 8, str))
def test_rows_are_taken_as_they_say(row: str) -> None:
    found = [refused(case) for case in CASES if case.row == row]
    if stated(row) in ("yes", "helper"):
        assert None in found or row in NOT_BY_EXAMPLE
    elif stated(row).startswith("no"):
        assert None not in found


def few(case: Case) -> Any:
    """A case that runs by default if it is one of two."""
    by_default = case.name in ("mean_two_axes_kept", "max_first")
    return pytest.param(case, id=case.name, marks=[] if by_default else [pytest.mark.slow])


@pytest.mark.parametrize("case", [few(case) for case in CASES])
def test_values_and_gradients(case: Case) -> None:
    """Those of NumPy."""
    if refused(case):
        return
    numpy, numba = (
        pullback.value_and_grad(case.subject.weighed, case.every, backend=b) for b in ("numpy", "numba")
    )
    expected, found = numpy(*case.args), numba(*case.args)
    for bar, arg in zip(found[1], case.args, strict=True):
        if checks.is_active(arg):
            checks.like_argument(bar, arg, case.name)
    checks.close(found, expected, f"value and gradient of {case.name}", 1e-9, 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tangents_and_second_derivatives(case: Case) -> None:
    """Of forward mode, and the gradient of its tangent."""
    dots = checks.directions(battery.rng_of(case.name, 1), case.args, case.every)
    twice = Case(case.row, case.name, case.subject, (*case.args, *dots))
    numpy, numba = (
        pullback.value_and_grad(case.subject.along, twice.every, backend=b) for b in ("numpy", "numba")
    )
    try:
        found = numba(*twice.args)
    except SourceError as error:
        refusal = error.refusal
    else:
        expected = numpy(*twice.args)
        checks.close(found, expected, f"tangent and second derivative of {case.name}", 1e-8, 1e-8)
        return
    assert refusal in refusals.rows(refusals.numba).values()


def test_tables_name_functions_and_helpers() -> None:
    assert set(NATIVE) | set(LOWERED) <= set(PRIMS)
    for name in LOWERED:
        assert (PRIMS[name].path or name).replace(".", "_") in jitted.HELPERS


def test_every_row_says_how_it_is_taken() -> None:
    for name in ROWS:
        assert stated(name).partition(":")[0] in ("yes", "helper", "definition", "numbers", "no")
