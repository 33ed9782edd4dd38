"""What a product with the Hessian costs beside the gradient, and forward mode beside the function.

Both in time and in memory, as ``spine.py`` measures them. Needs ``pip install ".[bench]"``.

    python benchmarks/curvature.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from spine import (
    best_times,
    fun,
    index_loop,
    logistic_map,
    lse,
    normal,
    peak,
    pendulum,
    recursion,
    rosenbrock,
)

from pullback import grad, hvp, jvp


def network(W, b, v, X, y):
    hidden = np.tanh(X @ W + b)
    return np.mean((hidden @ v - y) ** 2)


def recurrent(W, U, xs):
    h = np.zeros(len(W))
    total = 0.0
    for t in range(len(xs)):
        h = np.tanh(W @ h + U @ xs[t])
        total += np.sum(h * h)
    return total


def heat(u, k, n):
    for _ in range(n):
        u = u.copy()
        u[1:-1] += k * (u[2:] - 2 * u[1:-1] + u[:-2]) - 0.01 * u[1:-1] ** 3
    return np.sum(u**2)


def _random(*shape: int) -> Any:
    return np.random.default_rng(7).normal(size=shape)


Case = tuple[Callable[..., Any], tuple[Any, ...], tuple[int, ...], str]
CASES: list[Case] = [
    (fun, (normal(1_000),), (0,), "n = 1,000"),
    (fun, (normal(100_000),), (0,), "n = 100,000"),
    (rosenbrock, (normal(100_000),), (0,), "n = 100,000"),
    (lse, (normal(100_000),), (0,), "n = 100,000"),
    (network, (_random(50, 40), _random(40), _random(40), _random(200, 50), _random(200)), (0, 1, 2),
     "200 by 50, 40 hidden"),
    (logistic_map, (0.3, 3.2, 10_000), (0, 1), "10,000 steps"),
    (pendulum, (1.0, 2.0, 10_000), (0, 1), "10,000 steps"),
    (index_loop, (normal(2_000),), (0,), "n = 2,000"),
    (recursion, (normal(400), 0), (0,), "n = 400"),
    (recurrent, (_random(50, 50) / 10, _random(50, 20), _random(100, 20)), (0, 1), "100 steps of 50"),
    (heat, (_random(10_000) / 10, 0.1, 50), (0, 1), "50 steps of 10,000"),
]  # fmt: skip


def directions(args: tuple[Any, ...], moved: tuple[int, ...]) -> tuple[Any, ...]:
    """Tangents of the arguments that move, None for the others."""
    rng = np.random.default_rng(8)
    tangent = lambda a: rng.normal(size=a.shape) if isinstance(a, np.ndarray) else float(rng.normal())
    return tuple(tangent(a) if k in moved else None for k, a in enumerate(args))


def compared(small: Callable[..., Any], large: Callable[..., Any], args: Any) -> str:
    """Milliseconds of both, the ratio of them, and that of the memory where it is more than a call's."""
    for f in (small, large):
        f(*args)
    less, more = best_times([small, large], args)
    memory = peak(small, args)
    ratio = f"{peak(large, args) / memory:.1f}" if memory > 20_000 else "-"
    return f"{less * 1e3:.3f} | {more * 1e3:.3f} | {more / less:.1f} | {ratio}"


def show(title: str, of: Callable[[Case, tuple[Any, ...]], tuple[Any, Any]]) -> None:
    print(f"| program | size | {title} | ratio | memory, ratio |")
    print("|---|---|---|---|---|---|")
    for case in CASES:
        f, args, moved, size = case
        small, large = of(case, directions(args, moved))
        print(f"| {f.__name__} | {size} | {compared(small, large, args)} |")


def second(case: Case, v: tuple[Any, ...]) -> tuple[Any, Any]:
    f, _, moved, _ = case
    return grad(f, moved), lambda *args: hvp(f, args, v, argnums=moved)


def forward(case: Case, v: tuple[Any, ...]) -> tuple[Any, Any]:
    f, *_ = case
    return f, lambda *args: jvp(f, args, v)


if __name__ == "__main__":
    show("gradient, ms | product, ms", second)
    print()
    show("function, ms | forward mode, ms", forward)
