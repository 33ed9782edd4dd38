"""Breaks of dispatch: calls that meet code compiled for something else."""

from __future__ import annotations

from tests.mutation.table import Break, room

GUARDS = "tests/unit/test_guards.py"
TREES = "tests/unit/test_trees.py"
PROGRAMS = "tests/programs/test_programs.py"

room(
    "guards and dispatch",
    keyword_default_changed=Break(
        "frontend/guards.py",
        "    return found + [\n",
        "    return found or [\n",
        "A keyword default that changes in its dict leaves the old code in use.",
        GUARDS, "keyword_defaults",
    ),
    builtin_shadowed=Break(
        "frontend/outside.py",
        '            self.session.guards["absent", *here.identity()] = Guard(here, "absent", None)\n',
        "",
        "A global that comes to hide a builtin is not seen.",
        GUARDS, "hides_a_builtin", unnoticed=True,
    ),
    kind_from_outside=Break(
        "dispatch.py",
        '        guards += kind_tests(kind, f"v{k}", names)\n',
        "",
        "A global array may change its dtype and number of dimensions unseen.",
        GUARDS, "changes_are_noticed",
    ),
    sizes_of_one=Break(
        "frontend/kinds.py",
        "ones = tuple([n == 1 for n in value.shape])",
        "ones = tuple([False for n in value.shape])",
        "Which sizes of arguments are 1 is no part of a signature.",
        PROGRAMS, "size_one_axes",
    ),
    kinds_of_fields=Break(
        "frontend/checks.py",
        "    for name, kind in kinds:\n"
        '        found += kind_tests(kind, f"{read}.{name}", names, read)\n',
        "",
        "Of dataclasses a later call asks for the class alone, not for what its fields hold.",
        TREES, "other_kinds_at_a_later_call", unnoticed=True,
    ),
    wrapper_believed=Break(
        "dispatch.py",
        "return held if isinstance(held, _Owned) and held.owner() is function else None",
        "return held if isinstance(held, _Owned) else None",
        "A function that functools.wraps made like another is run by the other's code.",
        GUARDS, "wrappers_are_what_they_do",
    ),
    pinned_number=Break(
        "frontend/outside.py",
        '        self.session.guards[source.identity()] = Guard(source, "value", found)\n',
        "",
        "A global number that decided something while compiling may change unseen.",
        GUARDS, "changes_are_noticed",
    ),
)
