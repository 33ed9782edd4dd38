"""The command that checks random programs, shrinks those that fail, and prints figures.

    python -m tests.fuzz.run 17            check the program of seed 17 and print it
    python -m tests.fuzz.run 0 500         check seeds 0 to 499
    python -m tests.fuzz.run --minutes 10  check new seeds for ten minutes (--first SEED to say which)
    python -m tests.fuzz.run --file p.py   check a file that defines f, INPUTS and perhaps ACTIVE

``--only views,rows`` makes programs of these elements alone: see ``elements``.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz import shrink
from tests.fuzz.elements import ELEMENTS
from tests.fuzz.generator import Program, program
from tests.fuzz.given import Pair, Rec
from tests.fuzz.oracles import Args, Finding, examine

Make = Callable[[int], Program]
NUMBA_EVERY = 40
LONGEST = 120.0  # seconds that a program may take
PATIENCE = 20.0  # seconds that a program may take while it is shrunk


def report(p: Program, finding: Finding) -> str:
    """A seed, a program to paste into a file, and how to run both again."""
    lines = traceback.format_exception(finding.error)
    of = p.original
    original = "" if of is None else f"from {of.__module__} import {of.__name__} as ORIGINAL\n\n"
    return (
        f"seed {p.seed}: {finding.kind}\n\n{''.join(lines[-4:])}\n"
        f"# save as repro.py; run: python -m tests.fuzz.run --file repro.py --seed {p.seed}\n"
        f"# the program as generated: python -m {p.again}\n"
        f"{p.text}\n\n{original}ACTIVE = {p.active}\nINPUTS = {literal(p.inputs)}\n"
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
        case Pair() | Rec():
            return f"{type(a).__name__}({_text(a.p)}, {_text(a.q)})"
        case tuple():
            return f"({', '.join(map(_text, a))},)" if a else "()"
        case list():
            return f"[{', '.join(map(_text, a))}]"
        case np.generic():
            return f"np.{type(a).__name__}({a.item()!r})"
        case dict():
            return f"{{{', '.join(f'{k!r}: {_text(v)}' for k, v in a.items())}}}"
    return repr(a)


class TooLong(BaseException):
    """A program that shrinking has made endless."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Stop what takes longer, where the system can."""

    def stop(*_: Any) -> None:
        raise TooLong

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def shrunk(p: Program, kind: str, folder: Path, extended: bool = False) -> Program:
    """The smallest program found that fails in the same way."""

    def fails(text: str, inputs: tuple[Args, ...]) -> bool:
        try:
            with limited(PATIENCE):
                found = examine(replace(p, text=text, inputs=inputs), folder, extended)
        except (Exception, TooLong):  # a part was removed that the program needs
            return False
        return found is not None and found.kind == kind

    inputs = p.inputs
    for args in p.inputs:
        if fails(p.text, (args,)):
            inputs = (args,)
    return replace(p, text=shrink.smallest(p.text, lambda t: fails(t, inputs)), inputs=inputs)


@dataclass
class Figures:
    """What became of many programs."""

    count: int = 0
    failures: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    used: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def examine(self, p: Program, folder: Path, extended: bool = False) -> Finding | None:
        """Check a program, and count it."""
        begun, finding = time.monotonic(), None
        try:
            with limited(LONGEST):
                finding = examine(p, folder, extended)
        except TooLong:
            self.kinds[f"given up after {LONGEST:.0f} s"] += 1
        self.seconds += time.monotonic() - begun
        self.count += 1
        self.used.update(p.used)
        if finding is not None:
            kind = f"{'refused' if finding.refusal else 'FAILED'}: {finding.kind}"
            self.kinds[kind] += 1
            (self.refusals if finding.refusal else self.failures).append(report(p, finding))
            self.refused.update(p.used if finding.refusal else ())
        return finding

    def __str__(self) -> str:
        head = (
            f"{self.count} programs in {self.seconds:.0f} s: {len(self.failures)} fail, "
            f"{len(self.refusals)} are refused"
        )
        kinds = [f"{count:6} {kind}" for kind, count in self.kinds.most_common()]
        rates = [
            f"{name:>22}: in {self.used[name]:5} programs, {self.refused[name]:4} of them refused"
            for name in sorted(self.used)
        ]  # fmt: skip
        return "\n".join([head, *kinds, *rates])


def for_minutes(minutes: float, first: int, folder: Path, make: Make = program) -> Figures:
    """Check seeds from the first one until the time is over."""
    figures, end = Figures(), time.monotonic() + 60 * minutes
    for seed in itertools.count(first):
        if time.monotonic() > end:
            break
        _next(seed, figures, folder, make)
    return figures


def as_long_as_wanted(folder: Path, rate: float, make: Make = program) -> None:
    """Check new seeds as environment variables say: that none fails, and so many are refused at most."""
    minutes = float(os.environ.get("PULLBACK_FUZZ_MINUTES", "1"))
    first = int(os.environ.get("PULLBACK_FUZZ_SEED", "1000"))
    figures = for_minutes(minutes, first, folder, make)
    print(figures)
    assert not figures.failures, "\n".join([*figures.failures, str(figures)])
    assert len(figures.refusals) <= rate * figures.count + 3, "\n".join(figures.refusals)


def _next(seed: int, figures: Figures, folder: Path, make: Make) -> None:
    """Check the program of a seed; each kind of failure is shrunk once."""
    p, extended = make(seed), seed % NUMBA_EVERY == 0
    finding = figures.examine(p, folder, extended)
    if finding is None:
        return
    if finding.refusal:
        print(f"seed {seed} is refused: {finding.kind}", flush=True)
    elif figures.kinds[f"FAILED: {finding.kind}"] > 1:
        print(f"seed {seed} FAILS: {finding.kind}", flush=True)
    else:
        print(report(shrunk(p, finding.kind, folder, extended), finding), flush=True)


def main(
    arguments: list[str], make: Callable[..., Program] = program, elements: Mapping[str, Any] = ELEMENTS
) -> int:
    """The command: for programs of a kind, made of a seed and some of its elements."""
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("seeds", nargs="*", type=int, help="one, or the first and the end")
    options.add_argument("--minutes", type=float)
    options.add_argument("--first", type=int, default=1000)
    options.add_argument("--file", type=Path)
    options.add_argument("--seed", type=int, default=0, help="what a file is checked with")
    options.add_argument("--only", default="")
    chosen = options.parse_args(arguments)
    on = _elements(chosen.only, frozenset(elements))
    with tempfile.TemporaryDirectory() as folder:
        return _run(chosen, functools.partial(make, on=on), Path(folder))


def _run(chosen: argparse.Namespace, make: Make, folder: Path) -> int:
    if chosen.file:
        return _show(_from_file(chosen.file, chosen.seed), folder)
    if chosen.minutes is None and len(chosen.seeds) == 1:
        p = make(chosen.seeds[0])
        print(p.text)
        return _show(p, folder)
    if chosen.minutes is None:
        figures = Figures()
        for seed in range(*chosen.seeds):
            _next(seed, figures, folder, make)
    else:
        figures = for_minutes(chosen.minutes, chosen.first, folder, make)
    print(figures)
    return len(figures.failures)


def _elements(names: str, known: frozenset[str]) -> frozenset[str]:
    found = frozenset(filter(None, names.split(",")))
    if unknown := found - known:
        there = ", ".join(sorted(known))
        raise SystemExit(f"no elements: {', '.join(sorted(unknown))}; there are {there}")
    return found or known


def _from_file(path: Path, seed: int) -> Program:
    names: dict[str, Any] = {}
    text = path.read_text(encoding="utf-8")
    exec(compile(text, str(path), "exec"), names)
    active, original = names.get("ACTIVE", (0, 1, 2, 3)), names.get("ORIGINAL")
    again = f"tests.fuzz.run --file {path}"
    return Program(seed, text, names["INPUTS"], active, again=again, original=original)


def _show(p: Program, folder: Path) -> int:
    finding = examine(p, folder, extended=True)
    if finding is None:
        print(f"seed {p.seed}: passed")
        return 0
    print(report(p, finding), flush=True)
    return int(not finding.refusal)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
