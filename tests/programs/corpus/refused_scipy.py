"""Programs with functions of SciPy that are refused."""

import numpy as np
import scipy.linalg
import scipy.stats

from tests.programs.registry import refused


def matrix(rng, n):
    return (rng.normal(size=(n, n)) + 3.0 * np.eye(n),)


@refused("it needs the pair that scipy.linalg.cho_factor gives", "scipy.linalg.cho_solve(x, x[0])",
         matrix, hint="write scipy.linalg.cho_solve(scipy.linalg.cho_factor(a), b)")  # fmt: skip
def factors_without_their_side(x):
    return np.sum(scipy.linalg.cho_solve(x, x[0]))  # refused


@refused("of one vector the squares that are left are a number or an empty array", "left", matrix,
         hint="give a matrix of one column, b[:, None]")  # fmt: skip
def squares_that_are_left_of_a_vector(x):
    solution, left, _, _ = scipy.linalg.lstsq(x[:, :1], x[0])
    return np.sum(solution) + left  # refused


@refused("with lapack_driver='gelsy' only the solution has a rule", "rank", matrix,
         hint="leave lapack_driver out")  # fmt: skip
def rank_that_gelsy_finds(x):
    solution, _, rank, _ = scipy.linalg.lstsq(x[:, :1], x[0], lapack_driver="gelsy")
    return np.sum(solution) * rank  # refused


@refused("of two results it has no rule", "scipy.linalg.expm_frechet(x, x)", matrix,
         hint="write compute_expm=False")  # fmt: skip
def exponential_beside_its_derivative(x):
    return np.sum(scipy.linalg.expm_frechet(x, x)[1])  # refused


@refused("of real matrices it gives real or complex ones", "scipy.linalg.sqrtm(x)", matrix,
         hint="scipy.linalg.sqrtm(a + 0j).real")  # fmt: skip
def root_of_a_real_matrix(x):
    return np.sum(scipy.linalg.sqrtm(x))  # refused


@refused("logm has no rule, and what is differentiated reaches it", "scipy.linalg.logm(x)", matrix,
         hint="w, v = np.linalg.eigh(a)")  # fmt: skip
def logarithm_of_a_matrix(x):
    return np.sum(scipy.linalg.logm(x))  # refused


@refused("it squeezes what it gives, and which sizes are 1 is only known at run time",
         "scipy.stats.multivariate_normal.logpdf(x[1:], x[0], x @ x.T)", matrix,
         hint="give it whole arrays, not parts of them")  # fmt: skip
def points_of_which_there_may_be_one(x):
    return np.sum(scipy.stats.multivariate_normal.logpdf(x[1:], x[0], x @ x.T))  # refused


@refused("scipy.stats.poisson.logpmf has no derivative in its argument loc",
         "scipy.stats.poisson.logpmf(3, 2.0, loc=x)", lambda rng, n: (1.0,), hint="keep it fixed")
def counts_that_are_moved(x):
    return scipy.stats.poisson.logpmf(3, 2.0, loc=x)  # refused


@refused("a distribution cannot be called here", "scipy.stats.norm(0.0, x)(0.5)", lambda rng, n: (1.0,),
         hint="call Python functions")  # fmt: skip
def distribution_called_twice(x):
    return scipy.stats.norm(0.0, x)(0.5)  # refused


@refused("scipy.linalg.lu_factor cannot take float64[2, :, :]: it needs one matrix",
         "scipy.linalg.lu_factor(np.stack([x, x]))", matrix, hint="write a loop over a stack")
def factors_of_a_stack(x):
    return np.sum(scipy.linalg.lu_factor(np.stack([x, x]))[0])  # refused
