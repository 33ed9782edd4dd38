"""What the build of the site adds: the pictures that the examples draw, and no hidden blocks."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # mkdocs takes it out again

from docs.pictures import EXAMPLES, picture

COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def on_files(files: Files, *, config: Any) -> Files:
    for name in EXAMPLES:
        files.append(File.generated(config, f"pictures/{name}.png", content=picture(name)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Comments hold blocks that only run, and marks for ``generate.py``."""
    return COMMENT.sub("", markdown)
