"""Distributions where something is special: at ends of supports, at means, at probabilities 0 and 1."""

import numpy as np
import scipy.special
import scipy.stats


def below_the_mean(x):
    return scipy.stats.laplace.cdf(x)


def log_below_the_mean(x):
    return scipy.stats.laplace.logcdf(x)


def beyond_the_mean(x):
    return scipy.stats.laplace.sf(x)


def log_beyond_the_mean(x):
    return scipy.stats.laplace.logsf(x)


def wait_of_nothing(scale):
    return scipy.stats.expon.logpdf(0.0, scale=scale)


def first_of_all(scale):
    return scipy.stats.uniform.logpdf(0.0, scale=scale)


def sure(p):
    return scipy.stats.bernoulli.logpmf(1, p)


def never(mu):
    return scipy.stats.poisson.logpmf(0, mu)


def weighs_nothing(y):
    return scipy.special.xlogy(0.0, y)


def logistic(x):
    return scipy.stats.logistic.logpdf(x)


def at_the_end_of_chi2(scale):
    return scipy.stats.chi2.pdf(0.0, 2.0, scale=scale) * 2.0


def at_the_end_of_beta(scale):
    return scipy.stats.beta.logpdf(0.0, 1.0, 3.0, scale=scale)


def beyond_nothing(x):
    return scipy.stats.gamma.cdf(x, 1.0)


def where_it_vanishes(x):
    return scipy.stats.gamma.pdf(x, 2.0)


def of_rows(x):
    return np.sum(scipy.special.logsumexp(x, axis=1))
