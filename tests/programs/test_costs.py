"""What derivatives cost, read off the emitted text: its length, and the copies and buffers in it."""

from __future__ import annotations

import re

import pytest

import pullback
from pullback.frontend.kinds import kind_of
from tests.programs.registry import PROGRAMS, Program

LOOPING = [p for p in PROGRAMS.values() if len(p.sizes) > 1]
ALLOCATIONS = re.compile(r"\.copy\(|np\.(?:copy|zeros|zeros_like|ones|ones_like|empty|empty_like)\(")


def source(program: Program, size: int) -> str:
    """The text of a derivative compiled afresh for arguments of a size."""
    derivative = pullback.grad(program.function, program.argnums)
    derivative(*program.arguments(size))
    return derivative.source


@pytest.mark.parametrize("program", LOOPING, ids=lambda p: p.name)
def test_length_does_not_depend_on_sizes(program: Program) -> None:
    """Sizes and trip counts change nothing: compiled at two of them the text is the same."""
    small, large = program.sizes[0], 4 * program.sizes[0]
    value = program.function(*program.arguments())
    if isinstance(value, tuple | dict) or getattr(value, "size", 1) != 1:
        return
    kinds = [tuple(map(kind_of, program.arguments(n))) for n in (small, large)]
    if kinds[0] == kinds[1]:
        assert source(program, small) == source(program, large)


@pytest.mark.parametrize(
    ("name", "allocations"),
    [
        ("fill_by_index", {}),
        ("rnn", {}),
        ("heat_in_place", {}),
        ("weighted_total", {}),
        ("forward_substitution", {}),
        ("flipped_writes", {}),
    ],
)
def test_allocations(name: str, allocations: dict[str, int]) -> None:
    """Exactly the buffers that the function makes, one for each adjoint, and no copies besides."""
    program = PROGRAMS[name]
    text = source(program, program.sizes[0])
    found = {}
    for match in ALLOCATIONS.findall(text):
        found[match] = found.get(match, 0) + 1
    assert found == allocations, text
