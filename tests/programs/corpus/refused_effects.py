"""Random draws and other effects that are refused."""

import random
import warnings

import numpy as np

from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


def vector(rng, n):
    return (rng.normal(size=n),)


def matrix(rng, n):
    return (rng.normal(size=(n, n)),)


@refused("random.gauss takes numbers", "random.gauss(x, 1.0)", vector,
         hint="draw arrays with numpy.random")  # fmt: skip
def draw_of_python_around_an_array(x):
    return np.sum(random.gauss(x, 1.0))  # refused


@refused("np.random.Generator.shuffle takes x, axis", "rng.shuffle()", number, hint="its documentation")
def shuffle_of_nothing(x):
    rng = np.random.default_rng(0)
    rng.shuffle()  # refused
    return x


@refused("np.random.Generator.permutation of float64[:, :] has no axis 2", "rng.permutation(x, axis=2)",
         matrix, hint="count axes from 0")  # fmt: skip
def permutation_along_no_axis(x):
    rng = np.random.default_rng(0)
    return np.sum(rng.permutation(x, axis=2))  # refused


@refused("np.random.choice takes a vector, not float64[:, :]", "np.random.choice(x)", matrix,
         hint="choose from x.ravel()")  # fmt: skip
def choice_of_rows(x):
    return np.sum(np.random.choice(x))  # refused


class Doubt(UserWarning):
    pass


@refused("warnings.warn is not supported with the class Doubt", 'warnings.warn("small", Doubt)', number,
         hint="Python's own warnings")  # fmt: skip
def warning_of_a_class_of_ones_own(x):
    warnings.warn("small", Doubt)  # refused
    return x


@refused("np.sum cannot take text: it takes numbers", 'np.sum("three")', number,
         hint="convert them first")  # fmt: skip
def sum_of_text(x):
    return x * np.sum("three")  # refused
