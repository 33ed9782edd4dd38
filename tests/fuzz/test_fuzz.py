"""Random programs: every oracle on each default seed, and for as long as wanted on new ones.

The default run takes seeds 0 to 59. ``pytest -m fuzz tests/fuzz`` goes on with other seeds for
PULLBACK_FUZZ_MINUTES minutes (1 if not set), from PULLBACK_FUZZ_SEED (1000 if not set). A failure
prints the seed and a program to paste into a file. Mutants are deliberate faults in the compiler
that the default programs must find.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pullback
from pullback.errors import SourceError
from pullback.ir.build import Builder, Value
from pullback.rules import table
from pullback.transforms.adjoints import Reverse
from tests.fuzz import run, shrink
from tests.fuzz.generator import ACTIVE, program

SEEDS = range(60)
REFUSED = 0.05


def failure(seed: int, folder: Path) -> str | None:
    """The report on the program of a seed, None if it passes or is refused."""
    p = program(seed)
    finding = run.examine(p, folder)
    return None if finding is None or finding.refusal else run.report(p, finding)


def refusal(seed: int, folder: Path) -> str | None:
    """Why the compiler refuses the program of a seed, None if it does not."""
    p = program(seed)
    derivative = pullback.value_and_grad(run.load(p.text, folder), ACTIVE, optimize=0)
    try:
        derivative(*p.inputs[0])
    except SourceError as error:
        return f"seed {seed}: {error}"
    except Exception:
        return None  # a failure, not a refusal: the oracles report it
    return None


@pytest.mark.parametrize("seed", SEEDS)
def test_program(seed: int, tmp_path: Path) -> None:
    found = failure(seed, tmp_path)
    assert found is None, found


def test_refusals_are_few(tmp_path: Path) -> None:
    """The generator writes what is documented to be accepted."""
    refused = [text for seed in SEEDS if (text := refusal(seed, tmp_path)) is not None]
    print("\n\n".join(refused))
    assert len(refused) < REFUSED * len(SEEDS), "\n\n".join(refused)


def test_programs_are_reproducible() -> None:
    """A seed gives one program, and seeds give different ones."""
    texts = [program(seed).text for seed in SEEDS]
    assert texts == [program(seed).text for seed in SEEDS]
    assert len(set(texts)) == len(texts)


@pytest.mark.fuzz
def test_for_minutes(tmp_path: Path) -> None:
    """New seeds until the time is over; all failures are reported together."""
    end = time.monotonic() + 60 * float(os.environ.get("PULLBACK_FUZZ_MINUTES", "1"))
    seed = int(os.environ.get("PULLBACK_FUZZ_SEED", "1000"))
    found = []
    while time.monotonic() < end:
        found.append(failure(seed, tmp_path))
        seed += 1
    reports = [text for text in found if text is not None]
    assert not reports, "\n".join([*reports, f"{len(reports)} of {len(found)} programs fail"])


# ---- mutants


def wrong_partial(monkeypatch: pytest.MonkeyPatch) -> None:
    """The derivative of tanh is 1 - y instead of 1 - y², in both modes."""
    row = dataclasses.replace(table.ROWS["tanh"], partials=lambda x, y: [1 - y])
    monkeypatch.setitem(table.ROWS, "tanh", row)


def no_erasure(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was overwritten keeps the cotangent of what replaced it."""

    def erase(rev: Reverse, op: Any, array: Any, g: Value, other: Any) -> None:
        rev.add(array, g, True)
        if other is not None:
            rev.add(array, Value(rev.b, other))

    monkeypatch.setattr(Reverse, "erase", erase)


def loops_not_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reverse loops run from the first pass to the last."""
    emit = Builder.emit

    def forward(b: Builder, name: str, *args: Any, **params: Any) -> Any:
        if name == "for":
            params["reverse"] = False
        return emit(b, name, *args, **params)

    monkeypatch.setattr(Builder, "emit", forward)


def contribution_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two contributions to an adjoint, the second is lost."""
    monkeypatch.setattr(Reverse, "accumulate", lambda rev, a, b: a)


MUTANTS = [wrong_partial, no_erasure, loops_not_reversed, contribution_dropped]


@pytest.mark.parametrize("mutate", MUTANTS, ids=lambda m: m.__name__)
def test_mutant_is_found(mutate: Callable[[pytest.MonkeyPatch], None], tmp_path: Path) -> None:
    """Some default program gives a wrong number under the mutant, and passes without it."""
    for seed in SEEDS:
        with pytest.MonkeyPatch.context() as patched:
            mutate(patched)
            finding = run.examine(program(seed), tmp_path)
        wrong = finding is not None and isinstance(finding.error, AssertionError)
        if wrong and run.examine(program(seed), tmp_path) is None:
            return
    pytest.fail(f"no program finds {mutate.__doc__}")


# ---- the tools


def test_shrinking() -> None:
    """What does not matter goes; blocks never become empty."""
    text = "def f(x):\n    y = 1\n    if x:\n        z = (x + 2) * 3\n    return y\n"
    small = shrink.smallest(text, lambda t: "x + 2" in t)
    assert small == "def f(x):\n    x + 2\n" or small == "def f(x):\n    z = x + 2\n"
    kept = shrink.smallest(text, lambda t: "if" in t)
    assert kept == "def f(x):\n    if x:\n        pass\n"


def test_report_can_be_pasted(tmp_path: Path) -> None:
    """The report names the seed, and is text that the command reads."""
    p = program(0)
    finding = run.Finding("a kind", AssertionError("a message"))
    head, _, rest = run.report(p, finding).partition("\n# save as")
    assert "seed 0: a kind" in head
    path = tmp_path / "repro.py"
    path.write_text(f"# save as{rest}", encoding="utf-8")
    again = run._from_file(path, 0)
    assert run.literal(again.inputs) == run.literal(p.inputs)
