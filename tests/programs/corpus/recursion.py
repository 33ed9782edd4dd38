"""Recursive functions, alone and mutual."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n), 0), wrt=(0,), orders=3)
def sum_of_squares(x, i):
    if i == len(x):
        return 0.0
    return x[i] ** 2 + sum_of_squares(x, i + 1)


@program(lambda rng, n: (1.1, n), wrt=(0,), orders=2)
def fast_power(x, n):
    if n == 0:
        return 1.0
    half = fast_power(x, n // 2)
    if n % 2 == 0:
        return half * half
    return half * half * x


@program(lambda rng, n: (rng.normal(size=n), 0, n), wrt=(0,))
def divide_and_conquer(x, low, high):
    if high - low == 1:
        return x[low] ** 2
    middle = (low + high) // 2
    left = divide_and_conquer(x, low, middle)
    right = divide_and_conquer(x, middle, high)
    return left * 0.5 + right * np.sin(left)


@program(lambda rng, n: (rng.normal(size=n), 0.5, 0), wrt=(0, 1))
def even_terms(x, a, i):
    if i >= len(x):
        return a
    return x[i] * odd_terms(x, a, i + 1)


def odd_terms(x, a, i):
    if i >= len(x):
        return a * a
    return x[i] + a * even_terms(x, a, i + 1)


@program(lambda rng, n: (0.3, 2.0, n), wrt=(0, 1), orders=2)
def continued_fraction(x, a, depth):
    if depth == 0:
        return a
    return x / (a + continued_fraction(x, a, depth - 1))


@program(lambda rng, n: (rng.uniform(0.5, 1, n),))
def recursion_inside(x):
    """A recursive helper called from a loop."""
    total = 0.0
    for i in range(len(x)):
        total += fibonacci(x[i], 4) * x[i]
    return total


def fibonacci(x, n):
    if n < 2:
        return x**n
    return fibonacci(x, n - 1) + x * fibonacci(x, n - 2)


@program(lambda rng, n: (rng.normal(size=n), 2), wrt=(0,))
def recursion_of_arrays(x, depth):
    if depth == 0:
        return x
    y = recursion_of_arrays(np.tanh(x), depth - 1)
    return y * x + recursion_of_arrays(x * 0.5, depth - 1)


@program(lambda rng, n: (0.1, 1.3), wrt=(0, 1))
def adaptive_quadrature(a, b):
    """Simpson's rule, halved until it settles."""
    return simpson(a, b, 0)


def simpson(a, b, depth):
    middle = (a + b) / 2
    whole = (b - a) / 6 * (peak(a) + 4 * peak(middle) + peak(b))
    left = (middle - a) / 6 * (peak(a) + 4 * peak((a + middle) / 2) + peak(middle))
    right = (b - middle) / 6 * (peak(middle) + 4 * peak((middle + b) / 2) + peak(b))
    if depth == 6 or abs(left + right - whole) < 1e-4:
        return left + right
    return simpson(a, middle, depth + 1) + simpson(middle, b, depth + 1)


def peak(x):
    return 1 / (0.1 + (x - 0.5) ** 2)


def product_of_sines(x, a):
    if len(x) == 0:
        return a
    return np.sin(x[0]) * product_of_sines(x[1:], a)


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1), orders=2)
def recursion_over_slices(x, a):
    """Each call sees a shorter view, down to an empty one."""
    return product_of_sines(x, a) + product_of_sines(x[::2], x[0])


def merged(x, low):
    if len(x) <= 1:
        return x[0] if low else x[0] * x[0]
    half = len(x) // 2
    return np.tanh(merged(x[:half], low) * merged(x[half:], not low) + x[half])


@program(lambda rng, n: (rng.normal(size=n),), sizes=(4, 7))
def recursion_over_halves(x):
    return merged(x, True)


def forward_pass(x, a):
    return backward_pass(x[1:], a * x[0]) if len(x) > 0 else a


def backward_pass(x, a):
    return forward_pass(x[:-1], a + np.cos(x[-1])) if len(x) > 0 else a * a


@program(lambda rng, n: (rng.normal(size=n), 0.7), wrt=(0, 1))
def mutual_recursion_over_slices(x, a):
    return forward_pass(x, a)


@program(lambda rng, n: (rng.normal(size=n),))
def captured_and_passed(x):
    def go(z, n):
        if n == 0:
            return np.sum(z * x)
        return go(z * 2.0, n - 1)

    return go(x, 1)


def halved(z, k, n):
    if n == 0:
        return np.sum(z * k)
    return halved(z * 0.5, k, n - 1)


@program(lambda rng, n: (rng.normal(size=n),))
def equal_values_passed(x):
    return halved(np.sin(x), np.sin(x), 2) + halved(x * 1.0, x, 1)


@program(lambda rng, n: (rng.uniform(0.5, 1.5, 5), rng.uniform(0.5, 1.5)), wrt=(0, 1))
def kept_behind_the_recursive_call(x, w):
    """In lists, sets and arrays around: known to the inner calls before this one has read them."""
    seen, out, turns, values = set(), [], [], x * 1.0

    def visit(n):
        if n in seen:
            return
        seen.add(n)
        for m in range(n + 1, 5):
            visit(m)
            values[n] += values[m] * w
        out.append(values[n])

    def odd(n):
        for m in range(n + 1, 4):
            even(m)
        turns.append(x[n])

    def even(n):
        for m in range(n + 1, 4):
            odd(m)
        turns.append(x[n] * w)

    visit(0)
    odd(0)
    return sum(v * k for k, v in enumerate(out)) + np.sum(values) * sum(turns) * len(turns)


@program(lambda rng, n: (rng.normal(size=n), 3), wrt=(0,), orders=2)
def two_ways_down(x, n):
    """Each call makes two, and captures what is differentiated."""

    def down(y, k):
        if k == 0:
            return y
        a = down(y * x, k - 1)
        b = down(np.sin(y), k - 1)
        return a * b + y

    return np.sum(down(x, n))
