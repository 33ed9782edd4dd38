"""What the build of the site adds: the pictures that the examples draw, and no hidden blocks."""

from __future__ import annotations

import contextlib
import functools
import importlib
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = (
    "circuits", "logistic_regression", "losses", "two_layer", "optimisers", "minimize", "digits",
)  # fmt: skip
COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def on_files(files: Files, *, config: Any) -> Files:
    for name in EXAMPLES:
        files.append(File.generated(config, f"pictures/{name}.png", content=picture(name)))
    return files


@functools.cache
def picture(name: str) -> bytes:
    """What an example draws."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.png"
        out = path if name == "digits" else path.parent
        with contextlib.redirect_stdout(None):
            importlib.import_module(f"examples.{name}").main(["--out", str(out)])
        return path.read_bytes()


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Comments hold blocks that only run, and marks for ``generate.py``."""
    return COMMENT.sub("", markdown)
