"""Polynomials and series by their coefficients from the lowest on, and what dtypes tell."""

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre
from numpy.polynomial import polynomial as P

from tests.programs.registry import program


def coefficients(rng, n):
    return rng.normal(size=4), rng.normal(size=(3, 2)), 0.7


@program(coefficients, wrt=(0, 1, 2))
def values_of_polynomials(c, m, a):
    total = P.polyval(a, c) * np.sum(P.polyval(c, m) ** 2) + np.sum(P.polyval([0.1, 0.2], m[:, 0]))
    total += np.sum(P.polyval(c[:2], m, tensor=False)) * P.polyval(2, [c[0], a])
    return total + P.polyval2d(a, c[0], m) + np.sum(P.polygrid2d(c, c[:2], m)) + P.polyvalfromroots(a, c)


@program(coefficients, wrt=(0, 1, 2), numba=True)
def values_of_series(c, m, a):
    total = chebyshev.chebval(a, c) + np.sum(chebyshev.chebval(c, c[:1] * c) * legendre.legval(c, c))
    total += hermite.hermval(a, c[:2]) * hermite_e.hermeval(a, c) * laguerre.lagval(a, c)
    return total + np.sum(legendre.legval(m[:, 0], c[:1]))


@program(coefficients, wrt=(0, 1, 2))
def slopes_and_areas_of_polynomials(c, m, a):
    slopes = P.polyder(c)[:2] * P.polyder(c, 2, scl=2.0) + np.sum(P.polyder(m, axis=1))
    areas = P.polyint(c, 2, k=[a, 2.0], lbnd=c[0], scl=3)[:2] * P.polyint(c, k=a)[1:3]
    more = np.sum(P.polyint(m, axis=1) ** 2) + np.sum(P.polyder(c, m=4) + P.polyint(c * 0.0, 0)[0])
    return np.sum(slopes * areas) + more


@program(coefficients, wrt=(0, 1, 2))
def arithmetic_of_polynomials(c, m, a):
    product = P.polymul(np.append(c, 0.0), m[:, 0])
    total = np.sum(P.polyadd(c, product) * P.polysub(product, c[:2])) + np.sum(P.polymulx(c) ** 2)
    return total * np.sum(P.polymul([a, 0.0], [0.0]) + P.polyadd(c, -c) + a)


@program(coefficients, wrt=(0, 1, 2))
def slopes_of_series(c, m, a):
    total = np.sum(chebyshev.chebder(c, 2, scl=a) * legendre.legder(c)[:2]) + np.sum(laguerre.lagder(c))
    total += np.sum(hermite.hermder(c) * hermite_e.hermeder(c, 1, 2.0)) * chebyshev.chebder(c, 4)[0]
    return total + np.sum(legendre.legder(m, axis=1) + chebyshev.chebder(m[:, 0])[1])


@program(coefficients, wrt=(0, 1, 2))
def areas_of_series(c, m, a):
    """The constant is chosen so that the area up to ``lbnd`` is 0."""
    total = np.sum(chebyshev.chebint(c, 2, [a, 2.0], lbnd=a) * legendre.legint(c, 2, lbnd=c[0]))
    total += np.sum(hermite.hermint(c, k=a, scl=a) * hermite_e.hermeint(c)) + laguerre.lagint(c)[0]
    return total + np.sum(laguerre.lagint(m, axis=1) ** 2) + chebyshev.chebint(0.0 * c[:1], k=a)[0]


@program(coefficients, wrt=(0, 1, 2))
def surfaces_of_series(c, m, a):
    total = chebyshev.chebval2d(a, c[0], m) + np.sum(legendre.leggrid2d(c, c[:2], m) ** 2)
    total += laguerre.lagval3d(a, c[1], a, m[:, :, None] * c) * np.sum(hermite_e.hermeadd(c, m[:, 0]))
    fit = hermite.hermfit(np.arange(4.0) + a, c, 2)
    return total + np.sum(hermite.hermsub(fit, c) ** 2)


@program(lambda rng, n: (rng.normal(size=6), rng.normal(size=(6, 2))), wrt=(0, 1))
def fits_of_series(x, y):
    c = P.polyfit(x, y[:, 0], 2, w=y[:, 1] ** 2 + 1.0)
    d, (left, rank, s, cutoff) = chebyshev.chebfit(x, y, 1, full=True)
    v = hermite.hermvander(x, 3)[:, 2:] * laguerre.lagvander(x, 2)[:, 1:]
    v = v + legendre.legvander(y, 3)[:, :, 2] * hermite_e.hermevander(x, 2)[:, :2]
    return np.sum(c[:2] * d * left) + rank * np.sum(s) * cutoff + np.sum(v * P.polyvander(x, 1))


@program(coefficients, wrt=(0, 1, 2), numba=True)
def limits_of_dtypes(c, m, a):
    if np.issubdtype(c.dtype, np.floating) and c.dtype.kind in "fc" and m.dtype.itemsize == 8:
        c = c * c * np.finfo(c.dtype).eps * 1e-3 * np.sqrt(np.finfo(np.float32).max)
    return np.sum(c) * a * np.iinfo(np.int32).max * 1e-20 + np.sum(m) * float(np.dtype("f4").num)
