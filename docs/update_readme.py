"""Write the gradients that the documents show: into README.md and docs/design.md.

A block between ``<!-- generated: ... -->`` and ``<!-- end -->`` is made from the Python block above
it, which is run from a temporary file: ``gradient source`` is what that program prints, and
``gradient of F by 0, 1`` is the source of F's gradient with respect to these arguments.

    python docs/update_readme.py
"""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from pullback import grad

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "design.md")
PYTHON = re.compile(r"^```python\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
GENERATED = re.compile(r"(<!-- generated: (.*?) -->\n).*?(<!-- end -->)", re.DOTALL)

x = np.linspace(-1.0, 2.0, 6)
# What the programs are run with, and the arguments that gradients are compiled for.
NAMES: dict[str, Any] = {
    "np": np,
    "w": np.array([0.5, -1.0]),
    "X": np.array([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]]),
    "y": np.array([0.0, 1.0, 1.0]),
}
CALLS: dict[str, tuple[Any, ...]] = {
    "logistic_map": (0.3, 3.2, 5),
    "pendulum": (1.0, 2.0, 5),
    "index_loop": (x,),
    "lse": (x,),
}


def renewed(document: str) -> str:
    """The document with all its generated blocks made again."""

    def block(match: re.Match[str]) -> str:
        program = PYTHON.findall(document[: match.start()])[-1]
        text = gradient(program, match[2])
        return f"{match[1]}```python\n{text.strip()}\n```\n{match[3]}"

    return GENERATED.sub(block, document)


def gradient(program: str, wanted: str) -> str:
    """What a program prints, or the source of the gradient of a function in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        path.write_text(program)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            names = runpy.run_path(str(path), NAMES)
        if wanted == "gradient source":
            return printed.getvalue()
        match = re.fullmatch(r"gradient of (\w+) by ([\d, ]+)", wanted)
        if match is None:
            raise ValueError(f"cannot generate {wanted!r}")
        argnums = tuple(map(int, match[2].split(",")))
        derivative = grad(names[match[1]], argnums if len(argnums) > 1 else argnums[0])
        derivative(*CALLS[match[1]])
        return str(derivative.source)


def main() -> None:
    for path in DOCUMENTS:
        path.write_text(renewed(path.read_text()))


if __name__ == "__main__":
    main()
