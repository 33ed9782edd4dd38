"""The examples: each runs at a reduced size, and comes to what is known of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from examples import (
    circuits,
    digits,
    logistic_regression,
    losses,
    minimize,
    neuron,
    optimisers,
    two_layer,
)  # fmt: skip
from pullback import value_and_grad

FOLDER = Path(__file__).parents[2] / "examples"
PICTURES = {
    "circuits": (circuits, []),
    "logistic_regression": (logistic_regression, ["--steps", "50"]),
    "losses": (losses, ["--steps", "50"]),
    "minimize": (minimize, ["--most", "4"]),
    "optimisers": (optimisers, ["--steps", "20"]),
    "two_layer": (two_layer, ["--steps", "40"]),
}


def test_every_example_is_tested() -> None:
    """A new file in examples/ needs an entry here."""
    assert {path.stem for path in FOLDER.glob("*.py")} == {*PICTURES, "digits", "neuron"}


@pytest.mark.parametrize("name", PICTURES)
def test_picture(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example draws its picture, which is not one colour, and says where it is."""
    module, arguments = PICTURES[name]
    module.main(["--out", str(tmp_path), *arguments])
    path = tmp_path / f"{name}.png"
    assert f"wrote {path}" in capsys.readouterr().out
    with Image.open(path) as picture:
        assert len(picture.getcolors(maxcolors=picture.width * picture.height)) > 10


def test_digits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five epochs get nine digits of ten right."""
    digits.main(["--out", str(tmp_path), "--epochs", "5"])
    accuracies = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()
                  if "test accuracy" in line]  # fmt: skip
    assert len(accuracies) == 2
    assert min(accuracies) > 0.9
    assert (tmp_path / "digits.png").exists()


def test_neuron(capsys: pytest.CaptureFixture[str]) -> None:
    """σ(1) = 0.7311, and its slope 0.1966 times the inputs and the weights."""
    neuron.main()
    out = capsys.readouterr().out
    assert "0.7311" in out
    assert "-0.1966  -0.3932  +0.1966" in out
    assert "+0.3932  -0.5898" in out


def test_circuits() -> None:
    """(x + y) z at (-2, 5, -4), by hand; a product pulled from -6 to -5.8706; the neuron's slopes."""
    value, slopes = value_and_grad(circuits.product_of_sum, (0, 1, 2, 3))(-2.0, 5.0, -4.0, 0.0)
    assert (value, slopes) == (-12.0, (-4.0, -4.0, 3.0, -4.0))

    def product(x, y):
        return x * y

    assert circuits.pulled(product, (-2.0, 3.0)) == pytest.approx(-5.8706)
    weights = (1.0, 2.0, -3.0, -1.0, 3.0)
    value, slopes = value_and_grad(circuits.neuron, (0, 1, 2, 3, 4))(*weights)
    s = 1 / (1 + np.exp(-2.0))
    assert value == pytest.approx(s)
    assert slopes == pytest.approx(s * (1 - s) * np.array([-1.0, 3.0, 1.0, 1.0, 2.0]))


def test_logistic_regression() -> None:
    """The loss at zero is log 2; descent goes down at each step, and soon gets the test data right."""
    X, y, X_test, y_test, names = logistic_regression.load()
    assert X.shape == (427, 30)
    assert len(names) == 30
    w, b, losses_ = logistic_regression.descend(X, y, steps=1000)
    assert losses_[0] == pytest.approx(np.log(2))
    assert np.all(np.diff(losses_) < 0)
    assert np.mean((X_test @ w + b > 0) == y_test) > 0.97


def test_logistic_regression_agrees_with_scikit_learn() -> None:
    """The gradient of our loss vanishes at the weights that scikit-learn finds."""
    X, y, *_ = logistic_regression.load()
    model = logistic_regression.LogisticRegression(C=1.0, tol=1e-10).fit(X, y)
    _, (w_bar, b_bar) = value_and_grad(logistic_regression.loss, ("w", "b"))(
        model.coef_[0], float(model.intercept_[0]), X, y
    )
    assert np.max(np.abs(w_bar)) < 1e-6
    assert abs(b_bar) < 1e-6


@pytest.mark.parametrize("loss", losses.BY_HAND, ids=lambda loss: loss.__name__)
def test_losses(loss) -> None:
    """Gradients are those by hand; 0 weights give the known loss; 95 percent of irises are right."""
    X, labels, _ = losses.load()
    assert losses.difference(loss, X, labels, np.random.default_rng(1)) < 1e-13
    W, values = losses.train(loss, X, labels, steps=500)
    assert values[0] == pytest.approx(2.0 if loss is losses.svm_loss else np.log(3))
    assert losses.accuracy(W, X, labels) >= 0.95


def test_two_layers_beat_one() -> None:
    """A linear classifier gets about half of the spiral right, the network over 97 percent."""
    rng = np.random.default_rng(0)
    X, labels = two_layer.spiral(rng)
    W, _ = losses.train(losses.softmax_loss, np.column_stack([X, np.ones(len(X))]), labels, 200)
    linear = losses.accuracy(W, np.column_stack([X, np.ones(len(X))]), labels)
    assert 0.4 < linear < 0.6
    params = two_layer.train(two_layer.start(rng), X, labels, steps=400)
    assert two_layer.accuracy(params, X, labels) > 0.97


def test_optimisers() -> None:
    """The rates known from theory, and Adam's first step, which is its rate in each coordinate."""
    descent = np.abs(optimisers.gradient_descent(optimisers.START, 20))
    np.testing.assert_allclose(descent[1:] / descent[:-1], 24 / 26, rtol=1e-9)
    quick = np.linalg.norm(optimisers.momentum(optimisers.START, 80), axis=1)
    assert (quick[80] / quick[40]) ** (1 / 40) == pytest.approx(4 / 6, rel=0.02)
    adam = optimisers.adam(optimisers.START, 1)
    np.testing.assert_allclose(adam[1] - adam[0], [0.8, -0.8], rtol=1e-6)
    assert np.linalg.norm(optimisers.rmsprop(optimisers.START, 50)[-1]) < 0.5


def test_rosenbrock() -> None:
    """The minimum is 0 at ones; exact gradients save many times the evaluations."""
    found = minimize.minimize(value_and_grad(minimize.rosenbrock), np.zeros(10), jac=True)
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)
    exact, differences = minimize.evaluations(8)
    assert differences > 8 * exact


def test_hares_and_lynxes() -> None:
    """The rates that others found for these data: 0.55, 0.028, 0.80 and 0.024."""
    fit = minimize.fitted(substeps=4)
    rates, hares, lynxes = minimize.unknowns(fit.x)
    np.testing.assert_allclose(rates, [0.55, 0.028, 0.80, 0.024], rtol=0.03)
    np.testing.assert_allclose([hares, lynxes], [34.0, 5.9], rtol=0.03)
