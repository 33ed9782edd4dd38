"""What ``grad(f, checkpoint=N)`` saves and costs: loops of a million steps, of which N states are kept.

    python benchmarks/snapshots.py

The table goes into docs/performance.md.
"""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback import grad, primitive

RUNS = [0]


def known(x: Any, r: Any, n: Any) -> Any:
    """So many steps of the logistic map, with values that are numbers of Python."""
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


def unknown(x: Any, r: Any, n: Any) -> Any:
    """The same, where nothing tells before how many there will be."""
    k = 0
    while True:
        x = r * x * (1.0 - x)
        k += 1
        if k == n:
            return x


def arrays(x: Any, r: Any, n: Any) -> Any:
    """Steps of an array."""
    for _ in range(n):
        x = r * x * (1.0 - x)
    return np.sum(x)


@primitive(returns=float)
def step(x: float, r: float) -> float:
    RUNS[0] += 1
    return r * x * (1.0 - x)


@step.defvjp
def _(g: Any, y: Any, x: Any, r: Any) -> Any:
    """No derivative: what counts is that it reads the result as well."""
    return 0.0 * g * y, 0.0 * g * x


def known_steps(x: Any, r: Any, n: Any) -> Any:
    for _ in range(n):
        x = step(x, r)
    return x


def unknown_steps(x: Any, r: Any, n: Any) -> Any:
    k = 0
    while True:
        x = step(x, r)
        k += 1
        if k == n:
            return x


def runs(function: Callable[..., Any], n: int, kept: int) -> int:
    """How many steps the generated code runs to have states again: one run is the function's own, one
    more that of a step before its reverse."""
    RUNS[0] = 0
    grad(function, checkpoint=kept)(0.3, 3.2, n)
    return RUNS[0] - n


def fewest(n: int, kept: int) -> int:
    """The same for the optimal schedule (Griewank and Walther, 2000), which counts the first sweep."""
    r = 0
    while math.comb(kept + r, kept) < n:
        r += 1
    return r * n - math.comb(kept + r, r - 1)


def measured(function: Callable[..., Any], args: tuple[Any, ...], kept: int | None) -> Any:
    """Seconds and megabytes of a gradient behind its first call, and what it is."""
    derivative = grad(function, (0, 1), checkpoint=kept)
    derivative(*args[:2], 10)
    start = time.process_time()
    result = derivative(*args)
    seconds = time.process_time() - start
    tracemalloc.start()
    derivative(*args)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return seconds, peak, result


def main() -> None:
    x = np.linspace(0.1, 0.9, 1000)
    million, array = (0.3, 3.2, 1_000_000), (x, 3.2, 10_000)
    rows = [("known", known, known_steps, million, (None, 1000, 100, 30)),
            ("unknown", unknown, unknown_steps, million, (None, 1000, 100, 30)),
            ("of arrays", arrays, known_steps, array, (None, 100, 10))]  # fmt: skip
    print("| loop | snapshots | runs of a step | fewest | time | memory, MB |")
    print("|---|" + "---|" * 5)
    for name, function, steps, args, every in rows:
        start = time.process_time()
        function(*args)
        alone = time.process_time() - start
        expected = None
        for kept in every:
            seconds, peak, result = measured(function, args, kept)
            expected = expected or result
            assert all(map(np.allclose, result, expected))
            n = args[2]
            counted = "1 | 1" if kept is None else (
                f"{runs(steps, n, kept) / n:.3f} | {(fewest(n, kept) + 1) / n:.3f}"
            )  # fmt: skip
            print(f"| {name} | {kept or 'none'} | {counted} | {seconds / alone:.1f} | {peak:.3f} |")


if __name__ == "__main__":
    main()
