"""Gradient descent, momentum, RMSProp and Adam in a badly conditioned valley.

The valley is 25 times as steep across as along. Plain gradient descent with its best step shrinks the
distance to the minimum by 24/26 a step, with its best momentum by 4/6: both are known from theory, and
what the runs come to.

    python examples/optimisers.py --out .
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pullback import grad

STEEP = 25.0
START = np.array([-9.0, 1.2])


def valley(x):
    return 0.5 * (x[0] ** 2 + STEEP * x[1] ** 2)


slope = grad(valley)

# The optimisers: each takes a start and a number of steps, and gives the points it visits.


def gradient_descent(x, steps, rate=2 / (1 + STEEP)):
    path = [x]
    for _ in range(steps):
        x = x - rate * slope(x)
        path.append(x)
    return np.array(path)


def momentum(x, steps, rate=4 / (1 + STEEP**0.5) ** 2, keep=((STEEP**0.5 - 1) / (STEEP**0.5 + 1)) ** 2):
    path, velocity = [x], np.zeros(2)
    for _ in range(steps):
        velocity = keep * velocity - rate * slope(x)
        x = x + velocity
        path.append(x)
    return np.array(path)


def rmsprop(x, steps, rate=0.3, keep=0.9, tiny=1e-8):
    path, square = [x], np.zeros(2)
    for _ in range(steps):
        g = slope(x)
        square = keep * square + (1 - keep) * g**2
        x = x - rate * g / (np.sqrt(square) + tiny)
        path.append(x)
    return np.array(path)


def adam(x, steps, rate=0.8, keep=0.9, keep_square=0.999, tiny=1e-8):
    path, mean, square = [x], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        g = slope(x)
        mean = keep * mean + (1 - keep) * g
        square = keep_square * square + (1 - keep_square) * g**2
        x = x - rate * (mean / (1 - keep**t)) / (np.sqrt(square / (1 - keep_square**t)) + tiny)
        path.append(x)
    return np.array(path)


OPTIMISERS: dict[str, tuple[Callable[..., np.ndarray], str]] = {
    "gradient descent": (gradient_descent, "#2c6fbb"),
    "momentum": (momentum, "#c0392b"),
    "RMSProp": (rmsprop, "#e08a1e"),
    "Adam": (adam, "#3a9d5d"),
}

# The picture.


def plot_path(axes: Axes, name: str, path: np.ndarray, color: str) -> None:
    x, y = np.meshgrid(np.linspace(-10, 5, 200), np.linspace(-3, 3, 200))
    levels = valley(np.stack([x, y]))
    axes.contour(x, y, levels, levels=np.geomspace(0.5, 120, 9), colors="0.8", linewidths=0.8)
    axes.plot(*path.T, "o-", color=color, markersize=3, lw=1)
    axes.plot(0, 0, "k+", markersize=11, mew=1.5)
    axes.set(xlim=(-10, 5), ylim=(-3, 3))
    axes.set_title(name)


def plot_distances(axes: Axes, name: str, path: np.ndarray, color: str) -> None:
    axes.semilogy(np.linalg.norm(path, axis=1), color=color, label=name)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(), help="the folder for the picture")
    parser.add_argument("--steps", type=int, default=100, help="steps of each optimiser")
    options = parser.parse_args(argv)

    figure = Figure(figsize=(13, 5.2), layout="constrained")
    maps, right = figure.subfigures(1, 2, width_ratios=(8, 5))
    distances = right.subplots()
    grid = maps.subplots(2, 2).flat
    for axes, (name, (optimiser, color)) in zip(grid, OPTIMISERS.items(), strict=True):
        path = optimiser(START, options.steps)
        print(f"{name:17} after {options.steps} steps {np.linalg.norm(path[-1]):.2e} from the minimum")
        plot_path(axes, name, path[:40], color)
        plot_distances(distances, name, path, color)
    distances.set(xlabel="step", ylabel="distance to the minimum")
    distances.grid(alpha=0.3)
    distances.legend()
    figure.savefig(options.out / "optimisers.png", dpi=120)
    print(f"wrote {options.out / 'optimisers.png'}")


if __name__ == "__main__":
    main()
