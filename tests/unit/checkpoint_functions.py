"""Functions with regions that the reverse sweep runs again."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback import checkpoint

READS: list[int] = []


def block(x: Any) -> Any:
    """Ten steps, each of which the reverse sweep needs."""
    for _ in range(10):
        x = np.sin(x) * x
    return x


def deep_plain(x: Any, depth: Any) -> Any:
    for _ in range(depth):
        x = block(x)
    return np.sum(x)


block_again = checkpoint(block)


def deep_again(x: Any, depth: Any) -> Any:
    for _ in range(depth):
        x = block_again(x)
    return np.sum(x)


def noisy(x: Any, rng: Any) -> Any:
    print("drawn")
    noise = rng.normal(size=x.size)
    noise[0] = 0.5
    return np.sin(x) * noise * rng.normal(x[1], 1.0)


def noisy_plain(x: Any, rng: Any) -> Any:
    for _ in range(3):
        x = noisy(x, rng)
    return np.sum(x)


noisy_region = checkpoint(noisy)


def noisy_again(x: Any, rng: Any) -> Any:
    for _ in range(3):
        x = noisy_region(x, rng)
    return np.sum(x)


class Sensor:
    """What cannot be compiled."""

    def __call__(self) -> float:
        READS.append(len(READS))
        return 7.0

    __array_ufunc__ = None


sensor = np.frompyfunc(Sensor(), 0, 1)


@checkpoint
def reads(x: Any) -> Any:
    return x**3 * float(sensor())


def reads_again(x: Any) -> Any:
    return reads(x)


def named(x: Any, *, factor: Any) -> Any:
    return x * factor


def cube(x: Any) -> Any:
    return x**3


class Model:
    def __init__(self, scale: Any) -> None:
        self.scale = scale

    def scaled(self, x: Any) -> Any:
        return self.scale * x

    __call__ = scaled


@checkpoint
def ten_steps(x: Any, a: Any) -> Any:
    for _ in range(10):
        x = x * np.sin(a) + 0.1
    return x


def iterated(x: Any, n: Any) -> Any:
    for _ in range(n):
        x = ten_steps(x, x)
    return x
