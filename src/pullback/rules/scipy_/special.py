"""Rows of scipy.special: functions of numbers that are applied element by element, and softmax.

Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF), by their numbers. An
order or a parameter in which the derivative has no closed form is ``fixed``: it is refused where it
varies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.special

from pullback.ir.build import Value
from pullback.ir.core import Const, Op
from pullback.ir.prims import elementwise_infer
from pullback.ir.types import Type, elementwise_type
from pullback.rules.ops import by_name, divide, exp, expand_reduced, log, masked, sign, sum_, where
from pullback.rules.reductions import reduction
from pullback.rules.sizes import array_or_number, element_of
from pullback.rules.table import Params, composite, elementwise, special

REAL, POSITIVE, UNIT = (-3.0, 3.0), (0.2, 3.0), (0.05, 0.95)
SQRT_PI, SQRT_2PI = math.sqrt(math.pi), math.sqrt(2 * math.pi)
_Partials = Callable[..., list[Any]]


def _call(name: str, x: Value, *rest: Any) -> Value:
    return x.apply(f"scipy.special.{name}", *rest)


def _of(name: str, x: Value, *orders: float) -> Value:
    """A function of orders that are numbers, and of x."""
    first, *rest = (Value(x.builder, Const(order)) for order in orders)
    return _call(name, first, *rest, x)


def psi(x: Value) -> Value:
    return _call("psi", x)


# ---- gamma and beta functions (DLMF 5.2, 5.12, 5.15, 8.2, 8.17)


def _gamma_density(a: Value, x: Value) -> Value:
    """x ** (a - 1) exp(-x) / gamma(a), the derivative of P(a, x) (8.8.13)."""
    return exp(_call("xlogy", a - 1, x) - x - _call("gammaln", a))


def _beta_density(a: Value, b: Value, x: Value) -> Value:
    """x ** (a - 1) (1 - x) ** (b - 1) / B(a, b), the derivative of I(x; a, b) (8.17.1)."""
    logarithm = _call("xlogy", a - 1, x) + _call("xlog1py", b - 1, -x) - _call("betaln", a, b)
    return exp(logarithm)


def _polygamma(n: Value, x: Value, y: Value) -> list[Any]:
    return [0, _call("polygamma", n + 1, x)]


def _beta(a: Value, b: Value, y: Value) -> list[Any]:
    whole = psi(a + b)
    return [y * (psi(a) - whole), y * (psi(b) - whole)]


def _betaln(a: Value, b: Value, y: Value) -> list[Any]:
    whole = psi(a + b)
    return [psi(a) - whole, psi(b) - whole]


def _zeta(x: Value, *rest: Value) -> list[Any]:
    """Of the Hurwitz function the derivative in q (25.11.17)."""
    *q, _ = rest
    return [0, *(-x * _call("zeta", x + 1, v) for v in q)]


def _multigammaln_definition(a: Value, p: Params) -> Value:
    """Of d dimensions (35.3.4)."""
    d = p["d"]
    y: Value = _call("gammaln", a) + d * (d - 1) / 4 * math.log(math.pi)
    for j in range(1, d):
        y = y + _call("gammaln", a - j / 2)
    return y


def _multigammaln_type(op: Op) -> Sequence[Type]:
    return [elementwise_type(_in_double_precision, [op.inputs[0].type])]


def _in_double_precision(x: Any) -> Any:
    return np.float64(0.0) + scipy.special.gammaln(x)


# ---- Bessel functions (DLMF 10.6.1, 10.29.1)


def _neighbours(name: str, lower: float, upper: float) -> _Partials:
    """The derivative is made of the functions of the orders beside."""

    def partials(v: Value, x: Value, y: Value) -> list[Any]:
        return [0, lower * _call(name, v - 1, x) + upper * _call(name, v + 1, x)]

    return partials


def _scaled(scale: Callable[[Value], Any], name: str, lower: float, upper: float) -> _Partials:
    """The same of a function that is multiplied by an exponential function."""
    plain = _neighbours(name, lower, upper)

    def partials(v: Value, x: Value, y: Value) -> list[Any]:
        return [0, plain(v, x, y)[1] + scale(x) * y]

    return partials


# ---- error functions and the normal distribution (DLMF 7.2)


def _gauss(x: Value) -> Value:
    return 2 / SQRT_PI * exp(-x * x)


def _normal_density(x: Value) -> Value:
    return exp(-x * x / 2) / SQRT_2PI


def _log_ndtr(x: Value, y: Value) -> list[Any]:
    """The density over the distribution function, where both underflow as well."""
    return [divide(math.sqrt(2 / math.pi), _call("erfcx", x * -math.sqrt(0.5)))]


def student(df: Value, t: Value) -> Value:
    """The logarithm of Student's density."""
    half = (df + 1) / 2
    norm = _call("gammaln", half) - _call("gammaln", df / 2) - 0.5 * log(df * math.pi)
    found: Value = norm - half * (t * t / df).apply("log1p")
    return found


# ---- the rows

# Without orders: partials, domains, and what SymPy calls it.
_PLAIN: list[tuple[str, _Partials, list[tuple[float, float]], str]] = [
    ("gamma", lambda x, y: [y * psi(x)], [POSITIVE], "gamma"),
    ("rgamma", lambda x, y: [-y * psi(x)], [POSITIVE], "1 / gamma(x)"),
    ("gammaln", lambda x, y: [psi(x)], [POSITIVE], "loggamma"),
    ("loggamma", lambda x, y: [psi(x)], [POSITIVE], "loggamma"),
    ("psi", lambda x, y: [_of("polygamma", x, 1)], [POSITIVE], "polygamma(0, x)"),
    ("beta", _beta, [POSITIVE, POSITIVE], "gamma(x) * gamma(y) / gamma(x + y)"),
    ("betaln", _betaln, [POSITIVE, POSITIVE], "loggamma(x) + loggamma(y) - loggamma(x + y)"),
    ("erf", lambda x, y: [_gauss(x)], [REAL], "erf"),
    ("erfc", lambda x, y: [-_gauss(x)], [REAL], "erfc"),
    ("erfcx", lambda x, y: [2 * x * y - 2 / SQRT_PI], [REAL], "exp(x**2) * erfc(x)"),
    ("erfi", lambda x, y: [2 / SQRT_PI * exp(x * x)], [REAL], "erfi"),
    ("dawsn", lambda x, y: [1 - 2 * x * y], [REAL], "sqrt(pi) / 2 * exp(-x**2) * erfi(x)"),
    ("erfinv", lambda x, y: [SQRT_PI / 2 * exp(y * y)], [(-0.95, 0.95)], "erfinv"),
    ("erfcinv", lambda x, y: [-SQRT_PI / 2 * exp(y * y)], [(0.05, 1.95)], "erfinv(1 - x)"),
    ("ndtr", lambda x, y: [_normal_density(x)], [REAL], "(1 + erf(x / sqrt(2))) / 2"),
    ("ndtri", lambda x, y: [SQRT_2PI * exp(y * y / 2)], [UNIT], "sqrt(2) * erfinv(2 * x - 1)"),
    ("log_ndtr", _log_ndtr, [REAL], "log((1 + erf(x / sqrt(2))) / 2)"),
    ("expit", lambda x, y: [y * _call("expit", -x)], [REAL], "1 / (1 + exp(-x))"),
    ("log_expit", lambda x, y: [_call("expit", -x)], [REAL], "-log(1 + exp(-x))"),
    ("softplus", lambda x, y: [_call("expit", x)], [REAL], "log(1 + exp(x))"),
    ("exprel", lambda x, y: [0.5 * _of("hyp1f1", x, 2.0, 3.0)], [REAL], "(exp(x) - 1) / x"),
    ("exp1", lambda x, y: [divide(-exp(-x), x)], [POSITIVE], "expint(1, x)"),
    ("expi", lambda x, y: [divide(exp(x), x)], [POSITIVE], "Ei"),
    ("j0", lambda x, y: [-_call("j1", x)], [REAL], "besselj(0, x)"),
    ("j1", lambda x, y: [0.5 * (_call("j0", x) - _of("jv", x, 2))], [REAL], "besselj(1, x)"),
    ("y0", lambda x, y: [-_call("y1", x)], [POSITIVE], "bessely(0, x)"),
    ("y1", lambda x, y: [0.5 * (_call("y0", x) - _of("yv", x, 2))], [POSITIVE], "bessely(1, x)"),
    ("i0", lambda x, y: [_call("i1", x)], [REAL], "besseli(0, x)"),
    ("i1", lambda x, y: [0.5 * (_call("i0", x) + _of("iv", x, 2))], [REAL], "besseli(1, x)"),
    ("i0e", lambda x, y: [_call("i1e", x) - sign(x) * y], [(0.2, 3.0)], "exp(-x) * besseli(0, x)"),
    ("i1e", lambda x, y: [0.5 * (_call("i0e", x) + _of("ive", x, 2)) - sign(x) * y], [(0.2, 3.0)],
     "exp(-x) * besseli(1, x)"),
    ("k0", lambda x, y: [-_call("k1", x)], [POSITIVE], "besselk(0, x)"),
    ("k1", lambda x, y: [-0.5 * (_call("k0", x) + _of("kv", x, 2))], [POSITIVE], "besselk(1, x)"),
    ("expm1", lambda x, y: [exp(x)], [REAL], "exp(x) - 1"),
    ("exp2", lambda x, y: [math.log(2) * y], [REAL], "2**x"),
    ("exp10", lambda x, y: [math.log(10) * y], [REAL], "10**x"),
    ("pseudo_huber", lambda d, r, y: _pseudo_huber(d, r), [POSITIVE, REAL],
     "x**2 * (sqrt(1 + (y / x)**2) - 1)"),
]  # fmt: skip


def _pseudo_huber(delta: Value, r: Value) -> list[Any]:
    """d * d * (sqrt(1 + (r / d) ** 2) - 1), with no difference of what is nearly equal."""
    slope = r / delta
    root = (1 + slope * slope).apply("sqrt")
    rise = slope * slope / (1 + root)
    return [delta * rise * rise / root, r / root]


# Partials that may be infinite or undefined, where a guard may keep from.
_SINGULAR: list[tuple[str, _Partials, list[tuple[float, float]], str, str]] = [
    ("log1p", lambda x, y: [divide(1, 1 + x)], [(-0.7, 3.0)], "log(1 + x)", "infinite at -1"),
    ("cbrt", lambda x, y: [divide(1, 3 * (y * y))], [POSITIVE], "x**Rational(1, 3)", "infinite at 0"),
    ("logit", lambda x, y: [divide(1, x * (1 - x))], [UNIT], "log(x / (1 - x))", "infinite at 0 and 1"),
    ("xlogy", lambda x, y, out: [log(y), masked(x, divide(1, y))], [REAL, POSITIVE], "x * log(y)",
     "of the first argument -inf where the second is 0"),
    ("xlog1py", lambda x, y, out: [y.apply("log1p"), masked(x, divide(1, 1 + y))], [REAL, (-0.7, 3.0)],
     "x * log(1 + y)", "of the first argument -inf where the second is -1"),
    ("entr", lambda x, y: [-log(x) - 1], [POSITIVE], "-x * log(x)", "infinite at 0"),
    ("rel_entr", lambda x, y, out: [log(x / y) + 1, divide(-x, y)], [POSITIVE, POSITIVE],
     "x * log(x / y)", "-inf in the first argument where it is 0"),
    ("kl_div", lambda x, y, out: [log(x / y), 1 - divide(x, y)], [POSITIVE, POSITIVE],
     "x * log(x / y) - x + y", "-inf in the first argument where it is 0"),
]  # fmt: skip

# With orders or parameters that have no closed derivative: how many, and the partials.
_OF_ORDER: list[tuple[str, tuple[int, ...], _Partials, list[tuple[float, float]]]] = [
    ("polygamma", (0,), _polygamma, [POSITIVE, POSITIVE]),
    ("zeta", (0,), _zeta, [(2.0, 4.0), POSITIVE]),
    ("gammainc", (0,), lambda a, x, y: [0, _gamma_density(a, x)], [POSITIVE, POSITIVE]),
    ("gammaincc", (0,), lambda a, x, y: [0, -_gamma_density(a, x)], [POSITIVE, POSITIVE]),
    ("gammaincinv", (0,), lambda a, x, y: [0, divide(1, _gamma_density(a, y))], [POSITIVE, UNIT]),
    ("betainc", (0, 1), lambda a, b, x, y: [0, 0, _beta_density(a, b, x)], [POSITIVE, POSITIVE, UNIT]),
    ("betaincc", (0, 1), lambda a, b, x, y: [0, 0, -_beta_density(a, b, x)],
     [POSITIVE, POSITIVE, UNIT]),
    ("betaincinv", (0, 1), lambda a, b, x, y: [0, 0, divide(1, _beta_density(a, b, y))],
     [POSITIVE, POSITIVE, UNIT]),
    ("hyp1f1", (0, 1), lambda a, b, x, y: [0, 0, a / b * _call("hyp1f1", a + 1, b + 1, x)],
     [POSITIVE, POSITIVE, REAL]),
    ("stdtr", (0,), lambda df, t, y: [0, exp(student(df, t))], [POSITIVE, REAL]),
    ("jv", (0,), _neighbours("jv", 0.5, -0.5), [POSITIVE, POSITIVE]),
    ("yv", (0,), _neighbours("yv", 0.5, -0.5), [POSITIVE, POSITIVE]),
    ("yn", (0,), _neighbours("yn", 0.5, -0.5), [POSITIVE, POSITIVE]),
    ("iv", (0,), _neighbours("iv", 0.5, 0.5), [POSITIVE, POSITIVE]),
    ("kv", (0,), _neighbours("kv", -0.5, -0.5), [POSITIVE, POSITIVE]),
    ("kn", (0,), _neighbours("kn", -0.5, -0.5), [POSITIVE, POSITIVE]),
    ("ive", (0,), _scaled(lambda x: -sign(x), "ive", 0.5, 0.5), [POSITIVE, POSITIVE]),
    ("kve", (0,), _scaled(lambda x: 1, "kve", -0.5, -0.5), [POSITIVE, POSITIVE]),
]  # fmt: skip


# ---- sums of exponentials


def _logsumexp_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    """The tangents weighed by the shares of exponentials; of weights b by exp(x - y)."""
    (x,), given = by_name(xs, p)
    (t,), moves = by_name(ts, p)
    options = {"axis": p["axis"], "keepdims": p["keepdims"]}
    total = expand_reduced(y, x, **options)
    if "b" not in given:
        size = where(total.equals(-math.inf), 0.0, total)  # of which -inf has no share either
        return sum_(exp(x - size) * t, **options)
    shares = exp(x - total)
    return sum_(masked(given["b"] * t, shares) + masked(moves["b"], shares), **options)


def _softmax_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    moved = y * ts[0]
    return moved - y * sum_(moved, p["axis"], True)


def _log_softmax_jvp(xs: list[Value], ts: list[Value], y: Value, p: Params) -> Value:
    return ts[0] - sum_(exp(y) * ts[0], p["axis"], True)


_FIXED = "keep it fixed, or differentiate numerically in it"


def _logsumexp_type(op: Op) -> Sequence[Type]:
    """A reduction of the array, in the dtype that it has together with weights."""
    x, *weights = (a.type for a in op.inputs)
    if not weights:
        return reduction(scipy.special.logsumexp)(op)
    (found,) = reduction(scipy.special.logsumexp)(op)
    return [array_or_number(*element_of(elementwise_type(_weighed, [x, *weights])), found)]


def _weighed(x: Any, b: Any) -> Any:
    return scipy.special.logsumexp(x, b=b)


def _enter() -> None:
    for name, partials, domain, symbol in _PLAIN:
        if (func := getattr(scipy.special, name, None)) is not None:  # not each SciPy has them all
            elementwise(f"scipy.special.{name}", func, partials, domain, f"scipy.special.{name}",
                        sympy=symbol)  # fmt: skip
    for name, partials, domain, symbol, kink in _SINGULAR:
        elementwise(f"scipy.special.{name}", getattr(scipy.special, name), partials, domain,
                    f"scipy.special.{name}", sympy=symbol, singular=True, kink=kink)  # fmt: skip
    for name, fixed, partials, domain in _OF_ORDER:
        if (func := getattr(scipy.special, name, None)) is not None:
            names = ["a", "b", "x"] if len(domain) == 3 else ["n", "x"]
            spec = "x q?" if name == "zeta" else " ".join(names)
            elementwise(f"scipy.special.{name}", func, partials, domain, f"scipy.special.{name}",
                        spec=spec, fixed=fixed, hint=_FIXED)  # fmt: skip


_enter()
composite("scipy.special.multigammaln", scipy.special.multigammaln, _multigammaln_definition, "a d=",
          infer=_multigammaln_type, path="scipy.special.multigammaln", raises=True)  # fmt: skip
special("scipy.special.logsumexp", scipy.special.logsumexp, _logsumexp_type,
        "a axis=None b~ keepdims=False", jvp=_logsumexp_jvp, path="scipy.special.logsumexp", raises=True,
        kink="0 where all numbers are -inf",
        hint="leave return_sign out: write the sum of exponentials itself where it may be negative")
for _name, _jvp in [("softmax", _softmax_jvp), ("log_softmax", _log_softmax_jvp)]:
    special(f"scipy.special.{_name}", getattr(scipy.special, _name),
            elementwise_infer(getattr(scipy.special, _name)), "x axis=None", jvp=_jvp,
            path=f"scipy.special.{_name}", raises=True)  # fmt: skip
