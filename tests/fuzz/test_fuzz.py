"""Random programs: every oracle on 500 of them, and for as long as wanted on new ones.

``python -m tests.fuzz.run --minutes N`` and ``pytest -m fuzz tests/fuzz`` go on with others, the latter
for PULLBACK_FUZZ_MINUTES minutes (1 if not set), from PULLBACK_FUZZ_SEED (1000 if not set). A failure
prints the seed and a program to paste into a file. Mutants (see ``mutants``) are deliberate faults
in the compiler that random programs must find.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import oracles, run, shrink
from tests.fuzz.elements import ON
from tests.fuzz.generator import program
from tests.fuzz.mutants import MUTANTS, Known

ROOT = Path(__file__).parents[2]
BLOCKS, SIZE = range(20), 25
# Programs that are refused, by seed: three write to an array that another name may lead to, as
# conditions decide (34, 102, 256), one to one that a generator reads (190), one before what may
# raise (180).
REFUSED = frozenset([34, 102, 180, 190, 256])
RATE = 0.055  # of new programs that may be refused
PATIENCE = 150


@pytest.mark.parametrize("block", BLOCKS)
def test_programs(block: int, tmp_path: Path) -> None:
    """None fails, and those are refused that are known to be."""
    figures, refused = run.Figures(), set()
    for seed in range(block * SIZE, (block + 1) * SIZE):
        finding = figures.examine(program(seed), tmp_path)
        refused |= {seed} if finding is not None and finding.refusal else set()
    assert not figures.failures, "\n".join(figures.failures)
    expected = {seed for seed in REFUSED if seed // SIZE == block}
    assert refused == expected, "\n".join([str(refused ^ expected), *figures.refusals])


def test_few_programs_are_refused() -> None:
    """Those that are known to be are no more than may be of new ones."""
    assert len(REFUSED) <= RATE * SIZE * len(BLOCKS)


FORMS = """
while |while True:|break|continue|return |.append(|.pop()|lambda q|def g(q|helper0(|helper1(|n - 1)
x[1:]|[::-1]|[[0, 0]]| // 2]|dtype=np.float32|np.array(|late|enumerate(|zip(|reversed(| and | or
not (|+= |*= |/= |np.outer(|[:, |np.stack(|['k'] =|['v'] =|.T[|np.where(|np.concatenate(|range(n
len(x) == 0| if |[-1, 0|nonlocal |yield |functools.reduce(|functools.partial(|class Sub(Box)
super().step(|super().__init__(|isinstance(|np.exp(1j|.step(|_replace(|dataclasses.replace(|_other(
for fn in |**more|, /, |key=lambda|(lambda |maker(|*args, **kwargs|self.q[|self.p |.append(Box(
"""


def test_generator_writes_all_forms() -> None:
    """No form that the generator knows has become unreachable, and no element."""
    every = [program(seed, on) for seed in range(2000) for on in ((), ON)]
    texts = [p.text for p in every]
    forms = [form for line in FORMS.strip().splitlines() for form in line.split("|")]
    rare = {f: n for f in forms if (n := sum(f in text for text in texts)) < 5}
    assert not rare
    assert {name for p in every for name in p.used} == ON


def test_programs_are_reproducible() -> None:
    """A seed gives one program, and seeds give different ones."""
    texts = [program(seed).text for seed in range(24)]
    assert texts == [program(seed).text for seed in range(24)]
    assert len(set(texts)) == len(texts)


def test_programs_do_not_depend_on_hashes() -> None:
    """Every process writes the same programs: no order is that of a set of strings."""
    code = "from tests.fuzz.generator import program\nfor k in range(200): print(program(k).text)"
    texts = set()
    for seed in "123":
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=ROOT, check=True, capture_output=True
        )
        texts.add(run.stdout)
    assert len(texts) == 1


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
    run.as_long_as_wanted(tmp_path, RATE)


# ---- mutants


def failure(seed: int, folder: Path) -> str | None:
    """The report on the program of a seed, None if it passes or is refused at a line."""
    figures = run.Figures()
    finding = figures.examine(program(seed), folder)
    assert finding is None or "<locals>" not in str(finding.error), "it does not fit what it patches"
    return figures.failures[0] if figures.failures else None


def notices(known: Known, seed: int, folder: Path) -> bool:
    """Whether the program of a seed fails under a mutant, and does not without it."""
    with pytest.MonkeyPatch.context() as patch:
        known.mutate(patch)
        found = failure(seed, folder)
    return found is not None and failure(seed, folder) is None


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_found(name: str, tmp_path: Path) -> None:
    """By the program that is known to notice it."""
    known = MUTANTS[name]
    assert notices(known, known.seed, tmp_path), f"seed {known.seed} does not find: {known}"


@pytest.mark.fuzz
@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_found_soon(name: str, tmp_path: Path) -> None:
    """By one of the first programs, whichever that is."""
    known = MUTANTS[name]
    assert any(notices(known, seed, tmp_path) for seed in range(PATIENCE)), str(known)


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
    for seed in range(24):
        p = program(seed)
        finding = oracles.Finding("a kind", AssertionError("a message"))
        head, _, rest = run.report(p, finding).partition("\n# save as")
        assert f"seed {seed}: a kind" in head
        path = tmp_path / "repro.py"
        path.write_text(f"# save as{rest}", encoding="utf-8")
        again = run._from_file(path, seed)
        assert run.literal(again.inputs) == run.literal(p.inputs)
        assert again.active == p.active
