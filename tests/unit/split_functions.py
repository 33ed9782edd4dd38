"""Functions that are cut in two."""

from __future__ import annotations

from typing import Any

import numpy as np

SCALE = "twice"


def product(x: Any, y: Any, n: Any = 2) -> Any:
    for _ in range(n):
        x = np.sin(x) * y
    return {"x": x, "n": n}


def told(x: Any) -> Any:
    return x * x, {"x": x, "name": "square"}


def by_name(x: Any, *, factor: Any) -> Any:
    return x * x * factor


def scaled(x: Any) -> Any:
    return 2.0 * x * x if SCALE == "twice" else 3.0 * x * x


def cube(x: Any) -> Any:
    return x**3


def root(x: Any) -> Any:
    return np.sqrt(x)


def noisy(x: Any, rng: Any) -> Any:
    print("once")
    return x * x * rng.normal()


class Spring:
    def __init__(self, stiffness: Any) -> None:
        self.stiffness = stiffness

    def energy(self, x: Any) -> Any:
        return self.stiffness * np.sum(x**3)
