"""The tests notice a broken compiler: each deliberate break makes the named part of them fail.

By default only the table is looked at. ``pytest -m mutation`` breaks a copy of the compiler at each row
and runs the part of the default run that the row names, which has to fail, and passes on a copy that is
not broken.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.table import BREAKS, BY_BEHAVIOUR, ROOMS, ROOT, SOURCE, Break

breaks = pytest.mark.parametrize("row", BREAKS.values(), ids=BREAKS.keys())
LIMIT = 600.0


@breaks
def test_row_applies(row: Break) -> None:
    """Its text is there exactly once, what comes of it is Python and says something else, and it names
    tests of behaviour."""
    compile(row.text(), row.file, "exec")
    assert row.before != row.after
    assert row.what.endswith(".")
    assert row.noticed.split()
    for path in row.noticed.split():
        assert path.startswith(BY_BEHAVIOUR)
        assert (ROOT / path).is_file()


def test_each_room_is_broken() -> None:
    """No pass is without a break, and no row stands for another as well."""
    files = {row.file for row in BREAKS.values()}
    passes = {f"passes/{path.name}" for path in (SOURCE / "pullback/passes").glob("*.py")}
    helpers = {f"passes/{name}.py" for name in ("__init__", "rewrite", "layouts")}
    assert passes - files == helpers
    assert len(BREAKS) == sum(map(len, ROOMS.values())) >= 34
    assert len({(row.file, row.before, row.after) for row in BREAKS.values()}) == len(BREAKS)


def run(row: Break, source: Path) -> subprocess.CompletedProcess[str]:
    """The part of the tests that a row names, with the compiler of a directory."""
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *row.noticed.split()]
    command += ["-k", row.by] if row.by else []
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT
    )


@functools.cache
def passes_unbroken(noticed: str, by: str) -> bool:
    row = next(row for row in BREAKS.values() if (row.noticed, row.by) == (noticed, by))
    done = run(row, SOURCE)
    print(done.stdout)
    return done.returncode == 0


@pytest.mark.mutation
@breaks
def test_break_is_noticed(row: Break, tmp_path: Path) -> None:
    """A test fails (none is an error while tests are collected or set up), and passes without it."""
    source = tmp_path / "src"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    (source / "pullback" / row.file).write_text(row.text(), encoding="utf-8")
    done = run(row, source)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^FAILED ", done.stdout, re.MULTILINE), done.stdout
    assert not re.search(r"^ERROR ", done.stdout, re.MULTILINE), done.stdout
    assert passes_unbroken(row.noticed, row.by)
