"""A sigmoid neuron with two inputs, and the derivative of its output in every weight and input.

Its derivative as Python text:  pullback grad examples/neuron.py:neuron
"""

import math

from pullback import value_and_grad


def neuron(w: tuple[float, float, float], x: tuple[float, float]) -> float:
    """The output of a neuron with weights ``w[0]`` and ``w[1]`` and bias ``w[2]``."""
    activation = w[0] * x[0] + w[1] * x[1] + w[2]
    return 1 / (1 + math.exp(-activation))


def main() -> None:
    w = (2.0, -3.0, -3.0)
    x = (-1.0, -2.0)
    value, (w_bar, x_bar) = value_and_grad(neuron, argnums=(0, 1))(w, x)
    print(f"neuron(w, x) = {value:.4f}")
    print("d / d w      =", "  ".join(f"{slope:+.4f}" for slope in w_bar))
    print("d / d x      =", "  ".join(f"{slope:+.4f}" for slope in x_bar))


if __name__ == "__main__":
    main()
