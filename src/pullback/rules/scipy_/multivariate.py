"""Rows of scipy.stats: densities of vectors, which are the last axis of x, or of Dirichlet's the first.

SciPy squeezes what it gives: the sizes of other axes have to be known not to be 1, or to be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.stats

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value, shape_of
from pullback.ir.core import Infer, Op
from pullback.ir.types import Array, Dim, Type, elementwise_type, is_many
from pullback.rules.ops import FULL, by_name, dim, divide, exp, index, log, part, sum_, transpose
from pullback.rules.sizes import array_or_number, element_of
from pullback.rules.table import Params, Rule, composite

LOG_2PI = math.log(2 * math.pi)
Shape = tuple[Dim, ...]


def _squeezed(shape: Shape) -> Shape:
    if not all(n == 1 or is_many(n) for n in shape):
        raise Unsupported(refusals.SQUEEZED_POINTS)
    return tuple(n for n in shape if n != 1)


def _without_ones(y: Value) -> Value:
    """A value without its axes of size 1."""
    path = tuple("i" if n == 1 else FULL for n in shape_of(y.atom))
    ones = path.count("i")
    return index(y, path, *[0] * ones) if ones else y


def _floats(shape: Shape, dtype: str | None = "float64") -> Sequence[Type]:
    return [array_or_number("float", dtype, Array("float", dtype, shape))]


# ---- the normal distribution


def _dimension(mean: Shape | None, cov: Shape | None) -> Dim:
    """How many components vectors have: as many as the mean, else as the covariance matrix."""
    if mean is None:
        return cov[0] if cov is not None and len(cov) == 2 else 1
    return mean[0] if mean else 1


def _normal_type(op: Op) -> Sequence[Type]:
    given = dict(zip(op.params.get("given", ()), map(shape_of, op.inputs[1:]), strict=True))
    mean, cov, x = given.get("mean"), given.get("cov"), shape_of(op.inputs[0])
    if len(mean or ()) > 1 or len(cov or ()) > 2:
        raise Unsupported(refusals.NEEDS_VECTORS)
    size = _dimension(mean, cov)
    if len(x) != 1:
        return _floats(_squeezed(x[:-1]))
    if size != 1 and not is_many(size):  # of one component, a vector is many points
        raise Unsupported(refusals.SQUEEZED_POINTS)
    return _floats(_squeezed(x) if size == 1 else ())


def _normal(*args: Any) -> Value:
    """The logarithm of the density, with the Cholesky factor of the covariance matrix."""
    *inputs, p = args
    (x,), given = by_name(inputs, p)
    mean, cov = given.get("mean"), given.get("cov")
    shapes = (None if v is None else shape_of(v.atom) for v in (mean, cov))
    if _dimension(*shapes) == 1:
        return _of_one(x, mean, cov)
    off = x if mean is None else x - mean
    if cov is None or cov.ndim < 2:
        return _of_independent(off, cov)
    factor = cov.apply("cholesky", upper=False)
    columns = off if off.ndim == 1 else transpose(_rows(off))
    whitened = factor.apply("scipy.linalg.solve_triangular", columns, trans=0, lower=True,
                            unit_diagonal=False, check_finite=False)  # fmt: skip
    size = 2 * sum_(log(factor.apply("diagonal", offset=0, axis1=0, axis2=1)))
    found = _of_distance(sum_(whitened * whitened, 0), size, dim(cov, 0))
    if off.ndim > 2:
        found = found.apply("reshape", *(dim(off, k) for k in range(off.ndim - 1)))
    return found


def _rows(off: Value) -> Value:
    return off if off.ndim == 2 else off.apply("reshape", -1, dim(off, off.ndim - 1))


def _of_distance(distance: Value, size: Any, count: Any) -> Value:
    """From squares of distances and the logarithm of the determinant."""
    found: Value = -0.5 * (distance + size + LOG_2PI * count)
    return found


def _of_one(x: Value, mean: Value | None, cov: Value | None) -> Value:
    """Of numbers."""
    x = index(x, ("e", "i"), 0) if x.ndim > 1 else x
    off = x if mean is None else x - _number(mean)
    if cov is None:
        found = _of_distance(off * off, 0.0, 1)
    else:
        variance = _number(cov)
        found = _of_distance(divide(off * off, variance), log(variance), 1)
    return found


def _number(v: Value) -> Value:
    return index(v, ("i",) * v.ndim, *[0] * v.ndim) if v.ndim else v


def _of_independent(off: Value, cov: Value | None) -> Value:
    """Of components that have one variance, or one each."""
    count = dim(off, off.ndim - 1)
    if cov is None:
        found = _of_distance(sum_(off * off, -1), 0.0, count)
    else:
        sizes = sum_(log(cov)) if cov.ndim else count * log(cov)
        found = _of_distance(sum_(divide(off * off, cov), -1), sizes, count)
    return found


# ---- Dirichlet's distribution


def _dirichlet_type(op: Op) -> Sequence[Type]:
    x, alpha = map(shape_of, op.inputs)
    if len(alpha) != 1 or len(x) not in (1, 2):
        raise Unsupported(refusals.NEEDS_VECTORS)
    kinds = [Array(*element_of(a.type), (1,)) for a in op.inputs]
    return _floats(_squeezed(x[1:]), element_of(elementwise_type(np.true_divide, kinds))[1])


def _dirichlet(x: Value, alpha: Value, p: Params) -> Value:
    """The logarithm of the density; the last component may be left out, as the sum is 1."""
    rest = 1 - sum_(x, 0, True)
    every = part(x.apply("concatenate", rest, axis=0), 0, None, dim(alpha, 0))
    powers = alpha - 1
    if x.ndim == 2:
        powers = index(powers, (FULL, "n"))
    whole = sum_(alpha).apply("scipy.special.gammaln") - sum_(alpha.apply("scipy.special.gammaln"))
    return sum_(powers.apply("scipy.special.xlogy", every), 0) + whole


def _enter(name: str, definition: Rule, infer: Infer, spec: str, kink: str = "") -> None:
    squeezed: Rule = lambda *args: _without_ones(definition(*args))
    for member, rule in (("logpdf", squeezed), ("pdf", lambda *args: exp(squeezed(*args)))):
        title = f"scipy.stats.{name}.{member}"
        func = getattr(getattr(scipy.stats, name), member)
        composite(title, func, rule, spec, path=title, infer=infer, raises=True, kink=kink)


_enter("multivariate_normal", _normal, _normal_type, "x mean~ cov~ allow_singular=False",
       "in the triangle of cov that is read; raises where cov is singular")  # fmt: skip
_enter("dirichlet", _dirichlet, _dirichlet_type, "x alpha")
