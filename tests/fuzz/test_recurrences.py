"""Random recurrences in arrays: what is read again from an array must still stand in it.

Loops, alone and nested, up and down and by steps, read and write at random distances, at times under
a condition, twice, or after the loop. Reverse mode is compared with forward mode, which saves nothing.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

import pullback
from tests.fuzz.oracles import load
from tests.programs import checks

SIZE = 13
LOOPS = ["range(3, 10)", "range(9, 2, -1)", "range(3, 10, 2)", "range(9, 2, -2)", "range(3, n - 3)"]


def recurrence(seed: int) -> str:
    """The text of a module with a function ``f(x, w, n)``, x and w vectors of SIZE."""
    rng = random.Random(seed)
    nested = rng.random() < 0.4
    lines = ["import numpy as np", "", "", "def f(x, w, n):"]
    lines += ["    y = np.sin(w) * np.ones((n, n))" if nested else "    y = w.copy()", "    total = 0.0"]
    lines += [f"    for i in {rng.choice(LOOPS)}:"]
    if nested:
        start = rng.choice([*LOOPS, "range(i, n - 3)"])
        lines += [f"        for j in {start}:"]
    indent = " " * (12 if nested else 8)
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.2:
            condition = f"if x[i] > {rng.uniform(-1, 1):.2f}:"
            lines += [indent + condition, f"    {indent}{_step(rng, nested)}"]
        else:
            lines += [indent + _step(rng, nested)]
    if rng.random() < 0.3:
        lines += [f"    y[{rng.randint(0, 5)}] *= 0.5"]
    return "\n".join([*lines, "    return total + np.sum(y * y)", ""])


def _step(rng: random.Random, nested: bool) -> str:
    def place() -> str:
        def index(name: str) -> str:
            shift = rng.randint(-3, 3)
            return name if not shift else f"{name} {'+' if shift > 0 else '-'} {abs(shift)}"

        second = rng.choice([index("j"), index("j"), str(rng.randint(0, 4)), index("i")])
        return f"y[{index('i')}, {second}]" if nested else f"y[{index('i')}]"

    value = rng.choice(["np.sin({}) * {}", "{} * x[i] + np.cos({})", "np.tanh({} * {})"])
    value = value.format(place(), place())
    return rng.choice([f"{place()} = {value}", f"{place()} = {value}", f"{place()} += {value}",
                       f"total += {value}"])  # fmt: skip


def check(seed: int, folder: Path) -> None:
    f = load(recurrence(seed), folder)
    rng = np.random.default_rng(seed)
    args = (rng.normal(size=SIZE), rng.normal(size=SIZE), SIZE)
    direction = checks.directions(rng, args, (0, 1))
    _, forward = pullback.jvp(f, args, direction)
    gradient = pullback.grad(f, (0, 1))
    product = checks.inner(gradient(*args), direction[:2])
    what = f"seed {seed}:\n{recurrence(seed)}\n{gradient.source}\n"
    checks.close(product, forward, what, 1e-9, 1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_recurrence(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)


@pytest.mark.fuzz
@pytest.mark.parametrize("block", range(20))
def test_many_recurrences(block: int, tmp_path: Path) -> None:
    for seed in range(1000 + 100 * block, 1100 + 100 * block):
        check(seed, tmp_path)


def test_some_are_read_again(tmp_path: Path) -> None:
    """The random recurrences reach what they are for: some store nothing, some have to."""
    stored = 0
    for seed in range(40):
        gradient = pullback.grad(load(recurrence(seed), tmp_path), (0, 1))
        gradient(np.ones(SIZE), np.ones(SIZE), SIZE)
        stored += ".pop()" in gradient.source
    assert 5 <= stored <= 35
