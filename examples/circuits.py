"""Circuits of gates: what flows forward through the wires, and what flows back.

A circuit is a function of plain Python numbers. A wire inside it has no name outside, so each carries
a ``probe``: a zero is added to it, and the derivative in that zero is what flows back through the
wire. Draws a circuit of two gates and a sigmoid neuron with the value of each wire over it, and its
derivative under it.

    python examples/circuits.py --out .
"""

import argparse
import math
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pullback import grad, value_and_grad

FORWARD, BACKWARD = "#1b7f4b", "#c0392b"


# The circuits.


def product_of_sum(x, y, z, probe=0.0):
    q = x + y + probe
    return q * z


def neuron(a, b, c, x, y, probe=(0.0, 0.0, 0.0, 0.0)):
    ax = a * x + probe[0]
    by = b * y + probe[1]
    both = ax + by + probe[2]
    s = both + c + probe[3]
    return 1 / (1 + math.exp(-s))


def pulled(circuit, inputs, step=0.01):
    """The output after every input has followed its derivative for a small step."""
    slopes = grad(circuit, argnums=tuple(range(len(inputs))))(*inputs)
    return circuit(*(x + step * slope for x, slope in zip(inputs, slopes, strict=True)))


# The picture: a circuit drawn as gates and wires, each wire with its value and derivative.


def draw_gate(axes: Axes, at: tuple[float, float], sign: str) -> None:
    axes.plot(*at, "o", markersize=32, color="white", markeredgecolor="black", zorder=2)
    axes.annotate(sign, at, ha="center", va="center", fontsize=17, zorder=3)


def draw_wire(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], value: float, slope: float,
    name: str = "",
) -> None:  # fmt: skip
    """A wire, level where its numbers stand, and the name of an input at its start."""
    x, y = start
    axes.plot([x, end[0] - 0.8, end[0]], [y, y, end[1]], color="black", lw=1.2, zorder=1)
    for number, color, dy in ((value, FORWARD, 10), (slope, BACKWARD, -11)):
        axes.annotate(
            f"{number:.4g}".replace("-", "−"), (x + (0.8 if name else 1.05), y), xytext=(0, dy),
            textcoords="offset points", ha="center", va="center", color=color, fontsize=12,
        )  # fmt: skip
    axes.annotate(
        name, start, xytext=(-8, 0), textcoords="offset points", ha="right", va="center",
        fontsize=14, style="italic",
    )  # fmt: skip


def draw_product_of_sum(axes: Axes, inputs: tuple[float, ...]) -> None:
    x, y, z = inputs
    value, (dx, dy, dz, dq) = value_and_grad(product_of_sum, (0, 1, 2, 3))(x, y, z, 0.0)
    plus, times = (2.4, 3), (4.8, 2)
    draw_wire(axes, (0, 4), plus, x, dx, "x")
    draw_wire(axes, (0, 2), plus, y, dy, "y")
    draw_wire(axes, (0, 0.5), times, z, dz, "z")
    draw_wire(axes, plus, times, x + y, dq)
    draw_wire(axes, times, (6.6, 2), value, 1.0)
    draw_gate(axes, plus, "+")
    draw_gate(axes, times, "×")
    axes.set_title("f = (x + y) z", fontsize=14)


def draw_neuron(axes: Axes, inputs: tuple[float, ...]) -> None:
    a, b, c, x, y = inputs
    silent = (0.0, 0.0, 0.0, 0.0)
    value, slopes = value_and_grad(neuron, tuple(range(6)))(*inputs, silent)
    da, db, dc, dx, dy, (dax, dby, dboth, ds) = slopes
    upper, lower, plus, plus_c, sigma = (2.4, 3.5), (2.4, 1.5), (4.8, 2.5), (7.2, 2), (9.6, 2)
    for start, gate, number, slope, name in [
        ((0, 4), upper, a, da, "a"), ((0, 3), upper, x, dx, "x"),
        ((0, 2), lower, b, db, "b"), ((0, 1), lower, y, dy, "y"), ((0, 0), plus_c, c, dc, "c"),
    ]:  # fmt: skip
        draw_wire(axes, start, gate, number, slope, name)
    draw_wire(axes, upper, plus, a * x, dax)
    draw_wire(axes, lower, plus, b * y, dby)
    draw_wire(axes, plus, plus_c, a * x + b * y, dboth)
    draw_wire(axes, plus_c, sigma, a * x + b * y + c, ds)
    draw_wire(axes, sigma, (11.4, 2), value, 1.0)
    for at, sign in [(upper, "×"), (lower, "×"), (plus, "+"), (plus_c, "+"), (sigma, "σ")]:
        draw_gate(axes, at, sign)
    axes.set_title("f = σ(a x + b y + c)", fontsize=14)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(), help="the folder for the picture")
    options = parser.parse_args(argv)

    inputs, weights = (-2.0, 5.0, -4.0), (1.0, 2.0, -3.0, -1.0, 3.0)
    for circuit, numbers in [(product_of_sum, inputs), (neuron, weights)]:
        value, slopes = value_and_grad(circuit, tuple(range(len(numbers))))(*numbers)
        print(f"{circuit.__name__}{numbers} = {value:.4f}, pulled {pulled(circuit, numbers):.4f}")
        print("  derivatives", "  ".join(f"{slope:+.4f}" for slope in slopes))

    figure = Figure(figsize=(12, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(6.6, 11.4))
    draw_product_of_sum(left, inputs)
    draw_neuron(right, weights)
    for axes in (left, right):
        axes.axis("off")
        axes.set_ylim(-0.6, 4.5)
    figure.text(0.01, 0.02, "value, over the wire", color=FORWARD, fontsize=12)
    figure.text(0.17, 0.02, "derivative of f, under it", color=BACKWARD, fontsize=12)
    figure.savefig(options.out / "circuits.png", dpi=120)
    print(f"wrote {options.out / 'circuits.png'}")


if __name__ == "__main__":
    main()
