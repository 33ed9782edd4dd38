"""Derivatives and integrals of the series of ``np.polynomial``, and their values on grids, in Python.

They do what NumPy's own do, with the same arithmetic in the same order (see ``frontend.series``). Each
family says what one derivative, and one integral, makes of coefficients of which the first axis counts.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from pullback.frontend import series
from pullback.frontend.library import called
from pullback.frontend.lowering import BUILTINS

_constants, _floats = series._constants, series._floats


def _first(c, axis):
    return c.copy() if c.ndim == 1 else np.ascontiguousarray(np.moveaxis(c, axis, 0))


def _put_back(c, axis):
    return c if c.ndim == 1 else np.moveaxis(c, 0, axis)


# ---- derivatives


def _chebyshev_derived(c):
    n = len(c) - 1
    found = np.empty((n, *c.shape[1:]), dtype=c.dtype)
    for j in range(n, 2, -1):
        found[j - 1] = (2 * j) * c[j]
        c[j - 2] += (j * c[j]) / (j - 2)
    if n > 1:
        found[1] = 4 * c[2]
    found[0] = c[1]
    return found


def _legendre_derived(c):
    n = len(c) - 1
    found = np.empty((n, *c.shape[1:]), dtype=c.dtype)
    for j in range(n, 2, -1):
        found[j - 1] = (2 * j - 1) * c[j]
        c[j - 2] += c[j]
    if n > 1:
        found[1] = 3 * c[2]
    found[0] = c[1]
    return found


def _hermite_derived(c):
    return series._powers(c, 1) * 2 * c[1:]


def _hermite_e_derived(c):
    return series._powers(c, 1) * c[1:]


def _laguerre_derived(c):
    n = len(c) - 1
    found = np.empty((n, *c.shape[1:]), dtype=c.dtype)
    for j in range(n, 1, -1):
        found[j - 1] = -c[j]
        c[j - 1] += c[j]
    found[0] = -c[1]
    return found


def _derivative(step):
    def derivative(c, m=1, scl=1, axis=0):
        if m < 0:
            raise ValueError("The order of derivation must be non-negative")
        c = _first(_floats(c), axis)
        if m >= len(c):
            return _put_back(c[:1] * 0, axis)
        for _ in range(m):
            c = step(c * scl)
        return _put_back(c, axis)

    return derivative


# ---- integrals, of which the lowest coefficient follows from the constant


def _chebyshev_integrated(c):
    n = len(c)
    found = np.zeros((n + 1, *c.shape[1:]), dtype=c.dtype)
    found[1] = c[0]
    if n > 1:
        found[2] = c[1] / 4
    for j in range(2, n):
        found[j + 1] = c[j] / (2 * (j + 1))
        found[j - 1] -= c[j] / (2 * (j - 1))
    return found


def _legendre_integrated(c):
    n = len(c)
    found = np.zeros((n + 1, *c.shape[1:]), dtype=c.dtype)
    found[1] = c[0]
    if n > 1:
        found[2] = c[1] / 3
    for j in range(2, n):
        t = c[j] / (2 * j + 1)
        found[j + 1] = t
        found[j - 1] -= t
    return found


def _hermite_integrated(c):
    return np.concatenate((c[:1] * 0, c / (2 * series._powers(c, 0))))


def _hermite_e_integrated(c):
    return np.concatenate((c[:1] * 0, c / series._powers(c, 0)))


def _laguerre_integrated(c):
    found = np.concatenate((c[:1], -c))
    found[1:-1] += c[1:]
    return found


def _integral(step, value):
    def integral(c, m=1, k=(), lbnd=0, scl=1, axis=0):
        if m < 0:
            raise ValueError("The order of integration must be non-negative")
        k = _constants(k, m)
        c = _first(_floats(c), axis)
        for i in range(m):
            c = c * scl
            if len(c) == 1 and np.all(c[0] == 0):
                c = c + k[i]
            else:
                c = step(c)
                c[0] += k[i] - value(lbnd, c)
        return _put_back(c, axis)

    return integral


# ---- values of series in several variables, and fits


def _in_several(value):
    def val2d(x, y, c):
        return value(y, value(x, c), tensor=False)

    def val3d(x, y, z, c):
        return value(z, val2d(x, y, c), tensor=False)

    def grid2d(x, y, c):
        return value(y, value(x, c))

    def grid3d(x, y, z, c):
        return value(z, grid2d(x, y, c))

    return val2d, val3d, grid2d, grid3d


def _fit(columns):
    def fit(x, y, deg, rcond=None, full=False, w=None):
        x = np.asarray(x) + 0.0
        return series._fitted(columns(x, deg), x, y, rcond, full, w)

    return fit


def _enter(module: ModuleType, prefix: str, functions: Iterable[tuple[str, Callable[..., Any]]]) -> None:
    for name, function in functions:
        BUILTINS[getattr(module, prefix + name)] = called(function)


SEVERAL = ("val2d", "val3d", "grid2d", "grid3d")
_enter(polynomial, "poly", zip(SEVERAL, _in_several(series.polyval), strict=True))
for _module, _prefix, _value, _columns, _derived, _integrated in [
    (chebyshev, "cheb", series.chebval, series.chebvander, _chebyshev_derived, _chebyshev_integrated),
    (legendre, "leg", series.legval, series.legvander, _legendre_derived, _legendre_integrated),
    (hermite, "herm", series.hermval, series.hermvander, _hermite_derived, _hermite_integrated),
    (hermite_e, "herme", series.hermeval, series.hermevander, _hermite_e_derived, _hermite_e_integrated),
    (laguerre, "lag", series.lagval, series.lagvander, _laguerre_derived, _laguerre_integrated),
]:
    _enter(_module, _prefix, [
        ("der", _derivative(_derived)), ("int", _integral(_integrated, _value)),
        ("fit", _fit(_columns)), ("add", series.polyadd), ("sub", series.polysub),
        *zip(SEVERAL, _in_several(_value), strict=True),
    ])  # fmt: skip
