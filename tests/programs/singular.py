"""Programs that silence or raise errors of arithmetic (a plain module: pytest changes test modules)."""

import warnings

import numpy as np


def quiet_logarithms(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x) * x
    return np.sum(np.where(x > 0, y, 0.0))


def quiet_quotients(x):
    s = 0.0
    for v in x:
        with np.errstate(all="ignore"):
            q = 1.0 / v
            s += q * q if np.isfinite(q) else v
    return s


def filtered_warnings(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        y = np.sqrt(x) / x
        return y[0] + y[1] * 0.0


def helper(v):
    with np.errstate(all="ignore"):
        return 1.0 / v


def quiet_helper(x):
    return np.sum(np.where(x > 0, helper(x), x))


QUIET = (quiet_logarithms, quiet_quotients, filtered_warnings, quiet_helper)


def raises_at_zero(x):
    with np.errstate(divide="raise"):
        y = np.log(x)
    return np.sum(y)


def raises_unread(x):
    """The value that raises is not needed."""
    with np.errstate(all="raise"):
        np.log(x)
        y = x * x
    return np.sum(y)


def raises_what_is_computed_around_it(x):
    """The same value is computed where it only warns."""
    with np.errstate(divide="ignore"):
        y = np.log(x)
    with np.errstate(divide="raise"):
        z = np.log(x)
    return np.sum(np.where(x > 0, y, z))


def partials_that_overflow(x):
    """The derivative of what is computed here overflows, the function does not."""
    with np.errstate(all="raise"):
        y = np.sqrt(x)
    return np.sum(y)


GOOD, BAD = np.array([0.5, 1.0, 2.0]), np.array([0.5, 0.0, 2.0])
RAISING = (
    (raises_at_zero, GOOD, BAD),
    (raises_unread, GOOD, BAD),
    (raises_what_is_computed_around_it, GOOD, BAD),
    (partials_that_overflow, BAD, -GOOD),
)
