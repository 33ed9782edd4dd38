"""Example calls: complex numbers made of real ones, and taken apart again."""

import cmath

import numpy as np

from tests.rules.examples.registry import example, normal, numbers


@example("angle", normal((2, 3)))
def angle_in_degrees(x):
    return np.angle(x * (1 + 2j) + 1j, deg=True)


@example("angle", normal((3,)))
def angle_of_sum(x):
    return np.angle(x + 1j) * x


@example("conj", normal((2, 3)))
def conj_function(x):
    return np.real(np.conj(x * 1j + 2) * (x + 1j))


@example("conjugate", normal((3,)))
def conj_method(x):
    return (x * (x + 2j)).conj().imag


@example("conjugate", numbers)
def conjugate_of_numbers(x, y):
    return ((x + 1j * y).conjugate() ** 2 / (x + 3j)).real


@example("complex", normal((3,)))
def complex_of_element(x):
    return abs(complex(x[0]) + 1j) * x.real


@example("np.complex128", normal((3,)))
def complex128_of_array(x):
    return np.imag(np.complex128(x) ** 2 * (1 + 2j))


@example("np.complex64", normal((3,)), single=True)
def complex64_of_array(x):
    return np.abs(np.complex64(x) + 1j)


@example("cmath.polar", numbers)
def polar_of_numbers(x, y):
    size, angle = cmath.polar(x + 1j * y + 2)
    return size * angle + x


@example("cmath.rect", numbers)
def rect_of_numbers(x, y):
    return cmath.rect(x, y).real * cmath.rect(y, x).imag
