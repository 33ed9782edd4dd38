"""Example calls: polynomials by their coefficients, histograms, values that are unlike."""

import numpy as np

from tests.rules.examples.registry import distinct, example, normal

TURN = 1.0 + 2.0j


@example("polyadd", normal((3,), (5,), ()))
def polyadd_of_lengths(a, b, c):
    total = np.sum(np.polyadd(c, a) * np.polyadd([1.0, 2.0], a[:2])[0])
    return np.polyadd(a, b) * np.polyadd(b, b) + total


@example("polysub", normal((3,), (5,)))
def polysub_of_lengths(a, b):
    return np.polysub(a, b) * np.polysub(b, a)


@example("polymul", normal((3,), (2,)))
def polymul_of_vectors(a, b):
    c = np.polymul(a, b) + np.polymul(np.append(np.zeros(2), a), np.append(0.0, b))
    return c * np.sum(np.polymul(np.zeros(3), b)) + c


@example("polyder", normal((4,)))
def polyder_of_vector(a):
    return np.polyder(a)[:2] * np.polyder(a, 2) + np.sum(np.polyder(a, m=3))


@example("polyint", normal((3,), (), (2,)))
def polyint_of_vector(a, c, k):
    twice = np.sum(np.polyint(a, 2, k=k) * np.polyint(a, m=2))
    return np.polyint(a)[:3] * a + np.polyint(a, k=c)[1:] * twice


@example("polyfit", normal((6,), (6,), (6,)))
def polyfit_of_points(x, y, w):
    line = np.polyfit(x, y, 1) * np.polyfit(x, y, deg=1, w=np.abs(w) + 1.0)
    return line + np.polyfit(x, np.stack([y, w], axis=1), 2)[0]


@example("polyfit_told", normal((6,), (6,), (6,)))
def polyfit_in_full(x, y, w):
    c, left, rank, s, cutoff = np.polyfit(x, y, 2, full=True, w=np.abs(w) + 1.0)
    more = np.polyfit(x, np.stack([y, w], axis=1), 1, 1e-12, full=True)
    return c * s * left + rank * cutoff + np.sum(more[0] * more[1]) * more[4]


@example("polyfit_spread", normal((6,), (6,), (6,)))
def polyfit_with_covariance(x, y, w):
    c, v = np.polyfit(x, y, 1, cov=True)
    several, spread = np.polyfit(x, np.stack([y, w], axis=1), 1, w=np.abs(w) + 1.0, cov=True)
    _, own = np.polyfit(x, several[0, 0] + y, 1, cov="unscaled")
    return c * v * own + spread[:, :, 0] * several


@example("roots", normal((4,)))
def roots_of_complex(c):
    z = np.sort(np.abs(np.roots(c * TURN + 1j)))
    return z * np.sort(np.abs(np.roots(c[:2] * TURN)))


@example("roots_of_real", normal((4,)))
def roots_of_real(c):
    z = np.abs(np.roots([1.0, 0.2, 3.0] + 0.1 * c[:3]))
    z = z * np.abs(np.roots([1.0, -5.0, 2.0] + 0.1 * c[1:]))
    return z * np.roots(c[:2])[0].real


@example("bincount", normal((5,), (3,)))
def bincount_of_weights(w, x):
    places = np.array([0, 2, 1, 2, 0])
    sums = np.bincount(places[:3], weights=x, minlength=3)
    return np.bincount(places, w) * np.bincount(places) * x + sums


@example("histogram", normal((7,), (7,)))
def histogram_of_weights(a, w):
    counts, edges = np.histogram(a, 3, weights=w)
    shares, even = np.histogram(a, bins=3, range=(-2.0, 3.0), density=True, weights=w)
    heights, own = np.histogram(a, [-2.0, -0.4, 0.2, 3.0], density=True)
    return counts * edges[1:] + shares * even[:3] + heights * own[1:] + np.histogram(a, bins=3)[0]


@example("histogram", distinct((12,)))
def histogram_of_density(a):
    density, edges = np.histogram(a, density=True)
    return density * np.diff(edges) ** 2


@example("unique", lambda rng: (np.array([[0.3, -1.2, 0.3], [2.0, 0.7, -1.2]]),), smooth=False)
def unique_of_matrix(x):
    return np.unique(x) ** 2


@example("uniques", distinct((2, 3)))
def unique_with_places(x):
    values, first, back, count = np.unique(x, True, return_inverse=True, return_counts=True)
    return values[back] * count[0] * x + np.ravel(x)[first][0]
