"""Breaks of the front end: liveness, handlers, comprehensions."""

from __future__ import annotations

from tests.mutation.table import Break, room

PROGRAMS = "tests/programs/test_programs.py"

room(
    "front end",
    head_of_a_while=Break(
        "frontend/liveness.py",
        "    head = EMPTY\n    for _ in range(2):",
        "    head = EMPTY\n    for _ in range(1):",
        "What the next pass of a while reads is not looked at.",
        PROGRAMS, "read_in_the_next_pass", unnoticed=True,
    ),
    conditions_of_fixed_items=Break(
        "frontend/comprehensions.py",
        "            if not all(_known(frame, test) for test in node.generators[k].ifs):\n"
        "                continue\n",
        "",
        "The conditions of a comprehension over a fixed tuple are not asked.",
        PROGRAMS, "conditions_that_guard", unnoticed=True,
    ),
    key_met_again=Break(
        "frontend/comprehensions.py",
        "return Dct(dict(pairs))",
        "return Dct(dict(reversed(pairs)))",
        "A dict comprehension over fixed items goes through them backwards.",
        PROGRAMS, "names_zipped_with_values",
    ),
    conditions_in_order=Break(
        "frontend/desugar.py",
        "        for test in reversed(g.ifs):",
        "        for test in g.ifs:",
        "The second condition of a comprehension is asked before the first.",
        PROGRAMS, "conditions_that_guard", unnoticed=True,
    ),
    loops_inside_out=Break(
        "frontend/desugar.py",
        "    for k, g in reversed(list(enumerate(generators))):",
        "    for k, g in enumerate(generators):",
        "The first loop of a comprehension is the innermost.",
        PROGRAMS, "all_pairs",
    ),
)
