"""The pictures that the examples draw, for the site.

A module of its own, apart from the hooks of the build, which are loaded anew for each build: a server
draws the pictures once.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "examples"
EXAMPLES = (
    "circuits", "logistic_regression", "losses", "two_layer", "optimisers", "minimize", "digits",
)  # fmt: skip


@functools.cache
def picture(name: str) -> bytes:
    """The PNG that an example writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.png"
        with contextlib.redirect_stdout(None):
            loaded(name).main(["--out", folder])
        return path.read_bytes()


def loaded(name: str) -> Any:
    """The module of an example, from its file."""
    spec = importlib.util.spec_from_file_location(f"examples.{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
