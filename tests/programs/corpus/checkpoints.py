"""Regions that the reverse sweep runs again: in loops, nested, recursive, with writes and with draws."""

from functools import partial

import numpy as np

from pullback import checkpoint, grad
from tests.programs.registry import program


def square(rng, n):
    return rng.normal(size=n), rng.normal(size=(n, n)) / n, 3


@checkpoint
def layer(x, W, *, bias=0.1):
    t = np.tanh(W @ x + bias)
    return t * np.sum(t * t)


@checkpoint
def two_layers(x, W):
    for k in range(2):
        x = layer(x, W, bias=0.2 * k) + x
    return x, np.sum(x)


@program(square, wrt=(0, 1), orders=3)
def layers_again(x, W, n):
    """A region in a loop, and regions in a region; one is used without its second result."""
    total = 0.0
    for _ in range(n):
        x = layer(x, W)
        x, s = two_layers(x, W)
        total += s
    last, _ = two_layers(x, W)
    return total + np.sum(last**2)


class Net:
    def __init__(self, W, scale):
        self.W = W
        self.scale = scale

    @checkpoint
    def step(self, x):
        self.scale = self.scale * 0.9
        return np.sin(self.W @ x) * self.scale


@program(square, wrt=(0, 1))
def methods_and_closures_again(x, W, n):
    """A method that changes its object, closures, a partial function, and a gradient."""
    net = Net(W, 1.5)
    power = checkpoint(partial(lambda p, y: np.sum(np.abs(y) ** p), 3))
    total = 0.0
    for k in range(n):

        @checkpoint
        def moved(y, shift=0.1 * k):
            return y * x[0] + shift

        x = moved(net.step(x)) + checkpoint(net.step)(x)
        total += power(x) + checkpoint(grad(lambda t: t**3))(x[-1])
    return total * net.scale


@checkpoint
def relaxed(x, history):
    """Writes to its argument, and appends to a list."""
    x[1:] += 0.5 * x[:-1] * np.sin(x[1:])
    x *= 0.9
    history.append(np.sum(x))
    return x[0] * history[0]


@program(lambda rng, n: (rng.normal(size=n), 3))
def written_again(x, n):
    """What a region writes to is saved before; what is written later is not read again."""
    y = x * 2
    history = []
    total = 0.0
    for k in range(n):
        total += relaxed(y, history)
        y[k] = total
    y[0] = 7.0
    return total + np.sum(y * y) + sum(history)


@checkpoint
def folded(x, k):
    if k == 0 or len(x) < 2:
        return np.sum(np.cos(x))
    half = len(x) // 2
    return folded(x[:half] * x[-half:], k - 1) + x[0] * folded(x[1:], k - 2 if k > 1 else 0)


@program(lambda rng, n: (rng.normal(size=n), 3), sizes=(5, 8))
def recursion_again(x, k):
    """A recursive region, with an early return and slices."""
    return folded(x, k) * x[1]


def shaken(x, rng):
    """Draws at the top, in loops and branches; one is written to, one depends on x."""
    first = rng.normal(size=x.size)
    total = 0.0
    for k in range(3):
        noise = rng.normal(size=x.size)
        noise[0] = 1.0
        if k % 2 == 0:
            total += np.sum(x * x * noise) * rng.uniform(0.5, 1.5)
        x = np.sin(x) + 0.1 * noise
    return total + x @ first + rng.normal(x[0], 1.0 + x[1] ** 2)


@checkpoint
def shaken_twice(x, rng):
    k, total = 0, 0.0
    while k < 2:
        total += shaken(x * (k + 1), rng)
        k += 1
    own = np.random.default_rng(k)
    return total * own.random()


@program(lambda rng, n: (rng.normal(size=n),), sizes=(3, 5))
def draws_again(x):
    """What was drawn in a region, or in what it calls, is not drawn again."""
    rng = np.random.default_rng(7)
    total = 0.0
    for _ in range(2):
        total += shaken_twice(x, rng) + checkpoint(shaken)(x, rng)
        x = x * 1.1
    return total * rng.random()
