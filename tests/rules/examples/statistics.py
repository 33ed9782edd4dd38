"""Example calls: averages, order statistics, covariances, and what leaves nan out."""

import numpy as np

from tests.rules.examples.registry import distinct, example, normal

NAN = np.array([0.0, np.nan, 0.0])


def shares(rng):
    return (*distinct((5,), (5, 2))(rng), rng.uniform(0.15, 0.4))


@example("ptp", distinct((2, 3)))
def ptp_of_matrix(x):
    return np.ptp(x, axis=1, keepdims=True) * np.ptp(x, 0) * np.ptp(x)


@example("average", normal((4,), (2, 4)))
def average_with_weights(w, x):
    w = 0.5 + w * w
    return np.average(x, axis=-1, weights=w) * np.average(x, weights=w + x * x) + np.average(x)


@example("average", normal((2, 3, 2), (3,)))
def average_along_middle(x, w):
    return np.average(x, 1, 2.0 + np.sin(w), keepdims=True) * np.average(x, axis=(0, 2))[1]


@example("median", distinct((5,), (2, 4)))
def median_odd_and_even(x, y):
    return np.median(x) * np.median(y) * np.median(y, axis=0) + np.median(x, keepdims=True)[0]


@example("median", distinct((2, 3, 4)))
def median_over_axes(x):
    return np.median(x, axis=(0, 2), keepdims=True) * np.median(x, axis=1)[1, 2]


@example("quantile", shares)
def quantile_of_shares(x, y, q):
    return np.quantile(x, q) * np.quantile(y, q * q, axis=0) + np.quantile(y, q) * q


@example("quantile", distinct((3, 4)))
def quantile_several(x):
    q = np.array([0.1, 0.5, 0.9])
    return np.quantile(x, q, axis=1, keepdims=True) * np.quantile(x, [0.2, 0.3, 1.0])[:, None, None]


@example("quantile", shares)
def quantile_methods(x, y, q):
    a = np.quantile(x, q, method="hazen") * np.quantile(y, [q, 0.99], method="weibull")
    b = np.quantile(x, q, method="lower") - np.quantile(y, 0.33, axis=0, method="higher")
    c = np.quantile(x, q, method="nearest") * np.quantile(x, [0.3, 0.5], method="midpoint")
    return a * c + b[0] * np.quantile(x, q, method="median_unbiased")


@example("percentile", shares)
def percentile_of_numbers(x, y, q):
    return np.percentile(x, 100 * q) * np.percentile(y, [25, 75], axis=0) * np.percentile(y, 37.0)


@example("cov", normal((3, 5), (3,)))
def cov_of_rows(x, w):
    w = 1.0 + np.abs(w)
    c = np.cov(x) * np.cov(x, bias=True) + np.cov(x.T, rowvar=False, ddof=0)
    return c * np.cov(x.T[:3], aweights=w, rowvar=False)[0, 1]


@example("cov", normal((4,), (4,)))
def cov_of_vectors(x, y):
    c = np.cov(x) * np.cov(x, y) + np.cov(np.stack([x, y]), y, fweights=[1, 2, 1, 3])[:2, 1:]
    return c * np.cov(x, y, aweights=[0.5, 1.0, 2.0, 0.3], ddof=0)


@example("corrcoef", normal((3, 5), (4,), (4,)))
def corrcoef_of_rows(x, y, z):
    return np.corrcoef(x) * np.corrcoef(y, z)[0, 1] + np.corrcoef(x.T, rowvar=False)


@example("nansum", normal((3,), (2, 3)))
def nansum_of_rows(x, y):
    return np.nansum(x + NAN) * np.nansum(y * y + NAN, axis=0) + np.nansum(y, axis=1, keepdims=True)


@example("nanprod", normal((3,), (2, 3)))
def nanprod_of_rows(x, y):
    return np.nanprod(x + NAN) * np.nanprod(y + NAN, axis=1)


@example("nancumsum", normal((3,), (2, 3)))
def nancumsum_of_rows(x, y):
    return np.nancumsum(x + NAN) * np.nancumsum(y + NAN, axis=0)


@example("nancumprod", normal((3,), (2, 3)))
def nancumprod_of_rows(x, y):
    return np.nancumprod(x + NAN) * np.nancumprod(y + NAN, axis=1)


@example("nanmean", normal((3,), (2, 3)))
def nanmean_of_rows(x, y):
    return np.nanmean(x + NAN) * np.nanmean(y + NAN, axis=1) * np.nanmean(y * y, keepdims=True)


@example("nanvar", normal((3,), (2, 3)))
def nanvar_of_rows(x, y):
    return np.nanvar(x + NAN) * np.nanvar(y + NAN, axis=1, ddof=1) * np.nanvar(y)


@example("nanstd", normal((3,), (2, 3)))
def nanstd_of_rows(x, y):
    return np.nanstd(x + NAN) * np.nanstd(y + NAN, axis=1, keepdims=True) * np.nanstd(y, ddof=1)


@example("nanmax", distinct((3,), (2, 3)))
def nanmax_of_rows(x, y):
    return np.nanmax(x + NAN) * np.nanmax(y + NAN, axis=1) * np.nanmax(y, axis=(0, 1))


@example("nanmin", distinct((3,), (2, 3)))
def nanmin_of_rows(x, y):
    return np.nanmin(x + NAN) * np.nanmin(y + NAN, axis=1, keepdims=True) * y


@example("nanmedian", distinct((3,), (2, 3)))
def nanmedian_of_rows(x, y):
    return np.nanmedian(x + NAN) * np.nanmedian(y + NAN, axis=1) * np.nanmedian(y + NAN)


@example("nanquantile", distinct((3,), (2, 3)))
def nanquantile_of_rows(x, y):
    q = np.array([0.2, 0.7])
    return np.nanquantile(x + NAN, 0.3) * np.nanquantile(y + NAN, q, axis=1, keepdims=True) + (
        np.nanquantile(y + NAN, q, axis=1) * np.nanquantile(y, 0.4, axis=0)[1]
    )


@example("nanpercentile", distinct((3,), (2, 3)))
def nanpercentile_of_rows(x, y):
    return np.nanpercentile(x + NAN, 30) * np.nanpercentile(y + NAN, [25.0, 60.0], axis=0)[:, [0, 2]]


@example("averages", normal((2, 3), (3,)))
def averages_with_weights(x, w):
    mean, total = np.average(x, axis=1, weights=np.abs(w) + 1.0, returned=True)
    return mean * total * np.average(x, returned=True)[1] * np.average(x, axis=0, returned=True)[0][:2]


def gapped(*shapes):
    """Arrays with an element that is nan."""

    def draw(rng):
        drawn = [rng.normal(size=s) for s in shapes]
        for x in drawn:
            x.flat[1] = np.nan
        return tuple(drawn)

    return draw


@example("nansum_of", gapped((2, 4)), smooth=False)
def nansum_of_selected(x):
    y = np.nansum(x, axis=0, where=np.arange(4) > 0, initial=2.0) * np.nansum(x, dtype=float)
    return y * np.nansum(x, axis=1, keepdims=True, where=x > 0)


@example("nanprod_of", gapped((2, 4)), smooth=False)
def nanprod_of_selected(x):
    return np.nanprod(x, axis=0, initial=2.0) * np.nanprod(x, where=[True, False, True, True])


@example("nanmean_of", gapped((2, 4)), smooth=False)
def nanmean_of_selected(x):
    return np.nanmean(x, axis=1, where=np.arange(4) < 3) * np.nanmean(x, dtype=np.float64)


@example("nanvar_of", gapped((2, 4)), smooth=False)
def nanvar_of_selected(x):
    return np.nanvar(x, where=np.arange(4) < 3, correction=1) * np.nanvar(x, axis=1, ddof=1, dtype=float)


@example("nanstd_of", gapped((2, 4)), smooth=False)
def nanstd_of_selected(x):
    return np.nanstd(x, axis=1, where=np.arange(4) < 3, keepdims=True) * np.nanstd(x, axis=1)


@example("nanmax_of", gapped((2, 4)), smooth=False)
def nanmax_of_selected(x):
    return np.nanmax(x, axis=1, initial=-0.3) * np.nanmax(x, where=np.arange(4) < 3, initial=-9.0)


@example("nanmin_of", gapped((2, 4)), smooth=False)
def nanmin_of_selected(x):
    return np.nanmin(x, axis=1, initial=0.3, keepdims=True) * np.nanmin(x, where=x < 5, initial=9.0)


@example("quantile", distinct((7,), (4, 3)))
def quantiles_by_steps(x, y):
    q = np.array([0.0, 0.2, 0.55, 0.83, 1.0])
    z = np.quantile(x, q, method="inverted_cdf") * np.quantile(x, q, method="averaged_inverted_cdf")
    z = z * np.quantile(x, q, method="closest_observation")
    ends = np.quantile(y, [0.25, 0.5, 0.75], axis=0, method="averaged_inverted_cdf")
    ends = ends * np.quantile(y, 0.5, axis=0, method="inverted_cdf")
    return np.sum(ends * np.quantile(y, 0.375, axis=0, method="closest_observation")) * z


@example("quantile", lambda rng: (*distinct((2, 3, 4))(rng), rng.uniform(0.5, 2, (3, 4))), smooth=False)
def quantile_weighed(x, w):
    of_all = np.quantile(x, [[0.3, 0.4], [0.5, 0.6]], (2, 1), weights=w.T, method="inverted_cdf")
    return of_all[1, 0] * np.quantile(x, 0.7, axis=2, weights=x * x, method="inverted_cdf")[:, 1]


@example("average", lambda rng: (*normal((2, 3, 4))(rng), rng.uniform(0.5, 2, (4, 2))))
def average_over_axes(x, w):
    return np.average(x, axis=(2, 0), weights=w, keepdims=True)


@example("nancumsum", distinct((2, 3)))
def nancumsum_in_dtype(x):
    return np.nancumsum(x, dtype=np.float64) * np.nancumprod(x, axis=None, dtype=float)


@example("cov", normal((2, 4), (4,)))
def cov_in_dtype(x, w):
    found = np.cov(x, aweights=w * w, dtype=np.float64) * np.corrcoef(x, dtype="float64")
    return found * np.trace(x, dtype=float) * np.linalg.trace(x, dtype=float)
