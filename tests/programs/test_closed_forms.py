"""Real programs whose gradients have closed forms."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from tests.programs import checks
from tests.programs.registry import PROGRAMS

Closed = Callable[..., tuple[Any, ...]]
CLOSED: dict[str, Closed] = {}


def closed(*names: str) -> Callable[[Closed], Closed]:
    """Enter the gradients of programs, from their arguments; None where there is no closed form."""

    def enter(form: Closed) -> Closed:
        CLOSED.update(dict.fromkeys(names, form))
        return form

    return enter


@pytest.mark.parametrize("name", CLOSED)
def test_closed_form(name: str) -> None:
    program = PROGRAMS[name]
    for size in program.sizes:
        args = program.arguments(size)
        expected = CLOSED[name](*checks.fresh(args))
        found = pullback.grad(program.function, program.argnums)(*args)
        for k, (g, e) in enumerate(zip(found, expected, strict=True)):
            if e is not None:
                checks.close(np.asarray(g), np.asarray(e), f"argument {k} of {program}", 1e-6, 1e-8)


# ---- linear algebra


@closed("solve_by_elimination")
def solved(A: Any, b: Any, w: Any) -> tuple[Any, ...]:
    x, b_bar = np.linalg.solve(A, b), np.linalg.solve(A.T, w)
    return -np.outer(b_bar, x), b_bar, x


@closed("solve_by_lu")
def solved_twice(A: Any, b: Any, w: Any) -> tuple[Any, ...]:
    x = np.linalg.solve(A, b)
    y = np.linalg.solve(A, x)
    y_bar = np.linalg.solve(A.T, 2 * y)
    x_bar = np.linalg.solve(A.T, w + y_bar)
    return -np.outer(y_bar, y) - np.outer(x_bar, x), x_bar, x


@closed("determinant_by_elimination")
def determinant(A: Any) -> tuple[Any, ...]:
    return (np.linalg.det(A) * np.linalg.inv(A).T,)


@closed("log_determinant_by_cholesky")
def log_determinant(A: Any) -> tuple[Any, ...]:
    """The upper triangle is not read."""
    inverse = np.linalg.inv(A)
    return (2 * np.tril(inverse) - np.diag(np.diag(inverse)),)


@closed("thomas_in_place")
def tridiagonal(a: Any, b: Any, c: Any, d: Any) -> tuple[Any, ...]:
    A = np.diag(b) + np.diag(a[1:], -1) + np.diag(c[:-1], 1)
    A_bar, d_bar, _ = solved(A, d, np.arange(1.0, len(d) + 1))
    below, above = np.diag(A_bar, -1), np.diag(A_bar, 1)
    return np.append(0.0, below), np.diag(A_bar), np.append(above, 0.0), d_bar


@closed("successive_over_relaxation")
def relaxed(A: Any, b: Any, omega: Any) -> tuple[Any, ...]:
    A_bar, b_bar, _ = solved(A, b, 2 * np.linalg.solve(A, b))
    return A_bar, b_bar


@closed("largest_eigenvalue_by_powers")
def largest_eigenvalue(A: Any) -> tuple[Any, ...]:
    v = np.linalg.eigh(A)[1][:, -1]
    return (np.outer(v, v),)


# ---- order and paths


@closed("bubble_sort", "shell_sort", "sorted_by_merging", "sorted_by_recursion")
def weighted_order(x: Any, w: Any) -> tuple[Any, ...]:
    return w[np.argsort(np.argsort(x))], np.sort(x)


@closed("sorted_by_selection")
def weighted_squares(x: Any, w: Any) -> tuple[Any, ...]:
    return 2 * x * w[np.argsort(np.argsort(x))], np.sort(x) ** 2


@closed("floyd_warshall")
def shortest_paths(D: Any) -> tuple[Any, ...]:
    """By all paths; each edge counts as often as it is on a path that counts."""
    n = len(D)
    found = np.zeros_like(D)
    for end in range(n):
        inner = [k for k in range(1, n) if k != end]
        paths = [(0, *p, end) for m in range(n) for p in itertools.permutations(inner, m)]
        paths += [(0, 0)] if end == 0 else []
        cost = lambda path: sum(D[i, j] for i, j in zip(path, path[1:], strict=False))
        best = min(paths, key=cost)
        for i, j in zip(best, best[1:], strict=False):
            found[i, j] += end + 1
    return (found,)


@closed("viterbi_with_backtrace")
def best_path(logB: Any, logA: Any, logpi: Any) -> tuple[Any, ...]:
    T, N = logB.shape

    def score(path: tuple[int, ...]) -> float:
        steps = zip(path, path[1:], strict=False)
        emitted = sum(logB[t, s] for t, s in enumerate(path))
        return float(logpi[path[0]] + emitted + sum(logA[i, j] for i, j in steps))

    best = max(itertools.product(range(N), repeat=T), key=score)
    A_bar = np.zeros_like(logA)
    for i, j in zip(best, best[1:], strict=False):
        A_bar[i, j] += 1
    return np.eye(N)[list(best)], A_bar, np.eye(N)[best[0]]


@closed("forward_algorithm")
def posteriors(logB: Any, A: Any, pi: Any) -> tuple[Any, ...]:
    """The gradient in what was emitted: the probability of each state at each time."""
    P = np.exp(A) / np.exp(A).sum(axis=1, keepdims=True)
    alpha, beta = [np.exp(pi) / np.exp(pi).sum() * np.exp(logB[0])], [np.ones(3)]
    for t in range(1, len(logB)):
        alpha.append(alpha[-1] @ P * np.exp(logB[t]))
        beta.append(P @ (np.exp(logB[-t]) * beta[-1]))
    gamma = np.array(alpha) * np.array(beta[::-1])
    return gamma / gamma.sum(axis=1, keepdims=True), None, None


@closed("discounted_return")
def discounted(rewards: Any, gamma: float) -> tuple[Any, ...]:
    t = np.arange(len(rewards))
    return gamma**t, np.sum(t * gamma ** (t - 1.0) * rewards)


# ---- motion, quadrature, roots


@closed("total_momentum")
def momentum(q: Any, v: Any, m: Any, steps: int) -> tuple[Any, ...]:
    """Conserved: positions do not matter."""
    return np.zeros_like(q), m[:, None] * [1.0, 2.0], v @ [1.0, 2.0]


@closed("exponential_decay")
def decay(y0: Any, k: float, n: int) -> tuple[Any, ...]:
    h = 1.0 / n
    factor = 1 + h * k + (h * k) ** 2 / 2 + (h * k) ** 3 / 6 + (h * k) ** 4 / 24
    slope = h * (1 + h * k + (h * k) ** 2 / 2 + (h * k) ** 3 / 6)
    return np.array([factor**n]), n * factor ** (n - 1) * slope * y0[0]


@closed("simpson_of_cubic")
def integrand(a: float, b: float, n: int) -> tuple[Any, ...]:
    return -(a**3 - 2 * a), b**3 - 2 * b


@closed("romberg")
def integrated_sine(b: float, levels: int) -> tuple[Any, ...]:
    return (np.sin(b),)


@closed("root_by_newton")
def cubic_root(a: float, b: float) -> tuple[Any, ...]:
    x = next(r.real for r in np.roots([1, 0, b, -a]) if abs(r.imag) < 1e-12)
    return 1 / (3 * x**2 + b), -x / (3 * x**2 + b)


@closed("root_by_bisection")
def cube_root(a: float) -> tuple[Any, ...]:
    return (a ** (-2 / 3) / 3,)


@closed("newton_interpolation")
def lagrange(xs: Any, ys: Any, x: float) -> tuple[Any, ...]:
    """In the values: Lagrange's polynomials; in the place: the slope of the polynomial."""
    weights = [np.prod((x - np.delete(xs, i)) / (xi - np.delete(xs, i))) for i, xi in enumerate(xs)]
    slope = np.polyval(np.polyder(np.polyfit(xs, ys, len(xs) - 1)), x)
    return None, weights, slope


@closed("fast_fourier_power")
def power(x: Any) -> tuple[Any, ...]:
    n = len(x)
    F = np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)
    y = F @ x
    bar = 2 * np.real(np.conj(y[1]) * F[1]) + np.real(np.conj(y[n // 2]) * F[n // 2])
    return (bar,)


# ---- the rest of the corpus keeps what these rely on


def test_most_real_programs_are_here() -> None:
    """Real programs have files of their own, and stay many."""
    assert sum(p.group.startswith("real_") for p in PROGRAMS.values()) >= 40


# ---- complex numbers: df/dx - i df/dy


@closed("spectrum_by_halves")
def power_of_spectrum(x: Any) -> tuple[Any, ...]:
    """Of sum(w |F x|**2) with a symmetric matrix F it is 2 Re(F conj(w F x))."""
    half = len(x) // 2
    weights = np.where(np.arange(len(x)) < half, np.arange(1.0, len(x) + 1), 0.0)
    return (2 * np.real(np.fft.fft(np.conj(weights * np.fft.fft(x)))),)


@closed("phase_retrieval")
def misfit(A: Any, z: Any, b: Any) -> tuple[Any, ...]:
    y = A @ z
    y_bar = 2 * (np.abs(y) - b) * np.conj(y) / np.abs(y)
    return np.outer(y_bar, z), A.T @ y_bar, -2 * (np.abs(y) - b)


# ---- optimisers, each with gradients by both modes


@closed("descent_in_a_loss")
def through_the_minimum(c: Any, k: Any) -> tuple[Any, ...]:
    found = c - 1 / k
    return 4 * found, 4 * found / k**2


@closed("argmin_of_an_argmax")
def through_the_saddle(a: float, x: float) -> tuple[Any, ...]:
    u = -x / (2 * (1 + a**2))
    return (1 + 2 * u) * -2 * a * u / (1 + a**2), (1 + 2 * u) * u / x
