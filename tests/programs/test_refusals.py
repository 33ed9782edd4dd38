"""Programs that cannot be differentiated: the message, the hint, and where the error points.

Every row of the table of refusals is met by one of them. Those of sources, which are about functions
that no module holds, are met in ``tests/unit/test_source.py``.
"""

from __future__ import annotations

from typing import Any

import pytest

import pullback
from pullback import refusals as table
from pullback.errors import Refusal as Row
from tests.programs.registry import REFUSALS, Refusal

refusals = pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())


def run(refusal: Refusal, mode: str) -> Any:
    args = refusal.arguments()
    if mode == "vjp":
        return pullback.vjp(refusal.function, *args)
    return pullback.jvp(refusal.function, args, args)


@refusals
def test_refusal(refusal: Refusal) -> None:
    """Message, hint, line and what stands over the caret."""
    error = refusal.error
    assert error is not None
    assert refusal.message in error.message
    assert refusal.hint in error.hint
    assert bool(refusal.hint) == bool(error.hint)
    assert error.loc is not None
    assert error.loc.line == refusal.marked_line()
    assert pointed_at(str(error)) == refusal.caret


def pointed_at(text: str) -> str:
    """The part of the source over the carets of a rendered error, without the marker."""
    lines = text.splitlines()
    carets = next(k for k, line in enumerate(lines) if line.strip(" |") and set(line) <= set(" |^"))
    start, end = lines[carets].index("^"), lines[carets].rindex("^") + 1
    return lines[carets - 1][start:end].partition("  # refused")[0]


@pytest.mark.parametrize(
    "refusal", [r for r in REFUSALS.values() if r.any_mode], ids=lambda r: r.name
)
@pytest.mark.parametrize("mode", ["vjp", "jvp"])
def test_same_in_other_modes(refusal: Refusal, mode: str) -> None:
    """What is refused does not depend on the mode."""
    with pytest.raises(pullback.SourceError) as caught:
        run(refusal, mode)
    assert refusal.message in caught.value.message


def test_refusal_is_repeated() -> None:
    """A refused function is refused again: nothing half made stays behind."""
    refusal = REFUSALS["with_statement"]
    derivative = pullback.grad(refusal.function)
    for _ in range(2):
        with pytest.raises(pullback.SourceError, match="open is not supported"):
            derivative(*refusal.arguments())


ROWS = [
    pytest.param(row, id=name)
    for group in table.GROUPS
    for name, row in table.rows(group).items()
    if group is not table.source
]


@pytest.mark.parametrize("row", ROWS)
def test_row_is_met(row: Row) -> None:
    """Compared by identity: rows may have the same message and differ in the hint."""
    assert any(found is row for refusal in REFUSALS.values() for found in refusal.rows)
