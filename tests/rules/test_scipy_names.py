"""The functions of SciPy that people use: each has a row, or is refused with what to write instead."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from pullback.rules.table import ROWS, instead_of, lookup

SPECIAL = """
    cbrt dawsn softplus
    beta betainc betaincc betaincinv betaln digamma entr erf erfc erfcinv erfcx erfi erfinv exp1 exp10
    exp2 expi expit expm1 exprel gamma gammainc gammaincc gammaincinv gammaln hyp1f1 i0 i0e i1 i1e iv ive
    j0 j1 jn jv k0 k1 kl_div kn kv kve log1p log_expit log_ndtr log_softmax logit loggamma logsumexp
    multigammaln ndtr ndtri polygamma pseudo_huber psi rel_entr rgamma sinc softmax stdtr xlog1py xlogy
    y0 y1 yn yv zeta
"""
LINALG = """
    block_diag cho_factor cho_solve cholesky circulant det eigh eigvalsh expm expm_frechet inv logm lstsq
    lu_factor lu_solve norm pinv qr solve solve_banded solve_sylvester solve_toeplitz solve_triangular
    sqrtm svd svdvals toeplitz
"""
CONTINUOUS = "beta cauchy chi2 expon gamma laplace logistic lognorm norm t uniform"
DISCRETE = "bernoulli binom poisson"
OF_VECTORS = "dirichlet multivariate_normal"
TAILS = "cdf logcdf sf logsf"
NAMES = [
    *(("special", name) for name in SPECIAL.split()),
    *(("linalg", name) for name in LINALG.split()),
    *((f"stats.{d}", name) for d in CONTINUOUS.split() for name in f"pdf logpdf {TAILS}".split()),
    *((f"stats.{d}", name) for d in DISCRETE.split() for name in f"pmf logpmf {TAILS}".split()),
    *((f"stats.{d}", name) for d in OF_VECTORS.split() for name in ("pdf", "logpdf")),
]


def found(module: str, name: str) -> Any:
    package, _, rest = module.partition(".")
    owner: Any = importlib.import_module(f"scipy.{package}")
    return getattr(getattr(owner, rest) if rest else owner, name, None)


# What SciPy has not had from the beginning.
NEW = {"softplus", "betaincc"}


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_name_has_a_row_or_a_hint(module: str, name: str) -> None:
    function = found(module, name)
    if function is None:
        assert name in NEW
    else:
        assert lookup(function) is not None or instead_of(function)


def test_rows_are_named() -> None:
    """A new row is entered above as well, but for what is only met in derivatives."""
    lookup(found("special", "erf"))
    scipy = {name: row for name, row in ROWS.items() if name.startswith("scipy.")}
    rows = {n.removeprefix("scipy.") for n, row in scipy.items() if row.prim.func is not None}
    assert rows <= {f"{module}.{name}" for module, name in NAMES}
