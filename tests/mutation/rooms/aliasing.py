"""Breaks of the analysis of aliases: which names, views, items and results share memory."""

from __future__ import annotations

from tests.mutation.table import Break, room

PROGRAMS = "tests/programs/test_programs.py"

room(
    "aliasing",
    read_otherwise=Break(
        "frontend/merge.py",
        "same = x.op.params == y.op.params and [c.type for c in ours] == [c.type for c in theirs]",
        "same = [c.type for c in ours] == [c.type for c in theirs]",
        "A name for one view or another, as a condition decides, is taken for the first.",
        PROGRAMS, "one_part_or_another", unnoticed=True,
    ),
    diagonal_written_to=Break(
        "passes/sharing.py",
        '"broadcast_to", "diag", "diagonal", ',
        '"broadcast_to", ',
        "A diagonal, which NumPy gives read-only, is taken for an array that may be written to.",
        PROGRAMS, "cholesky_or_diagonal",
    ),
    views_apart=Break(
        "ir/alias.py",
        "        if viewed := op.views():\n",
        "        if viewed := ():\n",
        "Views are taken for memory of their own.",
        PROGRAMS, "overlapping_writes",
    ),
    views_not_read_again=Break(
        "frontend/heap.py",
        "return known is not None and known[0] is self.state.version(self.root(r))",
        "return known is not None",
        "A view is not read again when its array has been written to.",
        PROGRAMS, "the_array_by_other_spellings",
    ),
    widened_in_one_round=Break(
        "frontend/fixpoint.py",
        "stable = self.share(end) and self.together(end) and stable",
        "stable = self.share(end) and self.together(end)",
        "A loop's variable that changes its kind in the first pass is not lowered again.",
        PROGRAMS, "zero_then_arrays",
    ),
)
