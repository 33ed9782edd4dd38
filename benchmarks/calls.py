"""What a call of a derivative costs beyond running its own source: finding the code, and the guards.

The functions do next to nothing, so that the overhead can be seen at all. Each time is the best of
rounds in which all are timed in turn. ``outside`` is the part that checks what the function reads from
outside (its own code and defaults, globals, helper functions); the rest looks at the arguments.

    python benchmarks/calls.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pullback import grad

RATE = 0.5
MODE = "square"


@dataclass
class Params:
    w: Any
    b: float


def product(x, y):
    return x * y


def dot(x, y):
    return np.dot(x, y)


def helper(x):
    return x * RATE if MODE == "square" else x


def with_helpers(x, y):
    return np.dot(helper(x), helper(y))


def with_default(x, y, scale=2.0):
    return np.dot(x, y) * scale


def of_dataclass(p, x):
    return np.dot(p.w, x) * p.b


def of_dict(p, x):
    return np.dot(p["w"], x) * p["b"]


X, Y = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])
CASES: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = [
    ("two floats", product, (1.5, 2.5)),
    ("two arrays", dot, (X, Y)),
    ("two arrays, two globals and a helper", with_helpers, (X, Y)),
    ("two arrays, a default", with_default, (X, Y)),
    ("a dataclass and an array", of_dataclass, (Params(X, 0.5), Y)),
    ("a dict and an array", of_dict, ({"w": X, "b": 0.5}, Y)),
]


def once(run: Callable[[], Any], repeat: int = 2000) -> float:
    """Seconds a call."""
    start = time.perf_counter()
    for _ in range(repeat):
        run()
    return (time.perf_counter() - start) / repeat


def best(runs: Sequence[Callable[[], Any]], rounds: int = 60) -> list[float]:
    """The best microseconds of each, all of them timed in turn in every round."""
    times = [[once(run) for run in runs] for _ in range(rounds)]
    return [min(column) * 1e6 for column in zip(*times, strict=True)]


def measure(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[float, float, float]:
    """Microseconds of the generated code alone, of a call, and of the guards."""
    derivative = grad(function)
    derivative(*args)
    found = derivative._cache.last
    assert found is not None
    passed = found.outside()
    every = (*args, *(function.__defaults__ or ()), *passed)
    own, whole, guards = best(
        [lambda: found._run(*every), lambda: derivative(*args), found.outside]
    )
    return own, whole, guards


def main() -> None:
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}\n")
    print("| arguments | own source, µs | call, µs | beyond it, µs | of it outside, µs | ratio |")
    print("|---|---|---|---|---|---|")
    for name, function, args in CASES:
        own, whole, guards = measure(function, args)
        print(f"| {name} | {own:.2f} | {whole:.2f} | {whole - own:.2f} | {guards:.2f} "
              f"| {whole / own:.2f} |")  # fmt: skip


if __name__ == "__main__":
    main()
