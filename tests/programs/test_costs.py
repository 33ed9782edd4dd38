"""What derivatives cost: the length of their text, its copies and buffers, and work and memory as
arguments grow, which are counted, not timed.
"""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest

import pullback
from pullback import tree
from pullback.frontend.kinds import kind_of
from pullback.ir.core import reachable, walk
from tests.programs import checks, costs
from tests.programs.registry import PROGRAMS, Program, by_turns
from tests.programs.test_shapes import lowered


def same_kinds(program: Program) -> bool:
    """Whether arguments of two sizes select the same specialisation."""
    small, *larger = (tuple(map(kind_of, program.arguments(n))) for n in program.sizes[:2])
    return larger == [small]


# Few by default: compiling is given kinds, which hold no sizes, and what is read from outside; that one
# compiled derivative serves all sizes is met with every program.
SIZED = by_turns((p for p in PROGRAMS.values() if p.has_gradient and same_kinds(p)), 32, 4)
ALLOCATIONS = re.compile(r"(?:\.|np\.)(copy|zeros|ones|empty|full|\w+_like)\(")


def source(program: Program, size: int) -> str:
    """The text of a derivative compiled afresh for arguments of a size."""
    program.function.__dict__.pop("__pullback__", None)  # what was compiled for another size
    derivative = pullback.grad(program.function, program.argnums)
    derivative(*program.arguments(size))
    return derivative.source


@pytest.mark.parametrize("program", SIZED)
def test_length_does_not_depend_on_sizes(program: Program) -> None:
    """Sizes and trip counts change nothing: compiled at two of them the text is the same."""
    small, large = program.sizes[:2]
    assert source(program, small) == source(program, large)


def pushes(program: Program, mode: str) -> int:
    """In how many places items are put into lists."""
    every = (op for f in reachable(lowered(program, mode, 2).func) for op in walk(f.block))
    return sum(op.name == "list_push" for op in every)


@pytest.mark.parametrize("program", by_turns(PROGRAMS.values(), 8))
def test_forward_mode_keeps_no_stacks(program: Program) -> None:
    """Beside each list of the function is one of tangents, and no other."""
    assert pushes(program, "tangent") <= 2 * pushes(program, "primal")


# Programs of whole arrays; from 256 kB on NumPy computes in the place of what nothing else needs.
WHOLE_ARRAYS = {
    "heat_in_place": 40_000, "saved_then_overwritten": 40_000, "masked_write": 40_000, "flat_view": 200,
    "one_array_in_two_items": 40_000, "permuted_axes": 7_000, "survival": 40_000,
    "state_in_a_dict": 40_000, "rows_in_step": 200, "broadcast_writes": 14_000,
    "tree_argument_written": 40_000,
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE_ARRAYS)
def test_memory_of_forward_mode(name: str) -> None:
    """Together with its arguments a derivative along a direction takes at most twice the memory of the
    function, which is given copies: derivatives leave what they are given as it was."""
    program = PROGRAMS[name]
    args = program.arguments(WHOLE_ARRAYS[name])
    tangents = checks.directions(program.rng(1), args, program.argnums)
    moved = tuple(t if k in program.argnums else None for k, t in enumerate(tangents))
    pullback.jvp(program.function, args, moved)  # compiles
    size = lambda given: sum(a.nbytes for a in tree.leaves(given) if isinstance(a, np.ndarray))
    own = costs.memory(lambda *args: program.function(*checks.fresh(args)), args) + size(args)
    found = costs.memory(lambda *args: pullback.jvp(program.function, args, moved), args)
    assert found + size(args) + size(moved) <= 2.05 * own, f"{found} bytes beside {own}"


@pytest.mark.parametrize(
    ("name", "allocations"),
    [
        ("fill_by_index", {"zeros": 1, "zeros_like": 1, "ones_like": 1}),
        ("rnn", {"zeros": 1, "zeros_like": 3}),
        ("heat_in_place", {"copy": 1}),
        ("forward_substitution", {"zeros": 1, "zeros_like": 2}),
        ("flipped_writes", {"zeros": 1, "zeros_like": 1, "copy": 1}),
        ("rows_above_rows", {}),
        ("rows_scaled", {"copy": 1, "zeros_like": 1}),
        ("recursion_in_place", {"copy": 2}),
        ("written_by_a_helper", {"copy": 1, "zeros_like": 1}),
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


# ---- work and memory, counted


def copied_in_each_pass(x):  # type: ignore[no-untyped-def]
    s = 0.0
    for i in range(len(x)):
        y = x.copy()
        s += y[i]
    return s


def added_in_each_pass(x):  # type: ignore[no-untyped-def]
    for i in range(len(x)):
        x += x[i]
    return x


def test_whole_arrays_are_counted() -> None:
    """What touches a whole array in each pass is seen to grow as the square."""
    for function in (copied_in_each_pass, added_in_each_pass):
        function = costs.instrumented(function)
        small, large = (costs.work(function, (np.ones(n),)) for n in (100, 1000))
        assert large > 60 * small


# Loops that read by several indices or write in place, each with a size.
GROWING = {
    "thomas": 100, "thomas_in_place": 100, "bubble_sort": 12, "leapfrog_bodies": 4,
    "rows_of_a_plane": 8, "heat_explicit": 50, "floyd_warshall": 4, "shell_sort": 20,
    "insertion_sort": 12, "edit_distance_in_rows": 8,
    "gauss_seidel_sweeps": 100, "heat_by_loops": 6, "bodies": 6, "causal_attention": 8,
    "table_with_its_transpose": 8, "ragged_table": 8, "product_of_tables": 3, "three_indices": 3,
    "row_read_beside_itself": 8, "elements_of_arrays": 8, "rows_of_matrices": 3,
    "table_made_of_a_table": 8, "alignment_table": 8, "factors_of_a_table": 4,
    "table_of_vectors": 4, "bubbles_in_a_reshape": 20, "sines_in_a_reshape": 20,
    "parts_of_a_series": 50, "smoothed": 20, "appended_to_a_few": 50, "queue_of_a_long_series": 50,
}  # fmt: skip
TIMES = 6


@functools.cache
def work_of_function(name: str, size: int) -> int:
    """What a program itself costs, with which both backends are compared."""
    program = PROGRAMS[name]
    return costs.work(costs.instrumented(program.function), program.arguments(size))


@pytest.mark.parametrize(
    ("name", "backend"),
    [*((n, "numpy") for n in GROWING), *((n, "numba") for n in GROWING if PROGRAMS[n].numba)],
)
def test_cost_grows_as_that_of_the_function(name: str, backend: str) -> None:
    """A gradient takes a bounded multiple of its function's work, and at most memory for each step."""
    program = PROGRAMS[name]
    derivative = pullback.grad(program.function, program.argnums, backend=backend)
    own = [work_of_function(name, size) for size in (GROWING[name], TIMES * GROWING[name])]
    works, memories = [], []
    for size in (GROWING[name], TIMES * GROWING[name]):
        args = program.arguments(size)
        text = derivative.compile([kind_of(a) for a in args]).source
        gradient = costs.of_text(text)
        works.append(costs.work(gradient, args))
        memories.append(costs.memory(gradient, args))
    what = f"{name}: {own} for the function, {works} for its gradient, {memories} bytes"
    assert all(work <= 8 * alone for work, alone in zip(works, own, strict=True)), what
    assert works[1] / works[0] <= 1.25 * own[1] / own[0], what
    assert memories[1] / memories[0] <= 1.25 * own[1] / own[0], what
