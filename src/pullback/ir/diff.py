"""What a pass changed, as text: the lines of the IR that it removed, added and moved."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence

CONTEXT = 2


def changes(before: str, after: str) -> str:
    """The lines that differ, ``-`` before and ``+`` after, with what stands around them.

    Both texts come from one ``Printer``, so that what stayed has the same labels.
    """
    old, new = before.splitlines(), after.splitlines()
    _, _, *lines = difflib.unified_diff(old, new, lineterm="", n=CONTEXT)
    return "\n".join("   ..." if line.startswith("@@") else f"{line[:1]} {line[1:]}" for line in lines)


def summary(before: str, after: str) -> str:
    """``2 moved, 3 removed, 1 added``: of the lines, of which braces do not count."""
    old, new = _statements(before), _statements(after)
    stayed = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept = Counter(line for block in stayed for line in old[block.a : block.a + block.size])
    removed, added = Counter(old) - kept, Counter(new) - kept
    moved = removed & added
    counts = {"moved": moved, "removed": removed - moved, "added": added - moved}
    found = [f"{count} {word}" for word, lines in counts.items() if (count := lines.total())]
    return ", ".join(found)


def _statements(text: str) -> Sequence[str]:
    """The lines without their places: an op that moves may stand for another line of the user's."""
    lines = (line.partition("//")[0].strip() for line in text.splitlines())
    return [line for line in lines if line not in ("", "}")]
