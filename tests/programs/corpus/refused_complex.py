"""Refused: what complex numbers have no order, no value or no place for."""

import math

import numpy as np

from pullback import jacrev, jvp
from tests.programs.registry import refused


def number(rng, n):
    return (1.5 - 0.5j,)


def signal(rng, n):
    return (rng.normal(size=n) + 1j * rng.normal(size=n),)


@refused("np.maximum is not supported of complex numbers: complex numbers have no order",
         "np.maximum(z, 0.5j)", signal, hint="z.real or abs(z)")  # fmt: skip
def larger_of_complex(z):
    return np.sum(np.abs(np.maximum(z, 0.5j)))  # refused


@refused("< is not supported of complex numbers", "z < 2j", number, hint="z.real or abs(z)")
def compared_by_python(z):
    return abs(z) if z < 2j else 1.0  # refused


@refused("> is not supported of complex numbers: complex numbers have no order", "z > 0", signal,
         hint="z.real or abs(z)")  # fmt: skip
def compared_by_numpy(z):
    return np.sum(np.abs(np.where(z > 0, z, 0.0)))  # refused


@refused("math.sin is not supported of complex numbers: it is a function of real numbers",
         "math.sin(z)", number, hint="z.real or abs(z)")  # fmt: skip
def real_function_of_complex(z):
    return abs(z) * math.sin(z)  # refused


@refused("np.geomspace is not supported of complex numbers: it has no rule for them",
         "np.geomspace(z[0], z[1], 4)", signal,
         hint="functions that have one")  # fmt: skip
def complex_geometric_sequence(z):
    return np.sum(np.abs(np.geomspace(z[0], z[1], 4)))  # refused


@refused("written into an array of real numbers", "out[0]", signal, hint="its real part")
def complex_into_real(z):
    out = np.zeros(len(z))
    out[0] = z[0]  # refused
    return np.sum(out)


@refused("written into an array of real numbers", "x *= 1j", lambda rng, n: (rng.normal(size=n),),
         hint="dtype=complex")  # fmt: skip
def real_updated_to_complex(x):
    x *= 1j  # refused
    return np.sum(np.abs(x))


@refused("make real numbers of complex ones", "z.astype(float)", signal, hint="the real parts first")
def made_real(z):
    return np.sum(z.astype(float) ** 2)  # refused


@refused("numbers of Python have no conj", "z.conj()", number, hint="np.conj(x)")
def conj_of_python_number(z):
    return abs(z.conj() + 1)  # refused


@refused("the result of complex_result is complex, which has no gradient", "def complex_result(z):",
         number, hint="grad(f, holomorphic=True)", any_mode=False)  # fmt: skip
def complex_result(z):  # refused
    return z * z


@refused("a complex tangent for", "jvp(lambda y: y * y, (x,), (1j,))", lambda rng, n: (1.5,),
         hint="real part")  # fmt: skip
def complex_tangent_of_real(x):
    return jvp(lambda y: y * y, (x,), (1j,))[1].real  # refused


@refused("the result of size_asked_as_holomorphic is", "def size_asked_as_holomorphic(z):", number,
         hint="leave holomorphic out", any_mode=False, options={"holomorphic": True})  # fmt: skip
def size_asked_as_holomorphic(z):  # refused
    return abs(z)


@refused("an argument of holomorphic_of_real is real", "def holomorphic_of_real(x):",
         lambda rng, n: (1.5,), hint="make it complex", any_mode=False,
         options={"holomorphic": True})  # fmt: skip
def holomorphic_of_real(x):  # refused
    return x * 1j


@refused("jacrev of <lambda>, which has complex128[:] here, would not tell all of its derivative",
         "jacrev(lambda y: np.exp(1j * y))(x)", lambda rng, n: (rng.normal(size=n),),
         hint="of real arguments there is jacfwd")  # fmt: skip
def rows_of_a_complex_result(x):
    """A real and an imaginary cotangent would give two rows for each element."""
    return np.sum(np.abs(jacrev(lambda y: np.exp(1j * y))(x)))  # refused
