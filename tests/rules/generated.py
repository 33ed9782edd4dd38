"""Modules of test subjects, written from the table and imported from real files.

The compiler reads source from files, and pytest changes the code of test modules, so the functions
stand in modules of their own, each with what ``pullback.testing.subjects`` puts beside it.
"""

from __future__ import annotations

import atexit
import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

from pullback.rules import table
from pullback.rules.table import Row
from pullback.testing.subjects import Subject, subject_in, text_of
from tests.rules.examples.registry import Example

# Rows of SciPy, which come when somebody looks for them, have tests of their own.
ROWS = {name: row for name, row in table.ROWS.items() if not name.startswith("scipy.")}
SYMBOLS = {
    "add": "{} + {}",
    "sub": "{} - {}",
    "mul": "{} * {}",
    "div": "{} / {}",
    "floordiv": "{} // {}",
    "mod": "{} % {}",
    "pow": "{} ** {}",
    "neg": "-{}",
    "pos": "+{}",
    "lt": "{} < {}",
    "le": "{} <= {}",
    "gt": "{} > {}",
    "ge": "{} >= {}",
    "eq": "{} == {}",
    "ne": "{} != {}",
    "clip_from": "np.clip({}, {}, None)",
    "clip_to": "np.clip({}, None, {})",
}
FOLDER = Path(tempfile.mkdtemp(prefix="pullback_rules_"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


Subjects = dict[str, Subject]


def spelled(row: Row, names: list[str]) -> str:
    """The call of a row's function as source."""
    if row.name in SYMBOLS:
        return SYMBOLS[row.name].format(*names)
    return f"{row.prim.path}({', '.join(names)})"


def imports_of(paths: Iterator[str]) -> str:
    """The imports that dotted names need; ``np`` is NumPy."""
    modules = {p.rpartition(".")[0] for p in paths} - {""}
    lines = {f"import {m}" for m in modules if m.partition(".")[0] != "np"}
    return "\n".join(sorted(lines | {"import numpy as np", "import pullback"})) + "\n"


def written(
    module: str, header: str, parts: list[tuple[str, str, list[str]]], of_complex: bool = False
) -> Subjects:  # fmt: skip
    """Write a module with a subject for each (name, body, argument names), and import it."""
    path = FOLDER / f"{module}.py"
    path.write_text(header + "".join(text_of(*part, of_complex) for part in parts))
    spec = importlib.util.spec_from_file_location(module, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    found = {}
    for name, _, names in parts:
        found[name] = subject_in(vars(loaded), name, len(names))
    return found


def subjects_of_rows(
    module: str, rows: list[Row], count: Callable[[Row], int], of_complex: bool = False
) -> Subjects:  # fmt: skip
    """A subject for each row, by the name of the row; ``count`` tells how many inputs it has."""
    header = imports_of(row.prim.path for row in rows)
    parts = []
    for row in rows:
        names = list("xyzuvw"[: count(row)])
        parts.append((f"row_{row.name.replace('.', '_')}", spelled(row, names), names))
    found = written(module, header, parts, of_complex)
    return {row.name: found[part[0]] for row, part in zip(rows, parts, strict=True)}


def subjects_of_calls(
    module: str, examples: Sequence[Example], modules: Iterable[ModuleType], of_complex: bool = False
) -> Subjects:  # fmt: skip
    """A subject for each example, ``call_`` before its name; ``modules`` hold their functions."""
    header = "import numpy as np\nimport pullback\n"
    header += "".join(f"import {m.__name__}\n" for m in modules)
    parts = []
    for e in examples:
        names = [f"x{k}" for k in range(e.function.__code__.co_argcount)]
        call = f"{e.function.__module__}.{e.name}({', '.join(names)})"
        parts.append((f"call_{e.name}", call, names))
    return written(module, header, parts, of_complex)
