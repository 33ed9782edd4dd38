"""Complex numbers: waves, circuits, fractals, roots, and how they meet real ones."""

import cmath
import math

import numpy as np

from pullback import hessian, jacfwd, jacobian, jacrev
from tests.programs.registry import program


def vector(rng, n):
    """A real vector."""
    return (rng.normal(size=n),)


def signal(rng, n):
    """A complex vector."""
    return (rng.normal(size=n) + 1j * rng.normal(size=n),)


def fft(z):
    """The discrete Fourier transform by halves (Cooley and Tukey), of a power of two."""
    n = len(z)
    if n == 1:
        return z
    even, odd = fft(z[::2]), fft(z[1::2])
    turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    return np.concatenate([even + turned, even - turned])


@program(vector, sizes=(4, 8))
def spectrum_by_halves(x):
    """The power in the lower half of a spectrum."""
    found = fft(x * (1 + 0j))
    return np.sum(np.abs(found[: len(x) // 2]) ** 2 * np.arange(1.0, len(x) // 2 + 1))


@program(signal, sizes=(4, 8))
def transformed(z):
    """A complex result of complex arguments."""
    return fft(z) * np.conj(z[0])


@program(lambda rng, n: (list(rng.normal(size=n)),), sizes=(4, 8))
def spectrum_in_place(x):
    """The same from a list of numbers, put in the order of their reversed bits and combined in place."""
    n = len(x)
    a = [complex(v) for v in x]
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            a[i], a[j] = a[j], a[i]
    length = 2
    while length <= n:
        step = cmath.exp(-2j * math.pi / length)
        for i in range(0, n, length):
            w = 1 + 0j
            for k in range(i, i + length // 2):
                u, v = a[k], a[k + length // 2] * w
                a[k], a[k + length // 2] = u + v, u - v
                w *= step
        length <<= 1
    return sum(k * abs(z) ** 2 for k, z in enumerate(a))


@program(lambda rng, n: (abs(rng.normal()) + 0.5, 0.3, np.linspace(0.2, 3.0, n)), wrt=(0, 1, 2),
         orders=2)  # fmt: skip
def frequency_response(stiffness, damping, omega):
    """Gain and phase of a driven oscillator, in decibels and radians."""
    response = 1 / (stiffness - omega**2 + 1j * damping * omega)
    gain = 20 * np.log10(np.abs(response))
    return np.mean(gain) + 0.1 * np.sum(np.angle(response) ** 2)


@program(lambda rng, n: (0.28 + 0.1 * rng.normal(), 0.4, n), wrt=(0, 1), sizes=(3, 12), numba=True)
def escape(x, y, limit):
    """A smooth count of steps before the iteration of Mandelbrot escapes."""
    c = complex(x, y)
    z = 0j
    count = 0.0
    for _ in range(limit):
        if abs(z) > 2.0:
            break
        z = z * z + c
        count += 1
    return count + math.log(1.0 + abs(z)) + z.real * z.imag


@program(lambda rng, n: (0.7 + 0.4j + 0.1 * rng.normal(), n), wrt=(0,), sizes=(3, 5), orders=2)
def newton_fractal(z, steps):
    """Newton's iteration for the cube roots of 1, from a complex start."""
    for _ in range(steps):
        if abs(z**3 - 1) < 1e-8:
            break
        z -= (z**3 - 1) / (3 * z**2)
    return abs(z - 1j) ** 2


@program(lambda rng, n: (1.3, 0.4 + rng.normal() * 0.1, 2.0), wrt=(0, 1, 2), sizes=(1, 2), orders=2,
         numba=True)  # fmt: skip
def roots_of_a_quadratic(a, b, c):
    """Both roots by cmath, real or not, in polar form."""
    root = cmath.sqrt(b * b - 4 * a * c)
    first, second = (-b + root) / (2 * a), (-b - root) / (2 * a)
    size, angle = cmath.polar(first)
    return size * abs(angle) + cmath.phase(second) ** 2 + (first * second + cmath.rect(a, b)).real


@program(lambda rng, n: (
    rng.normal(size=(n + 2, n)) + 1j * rng.normal(size=(n + 2, n)), *signal(rng, n),
    rng.uniform(0.5, 1.5, n + 2),
), wrt=(0, 1, 2))  # fmt: skip
def phase_retrieval(A, z, b):
    """Magnitudes of linear measurements against those observed."""
    return np.sum((np.abs(A @ z) - b) ** 2)


@program(lambda rng, n: (*vector(rng, n), *signal(rng, n)), wrt=(0, 1), orders=2)
def written_in_a_loop(x, z):
    """Real and complex values written to, and added to, complex arrays."""
    out = np.zeros(len(x), dtype=complex)
    grid = np.zeros((2, len(x)), dtype=np.complex128)
    for k in range(len(x)):
        out[k] = x[k]
        out[k] += z[k] * x[k - 1]
        grid[k % 2, k] = out[k] * 1j
        grid[0] -= out * np.conj(z)
    out *= grid[1] + 2
    out[::2] = x[::2]
    return np.sum(grid.real * out.imag) + np.sum(np.abs(out))


@program(lambda rng, n: (1.2 - 0.7j, 0.8, [0.3 + 1j, -1.1 - 0.2j]), wrt=(0, 1, 2), orders=2)
def python_numbers(z, x, ws):
    """Python's complex numbers: parts, conjugates, powers, lists, carries that become complex."""
    total = 0.0
    for w in ws:
        total = total * x + w * z.conjugate() + z**2 - x**z
    total += pow(z, x) + (1 + 2j) ** x - complex(x, z.imag) * 2j
    best = z if abs(z) > abs(total) else total
    return abs(total) + best.real - 3 * total.imag / z.real


@program(lambda rng, n: (*signal(rng, n), *vector(rng, n)), wrt=(0, 1), orders=2)
def parts_seen_through_writes(z, x):
    """Real and imaginary parts are views: they see later writes, and are read element by element."""
    w = z * 1.5
    re, im = w.real, w.imag
    before = np.sum(re * im)
    w[1:] = x[1:] * 1j
    for k in range(1, len(w)):
        w[k] = re[k - 1] * x[k] + w[k] * w.imag[k - 1]
    return before + np.sum(re * im[::-1]) + abs(w[0])


@program(lambda rng, n: (*signal(rng, n), *vector(rng, n)), wrt=(0, 1), orders=2)
def parts_written_to(z, x):
    """Writes through real and imaginary parts: of all of them, of elements in a loop, through views."""
    y = np.zeros((2, len(z)), dtype=complex)
    grid = y.T
    y.real = x
    for k in range(len(z)):
        y.imag[k % 2, k] = z[k].real
        y.real[:, k] -= z[k].imag * y.imag[k % 2, k - 1]
        grid.real[k, 0] += 1.5 * z.imag[k]
    im = y[1].imag
    im *= x
    im[[0, 1]] -= y.real[0, [2, 2]]
    np.exp(x, out=y.real[0])
    y.imag[0][x > 0.3] = y.imag[0, 0]
    return np.sum(y * np.conj(y)).real + np.sum(im * grid.real[:, 0])


@program(lambda rng, n: (*signal(rng, n), *vector(rng, n)), wrt=(0, 1))
def updated_at_places(z, x):
    """Complex places updated by real numbers, at indices that repeat, by masks and through ``out=``."""
    y = np.zeros(3, dtype=complex)
    np.add.at(y, [0, 1, 1, 2], z[:4])
    np.subtract.at(y, np.array([0, 0, 1, 2]), x[:4])
    np.multiply.at(y, [0, 2, 2], x[:3])
    y[np.array([True, False, True])] += x[:2]
    y[[0, 1]] = y[[1, 0]]
    y[1] -= x[0]
    size = np.empty(3)
    np.exp(y / 4, out=y)
    np.abs(y, out=size)
    np.add(y, x[:3], out=y, where=size > 0.8)
    return np.sum(size * y.real)


@program(lambda rng, n: (0.7 - 0.4j, -0.0, rng.normal(size=(3, n)), *signal(rng, n)), wrt=(0, 1, 2, 3),
         orders=2)  # fmt: skip
def mixed_with_real(c, x, M, z):
    """Real and complex operands of one op, numbers and arrays, stretched or not; signs of zeros."""
    y = c * M + z - x * 1j
    numbers = x * -1j, x + 0j, x - 0j, -(x * 0j), (x + 0j) * 1, complex(0.0, -1.0) * x, 1j**2 * x
    M = M @ np.diag(z) - np.outer(M @ z, np.conj(z)) * 2
    joined = np.concatenate([np.where(z != 0, z, 1.0), M[1]])
    return np.sum(np.abs(y + M) ** 2) + joined[0].imag, numbers, np.angle(y[0]) * c.real, joined


@program(lambda rng, n: (rng.normal(size=n).astype(np.float32), signal(rng, n)[0].astype(np.complex64)),
         wrt=(0, 1), single=True, smooth=False)  # fmt: skip
def in_single_precision(x, z):
    """Complex numbers of single precision stay so beside real ones, and beside Python's."""
    y = z * x + 2j * x
    y[0] = x[1]
    return np.sum((y * np.conj(y)).real) + np.sum(np.abs(y / (1 + 1j)))


@program(lambda rng, n: (*signal(rng, n), 0.6 + 0.3j), wrt=(0, 1), numba=True, orders=2)
def recursive_filter(z, pole):
    """The power behind a complex one-pole filter, its state written to an array."""
    state = np.zeros(len(z) + 1, dtype=np.complex128)
    for k in range(len(z)):
        state[k + 1] = pole * state[k] + z[k] * (1 - pole.conjugate())
    total = 0.0
    for k in range(len(z)):
        v = state[k + 1] - state[k]
        total += v.real * v.real + v.imag * v.imag + abs(state[k + 1])
    return total


@program(signal, points=[((np.array([0j, 3 + 4j, 1j]),), (np.array([0, 0.44 - 0.92j, -1 - 1j]),))])
def size_and_angle(z):
    """Both have the derivative 0 at 0."""
    return np.sum(np.abs(z) + np.angle(z))


@program(signal)
def parts_of_a_series(z):
    """A recurrence by real and imaginary parts, one element a step."""
    y = z * 0.5
    for k in range(1, len(y)):
        y.imag[k] += 0.5 * y.real[k - 1] * y.imag[k - 1]
        y.real[k] = np.sin(y.imag[k]) + z[k].real
    return abs(y[-1])


@program(lambda rng, n: (*vector(rng, n), *signal(rng, n)), wrt=(0, 1), of_derivatives=True)
def jacobians_of_complex_functions(x, z):
    """Of real arguments by columns, of real results by rows, of holomorphic functions by either."""
    turned = lambda y: np.exp(1j * y) * y[0]
    sizes = lambda w: np.abs(w * w[0]) ** 2
    cubes = lambda w: w**3 + w[0]
    total = np.sum(np.abs(jacfwd(turned)(x)) ** 2) + np.sum(jacobian(sizes)(z).real)
    for taken in (jacrev, jacfwd):
        total += np.sum(taken(cubes, holomorphic=True)(z).imag)
    return total + np.sum(hessian(lambda w: np.sum(w**3 * w[0]), holomorphic=True)(z).real)
