"""Functions of ``np.polynomial`` as functions in Python that can be compiled.

They do what NumPy's own do, with the same arithmetic in the same order: polynomials, and the series of
Chebyshev, Legendre, Hermite and Laguerre, by their coefficients from the lowest on.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from pullback.frontend.library import called
from pullback.frontend.lowering import BUILTINS


def _floats(c):
    c = np.atleast_1d(np.asarray(c))
    return c if c.dtype.kind in "fc" else c + 0.0


def _points(x):
    return np.asarray(x) if isinstance(x, (tuple, list)) else x


def _against(c, x, tensor):
    """Coefficients with an axis for each of the points, if every series is taken at all points."""
    c = _floats(c)
    return c.reshape(c.shape + (1,) * x.ndim) if isinstance(x, np.ndarray) and tensor else c


# ---- values


def polyval(x, c, tensor=True):
    x = _points(x)
    c = _floats(c)
    if c.ndim == 1:
        return np.polyval(c[::-1], x)
    c = _against(c, x, tensor)
    total = c[-1] + x * 0
    for i in range(2, len(c) + 1):
        total = c[-i] + total * x
    return total


def polyvalfromroots(x, r, tensor=True):
    x = _points(x)
    return np.prod(x - _against(r, x, tensor), axis=0)


def chebval(x, c, tensor=True):
    x = _points(x)
    c = _against(c, x, tensor)
    if len(c) == 1:
        return c[0] + 0 * x
    x2 = 2 * x
    below, last = c[-2], c[-1]
    for i in range(3, len(c) + 1):
        below, last = c[-i] - last, below + last * x2
    return below + last * x


def legval(x, c, tensor=True):
    x = _points(x)
    c = _against(c, x, tensor)
    if len(c) == 1:
        return c[0] + 0 * x
    below, last = c[-2], c[-1]
    for i in range(3, len(c) + 1):
        n = len(c) - i + 2
        below, last = c[-i] - last * ((n - 1) / n), below + last * x * ((2 * n - 1) / n)
    return below + last * x


def hermval(x, c, tensor=True):
    x = _points(x)
    c = _against(c, x, tensor)
    x2 = x * 2
    if len(c) == 1:
        return c[0] + 0 * x2
    below, last = c[-2], c[-1]
    for i in range(3, len(c) + 1):
        n = len(c) - i + 2
        below, last = c[-i] - last * (2 * (n - 1)), below + last * x2
    return below + last * x2


def hermeval(x, c, tensor=True):
    x = _points(x)
    c = _against(c, x, tensor)
    if len(c) == 1:
        return c[0] + 0 * x
    below, last = c[-2], c[-1]
    for i in range(3, len(c) + 1):
        n = len(c) - i + 2
        below, last = c[-i] - last * (n - 1), below + last * x
    return below + last * x


def lagval(x, c, tensor=True):
    x = _points(x)
    c = _against(c, x, tensor)
    if len(c) == 1:
        return c[0] + 0 * (1 - x)
    below, last = c[-2], c[-1]
    for i in range(3, len(c) + 1):
        n = len(c) - i + 2
        below, last = c[-i] - last * (n - 1) / n, below + last * (2 * n - 1 - x) / n
    return below + last * (1 - x)


# ---- arithmetic of polynomials


def _trimmed(c):
    """Without the highest coefficients that are 0, the last one apart."""
    there = c != 0
    return c[: len(c) - np.argmax(there[::-1])] if np.any(there) else c[:1]


def _added(a, b):
    if len(a) > len(b):
        return np.concatenate((a[: len(b)] + b, a[len(b) :]))
    return np.concatenate((b[: len(a)] + a, b[len(a) :]))


def polyadd(c1, c2):
    return _trimmed(_added(_trimmed(_floats(c1)), _trimmed(_floats(c2))))


def polysub(c1, c2):
    return _trimmed(_added(_trimmed(_floats(c1)), -_trimmed(_floats(c2))))


def polymul(c1, c2):
    return _trimmed(np.convolve(_trimmed(_floats(c1)), _trimmed(_floats(c2))))


def polymulx(c):
    c = _trimmed(_floats(c))
    return c if len(c) == 1 and c[0] == 0 else np.concatenate((c[:1] * 0, c))


def polyder(c, m=1, scl=1, axis=0):
    if m < 0:
        raise ValueError("The order of derivation must be non-negative")
    c = _floats(c)
    if c.ndim == 1:
        return _derived(c, m, scl)
    return np.moveaxis(_derived(np.ascontiguousarray(np.moveaxis(c, axis, 0)), m, scl), 0, axis)


def _derived(c, m, scl):
    if m == 0:
        return c.copy()
    if m >= len(c):
        return c[:1] * 0
    if m == 1:
        return _powers(c, 1) * (c * scl)[1:]
    for _ in range(m):
        c = _powers(c, 1) * (c * scl)[1:]
    return c


def _powers(c, first):
    return np.arange(1, len(c) + 1 - first).reshape((-1,) + (1,) * (c.ndim - 1))


def polyint(c, m=1, k=(), lbnd=0, scl=1, axis=0):
    if m < 0:
        raise ValueError("The order of integration must be non-negative")
    k = _constants(k, m)
    c = _floats(c)
    if c.ndim == 1:
        return _integrated(c, m, k, lbnd, scl)
    c = np.ascontiguousarray(np.moveaxis(c, axis, 0))
    return np.moveaxis(_integrated(c, m, k, lbnd, scl), 0, axis)


def _constants(k, m):
    """What is added to each integral, 0 where none is given."""
    if isinstance(k, (tuple, list)) and len(k) == 0:
        return np.zeros(m)
    k = np.atleast_1d(np.asarray(k))
    if len(k) > m:
        raise ValueError("Too many integration constants")
    return np.concatenate((k, np.zeros(m - len(k))))


def _integrated(c, m, k, lbnd, scl):
    if m == 0:
        return c.copy()
    if m == 1:
        return _integrated_once(c, k[0], lbnd, scl)
    for i in range(m):
        c = _integrated_once(c, k[i], lbnd, scl)
    return c


def _integrated_once(c, constant, lbnd, scl):
    c = c * scl
    if len(c) == 1 and np.all(c[0] == 0):
        return c + constant
    found = np.concatenate((c[:1] * 0, c / _powers(c, 0)))
    found[0] += constant - polyval(lbnd, found)
    return found


# ---- matrices of powers, and fits


def _columns(x, deg):
    v = np.empty((deg + 1, *x.shape), dtype=x.dtype)
    v[0] = x * 0 + 1
    return v


def polyvander(x, deg):
    x = _floats(x) + 0.0
    v = _columns(x, deg)
    for i in range(1, deg + 1):
        v[i] = v[i - 1] * x
    return np.moveaxis(v, 0, -1)


def chebvander(x, deg):
    x = _floats(x) + 0.0
    v = _columns(x, deg)
    if deg > 0:
        v[1] = x
    x2 = 2 * x
    for i in range(2, deg + 1):
        v[i] = v[i - 1] * x2 - v[i - 2]
    return np.moveaxis(v, 0, -1)


def legvander(x, deg):
    x = _floats(x) + 0.0
    v = _columns(x, deg)
    if deg > 0:
        v[1] = x
    for i in range(2, deg + 1):
        v[i] = (v[i - 1] * x * (2 * i - 1) - v[i - 2] * (i - 1)) / i
    return np.moveaxis(v, 0, -1)


def hermvander(x, deg):
    x = _floats(x) + 0.0
    v = _columns(x, deg)
    x2 = x * 2
    if deg > 0:
        v[1] = x2
    for i in range(2, deg + 1):
        v[i] = v[i - 1] * x2 - v[i - 2] * (2 * (i - 1))
    return np.moveaxis(v, 0, -1)


def hermevander(x, deg):
    x = _floats(x) + 0.0
    v = _columns(x, deg)
    if deg > 0:
        v[1] = x
    for i in range(2, deg + 1):
        v[i] = v[i - 1] * x - v[i - 2] * (i - 1)
    return np.moveaxis(v, 0, -1)


def lagvander(x, deg):
    x = _floats(x) + 0.0
    v = _columns(x, deg)
    if deg > 0:
        v[1] = 1 - x
    for i in range(2, deg + 1):
        v[i] = (v[i - 1] * (2 * i - 1 - x) - v[i - 2] * (i - 1)) / i
    return np.moveaxis(v, 0, -1)


def _fitted(left, x, y, rcond, full, w):
    """Least squares with columns scaled to length 1."""
    y = np.asarray(y) + 0.0
    if w is not None:
        w = np.asarray(w) + 0.0
        left = left * w[:, None]
        y = (y.T * w).T
    scale = np.sqrt(np.square(left).sum(0))
    scale = np.where(scale == 0, 1.0, scale)
    c, left_over, rank, s = np.linalg.lstsq(left / scale, y, rcond)
    c = (c.T / scale).T
    cutoff = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    return (c, [left_over, rank, s, cutoff]) if full else c


def polyfit(x, y, deg, rcond=None, full=False, w=None):
    x = np.asarray(x) + 0.0
    return _fitted(polyvander(x, deg), x, y, rcond, full, w)


_OF: dict[ModuleType, tuple[Callable[..., Any], ...]] = {
    polynomial: (
        polyval, polyvalfromroots, polyadd, polysub, polymul, polymulx, polyder, polyint, polyvander,
        polyfit,
    ),
    chebyshev: (chebval, chebvander),
    legendre: (legval, legvander),
    hermite: (hermval, hermvander),
    hermite_e: (hermeval, hermevander),
    laguerre: (lagval, lagvander),
}  # fmt: skip
BUILTINS |= {
    getattr(module, f.__name__): called(f) for module, functions in _OF.items() for f in functions
}
