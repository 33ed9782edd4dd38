"""Random programs: every oracle on each default seed, and for as long as wanted on new ones.

The default run takes a few seeds. ``pytest -m fuzz tests/fuzz`` goes on with others for
PULLBACK_FUZZ_MINUTES minutes (1 if not set), from PULLBACK_FUZZ_SEED (1000 if not set). A failure
prints the seed and a program to paste into a file. Mutants (see ``mutants``) are deliberate faults
in the compiler that random programs must find.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.fuzz import oracles, run, shrink
from tests.fuzz.generator import program
from tests.fuzz.mutants import MUTANTS

SEEDS = range(24)
REFUSED = 0.1
PATIENCE = 150


def failure(seed: int, folder: Path, extended: bool = False) -> str | None:
    """The report on the program of a seed, None if it passes or is refused at a line."""
    p = program(seed)
    finding = oracles.examine(p, folder, extended)
    return None if finding is None or finding.refusal else run.report(p, finding)


@pytest.mark.parametrize("seed", SEEDS)
def test_program(seed: int, tmp_path: Path) -> None:
    found = failure(seed, tmp_path)
    assert found is None, found


FORMS = """
while |while True:|break|continue|return |.append(|.pop()|lambda q|def g(q|helper0(|helper1(|n - 1)
x[1:]|[::-1]|[[0, 0]]| // 2]|dtype=np.float32|np.array(|late|enumerate(|zip(|reversed(| and | or
not (|+= |*= |/= |np.outer(|[:, |np.stack(|['k'] =|['v'] =|.T[|np.where(|np.concatenate(|range(n
len(x) == 0| if |[-1, 0
"""


def test_generator_writes_all_forms() -> None:
    """No form that the generator knows has become unreachable."""
    texts = [program(seed).text for seed in range(1000)]
    forms = [form for line in FORMS.strip().splitlines() for form in line.split("|")]
    rare = {f: n for f in forms if (n := sum(f in text for text in texts)) < 5}
    assert not rare


def test_programs_are_reproducible() -> None:
    """A seed gives one program, and seeds give different ones."""
    texts = [program(seed).text for seed in SEEDS]
    assert texts == [program(seed).text for seed in SEEDS]
    assert len(set(texts)) == len(texts)


def test_inputs_hold_special_values() -> None:
    """Ties, zeros, loops of no trips, and arrays of size 0 and 1 are among the arguments."""
    every = [args for seed in range(200) for args in program(seed).inputs]
    assert {len(args[0]) for args in every} == {0, 1, 2, 3, 4}
    assert sum(args[4] == 0 for args in every) >= 50
    assert sum(args[2] == 0.0 for args in every) >= 20
    assert sum(len(args[0]) > 1 and len(set(args[0])) == 1 for args in every) >= 50


@pytest.mark.fuzz
def test_for_minutes(tmp_path: Path) -> None:
    """New seeds until the time is over; all failures are reported together, and few are refused."""
    end = time.monotonic() + 60 * float(os.environ.get("PULLBACK_FUZZ_MINUTES", "1"))
    seed = int(os.environ.get("PULLBACK_FUZZ_SEED", "1000"))
    reports, refused, count = [], [], 0
    while time.monotonic() < end:
        p, extended = program(seed), seed % run.NUMBA_EVERY == 0
        finding = oracles.examine(p, tmp_path, extended)
        if finding is not None:
            (refused if finding.refusal else reports).append(run.report(p, finding))
        seed, count = seed + 1, count + 1
    print(f"{count} programs, {len(refused)} refused, {len(reports)} fail")
    assert not reports, "\n".join([*reports, f"{len(reports)} of {count} programs fail"])
    assert len(refused) <= REFUSED * count + 3, "\n".join(refused)


# ---- mutants


def notices(name: str, seed: int, folder: Path) -> bool:
    """Whether the program of a seed fails under a mutant, and does not without it."""
    mutate, _ = MUTANTS[name]
    with pytest.MonkeyPatch.context() as patch:
        mutate(patch)
        found = failure(seed, folder)
    return found is not None and failure(seed, folder) is None


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_found(name: str, tmp_path: Path) -> None:
    """By the program that is known to notice it."""
    mutate, seed = MUTANTS[name]
    assert notices(name, seed, tmp_path), f"seed {seed} does not find: {mutate.__doc__}"


@pytest.mark.fuzz
@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_found_soon(name: str, tmp_path: Path) -> None:
    """By one of the first programs, whichever that is."""
    assert any(notices(name, seed, tmp_path) for seed in range(PATIENCE)), MUTANTS[name][0].__doc__


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
    for seed in SEEDS:
        p = program(seed)
        finding = oracles.Finding("a kind", AssertionError("a message"))
        head, _, rest = run.report(p, finding).partition("\n# save as")
        assert f"seed {seed}: a kind" in head
        path = tmp_path / "repro.py"
        path.write_text(f"# save as{rest}", encoding="utf-8")
        again = run._from_file(path, seed)
        assert run.literal(again.inputs) == run.literal(p.inputs)
        assert again.active == p.active
