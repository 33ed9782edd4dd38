"""The support vector machine's loss and the softmax's, on three kinds of iris.

Two linear classifiers that differ only in their loss. Their gradients are compared with formulas
worked out by hand; then both are trained on two measurements of the flowers, so that the regions
which they separate can be drawn.

    python examples/losses.py --out .
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from sklearn.datasets import load_iris

from pullback import value_and_grad

COLORS = ["#2c6fbb", "#e08a1e", "#3a9d5d"]
PENALTY = 1e-3

# The losses: rows of X are flowers, labels are 0, 1 or 2.


def svm_loss(W, X, labels):
    """How much each wrong score comes within a margin of 1 of the right one."""
    scores = X @ W
    rows = np.arange(len(labels))
    margins = np.maximum(0, scores - scores[rows, labels][:, None] + 1)
    margins[rows, labels] = 0
    return np.mean(np.sum(margins, axis=1)) + PENALTY * np.sum(W * W)


def softmax_loss(W, X, labels):
    """The mean of minus the logarithm of the probability of the right label."""
    scores = X @ W
    scores -= np.max(scores, axis=1, keepdims=True)
    logp = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels]) + PENALTY * np.sum(W * W)


# Their gradients as worked out by hand.


def svm_by_hand(W, X, labels):
    scores = X @ W
    rows = np.arange(len(labels))
    over = (scores - scores[rows, labels][:, None] + 1 > 0).astype(float)
    over[rows, labels] = 0
    over[rows, labels] = -over.sum(axis=1)
    return X.T @ over / len(labels) + 2 * PENALTY * W


def softmax_by_hand(W, X, labels):
    scores = X @ W
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return X.T @ p / len(labels) + 2 * PENALTY * W


BY_HAND = {svm_loss: svm_by_hand, softmax_loss: softmax_by_hand}


def difference(loss, X, labels, rng) -> float:
    """The largest difference of both gradients at random weights."""
    W = rng.normal(size=(X.shape[1], 3))
    _, gradient = value_and_grad(loss)(W, X, labels)
    return float(np.max(np.abs(gradient - BY_HAND[loss](W, X, labels))))


def train(loss, X, labels, steps, rate=0.5):
    """Gradient descent from zero: the weights, and the loss before each step."""
    loss_and_grad = value_and_grad(loss)
    W = np.zeros((X.shape[1], 3))
    losses = []
    for _ in range(steps):
        value, gradient = loss_and_grad(W, X, labels)
        losses.append(value)
        W -= rate * gradient
    return W, losses


def load():
    """Length and width of the petals, standardised, with a column of ones; and the labels."""
    iris = load_iris()
    petals = iris.data[:, 2:]
    petals = (petals - petals.mean(axis=0)) / petals.std(axis=0)
    return np.column_stack([petals, np.ones(len(petals))]), iris.target, iris.target_names


def accuracy(W, X, labels) -> float:
    return float(np.mean(np.argmax(X @ W, axis=1) == labels))


def plot_regions(axes: Axes, W: np.ndarray, X: np.ndarray, labels: np.ndarray, names) -> None:
    x, y = np.meshgrid(np.linspace(-1.9, 2.1, 400), np.linspace(-1.8, 2.1, 400))
    grid = np.column_stack([x.ravel(), y.ravel(), np.ones(x.size)])
    regions = np.argmax(grid @ W, axis=1).reshape(x.shape)
    axes.pcolormesh(x, y, regions, cmap=ListedColormap(COLORS), alpha=0.2, rasterized=True)
    for k, name in enumerate(names):
        chosen = X[labels == k]
        axes.plot(chosen[:, 0], chosen[:, 1], "o", color=COLORS[k], mec="white", mew=0.5, label=name)
    axes.set(xlabel="length of petals (standardised)")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(), help="the folder for the picture")
    parser.add_argument("--steps", type=int, default=2000, help="steps of gradient descent")
    options = parser.parse_args(argv)

    X, labels, names = load()
    rng = np.random.default_rng(0)
    figure = Figure(figsize=(13, 4.3), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for axes, loss, title, style in [
        (left, svm_loss, "SVM", "-"), (middle, softmax_loss, "softmax", "--")
    ]:  # fmt: skip
        apart = difference(loss, X, labels, rng)
        W, losses = train(loss, X, labels, options.steps)
        print(f"{title:8} accuracy {accuracy(W, X, labels):.4f}  loss {losses[-1]:.4f}  "
              f"gradient from the one by hand {apart:.1e}")  # fmt: skip
        plot_regions(axes, W, X, labels, names)
        axes.set_title(f"{title}, accuracy {accuracy(W, X, labels):.3f}")
        right.loglog(np.arange(1, len(losses) + 1), losses, style, color="black", label=title)
    left.set(ylabel="width of petals (standardised)")
    left.legend(loc="upper left")
    right.set(xlabel="step", ylabel="loss", title="gradient descent")
    right.grid(alpha=0.3)
    right.legend()
    figure.savefig(options.out / "losses.png", dpi=120)
    print(f"wrote {options.out / 'losses.png'}")


if __name__ == "__main__":
    main()
