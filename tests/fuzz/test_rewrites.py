"""Programs of the corpus rewritten: each rewrite makes programs, and those that must be the same are.

``python -m tests.fuzz.rewrites --minutes N`` and ``pytest -m fuzz tests/fuzz`` check new ones for as
long as wanted, the latter for PULLBACK_FUZZ_MINUTES minutes (1 if not set), from PULLBACK_FUZZ_SEED
(1000 if not set).
"""

from __future__ import annotations

import dataclasses
import itertools
import random
from pathlib import Path

import pytest

from tests.fuzz import rewrites, run
from tests.fuzz.generator import Program
from tests.fuzz.oracles import Finding
from tests.fuzz.rewriting import REWRITES, NotHere, Rewrite, Site
from tests.programs.registry import PROGRAMS

# Some programs of the corpus with loops, branches, containers, objects and updates between them.
NAMES = (
    "kalman_filter", "halves_written_and_sorted", "double_buffer", "accounts_by_conditions",
    "state_in_a_dict", "stack_machine", "bodies", "gauss_with_scaled_pivots", "verlet",
    "views_in_a_list", "alignment_table", "heap_and_quick_sort", "states_that_keep_a_log",
    "polynomial_class", "viterbi",
)  # fmt: skip
SOME = [PROGRAMS[name] for name in NAMES]
EACH = 2  # programs that a rewrite is tried on
CHECKED = range(5)
RATE = 0.35  # of rewritten programs that may be refused: much of what they become is refused by design


def squared(x: float) -> float:
    return x * x


@pytest.mark.parametrize("rewrite", REWRITES.values(), ids=lambda r: r.name)
def test_rewrite(rewrite: Rewrite) -> None:
    """It changes some programs to others of Python, which are the same where it keeps the meaning."""
    assert rewrite.does
    rng, tried = random.Random(1), 0
    for p in itertools.islice(itertools.cycle(SOME), 4 * len(SOME)):
        module, main = rewrites.cut(p)
        before = rewrites.text_of(module, p)
        try:
            rewrite.apply(Site(main, rng, itertools.count(1)))
        except NotHere:
            continue
        text = rewrites.text_of(module, p)
        compile(text, p.name, "exec")
        tried += text != before
        if rewrite.keeps_meaning:
            assert rewrites.accepted(p, text, True, rng), text
        if tried == EACH:
            return
    pytest.fail(f"{rewrite.name} finds nothing to change")


@pytest.mark.parametrize("seed", CHECKED)
def test_programs(seed: int, tmp_path: Path) -> None:
    """A few rewritten programs pass all oracles, or are refused."""
    rng, figures = random.Random(seed), run.Figures()
    p = rewrites.rewrite(SOME[seed], rng, list(REWRITES.values()))
    assert p is not None
    figures.examine(p, tmp_path)
    assert not figures.failures, figures.failures[0]
    assert not figures.refusals, figures.refusals[0]


def test_another_meaning_is_noticed(tmp_path: Path) -> None:
    """A program that is said to be the same, and has another value, or another gradient alone, fails.

    It is said to be of single precision, so that there are no differences that would tell before.
    """
    for body, kind in (("x * x * 0.5", "value of the original"), ("x * c", "gradients of the original")):
        text = f"import pullback\ndef f(x):\n    c = pullback.stop_gradient(x)\n    return {body}\n"
        p = Program(0, text, ((0.75,),), (0,), single=True, original=squared)
        figures = run.Figures()
        figures.examine(p, tmp_path)
        assert kind in figures.failures[0]


def test_programs_are_reproducible(tmp_path: Path) -> None:
    """A seed gives one program, and a report holds what it is checked with."""
    first, again = rewrites.rewritten(3), rewrites.rewritten(3)
    assert first.text == again.text
    report = run.report(
        dataclasses.replace(first, original=PROGRAMS["verlet"].function),
        Finding("a kind", AssertionError()),
    )
    path = tmp_path / "repro.py"
    path.write_text(report.partition("\n# save as")[2].partition("\n")[2], encoding="utf-8")
    found = run._from_file(path, 3)
    assert run.literal(found.inputs) == run.literal(first.inputs)
    assert found.original is PROGRAMS["verlet"].function


@pytest.mark.fuzz
def test_for_minutes(tmp_path: Path) -> None:
    """New seeds until the time is over; all failures are reported together."""
    run.as_long_as_wanted(tmp_path, RATE, rewrites.rewritten)
