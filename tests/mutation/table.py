"""Deliberate breaks of the compiler's text, each a slip that a person could make.

The rows stand by room of the compiler in ``rooms``. A row replaces one piece of one file of
``src/pullback``, which occurs there exactly once, so that a row that has gone stale is an error; it says
in one sentence what is then broken, and names a part of the default run that has to fail.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
# What looks at values, derivatives, errors, aliasing, copies or costs; the rest of the tests pins how
# something is done, or how its text reads.
BY_BEHAVIOUR = (
    "tests/programs/", "tests/rules/", "tests/unit/test_api.py", "tests/unit/test_guards.py",
    "tests/unit/test_trees.py", "tests/unit/test_passes_identities.py",
    "tests/unit/test_debugging.py", "tests/unit/test_outside.py",
)  # fmt: skip


@dataclass(frozen=True)
class Break:
    """A break: where, the text before and after, and what is wrong then.

    ``noticed`` are the files of tests that notice it, ``by`` what ``-k`` selects of them. ``unnoticed``
    says that no test did when the break was chosen, so that these were written for it.
    """

    file: str
    before: str
    after: str
    what: str
    noticed: str
    by: str = ""
    unnoticed: bool = False

    def text(self) -> str:
        """The text of the file with the break."""
        text = (SOURCE / "pullback" / self.file).read_text(encoding="utf-8")
        found = text.count(self.before)
        if found != 1:
            raise ValueError(f"{self.file} has the text of this break {found} times:\n{self.before}")
        return text.replace(self.before, self.after)


ROOMS: dict[str, dict[str, Break]] = {}
BREAKS: dict[str, Break] = {}


def room(title: str, **rows: Break) -> None:
    """Enter the breaks of a room of the compiler, by name."""
    twice = BREAKS.keys() & rows.keys()
    if twice or title in ROOMS:
        raise ValueError(f"{title}: entered twice: {twice}")
    ROOMS[title] = rows
    BREAKS.update(rows)


def load() -> None:
    """Import all rooms."""
    for path in sorted(Path(__file__).with_name("rooms").glob("*.py")):
        importlib.import_module(f"tests.mutation.rooms.{path.stem}")


load()
