"""Rows of scipy.stats: densities and distribution functions that have a closed form.

A definition is that of the logarithm of the standard density, of ``z = (x - loc) / scale`` and of shape
parameters (see the documentation of SciPy of each distribution), and those of the distribution function
and of what is beyond it. Outside of the support the derivative is 0. At its ends it is that from
within where the density is positive and finite there, else 0. Shape parameters in which a distribution
function has no closed derivative are refused where they vary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy.stats

from pullback.ir.build import Value
from pullback.ir.core import Const, Op
from pullback.ir.prims import shapes_may_clash
from pullback.ir.types import Type, elementwise_type
from pullback.rules.ops import by_name, divide, exp, log, where
from pullback.rules.scipy_ import multivariate  # noqa: F401  (enters its rows)
from pullback.rules.scipy_.special import student
from pullback.rules.table import composite

LOG_2PI = math.log(2 * math.pi)
ENDS = "at an end of the support from within where the density is positive and finite, else 0"
Formula = Callable[..., Any]


def _call(name: str, *xs: Any) -> Value:
    first = next(x for x in xs if isinstance(x, Value))
    head, *rest = (x if isinstance(x, Value) else Value(first.builder, Const(x)) for x in xs)
    found: Value = head.apply(f"scipy.special.{name}", *rest)
    return found


@dataclass(frozen=True)
class Distribution:
    """Formulas of z and of the shape parameters. ``inside`` tells what is in the support, of which
    ``middle`` is a point, and ``reached`` where the distribution function of a discrete one is between
    0 and 1; ``fixed`` are the inputs in which only the density has a closed derivative,
    and of a discrete distribution, whose density is a probability, those that are whole numbers."""

    shapes: str
    log_density: Formula
    below: Formula | None = None
    beyond: Formula | None = None
    log_below: Formula | None = None
    log_beyond: Formula | None = None
    inside: Formula | None = None
    reached: Formula | None = None
    middle: float = 1.0
    fixed: tuple[int, ...] = ()
    discrete: bool = False
    kink: str = ""


def _positive(z: Value, *shapes: Value) -> Value:
    return z > 0


def _from_zero_if(z: Value, has_density: Value) -> Value:
    """What is above 0, and 0 where there is a density."""
    return (z > 0) | (z.equals(0) & has_density)


def _unit(z: Value, a: Value, b: Value) -> Value:
    return _from_zero_if(z, a.equals(1)) & _from_zero_if(1 - z, b.equals(1))


def _chi2(z: Value, df: Value) -> Value:
    half = df / 2
    return _call("xlogy", half - 1, z) - z / 2 - _call("gammaln", half) - half * math.log(2)


def _gamma(z: Value, a: Value) -> Value:
    return _call("xlogy", a - 1, z) - z - _call("gammaln", a)


def _beta(z: Value, a: Value, b: Value) -> Value:
    return _call("xlogy", a - 1, z) + _call("xlog1py", b - 1, -z) - _call("betaln", a, b)


def _lognorm(z: Value, s: Value) -> Value:
    u = log(z) / s
    return -u * u / 2 - log(s) - log(z) - LOG_2PI / 2


def _from_zero(z: Value) -> Value:
    return z >= 0


def _from_zero_to_one(z: Value) -> Value:
    return (z >= 0) & (z <= 1)


def _sides(z: Value) -> tuple[Value, Value]:
    """What is below 0 and what is above: unlike the absolute value, z moves one of them at 0 as well."""
    return where(z > 0, 0.0, z), where(z > 0, z, 0.0)


def _laplace(z: Value) -> Value:
    low, high = _sides(z)
    return where(z > 0, 1 - 0.5 * exp(-high), 0.5 * exp(low))


def _laplace_log(z: Value) -> Value:
    low, high = _sides(z)
    return where(z > 0, (-0.5 * exp(-high)).apply("log1p"), low - math.log(2))


def _logistic(z: Value) -> Value:
    """The logarithms of both tails: of absolute values the second derivative would be lost at 0."""
    return _call("log_expit", z) + _call("log_expit", -z)


def _poisson(k: Value, mu: Value) -> Value:
    return _call("xlogy", k, mu) - _call("gammaln", k + 1) - mu


def _binom(k: Value, n: Value, p: Value) -> Value:
    ways = _call("gammaln", n + 1) - _call("gammaln", k + 1) - _call("gammaln", n - k + 1)
    return ways + _call("xlogy", k, p) + _call("xlog1py", n - k, -p)


def _bernoulli(k: Value, p: Value) -> Value:
    return _call("xlogy", k, p) + _call("xlog1py", 1 - k, -p)


def _until(k: Value, n: Any) -> Value:
    below: Value = k < n
    return (k >= 0) & below


def _whole(k: Value, *shapes: Value) -> Value:
    return (k >= 0) & k.equals(k.apply("floor"))


DISTRIBUTIONS: dict[str, Distribution] = {
    "norm": Distribution(
        "", lambda z: -z * z / 2 - LOG_2PI / 2, lambda z: _call("ndtr", z), lambda z: _call("ndtr", -z),
        lambda z: _call("log_ndtr", z), lambda z: _call("log_ndtr", -z),
    ),
    "cauchy": Distribution(
        "", lambda z: -(z * z).apply("log1p") - math.log(math.pi),
        lambda z: 0.5 + z.apply("arctan") / math.pi, lambda z: 0.5 - z.apply("arctan") / math.pi,
    ),
    "laplace": Distribution(
        "", lambda z: -z.apply("abs") - math.log(2), _laplace, lambda z: _laplace(-z), _laplace_log,
        lambda z: _laplace_log(-z), kink="0 at the mean",
    ),
    "logistic": Distribution(
        "", _logistic, lambda z: _call("expit", z), lambda z: _call("expit", -z),
        lambda z: _call("log_expit", z), lambda z: _call("log_expit", -z),
    ),
    "expon": Distribution(
        "", lambda z: -z, lambda z: -(-z).apply("expm1"), lambda z: exp(-z), None, lambda z: -z,
        inside=_from_zero,
    ),
    "uniform": Distribution(
        "", lambda z: 0.0 * z, lambda z: z, lambda z: 1 - z,
        inside=_from_zero_to_one, middle=0.5,
    ),
    "lognorm": Distribution(
        "s", _lognorm, lambda z, s: _call("ndtr", log(z) / s), lambda z, s: _call("ndtr", -log(z) / s),
        lambda z, s: _call("log_ndtr", log(z) / s), lambda z, s: _call("log_ndtr", -log(z) / s),
        inside=_positive,
    ),
    "t": Distribution(
        "df", lambda z, df: student(df, z), lambda z, df: _call("stdtr", df, z),
        lambda z, df: _call("stdtr", df, -z), fixed=(1,),
    ),
    "chi2": Distribution(
        "df", _chi2, lambda z, df: _call("gammainc", df / 2, z / 2),
        lambda z, df: _call("gammaincc", df / 2, z / 2),
        inside=lambda z, df: _from_zero_if(z, df.equals(2)), fixed=(1,), kink=ENDS,
    ),
    "gamma": Distribution(
        "a", _gamma, lambda z, a: _call("gammainc", a, z), lambda z, a: _call("gammaincc", a, z),
        inside=lambda z, a: _from_zero_if(z, a.equals(1)), fixed=(1,), kink=ENDS,
    ),
    "beta": Distribution(
        "a b", _beta, lambda z, a, b: _call("betainc", a, b, z),
        lambda z, a, b: _call("betaincc", a, b, z), inside=_unit, middle=0.5, fixed=(1, 2),
        kink=ENDS,
    ),
    "poisson": Distribution(
        "mu", _poisson, lambda k, mu: _call("gammaincc", k + 1, mu),
        lambda k, mu: _call("gammainc", k + 1, mu), inside=_whole,
        reached=lambda k, mu: k >= 0, middle=0.0, fixed=(0,), discrete=True,
    ),
    "binom": Distribution(
        "n p", _binom, lambda k, n, p: _call("betaincc", k + 1, n - k, p),
        lambda k, n, p: _call("betainc", k + 1, n - k, p), reached=lambda k, n, p: _until(k, n),
        inside=lambda k, n, p: _whole(k) & (k <= n), middle=0.0, fixed=(0, 1), discrete=True,
    ),
    "bernoulli": Distribution(
        "p", _bernoulli, lambda k, p: 1 - p, lambda k, p: p, inside=lambda k, p: _whole(k) & (k <= 1),
        reached=lambda k, p: _until(k, 1), middle=0.0, fixed=(0,), discrete=True,
    ),
}  # fmt: skip


def _standard(d: Distribution, formula: Formula, outside: tuple[float, float], density: int) -> Formula:
    """A formula of x, loc and scale. ``outside`` are its values below and above the support; of a
    density or of its logarithm (2) the scale is taken into account."""

    def definition(*args: Any) -> Value:
        *inputs, p = args
        (x, *shapes), given = by_name(inputs, p)
        z = x - given["loc"] if "loc" in given else x
        if "scale" in given:
            z = divide(z, given["scale"])
        counts = d.discrete and not density  # the same from each whole number to the next
        within = d.reached if counts else d.inside
        inside = None if within is None else within(z, *shapes)
        at = z if inside is None else where(inside, z, d.middle)
        y = formula(at.apply("floor") if counts else at, *shapes)
        if "scale" in given and density:
            y = divide(y, given["scale"]) if density == 1 else y - log(given["scale"])
        if inside is None:
            found: Value = y
            return found
        rest = where(z > 0, outside[1], outside[0]) if outside[0] != outside[1] else outside[0]
        return where(inside, y, rest)

    return definition


def _members(d: Distribution) -> dict[str, tuple[Formula, tuple[float, float], int]]:
    """By name the formula, what it gives outside of the support, and whether it is a density."""
    nothing, least = (0.0, 0.0), (-math.inf, -math.inf)
    name = "pmf" if d.discrete else "pdf"
    found = {
        name: (lambda *zs: exp(d.log_density(*zs)), nothing, 1),
        f"log{name}": (d.log_density, least, 2),
    }
    for kind, plain, logarithm, ends in [
        ("cdf", d.below, d.log_below, (0.0, 1.0)), ("sf", d.beyond, d.log_beyond, (1.0, 0.0)),
    ]:  # fmt: skip
        if plain is not None:
            found[kind] = (plain, ends, 0)
            of_logarithm = logarithm or partial(_logarithm_of, plain)
            found[f"log{kind}"] = (of_logarithm, (math.log(ends[0]) if ends[0] else -math.inf,
                                                  math.log(ends[1]) if ends[1] else -math.inf), 0)
    return found


def _logarithm_of(formula: Formula, *zs: Value) -> Value:
    return log(formula(*zs))


def _type(op: Op) -> Sequence[Type]:
    """SciPy gives float64 of all numbers, in the shape of all."""
    return [elementwise_type(_in_double_precision, [a.type for a in op.inputs])]


def _in_double_precision(*xs: Any) -> Any:
    return np.float64(0.0) + sum(xs)


def _enter(name: str, d: Distribution) -> None:
    spec = f"k {d.shapes} loc~" if d.discrete else f"x {d.shapes} loc~ scale~"
    fixed = (*d.fixed, 1 + len(d.shapes.split())) if d.discrete else d.fixed
    for member, (formula, outside, density) in _members(d).items():
        func = getattr(getattr(scipy.stats, name), member)
        title = f"scipy.stats.{name}.{member}"
        composite(
            title, func, _standard(d, formula, outside, density), spec, path=title, infer=_type,
            raises=shapes_may_clash, fixed=() if density and not d.discrete else fixed,
            kink=d.kink if density or d.kink == ENDS else "",
            hint="keep it fixed, or differentiate numerically in it",
        )  # fmt: skip


for _name, _distribution in DISTRIBUTIONS.items():
    _enter(_name, _distribution)
