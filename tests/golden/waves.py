"""Functions with complex numbers, whose emitted derivatives are kept as text."""

import numpy as np


def response(stiffness, damping, omega):
    gain = 1 / (stiffness - omega**2 + 1j * damping * omega)
    return np.mean(20 * np.log10(np.abs(gain))) + np.sum(np.angle(gain) ** 2)


def retrieval(A, z, b):
    return np.sum((np.abs(A @ z) - b) ** 2)


def iterated(c, n):
    z = 0j
    for _ in range(n):
        z = z * z + c
    return z.real**2 + abs(z)


def by_parts(z):
    y = z * 1j
    for k in range(1, len(y)):
        y.imag[k] -= y.real[k - 1] * z[k].imag
    return np.sum(np.abs(y) ** 2)
