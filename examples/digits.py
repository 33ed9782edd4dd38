"""Handwritten digits: softmax regression and a two-layer network, in plain NumPy.

The models and their losses are ordinary NumPy functions; ``value_and_grad`` is all that pullback
adds. Trains both on scikit-learn's 1,797 bundled images, prints the accuracy on held-out ones and
draws the loss curves with the digits that the network gets wrong.

    python examples/digits.py --out . --epochs 40
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.progress import Progress
from sklearn.datasets import load_digits

from pullback import value_and_grad

Params = dict[str, np.ndarray]

# The models: a batch of images, one in each row of X, to ten scores a row.


def linear_scores(params, X):
    return X @ params["W"] + params["b"]


def network_scores(params, X):
    hidden = np.tanh(X @ params["W1"] + params["b1"])
    return hidden @ params["W2"] + params["b2"]


# The losses: what is differentiated.


def cross_entropy(scores, labels):
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


def linear_loss(params, X, labels):
    return cross_entropy(linear_scores(params, X), labels)


def network_loss(params, X, labels):
    return cross_entropy(network_scores(params, X), labels)


# Training: the gradient is a dict with the keys of the parameters.


def linear_params() -> Params:
    return {"W": np.zeros((64, 10)), "b": np.zeros(10)}


def network_params(rng: np.random.Generator, hidden: int = 64) -> Params:
    return {
        "W1": rng.normal(size=(64, hidden)) / np.sqrt(64),
        "b1": np.zeros(hidden),
        "W2": rng.normal(size=(hidden, 10)) / np.sqrt(hidden),
        "b2": np.zeros(10),
    }


def minibatches(rng: np.random.Generator, count: int, size: int = 64) -> Iterator[np.ndarray]:
    order = rng.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]


def train(
    loss: Callable[..., float],
    params: Params,
    X: np.ndarray,
    labels: np.ndarray,
    epochs: int,
    rng: np.random.Generator,
    on_epoch: Callable[[], None],
    rate: float = 0.1,
    momentum: float = 0.9,
) -> list[float]:
    """Update ``params`` in place by gradient descent with momentum; the mean loss of each epoch."""
    loss_and_grad = value_and_grad(loss)
    velocity = {name: np.zeros_like(value) for name, value in params.items()}
    curve = []
    for _ in range(epochs):
        total = 0.0
        for batch in minibatches(rng, len(X)):
            value, gradient = loss_and_grad(params, X[batch], labels[batch])
            total += value * len(batch)
            for name in params:
                velocity[name] = momentum * velocity[name] - rate * gradient[name]
                params[name] += velocity[name]
        curve.append(total / len(X))
        on_epoch()
    return curve


def load(rng: np.random.Generator, held_out: int = 360) -> tuple[np.ndarray, ...]:
    """Training images, training labels, test images, test labels; pixels from 0 to 1."""
    digits = load_digits()
    order = rng.permutation(len(digits.target))
    X, labels = digits.data[order] / 16, digits.target[order]
    return X[held_out:], labels[held_out:], X[:held_out], labels[:held_out]


# The picture.


def plot_losses(axes: Axes, curves: dict[str, list[float]]) -> None:
    for name, curve in curves.items():
        axes.semilogy(range(1, len(curve) + 1), curve, label=name)
    axes.set(xlabel="epoch", ylabel="training loss (cross-entropy)")
    axes.grid(alpha=0.3)
    axes.legend()


def plot_mistakes(grid: np.ndarray, X: np.ndarray, labels: np.ndarray, guess: np.ndarray) -> None:
    for axes in grid.flat:
        axes.axis("off")
    wrong = np.flatnonzero(guess != labels)
    for axes, i in zip(grid.flat, wrong, strict=False):
        axes.imshow(X[i].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(f"{guess[i]} (true {labels[i]})", fontsize=9)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(), help="the folder for the picture")
    parser.add_argument("--epochs", type=int, default=40, help="passes over the training images")
    options = parser.parse_args(argv)

    rng = np.random.default_rng(0)
    X, labels, X_test, labels_test = load(rng)
    models = {
        "softmax regression": (linear_loss, linear_scores, linear_params()),
        "two-layer network": (network_loss, network_scores, network_params(rng)),
    }

    curves, guesses = {}, {}
    with Progress() as progress:
        for name, (loss, scores, params) in models.items():
            task = progress.add_task(f"{name:18}", total=options.epochs)
            tick = partial(progress.advance, task)
            curves[name] = train(loss, params, X, labels, options.epochs, rng, tick)
            guesses[name] = np.argmax(scores(params, X_test), axis=1)
    for name, guess in guesses.items():
        print(f"{name:18}  test accuracy {np.mean(guess == labels_test):.4f}")

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subfigures(1, 2)
    plot_losses(left.subplots(), curves)
    right.suptitle("test digits that the network gets wrong: predicted (true)")
    plot_mistakes(right.subplots(3, 5), X_test, labels_test, guesses["two-layer network"])
    picture = options.out / "digits.png"
    figure.savefig(picture, dpi=120)
    print(f"wrote {picture}")


if __name__ == "__main__":
    main()
