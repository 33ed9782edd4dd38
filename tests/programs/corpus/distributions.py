"""Programs with distributions of SciPy that hold their parameters."""

import numpy as np
import scipy.stats
from scipy.stats import multivariate_normal, norm

from tests.programs.registry import program

PRIOR = norm(0.3, scale=2.0)
RATES = scipy.stats.gamma(2.5, scale=np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
PRIORS = {"mean": norm(0, 1), "rate": scipy.stats.t(3.5, loc=0.2)}
CLOUD = multivariate_normal(np.zeros(2), np.array([[2.0, 0.5], [0.5, 1.0]]))
SHARES = scipy.stats.dirichlet([1.5, 2.0, 3.0])
WEIGHTS = np.exp(-np.abs(np.subtract.outer(np.arange(6), np.arange(6))))


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1), orders=2)
def posterior(x, scale):
    """Made outside, in a branch, in a loop, and given on; other methods run as they are."""
    total = np.sum(PRIOR.logpdf(x)) + np.sum(RATES.pdf(np.exp(x[:6]))) if len(x) == 6 else 0.0
    for k, law in enumerate(PRIORS.values()):
        total = total + law.logpdf(x[k]) * (k + 1)
    shares = np.exp(x[:3]) / np.sum(np.exp(x[:3]))
    total = total + CLOUD.logpdf(np.array([x[0], scale])) + SHARES.logpdf(shares)
    noise = norm(loc=x[0], scale=scale) if scale > 0.1 else norm(loc=0.0, scale=1.0)
    for k in range(len(x)):
        total = total + noise.logpdf(x[k] ** 2) * norm(0.0, 1.0).ppf(0.8)
    return total + tails(noise, x) + np.sum(scipy.stats.poisson(np.exp(x)).logpmf(2))


def tails(law, x):
    return np.sum(law.cdf(x) * law.sf(0.5))


@program(lambda rng, n: (rng.normal(size=(3, n)), rng.normal(size=n)), wrt=(0, 1), orders=2)
def cloud(points, mean):
    """The covariance matrix is that of when the distribution was made, the mean is not copied."""
    n = len(mean)
    cov = WEIGHTS[:n, :n] + np.outer(mean, mean)
    middle = mean * 1.0
    law = multivariate_normal(middle, cov)
    cov[0, 0] = 50.0
    middle[1] = mean[0]
    return np.sum(law.logpdf(points)) + law.pdf(points[0]) + np.sum(cov * cov)
