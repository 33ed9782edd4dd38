"""Checks of a random program, and a command that runs one seed, or many, and shrinks failures.

    python -m tests.fuzz.run 17            check the program of seed 17 and print it
    python -m tests.fuzz.run 0 500         check seeds 0 to 499, shrink each failing program
    python -m tests.fuzz.run --file p.py   check a file that defines f and INPUTS

Modes are compared with each other tightly and with central differences loosely, the latter only
where differences to both sides agree, so not at kinks and ties.
"""

from __future__ import annotations

import copy
import importlib.util
import itertools
import re
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import pullback
from pullback.errors import SourceError
from tests.fuzz import shrink
from tests.fuzz.generator import ACTIVE, Program, program
from tests.programs import checks

LEVELS = (0, 1, 2)
RTOL = 1e-9
STEP = 1e-6
ROUGH = 1e-3
Args = tuple[Any, ...]
_modules = itertools.count()
_NUMBERED = re.compile(r"%\w+\.\d+|\bn\d+!?|'\w+'")


class Mismatch(AssertionError):
    """Two oracles that disagree."""


@dataclass(frozen=True)
class Finding:
    """What went wrong with a program: the kind of error, and the error."""

    kind: str
    error: Exception

    @property
    def refusal(self) -> bool:
        return isinstance(self.error, SourceError)


def load(text: str, folder: Path) -> Callable[..., Any]:
    """The function ``f`` of a module written to a file of its own."""
    name = f"fuzzed_{next(_modules)}"
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[..., Any] = module.f
    return function


def examine(p: Program, folder: Path) -> Finding | None:
    """Check a program: what is wrong with its derivatives. Errors of its own are raised."""
    f = load(p.text, folder)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for args in p.inputs:
            f(*copy.deepcopy(args))
        try:
            for args in p.inputs:
                check(f, args, p.seed)
        except Exception as error:
            return Finding(kind_of(error), error)
    return None


def kind_of(error: Exception) -> str:
    """Errors of one kind may have one cause: what a shrunk program must keep."""
    if isinstance(error, AssertionError):
        return str(error).partition(":")[0]
    first = str(error).partition("\n")[0].partition(" (/")[0]
    return f"{type(error).__name__}: {_NUMBERED.sub('_', first)}"


# ---- the oracles


def check(f: Callable[..., Any], args: Args, seed: int) -> None:
    """Compare all modes and levels at some arguments. ``seed`` draws directions and a level."""
    rng = np.random.default_rng([seed, 2])
    given = copy.deepcopy(args)
    expected = f(*copy.deepcopy(args))
    gradients = [gradient(f, args, given, expected, level) for level in LEVELS]
    for level, found in zip(LEVELS[1:], gradients[1:], strict=True):
        agree(found, gradients[0], f"gradients of levels 0 and {level} differ")
    level = LEVELS[seed % len(LEVELS)]
    direction = checks.directions(rng, args, ACTIVE)
    value, forward = pullback.jvp(f, args, direction, optimize=level)
    checks.identical(value, expected, "value of jvp")
    backward = pulled_back(f, args, level, expected)
    checks.identical(args, given, "arguments after jvp and vjp")
    agree(backward, gradients[0], "vjp and grad differ")
    products(forward, gradients[0], direction)
    differences(f, args, direction, forward)


def gradient(f: Callable[..., Any], args: Args, given: Args, expected: Any, level: int) -> Args:
    """The gradient at a level; checks its form, the value, a second call, and the arguments."""
    derivative = pullback.value_and_grad(f, ACTIVE, optimize=level)
    value, found = derivative(*args)
    checks.identical(args, given, f"arguments after level {level}")
    checks.identical(value, expected, f"value of level {level}")
    for g, k in zip(found, ACTIVE, strict=True):
        checks.like_argument(g, args[k], f"form of level {level}")
    checks.owned(found, args, f"memory of level {level}")
    checks.identical(derivative(*args), (value, found), f"second call of level {level}")
    gradients: Args = found
    return gradients


def pulled_back(f: Callable[..., Any], args: Args, level: int, expected: Any) -> Args:
    """The gradient by a pullback that is called twice, from a cotangent that is not 1."""
    value, pull = pullback.vjp(f, *args, optimize=level)
    checks.identical(value, expected, "value of vjp")
    cotangent = type(expected)(-0.5)
    first, second = pull(cotangent), pull(cotangent)
    checks.identical(second, first, "second call of a pullback")
    return tuple(first[k] / cotangent for k in ACTIVE)


def agree(found: Args, expected: Args, what: str) -> None:
    """All gradients together set the scale, for those of zero carry the others' rounding."""
    scale = max(float(np.max(np.abs(g), initial=0.0)) for g in expected)
    scale = scale if np.isfinite(scale) else 1.0
    checks.close(found, expected, what, RTOL, RTOL * (1.0 + scale))


def products(forward: float, gradients: Args, direction: Args) -> None:
    """The tangent is the inner product of gradient and direction."""
    pairs = [(g, direction[k]) for g, k in zip(gradients, ACTIVE, strict=True)]
    backward = sum(float(np.sum(g * d)) for g, d in pairs)
    scale = 1.0 + sum(float(np.sum(np.abs(g * d))) for g, d in pairs)
    if not np.isclose(forward, backward, rtol=0.0, atol=RTOL * scale, equal_nan=True):
        raise Mismatch(f"forward and reverse differ: {forward!r} is not {backward!r}")


def differences(f: Callable[..., Any], args: Args, direction: Args, forward: float) -> None:
    """Central differences, where those to both sides agree."""
    at = [float(f(*checks.moved(args, direction, k * STEP))) for k in (-1, 0, 1)]
    left, right = (at[1] - at[0]) / STEP, (at[2] - at[1]) / STEP
    central = (at[2] - at[0]) / (2 * STEP)
    scale = 1.0 + abs(central)
    smooth = np.isfinite(central) and abs(left - right) <= 0.1 * ROUGH * scale
    if smooth and not abs(forward - central) <= ROUGH * scale:
        raise Mismatch(f"central differences differ: {forward!r} is not {central!r}")


# ---- reports


def report(p: Program, finding: Finding) -> str:
    """A seed, a program to paste into a file, and how to run both again."""
    lines = traceback.format_exception(finding.error)
    return (
        f"seed {p.seed}: {finding.kind}\n\n{''.join(lines[-4:])}\n"
        f"# save as repro.py; run: python -m tests.fuzz.run --file repro.py --seed {p.seed}\n"
        f"# the program as generated: python -m tests.fuzz.run {p.seed}\n"
        f"{p.text}\n\nINPUTS = {literal(p.inputs)}\n"
    )


def literal(inputs: Iterable[Args]) -> str:
    with np.printoptions(precision=17, floatmode="unique"):
        rows = ["    (" + ", ".join(_text(a) for a in args) + ",)," for args in inputs]
    return "(\n" + "\n".join(rows) + "\n)"


def _text(a: Any) -> str:
    return f"np.array({a.tolist()})" if isinstance(a, np.ndarray) else repr(a)


def shrunk(p: Program, kind: str, folder: Path) -> Program:
    """The smallest program found that fails in the same way."""

    def fails(text: str, inputs: tuple[Args, ...]) -> bool:
        try:
            found = examine(replace(p, text=text, inputs=inputs), folder)
        except Exception:  # a part was removed that the program needs
            return False
        return found is not None and found.kind == kind

    inputs = p.inputs
    for args in p.inputs:
        if fails(p.text, (args,)):
            inputs = (args,)
    return replace(p, text=shrink.smallest(p.text, lambda t: fails(t, inputs)), inputs=inputs)


# ---- the command


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
    return sum(_show(program(seed), folder, True) for seed in range(first, last))


def _from_file(path: Path, seed: int) -> Program:
    names: dict[str, Any] = {}
    text = path.read_text(encoding="utf-8")
    exec(compile(text, str(path), "exec"), names)
    return Program(seed, text, names["INPUTS"])


def _show(p: Program, folder: Path, small: bool) -> int:
    finding = examine(p, folder)
    if finding is None:
        print(f"seed {p.seed}: passed")
        return 0
    print(report(shrunk(p, finding.kind, folder) if small else p, finding), flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
