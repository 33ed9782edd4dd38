"""Every row of SciPy: elementwise ones by what they say, others by the calls below.

One program a row keeps this short: values, both modes and differences, single precision, and two of the
mixes of second order, in turns with ``-m slow``.
"""

from __future__ import annotations

import re
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

import pullback
from pullback.rules import fields
from pullback.rules.scipy_ import linalg, stats  # noqa: F401  (both enter their rows)
from pullback.rules.table import BY_FUNCTION, ROWS, Row
from pullback.testing import battery
from tests.programs import checks
from tests.rules import scipy_functions as of_scipy
from tests.rules.generated import written as module_of
from tests.rules.turns import in_turns

ELEMENTWISE = [
    row for name, row in ROWS.items() if name.startswith("scipy.") and row.kind == "elementwise"
]
# What stands for orders and parameters that are fixed.
FIXED = ("2", "1.5")
SHAPES = ((2, 3), (3,))
# Calls of x, whose elements lie between 0 and 1, of rows that are not elementwise.
CALLS = {
    "scipy.special.multigammaln": ["scipy.special.multigammaln(x + 3, 3)"],
    "scipy.special.logsumexp": [
        "scipy.special.logsumexp(x) * scipy.special.logsumexp(x, axis=1)",
        "scipy.special.logsumexp(x, axis=(0, 1), keepdims=True) * x",
        "scipy.special.logsumexp(x, axis=0, b=x + 1)",
    ],
    "scipy.special.softmax": ["scipy.special.softmax(x, axis=1) + scipy.special.softmax(x)"],
    "scipy.stats.multivariate_normal": [
        "scipy.stats.multivariate_normal.logpdf(x, x[0], x.T @ x + 0.3 * np.eye(3))"
        " + scipy.stats.multivariate_normal.pdf(x[0], cov=x.T @ x + 0.3 * np.eye(3))"
        " + scipy.stats.multivariate_normal.pdf(np.stack([x, x * x]), x[1], x[0], allow_singular=True)",
        "scipy.stats.multivariate_normal.logpdf(x[0], x[1, 0], x[1, 1])"
        " + scipy.stats.multivariate_normal.pdf(x[1]) + scipy.stats.multivariate_normal.logpdf(x[1, 2])"
        " + scipy.stats.multivariate_normal.pdf(x, x[1], x[0, 0])[0]",
    ],
    "scipy.stats.dirichlet": [
        "scipy.stats.dirichlet.logpdf(x[0] / np.sum(x[0]), x[1] + 1)"
        " + scipy.stats.dirichlet.pdf(np.stack([x[0] / 2, x[1] / 2]), x[:, 0].repeat(2)[1:] + 1)"
    ],
    "scipy.special.log_softmax": ["scipy.special.log_softmax(x, axis=(0, 1))"],
}
# The same of x, which is a matrix of three rows with a strong diagonal.
OF_MATRICES = {
    "scipy.linalg.solve": [
        "scipy.linalg.solve(x, x[0]) + scipy.linalg.solve(x, x[:, :2], transposed=True)[:, 1]",
        "scipy.linalg.solve(x @ x.T, x[0], assume_a='pos')"
        " + scipy.linalg.solve(x, x[0], True, assume_a='sym')"
        " + scipy.linalg.solve(x, x[1], assume_a='upper triangular')",
    ],
    "scipy.linalg.solve_triangular": [
        "scipy.linalg.solve_triangular(x, x[0], 'T')"
        " + scipy.linalg.solve_triangular(x, x[:, 1:], 2, True, True) @ x[:2, 1]"
    ],
    "scipy.linalg.inv": ["scipy.linalg.inv(x) + scipy.linalg.pinv(x[:2]).T[0] * scipy.linalg.det(x)"],
    "scipy.linalg.cho_factor": [
        "scipy.linalg.cho_solve(scipy.linalg.cho_factor(x, lower=True, check_finite=False), x[0])"
        " + np.sum(scipy.linalg.cho_factor(x + x.T)[0] ** 2, axis=0)",
        "scipy.linalg.cho_solve((x, False), x[:, :2]) + scipy.linalg.cho_solve([x, True], x[:, 1:])",
    ],
    "scipy.linalg.lu_factor": [
        "scipy.linalg.lu_solve(scipy.linalg.lu_factor(x[::-1]), x[0])"
        " + scipy.linalg.lu_factor(x[::-1])[0]",
        "scipy.linalg.lu_solve((x, np.array([2, 2, 2])), x[:, :2], trans=1)"
        " + scipy.linalg.lu_solve((x, np.array([1, 2, 2])), x[:, 1:], trans=2)",
    ],
    "scipy.linalg.solve_banded": [
        "scipy.linalg.solve_banded((0, 1), np.stack([x[0] / 3, x[1] + 3]), x[2])"
        " + scipy.linalg.solve_banded((1, 1), np.stack([x[0], x[1] + 9, x[2]]), x[:, :2])[:, 1]"
    ],
    "scipy.linalg.solve_toeplitz": [
        "scipy.linalg.solve_toeplitz((x[0], x[1]), x[2])"
        " + scipy.linalg.solve_toeplitz(x[0], x[:, :2])[:, 1]"
    ],
    "scipy.linalg.solve_sylvester": ["scipy.linalg.solve_sylvester(x, x[:2, :2], x[:, 1:])"],
    "scipy.linalg.lstsq": [
        "scipy.linalg.lstsq(x[:, :2], x[:, 1:])[1] * scipy.linalg.lstsq(x[:, :2], x)[3]"
        " + scipy.linalg.lstsq(x[:, :2], x[0], lapack_driver='gelsy')[0]"
    ],
    "scipy.linalg.expm": [
        "scipy.linalg.expm(x / 4) + scipy.linalg.expm(np.stack([x / 5, x.T / 6]))"
        " + scipy.linalg.expm_frechet(x / 4, x, compute_expm=False)"
    ],
    "scipy.linalg.sqrtm": ["scipy.linalg.sqrtm(x + 0j).real"],
    "scipy.linalg.block_diag": ["scipy.linalg.block_diag(x, 2.0, x[0], x[1, 2])"],
    "scipy.linalg.qr": [
        "scipy.linalg.qr(x)[0] @ scipy.linalg.qr(x, mode='economic', pivoting=True)[1]"
        " + scipy.linalg.qr(x[:2])[1][0] + scipy.linalg.qr(x, mode='r')[0]"
    ],
    "scipy.linalg.cholesky": ["scipy.linalg.cholesky(x) * scipy.linalg.cholesky(x @ x.T, lower=True).T"],
    "scipy.linalg.svdvals": [
        "scipy.linalg.svdvals(x) * scipy.linalg.eigvalsh(x, lower=False)"
        " + scipy.linalg.svd(x, compute_uv=False) + scipy.linalg.eigh(x, eigvals_only=True)"
    ],
    "scipy.linalg.norm": [
        "scipy.linalg.norm(x) * scipy.linalg.norm(x, 'nuc') + scipy.linalg.norm(x, 3, axis=0)"
    ],
    "scipy.linalg.toeplitz": [
        "scipy.linalg.toeplitz(x[0]) * scipy.linalg.toeplitz(x[0], x[1]) + scipy.linalg.circulant(x[2])"
    ],
    "scipy.linalg.eigh": ["scipy.linalg.eigh(x)[1] * scipy.linalg.eigh(x, lower=False)[0]"],
    "scipy.linalg.svd": ["scipy.linalg.svd(x, full_matrices=False)[2]"],
}  # fmt: skip
# The same of complex numbers.
OF_COMPLEX_MATRICES = """
    cho_factor lu_factor solve_triangular solve_banded solve_toeplitz solve_sylvester lstsq expm sqrtm
    block_diag qr cholesky svdvals inv toeplitz
""".split()  # noqa: SIM905
CALLS |= OF_MATRICES
# Distributions, at points of which some lie outside of the support: the arguments of their members, and
# of their densities with shapes that vary.
GIVEN = {
    "lognorm": "x, x + 0.5, 0.3, scale=0.5 + x", "t": "2 * x, 2.5, 0.3, 0.5 + x",
    "uniform": "x, 0.3, 0.2 + x",
    "chi2": "x, 2.5, loc=0.3, scale=0.2 + x", "gamma": "x, 1.7, loc=0.3, scale=0.2 + x",
    "beta": "x, 1.5, 2.5, 0.1, 0.5 + x[0]", "poisson": "[1, 2.5, -2], x, 1", "binom": "[0, 2, 5], 3, x",
    "bernoulli": "np.array([1, 2, 0]), x, loc=1",
}  # fmt: skip
SHAPED = {"t": "x, x + 0.5", "chi2": "x, x + 0.5", "gamma": "x, x + 0.5", "beta": "x, x + 0.5, x + 2"}
for name in stats.DISTRIBUTIONS:
    members = [row.rpartition(".")[2] for row in ROWS if row.startswith(f"scipy.stats.{name}.")]
    terms = []
    for member in members:
        call = f"scipy.stats.{name}.{member}({GIVEN.get(name, '2 * x, 0.3, 0.5 + x')})"
        # The logarithm of 0 is infinite.
        terms.append(f"np.maximum({call}, -9.0)" if member.startswith("log") else call)
        if name in SHAPED and member in ("pdf", "logpdf"):
            terms.append(f"scipy.stats.{name}.{member}({SHAPED[name]})")
    CALLS[f"scipy.stats.{name}"] = [" + ".join(f"{k + 1} * {term}" for k, term in enumerate(terms))]
EVERY = [(name, k) for name, calls in CALLS.items() for k in range(len(calls))]


def identifier(name: str) -> str:
    return name.replace(".", "_")


def spelled(row: Row) -> tuple[str, list[str]]:
    """The call of a row's function, with numbers for what is fixed, and its arguments."""
    fixed = dict(zip(row.fixed, FIXED, strict=False))
    names = [name for k, name in enumerate("xyz"[: len(row.domain)]) if k not in fixed]
    free = iter(names)
    given = [fixed[k] if k in fixed else next(free) for k in range(len(row.domain))]
    return f"{row.prim.path}({', '.join(given)})", names


IMPORTED = ("numpy as np", "pullback", "scipy.linalg", "scipy.special", "scipy.stats")
HEADER = "".join(f"import {module}\n" for module in IMPORTED)
SUBJECTS = module_of(
    "scipy_rows", HEADER, [(identifier(row.name), *spelled(row)) for row in ELEMENTWISE]
)
CALLED = module_of(
    "scipy_calls", HEADER,
    [(f"{identifier(name)}_{k}", CALLS[name][k], ["x"]) for name, k in EVERY],
)  # fmt: skip


def title(call: tuple[str, int]) -> str:
    return f"{call[0]}-{call[1]}"


every_row = pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
some_rows = pytest.mark.parametrize("row", in_turns(ELEMENTWISE, 4, lambda row: row.name))
every_call = pytest.mark.parametrize("call", EVERY, ids=title)
some_calls = pytest.mark.parametrize("call", in_turns(EVERY, 4, title))


def drawn(row: Row, shapes: Any = SHAPES) -> tuple[Any, ...]:
    rng = battery.rng_of(row.name)
    free = [interval for k, interval in enumerate(row.domain) if k not in row.fixed]
    return tuple(rng.uniform(*interval, shape) for interval, shape in zip(free, shapes, strict=False))


def subject_of(call: tuple[str, int]) -> tuple[Any, tuple[Any, ...]]:
    name = f"{identifier(call[0])}_{call[1]}"
    rng = battery.rng_of(name)
    if call[0] in OF_MATRICES:
        return CALLED[name], (rng.normal(size=(3, 3)) + 4.0 * np.eye(3),)
    return CALLED[name], (rng.uniform(0.1, 0.9, (2, 3)),)


@every_row
def test_row(row: Row) -> None:
    battery.first_order(SUBJECTS[identifier(row.name)].function, drawn(row), row.name, levels=(2,))


@some_rows
def test_row_in_single_precision_and_of_numbers(row: Row) -> None:
    function, args = SUBJECTS[identifier(row.name)].function, drawn(row)
    single = tuple(a.astype(np.float32) for a in args)
    battery.first_order(function, single, row.name, levels=(2,))
    numbers = tuple(float(a.flat[0]) for a in args)
    battery.first_order(function, numbers, row.name)


@some_rows
def test_row_at_second_order(row: Row) -> None:
    battery.second_order(SUBJECTS[identifier(row.name)], drawn(row), row.name, every_mix=False)


@pytest.mark.parametrize("name", [r.name for r in ELEMENTWISE if r.name in fields.TAKE_COMPLEX])
def test_row_of_complex_numbers(name: str) -> None:
    """Off the real axis, where branch cuts lie."""
    row = ROWS[name]
    args = tuple(x + 1j * battery.rng_of(name).uniform(0.2, 0.9, x.shape) for x in drawn(row))
    battery.first_order(SUBJECTS[identifier(name)].function, args, name, levels=(2,))


@pytest.mark.parametrize("name", OF_COMPLEX_MATRICES)
def test_call_of_complex_matrices(name: str) -> None:
    for k in range(len(CALLS[f"scipy.linalg.{name}"])):
        subject, (x,) = subject_of((f"scipy.linalg.{name}", k))
        turned = x + 1j * battery.rng_of(name).normal(size=x.shape)
        battery.first_order(subject.function, (turned,), name, levels=(2,))


@every_row
def test_partials_against_sympy(row: Row) -> None:
    """At a point, with what is fixed left out: the rows of an order have no expression."""
    if not row.sympy:
        assert row.fixed
        return
    args = tuple(float(a.flat[0]) for a in drawn(row))
    symbols = sympy.symbols("x y", real=True)[: len(args)]
    expression = sympy.sympify(row.sympy, locals=dict(zip("xy", symbols, strict=False)))
    if not isinstance(expression, sympy.Expr):
        expression = expression(*symbols)
    at = dict(zip(symbols, args, strict=True))
    gradient = pullback.grad(SUBJECTS[identifier(row.name)].weighed, tuple(range(len(args))))(*args)
    value = expression.evalf(30, subs=at)
    for partial, s in zip(gradient, symbols, strict=True):
        expected = float((value * sympy.diff(expression, s)).evalf(30, subs=at))
        checks.close(partial, expected, f"{row.name} at {args}", 1e-11)


def _lower_gamma(a: Any, x: Any) -> Any:
    return mpmath.gammainc(a, 0, x, regularized=True)


def _lower_beta(a: Any, b: Any, x: Any) -> Any:
    return mpmath.betainc(a, b, 0, x, regularized=True)


def _student(df: Any, t: Any) -> Any:
    share = _lower_beta(df / 2, mpmath.mpf(0.5), df / (df + t * t)) / 2
    return share if t < 0 else 1 - share


# Functions of orders in mpmath; of inverses, what they are the inverses of.
OF_ORDERS = {
    "polygamma": lambda n, x: mpmath.psi(int(n), x), "zeta": mpmath.zeta, "hyp1f1": mpmath.hyp1f1,
    "gammainc": _lower_gamma, "gammaincc": lambda a, x: -_lower_gamma(a, x), "gammaincinv": _lower_gamma,
    "betainc": _lower_beta, "betaincc": lambda a, b, x: -_lower_beta(a, b, x),
    "betaincinv": _lower_beta, "stdtr": _student,
    "jv": mpmath.besselj, "yv": mpmath.bessely, "yn": mpmath.bessely, "iv": mpmath.besseli,
    "kv": mpmath.besselk, "kn": mpmath.besselk,
    "ive": lambda v, x: mpmath.besseli(v, x) * mpmath.exp(-x),
    "kve": lambda v, x: mpmath.besselk(v, x) * mpmath.exp(x),
}  # fmt: skip


@pytest.mark.parametrize("row", [r for r in ELEMENTWISE if r.fixed], ids=lambda row: row.name)
def test_partials_of_functions_of_orders_are_exact(row: Row) -> None:
    """Within 16 units in the last place of what mpmath finds with 30 digits."""
    name = row.name.rpartition(".")[2]
    function = SUBJECTS[identifier(row.name)].function
    with mpmath.workdps(30):
        orders = [mpmath.mpf(v) for v in FIXED[: len(row.fixed)]]
        for x in battery.rng_of(row.name).uniform(*row.domain[-1], 5).tolist():
            at = function(x) if name.endswith("inv") else x
            slope = mpmath.diff(lambda t: OF_ORDERS[name](*orders, t), mpmath.mpf(float(at)))
            expected = 1 / slope if name.endswith("inv") else slope
            off = abs(pullback.grad(function)(x) - expected)
            assert off <= 16 * 2.0**-52 * abs(expected), f"{name} at {x}"


@every_call
def test_call(call: tuple[str, int]) -> None:
    subject, args = subject_of(call)
    battery.first_order(subject.function, args, call[0], levels=(2,))


@some_calls
def test_call_again(call: tuple[str, int]) -> None:
    subject, args = subject_of(call)
    battery.first_order(subject.function, tuple(a.astype(np.float32) for a in args), call[0])
    battery.second_order(subject, args, call[0], every_mix=False)


@pytest.mark.parametrize(
    ("function", "at", "slope"),
    [
        (of_scipy.below_the_mean, 0.0, 0.5), (of_scipy.log_below_the_mean, 0.0, 1.0),
        (of_scipy.beyond_the_mean, 0.0, -0.5), (of_scipy.log_beyond_the_mean, 0.0, -1.0),
        (of_scipy.wait_of_nothing, 2.0, -0.5), (of_scipy.first_of_all, 2.0, -0.5),
        (of_scipy.at_the_end_of_chi2, 2.0, -0.25), (of_scipy.at_the_end_of_beta, 2.0, -0.5),
        (of_scipy.beyond_nothing, 0.0, 1.0), (of_scipy.where_it_vanishes, 0.0, 0.0),
        (of_scipy.sure, 1.0, 1.0), (of_scipy.never, 0.0, -1.0), (of_scipy.weighs_nothing, 0.0, 0.0),
    ],
)  # fmt: skip
def test_ends_and_means(function: Any, at: float, slope: float) -> None:
    assert pullback.grad(function)(at) == slope
    assert pullback.jvp(function, (at,), (1.0,))[1] == slope


def test_sum_of_nothing() -> None:
    """Of numbers that are all -inf, none has a share."""
    x = np.full((2, 3), -np.inf)
    x[1] = [0.0, -np.inf, 0.0]
    with np.errstate(invalid="ignore"):
        found = pullback.grad(of_scipy.of_rows)(x)
    np.testing.assert_array_equal(found, [[0.0] * 3, [0.5, 0.0, 0.5]])


def test_curvature_at_the_mean() -> None:
    assert pullback.grad(pullback.grad(of_scipy.logistic))(0.0) == pytest.approx(-0.5, rel=1e-15)


def test_every_row_is_tested() -> None:
    of_scipy = {name: row for name, row in ROWS.items() if name.startswith("scipy.")}
    names = {name for name, row in of_scipy.items() if row.prim.func is not None}
    written = " ".join(call for calls in CALLS.values() for call in calls)
    called = set(re.findall(r"scipy(?:\.\w+)+(?=\()", written))
    assert names == called.union(row.name for row in ELEMENTWISE)
    assert {row.prim.func for row in map(ROWS.get, names)} <= BY_FUNCTION.keys()
    assert all(set(row.fixed) < set(range(len(row.domain))) for row in ELEMENTWISE)
