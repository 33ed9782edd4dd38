"""scipy.optimize.minimize with exact gradients: Rosenbrock's valley, and hares and lynxes.

``value_and_grad`` gives what ``minimize`` wants with ``jac=True``. In Rosenbrock's valley it saves the
evaluations that finite differences need; then the equations of Lotka and Volterra, integrated by a loop
of Runge-Kutta steps in plain Python, are fitted to the furs that the Hudson's Bay Company counted.

    python examples/minimize.py --out .
"""

import argparse
import math
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.optimize import OptimizeResult, minimize

from pullback import value_and_grad

HARE, LYNX = "#2c6fbb", "#c0392b"
# Thousands of furs in the years 1900 to 1920, from Hewitt, The Conservation of the Wild Life of
# Canada (1921).
HARES = np.array([
    30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1, 40.3, 57.0, 76.6, 52.3,
    19.5, 11.2, 7.6, 14.6, 16.2, 24.7,
])  # fmt: skip
LYNXES = np.array([
    4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4, 8.0, 12.3, 19.5, 45.7, 51.1, 29.7,
    15.8, 9.7, 10.1, 8.6,
])  # fmt: skip

# Rosenbrock's valley.


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def evaluations(n: int) -> tuple[int, int]:
    """How often the function is evaluated with exact gradients, and with finite differences."""
    start = np.where(np.arange(n) % 2, 1.0, -1.2)
    exact = minimize(value_and_grad(rosenbrock), start, jac=True)
    differences = minimize(rosenbrock, start)
    return exact.nfev, differences.nfev


# Hares and lynxes. All unknowns are positive: they are found as logarithms.


def change(hares, lynxes, rates):
    birth, eaten, death, fed = rates
    return (birth - eaten * lynxes) * hares, (fed * hares - death) * lynxes


def runge_kutta(hares, lynxes, rates, h):
    """One step of the classical method of fourth order."""
    a, p = change(hares, lynxes, rates)
    b, q = change(hares + h / 2 * a, lynxes + h / 2 * p, rates)
    c, r = change(hares + h / 2 * b, lynxes + h / 2 * q, rates)
    d, s = change(hares + h * c, lynxes + h * r, rates)
    return hares + h / 6 * (a + 2 * b + 2 * c + d), lynxes + h / 6 * (p + 2 * q + 2 * r + s)


def unknowns(theta):
    """The four rates, and the populations in the first year."""
    birth, eaten, death, fed = np.exp(theta[0]), np.exp(theta[1]), np.exp(theta[2]), np.exp(theta[3])
    return (birth, eaten, death, fed), np.exp(theta[4]), np.exp(theta[5])


def misfit(theta, log_hares, log_lynxes, substeps):
    """The sum of squared differences of the logarithms of populations and of counts."""
    rates, hares, lynxes = unknowns(theta)
    total = 0.0
    for year in range(len(log_hares)):
        total += (np.log(hares) - log_hares[year]) ** 2 + (np.log(lynxes) - log_lynxes[year]) ** 2
        for _ in range(substeps):
            hares, lynxes = runge_kutta(hares, lynxes, rates, 1 / substeps)
    return total


def fitted(substeps: int = 10) -> OptimizeResult:
    start = np.log([0.5, 0.02, 0.9, 0.03, HARES[0], LYNXES[0]])
    data = (np.log(HARES), np.log(LYNXES), substeps)
    return minimize(value_and_grad(misfit), start, data, jac=True)


# The picture.


def plot_evaluations(axes: Axes, sizes: list[int]) -> None:
    counts = np.array([evaluations(n) for n in sizes])
    for name, column, color in [
        ("finite differences", counts[:, 1], "0.5"), ("value_and_grad", counts[:, 0], "#3a9d5d")
    ]:  # fmt: skip
        axes.loglog(sizes, column, "o-", color=color, label=name)
    axes.set(xlabel="variables", ylabel="evaluations to the minimum", title="Rosenbrock's valley")
    axes.set_xticks(sizes, map(str, sizes))
    axes.set_xticks([], minor=True)
    axes.grid(alpha=0.3)
    axes.legend()


def plot_fit(axes: Axes, theta: np.ndarray, per_year: int = 50) -> None:
    rates, hares, lynxes = unknowns(theta)
    path = [(hares, lynxes)]
    for _ in range(20 * per_year):
        path.append(runge_kutta(*path[-1], rates, 1 / per_year))
    years = np.linspace(1900, 1920, len(path))
    for name, column, counts, color in [("hares", 0, HARES, HARE), ("lynxes", 1, LYNXES, LYNX)]:
        axes.plot(years, np.array(path)[:, column], color=color, label=f"{name}, fitted")
        axes.plot(range(1900, 1921), counts, "o", color=color, markersize=4, label=f"{name}, counted")
    axes.set(ylabel="furs, in thousands", xlim=(1899, 1921), ylim=(0, 100), title="Lotka and Volterra")
    axes.set_xticks(range(1900, 1921, 5))
    axes.grid(alpha=0.3)
    axes.legend(ncols=2)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(), help="the folder for the picture")
    parser.add_argument("--most", type=int, default=64, help="variables of the largest valley")
    options = parser.parse_args(argv)

    sizes = [2**k for k in range(1, int(math.log2(options.most)) + 1)]
    exact, differences = evaluations(sizes[-1])
    print(f"rosenbrock in {sizes[-1]} variables: {exact} evaluations, {differences} by differences")
    fit = fitted()
    (birth, eaten, death, fed), hares, lynxes = unknowns(fit.x)
    print(f"hares  birth {birth:.3f}  eaten {eaten:.4f}  {hares:.1f} thousand in 1900")
    print(f"lynxes death {death:.3f}  fed   {fed:.4f}  {lynxes:.1f} thousand in 1900")
    print(f"misfit {fit.fun:.4f} after {fit.nfev} evaluations")

    figure = Figure(figsize=(12, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(4, 7))
    plot_evaluations(left, sizes)
    plot_fit(right, fit.x)
    figure.savefig(options.out / "minimize.png", dpi=120)
    print(f"wrote {options.out / 'minimize.png'}")


if __name__ == "__main__":
    main()
