"""Methods in full: sorts by swaps, roots in brackets, transforms by recursion, circuits of qubits."""

import cmath
import math
from typing import NamedTuple

import numpy as np

from tests.programs.registry import program

# ---- sorting


class Heap:
    """A binary heap of keys and what they carry, in arrays."""

    def __init__(self, capacity):
        self.keys = np.zeros(capacity)
        self.loads = np.zeros(capacity)
        self.size = 0
        self.swaps = 0

    def swap(self, i, j):
        self.keys[i], self.keys[j] = self.keys[j], self.keys[i]
        self.loads[i], self.loads[j] = self.loads[j], self.loads[i]
        self.swaps += 1

    def push(self, key, load):
        if self.size == len(self.keys):
            raise OverflowError("the heap is full")
        i = self.size
        self.keys[i], self.loads[i] = key, load
        self.size += 1
        while i > 0 and self.keys[(i - 1) // 2] > self.keys[i]:
            self.swap(i, (i - 1) // 2)
            i = (i - 1) // 2

    def pop(self):
        if self.size == 0:
            raise IndexError("pop from an empty heap")
        key, load = self.keys[0], self.loads[0]
        self.size -= 1
        self.keys[0], self.loads[0] = self.keys[self.size], self.loads[self.size]
        i = 0
        while True:
            smallest = i
            for child in (2 * i + 1, 2 * i + 2):
                if child < self.size and self.keys[child] < self.keys[smallest]:
                    smallest = child
            if smallest == i:
                break
            self.swap(i, smallest)
            i = smallest
        return key, load


def insertion_sort(a, low, high):
    for i in range(low + 1, high + 1):
        item, j = a[i], i - 1
        while j >= low and a[j] > item:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = item


def quick_sort(a, low=0, high=None, cutoff=3):
    """The median of three as the pivot, short parts by insertion; recursion on the shorter part."""
    if high is None:
        high = len(a) - 1
    while high - low > cutoff:
        middle = (low + high) // 2
        if a[middle] < a[low]:
            a[low], a[middle] = a[middle], a[low]
        if a[high] < a[low]:
            a[low], a[high] = a[high], a[low]
        if a[high] < a[middle]:
            a[middle], a[high] = a[high], a[middle]
        pivot = a[middle]
        i, j = low, high
        while i <= j:
            while a[i] < pivot:
                i += 1
            while a[j] > pivot:
                j -= 1
            if i <= j:
                a[i], a[j] = a[j], a[i]
                i, j = i + 1, j - 1
        if j - low < high - i:
            quick_sort(a, low, j, cutoff)
            low = i
        else:
            quick_sort(a, i, high, cutoff)
            high = j
    insertion_sort(a, low, high)


@program(lambda rng, n: (rng.normal(size=2 * n), rng.normal(size=2 * n)), wrt=(0, 1), sizes=(5, 7))
def heap_and_quick_sort(x, w):
    """Sorts by swaps in place, one of them of pairs through the methods of a class."""
    heap = Heap(len(x))
    for key, load in zip(x, w):
        heap.push(key, load)
    total, previous = 0.0, -np.inf
    rank = 0
    while heap.size > 0:
        key, load = heap.pop()
        if key < previous:
            raise AssertionError("not in order")
        previous = key
        rank += 1
        total += rank * key * load
    y = x.copy()
    quick_sort(y)
    trimmed = y[1:-1].mean()
    return total + trimmed * np.sum(w) + y[-1] * y[0] + 0.001 * heap.swaps


# ---- roots


class RootResult(NamedTuple):
    root: float
    iterations: int
    calls: int
    converged: bool


def brent(f, a, b, args=(), xtol=1e-13, maxiter=100):
    """Brent's method, after Numerical Recipes."""
    fa, fb = f(a, *args), f(b, *args)
    if fa * fb > 0:
        raise ValueError("f(a) and f(b) must have different signs")
    calls = 2
    c, fc = a, fa
    d = e = b - a
    for it in range(maxiter):
        if (fb > 0) == (fc > 0):
            c, fc = a, fa
            d = e = b - a
        if abs(fc) < abs(fb):
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        tol = 2e-16 * abs(b) + 0.5 * xtol
        m = 0.5 * (c - b)
        if abs(m) <= tol or fb == 0.0:
            return RootResult(b, it, calls, True)
        if abs(e) >= tol and abs(fa) > abs(fb):
            s = fb / fa
            if a == c:
                p, q = 2 * m * s, 1 - s
            else:
                q, r = fa / fc, fb / fc
                p = s * (2 * m * q * (q - r) - (b - a) * (r - 1))
                q = (q - 1) * (r - 1) * (s - 1)
            if p > 0:
                q = -q
            p = abs(p)
            if 2 * p < min(3 * m * q - abs(tol * q), abs(e * q)):
                e, d = d, p / q
            else:
                d = e = m
        else:
            d = e = m
        a, fa = b, fb
        b = b + (d if abs(d) > tol else math.copysign(tol, m))
        fb = f(b, *args)
        calls += 1
    return RootResult(b, maxiter, calls, False)


def kepler(E, M, e):
    return E - e * math.sin(E) - M


def newton_polish(f, df, x, args, steps=2):
    """Steps that make a root depend on the parameters as it does."""
    for _ in range(steps):
        x = x - f(x, *args) / df(x, *args)
    return x


@program(lambda rng, n: (rng.uniform(0.5, 2.5), rng.uniform(0.2, 0.7)), wrt=(0, 1), sizes=(4,))
def kepler_by_brent(M, e):
    """A bracket, inverse quadratic steps and bisection, then Newton; orbits from the root."""
    found = brent(kepler, 0.0, math.pi, args=(M, e))
    if not found.converged:
        raise RuntimeError(f"{found.iterations} iterations, {found.calls} calls")
    E = newton_polish(kepler, lambda E, M, e: 1 - e * math.cos(E), found.root, (M, e))
    r = 1 - e * math.cos(E)
    true = 2 * math.atan2(math.sqrt(1 + e) * math.sin(E / 2), math.sqrt(1 - e) * math.cos(E / 2))
    return r * math.cos(true) + 0.3 * true * r


# ---- Fourier and circuits


def fft(x):
    """Cooley and Tukey, by recursion; odd lengths by the sum itself."""
    n = len(x)
    if n % 2:
        w = [cmath.exp(-2j * cmath.pi * k / n) for k in range(n)]
        return np.array([sum(x[m] * w[k * m % n] for m in range(n)) for k in range(n)])
    even, odd = fft(x[::2]), fft(x[1::2])
    out = np.zeros(n, dtype=complex)
    for k in range(n // 2):
        t = cmath.exp(-2j * cmath.pi * k / n) * odd[k]
        out[k] = even[k] + t
        out[k + n // 2] = even[k] - t
    return out


def ifft(X):
    return np.conj(fft(np.conj(X))) / len(X)


def fft_convolve(a, b):
    n = 1
    while n < len(a) + len(b) - 1:
        n *= 2
    pa, pb = np.zeros(n, dtype=complex), np.zeros(n, dtype=complex)
    pa[: len(a)] = a
    pb[: len(b)] = b
    return ifft(fft(pa) * fft(pb)).real[: len(a) + len(b) - 1]


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=3)), wrt=(0, 1), sizes=(4, 6))
def convolution_by_fourier(signal, kernel):
    smooth = fft_convolve(signal, kernel)
    direct = np.zeros_like(smooth)
    for i, s in enumerate(signal):
        for j, k in enumerate(kernel):
            direct[i + j] += s * k
    if not np.allclose(smooth, direct):
        raise AssertionError("they differ")
    spectrum = np.abs(fft(smooth)) ** 2
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(len(spectrum)) / len(spectrum))
    return np.sum(window * np.log1p(spectrum))


class Circuit:
    """A register of qubits in one vector; gates change its amplitudes in place."""

    def __init__(self, n):
        self.n = n
        self.state = np.zeros(2**n, dtype=complex)
        self.state[0] = 1.0
        self.depth = np.zeros(n, dtype=int)

    def apply(self, gate, q):
        """A gate of one qubit: pairs of amplitudes that differ in one bit."""
        if not 0 <= q < self.n:
            raise IndexError(f"no qubit {q}")
        step = 1 << q
        for base in range(0, 2**self.n, 2 * step):
            for i in range(base, base + step):
                a, b = self.state[i], self.state[i + step]
                self.state[i] = gate[0, 0] * a + gate[0, 1] * b
                self.state[i + step] = gate[1, 0] * a + gate[1, 1] * b
        self.depth[q] += 1
        return self

    def ry(self, theta, q):
        c, s = np.cos(theta / 2), np.sin(theta / 2)
        return self.apply(np.array([[c, -s], [s, c]]), q)

    def rz(self, phi, q):
        return self.apply(np.diag(np.array([np.exp(-0.5j * phi), np.exp(0.5j * phi)])), q)

    def cnot(self, control, target):
        for i in range(len(self.state)):
            j = i ^ (1 << target)
            if i >> control & 1 and i < j:
                self.state[i], self.state[j] = self.state[j], self.state[i]
        self.depth[[control, target]] = max(self.depth[control], self.depth[target]) + 1

    def probabilities(self):
        return np.abs(self.state) ** 2

    def expect_z(self, q):
        total = 0.0
        for i, p in enumerate(self.probabilities()):
            total += -p if i >> q & 1 else p
        return total


@program(lambda rng, n: (rng.normal(size=(2, 3)), rng.normal(size=3), 0.7), wrt=(0, 1, 2), sizes=(3,))
def variational_circuit(thetas, phis, field):
    """A circuit of layers, and the energy of a chain of spins in its state."""
    n = thetas.shape[1]
    c = Circuit(n)
    for layer in thetas:
        for q in range(n):
            c.ry(layer[q], q)
            c.rz(phis[q], q)
        for q in range(n - 1):
            c.cnot(q, q + 1)
    norm = np.vdot(c.state, c.state).real
    z = np.array([c.expect_z(q) for q in range(n)])
    signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    zz = signs[:, :-1] * signs[:, 1:]
    energy = -np.sum(c.probabilities() @ zz) - field * z.sum()
    return energy / norm + 0.01 * c.depth.max()
