"""Kinks and guards on the elements of arrays, one chosen by k: loops that the Numba backend takes."""

import math

import numpy as np

from pullback import grad

KINKS = 15
GUARDS = 5


def kinks(x, y, k):
    s = 0.0
    for i in range(len(x)):
        a, b = x[i], y[i]
        if k == 0:
            s += np.maximum(a, b)
        elif k == 1:
            s += np.minimum(a, b)
        elif k == 2:
            s += abs(a) + max(a, 0.0)
        elif k == 3:
            s += np.abs(a) + np.fabs(b)
        elif k == 4:
            s += np.copysign(a, b)
        elif k == 5:
            s += np.hypot(a, b)
        elif k == 6:
            s += np.arctan2(a, b) + math.atan2(b, a)
        elif k == 7:
            s += np.fmod(a, b + 0.5)
        elif k == 8:
            s += max(a, b)
        elif k == 9:
            s += min(a, b)
        elif k == 10:
            s += np.sqrt(a) + math.sqrt(b)
        elif k == 11:
            s += np.cbrt(a)
        elif k == 12:
            s += np.arcsin(a) + np.arccosh(b + 1.0)
        elif k == 13:
            s += a**0 + b**2 + a**3
        else:
            s += np.logaddexp(a, b)
    return s


def guard(a, b, k):
    if k == 0:
        return np.sqrt(a) * b if a > 0 else 0.0
    if k == 1:
        return np.log(a) / b if a > 0 else b
    if k == 2:
        return np.sin(a) / a if a != 0 else 1.0
    if k == 3:
        return np.sqrt(max(a, 0.0)) if a > 0 else a
    return np.arccosh(a) * b if a > 1 else b


def guards(x, y, k):
    s = 0.0
    for i in range(len(x)):
        s += guard(x[i], y[i], k)
    return s


def slope_of_guard(a, b, k):
    of_a, of_b = grad(guard, (0, 1))(a, b, k)
    return of_a + 0.5 * of_b
