"""Fixtures of the unit tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli_runs import PROGRAM


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, with ``prog.py``; modules from it are forgotten afterwards."""
    (tmp_path / "prog.py").write_text(PROGRAM)
    (tmp_path / "notes.ipynb").touch()
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]
