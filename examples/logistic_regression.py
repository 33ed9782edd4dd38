"""Logistic regression by gradient descent, beside scikit-learn's.

The loss is three lines of NumPy. Plain gradient descent on its gradient ends at the weights that
scikit-learn finds for the same loss, on its breast cancer data: 569 tumours, 30 measurements of each.

    python examples/logistic_regression.py --out .
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from pullback import value_and_grad

STRENGTH = 1.0  # scikit-learn's C: the smaller, the more large weights cost


def loss(w, b, X, y):
    """Mean negative log-likelihood of labels 0 and 1, and a penalty on the weights."""
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z) + w @ w / (2 * STRENGTH * len(y))


def descend(X, y, steps, rate=0.5):
    """Gradient descent from zero: the weights, the bias, and the loss before each step."""
    loss_and_grad = value_and_grad(loss, argnums=("w", "b"))
    w, b = np.zeros(X.shape[1]), 0.0
    losses = []
    for _ in range(steps):
        value, (w_bar, b_bar) = loss_and_grad(w, b, X, y)
        losses.append(value)
        w -= rate * w_bar
        b -= rate * b_bar
    return w, b, losses


def load(held_out=142):
    """Standardised training and test data, and the names of the measurements."""
    data = load_breast_cancer()
    order = np.random.default_rng(0).permutation(len(data.target))
    train, test = order[held_out:], order[:held_out]
    mean, std = data.data[train].mean(axis=0), data.data[train].std(axis=0)
    X = (data.data - mean) / std
    y = data.target.astype(float)
    return X[train], y[train], X[test], y[test], data.feature_names


def plot_losses(axes: Axes, losses: np.ndarray, optimum: float) -> None:
    axes.loglog(np.arange(1, len(losses) + 1), losses - optimum, color="#2c6fbb")
    axes.set(xlabel="step", ylabel="loss over its minimum", ylim=(1e-13, 1))
    axes.grid(alpha=0.3)


def plot_weights(axes: Axes, ours: np.ndarray, theirs: np.ndarray, names: np.ndarray) -> None:
    order = np.argsort(ours)
    rows = np.arange(len(ours))
    axes.barh(rows, ours[order], color="#9dc3e6", label="gradient descent")
    axes.plot(theirs[order], rows, "o", color="#c0392b", markersize=4, label="scikit-learn")
    axes.set_yticks(rows, names[order], fontsize=8)
    axes.set(xlabel="weight (negative: malignant, positive: benign)", ylim=(-0.7, len(ours) - 0.3))
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower right")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(), help="the folder for the picture")
    parser.add_argument("--steps", type=int, default=10_000, help="steps of gradient descent")
    options = parser.parse_args(argv)

    X, y, X_test, y_test, names = load()
    w, b, losses = descend(X, y, options.steps)
    model = LogisticRegression(C=STRENGTH, tol=1e-8, max_iter=1000).fit(X, y)
    theirs, bias = model.coef_[0], model.intercept_[0]
    accuracy = np.mean((X_test @ w + b > 0) == y_test)
    print(f"gradient descent  loss {loss(w, b, X, y):.6f}  test accuracy {accuracy:.4f}")
    print(f"scikit-learn      loss {loss(theirs, bias, X, y):.6f}  "
          f"test accuracy {model.score(X_test, y_test):.4f}")  # fmt: skip
    print(f"largest difference of weights {np.max(np.abs(w - theirs)):.1e}")

    figure = Figure(figsize=(11, 5.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    plot_losses(left, np.array(losses), loss(theirs, bias, X, y))
    plot_weights(right, w, theirs, names)
    figure.savefig(options.out / "logistic_regression.png", dpi=120)
    print(f"wrote {options.out / 'logistic_regression.png'}")


if __name__ == "__main__":
    main()
