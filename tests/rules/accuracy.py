"""How exact the partials of elementwise rows are: those compiled, against mpmath at 50 digits.

Points are the same for all rows: numbers of every size, tiny and huge ones, and such as lie close to
zeros and poles; each row takes those at which its function and its partial are floats. Rows of SciPy are
measured in the intervals of their domains, for farther out SciPy itself is less exact. Errors are in
units of ``EPS``, of the partial itself or, where its published formula has a larger term, of that one.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import scipy.special
import sympy

import pullback
from pullback.rules.scipy_ import special as of_scipy  # noqa: F401  (enters its rows)
from pullback.rules.table import ROWS, Row
from tests.rules.generated import subjects_of_rows

EPS = 2.0**-52
# A partial in this range needs no subnormal number on the way to it.
SMALLEST, LARGEST = 1e-290, 1e290
NAMES = "xyz"
Formula = Callable[..., Any]

# Formulas of rows whose ``sympy`` tells none, or one of real numbers where complex ones are meant.
FORMULAS = {
    **dict.fromkeys(("add", "np.add"), "x + y"), **dict.fromkeys(("sub", "subtract"), "x - y"),
    **dict.fromkeys(("mul", "multiply"), "x * y"), **dict.fromkeys(("div", "divide"), "x / y"),
    **dict.fromkeys(("pow", "power", "float_power", "math.pow"), "x**y"),
    **dict.fromkeys(("neg", "negative"), "-x"), **dict.fromkeys(("pos", "positive"), "x"),
    "cmath.log10": "log(x) / log(10)", "cmath.phase": "-I * log(x)",
}  # fmt: skip
# Partials that SymPy does not give.
_MOD = (lambda x, y: 1, lambda x, y: -mpmath.floor(x / y))
_FMOD = (lambda x, y: 1, lambda x, y: -mpmath.sign(x / y) * mpmath.floor(abs(x / y)))
_SINC = (lambda x: -x * mpmath.pi**2 / 3 if abs(x) < 1e-30
         else (mpmath.cospi(x) - mpmath.sinpi(x) / (mpmath.pi * x)) / x,)
_CBRT = (lambda x: 1 / (3 * mpmath.cbrt(abs(x)) ** 2),)
PARTIALS: dict[str, tuple[Formula, ...]] = {
    "mod": _MOD, "np.mod": _MOD, "fmod": _FMOD, "math.fmod": _FMOD, "cbrt": _CBRT, "math.cbrt": _CBRT,
    "sinc": _SINC, "math.remainder": (lambda x, y: 1, lambda x, y: -mpmath.nint(x / y)),
}  # fmt: skip
# Rows whose partials are picked, not computed: their kinks are tested one by one.
PICKED = {
    "0, 1/2 or 1": "maximum minimum fmax fmin heaviside nan_to_num clip clip_from clip_to",
    "-1, 0 or 1": "copysign math.copysign",
    "1 or i": "real imag complex_of",
}
APART = {name for names in PICKED.values() for name in names.split()}
ELEMENTWISE = [r for r in ROWS.values() if r.kind == "elementwise" and not r.fixed]
MEASURED = [r for r in ELEMENTWISE if r.name not in APART]
SUBJECTS = subjects_of_rows("measured_rows", MEASURED, lambda row: len(row.domain))


# Rows for which mpmath takes long.
SLOW = {f"scipy.special.{name}" for name in ("y0", "y1", "k0", "k1")}


# ---- limits

# Rows that stay below another limit than this one. What libraries compute differs between machines by
# a part of a unit, which is why the limits are coarse.
LIMIT = 4
LIMITS = {
    name: limit
    for limit, names in [
        (0, """add np.add sub subtract mul multiply neg negative pos positive square abs absolute fabs
            math.fabs"""),
        (1, """exp expm1 log log1p sqrt sin cos degrees radians deg2rad rad2deg mod np.mod fmod
            reciprocal math.exp math.expm1 math.log math.log1p math.sqrt math.sin math.cos math.degrees
            math.radians math.fmod math.remainder"""),
        (2, """div divide exp2 log2 log10 tan arcsin arccos arctan sinh cosh arcsinh arccosh arctanh
            hypot logaddexp logaddexp2 math.exp2 math.log2 math.log10 math.tan math.asin math.acos
            math.atan math.sinh math.cosh math.asinh math.acosh math.atanh math.hypot cmath.exp
            cmath.log cmath.log10 cmath.sqrt cmath.sin cmath.cos cmath.atan cmath.sinh cmath.cosh
            cmath.atanh cmath.phase"""),
    ]
    for name in names.split()
}  # fmt: skip


def limit(name: str) -> int:
    """How many units the error of a row's partials may be."""
    return LIMITS.get(name, LIMIT)


@dataclass(frozen=True)
class Loss:
    """Why the error may be many units of the partial, and what it is measured by instead."""

    why: str
    scale: Callable[..., Any]


def _terms_of_digamma(x: np.ndarray) -> np.ndarray:
    """Its value beyond 12, the sum that is taken off that, and what reflection adds."""
    to_pole = np.abs(x - np.rint(x))
    return np.log(12 + np.abs(x)) + 1 / np.abs(x) + np.where(x < 0, 1 / to_pole, 0)


LOSSES = {
    name: Loss(why, scale)
    for names, why, scale in [
        ("tanh math.tanh cmath.tanh", "the terms of 1 - y * y cancel far from 0",
         lambda x, p: 1 + np.abs(np.tanh(x)) ** 2 * np.iscomplexobj(x)),
        ("cmath.tan", "the terms of 1 + y * y cancel far from the real axis",
         lambda x, p: 1 + np.abs(np.tan(x)) ** 2),
        ("logaddexp logaddexp2", "x - y is rounded: the smaller of the two partials, which add up to 1",
         lambda x, y, p: 1.0),
        ("math.erf math.erfc scipy.special.erf scipy.special.erfc",
         "the square in exp(-x * x) is rounded: x * x / 4 times as much beyond 2",
         lambda x, p: np.abs(p) * x * x / 4),
        ("pow power float_power math.pow",
         "the exponent y - 1 is rounded: abs((y - 1) * log(x)) / 4 times as much where that is large",
         lambda x, y, p: np.abs(p) * np.abs((y - 1) * np.log(np.abs(x))) / 4),
        ("math.lgamma", "the terms of digamma cancel near its zeros", lambda x, p: _terms_of_digamma(x)),
        ("math.gamma", "the terms of digamma cancel near its zeros",
         lambda x, p: np.abs(scipy.special.gamma(x)) * _terms_of_digamma(x)),
        ("scipy.special.beta scipy.special.betaln", "two values of digamma cancel",
         lambda x, y, p: np.maximum(1, scipy.special.beta(x, y))
         * (_terms_of_digamma(x) + _terms_of_digamma(y))),
        ("scipy.special.erfcx",
         "the terms of 2 * x * y - 2 / sqrt(pi) cancel, and y is off like exp(x * x)",
         lambda x, p: np.maximum(1, np.abs(p) * x * x)),
        ("scipy.special.entr", "the terms of -log(x) - 1 cancel", lambda x, p: 1.0),
        ("scipy.special.exprel", "hyp1f1 is SciPy's, and off by some ulps", lambda x, p: 2 * p),
        ("scipy.special.dawsn", "the terms of 1 - 2 * x * y cancel", lambda x, p: 1.0),
        ("scipy.special.erfi", "the square in exp(x * x) is rounded: x * x / 4 times as much beyond 2",
         lambda x, p: np.abs(p) * x * x / 4),
        ("scipy.special.erfinv scipy.special.erfcinv",
         "y is SciPy's, off by an ulp and more, and its square in an exponent: 2 times as much",
         lambda x, p: 2 * p),
        ("scipy.special.log_ndtr", "what erfcx is taken of is rounded: x * x / 2 times as much beyond 1",
         lambda x, p: np.abs(p) * x * x / 2),
        ("scipy.special.j1 scipy.special.y0 scipy.special.i0e scipy.special.i1e",
         "the terms of the recurrence cancel, and SciPy's are off near zeros", lambda x, p: 1.0),
        ("scipy.special.rel_entr scipy.special.kl_div", "x / y is rounded: seen in its logarithm near 0",
         lambda x, y, p: 1.0),
        ("math.cbrt", "y, whose error counts twice, is the C library's, off by an ulp and more",
         lambda x, p: 2 * p),
        ("sinc", "the terms of (cos(pi * x) - y) / x cancel near its zeros",
         lambda x, p: 1 / np.maximum(1, np.abs(x))),
    ]
    for name in names.split()
}  # fmt: skip


# ---- points


def numbers(rng: np.random.Generator, count: int) -> np.ndarray:
    """Numbers of every size and of both signs, and such as lie close to zeros and poles."""
    sizes = 10.0 ** rng.uniform(-300, 300, count)
    near = 2.0 ** -rng.integers(3, 53, count)
    places = rng.integers(-40, 41, count) * rng.choice([1.0, 0.5, np.pi / 2, np.pi], count)
    return np.concatenate([
        sizes, -sizes, 10.0 ** rng.uniform(-20, 3, count), rng.uniform(-3, 3, count),
        rng.uniform(-40, 40, count), rng.uniform(-720, 720, count),
        places * (1 + near), places * (1 - near), 1 - near, near - 1,
    ])  # fmt: skip


def complex_numbers(rng: np.random.Generator, count: int) -> np.ndarray:
    """Numbers of many sizes in all directions, and such as lie close to -1, 1, -i and i."""
    turns = np.exp(2j * np.pi * rng.uniform(0, 1, (3, count)))
    near = 2.0 ** -rng.integers(3, 53, count)
    return np.concatenate([
        10.0 ** rng.uniform(-150, 150, count) * turns[0], rng.uniform(0, 20, count) * turns[1],
        rng.choice([1, -1, 1j, -1j], count) * (1 + near * turns[2]),
    ])  # fmt: skip


def points(row: Row, count: int) -> list[np.ndarray]:
    """An array for each argument: numbers by themselves, of one size, and close to each other."""
    rng = np.random.default_rng([zlib.crc32(row.sympy.encode()), count])
    if row.math == "cmath":
        return [complex_numbers(rng, 3 * count)]
    if row.name.startswith("scipy."):
        size = count if row.name in SLOW else 5 * count
        return [rng.uniform(low, high, size) for low, high in row.domain]
    columns = [numbers(rng, count) for _ in row.domain]
    if len(columns) == 1:
        return columns
    x, y = map(rng.permutation, columns)
    sized = 10.0 ** rng.uniform(-200, 200, x.size) * rng.uniform(-3, 3, (2, x.size))
    near = x * (1 + 2.0 ** -rng.integers(3, 53, x.size))
    usual = rng.uniform(-40, 40, (2, x.size))
    return [np.concatenate([x, x, sized[0], usual[0]]), np.concatenate([y, near, sized[1], usual[1]])]


def rows_of(columns: Iterable[np.ndarray]) -> Iterable[tuple[Any, ...]]:
    """The points one by one, as numbers of Python."""
    return zip(*(c.tolist() for c in columns), strict=True)


def defined(row: Row, columns: list[np.ndarray]) -> list[np.ndarray]:
    """Of these points those at which the function is finite, and does not raise."""
    function = SUBJECTS[row.name].function
    if row.math:
        kept = np.array([_takes(function, at) for at in rows_of(columns)])
    else:
        kept = np.isfinite(function(*columns))
    return [c[kept] for c in columns]


def _takes(function: Formula, at: tuple[Any, ...]) -> bool:
    try:
        return bool(np.isfinite(function(*at)))
    except (ValueError, ArithmeticError):
        return False


# ---- what a partial is


@functools.lru_cache(None)
def formula(text: str, count: int, k: int, real: bool) -> Formula:
    """The k-th partial of an expression, in mpmath's numbers."""
    symbols = [sympy.Symbol(name, real=real or None) for name in NAMES[:count]]
    found = sympy.sympify(text, locals=dict(zip(NAMES, symbols, strict=False)))
    expression = found if isinstance(found, sympy.Expr) else found(*symbols)
    return sympy.lambdify(symbols, sympy.diff(expression, symbols[k]), "mpmath")  # type: ignore[no-any-return]


def partial_of(row: Row, k: int) -> Formula:
    if row.name in PARTIALS:
        return PARTIALS[row.name][k]
    real = row.math != "cmath"
    plain = row.sympy if real else ROWS.get(row.name.removeprefix("c"), row).sympy
    return formula(FORMULAS.get(row.name, plain), len(row.domain), k, real)


def exact(partial: Formula, at: tuple[Any, ...], real: bool) -> Any:
    """A partial to 50 digits, whatever cancels in the formula; nan where it is none."""
    before = mpmath.nan
    for digits in (60, 120, 800):
        with mpmath.workdps(digits):
            try:
                found = mpmath.mpmathify(partial(*map(mpmath.mpmathify, at)))
            except (ValueError, ArithmeticError):
                return mpmath.nan
            if real and isinstance(found, mpmath.mpc):
                return mpmath.nan
            if found and abs(found - before) <= abs(found) * mpmath.mpf(10) ** -50:
                return found
            before = found
    return found if found == 0 else mpmath.nan


# ---- what is compiled


def compiled(row: Row, columns: list[np.ndarray]) -> tuple[list[Any], list[Any]]:
    """The partials at these points as reverse mode has them, and as forward mode has them."""
    function = SUBJECTS[row.name].function
    if not row.math:
        return both_modes(function, columns, np.ones_like(columns[0]))
    one = 1.0 if row.math == "math" or row.name == "cmath.phase" else 1.0 + 0j
    found = [both_modes(function, list(at), one) for at in rows_of(columns)]
    reverse, forward = (np.array(partials).T for partials in zip(*found, strict=True))
    return list(reverse), list(reverse if row.name == "cmath.phase" else forward)


def both_modes(function: Formula, at: list[Any], one: Any) -> tuple[list[Any], list[Any]]:
    _, pull = pullback.vjp(function, *at)
    units = [tuple(one if j == k else 0 * one for j in range(len(at))) for k in range(len(at))]
    return list(pull(one)), [pullback.jvp(function, tuple(at), unit)[1] for unit in units]


# ---- how far these are from each other


@dataclass(frozen=True)
class Worst:
    """The worst case of a row: in units of the partial, and of what the row's loss names, and where."""

    relative: float = 0.0
    scaled: float = 0.0
    at: tuple[Any, ...] = ()
    points: int = 0


def worst_of(row: Row, count: int) -> Worst:
    """The worst case in all partials and both modes."""
    with np.errstate(all="ignore"):
        columns = defined(row, points(row, count))
        modes = compiled(row, columns)
        cases = [worst_partial(row, k, columns, [m[k] for m in modes]) for k in range(len(columns))]
    return max(cases, key=lambda w: w.scaled)


def worst_partial(row: Row, k: int, columns: list[np.ndarray], found: list[np.ndarray]) -> Worst:
    partial, real = partial_of(row, k), row.math != "cmath"
    right = [exact(partial, at, real) for at in rows_of(columns)]
    kept = [n for n, p in enumerate(right) if p == 0 or SMALLEST < abs(p) < LARGEST]
    size = np.array([float(abs(right[n])) for n in kept])
    scale = LOSSES[row.name].scale(*(c[kept] for c in columns), size) if row.name in LOSSES else 0.0
    worst = Worst()
    for mode in found:
        off = np.array([float(abs(right[n] - mpmath.mpmathify(mode[n].item())) / EPS) for n in kept])
        relative, scaled = (np.where(off == 0, 0.0, off / s) for s in (size, np.maximum(size, scale)))
        n = int(np.argmax(scaled))
        at = tuple(c[kept[n]].item() for c in columns)
        here = Worst(float(np.max(relative)), float(scaled[n]), at, len(kept))
        worst = max(worst, here, key=lambda w: (w.scaled, w.points))
    return worst
