"""The gradients that the documents show are what pullback writes now."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "update_readme.py"))


@pytest.mark.parametrize("path", SCRIPT["DOCUMENTS"], ids=lambda path: path.name)
def test_generated_blocks_are_up_to_date(path: Path) -> None:
    """``python docs/update_readme.py`` changes nothing."""
    document = path.read_text()
    assert "<!-- generated:" in document
    assert SCRIPT["renewed"](document) == document
