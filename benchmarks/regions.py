"""What ``checkpoint`` saves and costs: a loop of a million steps, and regions of so many steps of it.

    python benchmarks/regions.py

The table goes into docs/performance.md.
"""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from pullback import checkpoint, grad

STEPS = 1_000_000


def steps(x: Any, r: Any, n: Any) -> Any:
    """So many steps of the logistic map, with values that are numbers of Python."""
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


region = checkpoint(steps)


def plain(x: Any, r: Any, n: Any, of: Any) -> Any:
    return steps(x, r, n)


def once(x: Any, r: Any, n: Any, of: Any) -> Any:
    """Regions of ``of`` steps each."""
    for _ in range(n // of):
        x = region(x, r, of)
    return x


@checkpoint
def regions(x: Any, r: Any, n: Any, of: Any) -> Any:
    for _ in range(n):
        x = region(x, r, of)
    return x


def twice(x: Any, r: Any, n: Any, of: Any) -> Any:
    """Regions of regions: ``of`` steps, ``of`` regions of these, and as many of those as it takes."""
    for _ in range(n // (of * of)):
        x = regions(x, r, of, of)
    return x


def measured(function: Callable[..., Any], of: int) -> tuple[float, float, Any]:
    """Seconds and megabytes of a gradient behind its first call, and what it is."""
    derivative = grad(function, (0, 1))
    derivative(0.3, 3.2, 2 * of * of, of)
    start = time.process_time()
    result = derivative(0.3, 3.2, STEPS, of)
    seconds = time.process_time() - start
    tracemalloc.start()
    derivative(0.3, 3.2, STEPS, of)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return seconds, peak, result


def main() -> None:
    start = time.process_time()
    steps(0.3, 3.2, STEPS)
    alone = time.process_time() - start
    rows = [("the loop as it is", plain, 1), ("regions of 1,000 steps", once, 1000),
            ("regions of 100 regions of 100 steps", twice, 100)]  # fmt: skip
    expected = None
    print("| gradient of | time over that of the function | memory, MB |\n|---|---|---|")
    for name, function, of in rows:
        seconds, peak, result = measured(function, of)
        expected = expected or result
        assert all(map(math.isclose, result, expected))
        print(f"| {name} | {seconds / alone:.1f} | {peak:.3f} |")


if __name__ == "__main__":
    main()
