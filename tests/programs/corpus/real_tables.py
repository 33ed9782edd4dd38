"""Real programs: sorting by exchanges, shortest paths, interpolation, roots, transport, mixtures."""

import math

import numpy as np

from tests.programs.registry import program


def _weighted(rng, n):
    return rng.normal(size=n), rng.normal(size=n)


@program(_weighted, wrt=(0, 1))
def bubble_sort(x, w):
    """Neighbours change places in the array that was given, until none has to."""
    n = len(x)
    for i in range(n):
        swapped = False
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
                swapped = True
        if not swapped:
            break
    return np.dot(w, x)


def selection_sort(a):
    for i in range(len(a)):
        smallest = i
        for j in range(i + 1, len(a)):
            if a[j] < a[smallest]:
                smallest = j
        a[i], a[smallest] = a[smallest], a[i]


@program(_weighted, wrt=(0, 1), numba=True)
def sorted_by_selection(x, w):
    """A helper sorts what it is given, and returns nothing."""
    y = x.copy()
    selection_sort(y)
    return np.sum(w * y**2)


@program(_weighted, wrt=(0, 1))
def shell_sort(x, w):
    a = x.copy()
    gap = len(a) // 2
    while gap > 0:
        for i in range(gap, len(a)):
            item = a[i]
            j = i
            while j >= gap and a[j - gap] > item:
                a[j] = a[j - gap]
                j -= gap
            a[j] = item
        gap //= 2
    return w @ a


def merge_sort(x):
    if len(x) < 2:
        return x
    middle = len(x) // 2
    left, right = merge_sort(x[:middle]), merge_sort(x[middle:])
    out = np.empty(len(x))
    i = j = 0
    for k in range(len(x)):
        if j == len(right) or (i < len(left) and left[i] <= right[j]):
            out[k] = left[i]
            i += 1
        else:
            out[k] = right[j]
            j += 1
    return out


@program(_weighted, wrt=(0, 1))
def sorted_by_merging(x, w):
    return w @ merge_sort(x)


def quick_sort(a, low, high):
    """Hoare's partition by Lomuto's scheme, on one array for all calls."""
    if low >= high:
        return
    pivot = a[high]
    i = low
    for j in range(low, high):
        if a[j] < pivot:
            a[i], a[j] = a[j], a[i]
            i += 1
    a[i], a[high] = a[high], a[i]
    quick_sort(a, low, i - 1)
    quick_sort(a, i + 1, high)


@program(_weighted, wrt=(0, 1))
def sorted_by_recursion(x, w):
    a = x.copy()
    quick_sort(a, 0, len(a) - 1)
    return w @ a


@program(lambda rng, n: (rng.uniform(0.1, 2.0, size=(n, n)),), sizes=(4, 5))
def floyd_warshall(D):
    """All shortest paths, in the matrix of distances itself."""
    n = len(D)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if D[i, k] + D[k, j] < D[i, j]:
                    D[i, j] = D[i, k] + D[k, j]
    return np.sum(D[0] * np.arange(1.0, n + 1))


@program(lambda rng, n: (rng.uniform(0.1, 2.0, size=(n, n)),), sizes=(4, 5), numba=True)
def dijkstra(W):
    """Distances are relaxed from the nearest node that is left; sets are arrays of bools."""
    n = len(W)
    dist = np.full(n, np.inf)
    dist[0] = 0.0
    done = np.zeros(n, dtype=bool)
    for _ in range(n):
        best = -1
        for v in range(n):
            if not done[v] and (best < 0 or dist[v] < dist[best]):
                best = v
        done[best] = True
        for v in range(n):
            if not done[v]:
                dist[v] = min(dist[v], dist[best] + W[best, v])
    return np.sum(dist**2)


@program(lambda rng, n: (rng.uniform(0.5, 2.0, size=n),), sizes=(4, 6), numba=True)
def knapsack(values):
    """The table is overwritten from above, so that each thing is packed once."""
    weights = [2, 3, 1, 4, 2, 3]
    best = np.zeros(8)
    for value, weight in zip(values, weights):
        for room in range(7, weight - 1, -1):
            best[room] = max(best[room], best[room - weight] + value)
    return best[7]


@program(lambda rng, n: (np.cumsum(rng.uniform(0.2, 1.0, size=n)), rng.normal(size=n), 0.8),
         wrt=(0, 1, 2), numba=True)  # fmt: skip
def newton_interpolation(xs, ys, x):
    """The table of divided differences in the place of the values, then Horner's scheme."""
    c = ys.copy()
    n = len(xs)
    for k in range(1, n):
        for i in range(n - 1, k - 1, -1):
            c[i] = (c[i] - c[i - 1]) / (xs[i] - xs[i - k])
    p = c[n - 1]
    for i in range(n - 2, -1, -1):
        p = p * (x - xs[i]) + c[i]
    return p


@program(lambda rng, n: (np.cumsum(rng.uniform(0.2, 1.0, size=n)), rng.normal(size=n), 0.9),
         wrt=(0, 1, 2), sizes=(4, 6), numba=True)  # fmt: skip
def natural_spline(x, y, t):
    """Second derivatives by elimination in place, an interval by bisection."""
    n = len(x)
    h = x[1:] - x[:-1]
    d = np.ones(n)
    r = np.zeros(n)
    for i in range(1, n - 1):
        d[i] = 2 * (h[i - 1] + h[i])
        r[i] = 6 * ((y[i + 1] - y[i]) / h[i] - (y[i] - y[i - 1]) / h[i - 1])
    for i in range(2, n - 1):
        w = h[i - 1] / d[i - 1]
        d[i] -= w * h[i - 1]
        r[i] -= w * r[i - 1]
    m = np.zeros(n)
    for i in range(n - 2, 0, -1):
        m[i] = (r[i] - h[i] * m[i + 1]) / d[i]
    low, high = 0, n - 1
    while high - low > 1:
        middle = (low + high) // 2
        if x[middle] > t:
            high = middle
        else:
            low = middle
    a = (x[high] - t) / h[low]
    b = 1 - a
    return a * y[low] + b * y[high] + ((a**3 - a) * m[low] + (b**3 - b) * m[high]) * h[low] ** 2 / 6


def newton(f, df, x, tol=1e-12, maxiter=50):
    for _ in range(maxiter):
        step = f(x) / df(x)
        x -= step
        if abs(step) < tol:
            break
    else:
        raise RuntimeError("no convergence")
    return x


@program(lambda rng, n: (2.0, 0.3), wrt=(0, 1), numba=True)
def root_by_newton(a, b):
    """Of x³ + b x = a; the last step makes it depend on a as the root does."""
    return newton(lambda x: x**3 + b * x - a, lambda x: 3 * x**2 + b, 1.5)


@program(lambda rng, n: (2.0,), smooth=False, numba=True)
def root_by_bisection(a):
    """A data-dependent search; the root is the middle, which does not depend on a; one step does."""
    f = lambda x: x**3 - a
    low, high = 0.0, 2.0
    while high - low > 1e-9:
        middle = 0.5 * (low + high)
        if f(middle) > 0:
            high = middle
        else:
            low = middle
    x = 0.5 * (low + high)
    return x - f(x) / (3 * x**2)


def _transport(rng, n):
    a, b = rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5, n + 1)
    return rng.uniform(0.0, 2.0, size=(n, n + 1)), a / a.sum(), b / b.sum(), 0.5


@program(_transport, wrt=(0, 1, 2, 3))
def sinkhorn(C, a, b, eps):
    """Scalings of rows and columns in turn, left when they stand still."""
    K = np.exp(-C / eps)
    u = np.ones(len(a))
    v = np.ones(len(b))
    for it in range(200):
        before = u
        u = a / (K @ v)
        v = b / (K.T @ u)
        if np.max(np.abs(u - before)) < 1e-13:
            break
    P = u[:, None] * K * v
    return np.sum(P * C)


@program(lambda rng, n: (rng.normal(size=2 * n), np.array([-1.0, 1.0]), np.array([0.8, 1.2]),
                         np.array([0.4, 0.6])), wrt=(0, 1, 2, 3))  # fmt: skip
def expectation_maximisation(x, mu, sigma, weight):
    """Steps on a mixture of two: responsibilities by loops, parameters overwritten in place."""
    mu, sigma, weight = mu.copy(), sigma.copy(), weight.copy()
    n, k = len(x), len(mu)
    r = np.zeros((n, k))
    loglik = 0.0
    for _ in range(2):
        loglik = 0.0
        for i in range(n):
            for j in range(k):
                z = (x[i] - mu[j]) / sigma[j]
                r[i, j] = weight[j] * np.exp(-0.5 * z * z) / (sigma[j] * np.sqrt(2 * np.pi))
            total = r[i].sum()
            r[i] /= total
            loglik += np.log(total)
        for j in range(k):
            nj = r[:, j].sum()
            mu[j] = r[:, j] @ x / nj
            sigma[j] = np.sqrt(r[:, j] @ (x - mu[j]) ** 2 / nj)
            weight[j] = nj / n
    return loglik + mu[0] * sigma[1] + weight[0]


@program(lambda rng, n: (rng.normal(size=n), 0.5), wrt=(0, 1))
def soft_histogram(x, width):
    """Counts of kernels at the centres of bins."""
    centres = np.linspace(-2, 2, 5)
    counts = np.zeros(5)
    for value in x:
        for k, c in enumerate(centres):
            counts[k] += math.exp(-0.5 * ((value - c) / width) ** 2)
    p = counts / counts.sum()
    return -sum(pk * np.log(pk) for pk in p)


@program(lambda rng, n: (rng.normal(size=n),), sizes=(4, 8))
def fast_fourier_power(x):
    """Butterflies in place on real and imaginary parts, after reversing bits."""
    re = x.copy()
    im = np.zeros_like(x)
    n = len(x)
    j = 0
    for i in range(1, n):
        bit = n // 2
        while bit <= j:
            j -= bit
            bit //= 2
        j += bit
        if i < j:
            re[i], re[j] = re[j], re[i]
    length = 2
    while length <= n:
        for start in range(0, n, length):
            for k in range(length // 2):
                angle = -2 * math.pi * k / length
                c, s = math.cos(angle), math.sin(angle)
                a, b = start + k, start + k + length // 2
                tr = c * re[b] - s * im[b]
                ti = s * re[b] + c * im[b]
                re[b], im[b] = re[a] - tr, im[a] - ti
                re[a] += tr
                im[a] += ti
        length *= 2
    power = re**2 + im**2
    return power[1] + 0.5 * power[n // 2]
