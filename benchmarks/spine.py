"""What a gradient costs beside its function, and how that grows: a few small programs, one run.

Times are those of the processor, the best of rounds in which function and gradient take turns, so
that what else runs on the machine hits both alike; the ratio is the figure to compare, not the
times. With the numba backend the function is compiled by Numba too. Needs
``pip install ".[bench]"``.

    python benchmarks/spine.py
"""

from __future__ import annotations

import gc
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numba
import numpy as np

from pullback import grad

# ---- the programs


def fun(x):
    return np.sum(3 * np.tanh(x) ** 2 + np.exp(-x * x))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def lse(x):
    a = np.max(x)
    return np.log(np.sum(np.exp(x - a))) + a


def logistic_map(x, r, n):
    for _ in range(n):
        x = r * x * (1 - x)
    return x


def pendulum(q, w, n, h=0.001):
    p = 0.0
    for _ in range(n):
        p = p - 0.5 * h * w * np.sin(q)
        q = q + h * p
        p = p - 0.5 * h * w * np.sin(q)
    return q


def index_loop(x):
    n = len(x)
    y = 0.0
    for i in range(n):
        y += np.sin(x[i]) * x[n - 1 - i]
    return y


def recursion(x, i):
    if i == len(x):
        return 0.0
    return x[i] ** 2 + recursion(x, i + 1)


def normal(n: int) -> np.ndarray:
    return np.random.default_rng(31337).normal(size=n)


FLOATS = (0, 1)  # logistic_map and pendulum: the start and the parameter
Case = tuple[Callable[..., Any], tuple[Any, ...], int | tuple[int, ...], str, str]
CASES: list[Case] = [
    (logistic_map, (0.3, 3.2, 10_000), FLOATS, "10,000 steps", "numpy"),
    (logistic_map, (0.3, 3.2, 10_000), FLOATS, "10,000 steps", "numba"),
    (pendulum, (1.0, 2.0, 10_000), FLOATS, "10,000 steps", "numpy"),
    (pendulum, (1.0, 2.0, 10_000), FLOATS, "10,000 steps", "numba"),
    (index_loop, (normal(10_000),), 0, "n = 10,000", "numpy"),
    (index_loop, (normal(10_000),), 0, "n = 10,000", "numba"),
    (lse, (normal(10_000),), 0, "n = 10,000", "numpy"),
    (lse, (normal(1_280_000),), 0, "n = 1,280,000", "numpy"),
    (fun, (normal(1_000),), 0, "n = 1,000", "numpy"),
    (fun, (normal(100_000),), 0, "n = 100,000", "numpy"),
    (fun, (normal(1_000_000),), 0, "n = 1,000,000", "numpy"),
    (rosenbrock, (normal(1_000),), 0, "n = 1,000", "numpy"),
    (rosenbrock, (normal(1_000_000),), 0, "n = 1,000,000", "numpy"),
]

# ---- measuring


def once(f: Callable[..., Any], args: Sequence[Any], repeat: int) -> float:
    """Seconds of the processor a call, over ``repeat`` calls: what else runs does not count."""
    start = time.process_time()
    for _ in range(repeat):
        f(*args)
    return (time.process_time() - start) / repeat


def best_times(
    functions: Sequence[Callable[..., Any]], args: Sequence[Any], rounds: int = 9
) -> list[float]:
    """The best seconds of each function, all of them timed in turn in every round."""
    repeats = [max(1, int(0.01 / once(f, args, 1))) for f in functions]
    times = [[once(f, args, r) for f, r in zip(functions, repeats, strict=True)]
             for _ in range(rounds)]  # fmt: skip
    return [min(column) for column in zip(*times, strict=True)]


def peak(f: Callable[..., Any], args: Sequence[Any]) -> int:
    """Bytes allocated at the same time during a call, at most."""
    gc.collect()  # empties Python's free lists, which would hide what small calls allocate
    tracemalloc.start()
    f(*args)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def show_ratios() -> None:
    print("| program | size | backend | function, ms | gradient, ms | ratio |")
    print("|---|---|---|---|---|---|")
    for f, args, argnums, size, backend in CASES:
        gradient = grad(f, argnums, backend=backend)
        primal = numba.njit(f) if backend == "numba" else f
        for g in (primal, gradient):
            g(*args)
        f_time, g_time = best_times([primal, gradient], args)
        print(f"| {f.__name__} | {size} | {backend} | {f_time * 1e3:.3f} | {g_time * 1e3:.3f} "
              f"| {g_time / f_time:.1f} |")  # fmt: skip


def fresh(f: Callable[..., Any], args: Sequence[Any], repeat: int = 20) -> float:
    """The memory that a call is the first to touch (page faults), in arrays like its argument."""
    faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    f(*args)
    before = faults()
    for _ in range(repeat):
        f(*args)
    return (faults() - before) * resource.getpagesize() / repeat / args[0].nbytes


def show_reuse() -> None:
    """What it brings that dead temporaries give their memory to new arrays."""
    print("| program | n | ratio without | ratio with reuse | fresh memory without | with reuse |")
    print("|---|---|---|---|---|---|")
    for f in (fun, rosenbrock, lse):
        for n in (100_000, 1_000_000):
            args = (normal(n),)
            gradients = [grad(f, without=["reuse"]), grad(f)]
            for g in gradients:
                g(*args)
            f_time, *times = best_times([f, *gradients], args)
            ratios = " | ".join(f"{t / f_time:.2f}" for t in times)
            memory = " | ".join(f"{fresh(g, args):.1f}" for g in gradients)
            print(f"| {f.__name__} | {n:,} | {ratios} | {memory} |")


def show_growth() -> None:
    print("| program | n | time, n to 10 n | peak memory, n to 10 n |")
    print("|---|---|---|---|")
    for f, rest, n in [(index_loop, (), 1_000), (recursion, (0,), 400)]:
        gradient = grad(f)
        small, large = (normal(n), *rest), (normal(10 * n), *rest)
        calls = [partial(gradient, *small), partial(gradient, *large)]
        for call in calls:
            call()
        times = best_times(calls, ())
        peaks = [peak(call, ()) for call in calls]
        print(f"| {f.__name__} | {n:,} | x {times[1] / times[0]:.1f} "
              f"| x {peaks[1] / peaks[0]:.1f} |")  # fmt: skip


def main() -> None:
    sys.setrecursionlimit(100_000)
    show_ratios()
    print()
    show_reuse()
    print()
    show_growth()


if __name__ == "__main__":
    main()
