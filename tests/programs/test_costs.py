"""What derivatives cost, read off the emitted text: its length, its copies and its buffers."""

from __future__ import annotations

import re

import pytest

import pullback
from pullback.frontend.kinds import kind_of
from tests.programs.registry import PROGRAMS, Program


def same_kinds(program: Program) -> bool:
    """Whether arguments of two sizes select the same specialisation."""
    small, large = (tuple(map(kind_of, program.arguments(n))) for n in program.sizes[:2])
    return small == large


SIZED = [p for p in PROGRAMS.values() if p.has_gradient and same_kinds(p)]
ALLOCATIONS = re.compile(r"(?:\.|np\.)(copy|zeros|ones|empty|full|\w+_like)\(")


def source(program: Program, size: int) -> str:
    """The text of a derivative compiled afresh for arguments of a size."""
    derivative = pullback.grad(program.function, program.argnums)
    derivative(*program.arguments(size))
    return derivative.source


@pytest.mark.parametrize("program", SIZED, ids=lambda p: p.name)
def test_length_does_not_depend_on_sizes(program: Program) -> None:
    """Sizes and trip counts change nothing: compiled at two of them the text is the same."""
    small, large = program.sizes[:2]
    assert source(program, small) == source(program, large)


@pytest.mark.parametrize(
    ("name", "allocations"),
    [
        ("fill_by_index", {"zeros": 1, "zeros_like": 1, "full_like": 1}),
        ("rnn", {"zeros": 1, "zeros_like": 3}),
        ("heat_in_place", {"copy": 1}),
        ("forward_substitution", {"zeros": 1, "zeros_like": 2}),
        ("flipped_writes", {"zeros": 1, "zeros_like": 1, "copy": 1}),
        ("alignment", {"zeros": 1, "zeros_like": 3}),
    ],
)
def test_allocations(name: str, allocations: dict[str, int]) -> None:
    """The buffers that the function makes itself, one for each adjoint, and no copies besides.

    No later pass of ``rnn`` overwrites h[t], which is read again; ``heat_in_place`` itself copies.
    The adjoint of y in ``flipped_writes`` begins as a copy of what y is multiplied by.
    """
    program = PROGRAMS[name]
    text = source(program, program.sizes[0])
    found: dict[str, int] = {}
    for match in ALLOCATIONS.findall(text):
        found[match] = found.get(match, 0) + 1
    assert found == allocations, text
