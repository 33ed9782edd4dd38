"""Example calls: differences of neighbours, slopes, areas, values between known ones."""

import numpy as np

from tests.rules.examples.registry import example, normal, ordered


@example("diff", normal((4,), (2, 3)))
def diff_first_and_second(x, y):
    return np.diff(x) * np.diff(y, 2, 0 - 1) + np.diff(y, axis=0)[0, 0]


@example("diff", normal((3,), (2, 3)))
def diff_with_ends(x, y):
    return np.diff(x, prepend=0.0, append=x[0]) * np.diff(y, axis=0, append=y[:1] * 2)[1, 1]


@example("diff", normal((4,)))
def diff_of_signs(x):
    return np.diff(x > 0) * x[1:] + np.diff(x, n=1, append=[2.0, 1.0])[:3]


@example("ediff1d", normal((2, 3), ()))
def ediff1d_with_ends(x, y):
    return np.ediff1d(x, to_begin=y, to_end=[1.0, 2.0]) * np.ediff1d(x, y * y)[0]


@example("gradient", normal((5,), (3, 4)))
def gradient_of_vector(x, y):
    return np.gradient(x) * np.gradient(y, 0.5, axis=1, edge_order=2)[0, 1]


@example("gradient", ordered((5,), (5, 2)))
def gradient_between_points(x, y):
    return np.gradient(y, x, axis=0) * np.gradient(y, x * x, axis=0, edge_order=2)


@example("gradient", lambda rng: (np.arange(4.0), rng.normal(size=4)))
def gradient_between_even_points(x, y):
    return np.gradient(y, x) * np.gradient(y, 2.0 * x, edge_order=2)


@example("gradient", ordered((2,), (2, 3)))
def gradient_of_two(x, y):
    return np.gradient(y, x, axis=0) * np.gradient(y, axis=0)


@example("gradients", normal((3, 4), ()))
def gradients_of_matrix(x, h):
    a, b = np.gradient(x, h, 2.0)
    c, d = np.gradient(x, axis=(1, 0))
    return a * b + c * d


@example("trapezoid", normal((4,), (3, 4)))
def trapezoid_of_points(x, y):
    return np.trapezoid(y, x) * np.trapezoid(x, dx=0.5) + np.trapezoid(y, y[0], axis=1)


@example("trapezoid", normal((2, 3), ()))
def trapezoid_along_first(y, h):
    return np.trapezoid(y, dx=h, axis=0) * np.trapezoid(y, y * y, axis=0)


@example("interp", ordered((5,), (5,)))
def interp_inside(xp, fp):
    return np.interp(np.array([xp[1] + 0.1, xp[2] + 0.2]), xp, fp) * np.interp(xp[3] + 0.1, xp, fp)


@example("interp", ordered((4,), (4,), ()))
def interp_outside(xp, fp, left):
    x = np.array([[xp[0] - 1.0, xp[0] + 0.1, xp[3] + 2.0]])
    return np.interp(x, xp, fp, left, right=left * fp[0]) * np.interp(x, xp, fp)


@example("interp", ordered((4,), (4,), ()))
def interp_periodic(xp, fp, x):
    return np.interp(x + np.array([0.3, 9.1, -2.2]), xp, fp, period=2.7) + np.interp(x, [0.5], [2.0])


@example("unwrap", normal((4,), (2, 3)))
def unwrap_angles(x, y):
    return np.unwrap(5.0 * x) * np.unwrap(3.0 * y, axis=0, period=2.0)[0, 1] * np.sum(np.unwrap(y, 4.0))


@example("interp", normal((4,)))
def interp_of_complex(fp):
    return np.imag(np.interp([0.2, 1.7, 4.0], np.arange(4.0), fp * (1 + 2j)) * fp[0])


@example("unwrap", lambda rng: (np.cumsum(rng.uniform(0.2, 2.9, 6)) % 2.0, rng.uniform(1.9, 2.1)))
def unwrap_period(x, period):
    return np.unwrap(x, 0.5 * period, period=period) * np.unwrap(x, period=2.0)
