"""What derivatives cost, read off the emitted text: its length, and the copies and buffers in it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import pullback
from pullback.frontend.kinds import kind_of
from tests.programs.registry import PROGRAMS, Program

ALLOCATIONS = re.compile(r"(?:\.|np\.)(copy|zeros|ones|empty|full|\w+_like)\(")


def source(program: Program, size: int) -> str:
    """The text of a derivative compiled afresh for arguments of a size."""
    derivative = pullback.grad(program.function, program.argnums)
    derivative(*program.arguments(size))
    return derivative.source


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_length_does_not_depend_on_sizes(program: Program) -> None:
    """Sizes and trip counts change nothing: compiled at two of them the text is the same."""
    small, large = program.sizes[:2]
    value = program.function(*program.arguments())
    if isinstance(value, tuple | dict) or np.size(value) != 1:
        return
    kinds = [tuple(map(kind_of, program.arguments(n))) for n in (small, large)]
    if kinds[0] == kinds[1]:
        assert source(program, small) == source(program, large)


@pytest.mark.parametrize(
    ("name", "allocations"),
    [
        ("fill_by_index", {"zeros": 1, "zeros_like": 1, "full_like": 1}),
        ("rnn", {"zeros": 1, "zeros_like": 3, "copy": 1}),
        ("heat_in_place", {"copy": 1}),
        ("forward_substitution", {"zeros": 1, "zeros_like": 2}),
        ("flipped_writes", {"zeros": 1, "zeros_like": 1}),
        ("alignment", {"zeros": 1, "zeros_like": 3}),
    ],
)
def test_allocations(name: str, allocations: dict[str, int]) -> None:
    """The buffers that the function makes itself, one for each adjoint, and no copies besides.

    ``rnn`` copies h[t], which a later pass might have overwritten, and ``heat_in_place`` its own copy.
    """
    program = PROGRAMS[name]
    text = source(program, program.sizes[0])
    found: dict[str, int] = {}
    for match in ALLOCATIONS.findall(text):
        found[match] = found.get(match, 0) + 1
    assert found == allocations, text
