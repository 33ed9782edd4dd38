"""Textbook algorithms as scientists write them down, loops, pivots, exits and all."""

import math

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), sizes=(3, 5))
def gauss_with_pivots(A, b):
    """Rows change places by data, and what is below them is eliminated in place."""
    A = A.copy()
    x = b.copy()
    n = len(b)
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(A[i, k]) > abs(A[p, k]):
                p = i
        if p != k:
            row = A[k].copy()
            A[k] = A[p]
            A[p] = row
            x[k], x[p] = x[p], x[k]
        for i in range(k + 1, n):
            f = A[i, k] / A[k, k]
            A[i, k:] -= f * A[k, k:]
            x[i] -= f * x[k]
    for k in range(n - 1, -1, -1):
        x[k] = (x[k] - A[k, k + 1 :] @ x[k + 1 :]) / A[k, k]
    return np.sum(x * np.arange(1.0, n + 1))


def _tridiagonal(rng, n):
    a, c, d = rng.normal(size=(3, n))
    return 0.3 * a, 3.0 + 0.1 * d, 0.3 * c, d


@program(_tridiagonal, wrt=(0, 1, 2, 3), numba=True)
def thomas(a, b, c, d):
    n = len(d)
    cp = np.zeros(n)
    dp = np.zeros(n)
    cp[0] = c[0] / b[0]
    dp[0] = d[0] / b[0]
    for i in range(1, n):
        m = b[i] - a[i] * cp[i - 1]
        cp[i] = c[i] / m
        dp[i] = (d[i] - a[i] * dp[i - 1]) / m
    x = np.zeros(n)
    x[-1] = dp[-1]
    for i in reversed(range(n - 1)):
        x[i] = dp[i] - cp[i] * x[i + 1]
    return np.dot(x, x)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def insertion_sort(x):
    """A while loop that moves elements, bounded by a short circuit."""
    y = x.copy()
    for i in range(1, len(y)):
        key = y[i]
        j = i - 1
        while j >= 0 and y[j] > key:
            y[j + 1] = y[j]
            j -= 1
        y[j + 1] = key
    s = 0.0
    for i, v in enumerate(y):
        s += (i + 1) * v * v
    return s


def hadamard(v):
    n = len(v)
    if n == 1:
        return v
    a, b = hadamard(v[: n // 2]), hadamard(v[n // 2 :])
    return np.concatenate((a + b, a - b))


@program(lambda rng, n: (rng.normal(size=n),), sizes=(4, 8))
def walsh_hadamard(x):
    """A fast transform: recursion over halves, joined."""
    return np.sum(hadamard(x) ** 3)


@program(lambda rng, n: (rng.normal(size=n), 0.3, 0.5), wrt=(0, 1, 2), numba=True)
def kalman(z, q, r):
    x, P = 0.0, 1.0
    likelihood = 0.0
    for zi in z:
        P = P + q
        S = P + r
        K = P / S
        e = zi - x
        x += K * e
        P *= 1 - K
        likelihood -= 0.5 * (math.log(S) + e * e / S)
    return likelihood


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=(3, 3))), wrt=(0, 1))
def viterbi(E, T):
    a = E[0].copy()
    for t in range(1, len(E)):
        new = np.zeros(3)
        for j in range(3):
            new[j] = np.max(a + T[:, j]) + E[t, j]
        a = new
    return np.max(a)


@program(lambda rng, n: (np.array([1.0, 0.9]), 2.3), wrt=(0, 1))
def newton_in_two_variables(x, a):
    """Left when the step is small; the Jacobian is a display of elements."""
    for _ in range(20):
        F = np.array([x[0] ** 2 + x[1] ** 2 - a, x[0] - x[1] ** 3])
        J = np.array([[2 * x[0], 2 * x[1]], [1.0, -3 * x[1] ** 2]])
        det = J[0, 0] * J[1, 1] - J[0, 1] * J[1, 0]
        dx = np.array([F[0] * J[1, 1] - F[1] * J[0, 1], J[0, 0] * F[1] - J[1, 0] * F[0]]) / det
        x = x - dx
        if np.max(np.abs(dx)) < 1e-6:
            break
    return x[0] * x[1]


@program(lambda rng, n: (rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), np.ones(3), n), wrt=(0, 1, 2))
def bodies(q, v, m, n):
    q = q.copy()
    v = v.copy()
    for _ in range(n):
        for i in range(len(m)):
            force = np.zeros(2)
            for j in range(len(m)):
                if i != j:
                    d = q[j] - q[i]
                    force += m[j] * d / (d @ d + 0.1) ** 1.5
            v[i] += 0.01 * force
        q += 0.01 * v
    return 0.5 * np.sum(m * np.sum(v**2, axis=1))


@program(lambda rng, n: (rng.normal(size=(n, 3)),))
def gram_schmidt(A):
    """A list of vectors, each made orthogonal to those before it."""
    Q = []
    for k in range(A.shape[1]):
        v = A[:, k].copy()
        for q in Q:
            v -= (q @ v) * q
        Q.append(v / np.sqrt(v @ v))
    s = 0.0
    for i, q in enumerate(Q):
        s += (i + 1) * q[0] * q[-1]
    return s


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n - 1)), wrt=(0, 1))
def edit_distance(x, y):
    """Two rows of a table, held in lists, of which one becomes the other."""
    previous = list(np.arange(len(y) + 1) * 1.0)
    for i in range(len(x)):
        current = [i + 1.0]
        for j in range(len(y)):
            change = previous[j] + (x[i] - y[j]) ** 2
            current.append(min(change, min(previous[j + 1], current[j]) + 0.7))
        previous = current
    return previous[-1]


@program(lambda rng, n: (rng.normal(size=n), 0.3), wrt=(0, 1), numba=True)
def two_pointers(x, t):
    i, j = 0, len(x) - 1
    s = t
    while i < j:
        if x[i] + x[j] < t:
            s += x[i] * t
            i += 1
        else:
            s -= x[j] * s * 0.1
            j -= 1
    return s


def scan(f, start, xs):
    out = []
    s = start
    for v in xs:
        s = f(s, v)
        out.append(s)
    return np.array(out)


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1))
def scan_of_function(x, a):
    return scan(lambda s, v: np.tanh(a * s + v), 0.1, x) @ x


@program(lambda rng, n: (0.7, n), sizes=(4, 9), numba=True)
def table_of_zeros(x, n):
    """A list of a computed length, filled from below."""
    memo = [0.0] * (n + 1)
    memo[1] = x
    for i in range(2, n + 1):
        memo[i] = memo[i - 1] * 0.5 + memo[i - 2] * x
    return memo[n]


@program(lambda rng, n: (rng.normal(size=n), 0.6), wrt=(0, 1))
def horner_by_popping(c, x):
    coefficients = list(c)
    y = 0.0
    while coefficients:
        y = y * x + coefficients.pop()
    return y
