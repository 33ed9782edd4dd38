"""A two-layer network in a dozen lines, on three arms of a spiral.

No straight line separates the arms, so a linear classifier gets half of the points right; a network
with one hidden layer gets nearly all.

    python examples/two_layer.py --out .
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from pullback import grad

COLORS = ["#2c6fbb", "#e08a1e", "#3a9d5d"]


def spiral(rng, points=100, arms=3):
    """Points on the arms of a spiral, and the number of the arm of each."""
    radius = np.tile(np.linspace(0, 1, points), arms)
    labels = np.repeat(np.arange(arms), points)
    angle = 4 * (labels + radius) + 0.2 * rng.normal(size=len(labels))
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)]), labels


# The dozen lines.


def scores(params, X):
    W1, b1, W2, b2 = params
    return np.maximum(0, X @ W1 + b1) @ W2 + b2


def loss(params, X, labels):
    s = scores(params, X)
    s -= np.max(s, axis=1, keepdims=True)
    logp = s - np.log(np.sum(np.exp(s), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


def train(params, X, labels, steps, rate=1.0):
    gradient = grad(loss)
    for _ in range(steps):
        slopes = gradient(params, X, labels)
        params = [p - rate * slope for p, slope in zip(params, slopes, strict=True)]
    return params


# What they learn.


def start(rng, hidden=100, arms=3):
    W1 = rng.normal(size=(2, hidden)) / np.sqrt(2)
    W2 = rng.normal(size=(hidden, arms)) / np.sqrt(hidden)
    return [W1, np.zeros(hidden), W2, np.zeros(arms)]


def accuracy(params, X, labels) -> float:
    return float(np.mean(np.argmax(scores(params, X), axis=1) == labels))


def plot_regions(axes: Axes, params, X: np.ndarray, labels: np.ndarray) -> None:
    edge = np.linspace(-1.25, 1.25, 250)
    x, y = np.meshgrid(edge, edge)
    regions = np.argmax(scores(params, np.column_stack([x.ravel(), y.ravel()])), axis=1)
    axes.pcolormesh(
        x, y, regions.reshape(x.shape), cmap=ListedColormap(COLORS), alpha=0.2, rasterized=True
    )
    for k, color in enumerate(COLORS):
        axes.plot(*X[labels == k].T, "o", color=color, markersize=4, mec="white", mew=0.4)
    axes.set(aspect="equal", xticks=[], yticks=[])


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(), help="the folder for the picture")
    parser.add_argument("--steps", type=int, default=2000, help="steps of gradient descent")
    options = parser.parse_args(argv)

    rng = np.random.default_rng(0)
    X, labels = spiral(rng)
    params = start(rng)
    figure = Figure(figsize=(12, 4.35), layout="compressed")
    done = 0
    for axes, steps in zip(figure.subplots(1, 3), (0, options.steps // 20, options.steps), strict=True):
        params = train(params, X, labels, steps - done)
        done = steps
        print(f"{steps:5} steps  loss {loss(params, X, labels):.4f}  "
              f"accuracy {accuracy(params, X, labels):.4f}")  # fmt: skip
        plot_regions(axes, params, X, labels)
        axes.set_title(f"{steps} steps: accuracy {accuracy(params, X, labels):.3f}")
    figure.savefig(options.out / "two_layer.png", dpi=120)
    print(f"wrote {options.out / 'two_layer.png'}")


if __name__ == "__main__":
    main()
