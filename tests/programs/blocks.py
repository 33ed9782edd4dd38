"""Programs with blocks that replace adjoints, and by hand what their gradients are then."""

import numpy as np

from pullback import checkpoint, gradient_of, stop_gradient

SEEN = []
note = SEEN.append


def clipped(h, bound):
    with gradient_of(h) as g:
        note(float(np.max(np.abs(stop_gradient(g)))))
        g = np.clip(g, -bound, bound)
    return h


def in_calls(x):
    return np.sum(clipped(clipped(3.0 * x, 1.0) ** 2, 0.5))


def in_calls_grad(x):
    return 3.0 * np.clip(0.5 * 2 * 3.0 * x, -1.0, 1.0)


def of_carries(x):
    """Each pass halves what comes to the sum of those before."""
    s = 0.0
    for v in x:
        s = s + v * v
        with gradient_of(s) as g:
            g *= 0.5
    return s


def of_carries_grad(x):
    return 2 * x * 0.5 ** np.arange(len(x), 0, -1)


def with_residuals(x):
    """What the block reads is as it was when the forward sweep came by."""
    h = x
    for k in range(3):
        h = np.sin(h)
        with gradient_of(h) as g:
            if k == 1:
                g = g * h
        h = h * 2
    return np.sum(h)


def with_residuals_grad(x):
    a = np.sin(x)
    b = np.sin(2 * a)
    return 2 * np.cos(2 * b) * 2 * b * np.cos(2 * a) * 2 * np.cos(x)


def of_parts(x):
    """Elements of an adjoint, by views of several kinds."""
    m = np.outer(x, x)
    with gradient_of(m) as g:
        g[0, 0] = 0.0
    turned, flat = m.T, m.reshape(-1)
    with gradient_of(turned) as g:
        g[1] = 0.0
    with gradient_of(flat) as g:
        g[2:4] *= 2.0
    return np.sum(m * np.arange(m.size).reshape(m.shape))


def of_parts_grad(x):
    weights = np.arange(float(x.size**2)).reshape(x.size, x.size)
    weights.ravel()[2:4] *= 2.0
    weights[:, 1] = 0.0
    weights[0, 0] = 0.0
    return (weights + weights.T) @ x


def between_writes(x):
    """The adjoint of an array as it is at that place, and of the argument that is written to."""
    x[0] = 2 * x[1]
    with gradient_of(x) as g:
        g = 3 * g
    x[2] = x[0]
    return np.sum(x * x)


def between_writes_grad(x):
    g = 2 * x
    g[2] = 0.0
    g[0] = 2 * (2 * x[1]) * 2
    g *= 3
    g[1] += 2 * g[0]
    g[0] = 0.0
    return g


def of_items(x):
    held = {"a": [x * 1.0, x * 2.0], "b": x[0]}
    with gradient_of(held["a"][1]) as g:
        g = g * 10
    b = held["b"]
    with gradient_of(b) as g:
        g = -g
    return np.sum(held["a"][0] * held["a"][1]) + b


def of_items_grad(x):
    found = 2.0 * x + 20.0 * x
    found[0] -= 1.0
    return found


def of_captured(x):
    w = x * 2
    s = x[0]

    def inner(v):
        nonlocal s
        h = w
        with gradient_of(h) as g:
            g = g * 2
        with gradient_of(s) as g:
            g = g * 3
        s = s * 2
        return np.sum(v * h)

    return inner(x) + inner(2 * x) + s


def of_captured_grad(x):
    found = 2 * x * 3 + 2 * x * 3 * 2
    found[0] += 4 * 3 * 3
    return found


def pairs(x):
    for k in range(0, len(x) - 1, 2):
        yield x[k] * x[k + 1]


def in_generators(x):
    s = 0.0
    for h in pairs(x):
        with gradient_of(h) as g:
            g = 5 * g
        s = s + h
        with gradient_of(s) as g:
            g = 2 * g
    return s


def in_generators_grad(x):
    found = np.zeros_like(x)
    factor = 5.0 * 2 ** (len(x) // 2)
    for k in range(0, len(x) - 1, 2):
        found[k], found[k + 1] = factor * x[k + 1], factor * x[k]
        factor /= 2
    return found


def in_recursion(x):
    def down(v, n):
        if n == 0:
            return v
        h = 2 * v
        with gradient_of(h) as g:
            g = g + 1
        return down(h, n - 1)

    return np.sum(down(x, 3))


def in_recursion_grad(x):
    g = 1.0
    for _ in range(3):
        g = 2 * (g + 1)
    return np.full_like(x, g)


def in_regions(x):
    def region(v):
        h = np.sin(v)
        with gradient_of(h) as g:
            g = g * h
        return h * h

    return np.sum(checkpoint(region)(x))


def in_regions_grad(x):
    return 2 * np.sin(x) ** 2 * np.cos(x)


def of_chosen(x):
    """Of one of two arrays, as data have it; a function that is made in a block."""
    y, w = 2 * x, 3 * x
    z = y if x[0] > 0 else w
    z[0] = 1.0
    with gradient_of(z) as g:

        def scaled(v):
            return 10 * v

        g = scaled(g)
    return np.sum(z * z) + np.sum(y)


def of_chosen_grad(x):
    if x[0] > 0:
        found = 10 * (2 * 2 * x + 1) * 2
        found[0] = 0.0
    else:
        found = 10 * (2 * 3 * x) * 3 + 2
        found[0] = 2.0
    return found


def called_again(x):
    """Each call has an adjoint of its own, also of the same array."""
    y = 2 * x
    s = np.sum(clipped(y, 0.5)) + np.sum(clipped(y, 0.5))
    for _ in range(3):
        s = s + np.sum(clipped(y, 0.25))
    return s


def called_again_grad(x):
    return np.full_like(x, 2 * (0.5 + 0.5 + 3 * 0.25))


REPLACING = {
    in_calls: in_calls_grad, of_carries: of_carries_grad, with_residuals: with_residuals_grad,
    of_parts: of_parts_grad, between_writes: between_writes_grad, of_items: of_items_grad,
    of_captured: of_captured_grad, in_generators: in_generators_grad,
    in_recursion: in_recursion_grad, in_regions: in_regions_grad, of_chosen: of_chosen_grad,
    called_again: called_again_grad,
}  # fmt: skip


def reads(x):
    h = np.sin(x)
    with gradient_of(h) as g:
        note(g)
    return h * h


def raises(x):
    h = np.sqrt(x)
    with gradient_of(h) as g:
        if np.any(g > 1e6):
            raise ValueError("the adjoint explodes")
    return np.sum(np.sqrt(h))


def asserts(x):
    h = 2 * x
    with gradient_of(h) as g:
        assert g[0] < 1, "too large"
    return np.sum(h * h)


def of_what_does_not_move(x):
    c = np.ones(len(x))
    with gradient_of(c) as g:
        note(g)
    return np.sum(c * x)


def shortened(x):
    with gradient_of(x) as g:
        g = g[:3]
    return np.sum(x)


class Weights:
    def __init__(self, w):
        self.w = w

    def loss(self, x):
        with gradient_of(self.w) as g: g[0] = 7.0  # noqa: E701  (one line)
        return np.sum(self.w * x)
