"""The command that checks one random program, or many, and shrinks those that fail.

    python -m tests.fuzz.run 17            check the program of seed 17 and print it
    python -m tests.fuzz.run 0 500         check seeds 0 to 499, shrink each failing program
    python -m tests.fuzz.run --file p.py   check a file that defines f, INPUTS and perhaps ACTIVE
"""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz import shrink
from tests.fuzz.generator import Program, program
from tests.fuzz.oracles import Args, Finding, examine

NUMBA_EVERY = 40


def report(p: Program, finding: Finding) -> str:
    """A seed, a program to paste into a file, and how to run both again."""
    lines = traceback.format_exception(finding.error)
    return (
        f"seed {p.seed}: {finding.kind}\n\n{''.join(lines[-4:])}\n"
        f"# save as repro.py; run: python -m tests.fuzz.run --file repro.py --seed {p.seed}\n"
        f"# the program as generated: python -m tests.fuzz.run {p.seed}\n"
        f"{p.text}\n\nACTIVE = {p.active}\nINPUTS = {literal(p.inputs)}\n"
    )


def literal(inputs: Iterable[Args]) -> str:
    with np.printoptions(precision=17, floatmode="unique"):
        rows = ["    (" + ", ".join(_text(a) for a in args) + ",)," for args in inputs]
    return "(\n" + "\n".join(rows) + "\n)"


def _text(a: Any) -> str:
    match a:
        case np.ndarray():
            kind = "" if a.dtype == np.float64 else f", dtype=np.{a.dtype}"
            shape = f".reshape({a.shape})" if a.size == 0 else ""
            return f"np.array({a.tolist()}{kind}){shape}"
        case tuple():
            return f"({', '.join(map(_text, a))},)"
        case dict():
            return f"{{{', '.join(f'{k!r}: {_text(v)}' for k, v in a.items())}}}"
    return repr(a)


def shrunk(p: Program, kind: str, folder: Path, extended: bool = False) -> Program:
    """The smallest program found that fails in the same way."""

    def fails(text: str, inputs: tuple[Args, ...]) -> bool:
        try:
            found = examine(replace(p, text=text, inputs=inputs), folder, extended)
        except Exception:  # a part was removed that the program needs
            return False
        return found is not None and found.kind == kind

    inputs = p.inputs
    for args in p.inputs:
        if fails(p.text, (args,)):
            inputs = (args,)
    return replace(p, text=shrink.smallest(p.text, lambda t: fails(t, inputs)), inputs=inputs)


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return _run(arguments, Path(folder))


def _run(arguments: list[str], folder: Path) -> int:
    if arguments[0] == "--file":
        seed = int(arguments[3]) if len(arguments) > 3 else 0
        return _show(_from_file(Path(arguments[1]), seed), folder, False)
    first, last = int(arguments[0]), int(arguments[-1])
    if len(arguments) == 1:
        print(program(first).text)
        return _show(program(first), folder, False)
    return _many(range(first, last), folder)


def _many(seeds: range, folder: Path) -> int:
    """Check many seeds; each kind of failure is shrunk once, all are counted."""
    counts: dict[str, int] = {}
    begun = time.monotonic()
    for seed in seeds:
        p, extended = program(seed), seed % NUMBA_EVERY == 0
        finding = examine(p, folder, extended)
        kind = "passed"
        if finding is not None:
            kind = f"{'refused' if finding.refusal else 'FAILED'} {finding.kind}"
        counts[kind] = counts.get(kind, 0) + 1
        if finding is not None and not finding.refusal and counts[kind] == 1:
            print(report(shrunk(p, finding.kind, folder, extended), finding), flush=True)
        elif finding is not None:
            print(f"seed {seed}: {kind}", flush=True)
    for kind, count in sorted(counts.items(), key=lambda pair: -pair[1]):
        print(f"{count:6} {kind}")
    print(f"{len(seeds)} programs in {time.monotonic() - begun:.0f} s")
    return sum(count for kind, count in counts.items() if kind.startswith("FAILED"))


def _from_file(path: Path, seed: int) -> Program:
    names: dict[str, Any] = {}
    text = path.read_text(encoding="utf-8")
    exec(compile(text, str(path), "exec"), names)
    return Program(seed, text, names["INPUTS"], names.get("ACTIVE", (0, 1, 2, 3)))


def _show(p: Program, folder: Path, small: bool) -> int:
    finding = examine(p, folder, extended=True)
    if finding is None:
        print(f"seed {p.seed}: passed")
        return 0
    print(report(p, finding), flush=True)
    return int(not finding.refusal)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
