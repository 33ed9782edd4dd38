"""Distributions where something is special: at ends of supports, at means, at probabilities 0 and 1."""

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
